"""The pages of traces: the list, one page a trace that is kept, the service map."""

from collections.abc import Iterator, Sequence

from msgspec import structs

from sitegen.findings import BuildContext, TraceFindings
from sitegen.output import Page
from sitegen.pages.drafts import draft_cell, draft_notes, draft_shell, draft_table
from sitegen.pages.drawn import Drawn
from sitegen.pages.fit import DEPS, TRACES, shortened
from sitegen.pages.trace import trace_view
from sitegen.pages.views import DepsView, Shell, TraceRow, TracesView
from sitegen.pages.words import count, joined
from sitegen.traces.model import Edge, Trace
from sitegen.units import Instant, Quantity
from sitegen.visualization.charts.share import draw_share
from sitegen.visualization.model import Table

__all__ = ["trace_pages"]

_LISTED = (50, 40, 30, 20, 10, 5)
_FAILED_AND_BARS = ((10, 50), (5, 20), (3, 10), (3, 0))
"""How many traces are listed, how many of those that failed, and how many of them with a bar: as many as fit."""
_EDGES = (200, 100, 40, 36, 32, 28, 24, 20, 16, 12, 8, 4)
_SERVICE, _NAME = 40, 60
_NOTE, _NOTES = 200, 4


def trace_pages(traces: TraceFindings, drawn: Drawn, context: BuildContext) -> tuple[Page, ...]:
    """Give `/traces/`, `/traces/<id>/` and `/deps/`."""
    made_at = Instant(max((_end(trace) for trace in traces.traces), default=context.stable_until))
    paged = {trace.trace_id: trace for trace in traces.traces if trace.trace_id in drawn.traces}
    return (
        Page("/traces/", "traces.mako", _list_view(traces, drawn, made_at)),
        *(
            Page(f"/traces/{trace_id}/", "trace.mako", trace_view(trace, drawn.traces[trace_id]))
            for trace_id, trace in paged.items()
        ),
        Page("/deps/", "deps.mako", _deps_view(traces, drawn.map, made_at)),
    )


def _end(trace: Trace) -> float:
    return (trace.start + max(0, trace.duration)) / 1e9


def _list_view(traces: TraceFindings, drawn: Drawn, made_at: Instant) -> TracesView:
    by_duration = sorted(traces.traces, key=lambda trace: (-trace.duration, trace.trace_id))[: _LISTED[0]]
    failed = sorted(
        (trace for trace in traces.traces if trace.errors), key=lambda trace: (-trace.start, trace.trace_id)
    )
    longest = by_duration[0].duration if by_duration else 1
    slow_rows = [_row(trace, drawn, longest) for trace in by_duration]
    failed_rows = [_row(trace, drawn, longest) for trace in failed[: _FAILED_AND_BARS[0][0]]]
    shell = Shell(
        title="traces",
        prompt="sitegen traces --sort duration",
        sentence=(
            *joined([count(len(traces.traces), "trace"), count(len(failed), "with an error", "with errors")]),
            ".",
        ),
        section="traces",
        made_at=made_at,
        description="Traces by duration, and the latest that failed.",
    )
    undrawn = (problem.message for problem in drawn.problems.get("traces", ()))
    notes = tuple(shortened(note, _NOTE) for note in (*traces.notes, *undrawn)[:_NOTES])

    def candidates() -> Iterator[TracesView]:
        for listed in _LISTED:
            for failing, bars in _FAILED_AND_BARS:
                yield TracesView(
                    shell=shell,
                    slowest=_with_bars(slow_rows[:listed], bars),
                    failed=_with_bars(failed_rows[:failing], bars),
                    notes=notes,
                )

    return TRACES.choose(candidates(), _draft_list)


def _row(trace: Trace, drawn: Drawn, longest: int) -> TraceRow:
    return TraceRow(
        start=Instant(trace.start / 1e9),
        name=shortened(trace.root.name, _NAME),
        service=shortened(trace.root.service, _SERVICE),
        path=f"/traces/{trace.trace_id}/" if trace.trace_id in drawn.traces else None,
        duration=Quantity(trace.duration / 1e9, "seconds"),
        bar=draw_share(trace.duration / longest if longest > 0 else 0.0),
        spans=len(trace.nodes),
        errors=trace.errors,
    )


def _with_bars(rows: Sequence[TraceRow], bars: int) -> tuple[TraceRow, ...]:
    return tuple(row if index < bars else structs.replace(row, bar="") for index, row in enumerate(rows))


def _draft_list(view: TracesView) -> str:
    lists = "".join(
        f"<section><h2>by duration</h2><div><table><thead><tr>{'<th>head</th>' * 5}</tr></thead><tbody>"
        f"{''.join(map(_draft_row, rows))}</tbody></table></div></section>"
        for rows in (view.slowest, view.failed)
        if rows
    )
    nothing = "" if view.slowest else "<section><h2>by duration</h2><p>no traces yet</p></section>"
    return f"{draft_shell(view.shell)}<div>{draft_notes(view.notes)}{lists}{nothing}</div>"


def _draft_row(row: TraceRow) -> str:
    words = f"{draft_cell(row.service)} {draft_cell(row.name)}"
    link = f'<a href="{row.path}">{words}</a>' if row.path else words
    errors = f'<data value="{row.errors}">{row.errors}</data>' if row.errors else ""
    return (
        f"<tr><td class=w>{draft_cell(row.start)}</td>"
        f"<td>{link}</td>"
        f"<td class=n>{draft_cell(row.duration)}{row.bar}</td><td class=n>{draft_cell(Quantity(row.spans))}</td>"
        f"<td>{errors}</td></tr>"
    )


def _deps_view(traces: TraceFindings, drawn: str | None, made_at: Instant) -> DepsView:
    services = {name for edge in traces.edges for name in (edge.caller, edge.callee)}
    rows = sorted(traces.edges, key=lambda edge: (-edge.calls, edge.caller, edge.callee))
    undrawn = () if drawn or not rows else ("too many services to draw: the table has the busiest calls",)
    shell = Shell(
        title="deps",
        prompt="sitegen deps --from traces",
        sentence=(
            *joined([count(len(services), "service"), count(len(rows), "kind of call", "kinds of calls")]),
            ".",
        ),
        section="deps",
        made_at=made_at,
        description="Which service calls which, how often, how fast, and how many calls fail.",
    )

    def view(most: int, shown: str | None) -> DepsView:
        left = len(rows) - most
        absent = (f"{left} kinds of calls that happen less often are left out",) if left > 0 else ()
        return DepsView(shell=shell, map=shown, edges=_edges(rows[:most]), notes=(*undrawn, *absent))

    with_map = (view(most, drawn) for most in _EDGES)
    chosen = DEPS.choose(with_map, _draft_deps)
    if DEPS.holds(_draft_deps(chosen)):
        return chosen
    return DEPS.choose((view(most, None) for most in _EDGES), _draft_deps)


def _draft_deps(view: DepsView) -> str:
    drawn = f"<div>{view.map}</div>" if view.map else ""
    table = draft_table(view.edges) if view.edges.rows else "<p>no calls seen yet</p>"
    return (
        f"{draft_shell(view.shell)}<div><section><h2>who calls whom</h2>{draft_notes(view.notes)}{drawn}{table}"
        "</section></div>"
    )


def _edges(edges: Sequence[Edge]) -> Table:
    return Table(
        head=("caller", "callee", "calls", "errors", "p95"),
        rows=tuple(
            (
                shortened(edge.caller, _NAME),
                shortened(edge.callee, _NAME),
                Quantity(edge.calls),
                Quantity(edge.errors / edge.calls, "ratio"),
                Quantity(edge.p95 / 1e9, "seconds"),
            )
            for edge in edges
        ),
        numeric=(False, False, True, True, True),
    )

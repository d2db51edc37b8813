"""The pages of traces: the list, one page a trace that is kept, the service map."""

from functools import partial

from msgspec import structs

from sitegen.findings import BuildContext, TraceFindings
from sitegen.output import Block
from sitegen.pages import trace as one
from sitegen.pages.drawn import Drawn
from sitegen.pages.fit import PageList, Slice, shortened
from sitegen.pages.views import DepsView, Shell, TraceRow, TracesView
from sitegen.pages.words import count, joined, numbered
from sitegen.traces.model import Edge, Trace
from sitegen.units import Instant, Quantity
from sitegen.visualization.charts.share import draw_share
from sitegen.visualization.model import Cell, Table

__all__ = ["trace_pages"]

_LISTED, _FAILED = 50, 10
"""How many traces are listed, and how many of those that failed."""
_SERVICE, _NAME = 40, 60
_NOTE, _NOTES = 200, 4


def trace_pages(traces: TraceFindings, drawn: Drawn, context: BuildContext) -> tuple[PageList, ...]:
    """Return `/traces/`, `/traces/<id>/` and `/deps/`."""
    made_at = Instant(max((_end(trace) for trace in traces.traces), default=context.stable_until))
    paged = {trace.trace_id: trace for trace in traces.traces if trace.trace_id in drawn.traces}
    return (
        _list_pages(traces, drawn, made_at),
        *(one.trace_pages(trace, drawn.traces[trace_id]) for trace_id, trace in paged.items()),
        _deps_pages(traces, drawn.map, made_at),
    )


def _end(trace: Trace) -> float:
    return (trace.start + max(0, trace.duration)) / 1e9


def _list_pages(traces: TraceFindings, drawn: Drawn, made_at: Instant) -> PageList:
    by_duration = sorted(traces.traces, key=lambda trace: (-trace.duration, trace.trace_id))[:_LISTED]
    failed = sorted(
        (trace for trace in traces.traces if trace.errors), key=lambda trace: (-trace.start, trace.trace_id)
    )
    longest = by_duration[0].duration if by_duration else 1
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
    return PageList(
        path="/traces/",
        template="traces.mako",
        compose=partial(_list_view, shell, notes),
        blocks=(
            *(Block("slowest", "trace", _row(trace, drawn, longest)) for trace in by_duration),
            *(Block("failed", "trace", _row(trace, drawn, longest)) for trace in failed[:_FAILED]),
        ),
    )


def _list_view(shell: Shell, notes: tuple[str, ...], page: Slice) -> TracesView:
    return TracesView(numbered(shell, page.number), notes if page.number == 1 else (), page.links)


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


def _deps_pages(traces: TraceFindings, drawn: str | None, made_at: Instant) -> PageList:
    services = {name for edge in traces.edges for name in (edge.caller, edge.callee)}
    edges = sorted(traces.edges, key=lambda edge: (-edge.calls, edge.caller, edge.callee))
    first = DepsView(
        shell=Shell(
            title="deps",
            prompt="sitegen deps --from traces",
            sentence=(
                *joined(
                    [count(len(services), "service"), count(len(edges), "kind of call", "kinds of calls")]
                ),
                ".",
            ),
            section="deps",
            made_at=made_at,
            description="Which service calls which, how often, how fast, and how many calls fail.",
        ),
        map=drawn,
        edges=_EDGES,
        notes=("too many services to draw: the table has every call",) if edges and not drawn else (),
        pages=(),
    )
    rows = (Block("calls", "row", (_cells(edge), _EDGES.numeric)) for edge in edges)
    return PageList("/deps/", "deps.mako", partial(_deps_view, first), tuple(rows))


def _deps_view(first: DepsView, page: Slice) -> DepsView:
    if page.number == 1:
        return structs.replace(first, pages=page.links)
    shell = numbered(first.shell, page.number)
    return structs.replace(first, shell=shell, map=None, notes=(), pages=page.links)


_EDGES = Table(
    head=("caller", "callee", "calls", "errors", "p95"), rows=(), numeric=(False, False, True, True, True)
)


def _cells(edge: Edge) -> tuple[Cell, ...]:
    return (
        shortened(edge.caller, _NAME),
        shortened(edge.callee, _NAME),
        Quantity(edge.calls),
        Quantity(edge.errors / edge.calls, "ratio"),
        Quantity(edge.p95 / 1e9, "seconds"),
    )

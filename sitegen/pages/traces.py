"""The pages of traces together: the list, and the service map."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import msgspec
from msgspec import structs

from sitegen.availability.model import ServiceState
from sitegen.findings import BuildContext, TraceFindings
from sitegen.output import Block
from sitegen.pages.drawn import Drawn
from sitegen.pages.fit import PageList, Slice, shortened
from sitegen.pages.views import CallRow, DepsView, Shell, TraceRow, TracesView
from sitegen.pages.words import count, joined, numbered
from sitegen.traces.model import Edge, Trace
from sitegen.units import Instant, Quantity, even
from sitegen.visualization.charts.share import draw_share
from sitegen.visualization.colours import settle
from sitegen.visualization.diagrams.servicemap import judge_calls
from sitegen.visualization.diagrams.services import OTHERS, largest_roots
from sitegen.visualization.primitives.naming import cut_apart

_LISTED, _FAILED = 50, 20
"""How many traces are listed, and how many of those that failed."""
_SERVICE, _NAME = 40, 60
_NOTE, _NOTES = 200, 4


def trace_pages(traces: TraceFindings, drawn: Drawn, context: BuildContext) -> tuple[PageList, ...]:
    """Return `/traces/` and `/deps/`; each trace has its own page from `sitegen.pages.trace`."""
    ends = ((trace.start + trace.duration) / 1e9 for trace in traces.traces)
    # The clock of whoever made a span may be ahead.
    made_at = Instant(min(context.now, max(ends, default=context.stable_until)))
    return _list_pages(traces, drawn, made_at), _deps_pages(traces, drawn.map, made_at)


def _list_pages(traces: TraceFindings, drawn: Drawn, made_at: Instant) -> PageList:
    by_duration = sorted(traces.traces, key=lambda trace: (-trace.duration, trace.trace_id))[:_LISTED]
    failed = sorted(
        (trace for trace in traces.traces if trace.errors), key=lambda trace: (-trace.start, trace.trace_id)
    )
    known, wrong = len(traces.traces) + traces.unlisted, len(failed) + traces.unlisted_failed
    said = (f"listed are the {len(by_duration)} slowest and {len(failed[:_FAILED])} with errors",)
    scene = _Scene(
        longest=max((trace.duration for trace in traces.traces), default=1),
        colours=_paint_roots(traces),
        dated=len({Instant(trace.start / 1e9).raw[:10] for trace in traces.traces}) > 1,
    )
    shell = Shell(
        title="traces",
        prompt="sitegen traces --sort duration",
        sentence=joined(
            [
                count(known, "trace"),
                ("✖ ", *count(wrong, "with an error", "with errors")),
                *([said] if (known, wrong) != (len(by_duration), len(failed[:_FAILED])) else ()),
            ],
            " · ",
        ),
        section="traces",
        made_at=made_at,
        description="Traces by duration, and the latest that failed.",
    )
    faults = dict.fromkeys(notice.text for notice in (*traces.notices, *drawn.notices.get("traces", ())))
    notes = tuple(shortened(fault, _NOTE) for fault in tuple(faults)[:_NOTES])
    return PageList(
        path="/traces/",
        template="traces.mako",
        compose=partial(_list_view, shell, notes),
        blocks=(
            *_rows("slowest", by_duration, drawn, scene),
            *_rows("failed", failed[:_FAILED], drawn, scene),
        ),
    )


def _list_view(shell: Shell, notes: tuple[str, ...], page: Slice) -> TracesView:
    return TracesView(numbered(shell, page.number), notes if page.number == 1 else (), page.links)


class _Scene(msgspec.Struct, frozen=True):
    """What all rows of the list share: the longest trace (nanoseconds), colours by service, whether it spans days."""

    longest: int
    colours: dict[str, str]
    dated: bool


def _paint_roots(traces: TraceFindings) -> dict[str, str]:
    """Return the service of each root a class: six have their own, as long as they are among the largest."""
    largest = largest_roots(traces.traces)
    colours = settle([traces.colours.get(service) for service in largest])
    own = {service: f"f{colour}" for service, colour in zip(largest, colours, strict=True)}
    return {trace.root.service: own.get(trace.root.service, OTHERS) for trace in traces.traces}


def _rows(group: str, traces: Sequence[Trace], drawn: Drawn, scene: _Scene) -> Iterator[Block]:
    took = even([Quantity(trace.duration / 1e9, "seconds") for trace in traces])
    for trace, duration in zip(traces, took, strict=True):
        yield Block(group, "trace", _row(trace, duration, drawn, scene))


def _row(trace: Trace, took: Quantity, drawn: Drawn, scene: _Scene) -> TraceRow:
    colour = scene.colours[trace.root.service]
    share = trace.duration / scene.longest if scene.longest > 0 else 0.0
    return TraceRow(
        start=Instant(trace.start / 1e9),
        dated=scene.dated,
        name=shortened(trace.root.name, _NAME),
        service=shortened(trace.root.service, _SERVICE),
        colour=colour,
        path=f"/traces/{trace.trace_id}/" if trace.trace_id in drawn.traces else None,
        duration=took,
        bar=draw_share(share, "c" if trace.errors else colour),
        spans=len(trace.nodes),
        errors=trace.errors,
    )


def _deps_pages(traces: TraceFindings, drawn: str | None, made_at: Instant) -> PageList:
    services = {name for edge in traces.edges for name in (edge.caller, edge.callee)}
    edges = sorted(traces.edges, key=lambda e: (-e.errors / e.calls, -e.calls, e.caller, e.callee))
    most = max((edge.calls for edge in edges), default=1)
    first = DepsView(
        shell=Shell(
            title="deps",
            prompt="sitegen deps --from traces",
            sentence=joined(
                [
                    count(len(services), "service"),
                    count(len(edges), "kind of call", "kinds of calls"),
                    count(sum(edge.errors > 0 for edge in edges), "with errors", "with errors"),
                ],
                " · ",
            ),
            section="deps",
            made_at=made_at,
            description="Who calls whom, how often, how fast, and how many calls fail.",
        ),
        map=drawn,
        notes=("too many services to draw: the table has every call",) if edges and not drawn else (),
        pages=(),
    )
    times = even([Quantity(None if edge.p95 is None else edge.p95 / 1e9, "seconds") for edge in edges])
    failed = even([Quantity(edge.errors / edge.calls, "ratio") for edge in edges])
    names = sorted(services)
    short = dict(zip(names, cut_apart(names, _NAME), strict=True))
    rows = (_call(*row, most, short) for row in zip(edges, times, failed, strict=True))
    return PageList(
        "/deps/", "deps.mako", partial(_deps_view, first), tuple(Block("calls", "call", row) for row in rows)
    )


def _deps_view(first: DepsView, page: Slice) -> DepsView:
    if page.number == 1:
        return structs.replace(first, pages=page.links)
    shell = numbered(first.shell, page.number)
    return structs.replace(first, shell=shell, map=None, notes=(), pages=page.links)


_BARS = {ServiceState.DOWN: "c", ServiceState.DEGRADED: "w"}


def _call(edge: Edge, p95: Quantity, failed: Quantity, most: int, short: Mapping[str, str]) -> CallRow:
    state = judge_calls(edge.errors, edge.calls)
    return CallRow(
        caller=short[edge.caller],
        callee=short[edge.callee],
        calls=Quantity(edge.calls),
        p95=p95,
        failed=failed,
        state=state,
        bar=draw_share(edge.calls / most, _BARS.get(state, "f2")),
    )

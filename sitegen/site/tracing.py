"""The pages of traces: the list, one page a trace that is kept, the service map."""

from collections.abc import Sequence

from sitegen.site.findings import Moment, TraceFindings
from sitegen.site.model import Page, PageKind
from sitegen.site.views import DepsView, Shell, TraceRow, TracesView, TraceView
from sitegen.site.words import count, joined
from sitegen.traces.model import Edge, SpanStatus, Trace
from sitegen.units import Instant, Quantity, format_duration
from sitegen.visualization.model import Table
from sitegen.visualization.share import draw_share

__all__ = ["trace_pages"]

_LISTED = 50
_FAILED = 10
_DETAILED = 10


def trace_pages(traces: TraceFindings, moment: Moment) -> tuple[Page, ...]:
    """Give `/traces/`, `/traces/<id>/` and `/deps/`."""
    made_at = Instant(max((_end(trace) for trace in traces.traces), default=moment.calm))
    singles = [trace for trace in traces.traces if trace.trace_id in traces.paged]
    return (
        Page("/traces/", "traces.mako", _list_view(traces, made_at), PageKind.HUB),
        *(
            Page(f"/traces/{trace.trace_id}/", "trace.mako", _trace_view(traces, trace), PageKind.LEAF)
            for trace in singles
        ),
        Page("/deps/", "deps.mako", _deps_view(traces, made_at), PageKind.HUB),
    )


def _end(trace: Trace) -> float:
    return (trace.start + max(0, trace.duration)) / 1e9


def _list_view(traces: TraceFindings, made_at: Instant) -> TracesView:
    by_duration = sorted(traces.traces, key=lambda trace: (-trace.duration, trace.trace_id))[:_LISTED]
    failed = sorted(
        (trace for trace in traces.traces if trace.errors), key=lambda trace: (-trace.start, trace.trace_id)
    )
    longest = by_duration[0].duration if by_duration else 1
    return TracesView(
        shell=Shell(
            title="traces",
            prompt="sitegen traces --sort duration",
            sentence=(
                *joined(
                    [count(len(traces.traces), "trace"), count(len(failed), "with an error", "with errors")]
                ),
                ".",
            ),
            section="traces",
            made_at=made_at,
            description="Traces by duration, and the latest that failed.",
        ),
        slowest=tuple(_row(trace, traces, longest) for trace in by_duration),
        failed=tuple(_row(trace, traces, longest) for trace in failed[:_FAILED]),
        notes=traces.notes,
    )


def _row(trace: Trace, traces: TraceFindings, longest: int) -> TraceRow:
    return TraceRow(
        start=Instant(trace.start / 1e9),
        name=trace.root.name,
        service=trace.root.service,
        path=f"/traces/{trace.trace_id}/" if trace.trace_id in traces.paged else None,
        duration=Quantity(trace.duration / 1e9, "seconds"),
        bar=draw_share(trace.duration / longest if longest > 0 else 0.0),
        spans=len(trace.nodes),
        errors=trace.errors,
    )


def _trace_view(traces: TraceFindings, trace: Trace) -> TraceView:
    drawing = traces.paged[trace.trace_id]
    facts = [
        (Quantity(trace.duration / 1e9, "seconds"),),
        count(len(trace.nodes), "span"),
        count(len(trace.services), "service"),
        count(trace.errors, "error"),
    ]
    return TraceView(
        shell=Shell(
            title=f"trace {trace.trace_id[:8]}",
            prompt=f"sitegen trace {trace.trace_id[:8]}",
            sentence=(*joined(facts), "; began ", Instant(trace.start / 1e9)),
            section="traces",
            made_at=Instant(_end(trace)),
            description=f"One trace of {trace.root.service}: {len(trace.nodes)} spans, span by span.",
        ),
        trace_id=trace.trace_id,
        breakdown=drawing.breakdown,
        shares=drawing.shares,
        waterfall=drawing.waterfall,
        details=_details(trace),
        notes=trace.warnings[:_DETAILED],
    )


def _details(trace: Trace) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Give the published attributes of the slowest spans and of those that failed."""
    spans = [node.span for node in trace.nodes if node.span.attributes]
    chosen = sorted(
        spans, key=lambda span: (span.status is not SpanStatus.ERROR, -span.duration, span.span_id)
    )[:_DETAILED]
    return tuple(
        (
            f"{span.service} {span.name}, {format_duration(span.duration / 1e9)}",
            tuple(sorted(span.attributes.items())),
        )
        for span in chosen
    )


def _deps_view(traces: TraceFindings, made_at: Instant) -> DepsView:
    services = {name for edge in traces.edges for name in (edge.caller, edge.callee)}
    rows = sorted(traces.edges, key=lambda edge: (-edge.calls, edge.caller, edge.callee))
    notes = () if traces.map or not rows else ("too many services to draw: the table has them all",)
    return DepsView(
        shell=Shell(
            title="deps",
            prompt="sitegen deps --from traces",
            sentence=(
                *joined(
                    [count(len(services), "service"), count(len(rows), "kind of call", "kinds of calls")]
                ),
                ".",
            ),
            section="deps",
            made_at=made_at,
            description="Which service calls which, how often, how fast, and how many calls fail.",
        ),
        map=traces.map,
        edges=_edges(rows),
        notes=notes,
    )


def _edges(edges: Sequence[Edge]) -> Table:
    return Table(
        head=("caller", "callee", "calls", "errors", "p95"),
        rows=tuple(
            (
                edge.caller,
                edge.callee,
                Quantity(edge.calls),
                Quantity(edge.errors / edge.calls, "ratio"),
                Quantity(edge.p95 / 1e9, "seconds"),
            )
            for edge in edges
        ),
        numeric=(False, False, True, True, True),
    )

"""One trace's page: where its time went, its spans, what the slowest say of themselves."""

from functools import partial

from msgspec import structs

from sitegen.output import Block
from sitegen.pages.drawn import TraceDrawing
from sitegen.pages.fit import PageList, Slice, shortened
from sitegen.pages.views import Shell, TraceView
from sitegen.pages.words import count, joined, numbered
from sitegen.traces.model import Span, SpanStatus, Trace
from sitegen.units import Instant, Quantity, format_duration
from sitegen.visualization.model import Table, Waterfall, WaterfallRow

__all__ = ["rank_rows", "trace_pages"]

_DETAILED, _ATTRIBUTES = 10, 12
"""How many spans tell their attributes, and how many of these."""
_SERVICE, _NAME, _CELL, _KEY, _VALUE = 40, 80, 60, 60, 200
_WARNINGS, _WARNING = 4, 200


def trace_pages(trace: Trace, drawn: TraceDrawing) -> PageList:
    """Return the page of a trace with its drawings; what that cannot hold goes on at `/traces/<id>/2/`."""
    spans = [node.span for node in trace.nodes if node.span.attributes]
    spans.sort(key=lambda span: (span.status is not SpanStatus.ERROR, -span.duration, span.span_id))
    shares = drawn.breakdown.table
    first = TraceView(
        shell=_shell(trace),
        breakdown=drawn.breakdown.svg,
        shares=_narrowed(shares) if shares else None,
        ticks=drawn.waterfall.ticks,
        notes=tuple(shortened(warning, _WARNING) for warning in trace.warnings[:_WARNINGS]),
        pages=(),
    )
    return PageList(
        path=f"/traces/{trace.trace_id}/",
        template="trace.mako",
        compose=partial(_view, first),
        blocks=(
            *(Block("spans", "span", _named(row)) for row in drawn.waterfall.rows),
            *(Block("details", "attributes", _detail(span)) for span in spans[:_DETAILED]),
        ),
    )


def _view(first: TraceView, page: Slice) -> TraceView:
    if page.number == 1:
        return structs.replace(first, pages=page.links)
    shell = numbered(first.shell, page.number)
    return structs.replace(first, shell=shell, breakdown="", shares=None, notes=(), pages=page.links)


def _narrowed(table: Table) -> Table:
    """Cut the words in a table's cells."""
    return structs.replace(
        table,
        rows=tuple(
            tuple(shortened(cell, _CELL) if isinstance(cell, str) else cell for cell in row)
            for row in table.rows
        ),
    )


def rank_rows(waterfall: Waterfall) -> list[tuple[int, WaterfallRow]]:
    """Return the rows, each with its place: the root first, those in error, on the critical path, then the longest."""
    rows = list(enumerate(map(_named, waterfall.rows)))
    return sorted(rows, key=lambda row: (*_rank(row[1]), row[0]))


def _named(row: WaterfallRow) -> WaterfallRow:
    return structs.replace(row, service=shortened(row.service, _SERVICE), name=shortened(row.name, _NAME))


def _rank(row: WaterfallRow) -> tuple[bool, bool, bool, float]:
    return row.depth > 0, not row.error, not row.critical, -(row.duration.value or 0.0)


def _shell(trace: Trace) -> Shell:
    facts = [
        (Quantity(trace.duration / 1e9, "seconds"),),
        count(len(trace.nodes), "span"),
        count(len(trace.services), "service"),
        count(trace.errors, "error"),
    ]
    start = trace.start / 1e9
    return Shell(
        title=f"trace {trace.trace_id[:8]}",
        prompt=f"sitegen trace {trace.trace_id[:8]}",
        sentence=(*joined(facts), "; began ", Instant(start)),
        section="traces",
        made_at=Instant(start + max(0, trace.duration) / 1e9),
        description=f"One trace of {shortened(trace.root.service, _SERVICE)}: {len(trace.nodes)} spans, span by span.",
    )


def _detail(span: Span) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return the published attributes of a span, under what it is called and how long it took."""
    name = shortened(f"{span.service} {span.name}", _NAME)
    return (
        f"{name}, {format_duration(span.duration / 1e9)}",
        tuple(
            (shortened(key, _KEY), shortened(value, _VALUE))
            for key, value in sorted(span.attributes.items())[:_ATTRIBUTES]
        ),
    )

"""One trace's page: where its time went, its spans, what the slowest say of themselves."""

from collections.abc import Iterator

from msgspec import structs

from sitegen.pages.drafts import (
    draft_cell,
    draft_facts,
    draft_notes,
    draft_shell,
    draft_table,
    draft_waterfall,
)
from sitegen.pages.drawn import TraceDrawing
from sitegen.pages.fit import TRACE, narrowed, shortened
from sitegen.pages.views import Shell, TraceView
from sitegen.pages.words import count, joined
from sitegen.traces.model import Span, SpanStatus, Trace
from sitegen.units import Instant, Quantity, format_duration
from sitegen.visualization.model import Waterfall, WaterfallRow

__all__ = ["longest_rows", "trace_view"]

_LEVELS = (
    *((80, 10, 12), (80, 4, 6), (72, 4, 6), (66, 3, 6), (60, 3, 6), (50, 3, 6), (40, 2, 6)),
    *((30, 2, 4), (20, 1, 4), (10, 0, 0), (5, 0, 0)),
)
"""How many rows are shown, how many spans with their attributes, and how many attributes of each: as many as fit."""
_SERVICE, _NAME, _KEY, _VALUE = 40, 80, 60, 200
_WARNINGS, _WARNING = 4, 200


def trace_view(trace: Trace, drawn: TraceDrawing) -> TraceView:
    """Put a trace and its drawings on a page of its own."""
    waterfall, breakdown = drawn.waterfall, drawn.breakdown
    spans = [node.span for node in trace.nodes if node.span.attributes]
    spans.sort(key=lambda span: (span.status is not SpanStatus.ERROR, -span.duration, span.span_id))
    shell = _shell(trace)
    shares = narrowed(breakdown.table) if breakdown.table else None
    warnings = tuple(shortened(warning, _WARNING) for warning in trace.warnings[:_WARNINGS])

    def candidates() -> Iterator[TraceView]:
        for rows, detailed, attributes in _LEVELS:
            shown = longest_rows(waterfall, rows)
            left = shown.hidden - waterfall.hidden
            full = (f"the {left} shortest spans are left out: a page holds no more",) if left else ()
            yield TraceView(
                shell=shell,
                trace_id=trace.trace_id,
                breakdown=breakdown.svg,
                shares=shares,
                waterfall=shown,
                details=tuple(_detail(span, attributes) for span in spans[:detailed]),
                notes=(*warnings, *full),
            )

    return TRACE.choose(candidates(), _draft)


def longest_rows(waterfall: Waterfall, most: int) -> Waterfall:
    """Keep that many rows, in their order: those in error and on the critical path first, then the longest."""
    rows = [_named(row) for row in waterfall.rows]
    ranked = sorted(range(len(rows)), key=lambda index: (*_rank(rows[index]), index))
    kept = sorted(ranked[:most])
    # A folding row that goes was counted already: its spans are hidden either way.
    gone = sum(not rows[index].folded for index in ranked[most:])
    return structs.replace(
        waterfall, rows=tuple(rows[index] for index in kept), hidden=waterfall.hidden + gone
    )


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


def _detail(span: Span, attributes: int) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Give the published attributes of a span, under what it is called and how long it took."""
    name = shortened(f"{span.service} {span.name}", _NAME)
    return (
        f"{name}, {format_duration(span.duration / 1e9)}",
        tuple(
            (shortened(key, _KEY), shortened(value, _VALUE))
            for key, value in sorted(span.attributes.items())[:attributes]
        ),
    )


def _draft(view: TraceView) -> str:
    details = "".join(
        f"<details><summary>{draft_cell(name)}</summary>{draft_facts(pairs)}</details>"
        for name, pairs in view.details
    )
    return (
        f"{draft_shell(view.shell)}<div><section><h2>where the time went</h2>{draft_notes(view.notes)}"
        + view.breakdown
        + (draft_table(view.shares) if view.shares else "")
        + f"</section><section><h2>spans</h2>{draft_waterfall(view.waterfall)}</section>"
        + (f"<section><h2>slowest spans and errors</h2>{details}</section>" if details else "")
        + "</div>"
    )

"""One trace's page: where its time went, its spans, what the slowest say of themselves."""

from collections.abc import Sequence
from functools import partial

from msgspec import structs

from sitegen.output import Block
from sitegen.pages.drawn import TraceDrawing
from sitegen.pages.fit import PageList, Slice, shortened
from sitegen.pages.views import Shell, SlowSpans, TraceView
from sitegen.pages.words import count, joined, numbered
from sitegen.traces.model import Span, SpanStatus, Trace
from sitegen.units import Instant, Quantity, format_duration, plain
from sitegen.visualization.diagrams.services import paint_services
from sitegen.visualization.generator import draw_guides
from sitegen.visualization.model import Link, Waterfall, WaterfallRow

_DETAILED, _ATTRIBUTES, _SLOWEST = 10, 12, 10
"""How many spans tell their attributes, and how many of these; how many names are among the slowest."""
_SERVICE, _NAME, _CELL, _KEY, _VALUE = 40, 80, 60, 60, 200
_WARNINGS, _WARNING, _LINKED = 4, 200, 12


def trace_pages(trace: Trace, drawn: TraceDrawing) -> PageList:
    """Return the page of a trace with its drawings; what that cannot hold goes on at `/traces/<id>/2/`."""
    spans = [node.span for node in trace.nodes if node.span.attributes]
    spans.sort(key=lambda span: (span.status is not SpanStatus.ERROR, -span.duration, span.span_id))
    first = TraceView(
        shell=_shell(trace),
        operation=shortened(trace.root.name, _NAME),
        breakdown=drawn.breakdown.svg,
        spent=tuple(
            shortened(part, _CELL) if isinstance(part, str) else part for part in drawn.breakdown.summary
        ),
        parts=tuple(
            structs.replace(part, name=shortened(part.name, _CELL)) for part in drawn.breakdown.legend
        ),
        ticks=drawn.waterfall.ticks,
        guides="",
        slowest=_slowest(trace),
        digits=drawn.waterfall.rows[0].digits,
        notes=_notes(trace),
        linked=tuple(Link(other[:8], f"/traces/{other}/") for other in trace.linked[:_LINKED]),
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


def _notes(trace: Trace) -> tuple[str, ...]:
    """Return the first warnings, and how much there is beyond what is shown."""
    beyond = {
        "more repairs of spans": len(trace.warnings) - _WARNINGS,
        "more linked traces": len(trace.linked) - _LINKED,
    }
    return (
        *(shortened(warning, _WARNING) for warning in trace.warnings[:_WARNINGS]),
        *(f"{more:,} {what}" for what, more in beyond.items() if more > 0),
    )


def _view(first: TraceView, page: Slice) -> TraceView:
    guided = structs.replace(first, guides=guide_rows(page.shown), pages=page.links)
    if page.number == 1:
        return guided
    shell = numbered(first.shell, page.number)
    return structs.replace(
        guided, shell=shell, breakdown="", spent=(), parts=(), slowest=(), notes=(), linked=()
    )


def guide_rows(shown: Sequence[Block]) -> str:
    """Draw the lines from spans to their children for the rows that stand on a page."""
    rows = sorted((block for block in shown if block.group == "spans"), key=lambda block: block.place)
    return draw_guides([block.value.depth for block in rows if isinstance(block.value, WaterfallRow)])


def _slowest(trace: Trace) -> tuple[SlowSpans, ...]:
    """Sum up a trace's own times by service and name, the largest first."""
    paint = paint_services(trace)
    spent: dict[tuple[str, str], tuple[int, int]] = {}
    for node in trace.nodes:
        key = (node.span.service, node.span.name)
        own, spans = spent.get(key, (0, 0))
        spent[key] = own + max(0, node.self_time), spans + 1
    ranked = sorted(spent.items(), key=lambda entry: (-entry[1][0], entry[0]))[:_SLOWEST]
    return tuple(
        SlowSpans(
            shortened(service, _SERVICE),
            shortened(name, _CELL),
            paint[service],
            Quantity(own / 1e9, "seconds"),
            spans,
        )
        for (service, name), (own, spans) in ranked
    )


def rank_rows(waterfall: Waterfall) -> list[tuple[int, WaterfallRow]]:
    """Return the rows, each with its place: the root first, those in error, on the critical path, then the longest."""
    rows = list(enumerate(map(_named, waterfall.rows)))
    return sorted(rows, key=lambda row: (*_rank(row[1]), row[0]))


def _named(row: WaterfallRow) -> WaterfallRow:
    return structs.replace(row, service=shortened(row.service, _SERVICE), name=shortened(row.name, _NAME))


def _rank(row: WaterfallRow) -> tuple[bool, bool, bool, float]:
    return row.depth > 0, not row.error, row.critical is None, -(row.duration.value or 0.0)


def _shell(trace: Trace) -> Shell:
    facts = [
        (Quantity(trace.duration / 1e9, "seconds"),),
        count(len(trace.nodes), "span"),
        count(len(trace.services), "service"),
        (("✖ ",) if trace.errors else ()) + count(trace.errors, "error"),
    ]
    start = trace.start / 1e9
    return Shell(
        title=f"trace {trace.trace_id[:8]}",
        prompt=f"sitegen trace {trace.trace_id[:8]}",
        sentence=(*joined(facts, " · "), " · began ", Instant(start)),
        section="traces",
        made_at=Instant(start + trace.duration / 1e9),
        description=f"One trace of {shortened(trace.root.service, _SERVICE)}: {plain(count(len(trace.nodes), 'span'))}, span by span.",
    )


def _detail(span: Span) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return the published attributes of a span, under what it is called and how long it took."""
    name = shortened(f"{span.service} {span.name}", _NAME)
    return (
        f"{name}, {format_duration(max(0, span.duration) / 1e9)}",
        tuple(
            (shortened(key, _KEY), shortened(value, _VALUE))
            for key, value in sorted(span.attributes.items())[:_ATTRIBUTES]
        ),
    )

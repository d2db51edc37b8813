"""The overview: the sentence of truth, then one panel for each thing that the other pages tell in full."""

import math
from collections.abc import Sequence

from sitegen.freshness import Freshness
from sitegen.metrics.analysis import align
from sitegen.site.findings import Findings, PanelDrawing
from sitegen.site.model import Page, PageKind
from sitegen.site.views import OverviewView, ServiceRow, Shell, SourceRow, StatRow
from sitegen.site.words import built, services_sentence
from sitegen.traces.model import Trace
from sitegen.units import Instant, Quantity, window_label
from sitegen.visualization.generator import draw_sparkline
from sitegen.visualization.model import Figure, Link, Waterfall

__all__ = ["overview_pages", "overview_view"]

_LOG_LINES = 12
_TRACE_ROWS = 12
_STATS = 8
_AGES = (Freshness.FRESH, Freshness.STALE, Freshness.EXPIRED, Freshness.MISSING)


def overview_pages(findings: Findings, description: str) -> tuple[Page, ...]:
    """Give `/` and its self-refreshing copy."""
    return (
        Page("/", "overview.mako", overview_view(findings, description, follow=False), PageKind.HUB),
        Page("/follow/", "overview.mako", overview_view(findings, description, follow=True), PageKind.HUB),
    )


def overview_view(findings: Findings, description: str, *, follow: bool) -> OverviewView:
    """Sum up everything that was found."""
    moment = findings.moment
    record = findings.build.record
    duration = None if findings.build.so_far or record.clock_fixed else record.duration
    sentence = (*services_sentence(findings.availability.services), ". Snapshot of ", Instant(moment.now))
    slowest = _slowest(findings)
    first = findings.availability.panels[0] if findings.availability.panels else None
    return OverviewView(
        shell=Shell(
            title="following" if follow else "overview",
            prompt="sitegen status --follow" if follow else "sitegen status --all",
            sentence=sentence,
            section="overview",
            made_at=Instant(moment.now),
            description=description or "What is up, how fast it answers, and how this page was made.",
            built=built(moment, duration),
        ),
        follow=follow,
        services=tuple(
            ServiceRow(
                status=status,
                latency=Quantity(status.latency, "seconds"),
                spark=draw_sparkline(findings.availability.latencies.get(status.id, ())),
            )
            for status in findings.availability.services
        ),
        sources=sources(findings),
        slo_facts=first.facts if first else (),
        slo_bars=first.bars if first else "",
        stats=_stats(findings.metrics.drawings),
        chart=_chart(findings.metrics.drawings),
        slowest=_cut(findings.traces.paged[slowest.trace_id].waterfall) if slowest else None,
        slowest_link=Link(f"trace {slowest.trace_id[:8]}", f"/traces/{slowest.trace_id}/")
        if slowest
        else None,
        log=findings.logs.records[:_LOG_LINES],
    )


def sources(findings: Findings) -> tuple[SourceRow, ...]:
    """Give every source of the build, each name once."""
    rows: dict[str, SourceRow] = {}
    for row in (*findings.metrics.sources, *findings.traces.sources, *findings.logs.sources):
        known = rows.get(row.name)
        # One name may be a source of several kinds: the oldest of its answers speaks for it.
        if known is None or _AGES.index(row.status) > _AGES.index(known.status):
            rows[row.name] = row
    return tuple(rows.values())


def _stats(drawings: Sequence[PanelDrawing]) -> tuple[StatRow, ...]:
    """Give each panel once: its first series' last value and its run in its first window."""
    firsts: dict[str, PanelDrawing] = {}
    for drawing in drawings:
        firsts.setdefault(drawing.data.panel.id, drawing)
    return tuple(_stat(drawing) for drawing in list(firsts.values())[:_STATS])


def _stat(drawing: PanelDrawing) -> StatRow:
    panel, result = drawing.data.panel, drawing.data.observed.value
    runs = [align(series, result.query.window) for series in result.series] if result else []
    values = max(runs, key=_last, default=())
    known = [value for value in values if value is not None]
    window = drawing.data.span
    path = "/metrics/" if window == panel.windows[0] else f"/metrics/{window_label(window)}/"
    return StatRow(
        link=Link(panel.title, f"{path}#{drawing.figure.id}"),
        value=Quantity(known[-1] if known else None, panel.unit),
        spark=draw_sparkline(values),
    )


def _last(values: Sequence[float | None]) -> float:
    """Give the last value, to choose the largest of several series."""
    return next(
        (value for value in reversed(values) if value is not None and math.isfinite(value)), -math.inf
    )


def _chart(drawings: Sequence[PanelDrawing]) -> Figure | None:
    """Choose the first panel of a server, else the first that has something to show."""
    shown = [
        drawing for drawing in drawings if drawing.data.observed.value and drawing.data.observed.value.series
    ]
    foreign = [drawing for drawing in shown if drawing.data.panel.source != "self"]
    drawn = [drawing for drawing in (*foreign, *shown) if drawing.figure.table is not None]
    return drawn[0].figure if drawn else None


def _slowest(findings: Findings) -> Trace | None:
    paged = [trace for trace in findings.traces.traces if trace.trace_id in findings.traces.paged]
    return max(paged, key=lambda trace: trace.duration, default=None)


def _cut(waterfall: Waterfall) -> Waterfall:
    """Keep the first rows: the whole trace is one link away."""
    return Waterfall(
        rows=waterfall.rows[:_TRACE_ROWS],
        ticks=waterfall.ticks,
        hidden=waterfall.hidden,
        summary=waterfall.summary,
    )

"""The overview: the sentence of truth, then one panel for each thing that the other pages tell in full."""

import math
from collections.abc import Mapping, Sequence

from msgspec import structs

from sitegen.availability.model import ServiceStatus
from sitegen.findings import Findings, ServiceFinding, SourceRow
from sitegen.freshness import Freshness
from sitegen.metrics.analysis import align
from sitegen.metrics.model import PanelData, PanelKind
from sitegen.pages.drawn import Drawn
from sitegen.pages.fit import shortened
from sitegen.pages.slo import service_panel
from sitegen.pages.views import OverviewView, ServiceRow, Shell, SloPanel, StatRow
from sitegen.pages.words import built, count, services_sentence
from sitegen.traces.model import Trace
from sitegen.units import Instant, Quantity, Sentence
from sitegen.visualization.generator import draw_sparkline
from sitegen.visualization.model import Figure, Link
from sitegen.visualization.words import show_value

__all__ = ["AGES", "overview_view", "sources"]

_LOG_LINES = 12
_STATS = 8
_TITLE, _MESSAGE = 60, 160
AGES = (Freshness.FRESH, Freshness.STALE, Freshness.EXPIRED, Freshness.MISSING)


def overview_view(
    findings: Findings, drawn: Drawn, description: str, places: Mapping[str, str], *, follow: bool
) -> OverviewView:
    """Sum up everything that was found, however much it is."""
    context, availability = findings.context, findings.availability
    record = findings.build.record
    duration = None if findings.build.so_far or record.clock_fixed else record.took
    sentence = (*services_sentence(availability.statuses), ". Snapshot of ", Instant(context.now))
    slowest = _slowest(findings, drawn)
    slo = _first_panel(availability.services, drawn)
    return OverviewView(
        shell=Shell(
            title="following" if follow else "overview",
            prompt="sitegen status --follow" if follow else "sitegen status --all",
            sentence=sentence,
            section="overview",
            made_at=Instant(context.now),
            description=description or "What is up, how fast it answers, and how this page was made.",
            built=built(context, duration),
        ),
        follow=follow,
        services=tuple(map(_service_row, availability.services)),
        sources=sources(findings),
        slo_title=_whose(availability.statuses),
        slo_facts=slo.facts if slo else (),
        slo_bars=slo.bars if slo else "",
        stats=_stats(findings.metrics.panels, drawn, places),
        chart=_chart(findings.metrics.panels, drawn),
        slowest=drawn.traces[slowest.trace_id].waterfall if slowest else None,
        slowest_link=Link(f"trace {slowest.trace_id[:8]}", f"/traces/{slowest.trace_id}/")
        if slowest
        else None,
        log=findings.logs.records[:_LOG_LINES],
    )


def _service_row(service: ServiceFinding) -> ServiceRow:
    status = service.status
    return ServiceRow(
        status=structs.replace(status, title=shortened(status.title, _TITLE)),
        latency=Quantity(status.latency, "seconds"),
        spark=draw_sparkline(service.latencies),
    )


def _first_panel(services: Sequence[ServiceFinding], drawn: Drawn) -> SloPanel | None:
    return service_panel(services[0], drawn.bars[services[0].status.id]) if services else None


def _whose(services: Sequence[ServiceStatus]) -> Sentence:
    """Say whose availability stands on the overview: that of the first service."""
    if not services:
        return ()
    others = (", the first of ", *count(len(services), "service")) if len(services) > 1 else ()
    return (shortened(services[0].title, _TITLE), *others)


def sources(findings: Findings) -> tuple[SourceRow, ...]:
    """Give every source of the build, each name once."""
    rows: dict[str, SourceRow] = {}
    for row in (*findings.metrics.sources, *findings.traces.sources, *findings.logs.sources):
        known = rows.get(row.name)
        # One name may be a source of several kinds: the oldest of its answers speaks for it.
        if known is None or AGES.index(row.status) > AGES.index(known.status):
            rows[row.name] = row
    return tuple(
        structs.replace(
            row,
            name=shortened(row.name, _TITLE),
            messages=tuple(shortened(message, _MESSAGE) for message in row.messages[:2]),
        )
        for row in rows.values()
    )


def _stats(panels: Sequence[PanelData], drawn: Drawn, places: Mapping[str, str]) -> tuple[StatRow, ...]:
    """Return each panel once: its first series' last value and its run in its first window."""
    firsts: dict[str, PanelData] = {}
    for data in panels:
        if (data.panel.id, data.span) in drawn.panels:
            firsts.setdefault(data.panel.id, data)
    return tuple(
        _stat(data, drawn.panels[data.panel.id, data.span], places) for data in list(firsts.values())[:_STATS]
    )


def _stat(data: PanelData, figure: Figure, places: Mapping[str, str]) -> StatRow:
    panel, result = data.panel, data.observed.value
    if panel.kind in (PanelKind.HEATMAP, PanelKind.HISTOGRAM):
        # Its series are counts of buckets, none of them a value of the panel: the median is, the first it tells.
        median = next((part for part in figure.summary if isinstance(part, Quantity)), Quantity(None))
        title = f"{shortened(panel.title, _TITLE - 5)}, p50"
        return StatRow(Link(title, places.get(panel.id, "/metrics/")), median, draw_sparkline(()))
    runs = [align(series, result.query.window) for series in result.series] if result else []
    values = max(runs, key=_last, default=())
    # Sources are a little late: what is missing for longer has no value now.
    known = [value for value in values[-2:] if value is not None]
    return StatRow(
        link=Link(shortened(panel.title, _TITLE), places.get(panel.id, "/metrics/")),
        value=show_value(known[-1] if known else None, panel.unit),
        spark=draw_sparkline(values),
    )


def _last(values: Sequence[float | None]) -> float:
    """Give the last value, to choose the largest of several series."""
    return next(
        (value for value in reversed(values) if value is not None and math.isfinite(value)), -math.inf
    )


def _chart(panels: Sequence[PanelData], drawn: Drawn) -> Figure | None:
    """Choose the first panel of a server, else the first that has something to show."""
    shown = [data for data in panels if data.observed.value and data.observed.value.series]
    foreign = [data for data in shown if data.panel.source != "self"]
    figures = (drawn.panels.get((data.panel.id, data.span)) for data in (*foreign, *shown))
    figure = next((one for one in figures if one is not None and one.table is not None), None)
    # Panels are named by the user: the page's own ids must stay its own.
    return None if figure is None else structs.replace(figure, id=f"panel-{figure.id}")


def _slowest(findings: Findings, drawn: Drawn) -> Trace | None:
    paged = [trace for trace in findings.traces.traces if trace.trace_id in drawn.traces]
    return max(paged, key=lambda trace: trace.duration, default=None)

"""The overview: the sentence of truth, then one panel for each thing that the other pages tell in full."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial

from msgspec import structs

from sitegen.availability.model import WORST_FIRST, ServiceStatus
from sitegen.findings import Findings, ServiceFinding, SourceRow
from sitegen.freshness import Freshness
from sitegen.metrics.analysis import align
from sitegen.metrics.model import PanelData, PanelKind
from sitegen.output import Block
from sitegen.pages.drawn import Drawn
from sitegen.pages.fit import PageList, Slice, shortened, trimmed
from sitegen.pages.logs import log_lines
from sitegen.pages.slo import service_panel
from sitegen.pages.trace import guide_rows, rank_rows
from sitegen.pages.views import OverviewView, ServiceRow, Shell, SloPanel, StatRow
from sitegen.pages.words import built, count, services_sentence
from sitegen.traces.model import Trace
from sitegen.units import Instant, Quantity, Sentence
from sitegen.visualization.generator import draw_sparkline
from sitegen.visualization.model import Figure, Link
from sitegen.visualization.words import show_value

__all__ = ["front_pages", "key_metrics", "sources"]

_SERVICES, _SOURCES, _STATS, _SPANS, _LINES = 24, 12, 8, 12, 12
"""How much of everything the overview shows at most; the other pages have it all."""
_FIRST = (10, 6, 4)
"""How many services, sources and key metrics come before everything else."""
_MESSAGE_CUT, _FIELDS_CUT = 200, 4
_TITLE, _MESSAGE = 60, 160
_TOO_HEAVY = "this drawing is too large for the overview"
AGES = (Freshness.FRESH, Freshness.STALE, Freshness.EXPIRED, Freshness.MISSING)


def front_pages(
    findings: Findings, drawn: Drawn, description: str, places: Mapping[str, str]
) -> tuple[PageList, ...]:
    """Return `/` and its self-refreshing copy; `places` says where each panel stands."""
    totals = (len(findings.availability.services), len(sources(findings)))
    blocks = tuple(_blocks(findings, drawn, places))
    return tuple(
        PageList(
            path,
            "overview.mako",
            partial(_view, _whole(findings, drawn, description, follow=follow), *totals),
            blocks,
            goes_on=False,
        )
        for path, follow in (("/", False), ("/follow/", True))
    )


def _whole(findings: Findings, drawn: Drawn, description: str, *, follow: bool) -> OverviewView:
    context, availability = findings.context, findings.availability
    record = findings.build.record
    duration = None if findings.build.so_far or record.clock_fixed else record.took
    slowest = _slowest(findings, drawn)
    slo = _first_panel(availability.services, drawn)
    return OverviewView(
        shell=Shell(
            title="following" if follow else "overview",
            prompt="sitegen status --follow" if follow else "sitegen status --all",
            sentence=(*services_sentence(availability.statuses), ". Snapshot of ", Instant(context.now)),
            section="overview",
            made_at=Instant(context.now),
            description=description or "What is up, how fast it answers, and how this page was made.",
            built=built(context, duration),
        ),
        follow=follow,
        slo_title=_whose(availability.statuses),
        slo_facts=slo.facts if slo else (),
        slo_bars=slo.bars if slo else "",
        ticks=drawn.traces[slowest.trace_id].waterfall.ticks if slowest else (),
        slowest_link=Link(f"trace {slowest.trace_id[:8]}", f"/traces/{slowest.trace_id}/")
        if slowest
        else None,
    )


def _view(whole: OverviewView, services: int, sources: int, page: Slice) -> OverviewView:
    """Count what of the services and sources does not stand on the page."""
    shown = [block.group for block in page.shown]
    return structs.replace(
        whole,
        guides=guide_rows(page.shown),
        more_services=_more(services - shown.count("services"), "service"),
        more_sources=_more(sources - shown.count("sources"), "source"),
    )


def _more(left: int, one: str) -> Sentence:
    return ("and ", *count(left, f"more {one}"), " that are no worse") if left else ()


def _blocks(findings: Findings, drawn: Drawn, places: Mapping[str, str]) -> Iterator[Block]:
    """Yield what the overview is packed from, most important first: what is worst, longest and latest."""
    found = findings.availability.services
    services = _worst(
        "service", map(_service_row, found), [WORST_FIRST.index(one.status.state) for one in found]
    )
    known = sources(findings)
    asked = _worst("source", known, [-AGES.index(row.status) for row in known])
    stats = [Block("stats", "stat", row) for row in key_metrics(findings.metrics.panels, drawn, places)]
    queues = ((services, _SERVICES), (asked, _SOURCES), (stats, _STATS))
    for (queue, _), first in zip(queues, _FIRST, strict=True):
        yield from queue[:first]
    for (queue, most), first in zip(queues, _FIRST, strict=True):
        yield from queue[first:most]
    chart = _chart(findings.metrics.panels, drawn)
    if chart is not None:
        words = structs.replace(chart, svg="", legend=(), table=None, notes=(*chart.notes, _TOO_HEAVY))
        yield Block("chart", "wide", chart, lighter=words)
    slowest = _slowest(findings, drawn)
    if slowest is not None:
        for place, row in rank_rows(drawn.traces[slowest.trace_id].waterfall)[:_SPANS]:
            yield Block("spans", "span", row, place)
    for line in log_lines(findings.logs.records, _LINES, _MESSAGE_CUT, _FIELDS_CUT):
        yield Block("lines", "line", line)


def _worst(part: str, rows: Iterable[ServiceRow | SourceRow], ranks: Sequence[int]) -> list[Block]:
    """Make the rows blocks, those of the lowest rank first; on the page they keep their own order."""
    blocks = [Block(f"{part}s", part, row, place) for place, row in enumerate(rows)]
    return sorted(blocks, key=lambda block: ranks[block.place])


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
    """Return whose availability stands on the overview: that of the first service."""
    if not services:
        return ()
    others = (", the first of ", *count(len(services), "service")) if len(services) > 1 else ()
    return (shortened(services[0].title, _TITLE), *others)


def sources(findings: Findings) -> tuple[SourceRow, ...]:
    """Return every source of the build, each name once."""
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


def key_metrics(panels: Sequence[PanelData], drawn: Drawn, places: Mapping[str, str]) -> tuple[StatRow, ...]:
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
    """Return the last value, to choose the largest of several series."""
    return next(
        (value for value in reversed(values) if value is not None and math.isfinite(value)), -math.inf
    )


def _chart(panels: Sequence[PanelData], drawn: Drawn) -> Figure | None:
    """Return the first panel of a server, else the first that has something to show."""
    shown = [data for data in panels if data.observed.value and data.observed.value.series]
    foreign = [data for data in shown if data.panel.source != "self"]
    figures = (drawn.panels.get((data.panel.id, data.span)) for data in (*foreign, *shown))
    figure = next((one for one in figures if one is not None and one.table is not None), None)
    # Panels are named by the user: the page's own ids must stay its own.
    return None if figure is None else structs.replace(trimmed(figure), id=f"panel-{figure.id}")


def _slowest(findings: Findings, drawn: Drawn) -> Trace | None:
    paged = [trace for trace in findings.traces.traces if trace.trace_id in drawn.traces]
    return max(paged, key=lambda trace: trace.duration, default=None)

"""The overview: what is wrong, how far it reaches, what it looks like, and where it is told in full."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import zip_longest

import msgspec
from msgspec import structs

from sitegen.availability.model import WORST_FIRST, ServiceState
from sitegen.errors import Notice
from sitegen.findings import BuildContext, BuildFindings, Findings, ServiceFinding, SourceRow
from sitegen.freshness import Freshness
from sitegen.metrics.model import SELF, Overview, PanelData, PanelKind
from sitegen.output import Block
from sitegen.pages.banner import banner_lines
from sitegen.pages.drawn import Drawn
from sitegen.pages.fit import PageList, Slice, shortened, trimmed
from sitegen.pages.logs import log_lines
from sitegen.pages.tiles import make_tiles
from sitegen.pages.trace import guide_rows, rank_rows
from sitegen.pages.views import OverviewView, ServiceRow, Shell, WeightRow
from sitegen.pages.words import built, count, joined, services_sentence
from sitegen.traces.model import Trace
from sitegen.units import DAY, HOUR, Instant, Quantity, Sentence, even, zone_of
from sitegen.visualization.charts.share import draw_share
from sitegen.visualization.generator import draw_backdrop, draw_months
from sitegen.visualization.model import Figure, Link

_SERVICES, _SOURCES, _CHARTS, _SPANS, _LINES, _PAGES = 24, 12, 4, 12, 12, 10
"""How much of everything the overview shows at most; the other pages have it all."""
_THIRDS = 2
"""So many charts beside services, trace and log fill three columns."""
_FIRST = 10
"""How many services come before everything else."""
_MESSAGE_CUT, _FIELDS_CUT = 200, 0
_TITLE = 60
_YOUNG = HOUR
"""A service that was observed for less than this tells its cycles: a percentage of a few would look exact."""
_TOO_HEAVY = "this drawing is too large for the overview"
_AGES = (Freshness.FRESH, Freshness.STALE, Freshness.EXPIRED, Freshness.MISSING)

_CLASSES = {ServiceState.DOWN: "c", ServiceState.DEGRADED: "w"}


class FrontPage(msgspec.Struct, frozen=True):
    """What the overview is asked to be: `leads_on` has it tell a newcomer what to do next, `follows` has it at `/follow/` too."""

    description: str = ""
    overview: Overview = Overview()
    follows: bool = True
    leads_on: bool = False


def front_pages(
    findings: Findings, drawn: Drawn, front: FrontPage, places: Mapping[str, str]
) -> tuple[PageList, ...]:
    """Return `/` and its self-refreshing copy; `places` says where each panel, service and objective stands."""
    blocks = tuple(_blocks(findings, drawn, front, places))
    compose = partial(_whole, findings, drawn, front, places)
    total = len(findings.availability.services)
    paths = (("/", False), ("/follow/", True)) if front.follows else (("/", False),)
    return tuple(
        PageList(path, "overview.mako", partial(_view, compose(follow=follow), total), blocks, goes_on=False)
        for path, follow in paths
    )


def _whole(
    findings: Findings, drawn: Drawn, front: FrontPage, places: Mapping[str, str], *, follow: bool
) -> OverviewView:
    context, record = findings.context, findings.build.record
    duration = None if findings.build.so_far or record.clock_fixed else record.took
    slowest = _slowest(findings, drawn)
    known = sources(findings)
    banner = banner_lines(findings, known, _faults(findings, drawn), places)
    return OverviewView(
        shell=Shell(
            title="following" if follow else "overview",
            prompt="sitegen status --follow" if follow else "sitegen status --all",
            sentence=services_sentence(findings.availability.statuses),
            section="overview",
            made_at=Instant(context.now),
            description=front.description or "What is up, how fast it answers, and how this page was made.",
            built=built(context, duration),
        ),
        follow=follow,
        banner=banner,
        months=draw_months(context.now, zone_of(context.timezone)),
        ticks=drawn.traces[slowest.trace_id].waterfall.ticks if slowest else (),
        slowest=_tell_trace(slowest) if slowest else (),
        slowest_link=Link(f"{slowest.nodes[0].span.name}", f"/traces/{slowest.trace_id}/")
        if slowest
        else None,
        log=_count_levels(findings),
        build=_tell_build(findings.build),
        lanes=drawn.lanes.svg,
        key=drawn.lanes.legend if front.leads_on else (),
        answering=_count_answering(known),
        leads_on=front.leads_on,
    )


def _view(whole: OverviewView, services: int, page: Slice) -> OverviewView:
    """Count what of the services does not stand on the page, and what of everything does."""
    groups = Counter(block.group for block in page.shown)
    left = services - groups["services"]
    more: Sentence = ("and ", *count(left, "more service"), " that are no worse") if left else ()
    thirds = (
        groups["charts"] == _THIRDS
        and groups["services"] >= _THIRDS
        and not whole.leads_on
        and groups.keys() >= {"spans", "lines"}
    )
    return structs.replace(whole, guides=guide_rows(page.shown), more_services=more, thirds=thirds)


def _blocks(findings: Findings, drawn: Drawn, front: FrontPage, places: Mapping[str, str]) -> Iterator[Block]:
    """Yield what the overview is packed from, most important first: what is worst, longest and latest."""
    found = sorted(findings.availability.services, key=lambda one: WORST_FIRST.index(one.status.state))
    fast = even([Quantity(_p95(one.latencies), "seconds") for one in found])
    services = [
        Block(
            "services",
            "service",
            _service_row(one, p95, drawn.bars[one.status.id], findings.context, places),
            place,
        )
        for place, (one, p95) in enumerate(zip(found, fast, strict=True))
    ]
    yield from services[:_FIRST]
    tiles = make_tiles(findings.metrics.panels, findings.build, drawn, places, front.overview.tiles)
    yield from (Block("tiles", "tile", tile, place) for place, tile in enumerate(tiles))
    yield from services[_FIRST:_SERVICES]
    known = sorted(sources(findings), key=lambda row: -_AGES.index(row.status))
    yield from (Block("sources", "source", row) for row in known[:_SOURCES])
    yield from _charts(findings.metrics.panels, drawn, front, places)
    if front.leads_on:
        yield from _weights(findings.build)
    yield from _latest(findings, drawn)


def _latest(findings: Findings, drawn: Drawn) -> Iterator[Block]:
    """Yield the slowest trace's spans and the newest lines by turns, so that neither takes the room of both."""
    slowest = _slowest(findings, drawn)
    ranked = rank_rows(drawn.traces[slowest.trace_id].waterfall)[:_SPANS] if slowest else []
    linked = frozenset(drawn.traces)
    short = (structs.replace(record, more=()) for record in findings.logs.records)
    lines = log_lines(short, _LINES, _MESSAGE_CUT, _FIELDS_CUT, linked)
    for span, line in zip_longest(ranked, lines):
        if span is not None:
            yield Block("spans", "span", span[1], span[0])
        if line is not None:
            yield Block("lines", "line", line)


def _service_row(
    service: ServiceFinding, p95: Quantity, bars: str, context: BuildContext, places: Mapping[str, str]
) -> ServiceRow:
    status = service.status
    lasts = None if status.since is None else context.now - status.since
    return ServiceRow(
        status=structs.replace(status, title=shortened(status.title, _TITLE)),
        link=Link(shortened(status.title, _TITLE), places.get(f"service-{status.id}", "/slo/")),
        lasts=Quantity(lasts, "seconds") if lasts else None,
        bars=bars,
        uptime=_uptime(service, context.cycle),
        p95=p95,
        spark=draw_backdrop(service.latencies),
        css=_CLASSES.get(status.state, ""),
    )


def _p95(latencies: Sequence[float | None]) -> float | None:
    """Return the 95th percentile by nearest rank: a latency that was really seen."""
    known = sorted(latency for latency in latencies if latency is not None)
    return known[math.ceil(0.95 * len(known)) - 1] if known else None


def _uptime(service: ServiceFinding, cycle: float) -> Sentence:
    """Return the availability of 90 days, as `1 of 1` cycles where there are but a few."""
    ninety = next((one for one in service.uptimes if one.window == 90 * DAY), None)
    if ninety is None or ninety.ratio is None:
        return ("–",)
    good, seen = ninety.up + ninety.degraded, ninety.up + ninety.degraded + ninety.down
    if seen < _YOUNG:
        return (Quantity(round(good / cycle)), " of ", *count(round(seen / cycle), "cycle"))
    return (Quantity(ninety.ratio, "availability"),)


def sources(findings: Findings) -> tuple[SourceRow, ...]:
    """Return every source of the build, each name once."""
    rows: dict[str, SourceRow] = {}
    for row in (*findings.metrics.sources, *findings.traces.sources, *findings.logs.sources):
        known = rows.get(row.name)
        # One name may be a source of several kinds: the oldest of its answers speaks for it.
        if known is None or _AGES.index(row.status) > _AGES.index(known.status):
            rows[row.name] = row
    return tuple(structs.replace(row, name=shortened(row.name, _TITLE)) for row in rows.values())


def _count_answering(known: Sequence[SourceRow]) -> Sentence:
    answering = sum(row.status is Freshness.FRESH for row in known)
    return (Quantity(answering), " of ", Quantity(len(known)), " answer" if answering != 1 else " answers")


def _faults(findings: Findings, drawn: Drawn) -> tuple[Notice, ...]:
    found = (*findings.notices.values(), *drawn.notices.values())
    return (*findings.unkept, *(notice for notices in found for notice in notices))


def _charts(
    panels: Sequence[PanelData], drawn: Drawn, front: FrontPage, places: Mapping[str, str]
) -> Iterator[Block]:
    """Yield the chosen panels, or the first chart and the first heatmap: wide and narrow by turns, a newcomer's in thirds."""
    figures = list(_figures(panels, drawn, front.overview.charts, places))
    for place, figure in enumerate(figures):
        alone = place == len(figures) - 1 and place % 2 == 0
        part = "narrow" if front.leads_on or place % 2 else "wide" if alone else "broad"
        words = structs.replace(figure, svg="", legend=(), notes=(*figure.notes, _TOO_HEAVY))
        yield Block("charts", part, figure, place, lighter=words)


def _figures(
    panels: Sequence[PanelData], drawn: Drawn, chosen: Sequence[str], places: Mapping[str, str]
) -> Iterator[Figure]:
    firsts: dict[str, PanelData] = {}
    for data in panels:
        if (figure := drawn.panels.get((data.panel.id, data.span))) and figure.table is not None:
            firsts.setdefault(data.panel.id, data)
    wanted = [firsts[name] for name in chosen if name in firsts] or _default(list(firsts.values()))
    for data in wanted[:_CHARTS]:
        figure = drawn.panels[data.panel.id, data.span]
        figure = figure.now or figure
        # Panels are named by the user: the page's own ids must stay its own. The table stands with its panel.
        place = places.get(data.panel.id, "/metrics/")
        yield structs.replace(trimmed(figure), id=f"panel-{figure.id}", table=None, path=place)


def _default(panels: Iterable[PanelData]) -> list[PanelData]:
    """Return the first chart and the first heatmap of a server; of sitegen itself where there is none."""
    ranked = sorted(panels, key=lambda data: data.panel.source == SELF)
    heat = [data for data in ranked if data.panel.kind is PanelKind.HEATMAP]
    lines = [data for data in ranked if data.panel.kind not in {PanelKind.HEATMAP, PanelKind.STAT}]
    return [*lines[:1], *heat[:1]] if heat else lines[:2]


def _slowest(findings: Findings, drawn: Drawn) -> Trace | None:
    paged = [trace for trace in findings.traces.traces if trace.trace_id in drawn.traces]
    return max(paged, key=lambda trace: trace.duration, default=None)


def _tell_trace(trace: Trace) -> Sentence:
    counts = [count(len(trace.nodes), "span"), count(trace.errors, "error")]
    return (
        "slowest of late: ",
        Quantity(trace.duration / 1e9, "seconds"),
        ", ",
        *joined(counts[: 1 + bool(trace.errors)]),
    )


def _count_levels(findings: Findings) -> Sentence:
    levels = [str(record.level) for record in findings.logs.records]
    bad = [("error", sum(level in {"error", "fatal"} for level in levels)), ("warning", levels.count("warn"))]
    told = joined([count(number, one) for one, number in bad if number])
    return (*told, " in " if told else "", *count(len(levels), "line"))


def _tell_build(build: BuildFindings) -> Sentence:
    record = build.record
    tasks = count(len(record.tasks), "task")
    if build.so_far or record.clock_fixed:
        return tasks
    return (Quantity(record.took, "seconds"), " for ", *tasks, " on ", *count(record.workers, "worker"))


def _weights(build: BuildFindings) -> Iterator[Block]:
    """Yield the heaviest pages of the last build, each against the limit; no links, as one may be gone by now."""
    largest = sorted(build.record.pages, key=lambda page: (-page.compressed, page.path))[:_PAGES]
    sizes = even([Quantity(page.compressed, "bytes") for page in largest])
    for page, size in zip(largest, sizes, strict=True):
        share = page.compressed / page.cap if page.cap else 0.0
        yield Block("weights", "weight", WeightRow(page.path, draw_share(share, track=True), size))

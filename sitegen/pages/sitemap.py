"""The site map: every page of a generation, in one place."""

import re
from collections.abc import Sequence

from sitegen.availability.model import WORST_FIRST
from sitegen.content.authored import ContentKind
from sitegen.feeds.atom import FeedEntry, FeedIds, digest_of, write_feed
from sitegen.feeds.badge import draw_badge
from sitegen.feeds.crawlers import write_robots, write_sitemap
from sitegen.feeds.index import Summary, write_index
from sitegen.feeds.openmetrics import write_openmetrics
from sitegen.feeds.own_families import families
from sitegen.feeds.status import write_status
from sitegen.findings import Findings
from sitegen.output import OutputFile
from sitegen.pages.build import build_page
from sitegen.pages.drawn import Drawn
from sitegen.pages.fit import PageList
from sitegen.pages.logs import log_pages
from sitegen.pages.metrics import metrics_pages
from sitegen.pages.overview import sources
from sitegen.pages.slo import slo_pages
from sitegen.pages.tiles import make_tiles
from sitegen.pages.traces import trace_pages
from sitegen.pages.words import services_sentence
from sitegen.units import Instant

NAVIGATION = (
    ("overview", ""),
    ("metrics", "metrics/"),
    ("traces", "traces/"),
    ("deps", "deps/"),
    ("logs", "logs/"),
    ("build", "build/"),
    ("slo", "slo/"),
    ("projects", "projects/"),
    ("about", "about/"),
)

ALWAYS = frozenset((
    "404.html", "about/index.html", "badge.svg", "feed.xml", "index.txt", "metrics.txt", "projects/index.html", "robots.txt", "sitemap.xml", "status.json", "techniques/index.html",
))  # fmt: skip
"""The files that every site has beside the pages of telemetry."""

_UNLISTED = ("/follow/", "/404.html")
_TRACE = re.compile(r"/traces/[0-9a-f]{16}")


def navigation(findings: Findings) -> tuple[tuple[str, str], ...]:
    """Return the tabs as (section, path below the base path); without a project there is none for projects."""
    projects = any(page.kind is ContentKind.PROJECT for page in findings.content.pages)
    return tuple(tab for tab in NAVIGATION if projects or tab[0] != "projects")


def site_map(findings: Findings, drawn: Drawn) -> tuple[PageList, ...]:
    """Return every page of telemetry but the overview, which needs to know where these came to stand (`front_pages`).

    The pages of single traces and of the author, which may fail alone, come before these.
    """
    context = findings.context
    return (
        *metrics_pages(findings.metrics, drawn.panels, context),
        *trace_pages(findings.traces, drawn, context),
        log_pages(findings.logs, context, frozenset(drawn.traces)),
        build_page(
            findings.build, findings.content.techniques, drawn.lanes, context, findings.metrics.sources
        ),
        slo_pages(findings.availability, drawn, context),
    )


def site_files(
    findings: Findings,
    drawn: Drawn,
    paths: Sequence[str],
    title: str,
    base_url: str,
    *,
    tiles: Sequence[str] = (),
) -> tuple[OutputFile, ...]:
    """Return every file that is not a page: the feeds, the charts' data, the author's pictures.

    `paths` are the pages', `tiles` the ids of the panels chosen for the overview.
    """
    context = findings.context
    degraded = findings.unkept or any((*findings.notices.values(), *drawn.notices.values()))
    # A trace's page lives for a day or two: nothing for crawlers, and each one would change the site map.
    listed = [path for path in paths if not _TRACE.match(path) and path not in _UNLISTED]
    services = findings.availability.statuses
    ids = _feed_ids(findings, base_url)
    series = families(findings.samples, {"site": base_url or title, "site_id": ids.site[:8]})
    title = f"{title} (simulated)" if findings.simulated else title
    return (
        write_status(
            "degraded" if degraded else "ok",
            services,
            sources(findings),
            context.now,
            context.next_due,
            simulated=findings.simulated,
        ),
        write_index(_summarise(findings, drawn, tiles), title),
        draw_badge(services),
        write_feed(title, base_url, _feed_entries(findings), ids),
        write_sitemap(base_url, listed),
        write_robots(base_url),
        OutputFile("metrics.txt", write_openmetrics(series)),
        *drawn.files,
        *findings.content.files,
    )


def _summarise(findings: Findings, drawn: Drawn, tiles: Sequence[str]) -> Summary:
    """Return what the overview says, for those who read it as text."""
    context = findings.context
    statuses = sorted(findings.availability.statuses, key=lambda one: WORST_FIRST.index(one.state))
    return Summary(
        sentence=(*services_sentence(statuses), ". Snapshot of ", Instant(context.now)),
        services=tuple(statuses),
        metrics=tuple(
            (tile.value, tile.words)
            for tile in make_tiles(findings.metrics.panels, findings.build, drawn, {}, tiles)
        ),
        sources=sources(findings),
        built=Instant(context.now),
        next_due=Instant(context.next_due),
    )


def _feed_entries(findings: Findings) -> list[FeedEntry]:
    entries = [
        FeedEntry(text, text, "/slo/", one.at, f"service {one.service} {one.at}")
        for one in findings.availability.changes
        for text in (f"{one.title}: {one.state}",)
    ]
    entries += [
        FeedEntry(page.title, page.description, page.path, page.date, f"page {page.path}")
        for page in findings.content.pages
        if page.date is not None
    ]
    # A feed that is updated in the future makes readers take what comes next for older.
    return [entry for entry in entries if entry.at <= findings.context.now]


def _feed_ids(findings: Findings, base_url: str) -> FeedIds:
    context = findings.context
    began = context.slot if context.first_slot is None else context.first_slot
    return FeedIds(findings.site_id or digest_of(base_url), findings.ids_since, began)

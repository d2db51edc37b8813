"""The site map: every page of a generation, in one place."""

from collections.abc import Sequence

from sitegen.feeds.atom import FeedEntry, write_feed
from sitegen.feeds.badge import draw_badge
from sitegen.feeds.crawlers import write_robots, write_sitemap
from sitegen.feeds.index import Summary, write_index
from sitegen.feeds.openmetrics import write_openmetrics
from sitegen.feeds.own_families import families
from sitegen.feeds.status import write_status
from sitegen.findings import BuildContext, Findings
from sitegen.output import OutputFile, Page
from sitegen.pages.author import author_pages
from sitegen.pages.build import build_page
from sitegen.pages.drawn import Drawn
from sitegen.pages.logs import log_pages
from sitegen.pages.metrics import metrics_pages, places_of
from sitegen.pages.overview import overview_view, sources
from sitegen.pages.overview_fit import front_pages
from sitegen.pages.slo import slo_pages
from sitegen.pages.traces import trace_pages
from sitegen.pages.views import OverviewView
from sitegen.units import Instant

__all__ = ["NAVIGATION", "site_files", "site_map"]

NAVIGATION = (
    ("overview", ""),
    ("metrics", "metrics/"),
    ("traces", "traces/"),
    ("deps", "deps/"),
    ("logs", "logs/"),
    ("build", "build/"),
    ("slo", "slo/"),
    ("about", "about/"),
)

_UNLISTED = ("/follow/", "/404.html")


def site_map(findings: Findings, drawn: Drawn, title: str, description: str) -> tuple[Page, ...]:
    """Return every page."""
    context = findings.context
    metrics = metrics_pages(findings.metrics, drawn.panels, context)
    return (
        *front_pages(findings, drawn, description, places_of(metrics)),
        *metrics,
        *trace_pages(findings.traces, drawn, context),
        *log_pages(findings.logs, context, frozenset(drawn.traces)),
        build_page(findings.build, drawn.lanes, context),
        *slo_pages(findings.availability, drawn, context),
        *author_pages(findings.content, title, description),
    )


def site_files(
    findings: Findings, drawn: Drawn, pages: Sequence[Page], title: str, base_url: str
) -> tuple[OutputFile, ...]:
    """Return every file that is not a page: the feeds, the charts' data, the author's pictures."""
    context = findings.context
    overview = overview_view(findings, drawn, "", {}, follow=False)
    degraded = findings.unkept or any((*findings.problems.values(), *drawn.problems.values()))
    # A trace's page lives for a day or two: nothing for crawlers, and each one would change the site map.
    listed = [page.path for page in pages if page.template != "trace.mako" and page.path not in _UNLISTED]
    services = findings.availability.statuses
    return (
        write_status(
            "degraded" if degraded else "ok", services, sources(findings), context.now, context.next_due
        ),
        write_index(_summarise(overview, context), title),
        draw_badge(services),
        write_feed(title, base_url, _feed_entries(findings)),
        write_sitemap(base_url, listed),
        write_robots(base_url),
        OutputFile("metrics.txt", write_openmetrics(families(findings.samples))),
        *drawn.files,
        *findings.content.files,
    )


def _summarise(view: OverviewView, context: BuildContext) -> Summary:
    """Return what the overview says, for those who read it as text."""
    return Summary(
        sentence=view.shell.sentence,
        services=tuple(row.status for row in view.services),
        metrics=tuple((stat.value, stat.link.text) for stat in view.stats),
        sources=view.sources,
        built=Instant(context.now),
        next_due=Instant(context.next_due),
    )


def _feed_entries(findings: Findings) -> list[FeedEntry]:
    entries = [
        FeedEntry(title=text, text=text, path="/slo/", at=at) for at, text in findings.availability.changes
    ]
    entries += [
        FeedEntry(title=page.title, text=page.description, path=page.path, at=page.date)
        for page in findings.content.pages
        if page.date is not None
    ]
    return entries

"""The site map: every page of a generation, in one place."""

from collections.abc import Sequence

from sitegen.feeds.atom import FeedEntry, write_feed
from sitegen.feeds.badge import draw_badge
from sitegen.feeds.crawlers import write_robots, write_sitemap
from sitegen.feeds.index import write_index
from sitegen.feeds.openmetrics import write_openmetrics
from sitegen.feeds.own_families import families
from sitegen.feeds.status import write_status
from sitegen.output import OutputFile, Page
from sitegen.pages.author import author_pages
from sitegen.pages.build import build_page
from sitegen.pages.findings import Findings
from sitegen.pages.logs import log_pages
from sitegen.pages.metrics import metrics_pages, places_of
from sitegen.pages.overview import overview_view, sources
from sitegen.pages.overview_fit import front_pages
from sitegen.pages.slo import slo_pages
from sitegen.pages.traces import trace_pages
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


def site_map(findings: Findings, made: float, title: str, description: str) -> tuple[Page, ...]:
    """Give every page; `made` is when the author's pages were made (POSIX seconds)."""
    linked = frozenset(findings.traces.paged)
    metrics = metrics_pages(findings.metrics, findings.moment)
    return (
        *front_pages(findings, description, places_of(metrics)),
        *metrics,
        *trace_pages(findings.traces, findings.moment),
        *log_pages(findings.logs, findings.moment, linked),
        build_page(findings.build, findings.moment),
        *slo_pages(findings.availability, findings.moment),
        *author_pages(findings.content, Instant(made), title, description),
    )


def site_files(
    findings: Findings, pages: Sequence[Page], status: str, title: str, base_url: str
) -> tuple[OutputFile, ...]:
    """Give every file that is not a page: the twins for machines, the charts' data, the author's pictures."""
    moment = findings.moment
    # A trace's page lives for a day or two: nothing for crawlers, and each one would change the site map.
    listed = [page.path for page in pages if page.template != "trace.mako" and page.path not in _UNLISTED]
    services = findings.availability.services
    return (
        write_status(status, services, sources(findings), moment.now, moment.next_due),
        write_index(overview_view(findings, "", {}, follow=False), title),
        draw_badge(services),
        write_feed(title, base_url, _feed_entries(findings)),
        write_sitemap(base_url, listed),
        write_robots(base_url),
        OutputFile("metrics.txt", write_openmetrics(families(findings.samples))),
        *(drawing.csv for drawing in findings.metrics.drawings),
        *findings.content.files,
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

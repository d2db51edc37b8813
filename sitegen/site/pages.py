"""The site map: every page of a generation, in one place."""

from collections.abc import Sequence

from sitegen.site.author import author_pages
from sitegen.site.builds import build_page
from sitegen.site.charts import metrics_pages, places_of
from sitegen.site.exposition import write_openmetrics
from sitegen.site.findings import Findings
from sitegen.site.front import front_pages
from sitegen.site.lines import log_pages
from sitegen.site.model import OutputFile, Page
from sitegen.site.objectives import slo_pages
from sitegen.site.overview import overview_view, sources
from sitegen.site.telemetry import families
from sitegen.site.tracing import trace_pages
from sitegen.site.twins import (
    FeedEntry,
    draw_badge,
    write_feed,
    write_index,
    write_robots,
    write_sitemap,
    write_status,
)
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
    listed = [page.path for page in pages if page.path not in ("/follow/", "/404.html")]
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

"""The overview on its page: what is worst, longest and latest, as much of it as the page holds."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeVar

from msgspec import structs

from sitegen.availability.model import WORST_FIRST
from sitegen.findings import Findings
from sitegen.output import Page
from sitegen.pages.drafts import (
    draft_cell,
    draft_facts,
    draft_figure,
    draft_line,
    draft_shell,
    draft_waterfall,
)
from sitegen.pages.drawn import Drawn
from sitegen.pages.fit import OVERVIEW, thinned, trimmed
from sitegen.pages.logs import cut_line
from sitegen.pages.overview import AGES, overview_view
from sitegen.pages.trace import longest_rows
from sitegen.pages.views import OverviewView
from sitegen.pages.words import count
from sitegen.units import Sentence

__all__ = ["front_pages"]

Row = TypeVar("Row")

_LINE = (200, 4)


class _Level(NamedTuple):
    """How much of everything the page shows; `chart` is its table's rows, below zero for no chart at all."""

    services: int
    sources: int
    chart: int
    spans: int
    lines: int
    stats: int


_LEVELS = (
    *(_Level(24, 12, 12, 12, 12, 8), _Level(24, 12, 12, 10, 10, 8), _Level(24, 12, 0, 8, 8, 8)),
    *(_Level(24, 10, 0, 6, 6, 8), _Level(20, 8, 0, 4, 4, 6), _Level(16, 6, 0, 0, 4, 5)),
    *(_Level(12, 6, -1, 0, 3, 4), _Level(10, 4, -1, 0, 2, 3), _Level(6, 3, -1, 0, 0, 2)),
)


def front_pages(
    findings: Findings, drawn: Drawn, description: str, places: Mapping[str, str]
) -> tuple[Page, ...]:
    """Give `/` and its self-refreshing copy; `places` says where each panel stands."""
    return tuple(
        Page(
            path,
            "overview.mako",
            _fit(overview_view(findings, drawn, description, places, follow=follow)),
        )
        for path, follow in (("/", False), ("/follow/", True))
    )


def _fit(whole: OverviewView) -> OverviewView:
    return OVERVIEW.choose((_cut(whole, level) for level in _LEVELS), _draft)


def _cut(whole: OverviewView, level: _Level) -> OverviewView:
    """Keep what is worst, longest and latest; the rest stands on the other pages."""
    services = _keep(whole.services, level.services, lambda row: WORST_FIRST.index(row.status.state))
    kept = _keep(whole.sources, level.sources, lambda row: -AGES.index(row.status))
    chart = None if whole.chart is None or level.chart < 0 else thinned(trimmed(whole.chart), level.chart)
    spans = longest_rows(whole.slowest, level.spans) if whole.slowest and level.spans else None
    return structs.replace(
        whole,
        services=services,
        sources=kept,
        chart=chart,
        slowest=spans,
        log=tuple(cut_line(record, *_LINE) for record in whole.log[: level.lines]),
        stats=whole.stats[: level.stats],
        more_services=_more(len(whole.services) - len(services), "service"),
        more_sources=_more(len(whole.sources) - len(kept), "source"),
    )


def _keep(rows: Sequence[Row], most: int, rank: Callable[[Row], int]) -> tuple[Row, ...]:
    """Keep the rows of the lowest ranks, in their own order."""
    ranked = sorted(range(len(rows)), key=lambda index: (rank(rows[index]), index))[:most]
    return tuple(rows[index] for index in sorted(ranked))


def _more(left: int, one: str) -> Sentence:
    return ("and ", *count(left, f"more {one}"), " that are no worse") if left else ()


def _draft(view: OverviewView) -> str:
    sections = (
        _draft_services(view),
        f"<p>{draft_cell(view.slo_title)}</p>{draft_facts(view.slo_facts)}{view.slo_bars}<p><a>how it is counted</a></p>",
        _draft_stats(view),
        _draft_sources(view),
    )
    panels = "".join(f"<section><h2>panel</h2>{section}</section>" for section in sections)
    panels += draft_figure(view.chart) if view.chart else ""
    if view.slowest and view.slowest_link:
        link = draft_cell(view.slowest_link)
        panels += f"<section><h2>slowest trace</h2><p>{link}</p>{draft_waterfall(view.slowest)}</section>"
    lines = "".join(draft_line(record, frozenset()) for record in view.log)
    panels += f"<section><h2>log</h2>{f'<ol>{lines}</ol>' if lines else '<p>no lines yet</p>'}</section>"
    stamp = "<p><time>snapshot</time> <data>stale</data></p>"
    follow = "<meta refresh><meta robots><p>reloads <a>stop</a></p>" if view.follow else ""
    return f"{draft_shell(view.shell)}{follow}<div>{panels}</div>{stamp}"


def _draft_services(view: OverviewView) -> str:
    rows = "".join(
        f"<tr><td>{draft_cell(row.status.title)}</td><td><span>{row.status.state}</span></td>"
        f"<td>{draft_cell(row.latency)}</td><td>{row.spark}</td></tr>"
        for row in view.services
    )
    more = f"<p>{draft_cell(view.more_services)} <a>all services</a></p>" if view.more_services else ""
    return f"<table><thead><tr>{'<th>head</th>' * 4}</tr></thead><tbody>{rows}</tbody></table>{more}"


def _draft_stats(view: OverviewView) -> str:
    rows = "".join(
        f"<tr><td>{draft_cell(row.link)}</td><td>{draft_cell(row.value)}</td><td>{row.spark}</td></tr>"
        for row in view.stats
    )
    return f"<table><thead><tr>{'<th>head</th>' * 3}</tr></thead><tbody>{rows}</tbody></table>"


def _draft_sources(view: OverviewView) -> str:
    rows = "".join(
        f"<tr><td>{draft_cell(row.name)}</td><td><span>{row.status}</span></td>"
        f"<td>{draft_cell(row.fetched) if row.fetched else '<span>never</span>'}</td></tr>"
        + "".join(f"<tr><td>{draft_cell(message)}</td></tr>" for message in row.messages)
        for row in view.sources
    )
    more = f"<p>{draft_cell(view.more_sources)}</p>" if view.more_sources else ""
    return f"<table><thead><tr>{'<th>head</th>' * 3}</tr></thead><tbody>{rows}</tbody></table>{more}"

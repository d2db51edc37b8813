"""The metrics pages: every panel in its first window, at most eight a page; then the further windows alike.

A drawing that no page could hold is replaced by words; its data file has everything.
"""

from collections.abc import Mapping, Sequence
from functools import partial

import msgspec

from sitegen.findings import BuildContext, MetricFindings
from sitegen.freshness import Freshness
from sitegen.metrics.model import Panel, PanelData
from sitegen.output import Block
from sitegen.pages.fit import PageList, Slice, trimmed
from sitegen.pages.views import MetricsView, Shell, Tabs
from sitegen.pages.words import count, numbered
from sitegen.units import Instant, Sentence, window_label
from sitegen.visualization.model import Figure, Link

_PANELS_A_PAGE = 8
_COLUMNS_ALONE, _COLUMNS_SHARED = 240, 120
_TOO_HEAVY = "this drawing is too large for a page; its data file has everything"


_Drawing = tuple[PanelData, Figure]
"""A panel in one window, and what was drawn of it."""


def metrics_pages(
    metrics: MetricFindings, figures: Mapping[tuple[str, float], Figure], context: BuildContext
) -> tuple[PageList, ...]:
    """Return `/metrics/`, `/metrics/<window>/` and the pages after each."""
    # What could not be drawn is told among the problems.
    groups = list(dict.fromkeys(data.panel.group for data in metrics.panels))
    shown = [data for data in metrics.panels if (data.panel.id, data.span) in figures]
    shown.sort(key=lambda data: groups.index(data.panel.group))
    firsts = [data for data in shown if data.span == data.panel.windows[0]]
    further = sorted({data.span for data in shown if data.span != data.panel.windows[0]})
    sets = [("/metrics/", _first_label(firsts), firsts)]
    for span in further:
        label = window_label(span)
        sets.append((f"/metrics/{label}/", label, [data for data in shown if data.span == span]))
    windows = [Link(label, path) for path, label, _ in sets]
    return tuple(
        _pages(path, label, [(data, figures[data.panel.id, data.span]) for data in chosen], windows, context)
        for path, label, chosen in sets
    )


def count_columns(panels: Sequence[Panel]) -> dict[tuple[str, float], int]:
    """Return in how many columns each panel and span is drawn: 240 where it has a page of eight to itself, else 120."""
    spans = {span for panel in panels for span in panel.windows}
    sets = [[(panel.id, panel.windows[0]) for panel in panels]]
    sets += [[(panel.id, span) for panel in panels if span in panel.windows[1:]] for span in spans]
    return {
        shown: _COLUMNS_ALONE if index == len(one) - 1 and index % _PANELS_A_PAGE == 0 else _COLUMNS_SHARED
        for one in sets
        for index, shown in enumerate(one)
    }


def _first_label(firsts: Sequence[PanelData]) -> str:
    """Return the name of the first page: its window, where all panels on it share one."""
    spans = {data.span for data in firsts}
    return window_label(spans.pop()) if len(spans) == 1 else "default"


def _pages(
    path: str, label: str, drawings: Sequence[_Drawing], windows: Sequence[Link], context: BuildContext
) -> PageList:
    tabs = tuple((link, link.path == path) for link in windows)
    groups = [data.panel.group for data, _ in drawings]
    return PageList(
        path=path,
        template="metrics.mako",
        compose=partial(
            _view, label, tuple(_tell_age(data) for data, _ in drawings), tabs, context.stable_until
        ),
        blocks=tuple(
            _block(index, one, leads=not index or groups[index - 1] != groups[index])
            for index, one in enumerate(drawings)
        ),
        most=_PANELS_A_PAGE,
    )


def _tell_age(data: PanelData) -> tuple[Freshness, float | None]:
    """Return how fresh a panel is, and the instant up to which it goes."""
    value = data.observed.value
    return data.observed.status, value.query.window.end if value else None


def _block(place: int, drawing: _Drawing, *, leads: bool) -> Block:
    """Make a panel a block; the one that leads its group has the group's heading above it."""
    (data, drawn), group = drawing, drawing[0].panel.group
    figure = trimmed(drawn)
    words = msgspec.structs.replace(figure, svg="", legend=(), table=None, notes=(*figure.notes, _TOO_HEAVY))
    now = figure.now and trimmed(figure.now)
    block = Block("figures", "figure", figure, place, words, figure.id, group, now, data.moves)
    if not (leads and group):
        return block
    return msgspec.structs.replace(
        block, part="headed", value=(group, figure), lighter=(group, words), now=now and (group, now)
    )


_Known = Sequence[tuple[Freshness, float | None]]
"""Of each panel how fresh it is, and the instant up to which it goes."""


def _view(label: str, known: _Known, windows: Tabs, rest: float, page: Slice) -> MetricsView:
    shown = [known[block.place] for block in page.shown]
    first = page.shown[0] if page.shown else None
    goes_on = first.together if first and first.part == "figure" else ""
    return MetricsView(numbered(_shell(label, shown, rest), page.number), windows, page.links, goes_on)


def _shell(label: str, shown: _Known, rest: float) -> Shell:
    """Return the words around a page; it is as old as its newest data, and as of `rest` where it has none."""
    return Shell(
        title=f"metrics, {label}",
        prompt=f"sitegen metrics --window {label}",
        sentence=_sentence([status for status, _ in shown]),
        section="metrics",
        made_at=Instant(max((end for _, end in shown if end is not None), default=rest)),
        description=f"Charts over {label}, each with its figures as a table and as CSV.",
    )


def _sentence(states: Sequence[Freshness]) -> Sentence:
    old = sum(state in (Freshness.STALE, Freshness.EXPIRED) for state in states)
    gone = states.count(Freshness.MISSING)
    parts: Sentence = count(len(states), "panel")
    if old:
        parts = (*parts, "; ▲ ", *count(old, "shows its last known values", "show their last known values"))
    if gone:
        parts = (*parts, "; ○ ", *count(gone, "has no data", "have no data"))
    return (*parts, "." if old or gone else ", all fresh." if states else ".")

"""The metrics pages: every panel in its first window, at most eight a page; then the further windows alike.

Figures are weighed before they are put on a page: a page takes as many panels as fit with
their tables, and a drawing that no page could hold is replaced by words.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from sitegen.findings import BuildContext, MetricFindings
from sitegen.freshness import Freshness
from sitegen.metrics.model import Panel, PanelData
from sitegen.output import Page
from sitegen.pages.drafts import draft_figure, draft_shell, draft_tabs
from sitegen.pages.fit import METRICS, Room, trimmed
from sitegen.pages.views import MetricsView, Shell
from sitegen.pages.words import count, page_links
from sitegen.units import Instant, Sentence, window_label
from sitegen.visualization.model import Figure, Link

__all__ = ["count_columns", "metrics_pages", "places_of"]

_PANELS_A_PAGE = 8
_COLUMNS_ALONE, _COLUMNS_SHARED = 240, 120
_ALONE = Room(METRICS.elements - 60, METRICS.compressed - 400)
"""What a figure may take where it stands alone, beside the words and links of the page."""

_Tabs = tuple[tuple[Link, bool], ...]


class _Drawing(msgspec.Struct, frozen=True):
    """A panel in one window: what is known, and its figure."""

    data: PanelData
    figure: Figure


_TOO_HEAVY = "this drawing is too large for a page; its data file has everything"


def metrics_pages(
    metrics: MetricFindings, figures: Mapping[tuple[str, float], Figure], context: BuildContext
) -> tuple[Page, ...]:
    """Give `/metrics/`, `/metrics/<window>/` and the pages after each."""
    # What could not be drawn is told among the problems.
    shown = [
        _Drawing(data, figures[data.panel.id, data.span])
        for data in metrics.panels
        if (data.panel.id, data.span) in figures
    ]
    firsts = [one for one in shown if one.data.span == one.data.panel.windows[0]]
    further = sorted({one.data.span for one in shown if one.data.span != one.data.panel.windows[0]})
    sets: list[tuple[str, str, Sequence[_Drawing]]] = [("/metrics/", _first_label(firsts), firsts)]
    for span in further:
        label = window_label(span)
        chosen = [drawing for drawing in shown if drawing.data.span == span]
        sets.append((f"/metrics/{label}/", label, chosen))
    windows = [Link(label, path) for path, label, _ in sets]
    return tuple(
        page for path, label, drawings in sets for page in _paged(path, label, drawings, windows, context)
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


def places_of(pages: Iterable[Page]) -> dict[str, str]:
    """Give where each panel stands first: its id -> `/metrics/2/#id`."""
    places: dict[str, str] = {}
    for page in pages:
        if isinstance(page.view, MetricsView):
            for figure in page.view.figures:
                places.setdefault(figure.id, f"{page.path}#{figure.id}")
    return places


def _first_label(firsts: Sequence[_Drawing]) -> str:
    """Name the first page by its window, where all panels on it share one."""
    spans = {drawing.data.span for drawing in firsts}
    return window_label(spans.pop()) if len(spans) == 1 else "default"


def _paged(
    path: str, label: str, drawings: Sequence[_Drawing], windows: Sequence[Link], context: BuildContext
) -> list[Page]:
    tabs = tuple((link, link.path == path) for link in windows)
    # Each is weighed and drafted once, on however many pages it is tried.
    drawings = [msgspec.structs.replace(one, figure=_bearable(one.figure)) for one in drawings]
    drafts = {one.figure.id: draft_figure(one.figure) for one in drawings}

    def draft(pages: int, chosen: Sequence[_Drawing]) -> str:
        links = page_links(path, pages)
        shell = _shell(label, int(links[-1].text), chosen, context)
        return _draft(shell, (drafts[one.figure.id] for one in chosen), tabs, _marked(links, links[-1]))

    chunks = METRICS.fill(drawings, _PANELS_A_PAGE, draft)
    links = page_links(path, len(chunks))
    pages = []
    for here, chunk in zip(links, chunks, strict=True):
        view = MetricsView(
            shell=_shell(label, int(here.text), chunk, context),
            figures=tuple(one.figure for one in chunk),
            windows=tabs,
            pages=_marked(links, here),
        )
        pages.append(Page(here.path, "metrics.mako", view))
    return pages


def _marked(links: Sequence[Link], here: Link) -> _Tabs:
    return tuple((link, link is here) for link in links)


def _bearable(figure: Figure) -> Figure:
    """Cut a figure's words to what a page can hold; where that is not enough, leave its drawing out."""
    figure = trimmed(figure)
    if _ALONE.holds(draft_figure(figure)):
        return figure
    return msgspec.structs.replace(figure, svg="", legend=(), table=None, notes=(*figure.notes, _TOO_HEAVY))


def _draft(shell: Shell, figures: Iterable[str], windows: _Tabs, pages: _Tabs) -> str:
    """Draft a page of figures that are drafted already."""
    return f"{draft_shell(shell)}{draft_tabs(windows)}<div>{''.join(figures)}</div>{draft_tabs(pages)}"


def _shell(label: str, number: int, drawings: Sequence[_Drawing], context: BuildContext) -> Shell:
    ends = [
        drawing.data.observed.value.query.window.end for drawing in drawings if drawing.data.observed.value
    ]
    page = f" --page {number}" if number > 1 else ""
    return Shell(
        title=f"metrics, {label}" + (f", page {number}" if number > 1 else ""),
        prompt=f"sitegen metrics --window {label}{page}",
        sentence=_sentence(drawings),
        section="metrics",
        made_at=Instant(max(ends, default=context.stable_until)),
        description=f"Charts over {label}, each with its figures as a table and as CSV.",
    )


def _sentence(drawings: Sequence[_Drawing]) -> Sentence:
    states = [drawing.data.observed.status for drawing in drawings]
    old = sum(state in (Freshness.STALE, Freshness.EXPIRED) for state in states)
    gone = states.count(Freshness.MISSING)
    parts: Sentence = count(len(drawings), "panel")
    if old:
        parts = (*parts, "; ▲ ", *count(old, "shows its last known values", "show their last known values"))
    if gone:
        parts = (*parts, "; ○ ", *count(gone, "has no data", "have no data"))
    return (*parts, "." if old or gone else ", all fresh." if drawings else ".")

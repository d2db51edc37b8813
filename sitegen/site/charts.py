"""The metrics pages: every panel in its first window, at most eight a page; then the further windows alike.

A page is held to a number of elements and to a weight on the wire, so figures are
weighed before they are put on one: first their tables give way (the CSV has it all),
then a page takes fewer panels.
"""

from collections.abc import Sequence

from sitegen.freshness import Freshness
from sitegen.site.findings import MetricFindings, Moment, PanelDrawing
from sitegen.site.model import Page, PageKind
from sitegen.site.views import MetricsView, Shell
from sitegen.site.weights import elements_of, weight_of, with_rows
from sitegen.site.words import count
from sitegen.units import Instant, Sentence, window_label
from sitegen.visualization.model import Figure, Link

__all__ = ["metrics_pages"]

_PANELS_A_PAGE = 8
_ELEMENTS, _BYTES = 500, 9_000
_SHELL_ELEMENTS, _SHELL_BYTES = 62, 4_200
"""What a page has around its figures: measured on the starter site, with room for a few more tabs."""


def metrics_pages(metrics: MetricFindings, moment: Moment) -> tuple[Page, ...]:
    """Give `/metrics/`, `/metrics/<window>/` and the pages after each."""
    firsts = [drawing for drawing in metrics.drawings if drawing.data.span == drawing.data.panel.windows[0]]
    further = sorted({drawing.data.span for drawing in metrics.drawings if drawing not in firsts})
    sets: list[tuple[str, str, Sequence[PanelDrawing]]] = [("/metrics/", _first_label(firsts), firsts)]
    for span in further:
        label = window_label(span)
        chosen = [drawing for drawing in metrics.drawings if drawing.data.span == span]
        sets.append((f"/metrics/{label}/", label, chosen))
    windows = [Link(label, path) for path, label, _ in sets]
    return tuple(
        page for path, label, drawings in sets for page in _paged(path, label, drawings, windows, moment)
    )


def _first_label(firsts: Sequence[PanelDrawing]) -> str:
    """Name the first page by its window, where all panels on it share one."""
    spans = {drawing.data.span for drawing in firsts}
    return window_label(spans.pop()) if len(spans) == 1 else "default"


def _paged(
    path: str, label: str, drawings: Sequence[PanelDrawing], windows: Sequence[Link], moment: Moment
) -> list[Page]:
    chunks = _chunks(drawings) or [[]]
    links = [
        Link(str(number), path if number == 1 else f"{path}{number}/") for number in range(1, len(chunks) + 1)
    ]
    return [
        Page(
            path=here.path,
            template="metrics.mako",
            view=MetricsView(
                shell=_shell(label, number, chunk, moment),
                figures=_fit([drawing.figure for drawing in chunk]),
                windows=tuple((link, link.path == path) for link in windows),
                pages=tuple((link, link is here) for link in links),
            ),
            kind=PageKind.HUB,
        )
        for number, (here, chunk) in enumerate(zip(links, chunks, strict=True), 1)
    ]


def _chunks(drawings: Sequence[PanelDrawing]) -> list[list[PanelDrawing]]:
    """Fill pages in order; a page is full at eight panels, or where the next would be too much without its table."""
    chunks: list[list[PanelDrawing]] = []
    elements, weight = 0, 0
    for drawing in drawings:
        bare = with_rows(drawing.figure, 0)
        more, heavier = elements_of(bare), weight_of(bare)
        full = not chunks or len(chunks[-1]) == _PANELS_A_PAGE
        if full or elements + more > _ELEMENTS or weight + heavier > _BYTES:
            chunks.append([])
            elements, weight = _SHELL_ELEMENTS, _SHELL_BYTES
        chunks[-1].append(drawing)
        elements, weight = elements + more, weight + heavier
    return chunks


def _fit(figures: Sequence[Figure]) -> tuple[Figure, ...]:
    """Give the tables as many rows as the page can hold, the same number each."""
    for rows in (12, 8, 6, 4, 3, 2, 1):
        fitted = [with_rows(figure, rows) for figure in figures]
        if (
            _SHELL_ELEMENTS + sum(map(elements_of, fitted)) <= _ELEMENTS
            and _SHELL_BYTES + sum(map(weight_of, fitted)) <= _BYTES
        ):
            return tuple(fitted)
    return tuple(with_rows(figure, 0) for figure in figures)


def _shell(label: str, number: int, drawings: Sequence[PanelDrawing], moment: Moment) -> Shell:
    ends = [
        drawing.data.observed.value.query.window.end for drawing in drawings if drawing.data.observed.value
    ]
    page = f" --page {number}" if number > 1 else ""
    return Shell(
        title=f"metrics, {label}" + (f", page {number}" if number > 1 else ""),
        prompt=f"sitegen metrics --window {label}{page}",
        sentence=_sentence(drawings),
        section="metrics",
        made_at=Instant(max(ends, default=moment.calm)),
        description=f"Charts over {label}, each with its figures as a table and as CSV.",
    )


def _sentence(drawings: Sequence[PanelDrawing]) -> Sentence:
    states = [drawing.data.observed.status for drawing in drawings]
    old = sum(state in (Freshness.STALE, Freshness.EXPIRED) for state in states)
    gone = states.count(Freshness.MISSING)
    parts: Sentence = count(len(drawings), "panel")
    if old:
        parts = (*parts, "; ▲ ", *count(old, "shows its last known values", "show their last known values"))
    if gone:
        parts = (*parts, "; ○ ", *count(gone, "has no data", "have no data"))
    return (*parts, "." if old or gone else ", all fresh." if drawings else ".")

"""The metrics pages: every panel in its first window, eight a page; then the further windows alike."""

from collections.abc import Sequence

from sitegen.freshness import Freshness
from sitegen.site.findings import MetricFindings, Moment, PanelDrawing
from sitegen.site.model import Page, PageKind
from sitegen.site.views import MetricsView, Shell
from sitegen.site.words import count
from sitegen.units import Instant, Sentence, window_label
from sitegen.visualization.model import Link

__all__ = ["metrics_pages"]

_PANELS_A_PAGE = 8


def metrics_pages(metrics: MetricFindings, moment: Moment) -> tuple[Page, ...]:
    """Give `/metrics/`, `/metrics/<window>/` and the pages after each."""
    firsts = [drawing for drawing in metrics.drawings if drawing.data.span == drawing.data.panel.windows[0]]
    further = sorted({drawing.data.span for drawing in metrics.drawings if drawing not in firsts})
    sets: list[tuple[str, str, Sequence[PanelDrawing]]] = [("/metrics/", _first_label(firsts), firsts)]
    for span in further:
        label = window_label(span)
        sets.append(
            (
                f"/metrics/{label}/",
                label,
                [drawing for drawing in metrics.drawings if drawing.data.span == span],
            )
        )
    windows = [Link(label, path) for path, label, _ in sets]
    return tuple(
        page for path, label, drawings in sets for page in _paged(path, label, drawings, windows, moment)
    )


def _first_label(firsts: Sequence[PanelDrawing]) -> str:
    labels = sorted({drawing.data.span for drawing in firsts})
    return ", ".join(window_label(span) for span in labels) if labels else "no panels"


def _paged(
    path: str, label: str, drawings: Sequence[PanelDrawing], windows: Sequence[Link], moment: Moment
) -> list[Page]:
    chunks = [
        drawings[start : start + _PANELS_A_PAGE] for start in range(0, len(drawings), _PANELS_A_PAGE)
    ] or [[]]
    links = [
        Link(str(number), path if number == 1 else f"{path}{number}/") for number in range(1, len(chunks) + 1)
    ]
    return [
        Page(
            path=here.path,
            template="metrics.mako",
            view=MetricsView(
                shell=_shell(label, number, chunk, moment),
                figures=tuple(drawing.figure for drawing in chunk),
                windows=tuple((link, link.path == path) for link in windows),
                pages=tuple((link, link is here) for link in links),
            ),
            kind=PageKind.HUB,
        )
        for number, (here, chunk) in enumerate(zip(links, chunks, strict=True), 1)
    ]


def _shell(label: str, number: int, drawings: Sequence[PanelDrawing], moment: Moment) -> Shell:
    ends = [
        drawing.data.observed.value.query.window.end for drawing in drawings if drawing.data.observed.value
    ]
    title = f"metrics, {label}" + (f", page {number}" if number > 1 else "")
    return Shell(
        title=title,
        prompt=f"sitegen metrics --window {label}" + (f" --page {number}" if number > 1 else ""),
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

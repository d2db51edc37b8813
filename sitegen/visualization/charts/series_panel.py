"""Panels of series over time: `_CHARTS` has each kind of them; a single number stands beside it."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple, Protocol

from sitegen.freshness import Freshness
from sitegen.metrics.model import Panel, PanelData, PanelKind, Series, Threshold
from sitegen.units import Instant, Window
from sitegen.visualization.charts.bar import MOST_BARS, draw_bars
from sitegen.visualization.charts.line import draw_line, scale_of
from sitegen.visualization.charts.stat import draw_stat
from sitegen.visualization.primitives.axes import draw_empty
from sitegen.visualization.primitives.columns import Laid, Plotted, highest, lay
from sitegen.visualization.primitives.naming import name_series
from sitegen.visualization.primitives.scales import ValueScale
from sitegen.visualization.primitives.svg import Markup
from sitegen.visualization.words import Drawing, label_series, show_value, summarise_series, tabulate_series

__all__ = ["draw_series_panel"]

_MOST_SERIES = 6
"""There are six colours, each with a dash of its own."""


class _Draw(Protocol):
    def __call__(
        self,
        plotted: Sequence[Plotted],
        window: Window,
        scale: ValueScale,
        *,
        thresholds: Sequence[Threshold],
        unit: str,
    ) -> Markup: ...


class _Chart(NamedTuple):
    """How a kind is drawn, what it says of columns of several samples, the class of a legend's sample.

    It has at most so many columns, and `from_zero` a scale with zero.
    """

    draw: _Draw
    note: Callable[[Sequence[Plotted]], str]
    sample: str
    from_zero: bool = True
    columns: int = 240


def draw_series_panel(data: PanelData, series: Sequence[Series], columns: int) -> Drawing:
    """Draw the panel's largest series on so many columns; what is left out or cannot be drawn is told in notes."""
    panel = data.panel
    plotted, notes = _plot(data, series, columns)
    if not plotted:
        css = "st" if panel.kind is PanelKind.STAT else "ch"
        return Drawing(svg=draw_empty(css), summary=("No data.",), notes=notes)
    svg, scale = _draw(data, plotted)
    return Drawing(
        svg=svg,
        summary=summarise_series(plotted, panel.unit, data.span, data.window),
        legend=label_series(
            plotted, panel.unit, _CHARTS[panel.kind].sample if panel.kind in _CHARTS else "s"
        ),
        table=tabulate_series(plotted, data.window, panel.unit),
        notes=(*notes, *_note_thresholds(panel, scale), *_note_columns(panel, plotted)),
        unit=scale.unit if scale else "",
    )


def _draw(data: PanelData, plotted: Sequence[Plotted]) -> tuple[Markup, ValueScale | None]:
    panel, limits = data.panel, data.panel.thresholds
    if panel.kind is PanelKind.STAT:
        laid, last = plotted[0].laid, plotted[0].laid.last
        since = None if plotted[0].current else Instant(last.at)
        return draw_stat(show_value(last.value, panel.unit), since, laid.means()), None
    chart = _CHARTS[panel.kind]
    scale = scale_of(plotted, panel.unit, limits, from_zero=chart.from_zero)
    return chart.draw(plotted, data.window, scale, thresholds=limits, unit=panel.unit), scale


def _plot(data: PanelData, series: Sequence[Series], columns: int) -> tuple[list[Plotted], tuple[str, ...]]:
    """Return the series with the largest means; their colours go by their labels' order, which is steady."""
    panel, window = data.panel, data.window
    names = name_series(series, panel.legend, panel.title)
    fresh = data.observed.status is Freshness.FRESH
    most = min(columns, _CHARTS[panel.kind].columns) if panel.kind in _CHARTS else columns
    laid = [lay(one, window, most) for one in series]
    known = [(index, one) for index, one in enumerate(laid) if one.values]
    largest = sorted(known, key=lambda entry: (-(entry[1].mean() or 0.0), entry[0]))
    chosen = sorted(largest[: min(max(1, panel.top), _MOST_SERIES)], key=lambda entry: entry[0])
    plotted = [
        Plotted(names[index], number, one, fresh and one.last.at >= window.end - 1.5 * window.step)
        for number, (index, one) in enumerate(chosen, 1)
    ]
    return plotted, _note_absent(len(series), [one for _, one in known], len(plotted))


def _note_absent(total: int, known: Sequence[Laid], shown: int) -> tuple[str, ...]:
    notes = []
    if not known:
        notes.append("No finite sample lies in this window.")
    elif empty := total - len(known):
        notes.append(f"{empty} more series {'have' if empty > 1 else 'has'} no finite sample in this window.")
    if more := len(known) - shown:
        notes.append(f"{more} more series {'are' if more > 1 else 'is'} in the CSV.")
    if broken := sum(one.broken for one in known):
        notes.append(f"Gaps: {broken} sample{'s are' if broken > 1 else ' is'} not a finite number.")
    return tuple(notes)


def _note_thresholds(panel: Panel, scale: ValueScale | None) -> tuple[str, ...]:
    return tuple(
        f"The threshold {limit.status} {show_value(limit.value, panel.unit).text} lies outside the drawing."
        for limit in panel.thresholds
        if scale and not scale.low <= limit.value <= scale.high
    )


def _note_columns(panel: Panel, plotted: Sequence[Plotted]) -> tuple[str, ...]:
    """Return what stands for the samples of a column, where one holds several."""
    crowded = panel.kind in _CHARTS and any(series.laid.crowded for series in plotted)
    return (_CHARTS[panel.kind].note(plotted),) if crowded else ()


def _note_bars(_: Sequence[Plotted]) -> str:
    return "Each bar is the mean of the samples in its time; thin lines lead to the least and the greatest."


def _note_points(plotted: Sequence[Plotted]) -> str:
    banded = highest(plotted)
    whose = f" of {banded.name}" if len(plotted) > 1 else ""
    band = f"; the band{whose} reaches from the least to the greatest" if banded.laid.crowded else ""
    return f"Each point is the mean of the samples in its time, but for the least and the greatest{band}."


_CHARTS = {
    PanelKind.LINE: _Chart(draw_line, _note_points, "s", from_zero=False),
    PanelKind.AREA: _Chart(partial(draw_line, filled=True), _note_points, "a"),
    PanelKind.BAR: _Chart(draw_bars, _note_bars, "f", columns=MOST_BARS),
}

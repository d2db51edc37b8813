"""Panels of series over time: lines, areas, bars, and a single number."""

from collections.abc import Sequence

import msgspec

from sitegen.freshness import Freshness
from sitegen.metrics.model import Panel, PanelData, PanelKind, Series
from sitegen.units import Instant, Window
from sitegen.visualization.charts.bar import MOST_BARS, draw_bars
from sitegen.visualization.charts.line import MOST_COLUMNS, draw_line, scale_of
from sitegen.visualization.charts.stat import draw_stat
from sitegen.visualization.primitives.axes import draw_empty
from sitegen.visualization.primitives.columns import Facts, Plotted, facts_of, lay
from sitegen.visualization.primitives.naming import name_series
from sitegen.visualization.primitives.scales import ValueScale
from sitegen.visualization.primitives.svg import Markup
from sitegen.visualization.words import (
    Drawing,
    label_series,
    show_value,
    summarise_series,
    tabulate_series,
)

__all__ = ["draw_series_panel"]

_MOST_SERIES = 6
"""There are six colours, each with a dash of its own."""

_FEWER_COLUMNS, _FEWER_BARS = (120, 80, 60, 40, 30), (40, 30, 20)
"""How many columns a drawing gets that shares a page and is too large with all of them."""

_PAGE_BYTES = 16_000
"""For all drawings of a page; one that needs more than its share is drawn in fewer columns."""

_SAMPLES = {PanelKind.AREA: "a", PanelKind.BAR: "f"}


def draw_series_panel(data: PanelData, series: Sequence[Series]) -> Drawing:
    """Draw the panel's largest series; what is left out or cannot be drawn is told in notes."""
    panel = data.panel
    plotted, notes = _plot(data, series)
    if not plotted:
        css = "st" if panel.kind is PanelKind.STAT else "ch"
        return Drawing(svg=draw_empty(css), summary=("No data.",), notes=notes)
    svg, scale = _draw(data, plotted)
    for columns in _FEWER_BARS if panel.kind is PanelKind.BAR else _FEWER_COLUMNS:
        if len(svg) <= _PAGE_BYTES // data.sharing:
            break
        plotted = _narrow(plotted, series, data.window, columns)
        svg, scale = _draw(data, plotted)
    return Drawing(
        svg=svg,
        summary=summarise_series(plotted, panel.unit, data.span),
        legend=label_series(plotted, panel.unit, _SAMPLES.get(panel.kind, "s")),
        tables=tabulate_series(plotted, data.window, panel.unit),
        notes=(*notes, *_note_thresholds(panel, scale), *_note_columns(panel, plotted)),
        unit=scale.unit if scale else "",
    )


def _draw(data: PanelData, plotted: Sequence[Plotted]) -> tuple[Markup, ValueScale | None]:
    panel, window = data.panel, data.window
    if panel.kind is PanelKind.STAT:
        first = plotted[0]
        since = None if first.facts.current else Instant(first.facts.last_at)
        return draw_stat(show_value(first.facts.last, panel.unit), since, first.columns.mean), None
    bars, filled = panel.kind is PanelKind.BAR, panel.kind is PanelKind.AREA
    scale = scale_of(
        plotted, panel.unit, panel.thresholds, whole=bars or filled, banded=len(plotted) == 1 and not bars
    )
    if bars:
        svg = draw_bars(plotted, window, scale, thresholds=panel.thresholds, unit=panel.unit)
    else:
        svg = draw_line(plotted, window, scale, thresholds=panel.thresholds, unit=panel.unit, filled=filled)
    return svg, scale


def _plot(data: PanelData, series: Sequence[Series]) -> tuple[list[Plotted], tuple[str, ...]]:
    """Choose the series with the largest means; their colours go by their labels' order, which is steady."""
    panel, window = data.panel, data.window
    names = name_series(series, panel.legend, panel.title)
    old = data.observed.status is not Freshness.FRESH
    facts = [facts_of(one, window, old=old) for one in series]
    known = [(index, fact) for index, fact in enumerate(facts) if fact is not None]
    most = min(max(1, panel.top), _MOST_SERIES)
    chosen = sorted(known, key=lambda entry: (-entry[1].mean, entry[0]))[:most]
    columns = MOST_BARS if panel.kind is PanelKind.BAR else MOST_COLUMNS
    plotted = [
        Plotted(
            names[index],
            number,
            lay(series[index], window, columns),
            fact,
            _by_step(series[index], window),
            index,
        )
        for number, (index, fact) in enumerate(sorted(chosen, key=lambda entry: entry[0]), 1)
    ]
    return plotted, _note_absent(len(series), [fact for _, fact in known], len(plotted))


def _narrow(
    plotted: Sequence[Plotted], series: Sequence[Series], window: Window, columns: int
) -> list[Plotted]:
    """Lay the same series on fewer columns."""
    return [msgspec.structs.replace(one, columns=lay(series[one.place], window, columns)) for one in plotted]


def _by_step(series: Series, window: Window) -> tuple[float | None, ...]:
    return lay(series, window, max(1, window.columns)).mean


def _note_absent(total: int, facts: Sequence[Facts], shown: int) -> tuple[str, ...]:
    notes = []
    if not facts:
        notes.append("No finite sample lies in this window.")
    elif empty := total - len(facts):
        notes.append(f"{empty} more series {'have' if empty > 1 else 'has'} no finite sample in this window.")
    if more := len(facts) - shown:
        notes.append(f"{more} more series {'are' if more > 1 else 'is'} in the CSV.")
    if broken := sum(fact.broken for fact in facts):
        notes.append(f"Gaps: {broken} sample{'s are' if broken > 1 else ' is'} not a finite number.")
    return tuple(notes)


def _note_thresholds(panel: Panel, scale: ValueScale | None) -> tuple[str, ...]:
    return tuple(
        f"The threshold {limit.status} {_plain(limit.value, panel.unit)} lies outside the drawing."
        for limit in panel.thresholds
        if scale and not scale.low <= limit.value <= scale.high
    )


def _plain(value: float, unit: str) -> str:
    return show_value(value, unit).text


def _note_columns(panel: Panel, plotted: Sequence[Plotted]) -> tuple[str, ...]:
    if panel.kind is PanelKind.STAT or not any(series.columns.crowded for series in plotted):
        return ()
    if panel.kind is PanelKind.BAR:
        return ("Each bar is the mean of the samples in its time.",)
    band = "; the band reaches from the least to the largest" if len(plotted) == 1 else ""
    return (f"Each point is the mean of the samples in its time{band}.",)

"""Panels of series over time: `_CHARTS` has each kind of them; a single number stands beside it."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from msgspec import structs

from sitegen.freshness import Freshness
from sitegen.metrics.model import Panel, PanelData, PanelKind, Series
from sitegen.units import Instant, even_rows
from sitegen.visualization.charts.bar import MOST_BARS, draw_bars, draw_stacked_bars
from sitegen.visualization.charts.line import draw_area, draw_layers, draw_line, scale_of
from sitegen.visualization.charts.stat import draw_stat
from sitegen.visualization.primitives.axes import Frame, Mark, draw_empty
from sitegen.visualization.primitives.columns import Laid, Plotted, highest, lay, stack
from sitegen.visualization.primitives.naming import name_series
from sitegen.visualization.primitives.scales import ValueScale
from sitegen.visualization.primitives.svg import Markup
from sitegen.visualization.words import (
    Drawing,
    label_series,
    name_samples,
    note_instants,
    show_bare,
    show_value,
    summarise_series,
    tabulate_series,
    tell_change,
)

_MOST_SERIES = 6
"""There are six colours, each with a dash of its own."""


class _Chart(NamedTuple):
    """How a kind is drawn, how its sums are where it stacks, and what it says of columns of several samples.

    It has at most so many columns, and `from_zero` a scale with zero.
    """

    draw: Callable[[Sequence[Plotted], Frame], Markup]
    note: Callable[[Sequence[Plotted]], str]
    stack: Callable[[Sequence[Plotted], Frame], Markup] | None = None
    from_zero: bool = True
    columns: int = 240


def draw_series_panel(
    data: PanelData,
    series: Sequence[Series],
    columns: int,
    marks: tuple[Mark, ...] = (),
    *,
    in_csv: bool = True,
) -> Drawing:
    """Draw the panel's largest series on so many columns; what is left out or cannot be drawn is told in words.

    `in_csv` says whether the CSV has what is not drawn.
    """
    panel = data.panel
    plotted, notes, more = _plot(data, series, columns)
    remarks = _tell_rest(more, in_csv=in_csv)
    if not plotted:
        return _draw_nothing(data, series, notes)
    if panel.kind is PanelKind.STAT:
        drawing = _describe(
            data, plotted, plotted, _draw_stat(data, plotted[0]), notes=notes, remarks=remarks
        )
        return structs.replace(drawing, legend=())
    chart = _CHARTS[panel.kind]
    layers = _stack(data, plotted) if chart.stack and panel.stack and len(plotted) > 1 else []
    drawn = layers or plotted
    scale = scale_of(drawn, panel, from_zero=chart.from_zero)
    draw = chart.stack if layers and chart.stack else chart.draw
    crowded = any(one.laid.crowded for one in drawn)
    told = (
        *remarks,
        *_tell_thresholds(panel, scale),
        *(
            ("Not every value is above zero, so the axis is linear.",)
            if panel.scale == "log" and not scale.log
            else ()
        ),
        *((_note_layers(drawn) if layers else chart.note(drawn),) if crowded else ()),
    )
    summed = layers[:1] or plotted
    drawing = _describe(data, plotted, summed, Markup(""), notes=notes, remarks=told)
    named = name_samples(summed, drawing.summary)
    frame = Frame(data.window, scale, panel.thresholds, panel.unit, marks, named)
    return structs.replace(drawing, svg=draw(drawn, frame), unit=scale.unit)


def _describe(
    data: PanelData,
    plotted: Sequence[Plotted],
    told: Sequence[Plotted],
    svg: Markup,
    *,
    notes: tuple[str, ...],
    remarks: tuple[str, ...],
) -> Drawing:
    """Put a drawing and its words together; `told` are the series that the frame sums up."""
    unit, window = data.panel.unit, data.window
    show = partial(show_bare, unit=unit, decimals=data.panel.decimals)
    labels = label_series(plotted, show, window)
    summary, *cells = even_rows([summarise_series(told, show, window), *(one.cells for one in labels)])
    return Drawing(
        svg=svg,
        summary=summary,
        legend=tuple(structs.replace(one, cells=own) for one, own in zip(labels, cells, strict=True)),
        table=tabulate_series(plotted, show, window, unit),
        notes=notes,
        remarks=(*tell_change(told, unit, data.span, window), *((remark,) for remark in remarks)),
    )


def _draw_nothing(data: PanelData, series: Sequence[Series], notes: tuple[str, ...]) -> Drawing:
    """Draw series without a finite sample: what they are now, where that is NaN or infinite, and else no data."""
    endings = [
        one.ending for one in (lay(one, data.window, 1) for one in series) if _is_now(data, one.ending)
    ]
    said = show_value(endings[0][1], data.panel.unit).text if endings and endings[0] else ""
    css = "st" if data.panel.kind is PanelKind.STAT else "ch"
    return Drawing(
        svg=draw_empty(css, said or "no data"), summary=(f"now {said}" if said else "no data",), notes=notes
    )


def _is_now(data: PanelData, sample: tuple[float, ...] | None) -> bool:
    """Return whether a sample, by its instant, is what a series is now."""
    fresh = data.observed.status is Freshness.FRESH
    return sample is not None and fresh and sample[0] >= data.window.end - 1.5 * data.window.step


def _draw_stat(data: PanelData, series: Plotted) -> Markup:
    last = series.laid.last
    since = None if series.current else Instant(last.at)
    return draw_stat(show_value(last.value, data.panel.unit, data.panel.decimals), since, series.laid.means())


def _stack(data: PanelData, plotted: Sequence[Plotted]) -> list[Plotted]:
    """Return the sums of the series from each one down, the whole first; none where a value is below zero."""
    if any(one.laid.low.value < 0 for one in plotted):
        return []
    rising = [*reversed(plotted)]
    sums = stack([Series({}, one.laid.times, one.laid.values) for one in rising])
    columns = len(plotted[0].laid.cuts) - 1
    layers = [
        structs.replace(one, laid=lay(total, data.window, columns))
        for one, total in zip(rising, sums, strict=True)
    ]
    return [*reversed(layers)]


def _plot(
    data: PanelData, series: Sequence[Series], columns: int
) -> tuple[list[Plotted], tuple[str, ...], int]:
    """Return the series with the largest means, notes, and how many are left; colours go by the steady order of labels."""
    panel, window = data.panel, data.window
    names = name_series(series, panel.legend, panel.title)
    most = min(columns, _CHARTS[panel.kind].columns) if panel.kind in _CHARTS else columns
    laid = [lay(one, window, most) for one in series]
    known = [(index, one) for index, one in enumerate(laid) if one.values]
    largest = sorted(known, key=lambda entry: (-(entry[1].mean() or 0.0), entry[0]))
    chosen = sorted(largest[: min(max(1, panel.top), _MOST_SERIES)], key=lambda entry: entry[0])
    plotted = [
        Plotted(
            names[index],
            number,
            one,
            one.ending is None and _is_now(data, (one.last.at,)),
            one.ending[1] if one.ending and _is_now(data, one.ending) else None,
        )
        for number, (index, one) in enumerate(chosen, 1)
    ]
    laid = [one for _, one in known]
    plotted.sort(key=_SORTS[panel.sort])
    return (
        plotted,
        (*_note_absent(len(series), laid), *note_instants(laid, panel.unit)),
        len(laid) - len(plotted),
    )


_SORTS: dict[str, Callable[[Plotted], float]] = {
    "name": lambda series: series.number,
    "now": lambda series: -series.laid.last.value,
    "max": lambda series: -series.laid.high.value,
    "mean": lambda series: -(series.laid.mean() or 0.0),
}
"""What series are listed by; those that are alike stay in the order of their labels."""


def _tell_rest(more: int, *, in_csv: bool) -> tuple[str, ...]:
    where = "in the CSV" if in_csv else "not drawn"
    return (f"{more} more series {'are' if more > 1 else 'is'} {where}.",) if more else ()


def _note_absent(total: int, known: Sequence[Laid]) -> tuple[str, ...]:
    notes = []
    if not known:
        notes.append("No finite sample lies in this window.")
    elif empty := total - len(known):
        notes.append(f"{empty} more series {'have' if empty > 1 else 'has'} no finite sample in this window.")
    if broken := sum(one.broken for one in known):
        notes.append(f"Gaps: {broken} sample{'s are' if broken > 1 else ' is'} not a finite number.")
    return tuple(notes)


def _tell_thresholds(panel: Panel, scale: ValueScale) -> tuple[str, ...]:
    return tuple(
        f"The threshold {limit.status} {show_value(limit.value, panel.unit).text} lies outside the drawing."
        for limit in panel.thresholds
        if not scale.low <= limit.value <= scale.high
    )


def _note_bars(_: Sequence[Plotted]) -> str:
    return "Bars are means; thin lines lead to the least and the greatest."


def _note_points(plotted: Sequence[Plotted]) -> str:
    banded = highest(plotted)
    whose = f" of {banded.name}" if len(plotted) > 1 else ""
    band = f"; the band{whose} reaches from the least to the greatest" if banded.laid.crowded else ""
    return f"Points are means, but for the least and the greatest{band}."


def _note_layers(_: Sequence[Plotted]) -> str:
    return "Points are means, but for the least and the greatest of the whole."


_CHARTS = {
    PanelKind.LINE: _Chart(draw_line, _note_points, from_zero=False),
    PanelKind.AREA: _Chart(draw_area, _note_points, draw_layers),
    PanelKind.BAR: _Chart(draw_bars, _note_bars, draw_stacked_bars, columns=MOST_BARS),
}

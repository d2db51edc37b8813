"""Panels of series over time: `_CHARTS` has each kind of them; a single number stands beside it."""

import math
from array import array
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from msgspec import structs

from sitegen.freshness import Freshness
from sitegen.metrics.analysis import is_current, judge, match
from sitegen.metrics.model import Panel, PanelData, PanelKind, Series
from sitegen.units import even_rows
from sitegen.visualization.charts.bar import MOST_BARS, draw_bars, draw_stacked_bars
from sitegen.visualization.charts.line import draw_area, draw_layers, draw_line, scale_of
from sitegen.visualization.charts.stat import draw_stat
from sitegen.visualization.colours import COLOURS, name_of, settle
from sitegen.visualization.primitives.axes import Frame, Mark, draw_empty
from sitegen.visualization.primitives.columns import Laid, Plotted, highest, lay, stack
from sitegen.visualization.primitives.naming import name_series
from sitegen.visualization.primitives.scales import ValueScale
from sitegen.visualization.primitives.svg import Markup
from sitegen.visualization.standing import Standing, name_standing, stand_for
from sitegen.visualization.words import (
    Drawing,
    label_series,
    moment,
    name_samples,
    note_instants,
    show_bare,
    show_value,
    summarise_series,
    tabulate_series,
    tell_change,
)


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
        run = _follow_stat(data, columns) or plotted
        return _draw_stat(data, _describe(data, plotted, run, notes=notes, remarks=remarks))
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
    drawing = _describe(data, plotted, summed, notes=notes, remarks=told)
    named = name_samples(summed, drawing.summary)
    frame = Frame(data.window, scale, panel.thresholds, panel.unit, marks, named)
    svg = draw(drawn, frame)
    now = drawing.now and structs.replace(drawing.now, svg=svg)
    return structs.replace(drawing, svg=svg, unit=scale.unit, now=now)


def _describe(
    data: PanelData,
    plotted: Sequence[Plotted],
    told: Sequence[Plotted],
    *,
    notes: tuple[str, ...],
    remarks: tuple[str, ...],
) -> Drawing:
    """Put the words of a drawing together; `told` are the series that the frame sums up."""
    unit, window = data.panel.unit, data.window
    show = partial(show_bare, unit=unit, decimals=data.panel.decimals)
    last = _stand(data, plotted, told, now=False)

    def sum_up(shown: Standing, *, now: bool) -> Drawing:
        labels = label_series(plotted, show, data, now=now)
        summary = summarise_series(told, shown, last, show, window)
        summary, *cells = even_rows([summary, *(one.cells for one in labels)])
        legend = tuple(structs.replace(one, cells=own) for one, own in zip(labels, cells, strict=True))
        return Drawing(svg=Markup(""), summary=summary, legend=legend)

    return structs.replace(
        sum_up(last, now=False),
        table=tabulate_series(plotted, show, window, unit),
        notes=notes,
        remarks=(*tell_change(told, unit, data.span, window), *((remark,) for remark in remarks)),
        now=None if data.now is None else sum_up(_stand(data, plotted, told, now=True), now=True),
    )


def _draw_nothing(data: PanelData, series: Sequence[Series], notes: tuple[str, ...]) -> Drawing:
    """Draw series without a finite sample: what they are, where that is NaN or infinite, and else no data."""
    laid = [lay(one, data.window, 1) for one in series]
    endings = [one.ending[1] for one in laid if one.ending and _is_now(data, one)]
    css = "st" if data.panel.kind is PanelKind.STAT else "ch"

    def draw(when: str, value: float | None) -> Drawing:
        said = "no data" if value is None else show_value(value, data.panel.unit).text
        summary = said if value is None else f"{when} {said}"
        return Drawing(svg=draw_empty(css, said), summary=(summary,), notes=notes)

    now = None if data.now is None else draw("now", stand_for(data, now=True).value)
    return structs.replace(draw("last", next(iter(endings), None)), now=now)


def _is_now(data: PanelData, laid: Laid) -> bool:
    """Return whether the last sample of a series, which may be no finite number, is current in a fresh answer."""
    last = laid.ending[0] if laid.ending else laid.times[-1] if laid.times else -math.inf
    return data.observed.status is Freshness.FRESH and is_current(last, laid.period, data.window.end)


def _stand(data: PanelData, plotted: Sequence[Plotted], told: Sequence[Plotted], *, now: bool) -> Standing:
    """Return what the frame tells: of layers, which stand on one another, their sum."""
    if told is plotted or data.panel.kind is PanelKind.STAT:
        return stand_for(data, now=now)
    whole = told[0].laid.last
    if not now:
        return Standing(whole.value, name_standing("sum", len(plotted), ""), whole.at)
    known = [one.now for one in plotted if one.now is not None and math.isfinite(one.now)]
    return Standing(sum(known) if known else None, name_standing("sum", len(known), ""), None)


def _follow_stat(data: PanelData, columns: int) -> list[Plotted]:
    """Return how the shown number came to be, as one series; nothing where that is not in the window."""
    run = stand_for(data, now=True).run
    known = [(at, value) for at, value in zip(data.window.instants(), run, strict=False) if value is not None]
    times, values = array("d", [at for at, _ in known]), array("d", [value for _, value in known])
    laid = lay(Series({}, times, values), data.window, columns)
    return [Plotted("", 1, laid, current=True)] if laid.values else []


def _draw_stat(data: PanelData, drawing: Drawing) -> Drawing:
    """Draw the number twice where it is known what is now; a legend would repeat it."""
    last = stand_for(data, now=False)

    def draw(shown: Standing) -> Markup:
        shown = last if shown.value is None else shown
        said = [f"last, at {moment(shown.at, data.window).text}"] if shown.at is not None else []
        value = show_value(shown.value, data.panel.unit, data.panel.decimals)
        state = judge(data.panel.thresholds, shown.value)
        return draw_stat(value, [*filter(None, [shown.name]), *said], shown.run, state)

    now = drawing.now and structs.replace(drawing.now, svg=draw(stand_for(data, now=True)), legend=())
    return structs.replace(drawing, svg=draw(last), legend=(), now=now)


def _stack(data: PanelData, plotted: Sequence[Plotted]) -> list[Plotted]:
    """Return the sums of the series from each one down, the whole first; none of instants, or where a value is below zero."""
    if data.panel.unit == "timestamp" or any(one.laid.low.value < 0 for one in plotted):
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
    """Return the series with the largest means, notes, and how many are left, in the steady order of labels."""
    panel, window = data.panel, data.window
    names = name_series(series, panel.legend, panel.title)
    most = min(columns, _CHARTS[panel.kind].columns) if panel.kind in _CHARTS else columns
    laid = [lay(one, window, most) for one in series]
    known = [(index, one) for index, one in enumerate(laid) if one.values]
    largest = sorted(known, key=lambda entry: (-(entry[1].mean() or 0.0), entry[0]))
    chosen = sorted(largest[: min(max(1, panel.top), len(COLOURS))], key=lambda entry: entry[0])
    nows = match(series, data.now or ())
    colours = settle([data.colours.get(name_of(series[index])) for index, _ in chosen])
    plotted = [
        Plotted(
            names[index],
            number,
            one,
            one.ending is None and _is_now(data, one),
            one.ending[1] if one.ending and _is_now(data, one) else None,
            nows[index],
        )
        for number, (index, one) in zip(colours, chosen, strict=True)
    ]
    laid = [one for _, one in known]
    plotted.sort(key=_SORTS[panel.sort])
    return (
        plotted,
        (*_note_absent(len(series), laid), *note_instants(laid, panel.unit)),
        len(laid) - len(plotted),
    )


_SORTS: dict[str, Callable[[Plotted], float]] = {
    "name": lambda _: 0.0,
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
        f"The threshold {one.status} {show_value(one.limit, panel.unit).text} lies outside the drawing."
        for one in panel.thresholds
        if not scale.low <= one.limit <= scale.high
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

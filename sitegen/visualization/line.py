"""Time series as lines or areas.

A missing instant is a gap in the line; a sample alone between gaps is a short stroke.
Where one column holds several samples, the line is their mean, and a single series
has a band from the least to the most (several bands on one another hide each other).
"""

from collections.abc import Sequence

from sitegen.metrics.model import Threshold
from sitegen.units import Window, format_quantity
from sitegen.visualization.axes import HEIGHT, Note, draw_chart, note_origin
from sitegen.visualization.columns import Columns, Plotted, runs
from sitegen.visualization.scales import ValueScale, time_ticks, value_scale
from sitegen.visualization.svg import Markup, Path, draw_path

__all__ = ["MOST_COLUMNS", "draw_line", "draw_thresholds", "scale_of"]

MOST_COLUMNS = 240
_WIDTH = 720


def draw_line(
    plotted: Sequence[Plotted],
    window: Window,
    scale: ValueScale,
    *,
    thresholds: Sequence[Threshold] = (),
    unit: str = "",
    filled: bool = False,
) -> Markup:
    """Draw at least one series over its window; `filled` draws areas down to zero."""
    count = len(plotted[0].columns.mean)
    step = max(1, _WIDTH // max(1, count - 1))
    width = step * max(1, count - 1)
    marks = [_draw_band(series, scale, step) for series in plotted if len(plotted) == 1]
    marks += [_draw_series(series, scale, step, filled=filled) for series in plotted]
    lines, notes = draw_thresholds(thresholds, scale, width, unit)
    return draw_chart(
        (width, HEIGHT),
        [*marks, *lines],
        rows=scale.ticks,
        columns=time_ticks(window.start, window.end),
        notes=(*note_origin(scale), *notes),
    )


def scale_of(
    plotted: Sequence[Plotted],
    unit: str,
    thresholds: Sequence[Threshold],
    *,
    whole: bool = False,
    banded: bool = False,
) -> ValueScale:
    """Give the scale that holds the means and the thresholds in reach; `whole`: zero too, `banded`: the bands too."""
    drawn = [series.columns.mean for series in plotted]
    if banded:
        drawn += [ends for series in plotted for ends in (series.columns.low, series.columns.high)]
    values = [value for column in drawn for value in column if value is not None]
    low, high = min(values), max(values)
    reached = [limit.value for limit in thresholds if _in_reach(limit, low, high)]
    return value_scale(min(low, *reached, low), max(high, *reached, high), unit, from_zero=whole)


def _in_reach(limit: Threshold, low: float, high: float) -> bool:
    """Tell whether a threshold is near enough to be drawn without flattening the data."""
    reach = max(high - low, abs(high), abs(low))
    return low - reach <= limit.value <= high + reach


def _heights(values: Sequence[float | None], scale: ValueScale) -> list[int | None]:
    return [None if value is None else round((1 - scale.share(value)) * HEIGHT) for value in values]


def _draw_series(series: Plotted, scale: ValueScale, step: int, *, filled: bool) -> Markup:
    rows = _heights(series.columns.mean, scale)
    path = Path()
    base = round((1 - scale.share(0.0)) * HEIGHT)
    for begin, end in runs(rows):
        first = begin * step
        places = [(index * step, row) for index, row in enumerate(rows[begin:end], begin) if row is not None]
        if end - begin == 1:
            # One sample alone is drawn half a column wide, else it could not be seen.
            places = [(max(0, first - step // 2), places[0][1]), (first + max(1, step // 2), places[0][1])]
        if filled:
            places = [(places[0][0], base), *places, (places[-1][0], base)]
        path.move(*places[0])
        for x, y in places[1:]:
            path.line(x, y)
        if filled:
            path.close()
    return draw_path(f"{'a' if filled else 's'}{series.number}", path, crisp=True)


def _draw_band(series: Plotted, scale: ValueScale, step: int) -> Markup:
    columns: Columns = series.columns
    if not columns.crowded:
        return Markup("")
    tops, bottoms = _heights(columns.high, scale), _heights(columns.low, scale)
    path = Path()
    for begin, end in runs(tops):
        upper = [(index * step, row) for index, row in enumerate(tops[begin:end], begin) if row is not None]
        lower = [
            (index * step, row) for index, row in enumerate(bottoms[begin:end], begin) if row is not None
        ]
        path.move(*upper[0])
        for x, y in (*upper[1:], *reversed(lower)):
            path.line(x, y)
        path.close()
    return draw_path(f"b{series.number}", path)


def draw_thresholds(
    thresholds: Sequence[Threshold], scale: ValueScale, width: int, unit: str
) -> tuple[list[Markup], list[Note]]:
    """Draw the thresholds within the scale, each with its label, by turns at the right and the left end."""
    within = [limit for limit in thresholds if scale.low <= limit.value <= scale.high]
    marks: list[Markup] = []
    notes: list[Note] = []
    for index, limit in enumerate(sorted(within, key=lambda limit: -limit.value)):
        row = round((1 - scale.share(limit.value)) * HEIGHT)
        css = "tc" if limit.status == "crit" else "tw"
        marks.append(draw_path(css, Path().move(0, row).line(width, row), crisp=True))
        label = f"{limit.status} {format_quantity(limit.value, unit)}"
        notes.append(Note(label, 0.0 if index % 2 else 1.0, row / HEIGHT))
    return marks, notes

"""Time series as lines or areas.

A missing instant is a gap in the line; a sample alone between gaps is a short stroke.
Where one column holds several samples, the line is their mean, and a single series
has a band from the least to the most (several bands on one another hide each other).
A drawing with too many points for its bytes leaves out those that lie nearest to the
line without them; ends, gaps and peaks stay.
"""

import math
from collections.abc import Sequence
from functools import cached_property

import msgspec

from sitegen.metrics.model import Threshold
from sitegen.units import Window, format_quantity
from sitegen.visualization.primitives.axes import HEIGHT, Note, draw_chart, note_origin
from sitegen.visualization.primitives.columns import Plotted, runs
from sitegen.visualization.primitives.scales import ValueScale, time_ticks, value_scale
from sitegen.visualization.primitives.svg import Markup, Path, draw_path

__all__ = ["MOST_COLUMNS", "draw_line", "draw_thresholds", "scale_of"]

MOST_COLUMNS = 240
_WIDTH = 720
_MOST_BYTES = 3_000
"""For all lines together, so that a chart keeps to 4,500 bytes with its axes."""
_SLACKS = (0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32)
"""How far a line may pass a point that it leaves out, in rows of the grid (about pixels)."""

_Point = tuple[int, int]


class _Stroke(msgspec.Struct, frozen=True, dict=True):
    """A stretch of a line without a gap."""

    points: list[_Point]

    def within(self, slack: int) -> list[_Point]:
        """Give the points of the line that passes the others within `slack` rows."""
        if not slack:
            return self.points
        return [point for point, weight in zip(self.points, self._weights, strict=True) if weight > slack]

    @cached_property
    def _weights(self) -> list[float]:
        """For each point the slack below which the line keeps it (Douglas and Peucker, 1973).

        Their algorithm keeps a point that lies further than the slack from the line between
        two that it kept before, so a point weighs no more than those two: one pass gives the
        answer for every slack.
        """
        points = self.points
        weights = [math.inf if index in (0, len(points) - 1) else 0.0 for index in range(len(points))]
        waiting = [(0, len(points) - 1)]
        while waiting:
            first, last = waiting.pop()
            (x0, y0), (x1, y1) = points[first], points[last]
            width, height = x1 - x0, y1 - y0
            # In whole numbers, `width` times too large: a tie is a tie then.
            offs = [abs((y - y0) * width - (x - x0) * height) for x, y in points[first + 1 : last]]
            most = max(offs, default=0)
            if most > _SLACKS[1] * width:
                far = first + 1 + offs.index(most)
                weights[far] = min(most / width, weights[first], weights[last])
                waiting += [(first, far), (far, last)]
        return weights


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
    lines = [(one, _strokes(one.columns.mean, scale, step)) for one in plotted]
    bands = [(one, *_edges(one, scale, step)) for one in plotted if len(plotted) == 1]
    base = round((1 - scale.share(0.0)) * HEIGHT) if filled else None
    marks: list[Markup] = []
    for slack in _SLACKS:
        marks = [_draw_band(one, highs, lows, slack) for one, highs, lows in bands]
        marks += [_draw_series(one, strokes, step, slack, base) for one, strokes in lines]
        if sum(map(len, marks)) <= _MOST_BYTES:
            break
    limits, notes = draw_thresholds(thresholds, scale, width, unit)
    return draw_chart(
        (width, HEIGHT),
        [*marks, *limits],
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


def _draw_series(
    series: Plotted, strokes: Sequence[_Stroke], step: int, slack: int, base: int | None
) -> Markup:
    """Draw a line, or down to the row `base` an area."""
    path = Path()
    for stroke in strokes:
        points = stroke.within(slack)
        if len(points) == 1:
            # One sample alone is drawn as wide as a column, else it could not be seen.
            ((x, y),) = points
            points = [(max(0, x - step // 2), y), (x + max(1, step // 2), y)]
        if base is not None:
            points = [(points[0][0], base), *points, (points[-1][0], base)]
        _trace(path, points)
        if base is not None:
            path.close()
    return draw_path(f"{'s' if base is None else 'a'}{series.number}", path, crisp=True)


def _edges(series: Plotted, scale: ValueScale, step: int) -> tuple[list[_Stroke], list[_Stroke]]:
    """Give the upper and the lower edge of a band; there is none where no column holds several samples."""
    if not series.columns.crowded:
        return [], []
    return _strokes(series.columns.high, scale, step), _strokes(series.columns.low, scale, step)


def _draw_band(series: Plotted, uppers: Sequence[_Stroke], lowers: Sequence[_Stroke], slack: int) -> Markup:
    path = Path()
    for upper, lower in zip(uppers, lowers, strict=True):
        _trace(path, [*upper.within(slack), *reversed(lower.within(slack))])
        path.close()
    return draw_path(f"b{series.number}", path)


def _trace(path: Path, points: Sequence[_Point]) -> None:
    path.move(*points[0])
    for x, y in points[1:]:
        path.line(x, y)


def _strokes(values: Sequence[float | None], scale: ValueScale, step: int) -> list[_Stroke]:
    """Give each stretch without a gap, on the grid."""
    places = [
        None if value is None else (index * step, round((1 - scale.share(value)) * HEIGHT))
        for index, value in enumerate(values)
    ]
    stretches = [[place for place in places[begin:end] if place is not None] for begin, end in runs(values)]
    return [_Stroke(points) for points in stretches]


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

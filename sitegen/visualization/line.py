"""Time series as lines or areas.

A missing instant is a gap in the line; a sample alone between gaps is a short stroke.
Where one column holds several samples, the line is their mean, and a single series
has a band from the least to the most (several bands on one another hide each other).
A drawing with too many points for its bytes leaves out those that lie nearest to the
line without them; ends, gaps and peaks stay.
"""

from collections.abc import Sequence

from sitegen.metrics.model import Threshold
from sitegen.units import Window, format_quantity
from sitegen.visualization.axes import HEIGHT, Note, draw_chart, note_origin
from sitegen.visualization.columns import Plotted, runs
from sitegen.visualization.scales import ValueScale, time_ticks, value_scale
from sitegen.visualization.svg import Markup, Path, draw_path

__all__ = ["MOST_COLUMNS", "draw_line", "draw_thresholds", "scale_of"]

MOST_COLUMNS = 240
_WIDTH = 720
_MOST_BYTES = 3_000
"""For all lines together, so that a chart keeps to 4,500 bytes with its axes."""
_SLACKS = (0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32)
"""How far a line may pass a point that it leaves out, in rows of the grid (about pixels)."""

_Point = tuple[int, int]


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
    marks: list[Markup] = []
    for slack in _SLACKS:
        marks = [_draw_band(series, scale, step, slack) for series in plotted if len(plotted) == 1]
        marks += [_draw_series(series, scale, step, slack, filled=filled) for series in plotted]
        if sum(map(len, marks)) <= _MOST_BYTES:
            break
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


def _draw_series(series: Plotted, scale: ValueScale, step: int, slack: int, *, filled: bool) -> Markup:
    path = Path()
    base = round((1 - scale.share(0.0)) * HEIGHT)
    for points in _strokes(series.columns.mean, scale, step, slack):
        if len(points) == 1:
            # One sample alone is drawn as wide as a column, else it could not be seen.
            ((x, y),) = points
            points[:] = [(max(0, x - step // 2), y), (x + max(1, step // 2), y)]
        if filled:
            points[:] = [(points[0][0], base), *points, (points[-1][0], base)]
        _trace(path, points)
        if filled:
            path.close()
    return draw_path(f"{'a' if filled else 's'}{series.number}", path, crisp=True)


def _draw_band(series: Plotted, scale: ValueScale, step: int, slack: int) -> Markup:
    path = Path()
    if series.columns.crowded:
        uppers = _strokes(series.columns.high, scale, step, slack)
        lowers = _strokes(series.columns.low, scale, step, slack)
        for upper, lower in zip(uppers, lowers, strict=True):
            _trace(path, [*upper, *reversed(lower)])
            path.close()
    return draw_path(f"b{series.number}", path)


def _trace(path: Path, points: Sequence[_Point]) -> None:
    path.move(*points[0])
    for x, y in points[1:]:
        path.line(x, y)


def _strokes(values: Sequence[float | None], scale: ValueScale, step: int, slack: int) -> list[list[_Point]]:
    """Give the points of each stretch without a gap, on the grid."""
    places = [
        None if value is None else (index * step, round((1 - scale.share(value)) * HEIGHT))
        for index, value in enumerate(values)
    ]
    return [
        _thin([place for place in places[begin:end] if place is not None], slack)
        for begin, end in runs(values)
    ]


def _thin(points: list[_Point], slack: int) -> list[_Point]:
    """Leave out points that the line passes within `slack` rows (Douglas and Peucker, 1973)."""
    if not slack or len(points) < 3:
        return points
    kept = {0, len(points) - 1}
    waiting = [(0, len(points) - 1)]
    while waiting:
        first, last = waiting.pop()
        (x0, y0), (x1, y1) = points[first], points[last]
        off, far = max(
            (
                (abs(y0 + (y1 - y0) * (points[i][0] - x0) / (x1 - x0) - points[i][1]), i)
                for i in range(first + 1, last)
            ),
            default=(0.0, first),
        )
        if off > slack:
            kept.add(far)
            waiting += [(first, far), (far, last)]
    return [points[index] for index in sorted(kept)]


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

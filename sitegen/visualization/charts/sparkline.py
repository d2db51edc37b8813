"""A line without axis and text: its value stands beside it."""

import math
from collections.abc import Sequence

from sitegen.visualization.primitives.columns import means_of, runs
from sitegen.visualization.primitives.scales import LIMIT
from sitegen.visualization.primitives.svg import Path, draw_path, stretched

_POINTS, _STEP = 30, 3
_WIDE, _DEPTH = 60, 24


def trace_sparkline(values: Sequence[float | None], height: int) -> tuple[Path, int]:
    """Return the path of values, oldest first, from the least (bottom) to the largest (top), and the width of its grid.

    None and what is not finite are gaps; more than 30 values are drawn as 30 means.
    """
    points = _thin(values, _POINTS)
    known = [value for value in points if value is not None]
    low, high = (min(known), max(known)) if known else (0.0, 0.0)
    width = (_POINTS - 1) * _STEP
    step = width / max(1, len(points) - 1)
    path = Path()
    for begin, end in runs(points):
        rows = [_row(value, low, high, height) for value in points[begin:end] if value is not None]
        path.move(begin * step, rows[0])
        for index, row in enumerate(rows, begin):
            path.line(index * step, row)
        if end - begin == 1:
            # A value alone is a short stroke, drawn inwards so that it stays on the grid.
            path.line(begin * step + (2 if round(begin * step) < width else -2), rows[0])
    return path, width


def _thin(values: Sequence[float | None], most: int) -> list[float | None]:
    kept = [
        min(max(value, -LIMIT), LIMIT) if value is not None and math.isfinite(value) else None
        for value in values
    ]
    return means_of(kept, most)


def _row(value: float, low: float, high: float, height: int) -> float:
    """Return the row of a value; values that are all alike run through the middle."""
    # Halves, as the difference of two huge numbers overflows.
    span = high / 2 - low / 2
    return height - (value / 2 - low / 2) / span * height if span > 0 else height / 2


def draw_backdrop(values: Sequence[float | None], above: int = 0) -> str:
    """Draw values, oldest first, as a line over its area, from zero (or the least below it) to the largest; None is a gap.

    Without two values there is no drawing. `above` is the room that is left over it, in parts of 24 that it takes itself.
    """
    means = _thin(values, _WIDE)
    known = [value for value in means if value is not None]
    if len(known) < 2:
        return ""
    low, high = min(0.0, *known), max(0.0, *known)
    step = _WIDE / max(1, len(means) - 1)
    line, area = Path(), Path()
    for begin, end in runs(means):
        rows = [_row(value, low, high, _DEPTH) + above for value in means[begin:end] if value is not None]
        places = [(index * step, row) for index, row in enumerate(rows, begin)]
        if len(places) == 1:
            places.append((places[0][0] + (step if begin == 0 else -step) / 2, places[0][1]))
        area.move(places[0][0], above + _DEPTH)
        line.move(*places[0])
        for place in places:
            area.line(*place)
            line.line(*place)
        area.line(places[-1][0], above + _DEPTH)
    return stretched("tl", _WIDE, above + _DEPTH, draw_path("ta", area), draw_path("tp", line, crisp=True))

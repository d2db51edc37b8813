"""A histogram over time: columns of time, rows of buckets, seven classes of how many."""

from bisect import bisect_left
from collections.abc import Sequence

from sitegen.units import Quantity, Window, even
from sitegen.visualization.charts.buckets import Buckets, group_columns, merge_buckets
from sitegen.visualization.model import LegendEntry
from sitegen.visualization.primitives.axes import draw_chart
from sitegen.visualization.primitives.scales import Tick, bound_label, column_ticks
from sitegen.visualization.primitives.svg import Markup, Path, draw_path

_COLUMNS = (60, 48, 40, 30, 24, 20)
_MOST_ROWS, _CLASSES = 16, 7
_MOST_LABELS = 4
_MOST_BYTES = 1_900
"""For all cells, so that a heatmap keeps to 2,600 bytes with its labels."""


def group_heat(buckets: Buckets) -> Buckets:
    """Return buckets on as many columns, up to 60, as keep the drawing small."""
    merged = merge_buckets(buckets, _MOST_ROWS)
    for most in _COLUMNS:
        heat = group_columns(merged, most)
        if sum(map(len, _draw_cells(heat, class_limits(heat)))) <= _MOST_BYTES:
            break
    return heat


def class_limits(buckets: Buckets) -> list[float]:
    """Return the largest count of each class, at most 7, so that classes hold about equally many cells."""
    counts = sorted(count for column in buckets.columns for count in column or () if count > 0)
    places = (-(-step * len(counts) // _CLASSES) - 1 for step in range(1, _CLASSES + 1))
    return sorted({counts[place] for place in places}) if counts else []


def _class_of(index: int, limits: Sequence[float]) -> str:
    # Few classes are the bright ones: on a dark page the others are hard to tell from none.
    return f"h{_CLASSES - len(limits) + 1 + index}"


def draw_heatmap(buckets: Buckets, window: Window, unit: str) -> Markup:
    """Draw buckets; rows are labelled with upper bounds in `unit`."""
    count, rows = len(buckets.columns), len(buckets.bounds)
    every = -(-rows // _MOST_LABELS)
    labels = [
        Tick((row + 1) / rows, bound_label(buckets.bounds[row], unit))
        for row in range(every - 1, rows, every)
    ]
    return draw_chart(
        (count, 2 * rows),
        _draw_cells(buckets, class_limits(buckets)),
        rows=labels,
        columns=column_ticks(window, count, buckets.steps, most=5),
        ruled=False,
    )


def _draw_cells(buckets: Buckets, limits: Sequence[float]) -> list[Markup]:
    """Draw runs of equal cells as strokes, 0.92 of a row thick; a row is 2 units, so that its middle is whole."""
    rows = len(buckets.bounds)
    paths = [Path() for _ in limits]
    for row in range(rows):
        y = 2 * (rows - row) - 1
        begin, known = 0, None
        for index in range(len(buckets.columns) + 1):
            kind = _kind(buckets, index, row, limits)
            if kind != known:
                if known is not None:
                    paths[known].move(begin, y).line(index, y)
                begin, known = index, kind
    return [draw_path(_class_of(index, limits), path, width=1.84) for index, path in enumerate(paths) if path]


def _kind(buckets: Buckets, column: int, row: int, limits: Sequence[float]) -> int | None:
    counts = buckets.columns[column] if column < len(buckets.columns) else None
    return bisect_left(limits, counts[row]) if counts is not None and counts[row] > 0 else None


def label_heat(buckets: Buckets) -> tuple[LegendEntry, ...]:
    """Return the legend, each class by its largest count."""
    limits = class_limits(buckets)
    told = even([Quantity(limit) for limit in limits])
    return tuple(LegendEntry("≤", _class_of(index, limits), (one,)) for index, one in enumerate(told))

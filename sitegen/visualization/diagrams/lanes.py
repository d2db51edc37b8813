"""Workers as lanes: one row each, what it did from left to right.

Runs are thick, input and output the same in another colour, waits a thin line under
them. One path holds all segments of a state, so a drawing has few nodes.
"""

import math
from collections.abc import Iterable, Sequence

from sitegen.visualization.model import Lane, LaneState, Segment
from sitegen.visualization.primitives.axes import label_columns, label_rows
from sitegen.visualization.primitives.scales import Tick, value_scale
from sitegen.visualization.primitives.svg import Markup, Path, cut_label, draw_path, element, number, scaled

__all__ = ["MOST_LANES", "draw_lanes", "group_lanes"]

MOST_LANES = 16
_WIDTH, _ROW = 720, 10
_LABEL = 18
_MOST_TICKS = 4
_MOST_BYTES = 4_600
"""For all paths together, so that a drawing keeps to 6,000 bytes with its labels."""

_LOOKS = {
    # state: (class, row of its middle, thickness) in tenths of a lane
    LaneState.RUN: ("lr", 4, 6),
    LaneState.IO: ("li", 4, 6),
    LaneState.FAILED: ("lf", 4, 6),
    LaneState.WAIT: ("lw", 9, 2),
}


def draw_lanes(lanes: Sequence[Lane], span: float) -> str:
    """Draw lanes from 0 to `span` seconds; more than 16 share rows, as `group_lanes` says."""
    rows = group_lanes(lanes)
    span = max([span, 1e-9, *(segment.end for lane in rows for segment in lane.segments)])
    marks = _fit(rows, span)
    scale = value_scale(0.0, span, "seconds", from_zero=True)
    ticks = [
        Tick(tick.share * scale.high / span, f"{tick.label} {scale.unit}" if index == 0 else tick.label)
        for index, tick in enumerate(scale.ticks)
        if tick.share * scale.high <= span * 1.001
    ]
    if len(ticks) > _MOST_TICKS:
        ticks = ticks[::2]
    grid = Path()
    for tick in ticks:
        grid.move(tick.share * _WIDTH, 0).line(tick.share * _WIDTH, max(1, len(rows)) * _ROW)
    return element(
        "svg",
        # A lane is 14 px high at the theme's 14 px: em, as browsers read lh in attributes only lately.
        {"class": "ln", "height": f"{number(max(1, len(rows)) * 1.25)}em", "aria-hidden": "true"},
        scaled(_WIDTH, max(1, len(rows)) * _ROW, (draw_path("g", grid, crisp=True), *marks)),
        label_rows(
            [
                Tick((index + 0.5) / len(rows), cut_label(lane.label, _LABEL))
                for index, lane in enumerate(rows)
            ]
        ),
        label_columns(ticks),
    )


def group_lanes(lanes: Sequence[Lane]) -> tuple[Lane, ...]:
    """Put lanes that are too many together by equal numbers, in order; a row's label names its first and counts.

    A row of several lanes shows a state wherever one of them was in it.
    """
    size = math.ceil(len(lanes) / MOST_LANES)
    if size <= 1:
        return tuple(lanes)
    grouped = []
    for begin in range(0, len(lanes), size):
        group = lanes[begin : begin + size]
        more = f" +{len(group) - 1}" if len(group) > 1 else ""
        label = cut_label(group[0].label, _LABEL - len(more)) + more
        grouped.append(Lane(label, tuple(segment for lane in group for segment in lane.segments)))
    return tuple(grouped)


def _fit(rows: Sequence[Lane], span: float) -> list[Markup]:
    """Draw the segments; where they are too many to tell apart, close the smallest gaps until the bytes fit."""
    closed = 0
    while True:
        marks = _draw_states(rows, span, closed)
        if sum(map(len, marks)) <= _MOST_BYTES or closed > _WIDTH:
            return marks
        closed = max(1, closed * 2)


def _draw_states(rows: Sequence[Lane], span: float, closed: int) -> list[Markup]:
    marks = []
    for state, (css, middle, thickness) in _LOOKS.items():
        path = Path()
        for index, lane in enumerate(rows):
            segments = (segment for segment in lane.segments if segment.state is state)
            for left, right in _merge(segments, span, closed):
                path.move(left, index * _ROW + middle).line(right, index * _ROW + middle)
        marks.append(draw_path(css, path, width=thickness))
    return marks


def _merge(segments: Iterable[Segment], span: float, closed: int) -> list[tuple[int, int]]:
    """Return the segments on the grid, at least 1 unit long, those that touch as one."""
    merged: list[tuple[int, int]] = []
    for segment in sorted(segments, key=lambda segment: (segment.start, segment.end)):
        left = min(_WIDTH - 1, max(0, round(segment.start / span * _WIDTH)))
        right = min(_WIDTH, max(left + 1, round(segment.end / span * _WIDTH)))
        if merged and left <= merged[-1][1] + closed:
            merged[-1] = (merged[-1][0], max(right, merged[-1][1]))
        else:
            merged.append((left, right))
    return merged

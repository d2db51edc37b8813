"""Workers as lanes: one row each, its tasks as bars with their names; below, how many ran and how many waited.

One path holds all bars of a class, so a drawing has few nodes. Bars of failed tasks fill their
row, so that colour does not tell it alone.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence

from sitegen.visualization.model import Lane, Segment
from sitegen.visualization.primitives.axes import label_columns, label_rows
from sitegen.visualization.primitives.scales import Tick, value_scale
from sitegen.visualization.primitives.svg import (
    Markup,
    Path,
    cut_label,
    draw_path,
    element,
    percent,
    scaled,
    text,
)

MOST_LANES = 16
_WIDTH, _ROW, _BAR = 1_000, 10, 8
_LABEL = 15
_MOST_TICKS = 6
_MOST_BYTES = 4_600
"""For all paths together, so that a drawing keeps to 8,000 bytes with its labels."""
_LETTER, _MARGIN, _LEAST_LETTERS, _MOST_NAMES = 7.3, 8, 4, 40
"""A letter of a name and the room at both its ends, on the grid: a plot that shows names is about 1,000 px wide."""
_COLUMNS, _DEPTH = 250, 100

_FAILED = "lf"


def draw_lanes(lanes: Sequence[Lane], span: float, ticks: Sequence[Tick] = ()) -> Markup:
    """Draw lanes from 0 to `span` seconds; more than 16 share rows, as `group_lanes` says, and show no names.

    Without `ticks` the axis counts from 0.
    """
    rows = group_lanes(lanes)
    span = max([span, 1e-9, *(segment.end for lane in rows for segment in lane.segments)])
    ticks, depth = ticks or _time_ticks(span), max(1, len(rows)) * _ROW
    grid = Path()
    for tick in ticks:
        grid.move(tick.share * _WIDTH, 0).line(tick.share * _WIDTH, depth)
    return element(
        "svg",
        # A lane is 21 px high at the drawings' 12 px: em, as browsers read lh in attributes only lately.
        {"class": "ln", "height": f"{max(1, len(rows)) * 1.75:g}em", "aria-hidden": "true"},
        scaled(_WIDTH, depth, (draw_path("g", grid, crisp=True), *_fit(rows, span))),
        label_rows(
            [
                Tick((index + 0.5) / len(rows), cut_label(lane.label, _LABEL))
                for index, lane in enumerate(rows)
            ]
        ),
        label_columns(ticks),
        _name_bars(rows, span) if len(rows) == len(lanes) else Markup(""),
    )


def draw_load(queued: Sequence[tuple[float, float, float]], span: float) -> Markup:
    """Draw how many tasks ran (class `lr`) and, on top of them, how many waited (`lw`), from 0 to `span` seconds.

    A task is (queued, started, ended) in seconds; what is counted is the middle of each of 250 columns.
    """
    span = max([span, 1e-9, *(ended for _, _, ended in queued)])
    known, running, ended = (sorted(times) for times in zip(*queued, strict=True)) if queued else ([], [], [])
    instants = [(column + 0.5) / _COLUMNS * span for column in range(_COLUMNS)]
    alive = [bisect_right(known, at) - bisect_right(ended, at) for at in instants]
    active = [bisect_right(running, at) - bisect_right(ended, at) for at in instants]
    scale = value_scale(0.0, max([1, *alive]), "", from_zero=True)
    paths = [
        draw_path(css, _steps([scale.row(count, _DEPTH) for count in counts]))
        for css, counts in (("lw", alive), ("lr", active))
    ]
    rows = [Tick(1 - tick.share, tick.label) for tick in scale.ticks if "." not in tick.label]
    grid = Path()
    for tick in rows:
        grid.move(0, tick.share * _DEPTH).line(_COLUMNS, tick.share * _DEPTH)
    return element(
        "svg",
        {"class": "ln", "height": "7em", "aria-hidden": "true"},
        scaled(_COLUMNS, _DEPTH, (draw_path("g", grid, crisp=True), *paths)),
        label_rows(rows),
        label_columns(_time_ticks(span)),
    )


def _steps(rows: Sequence[int]) -> Path:
    path = Path().move(0, _DEPTH)
    for column, row in enumerate(rows):
        path.line(column, row).line(column + 1, row)
    return path.line(_COLUMNS, _DEPTH)


def _time_ticks(span: float) -> list[Tick]:
    scale = value_scale(0.0, span, "seconds", from_zero=True)
    ticks = [
        Tick(tick.share * scale.high / span, f"{tick.label} {scale.unit}" if index == 0 else tick.label)
        for index, tick in enumerate(scale.ticks)
        if tick.share * scale.high <= span * 1.001
    ]
    return ticks[::2] if len(ticks) > _MOST_TICKS else ticks


def group_lanes(lanes: Sequence[Lane]) -> tuple[Lane, ...]:
    """Put lanes that are too many together by equal numbers, in order; a row's label names its first and counts.

    A row of several lanes is busy wherever one of them was.
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
    """Draw the bars; where they are too many to tell apart, close the smallest gaps until the bytes fit."""
    closed = -1
    while True:
        marks = _draw_bars(rows, span, closed)
        if sum(map(len, marks)) <= _MOST_BYTES or closed > _WIDTH:
            return marks
        closed = max(1, closed * 2)


def _draw_bars(rows: Sequence[Lane], span: float, closed: int) -> list[Markup]:
    marks = []
    for css in sorted({segment.css for lane in rows for segment in lane.segments}):
        path = Path()
        for index, lane in enumerate(rows):
            segments = (segment for segment in lane.segments if segment.css == css)
            for left, right in _merge(segments, span, closed):
                # The last unit of a longer bar is the gap between it and the next.
                end = right - 1 if right - left > 2 else right
                path.move(left, (index + 0.5) * _ROW).line(end, (index + 0.5) * _ROW)
        marks.append(draw_path(css, path, width=_ROW if css == _FAILED else _BAR))
    return marks


def _place(segment: Segment, span: float) -> tuple[int, int]:
    """Return where a segment begins and ends on the grid, at least 1 unit long."""
    left = min(_WIDTH - 1, max(0, round(segment.start / span * _WIDTH)))
    return left, min(_WIDTH, max(left + 1, round(segment.end / span * _WIDTH)))


def _merge(segments: Iterable[Segment], span: float, closed: int) -> list[tuple[int, int]]:
    """Return the places of the segments; those with at most `closed` units between them are one."""
    merged: list[tuple[int, int]] = []
    for left, right in sorted(_place(segment, span) for segment in segments):
        if merged and left <= merged[-1][1] + closed:
            merged[-1] = (merged[-1][0], max(right, merged[-1][1]))
        else:
            merged.append((left, right))
    return merged


def _name_bars(rows: Sequence[Lane], span: float) -> Markup:
    """Write the names of the longest bars into them, cut to their length, where enough of it can be read."""
    names = []
    for index, lane in enumerate(rows):
        for segment in lane.segments:
            left, right = _place(segment, span)
            room = int((right - left - _MARGIN) / _LETTER)
            if segment.name and room >= min(_LEAST_LETTERS, len(segment.name)):
                words = text(
                    cut_label(segment.name, room),
                    percent(left / _WIDTH),
                    percent((index + 0.5) / len(rows)),
                )
                names.append((right - left, words))
    names.sort(key=lambda name: -name[0])
    chosen = [words for _, words in names[:_MOST_NAMES]]
    return element("g", {"class": "nm", "transform": "translate(4 4)"}, *chosen) if chosen else Markup("")

"""The frame of a chart with axes: grid, labels, and marks inside."""

from collections.abc import Sequence

import msgspec

from sitegen.visualization.primitives.scales import Tick, ValueScale
from sitegen.visualization.primitives.svg import Markup, Path, draw_path, element, percent, scaled, text

__all__ = ["HEIGHT", "Note", "draw_chart", "draw_empty", "label_columns", "label_rows", "note_origin"]

HEIGHT = 200
"""Rows of a plot's grid; a 12-line chart is about as many pixels high."""

_HIDDEN = {"aria-hidden": "true"}


class Note(msgspec.Struct, frozen=True):
    """A label inside the plot, at shares of its width and height from the top left; on the right half it ends there."""

    words: str
    x: float
    y: float


def draw_chart(
    size: tuple[int, int],
    marks: Sequence[Markup],
    *,
    rows: Sequence[Tick],
    columns: Sequence[Tick],
    notes: Sequence[Note] = (),
    ruled: bool = True,
) -> Markup:
    """Frame marks on a grid of `size`, width and height.

    `rows` label the value axis, from the bottom; `columns` the other, from the left.
    With `ruled`, lines cross the plot at the rows and small marks stand at the columns.
    """
    width, height = size
    grid = Path()
    if ruled:
        for row in rows:
            grid.move(0, _from_top(row, height)).line(width, _from_top(row, height))
        for column in columns:
            grid.move(column.share * width, height).line(column.share * width, height - 4)
    return element(
        "svg",
        {"class": "ch", **_HIDDEN},
        scaled(width, height, (draw_path("g", grid, crisp=True), *marks)),
        # Labels stand where the grid's lines are after rounding.
        label_rows([Tick(_from_top(row, height) / height, row.label) for row in rows]),
        label_columns(columns),
        _draw_notes(notes),
    )


def _from_top(tick: Tick, height: int) -> int:
    return round((1 - tick.share) * height)


def label_rows(ticks: Sequence[Tick]) -> Markup:
    """Write labels left of the plot, at shares of its height from the top."""
    # A third of the text's height below its middle is where letters stand.
    labels = [text(tick.label, 0, percent(tick.share)) for tick in ticks]
    return element("g", {"class": "y", "transform": "translate(-8 4)"}, *labels) if labels else Markup("")


def label_columns(ticks: Sequence[Tick]) -> Markup:
    """Write labels under the plot, at shares of its width; there is room beside it for half a label."""
    labels = [text(tick.label, percent(round(tick.share, 3)), "100%") for tick in ticks if tick.label]
    return element("g", {"class": "x", "transform": "translate(0 17)"}, *labels) if labels else Markup("")


def _draw_notes(notes: Sequence[Note]) -> Markup:
    labels = [
        text(note.words, percent(note.x), percent(note.y), "xe" if note.x > 0.5 else "") for note in notes
    ]
    return element("g", {"class": "q", "transform": "translate(0 -4)"}, *labels) if labels else Markup("")


def note_origin(scale: ValueScale) -> tuple[Note, ...]:
    """Return where y starts, above the plot, unless it starts at 0."""
    return (Note(scale.origin, 0.0, 0.0),) if scale.origin else ()


def draw_empty(css: str = "ch") -> Markup:
    """Draw the place of a chart that has nothing to show."""
    return element("svg", {"class": css, **_HIDDEN}, text("no data", "50%", "50%", "no"))

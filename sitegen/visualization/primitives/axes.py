"""The frame of a chart with axes: grid, labels, and marks inside."""

from collections.abc import Sequence

import msgspec

from sitegen.metrics.model import Threshold
from sitegen.units import Window, format_quantity
from sitegen.visualization.primitives.columns import Sample
from sitegen.visualization.primitives.naming import cut_apart
from sitegen.visualization.primitives.scales import Tick, ValueScale
from sitegen.visualization.primitives.svg import (
    Markup,
    Path,
    cut_label,
    draw_path,
    draw_title,
    element,
    escape,
    percent,
    scaled,
    text,
)

HEIGHT = 200
"""Rows of a plot's grid: one is less than two pixels high."""

_LINE = 0.05
"""A line of text as a share of a plot's height, which is 12 lines and more."""
_NAME = 10
"""Columns for the name of a series in the right margin, beside its square, and for one above the plot."""
_COLUMN = 0.02
"""A column of text as a share of a plot's width, in half of a page that is 90 columns wide."""

_MOST_TITLES = 12
_REACH = 8
"""How far from a mark's middle the pointer finds its title, in columns of the grid."""

_HIDDEN = {"aria-hidden": "true"}


class Name(msgspec.Struct, frozen=True):
    """A name beside the plot, at a share of its height from the top; a series' has its class, a threshold's none."""

    words: str
    y: float
    css: str = ""


class Mark(msgspec.Struct, frozen=True):
    """Something that happened, at a share of the plot's width: its short name, the class of its line, its title."""

    share: float
    name: str
    css: str
    title: str = ""


class Told(msgspec.Struct, frozen=True):
    """A sample that a chart's sentence names, of the series with a number, and how the sentence puts it."""

    number: int
    sample: Sample
    words: str


class Title(msgspec.Struct, frozen=True):
    """Words for the pointer at a point of the grid."""

    x: int
    y: int
    words: str


class Frame(msgspec.Struct, frozen=True):
    """What the charts of series share: a window, a scale, thresholds with the unit of their names, marks from the left.

    `told` are the samples that get a title.
    """

    window: Window
    scale: ValueScale
    thresholds: tuple[Threshold, ...] = ()
    unit: str = ""
    marks: tuple[Mark, ...] = ()
    told: tuple[Told, ...] = ()

    def row(self, value: float) -> int:
        """Return a value's row on the grid, from the top."""
        return self.scale.row(value, HEIGHT)

    def limits(self, width: int) -> tuple[list[Markup], list[Name]]:
        """Draw the thresholds within the scale: a line, and a zone from there up, or down, to the next one."""
        scale = self.scale
        within = [one for one in self.thresholds if scale.low <= one.limit <= scale.high]
        marks: list[Markup] = []
        names: list[Name] = []
        # From the outside in: where the zone of one ends, that of the next begins.
        uppers = sorted((one for one in within if one.below is None), key=lambda one: -one.limit)
        lowers = sorted((one for one in within if one.below is not None), key=lambda one: one.limit)
        for ordered, edge in ((uppers, 0), (lowers, HEIGHT)):
            end = edge
            for one in ordered:
                row, css = self.row(one.limit), "c" if one.status == "crit" else "w"
                zone = Path().move(0, row).line(width, row).line(width, end).line(0, end).close()
                marks.append(draw_path(f"z{css}", zone) if row != end else Markup(""))
                marks.append(draw_path(f"t{css}", Path().move(0, row).line(width, row), crisp=True))
                names.append(Name(f"{one.status} {format_quantity(one.limit, self.unit)}", row / HEIGHT))
                end = row
        return marks, names


def draw_chart(
    size: tuple[int, int],
    marks: Sequence[Markup],
    *,
    rows: Sequence[Tick],
    columns: Sequence[Tick],
    origin: str = "",
    names: Sequence[Name] = (),
    happened: Sequence[Mark] = (),
    titles: Sequence[Title] = (),
    ruled: bool = True,
) -> Markup:
    """Frame marks on a grid of `size`, width and height.

    `rows` label the value axis, from the bottom; `columns` the other, from the left.
    With `ruled`, lines cross the plot at the rows. What `happened` crosses it upright. The `titles` come before those of what happened, at most 12 in all. `origin` says above the plot where y starts, unless at 0. `names` are pushed apart until none overlaps.
    """
    width, height = size
    grid = Path()
    if ruled:
        for row in rows:
            grid.move(0, _from_top(row, height)).line(width, _from_top(row, height))
    return element(
        "svg",
        {"class": "ch gu" if names else "ch", "paint-order": "stroke", **_HIDDEN},
        scaled(
            width,
            height,
            (
                draw_path("g", grid, crisp=True),
                *marks,
                *_draw_marks(happened, size),
                *_draw_titles(titles, happened, size),
            ),
        ),
        # Labels stand where the grid's lines are after rounding.
        label_rows([Tick(_from_top(row, height) / height, row.label) for row in rows]),
        label_columns(columns),
        _name_marks(happened),
        element("g", {"class": "q", "transform": "translate(0 -4)"}, text(origin, 0, 0))
        if origin
        else Markup(""),
        _draw_names(names),
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


def _draw_marks(marks: Sequence[Mark], size: tuple[int, int]) -> list[Markup]:
    width, height = size
    paths = {css: Path() for css in sorted({mark.css for mark in marks})}
    for mark in marks:
        paths[mark.css].move(mark.share * width, 0).line(mark.share * width, height)
    return [draw_path(css, path, crisp=True) for css, path in paths.items()]


def _draw_titles(titles: Sequence[Title], marks: Sequence[Mark], size: tuple[int, int]) -> list[Markup]:
    """Write the titles of values over those of the marks, which are as high as the plot."""
    width, height = size
    named = [mark for mark in marks if mark.title][: max(0, _MOST_TITLES - len(titles))]
    return [
        *(
            draw_title(mark.title, Path().move(mark.share * width, 0).line(mark.share * width, height))
            for mark in named
        ),
        *(
            draw_title(one.words, Path().move(one.x - _REACH, one.y).line(one.x + _REACH, one.y))
            for one in titles[:_MOST_TITLES]
        ),
    ]


def _name_marks(marks: Sequence[Mark]) -> Markup:
    """Write names above the plot, each in the middle over its line; where there is no room its first character, or nothing."""
    labels, taken = [], -1.0
    for mark in marks:
        for name in (cut_label(mark.name, _NAME), mark.name[:1]):
            half = (len(name) + 1) / 2 * _COLUMN
            if mark.share - half >= taken:
                taken = mark.share + half
                labels.append(text(name, percent(round(mark.share, 3)), 0))
                break
    return element("g", {"class": "x", "transform": "translate(0 -6)"}, *labels) if labels else Markup("")


def _draw_names(names: Sequence[Name]) -> Markup:
    if not names:
        return Markup("")
    ordered = sorted(names, key=lambda name: name.y)
    labels = []
    series = [name.words for name in ordered if name.css]
    short = dict(zip(series, cut_apart(series, _NAME), strict=True))
    for name, y in zip(ordered, _push_apart([name.y for name in ordered]), strict=True):
        square = element("tspan", {"class": name.css}, escape("■")) if name.css else Markup("")
        words = escape(f" {short[name.words]}" if name.css else cut_label(name.words, _NAME + 2))
        labels.append(element("text", {"x": "100%", "y": percent(round(y, 3))}, square, words))
    return element("g", {"class": "vn", "transform": "translate(8 4)"}, *labels)


def _push_apart(places: Sequence[float]) -> list[float]:
    """Return rising places at least a line of text apart, within the plot where it holds them all."""
    apart: list[float] = []
    for place in places:
        apart.append(max(place, apart[-1] + _LINE) if apart else place)
    limit = 1.0
    for index in range(len(apart) - 1, -1, -1):
        apart[index] = min(apart[index], limit)
        limit = apart[index] - _LINE
    return apart


def draw_empty(css: str = "ch", words: str = "no data") -> Markup:
    """Draw the place of a chart that has nothing to show."""
    return element("svg", {"class": css, **_HIDDEN}, text(words, "50%", "50%", "no"))

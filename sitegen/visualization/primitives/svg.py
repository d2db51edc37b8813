"""SVG markup: elements, paths on an integer grid, and the one place that escapes text for SVG.

Colours, dashes and text sizes live in the theme, behind classes of at most three
characters. This is the whole vocabulary:

    class    on     means                                  the theme gives
    ------------------------------------------------------------------------------------------------
    ch       svg    chart with axes: its plot              height 16lh, on phones 12lh; labels stand in
                                                           its margins: 1.2lh 1ch 1.6lh 6ch
    gu       svg    beside `ch`: names at the right        margin right 11ch
    st       svg    big number over a sparkline, a strip   height 5lh, overflow visible
    tl       svg    run behind a tile or in a row          width 100 %, fill none
    ta tp    path   its area, its line                     --c of the tile; fill at 20 %, stroke 1.5 px
    up       svg    uptime bars                            width 100 %, height 1lh
    mo       svg    the days' scale over uptime bars       width 100 %, height 1lh
    wf       svg    bar of one waterfall row               width 100 %, height 1lh, overflow visible
    k        text   words on a bar                         fill --bg
    tr       svg    lines from spans to their children     18ch wide, over the names of a waterfall
    bd       svg    a share, one bar                       width 100 %, height .4lh
    bk       svg    where the time went; height is an      width 100 %
                    attribute
    ln       svg    lanes; height is an attribute          width 100 %, padding 0 1ch 1.6lh 15ch,
                                                           overflow visible
    mp       svg    service map; width and height are      min-width 100 %, overflow visible,
                    attributes                             inside a box that scrolls sideways
    (svg)    svg    svg in svg: the scaled drawing         overflow visible, fill none
    x y      g      axis labels: instants, values          12 px, dim; text-anchor middle, end
    xe       text   label at the end of its axis           text-anchor end
    q        g      labels inside the plot or above it     12 px, fg; text-anchor start
    vn       g      names in the right margin              12 px, text-anchor start; a tspan has the
                                                           colour of its series
    big      text   the number of a stat panel             2rem, head
    no       text   the words "no data"                    dim, text-anchor middle
    s1..s6   path   series line                            stroke --s1.., 1.5 px, its dash; fill none
    a1..a6   path   series area                            as s, undashed, fill at 20 %
    b1..b6   path   band from least to most of a column    fill --s1.. at 20 %, no stroke
    f1..f6   path   solid bar of a series or service       stroke or fill --s1.., no dash, no width
    f0       rect   solid bar of any other service         fill --unknown
    h1..h7   path   heat, least to most                    stroke --h1.., no width
    g        path   grid and tick marks                    stroke --line, 1 px
    tw tc    path   threshold: warn, crit                  stroke --warn, --crit, 1 px, dash 2 3
    zw zc    path   from a threshold to the next           fill --warn, --crit at 6 %, no stroke
    v1..v6   path   layer of stacked areas                 stroke --s1.., filled with 62 % of it
    ev em    path   deploy, maintenance                    stroke --info, 1 px, dash 2 3
    ec       path   outage                                 stroke --crit, 1 px, dash 2 3
    pk       path   least and greatest of bars             stroke --head, 1 px
    pq       path   quantile line                          stroke --head, 1 px, dash 2 2
    ok w c   path   state: up, degraded, down              stroke --ok, --warn, --crit, no width
    i m u    path   state: notice, maintenance, no data    stroke --info, --info, --unknown; u dashed
    cp       rect   critical path, below its bar           fill --head
    lf       path   lane: task that failed                 stroke --crit
    lr lw    path   tasks that ran, that waited            fill --s1; --unknown at 30 %
    nm       g      names in the bars of lanes             12 px, --bg; only where a plot has 1,000 px
    (title)  path   over a mark that a sentence     stroke #0000, 12 px: it takes the pointer
                    names, with its words
    nd       path   boxes of the service map               fill --raised
    nt       g      names in boxes                         12 px, head, bold
    e        path   edge between boxes, and guides;        stroke --border, width in the drawing
                    tw and tc are edges with errors
    hd       path   arrow heads                            fill --dim
    ------------------------------------------------------------------------------------------------
    "No width": the stroke's width is in the drawing (`stroke-width`), for it is geometry.

Texts stand in the outer svg, which has no viewBox, at positions in per cent; the
marks stand in an inner one that scales (SVG 2, 8.6 `viewBox`, 8.7
`preserveAspectRatio`). The outer svg is the plot; its labels stand in its margins, so
plots of one row share their baselines whatever the screen.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NewType, Self
from unicodedata import east_asian_width

from sitegen.redaction import visible

Markup = NewType("Markup", str)

_ELEMENTS = frozenset({"g", "path", "rect", "svg", "text", "title", "tspan"})
_ATTRIBUTES = frozenset({
    "aria-hidden", "class", "d", "height", "paint-order", "preserveAspectRatio", "stroke-width", "transform",
    "vector-effect", "viewBox", "width", "x", "y",
})  # fmt: skip

_ENTITIES = str.maketrans({
    "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;",
    "\ufffe": "\ufffd", "\uffff": "\ufffd",  # XML 1.0, production 2: not characters
})  # fmt: skip


def escape(foreign: str) -> Markup:
    """Make any text safe between tags and in quoted attributes; control characters become visible."""
    return Markup(visible(foreign).translate(_ENTITIES))


def number(value: float) -> str:
    """Write a coordinate: at most two decimals, no exponent. Raises ValueError unless it is finite."""
    if not math.isfinite(value):
        raise ValueError(f"{value} is not a coordinate; leave a gap where there is no finite number")
    if isinstance(value, int):
        return str(value)
    digits = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if digits == "-0" else digits


def percent(share: float) -> str:
    """Write a share of the outer svg's width or height: 0.125 -> `12.5%`."""
    return number(share * 100) + "%"


def element(name: str, attributes: Mapping[str, str | float], *children: Markup) -> Markup:
    """Write an element. Names are from a short list, so that no script, style or reference can be written.

    Raises ValueError for another element or attribute, or a number that is not finite.
    """
    if name not in _ELEMENTS:
        raise ValueError(f"<{name}> is not an element of sitegen's drawings")
    head = "".join(f' {key}="{_value(key, value)}"' for key, value in attributes.items())
    inner = "".join(children)
    return Markup(f"<{name}{head}>{inner}</{name}>" if inner else f"<{name}{head}/>")


def _value(key: str, value: str | float) -> str:
    if key not in _ATTRIBUTES:
        raise ValueError(f"{key}= is not an attribute of sitegen's drawings")
    if not isinstance(value, str):
        return number(value)
    return escape(value)


def text(words: str, x: str | float, y: str | float, css: str = "") -> Markup:
    """Write a text at a position of the outer svg."""
    place: dict[str, str | float] = {"x": x, "y": y}
    return element("text", {"class": css, **place} if css else place, escape(words))


def tinted(words: str, css: str) -> Markup:
    """Write a part of a text in the colour of a class."""
    return element("tspan", {"class": css}, escape(words))


def scaled(width: int, height: int, marks: Iterable[Markup]) -> Markup:
    """Write the inner svg: marks on a grid of width x height that fills its parent."""
    box = f"0 0 {number(width)} {number(height)}"
    return element("svg", {"viewBox": box, "preserveAspectRatio": "none"}, *marks)


def stretched(css: str, width: int, height: int, *marks: Markup) -> Markup:
    """Write a whole drawing without text: a grid of width x height that fills the box of its class."""
    box = {"viewBox": f"0 0 {width} {height}", "preserveAspectRatio": "none", "aria-hidden": "true"}
    return element("svg", {"class": css, **box}, *marks)


def draw_path(css: str, path: "Path", *, width: float | None = None, crisp: bool = False) -> Markup:
    """Write a path with its class; nothing where it is empty.

    `width` is a stroke's width on the grid, for bars; `crisp` keeps it, or the theme's,
    in pixels however the drawing is scaled, for lines.
    """
    if not path:
        return Markup("")
    attributes: dict[str, str | float] = {"class": css}
    if width is not None:
        attributes["stroke-width"] = width
    if crisp:
        attributes["vector-effect"] = "non-scaling-stroke"
    return element("path", attributes | {"d": path.data})


def draw_title(words: str, path: "Path") -> Markup:
    """Write a path that is not seen; under the pointer it shows its words (SVG 2, 5.8)."""
    return element("path", {"d": path.data}, element("title", {}, escape(words)))


def columns_of(label: str) -> int:
    """Return how many columns of a monospaced font a label takes; wide characters take two (UAX 11)."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in label)


def cut_label(label: str, width: int) -> str:
    """Cut a label to `width` columns of a monospaced font; wide characters take two (UAX 11)."""
    room = 0
    for index, character in enumerate(label):
        room += 2 if east_asian_width(character) in "WF" else 1
        if room > width:
            return label[: max(0, index - 1)].rstrip() + "…"
    return label


class Path:
    """The data of a path, on a grid of integers, in relative commands (SVG 2, 9.3).

    Points are given as they are and rounded to the grid; each step goes from one
    rounded point to the next, so rounding never adds up. Steps that go nowhere are
    left out, letters that repeat are omitted, and a minus sign separates:

        Path().move(0, 9).line(3, 7).line(6, 7.4).line(9, 12).data  ->  "m0 9 3-2h3l3 5"

    Raises ValueError for a point that is not finite.
    """

    def __init__(self) -> None:
        self._strokes: list[tuple[list[tuple[int, int]], bool]] = []
        """Points on the grid, and whether the stroke is closed; only the last may have a single point."""

    def __bool__(self) -> bool:
        return bool(self._strokes) and len(self._strokes[0][0]) > 1

    def move(self, x: float, y: float) -> Self:
        """Begin a stroke at a point; at the end of the one before, go on with that."""
        point = _round(x, y)
        if self._strokes and len(self._strokes[-1][0]) == 1:
            self._strokes.pop()
        if not self._strokes or self._strokes[-1][1] or self._strokes[-1][0][-1] != point:
            self._strokes.append(([point], False))
        return self

    def line(self, x: float, y: float) -> Self:
        """Draw a straight line to a point."""
        return self.through((_round(x, y),))

    def through(self, points: Iterable[tuple[int, int]]) -> Self:
        """Draw straight lines through points that are on the grid already."""
        if not self._strokes or self._strokes[-1][1]:
            self._strokes.append(([self._strokes[-1][0][0] if self._strokes else (0, 0)], False))
        stroke = self._strokes[-1][0]
        for point in points:
            if point != stroke[-1]:
                stroke.append(point)
        return self

    def close(self) -> Self:
        """Draw back to where the stroke began."""
        if self._strokes and len(self._strokes[-1][0]) > 1:
            self._strokes[-1] = (self._strokes[-1][0], True)
        return self

    @property
    def data(self) -> str:
        """The value of the `d` attribute."""
        words: list[str] = []
        pen = (0, 0)
        for points, closed in self._strokes:
            if len(points) > 1:
                _write_stroke(words, pen, points)
                words.append("z" if closed else "")
                pen = points[0 if closed else -1]
        return "".join(words)


def _round(x: float, y: float) -> tuple[int, int]:
    try:
        return round(x), round(y)
    except (OverflowError, ValueError):
        raise ValueError(f"({x}, {y}) is not a point; leave a gap where there is no finite number") from None


def _write_stroke(words: list[str], pen: tuple[int, int], points: Sequence[tuple[int, int]]) -> None:
    """Write a stroke that begins away from the pen; a sign or a letter parts two numbers as a space does."""
    x, y = points[0]
    words.append(f"m{x - pen[0]}{y - pen[1]: d}")
    # After a move, coordinates without a letter are lines.
    drawn, last = "l", 0
    for right, below in points[1:]:
        dx, dy = right - x, below - y
        x, y = right, below
        if dx and dy:
            words.append(f"{dx: d}{dy: d}" if drawn == "l" else f"l{dx}{dy: d}")
            drawn = "l"
            continue
        letter, step = ("h", dx) if dx else ("v", dy)
        if letter != drawn:
            words.append(f"{letter}{step}")
        elif step * last > 0:
            step += last
            words[-1] = f"{letter}{step}" if words[-1][0] == letter else f"{step: d}"
        else:
            words.append(f"{step: d}")
        drawn, last = letter, step

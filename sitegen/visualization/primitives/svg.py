"""SVG markup: elements, paths on an integer grid, and the one place that escapes text for SVG.

Colours, dashes and text sizes live in the theme, behind classes of at most three
characters. This is the whole vocabulary:

    class    on     means                                  the theme gives
    ------------------------------------------------------------------------------------------------
    ch       svg    chart with axes                        width 100 %, height 12lh, padding
                                                           1.2lh 2.5ch 1.6lh 8ch, overflow visible
    st       svg    big number over a sparkline            height 5lh, overflow visible
    sp       svg    sparkline in a table cell              12ch x 1lh, fill none, stroke --s1, 1.3,
                                                           overflow visible
    up       svg    uptime bars                            width 100 %, height 1lh
    wf       svg    bar of one waterfall row               width 100 %, height 1lh
    bd       svg    where the time went, one bar           width 100 %, height 1lh
    ln       svg    lanes; height is an attribute          width 100 %, padding 0 2.5ch 1.6lh 18ch,
                                                           overflow visible
    mp       svg    service map; width and height are      min-width 100 %, overflow visible,
                    attributes                             inside a box that scrolls sideways
    (svg)    svg    svg in svg: the scaled drawing         overflow visible, fill none
    x y      g      axis labels: instants, values          12 px, dim; text-anchor middle, end
    xe       text   label at the end of its axis           text-anchor end
    q        g      labels inside the plot (threshold,     12 px, fg; text-anchor start
                    quantile, "y from N")
    big      text   the number of a stat panel             2rem, head
    no       text   the words "no data"                    dim, text-anchor middle
    s1..s6   path   series line                            stroke --s1.., 1.5 px, its dash; fill none
    a1..a6   path   series area                            as s, undashed, fill at 18 %
    b1..b6   path   band from least to most of a column    fill --s1.. at 18 %, no stroke
    f1..f6   path   solid bar of a series or service       stroke --s1.., no dash, no width
    h1..h7   path   heat, least to most                    stroke --h1.., no width
    g        path   grid and tick marks                    stroke --line, 1 px
    tw tc    path   threshold: warn, crit                  stroke --warn, --crit, 1 px, dash 4 4
    pq       path   quantile line                          stroke --head, 1 px, dash 2 2
    ok w c   path   state: up, degraded, down              stroke --ok, --warn, --crit, no width
    i m u    path   state: notice, maintenance, no data    stroke --info, --info, --unknown; u dashed
    cp       path   critical path, along its bar           stroke --head
    lr lf    path   lane: run, run that failed             stroke --s1, --crit
    li lw    path   lane: input and output, wait           stroke --s2, --unknown
    nd       path   boxes of the service map               fill --raised, stroke --border, 1 px
    nt       g      names in boxes                         12 px, fg, text-anchor middle
    e1..e3   path   edge, few to many calls                stroke --dim, 1, 2, 4 px; fill none
    d1..d3   path   the same with more than 1 % errors     stroke --crit, 1, 2, 4 px, dash 6 3
    ar       path   arrow heads                            fill --dim
    ------------------------------------------------------------------------------------------------
    "No width": the stroke's width is in the drawing (`stroke-width`), for it is geometry.

Texts stand in the outer svg, which has no viewBox, at positions in per cent; the
marks stand in an inner one that scales (SVG 2, 8.6 `viewBox`, 8.7
`preserveAspectRatio`). The outer svg's padding is the room for axis labels: they
stand outside its content box, so plots use the full width whatever the screen.
"""

import math
from collections.abc import Iterable, Mapping
from typing import NewType, Self
from unicodedata import east_asian_width

from sitegen.redaction import visible

__all__ = [
    "Markup", "Path", "cut_label", "draw_path", "element", "escape", "number", "percent", "scaled",
    "text",
]  # fmt: skip

Markup = NewType("Markup", str)

_ELEMENTS = frozenset({"g", "path", "svg", "text"})
_ATTRIBUTES = frozenset({
    "aria-hidden", "class", "d", "height", "preserveAspectRatio", "stroke-width", "transform",
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


def scaled(width: int, height: int, marks: Iterable[Markup]) -> Markup:
    """Write the inner svg: marks on a grid of width x height that fills its parent."""
    box = f"0 0 {number(width)} {number(height)}"
    return element("svg", {"viewBox": box, "preserveAspectRatio": "none"}, *marks)


def draw_path(css: str, path: "Path", *, width: float | None = None, crisp: bool = False) -> Markup:
    """Write a path with its class; nothing where it is empty.

    `width` is a stroke's width on the grid, for bars; `crisp` keeps the theme's
    width in pixels however the drawing is scaled, for lines.
    """
    if not path:
        return Markup("")
    attributes: dict[str, str | float] = {"class": css}
    if width is not None:
        attributes["stroke-width"] = width
    if crisp:
        attributes["vector-effect"] = "non-scaling-stroke"
    return element("path", attributes | {"d": path.data})


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
        self._steps: list[tuple[str, int, int]] = []
        self._x = self._y = 0
        self._home = (0, 0)

    def __bool__(self) -> bool:
        return any(letter != "m" for letter, _, _ in self._steps)

    def move(self, x: float, y: float) -> Self:
        """Begin a stroke at a point."""
        dx, dy = self._go(x, y)
        if self._steps and self._steps[-1][0] == "m":
            _, dx0, dy0 = self._steps.pop()
            dx, dy = dx + dx0, dy + dy0
        # After a stroke was closed, drawing on needs a move even to the same point.
        if dx or dy or not self._steps or self._steps[-1][0] == "z":
            self._steps.append(("m", dx, dy))
        self._home = (self._x, self._y)
        return self

    def line(self, x: float, y: float) -> Self:
        """Draw a straight line to a point."""
        dx, dy = self._go(x, y)
        if not dx and not dy:
            return self
        letter = "l" if dx and dy else "h" if dx else "v"
        if self._steps and letter != "l" and self._steps[-1][0] == letter:
            _, dx0, dy0 = self._steps[-1]
            if dx * dx0 > 0 or dy * dy0 > 0:
                self._steps[-1] = (letter, dx + dx0, dy + dy0)
                return self
        self._steps.append((letter, dx, dy))
        return self

    def close(self) -> Self:
        """Draw back to where the stroke began."""
        if self._steps and self._steps[-1][0] not in "mz":
            self._steps.append(("z", 0, 0))
            self._x, self._y = self._home
        return self

    @property
    def data(self) -> str:
        """The value of the `d` attribute."""
        words: list[str] = []
        drawn = ""
        ended = bool(self._steps) and self._steps[-1][0] == "m"
        for letter, dx, dy in self._steps[: -1 if ended else None]:
            # After a move, coordinates without a letter are lines.
            known = letter != "m" and (letter == drawn or (letter == "l" and drawn == "m"))
            first = dy if letter == "v" else dx
            if letter == "z":
                words.append("z")
            else:
                # A sign or a letter parts two numbers as well as a space does.
                words.append(f"{'' if first < 0 else ' '}{first}" if known else f"{letter}{first}")
            if letter in "ml":
                words.append(str(dy) if dy < 0 else f" {dy}")
            drawn = letter
        return "".join(words)

    def _go(self, x: float, y: float) -> tuple[int, int]:
        if not (math.isfinite(x) and math.isfinite(y)):
            raise ValueError(f"({x}, {y}) is not a point; leave a gap where there is no finite number")
        column, row = round(x), round(y)
        dx, dy = column - self._x, row - self._y
        self._x, self._y = column, row
        return dx, dy

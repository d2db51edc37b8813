"""The records that the Visualization Generator gives to the Template Engine."""

import msgspec

from sitegen.units import Part, Quantity, Sentence


class Link(msgspec.Struct, frozen=True):
    """Text that leads somewhere; `path` is a site path such as `/traces/`, never foreign."""

    text: str
    path: str


class Bar(msgspec.Struct, frozen=True):
    """A drawing in a cell of a table, finished markup from `svg.py`; its number stands beside it."""

    svg: str


Cell = Part | Link | Bar | Sentence


class LegendEntry(msgspec.Struct, frozen=True):
    """One series: its name, the class of its sample (a class of `svg.py`), and what is said of it.

    `s1` to `s6` are series, `h1` to `h7` steps of heat. Either `value` is a sentence, or
    `cells` are its figures, the first its value now or last; `state` is what that is by the panel's
    thresholds: warn, crit or nothing.
    """

    name: str
    series_class: str
    value: Sentence = ()
    cells: tuple[Part, ...] = ()
    state: str = ""


class Table(msgspec.Struct, frozen=True):
    """The figures behind a drawing, at most 12 rows; `numeric` tells which columns are right-aligned."""

    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    numeric: tuple[bool, ...]
    caption: str = ""


class Figure(msgspec.Struct, frozen=True):
    """A drawing with everything that says the same in words.

    `svg` is finished markup from `svg.py`; all else is text that the templates
    escape. `id` is a slug, unique on its page; `csv` the path of its data file.
    `age` says of a last known answer how old it is, and is empty for one of this build.
    `notes` say what is wrong, `remarks` what else a reader may want to know. `path` is where
    the figure is told elsewhere. `column` is what the legend calls each series' value, `now` the same
    figure with the values of now, for pages that change with every build.
    """

    id: str
    title: str
    summary: Sentence
    svg: str
    legend: tuple[LegendEntry, ...] = ()
    table: Table | None = None
    csv: str | None = None
    notes: tuple[str, ...] = ()
    age: Sentence = ()
    remarks: tuple[Sentence, ...] = ()
    path: str | None = None
    column: str = "last"
    now: "Figure | None" = None


class WaterfallRow(msgspec.Struct, frozen=True):
    """One row of a waterfall: a span, or the spans folded into one line.

    `start` and `duration` are in seconds, from the trace's start; `depth` is at most
    8; `folded` counts the spans that a folding row stands for (0: it is a span), and
    its `error` says that one of them failed. `critical` is how long the trace's end
    waited for the span itself (None: never), `colour` the class of its service, `digits`
    the decimals of its milliseconds, the same in every row.
    """

    depth: int
    service: str
    name: str
    start: Quantity
    duration: Quantity
    svg: str
    colour: str
    error: bool = False
    critical: Quantity | None = None
    folded: int = 0
    digits: int = 1


class Waterfall(msgspec.Struct, frozen=True):
    """A trace as the rows of a table; `ticks` stand over the bars, evenly from left to right."""

    rows: tuple[WaterfallRow, ...]
    ticks: tuple[Quantity, ...]


class Segment(msgspec.Struct, frozen=True):
    """A stretch of time in a lane, in seconds from the start of the drawing; `css` is `f1` to `f6`, or `lf`: it failed."""

    start: float
    end: float
    css: str
    name: str = ""


class Lane(msgspec.Struct, frozen=True):
    """One worker and what it did."""

    label: str
    segments: tuple[Segment, ...]

"""The record that the Visualization Generator gives to the Template Engine."""

import msgspec

from sitegen.units import Part, Sentence

__all__ = ["Cell", "Figure", "LegendEntry", "Link", "Table"]


class Link(msgspec.Struct, frozen=True):
    """Text that leads somewhere; `path` is a site path such as `/traces/`, never foreign."""

    text: str
    path: str


Cell = Part | Link | Sentence


class LegendEntry(msgspec.Struct, frozen=True):
    """One series: its name, its class (`s1` to `s6`, for the dash sample), and its last value as a sentence."""

    name: str
    series_class: str
    value: Sentence = ()


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
    """

    id: str
    title: str
    summary: Sentence
    svg: str
    legend: tuple[LegendEntry, ...] = ()
    table: Table | None = None
    csv: str | None = None
    notes: tuple[str, ...] = ()

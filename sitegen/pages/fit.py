"""How much fits on a page.

Every page is held to a number of elements and of bytes on the wire, and one page that is
over stops the whole site. So the view of a page is chosen by its weight: a `Room` takes
the richest of several views whose draft (`sitegen.pages.drafts`) it holds.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TypeVar

import brotli
import msgspec

from sitegen.visualization.model import Figure, Table

__all__ = [
    "ABOUT", "BUILD", "DEPS", "LOGS", "METRICS", "OVERVIEW", "SLO", "TRACE", "TRACES", "Room", "elements_of",
    "narrowed", "shortened", "thinned", "trimmed",
]  # fmt: skip

View = TypeVar("View")
Item = TypeVar("Item")

_FRAME_ELEMENTS = 41
_PLAIN, _DRAWN = 2_600, 3_300
"""What brotli makes of a page without words: its head, navigation and footer, and its style sheet."""
_QUALITY = 5
"""Brotli at its best takes fifty times as long, and is never worse."""
_FRAME_RAW = 9_600
_RAW = 96_000

_NOTE, _NOTES = 200, 6
_TITLE, _CELL = 80, 60


class Room(msgspec.Struct, frozen=True):
    """What one page may hold: `elements`, and `compressed` bytes; `drawn` says that it needs the drawings' style.

    The caps are those of the gate (`sitegen.gate.budgets`); the tests hold them together.
    """

    elements: int
    compressed: int
    drawn: bool = True

    def holds(self, draft: str) -> bool:
        """Tell whether a page with this draft, shell included, keeps within its caps."""
        body = draft.encode("utf-8", "replace")
        frame = _DRAWN if self.drawn else _PLAIN
        return (
            _FRAME_ELEMENTS + elements_of(draft) <= self.elements
            and _FRAME_RAW + len(body) <= _RAW
            and frame + len(brotli.compress(body, quality=_QUALITY)) <= self.compressed
        )

    def fill(
        self, items: Sequence[Item], most: int, draft: Callable[[int, Sequence[Item]], str]
    ) -> tuple[Sequence[Item], ...]:
        """Part items into pages in order: each takes up to `most`, as many as fit, and at least one.

        `draft` makes a page with links to so many pages, and these items.
        """
        pages = 1
        while True:
            chunks = []
            rest = items
            while rest:
                number = self.most(rest, most, partial(draft, pages))
                chunks.append(rest[:number])
                rest = rest[number:]
            # Links to the pages take room themselves: with more pages than thought of, part once more.
            if len(chunks) <= pages:
                return tuple(chunks) or (items,)
            pages = len(chunks)

    def most(self, items: Sequence[Item], most: int, draft: Callable[[Sequence[Item]], str]) -> int:
        """Find how many of the first items fit, by bisection; at least one, at most `most`."""
        low, high = 1, min(most, len(items)) + 1
        middle = high - 1
        while high - low > 1:
            if self.holds(draft(items[:middle])):
                low = middle
            else:
                high = middle
            middle = (low + high) // 2
        return low

    def choose(self, candidates: Iterable[View], draft: Callable[[View], str]) -> View:
        """Give the first of the candidates, richest first, that fits; the last one where none does.

        Raises ValueError where there is no candidate at all.
        """
        chosen: View | None = None
        for candidate in candidates:
            chosen = candidate
            if self.holds(draft(candidate)):
                break
        if chosen is None:
            raise ValueError("there is nothing to choose from")
        return chosen


OVERVIEW = Room(700, 8_000)
METRICS = Room(1_400, 13_000)
TRACES = Room(650, 5_000, drawn=False)
TRACE = Room(800, 8_000)
DEPS = Room(400, 5_000)
LOGS = Room(700, 7_000, drawn=False)
BUILD = Room(300, 7_000)
SLO = Room(300, 5_000, drawn=False)
ABOUT = Room(300, 4_500, drawn=False)


def elements_of(draft: str) -> int:
    """Count the elements of a draft."""
    return draft.count("<") - draft.count("</")


def shortened(text: str, most: int) -> str:
    """Cut text to that many characters; what was cut shows as an ellipsis."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def narrowed(table: Table) -> Table:
    """Cut the words in a table's cells."""
    return msgspec.structs.replace(
        table,
        rows=tuple(
            tuple(shortened(cell, _CELL) if isinstance(cell, str) else cell for cell in row)
            for row in table.rows
        ),
    )


def trimmed(figure: Figure) -> Figure:
    """Cut a figure's words of foreign origin to what a page can hold."""
    return msgspec.structs.replace(
        figure,
        title=shortened(figure.title, _TITLE),
        summary=tuple(shortened(part, _NOTE) if isinstance(part, str) else part for part in figure.summary),
        notes=tuple(shortened(note, _NOTE) for note in figure.notes[:_NOTES]),
    )


def thinned(figure: Figure, rows: int) -> Figure:
    """Return a figure whose table has at most so many rows, the first ones; without any for 0."""
    table = figure.table if rows else None
    if table and len(table.rows) > rows:
        caption = f"{rows} of {len(table.rows)} rows."
        table = msgspec.structs.replace(table, rows=table.rows[:rows], caption=caption)
    return msgspec.structs.replace(figure, table=table)

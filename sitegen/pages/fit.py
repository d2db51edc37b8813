"""How much fits on a page: blocks are packed into pages by what these really weigh.

A page is tried with its finished blocks, as it would be published, and takes as many as its
budget holds; what is left goes on at `<page>2/`. How a page is made and weighed is the
caller's: here are only numbers and order.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Generic, TypeVar

import msgspec

from sitegen.output import Block, Page
from sitegen.pages.views import Tabs
from sitegen.pages.words import page_links
from sitegen.visualization.model import Figure

Made = TypeVar("Made")

_FRAME, _FULL = 0.25, 0.97
"""How full a page is about without any block, and how full it is full enough to look no further."""
_NOTE, _NOTES = 200, 6
_TITLE = 80


class Slice(msgspec.Struct, frozen=True):
    """What stands on one page of a list, and what is left for those after it."""

    number: int
    links: Tabs
    shown: tuple[Block, ...]
    left: tuple[Block, ...]


class PageList(msgspec.Struct, frozen=True):
    """One page, or what goes on over several: its blocks in order, at most `most` a page.

    `compose` makes the view of a page from its slice; it is pickled, so it is a function of
    a module or a `partial` of one. Where the list does not go on (`goes_on`), its blocks come
    in order of importance, and `compose` tells what is left.
    """

    path: str
    template: str
    compose: Callable[[Slice], msgspec.Struct]
    blocks: tuple[Block, ...] = ()
    most: int = 1_000
    goes_on: bool = True


def single(path: str, template: str, view: msgspec.Struct) -> PageList:
    """Return the list of one page without blocks."""
    return PageList(path, template, partial(_view, view))


def _view(view: msgspec.Struct, _: Slice) -> msgspec.Struct:
    return view


def pack(
    pages: PageList,
    render: Callable[[Sequence[Block]], list[str]],
    make: Callable[[Page], Made],
    load: Callable[[Made], float],
) -> list[Made]:
    """Return the pages of a list as `make` made them; order is kept, and no block is lost.

    `render` makes the markup of blocks. `load` says how full a page is: above 1 it is over
    its budget. A page takes as many blocks as it holds, and at least one, unless what stands
    on the first page beside the blocks leaves no room for any.
    """
    packing = _Packing(pages, render, make, load)
    number = max(1, -(-len(pages.blocks) // pages.most)) if pages.goes_on else 1
    while True:
        ends = packing.part(number)
        # Links to the pages take room themselves: with more pages than thought of, part once more.
        if len(ends) <= number or not pages.goes_on:
            break
        number = len(ends)
    starts = [0, *ends[:-1]]
    return [
        packing.page(start, end, index + 1, len(ends))
        for index, (start, end) in enumerate(zip(starts, ends, strict=True))
    ]


class _Packing(Generic[Made]):
    """One list on its way into pages; a page that was tried is not made again."""

    def __init__(
        self,
        pages: PageList,
        render: Callable[[Sequence[Block]], list[str]],
        make: Callable[[Page], Made],
        load: Callable[[Made], float],
    ) -> None:
        self._pages = pages
        self._render = render
        self._make = make
        self._load = load
        self._markup = render(pages.blocks)
        self._lightened: set[int] = set()
        self._now: dict[int, str] = {}
        self._made: dict[tuple[int, int, int, int], Made] = {}
        self._ends: dict[tuple[int, int], int] = {}

    def part(self, pages: int) -> list[int]:
        """Return where each page ends, with links to so many pages on each."""
        ends: list[int] = []
        while not ends or (self._pages.goes_on and ends[-1] < len(self._pages.blocks)):
            start, number = ends[-1] if ends else 0, len(ends) + 1
            self._ends[start, number] = self._end(start, number, pages)
            ends.append(self._before_group(start, self._ends[start, number]))
        return ends

    def _before_group(self, start: int, end: int) -> int:
        """Return where to part so that no group goes on over the end, unless it began the page."""
        blocks = self._pages.blocks
        if end == len(blocks) or not blocks[end].together or not self._pages.goes_on:
            return end
        first = end
        while first > start and blocks[first - 1].together == blocks[end].together:
            first -= 1
        return end if first == start else first

    def page(self, start: int, end: int, number: int, pages: int) -> Made:
        """Make the page with the blocks from `start` to before `end`."""
        key = (start, end, number, pages)
        if key not in self._made:
            self._made[key] = self._make(self._compose(start, end, number, pages))
        return self._made[key]

    def _end(self, start: int, number: int, pages: int) -> int:
        """Find an end that the page holds: of all blocks, of those it held with fewer links, else by false position."""

        def full(end: int) -> float:
            return self._load(self.page(start, end, number, pages))

        low, high = start, min(start + self._pages.most, len(self._pages.blocks))
        high = self._ends.get((start, number), high)
        below, above = _FRAME, full(high)
        if above <= 1.0:
            return high
        while high - low > 1 and not (below > _FULL and self._pages.goes_on):
            guess = low + int((high - low) * (1.0 - below) / (above - below))
            guess = max(low + 1, min(high - 1, guess))
            if (load := full(guess)) <= 1.0:
                low, below = guess, load
            else:
                high, above = guess, load
        # A list that goes on gives a heavy block a page of its own first.
        if (low == start or not self._pages.goes_on) and self._lighten(low):
            return self._end(start, number, pages)
        if low > start or (number == 1 and full(low) <= 1.0 and self._fits_alone(low, pages)):
            return low
        return high

    def _fits_alone(self, index: int, pages: int) -> bool:
        return not self._pages.goes_on or self._load(self.page(index, index + 1, 2, pages)) <= 1.0

    def _lighten(self, index: int) -> bool:
        """Replace a block that is too heavy for any page by its lighter form, where it has one."""
        if index == len(self._pages.blocks) or index in self._lightened:
            return False
        block = self._pages.blocks[index]
        if block.lighter is None:
            return False
        self._lightened.add(index)
        self._markup[index] = self._render([msgspec.structs.replace(block, value=block.lighter)])[0]
        self._made.clear()
        self._ends.clear()
        return True

    def _markup_now(self, index: int) -> str:
        """Return a block as it stands on a page that changes with every build; a lightened one has no other form."""
        block = self._pages.blocks[index]
        if block.now is None or index in self._lightened:
            return self._markup[index]
        if index not in self._now:
            self._now[index] = self._render([msgspec.structs.replace(block, value=block.now)])[0]
        return self._now[index]

    def _compose(self, start: int, end: int, number: int, pages: int) -> Page:
        blocks = self._pages.blocks
        links = page_links(self._pages.path, max(pages, number))
        tabs = tuple((link, index == number) for index, link in enumerate(links, 1))
        view = self._pages.compose(Slice(number, tabs, blocks[start:end], blocks[end:]))
        finished: dict[str, str] = {}
        moves = number == 1 and any(block.moves for block in blocks[start:end])
        for index in sorted(range(start, end), key=lambda index: blocks[index].place):
            group = blocks[index].group
            finished[group] = finished.get(group, "") + (
                self._markup_now(index) if moves else self._markup[index]
            )
        anchors = tuple(block.anchor for block in blocks[start:end] if block.anchor)
        return Page(links[number - 1].path, self._pages.template, view, finished, anchors)


def shortened(text: str, most: int) -> str:
    """Cut text to that many characters; what was cut shows as an ellipsis."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def trimmed(figure: Figure) -> Figure:
    """Cut a figure's words of foreign origin to what a page can hold."""
    return msgspec.structs.replace(
        figure,
        title=shortened(figure.title, _TITLE),
        summary=tuple(shortened(part, _NOTE) if isinstance(part, str) else part for part in figure.summary),
        notes=tuple(shortened(note, _NOTE) for note in figure.notes[:_NOTES]),
    )

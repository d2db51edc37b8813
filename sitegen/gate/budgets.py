"""How heavy a page may be, so that it arrives in the first flight of a connection.

13,000 bytes as an edge sends them (brotli at its quality 5) with some 400 of headers fit in
ten segments, the initial window of RFC 6928: a larger page within them loads no later.
1,400 elements is where Lighthouse's score for the size of a document is one half.
"""

import brotli
import msgspec

from sitegen.gate.model import Finding
from sitegen.gate.parsing import count_elements

_QUALITY = 5
"""What an edge compresses with on the fly; quality 11 takes fifty times as long for a tenth less."""


class PageWeight(msgspec.Struct, frozen=True):
    """A page as measured: its bytes, its bytes in brotli, its elements, how deep these are nested below `<html>`."""

    raw: int
    compressed: int
    elements: int
    depth: int


class PageBudget(msgspec.Struct, frozen=True):
    """The most that a page may weigh."""

    raw: int = 96_000
    compressed: int = 13_000
    elements: int = 1_400
    depth: int = 14

    def load(self, weight: PageWeight) -> float:
        """Return how full a page of this weight is: above 1 it is over its budget."""
        return max(
            weight.raw / self.raw,
            weight.compressed / self.compressed,
            weight.elements / self.elements,
            weight.depth / self.depth,
        )


_PAGE = PageBudget()
_NOT_FOUND = PageBudget(compressed=3_000)


def budget_of(path: str) -> PageBudget:
    """Return the budget of the page at `path` (`metrics/index.html`): one for all, a smaller one for `404.html`."""
    return _NOT_FOUND if path == "404.html" else _PAGE


def weigh(body: bytes) -> PageWeight:
    """Return what a page weighs."""
    elements, depth = count_elements(body)
    compressed = len(brotli.compress(body, quality=_QUALITY))
    return PageWeight(raw=len(body), compressed=compressed, elements=elements, depth=depth)


def over_budget(path: str, weight: PageWeight) -> tuple[Finding, ...]:
    """Find the limits that a page exceeds. Rules: `bytes`, `compressed`, `elements`, `depth`."""
    budget = budget_of(path)
    limits = (
        ("bytes", weight.raw, budget.raw, "bytes"),
        ("compressed", weight.compressed, budget.compressed, "bytes with brotli"),
        ("elements", weight.elements, budget.elements, "elements"),
        ("depth", weight.depth, budget.depth, "elements inside one another"),
    )
    return tuple(
        Finding(path, rule, f"has {size} {unit}; its cap is {cap}")
        for rule, size, cap, unit in limits
        if size > cap
    )

"""How heavy a page may be, so that it arrives in the first flight of a connection.

Thirteen kilobytes of brotli with some headers fit in ten segments, the
initial window of RFC 6928. The caps are per kind of page, by its path.
"""

import re
import zlib

import brotli
import msgspec

from sitegen.gate.model import Finding
from sitegen.gate.tags import start_tags

__all__ = ["Budget", "budget_of", "over_budget"]


class Budget(msgspec.Struct, frozen=True):
    """The caps of a page: bytes as they are, bytes as brotli and gzip send them, elements."""

    brotli: int
    elements: int
    raw: int = 96_000
    gzip: int = 11_000


_DEFAULT = Budget(brotli=9_000, elements=800)
_BUDGETS = (
    (re.compile(r"(?:follow/)?index\.html"), Budget(brotli=8_000, elements=700)),
    (re.compile(r"404\.html"), Budget(brotli=3_000, elements=80)),
    (re.compile(r"metrics/.*"), Budget(brotli=13_000, elements=1_400, gzip=16_000)),
    (re.compile(r"traces/index\.html"), Budget(brotli=5_000, elements=650)),
    (re.compile(r"traces/.*"), Budget(brotli=8_000, elements=800)),
    (re.compile(r"deps/.*"), Budget(brotli=5_000, elements=400)),
    (re.compile(r"logs/.*"), Budget(brotli=7_000, elements=700)),
    (re.compile(r"build/.*"), Budget(brotli=7_000, elements=300)),
    (re.compile(r"slo/.*"), Budget(brotli=5_000, elements=300)),
    (re.compile(r"(?:about|projects)/.*"), Budget(brotli=4_500, elements=300)),
)


def budget_of(path: str) -> Budget:
    """Give the caps of the page at `path` (`metrics/index.html`)."""
    return next((budget for pattern, budget in _BUDGETS if pattern.fullmatch(path)), _DEFAULT)


def over_budget(path: str, body: bytes) -> tuple[Finding, ...]:
    """Find the caps that a page exceeds. Rules: `bytes`, `compressed`, `elements`."""
    budget = budget_of(path)
    found = []
    if len(body) > budget.raw:
        found.append(Finding(path, "bytes", f"has {len(body)} bytes; its cap is {budget.raw}"))
    gzipped = len(zlib.compress(body, 9, wbits=31))
    if gzipped > budget.gzip:
        found.append(Finding(path, "compressed", f"has {gzipped} bytes with gzip; its cap is {budget.gzip}"))
    elif gzipped > budget.brotli and (size := _least_brotli(body, budget.brotli)) > budget.brotli:
        found.append(Finding(path, "compressed", f"has {size} bytes with brotli; its cap is {budget.brotli}"))
    elements = sum(start_tags(body).values())
    if elements > budget.elements:
        found.append(Finding(path, "elements", f"has {elements} elements; its cap is {budget.elements}"))
    return tuple(found)


def _least_brotli(body: bytes, cap: int) -> int:
    """Give the size of a body in brotli: at its quick setting where that is within the cap, else at its best.

    The best takes fifty times as long and is never larger here: ask it only in doubt.
    """
    quick = len(brotli.compress(body, quality=5))
    return quick if quick <= cap else len(brotli.compress(body, quality=11))

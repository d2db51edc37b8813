"""What a page may weigh: bytes as sent and as kept, elements, depth. Measured apart from sitegen's own gate."""

import re
from dataclasses import dataclass
from html.parser import HTMLParser

import brotli

VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
)

# By the page's address, the first that matches: bytes in brotli as an edge sends them.
PAGES = ((r"/404\.html", 3_000), (r"/.*", 13_000))
# Every page fits the first flight of a connection, 10 segments of 1,460 bytes (RFC 6928), headers included.
EVERY_PAGE = {
    "bytes": 96_000,
    "elements": 1_400,
    "bytes of CSS": 12_000,
    "bytes of CSS in brotli": 3_500,
    "levels of elements": 14,
    "style attributes": 0,
    "scripts": 0,
}


@dataclass(frozen=True)
class Weight:
    """A page in numbers; the keys are those of EVERY_PAGE and `bytes in brotli`."""

    measures: dict[str, int]

    def excesses(self, address: str) -> list[str]:
        """A sentence for each budget that the page at this address exceeds."""
        caps = EVERY_PAGE | {
            "bytes in brotli": next(cap for pattern, cap in PAGES if re.fullmatch(pattern, address))
        }
        return [
            f"{address} has {self.measures[name]} {name}; at most {cap} are allowed"
            for name, cap in caps.items()
            if self.measures[name] > cap
        ]


class _Counter(HTMLParser):
    """Counts elements and their depth; an `svg` in HTML counts like any element."""

    def __init__(self) -> None:
        super().__init__()
        self.elements = self.depth = self.deepest = self.style_attributes = self.scripts = 0
        self.styles: list[str] = []

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.count(tag, attrs)
        if tag not in VOID:
            self.depth += 1
            self.deepest = max(self.deepest, self.depth)

    def handle_startendtag(self, tag: str, attrs: list) -> None:
        self.count(tag, attrs)
        self.deepest = max(self.deepest, self.depth + 1)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self.depth -= 1

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "style":
            self.styles.append(data)

    def count(self, tag: str, attrs: list) -> None:
        self.elements += 1
        self.scripts += tag == "script"
        self.style_attributes += any(name == "style" for name, _ in attrs)


def weigh(page: bytes) -> Weight:
    """Measure the bytes of an HTML page."""
    counter = _Counter()
    counter.feed(page.decode())
    counter.close()
    css = "".join(counter.styles).encode()
    return Weight(
        {
            "bytes": len(page),
            "bytes in brotli": len(brotli.compress(page, quality=5)),
            "elements": counter.elements,
            "levels of elements": counter.deepest,
            "bytes of CSS": len(css),
            "bytes of CSS in brotli": len(brotli.compress(css, quality=11)),
            "style attributes": counter.style_attributes,
            "scripts": counter.scripts,
        }
    )

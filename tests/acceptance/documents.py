"""A page as a tree of elements: just enough to read what it tells, and nothing of sitegen's own."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Self

VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
)


@dataclass
class Element:
    """One element; its content is elements and text, in order."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    content: list["Element | str"] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(part if isinstance(part, str) else part.text for part in self.content)

    @property
    def children(self) -> list[Self]:
        return [part for part in self.content if not isinstance(part, str)]

    def walk(self) -> Iterator[Self]:
        """This element and all below it, in the order of the document."""
        yield self
        for child in self.children:
            yield from child.walk()

    def all(self, tag: str, css: str | None = None) -> list[Self]:
        """The elements below with this tag, and this class where one is given."""
        return [
            element
            for element in self.walk()
            if element is not self
            and element.tag == tag
            and (css is None or css in element.attributes.get("class", "").split())
        ]

    def one(self, tag: str, css: str | None = None) -> Self:
        """The only such element."""
        found = self.all(tag, css)
        assert len(found) == 1, f"{len(found)} elements {tag} {css or ''} in {self.tag}"
        return found[0]

    def by_id(self, name: str) -> Self:
        """The element with this id."""
        return next(element for element in self.walk() if element.attributes.get("id") == name)


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Element("document")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].content.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].content.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        # The end tags of p, li, td and such may be left out.
        while len(self.open) > 1 and self.open.pop().tag != tag:
            pass

    def handle_data(self, data: str) -> None:
        self.open[-1].content.append(data)


def parse(html: str) -> Element:
    """Read a page."""
    builder = _Builder()
    builder.feed(html)
    builder.close()
    return builder.open[0]


# --- The parts of a panel ------------------------------------------------------------


def sentence_of(figure: Element) -> Element:
    """What a panel says beside its title."""
    return figure.one("header").one("p")


def table_of(figure: Element) -> Element:
    """The table of a panel's data."""
    return figure.one("details").one("table")


def legend_of(figure: Element) -> list[Element]:
    """The entries of a panel's legend: its series with what they are, or the classes of its heat."""
    series = [row for table in figure.one("figure").all("table") for row in table.one("tbody").all("tr")]
    return series or figure.one("figure").all("li")

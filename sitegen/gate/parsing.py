"""What a browser makes of a file: its elements with their attributes, its style sheets. HTML by lexbor, XML by expat."""

from collections.abc import Sequence
from typing import NamedTuple
from xml.parsers import expat

from selectolax.lexbor import LexborHTMLParser

from sitegen.gate.model import Fault

MOST_PARSED = 200_000
"""Twice what a page may have, in bytes. To nest n elements takes n * n steps, as the HTML standard parses."""

Element = tuple[str, dict[str, str | None]]
"""A name, and attributes by name (`None`: without a value); of HTML in lower case, of SVG as the standard writes them."""

_END = "end-of-file"
_PREFIXES = {"http://www.w3.org/1999/xlink": "xlink:", "http://www.w3.org/XML/1998/namespace": "xml:", "": ""}
_SHOWN = frozenset({
    "http://www.w3.org/1999/xhtml", "http://www.w3.org/2000/svg", "http://www.w3.org/1998/Math/MathML", "",
})  # fmt: skip
_EXECUTED = frozenset({"http://www.w3.org/1999/XSL/Transform", "http://www.w3.org/2001/XInclude"})
_ATOM = "http://www.w3.org/2005/Atom"


class Outline(NamedTuple):
    """What a page says of itself: its title, its language, how many first headings it has, each id."""

    title: str
    language: str
    headings: int
    ids: list[str]


class Document(NamedTuple):
    """The names of all elements, those with attributes to be looked at, the text of each style sheet, what is wrong."""

    names: set[str]
    elements: list[Element]
    sheets: list[str]
    faults: list[Fault]
    outline: Outline | None = None


def parse_html(body: bytes, plain: frozenset[str] = frozenset()) -> Document:
    """Parse a page as the HTML standard (13.2 "Parsing HTML documents") asks browsers to, however broken it is.

    Elements that have no attributes but `plain` ones are left out.
    """
    if len(body) > MOST_PARSED:
        return Document(set(), [], [], [("bytes", f"has {len(body)} bytes, too many to be inspected")])
    # What is still open at the end (a tag, a comment, a style sheet) swallows one element more.
    tree = LexborHTMLParser(body + f"<{_END}>".encode())
    nodes = tree.css("*")
    names = {node.tag or "" for node in {node.tag_id: node for node in nodes}.values()}
    faults = _encoding_faults(body)
    if _END not in names:
        faults.append(("tag", "holds a tag, a comment or a style sheet that never ends"))
    if b"<![CDATA[" in body or body.lower().count(b"<image") > len(tree.css("image")):
        faults.append(
            ("tag", "holds <![CDATA[ or an <image> that is in no drawing, which are read in several ways")
        )
    return Document(
        names - {_END},
        [
            (node.tag or "", attributes)
            for node in nodes
            if (attributes := node.attributes) and not plain.issuperset(attributes)
        ],
        [node.text() for node in tree.css("style")],
        faults,
        _outline(tree),
    )


def _outline(tree: LexborHTMLParser) -> Outline:
    title, root = tree.css_first("head > title"), tree.css_first("html")
    return Outline(
        title=title.text() if title else "",
        language=(root.attributes.get("lang") or "") if root else "",
        headings=len(tree.css("h1")),
        ids=[node.attributes.get("id") or "" for node in tree.css("[id]")],
    )


def select(body: bytes, selector: str) -> Sequence[Element]:
    """Return the elements of a page that a CSS selector matches; one that two parts of it match may come twice."""
    return [(node.tag or "", node.attributes) for node in LexborHTMLParser(body[:MOST_PARSED]).css(selector)]


def count_elements(body: bytes) -> tuple[int, int]:
    """Return how many elements a page has, and how deep they stand below `<html>` at most: `<body>` is 1 deep."""
    if len(body) > MOST_PARSED:
        return body.count(b"<"), 0
    level = [LexborHTMLParser(body).root]
    elements, depth = 0, -1
    while level:
        elements += len(level)
        depth += 1
        level = [child for node in level if node for child in node.iter()]
    return elements, depth


def parse_xml(body: bytes) -> Document:
    """Parse a drawing or a feed; elements that no browser shows are left out, HTML in an Atom feed is not."""
    reader = _XmlReader()
    try:
        reader.parser.Parse(body, True)  # noqa: FBT003 - takes no keywords
    except expat.ExpatError as error:
        reader.document.faults.append(("xml", f"is no XML: {error}"))
    reader.document.faults.extend(_encoding_faults(body))
    return reader.document


class _XmlReader:
    """Fills a document with what expat finds."""

    def __init__(self) -> None:
        self.document = Document(set(), [], [], [])
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.XmlDeclHandler = self._declare
        self.parser.StartDoctypeDeclHandler = self._declare_type
        self.parser.ProcessingInstructionHandler = self._instruct
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self._text: list[str] = []

    def _declare(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if (encoding or "utf-8").lower() != "utf-8":
            self.document.faults.append(
                ("charset", f"says that it is written in {encoding} instead of UTF-8")
            )

    def _declare_type(self, *_: object) -> None:
        self.document.faults.append(("xml", "declares a document type, which may bring in other files"))

    def _instruct(self, target: str, _: str) -> None:
        if target == "xml-stylesheet":
            self.document.faults.append(("external", "loads a style sheet by <?xml-stylesheet?>"))

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, local = name.rpartition(" ")
        parted = ((*key.rpartition(" "), value) for key, value in attributes.items())
        own: dict[str, str | None] = {
            _PREFIXES[space] + word: value for space, _, word, value in parted if space in _PREFIXES
        }
        if namespace in _SHOWN:
            self.document.names.add(local)
            self.document.elements.append((local, own))
        elif namespace in _EXECUTED:
            self.document.faults.append(("element", f"holds <{local}> of {namespace}"))
        if local == "style" or (namespace == _ATOM and own.get("type") == "html"):
            self._text.clear()
            self.parser.CharacterDataHandler = self._text.append

    def _end(self, name: str) -> None:
        if self.parser.CharacterDataHandler is None:
            return
        self.parser.CharacterDataHandler = None
        text = "".join(self._text)
        if name.startswith(_ATOM):
            inner = parse_html(text.encode())
            self.document.names.update(inner.names)
            self.document.elements.extend(inner.elements)
            self.document.sheets.extend(inner.sheets)
            self.document.faults.extend(inner.faults)
        else:
            self.document.sheets.append(text)


def _encoding_faults(body: bytes) -> list[Fault]:
    """Look whether everybody reads the same text in a file: it is UTF-8."""
    try:
        body.decode()
    except UnicodeDecodeError as error:
        return [("charset", f"is not UTF-8 (byte {error.start})")]
    return []

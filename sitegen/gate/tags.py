"""The start tags of a page, found by one regular expression.

The expression follows the tokenizer of the HTML standard (13.2.5, "Tokenization")
for tags and attributes, and is stricter than it where it can afford to be: tags in
comments and in style sheets are tags too, and a tag that never ends is reported
instead of dropped. `html.parser` takes some twenty times as long.
"""

import html
import re
from collections import Counter

__all__ = ["UNFINISHED", "Tag", "attributes", "count_elements", "start_tags"]

Tag = tuple[bytes, bytes]
"""A tag's name in lower case, and its attributes as they stand in the page."""

UNFINISHED: Tag = (b"", b"")
"""Stands for `<` and a letter that begin no complete tag, and for all that follows."""

# `(?>(...)?)` and not `(...)?+`: up to Python 3.11.4, that keeps what a group took before it failed.
_VALUE = rb"""(?:"[^"]*+"|'[^']*+'|[^\s"'>][^\s>]*+|(?=>))"""
_TAG = re.compile(
    rb"<(?:([a-zA-Z][^\s/>]*+)((?>(?:[\s/]++|[^\s/>=]++(?>(?:\s*+=\s*+"
    + _VALUE
    + rb")?))*))>|[a-zA-Z][\s\S]*+)"
)
_ATTRIBUTE = re.compile(rb"([^\s/>=]++)(?>(?:\s*+=\s*+(" + _VALUE + rb"))?)")

_ANY_TAG = re.compile(rb"<(/)[a-zA-Z]|" + _TAG.pattern)
_UNCOUNTED = frozenset((
    b"area", b"base", b"br", b"col", b"embed", b"hr", b"html", b"img", b"input", b"link", b"meta", b"source", b"track",
    b"wbr",
))  # fmt: skip
"""`<html>`, and the void elements of the HTML standard (13.1.2), which have no end tag."""


def start_tags(body: bytes) -> Counter[Tag]:
    r"""Count the distinct start tags of a page, in order of first appearance.

    `<td class=n>1<td class=n>2<br/>` -> `{(b"td", b" class=n"): 2, (b"br", b"/"): 1}`.
    Most tags of a page repeat, so what follows looks at each distinct one once.
    """
    return Counter((name.lower(), raw) for name, raw in _TAG.findall(body))


def count_elements(body: bytes) -> tuple[int, int]:
    """Return how many elements a page has, and how many stand inside one another at most.

    `<body>` is 1 deep, as Lighthouse counts. End tags are counted, so this needs pages whose end tags are all there, as those of the templates are.
    """
    elements = depth = deepest = 0
    for end, name, raw in _ANY_TAG.findall(body):
        if end:
            depth -= 1
            continue
        elements += 1
        if name and not raw.endswith(b"/") and name.lower() not in _UNCOUNTED:
            depth += 1
            deepest = max(deepest, depth)
    return elements, deepest


def attributes(raw: bytes) -> list[tuple[str, str]]:
    """Return the attributes of a tag: names in lower case, values without quotes and character references.

    ` href="/a?b=1&amp;c=2" hidden` -> `[("href", "/a?b=1&c=2"), ("hidden", "")]`.
    """
    pairs = []
    for name, value in _ATTRIBUTE.findall(raw):
        text = value.decode("utf-8", "replace")
        if text[:1] in {'"', "'"}:
            text = text[1:-1]
        pairs.append((name.decode("utf-8", "replace").lower(), html.unescape(text)))
    return pairs

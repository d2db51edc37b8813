"""Markdown without the author's comments: what is commented out is on no page. Pure.

A comment of HTML (`<!-- ... -->`, CommonMark 4.6 and 6.6) goes wherever it stands, over blank lines and out of
lists too; one that is never closed goes to the end. In code it is code, and stays. Lines keep their numbers.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, html_block
from markdown_it.token import Token

_OPENING = re.compile(r"<!--(?:-?>)?")
_COMMENT = re.compile(r"<!--(?:-?>|[\s\S]*?(?:--!?>|\Z))")
_LINE = re.compile(r".*")
_BLANKS = re.compile(r"[ \t]*")
_STRUCTURE = re.compile(r"[ >]*(?:[+*#>|~`=_\d\t]|-(?!->)|    )")
_PARAGRAPH = re.compile(r".*(?:\n(?! {0,3}[-+*] +\S).*\S.*)*")
"""The rest of a paragraph: a list ends one."""
_MARK = re.compile("\x01(\\d+)\x02")


class _Shape(NamedTuple):
    """Which openings of a text are code, by their offsets; the last line of each comment that is a block, by its first."""

    code: frozenset[int]
    blocks: dict[int, int]


def without_comments(markdown: str) -> str:
    """Return the text without its comments: `a <!-- b --> c` becomes `a  c`."""
    settled = 0
    while _OPENING.search(markdown, settled):
        markdown, settled = _drop(markdown, settled)
    return markdown


def _drop(markdown: str, settled: int) -> tuple[str, int]:
    """Return the text without its comments up to where the end of one may have made code of text, and how far it is settled."""
    shape, parts, position, doubtful, ticks = _read(markdown), [markdown[:settled]], settled, 0, True
    line = markdown.count("\n", 0, settled)
    for opening in _OPENING.finditer(markdown, settled):
        start = opening.start()
        if position < start < doubtful and (ticks or start in shape.code):
            break
        if start < position or start in shape.code or _is_escaped(markdown, start):
            continue
        hidden = _COMMENT.match(markdown, start)[0]  # type: ignore[index]  # it begins here
        first = line + markdown.count("\n", position, start)
        parts += markdown[position:start], "\n" * hidden.count("\n")
        line, position = first + hidden.count("\n"), start + len(hidden)
        begins = "\n" in hidden or first in shape.blocks
        before = "".join(parts[-8:])[-3:]
        if begins and not before[-1:].strip():  # what follows would be code if it kept its blanks
            position = _BLANKS.match(markdown, position).end()  # type: ignore[union-attr]
        if _OPENING.search(before + markdown[position : position + 3]):
            break
        tail = _LINE.match(markdown, position)[0]  # type: ignore[index]  # it may be empty
        if shape.blocks.get(first) == line and not tail.strip():
            continue
        lines = [*hidden.split("\n")[1:], tail] if begins else []
        if any(map(_STRUCTURE.match, lines)):
            doubtful, ticks = len(markdown), True
        elif "`" in hidden or first in shape.blocks:
            # Without a backtick of its own a line makes text of code below it, never code of text.
            doubtful, ticks = _PARAGRAPH.match(markdown, position).end(), "`" in hidden + tail  # type: ignore[union-attr]
    else:
        parts.append(markdown[position:])
        return "".join(parts), sum(map(len, parts))
    done = "".join(parts)
    return done + markdown[position:], max(0, len(done) - 3)


def _read(markdown: str) -> _Shape:
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    parser.block.ruler.at("html_block", _comment_block, {"alt": ["paragraph", "reference", "blockquote"]})
    tokens = parser.parse(_OPENING.sub(lambda match: f"{match[0]}\x01{match.start()}\x02", markdown))
    blocks = (token.map for token in tokens if token.type == "html_block" and token.map)
    return _Shape(
        frozenset(int(mark[1]) for text in _code(tokens) for mark in _MARK.finditer(text)),
        {first: end - 1 for first, end in blocks},
    )


def _comment_block(state: StateBlock, first: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - the parser's way
    """Take a block of HTML where it begins with a comment; other HTML is text here."""
    begins = state.src.startswith("<!--", state.bMarks[first] + state.tShift[first])
    return begins and html_block(state, first, end, silent)


def _code(tokens: Sequence[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type in ("fence", "code_block", "code_inline"):
            yield token.info + token.content
        yield from _code(token.children or ())


def _is_escaped(markdown: str, start: int) -> bool:
    before = markdown[max(0, start - 100) : start]
    return (len(before) - len(before.rstrip("\\"))) % 2 == 1

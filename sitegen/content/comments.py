"""Markdown without the author's comments: what is commented out is on no page. Pure.

A comment of HTML (`<!-- ... -->`, CommonMark 4.6 and 6.6) goes wherever it stands, over blank lines and out of
lists too; one that is never closed goes to the end. In code it is code, and stays. Lines keep their numbers.
"""

import re

from markdown_it import MarkdownIt

_COMMENT = re.compile(r"<!--(?:-?>|[\s\S]*?(?:--!?>|\Z))")
_BLANK = re.compile(r"\n[ \t]*\n")
_TICKS = re.compile(r"`+")
_FENCE = re.compile(r"`{3}|~{3}")


def without_comments(markdown: str) -> str:
    """Return the text without its comments: `a <!-- b --> c` becomes `a  c`."""
    start, code = markdown.find("<!--"), None
    while start >= 0:
        if code is None:
            code = _code_lines(markdown)
        if (
            markdown.count("\n", 0, start) in code
            or _is_escaped(markdown, start)
            or _is_code(markdown, start)
        ):
            start = markdown.find("<!--", start + 4)
            continue
        match = _COMMENT.match(markdown, start)
        hidden = match[0] if match else ""
        markdown = markdown[:start] + "\n" * hidden.count("\n") + markdown[start + len(hidden) :]
        if _FENCE.search(hidden):
            code = None  # what was thought to be code after it may be none
        start = markdown.find("<!--", max(0, start - 3))
    return markdown


def _code_lines(markdown: str) -> frozenset[int]:
    """Return the numbers of the lines of code, from 0."""
    blocks = MarkdownIt("commonmark").disable("inline").parse(markdown)
    found = (token.map for token in blocks if token.type in ("fence", "code_block") and token.map)
    return frozenset(number for first, end in found for number in range(first, end))


def _is_escaped(markdown: str, start: int) -> bool:
    before = markdown[max(0, start - 100) : start]
    return (len(before) - len(before.rstrip("\\"))) % 2 == 1


def _is_code(markdown: str, start: int) -> bool:
    """Return whether a place is inside of a code span: between two equal runs of backticks of one paragraph."""
    blanks = [match.end() for match in _BLANK.finditer(markdown, max(0, start - 20_000), start)]
    first = blanks[-1] if blanks else max(0, start - 20_000)
    after = _BLANK.search(markdown, start)
    paragraph = markdown[first : after.start() if after else len(markdown)]
    position = 0
    while (opening := _TICKS.search(paragraph, position)) and opening.start() < start - first:
        runs = (run for run in _TICKS.finditer(paragraph, opening.end()) if run[0] == opening[0])
        closing = next(runs, None)
        if closing is not None and closing.start() > start - first:
            return True
        position = closing.end() if closing else opening.end()
    return False

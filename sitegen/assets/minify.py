"""Smaller CSS, HTML and SVG that mean and look the same. Pure.

Whitespace of HTML is only touched where no layout can show it. Tags stay as they are: leaving out optional
ones saves a few bytes after compression, and costs the checker's good word. What stands inside `<pre>`,
`<textarea>`, `<script>` and `<style>` is kept to the byte, because it is shown as it is or is hashed for the
Content-Security-Policy.
"""

import re
from collections.abc import Container

import rcssmin

# The inside of a tag. Atomic, and a comment or a verbatim element that is never closed reaches to the end (as
# in the HTML standard, 13.2.5): so no part of a page is read again and again.
_ATTRIBUTES = r"""(?>(?:[^<>"']++|"[^"]*+"|'[^']*+')*)"""
_COMMENT = r"<!--(?:-?>|[\s\S]*?(?:--!?>|\Z))"
_VERBATIM = "|".join(
    rf"<{name}\b{_ATTRIBUTES}>[\s\S]*?(?:</{name}\s*>|\Z)" for name in ("pre", "textarea", "script", "style")
)
_HTML_MARKUP = re.compile(rf"({_COMMENT}|{_VERBATIM}|</?[a-z]{_ATTRIBUTES}>|<![a-z][^>]*+>)", re.IGNORECASE)
_SVG_MARKUP = re.compile(
    rf"({_COMMENT}|<!\[CDATA\[[\s\S]*?(?:\]\]>|\Z)|<\?[\s\S]*?(?:\?>|\Z)|<style\b{_ATTRIBUTES}(?<!/)>[\s\S]*?(?:</style\s*>|\Z)|</?[a-z]{_ATTRIBUTES}>)",
    re.IGNORECASE,
)
_NAME = re.compile(r"</?!?([a-z][a-z0-9]*)", re.IGNORECASE)
_WHITESPACE = " \t\n\f\r"

# Elements that start and end a line in every sane style sheet. Lists, definitions and headings are missing
# on purpose: a theme may lay those out in a row, and there the space between them shows.
_BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "body", "col", "colgroup", "details", "div", "dl",
    "doctype", "fieldset", "figcaption", "figure", "footer", "form", "head", "header", "hr", "html",
    "main", "menu", "nav", "ol", "p", "pre", "section", "table", "tbody", "td", "tfoot", "th", "thead",
    "tr", "ul",
))  # fmt: skip
# Between two of these nothing is shown either.
_METADATA = _BLOCKS | {"base", "link", "meta", "style", "title", "script"}
# SVG shows whitespace in text only (SVG 2, 11.1).
_SVG_TEXT = frozenset({"text", "tspan", "textpath", "a", "title", "desc", "foreignobject"})
_SVG_SHAPES = frozenset((
    "circle", "clippath", "defs", "ellipse", "g", "line", "lineargradient", "marker", "mask", "path",
    "pattern", "polygon", "polyline", "radialgradient", "rect", "stop", "symbol", "use",
))  # fmt: skip
_LINE_ENDS = _BLOCKS | _SVG_SHAPES


def minify_css(text: str) -> str:
    """Return the style sheet without comments and needless whitespace."""
    return str(rcssmin.cssmin(text))


def minify_html(page: str) -> str:
    r"""Return the page without comments, and without whitespace that cannot be seen.

    `<div>\n  <p>a <b>b</b>\n  c</p>\n</div>` becomes `<div><p>a <b>b</b>\nc</p></div>`. Runs without a line
    break are left alone wherever there are words, so that a theme may show them (`white-space: pre-wrap`).
    """
    pieces = _without(_HTML_MARKUP.split(page), ("<!--",))
    for index in range(0, len(pieces), 2):
        text = pieces[index]
        if text and (text[0] in _WHITESPACE or text[-1] in _WHITESPACE):
            before = _name(pieces[index - 1]) if index else "doctype"
            after = _name(pieces[index + 1]) if index + 1 < len(pieces) else "doctype"
            pieces[index] = _tighten(text, before, after)
    return "".join(pieces)


def minify_svg(text: str) -> str:
    """Return a stand-alone drawing without comments, XML declaration and the whitespace between its shapes."""
    pieces = _without(_SVG_MARKUP.split(text), ("<!--", "<?xml ", "<?XML "))
    for index in range(0, len(pieces), 2):
        if pieces[index] and not pieces[index].strip(_WHITESPACE):
            before = pieces[index - 1] if index else ""
            after = pieces[index + 1] if index + 1 < len(pieces) else ""
            if not (_shows(before, _SVG_TEXT) or _shows(after, _SVG_TEXT) or "<![CDATA[" in (before, after)):
                pieces[index] = ""
    return "".join(pieces)


def _without(pieces: list[str], starts: tuple[str, ...]) -> list[str]:
    """Leave markup with these starts out of `text, markup, text, ...`, joining the text around it."""
    kept = pieces[:1]
    for markup, text in zip(pieces[1::2], pieces[2::2], strict=True):
        if markup.startswith(starts):
            kept[-1] += text
        else:
            kept += (markup, text)
    return kept


def _tighten(text: str, before: str, after: str) -> str:
    """Shorten the whitespace at the edges of the text between two tags."""
    words = text.strip(_WHITESPACE)
    if words:
        start = text.index(words)
        return _edge(text[:start], before) + words + _edge(text[start + len(words) :], after)
    if before in _LINE_ENDS or after in _LINE_ENDS or (before in _METADATA and after in _METADATA):
        return ""
    return "\n" if "\n" in text else text


def _edge(run: str, neighbour: str) -> str:
    if "\n" not in run:
        return run
    return "" if neighbour in _BLOCKS else "\n"


def _name(markup: str) -> str:
    match = _NAME.match(markup)
    return match[1].lower() if match else ""


def _shows(markup: str, names: Container[str]) -> bool:
    return _name(markup) in names

"""The author's Markdown as safe markup: CommonMark with tables and strikethrough. Pure.

What it never gives: raw HTML, a `style` attribute, an h1, a picture from elsewhere, a link that is neither web,
mail nor relative. Imported only where there is a page: the parser takes a while to load.
"""

import re
from collections.abc import Mapping, Sequence
from html import escape
from itertools import pairwise
from posixpath import dirname, join, normpath
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from sitegen.content.authored import ContentPage
from sitegen.content.model import Document, ImageAsset
from sitegen.content.places import place
from sitegen.errors import Problem

__all__ = ["render_document"]

_PART_END = re.compile(r"[/?#]")
_LINKS = ("http:", "https:", "mailto:")
# A browser drops these from an address before it reads the scheme (WHATWG URL, 4.4).
_DROPPED = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\ufeff]")
_OTHERS = re.compile(r"[^a-z0-9]+")


def render_document(
    document: Document, images: Mapping[str, ImageAsset], root: str = "/"
) -> tuple[ContentPage, tuple[Problem, ...]]:
    """Return the page with its text as markup; the same values give the same markup.

    `images` are the published pictures by their file below the folder of content (`projects/a.png`); `root` is
    the path of the site itself (`/` or `/obs/`), put before links that begin with a slash.
    """
    page = _Rendering(document, images, root)
    body = page.render()
    result = ContentPage(
        path=document.path, kind=document.kind, front=document.front, body_html=body, images=tuple(page.shown)
    )
    return result, tuple(page.problems)


class _Rendering:
    """One page on its way; collects the pictures it shows and the problems it has."""

    def __init__(self, document: Document, images: Mapping[str, ImageAsset], root: str) -> None:
        self._document = document
        self._images = images
        self._root = root
        self._tables = 0
        self.shown: dict[str, None] = {}
        self.problems: list[Problem] = []

    def render(self) -> str:
        parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
        parser.validateLink = self._accepts  # type: ignore[method-assign]
        tokens = parser.parse(self._document.markdown)
        self._shift_headings(tokens)
        self._link_headings(tokens)
        for token in _flat(tokens):
            if token.type == "link_open":
                self._finish_link(token)
            elif token.type in ("th_open", "td_open"):
                _finish_cell(token)
        renderer = RendererHTML()
        for name in ("fence", "code_block", "image", "table_open", "table_close"):
            renderer.rules[name] = getattr(self, name)
        return renderer.render(tokens, parser.options, {})

    # --- Links ---

    def _accepts(self, url: str) -> bool:
        """Whether an address may become a link; else its Markdown is shown as it is."""
        accepted = all(_is_harmless(spelling) for spelling in (url, unquote(url)))
        if not accepted:
            self._note(f"the address {url!r} is neither web, mail nor relative, so it is shown as text")
        return accepted

    def _finish_link(self, token: Token) -> None:
        address = str(token.attrGet("href") or "")
        if address.lower().startswith(("http:", "https:")):
            token.attrSet("rel", "noopener noreferrer")
        elif address.startswith("/"):
            token.attrSet("href", self._root + address[1:])
        elif not address.startswith("#") and ":" not in address:
            path, hash_, fragment = address.partition("#")
            standing = place(self._beside(path))
            if standing is not None:
                token.attrSet("href", self._root + standing[1][1:] + hash_ + fragment)

    def _beside(self, address: str) -> str:
        """Return the file that a relative address names, below the folder of content."""
        return normpath(join(dirname(self._document.source), unquote(address)))

    # --- Headings ---

    def _shift_headings(self, tokens: Sequence[Token]) -> None:
        """Make the highest heading an h2: the h1 is the page's title."""
        headings = [token for token in tokens if token.type in ("heading_open", "heading_close")]
        shift = 2 - min((int(token.tag[1]) for token in headings), default=2)
        for token in headings:
            token.tag = f"h{min(6, int(token.tag[1]) + shift)}"

    def _link_headings(self, tokens: Sequence[Token]) -> None:
        """Return an id to those headings that the page links to; the prefix keeps it apart from the template's."""
        wanted = [token for token in _flat(tokens) if str(token.attrGet("href") or "").startswith("#")]
        names = {_name(unquote(str(token.attrGet("href")))) for token in wanted}
        found: set[str] = set()
        for opening, inline in pairwise(tokens):
            name = _name(inline.content) if opening.type == "heading_open" else ""
            if name in names - found:
                opening.attrSet("id", f"s-{name}")
                found.add(name)
        for token in wanted:
            name = _name(unquote(str(token.attrGet("href"))))
            if name in found:
                token.attrSet("href", f"#s-{name}")
            else:
                self._note(f"the link to {token.attrGet('href')!r} names no heading of this page")
                token.attrSet("href", "#")

    # --- Rules of the renderer: (tokens, index, options, environment) -> markup ---

    def image(self, tokens: Sequence[Token], index: int, *_: object) -> str:
        """Show a picture of the site with its size, so that nothing moves when it comes."""
        token = tokens[index]
        address = str(token.attrGet("src") or "")
        words = "".join(
            part.content for part in _flat(token.children or ()) if part.type in ("text", "code_inline")
        )
        asset = self._images.get(self._picture(address))
        if asset is None:
            self._note(f"the picture {address!r} is not a PNG, JPEG or WebP in the folder of content")
            return escape(words)
        if not words.strip():
            self._note(f"the picture {address!r} has no description; write it as ![what it shows]({address})")
        title = token.attrGet("title")
        return self._picture_markup(asset, words, str(title) if title else "")

    def _picture(self, address: str) -> str:
        """Return the file of a picture: beside its page, or from the folder of content where it begins with a slash."""
        return normpath(unquote(address[1:])) if address.startswith("/") else self._beside(address)

    def _picture_markup(self, asset: ImageAsset, words: str, title: str) -> str:
        self.shown[asset.path] = None
        hint = f' title="{escape(title)}"' if title else ""
        image = (
            f'<img src="{escape(self._root + asset.path.lstrip("/"))}" alt="{escape(words)}" width="{asset.width}"'
            f' height="{asset.height}" loading="lazy"{hint}>'
        )
        if asset.webp is None:
            return image
        self.shown[asset.webp] = None
        source = escape(self._root + asset.webp.lstrip("/"))
        return f'<picture><source srcset="{source}" type="image/webp">{image}</picture>'

    def fence(self, tokens: Sequence[Token], index: int, *_: object) -> str:
        """Show code with its words marked, where the author named its language."""
        from sitegen.content.highlight import code_block  # noqa: PLC0415 - Pygments only where there is code

        token = tokens[index]
        return code_block(token.content, (token.info.split() or [""])[0]) + "\n"

    code_block = fence

    def table_open(self, *_: object) -> str:
        """Open a table in a region that can be scrolled by keyboard."""
        self._tables += 1
        return f'<div role="region" tabindex="0" aria-label="table {self._tables}"><table>\n'

    def table_close(self, *_: object) -> str:
        """Close both."""
        return "</table></div>\n"

    def _note(self, sentence: str) -> None:
        problem = Problem("content", f"{self._document.source}: {sentence}")
        if problem not in self.problems:
            self.problems.append(problem)


def _is_harmless(address: str) -> bool:
    """Whether an address is web, mail or relative: a relative one has no colon in its first part (RFC 3986, 4.2)."""
    plain = _DROPPED.sub("", address).replace("\\", "/").lower()
    first = _PART_END.split(plain, maxsplit=1)[0]
    return plain.startswith(_LINKS) if ":" in first else not plain.startswith("//")


def _finish_cell(token: Token) -> None:
    """Mark by the theme's class that a column holds figures, because a style attribute is never published."""
    align = str(token.attrs.pop("style", "")).removeprefix("text-align:")
    if align == "right":
        token.attrSet("class", "n")
    if token.tag == "th":
        token.attrSet("scope", "col")


def _flat(tokens: Sequence[Token]) -> list[Token]:
    """Return all tokens with those inside them, in order."""
    return [inner for token in tokens for inner in (token, *_flat(token.children or ()))]


def _name(text: str) -> str:
    return _OTHERS.sub("-", text.lower()).strip("-")

"""The author's Markdown as safe markup: CommonMark with tables and strikethrough. Pure.

What it never gives: comments, raw HTML, a `style` attribute, an h1, a picture from elsewhere, a link that is neither web,
mail nor relative. Imported only where there is a page: the parser takes a while to load.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import pairwise
from posixpath import dirname, join, normpath
from typing import NamedTuple
from urllib.parse import quote, unquote

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from sitegen.content.authored import PageLink
from sitegen.content.comments import without_comments
from sitegen.content.model import NO_PICTURE, Fault, ImageAsset
from sitegen.content.places import one_form, place

_PART_END = re.compile(r"[/?#]")
_LINKS = ("http:", "https:", "mailto:")
# A browser drops these from an address before it reads the scheme (WHATWG URL, 4.4).
_DROPPED = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\ufeff]")
_BREAKS = ("softbreak", "hardbreak")
_OF_WORDS = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "Pc"})


class Prose(NamedTuple):
    """A page's Markdown as it was read: its file below the folder of content, its title (may be empty), its first line."""

    source: str
    title: str
    markdown: str
    first_line: int = 1


class Written(NamedTuple):
    """A page's text as markup, its title, what it links to and shows, and what is wrong with it.

    `faults` keep a page from being published, `remarks` do not. `blocks` has the words of the first block below each
    heading, by the heading's slug. `pictures` has each picture that is named: its
    asset, or why there is none. `anchor` is the id of the heading that the title was taken from.
    """

    title: str
    body_html: str
    images: tuple[str, ...]
    links: tuple[PageLink, ...]
    ids: tuple[str, ...]
    pictures: dict[str, ImageAsset | str]
    faults: tuple[Fault, ...]
    remarks: tuple[Fault, ...]
    blocks: dict[str, str]
    anchor: str


def write_prose(prose: Prose, images: Mapping[str, ImageAsset | str], root: str = "/") -> Written:
    """Return the text as markup; the same values give the same markup.

    `images` are the pictures by their file below the folder of content (`projects/a.png`), each with its asset or
    the sentence that says why it has none; `root` is the path of the site itself (`/` or `/obs/`), put before
    links that begin with a slash.
    """
    return _Rendering(prose, images, root).render()


class _Rendering:
    """One page on its way; collects the pictures it shows, its links and its faults."""

    def __init__(self, prose: Prose, images: Mapping[str, ImageAsset | str], root: str) -> None:
        self._prose = prose
        self._images = images
        self._root = root
        self._tables = 0
        self._lines: dict[int, int] = {}
        self._shown: dict[str, None] = {}
        self._links: list[PageLink] = []
        self._ids: dict[str, int] = {}
        self._pictures: dict[str, ImageAsset | str] = {}
        self._faults: dict[Fault, None] = {}
        self._remarks: dict[Fault, None] = {}

    def render(self) -> Written:
        # Tags are told from text, so that a title is without them; a block of HTML is text with tags.
        parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
        parser.disable("html_block")
        parser.validateLink = self._accepts  # type: ignore[method-assign]
        whole = parser.parse(without_comments(self._prose.markdown))
        self._name_headings(whole)
        title, anchor, tokens = _take_title(whole, self._prose.title)
        self._lines = dict(_located(tokens, self._prose.first_line))
        self._shift_headings(tokens)
        for token in _flat(tokens):
            if token.type == "link_open":
                self._finish_link(token)
            elif token.type in ("th_open", "td_open"):
                _finish_cell(token)
        renderer = RendererHTML()
        for name in ("fence", "code_block", "image", "html_inline", "table_open", "table_close"):
            renderer.rules[name] = getattr(self, name)
        body = renderer.render(tokens, parser.options, {})
        return Written(
            title, body, tuple(self._shown), tuple(self._links), tuple(self._ids), self._pictures,
            tuple(self._faults), tuple(self._remarks), _first_blocks(tokens), anchor,
        )  # fmt: skip

    # --- Links ---

    def _accepts(self, url: str) -> bool:
        """Whether an address may become a link; else its Markdown is shown as it is."""
        accepted = all(_is_harmless(spelling) for spelling in (url, unquote(url)))
        if not accepted:
            lines = enumerate(self._prose.markdown.split("\n"), self._prose.first_line)
            spellings = (url, unquote(url))
            line = next((number for number, text in lines if any(one in text for one in spellings)), 0)
            fault = self._fault(
                line, f"the address {url!r} is neither web, mail nor relative, so it is shown as text"
            )
            # `<std::string>` looks like a link to the parser, and is meant as text.
            meant = any(f"<{one}>" in self._prose.markdown for one in spellings)
            (self._remarks if meant else self._faults)[fault] = None
        return accepted

    def _finish_link(self, token: Token) -> None:
        written = address = str(token.attrGet("href") or "")
        if address.lower().startswith(("http:", "https:")):
            token.attrSet("rel", "noopener noreferrer")
        elif ":" in _PART_END.split(address, maxsplit=1)[0]:
            return
        else:
            address = self._address(address)
            token.attrSet("href", address)
        self._links.append(PageLink(address, self._lines.get(id(token), 0), unquote(written)))

    def _address(self, address: str) -> str:
        """Return where an address of this site leads: to a page or a picture by its file, else as it is written."""
        path, hash_, fragment = address.partition("#")
        ending = hash_ + quote(_heading_id(unquote(fragment), self._ids))
        if not path:
            return ending
        file = self._file(unquote(path))
        standing = place(file)
        if standing is not None:
            return self._root + standing[1][1:] + ending
        asset = self._asset(file) if one_form(file) in self._images else None
        if isinstance(asset, ImageAsset):
            self._shown[asset.path] = None
            return self._root + asset.path[1:]
        return self._root + address[1:] if address.startswith("/") else address

    def _file(self, address: str) -> str:
        """Return the file that an address names: beside its page, or from the folder of content where it begins with a slash."""
        return normpath(
            address[1:] if address.startswith("/") else join(dirname(self._prose.source), address)
        )

    # --- Headings ---

    def _shift_headings(self, tokens: Sequence[Token]) -> None:
        """Make the highest heading an h2: the h1 is the page's title."""
        headings = [token for token in tokens if token.type in ("heading_open", "heading_close")]
        shift = 2 - min((int(token.tag[1]) for token in headings), default=2)
        for token in headings:
            token.tag = f"h{min(6, int(token.tag[1]) + shift)}"

    def _name_headings(self, tokens: Sequence[Token]) -> None:
        """Set an id for each heading, as GitHub makes it, numbered where it is taken; those of templates have a capital."""
        for opening, inline in pairwise(tokens):
            if opening.type == "heading_open":
                name = plain = heading_slug(_text_of(inline, "")) or "section"
                while name in self._ids:
                    self._ids[plain] += 1
                    name = f"{plain}-{self._ids[plain]}"
                self._ids[name] = 0
                opening.attrSet("id", name)

    # --- Rules of the renderer: (tokens, index, options, environment) -> markup ---

    def image(self, tokens: Sequence[Token], index: int, *_: object) -> str:
        """Show a picture of the site with its size, so that nothing moves when it comes."""
        token = tokens[index]
        address = unquote(str(token.attrGet("src") or ""))
        words = _text_of(token)
        line = self._lines.get(id(token), 0)
        asset = self._asset(self._file(address))
        if isinstance(asset, str):
            self._faults[self._fault(line, f"the picture {address!r} {asset}")] = None
            return escape(words)
        if not words.strip():
            sentence = f"the picture {address!r} has no description; write it as ![what it shows]({address})"
            self._remarks[self._fault(line, sentence)] = None
        title = token.attrGet("title")
        return self._picture_markup(asset, words, str(title) if title else "")

    def _asset(self, file: str) -> ImageAsset | str:
        """Return the asset of a picture's file, or why there is none, and note which it was."""
        name = one_form(file)
        return self._pictures.setdefault(name, self._images.get(name, NO_PICTURE))

    def _picture_markup(self, asset: ImageAsset, words: str, title: str) -> str:
        self._shown[asset.path] = None
        hint = f' title="{escape(title)}"' if title else ""
        image = (
            f'<img src="{escape(self._root + asset.path.lstrip("/"))}" alt="{escape(words)}" width="{asset.width}"'
            f' height="{asset.height}" loading="lazy"{hint}>'
        )
        if asset.webp is None:
            return image
        self._shown[asset.webp] = None
        source = escape(self._root + asset.webp.lstrip("/"))
        return f'<picture><source srcset="{source}" type="image/webp">{image}</picture>'

    def html_inline(self, tokens: Sequence[Token], index: int, *_: object) -> str:
        """Show a tag as it is written."""
        return escape(tokens[index].content)

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

    def _fault(self, line: int, sentence: str) -> Fault:
        return Fault(self._prose.source, line, sentence)


def _take_title(tokens: list[Token], title: str) -> tuple[str, str, list[Token]]:
    """Return a page's title, the id of the first heading where that is or repeats it, and the tokens without that heading.

    It is one of the first level, or the only one of the highest that the page has, and begins it; those of
    a list or a quote count for nothing.
    """
    places = [place for place, token in enumerate(tokens) if token.type == "heading_open" and not token.level]
    levels = [tokens[place].tag for place in places]
    if levels and (levels[0] == "h1" or (not places[0] and levels[0] < min(levels[1:], default="h7"))):
        first = places[0]
        words = " ".join(_text_of(tokens[first + 1]).split())
        if words and title in ("", words, tokens[first + 1].content):
            return title or words, str(tokens[first].attrGet("id")), tokens[:first] + tokens[first + 3 :]
    return title, "", tokens


def _located(tokens: Sequence[Token], first_line: int) -> Iterator[tuple[int, int]]:
    """Yield each inner token by its identity with its line of the file."""
    for token in tokens:
        if token.type == "inline" and token.map:
            line = first_line + token.map[0]
            for child in token.children or ():
                line += child.type in _BREAKS
                yield from ((id(one), line) for one in _flat([child]))


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


def _text_of(token: Token, gap: str = " ") -> str:
    """Return the text content of a heading, or the description of a picture: words without their markup, its lines joined by `gap`."""
    parts = (
        gap if part.type in _BREAKS else part.content if part.type in ("text", "code_inline") else ""
        for part in _flat(token.children or ())
    )
    return "".join(parts)


def _first_blocks(tokens: Sequence[Token]) -> dict[str, str]:
    """Return the words of the first block below each heading, by its slug; a list, a quote or a table is none."""
    blocks = [token for token in tokens if not token.type.endswith("_close")]
    found: dict[str, str] = {}
    for opening, heading, block, inline in zip(
        blocks, blocks[1:], blocks[2:], [*blocks[3:], Token("", "", 0)], strict=False
    ):
        if opening.type != "heading_open":
            continue
        if block.type in ("fence", "code_block"):
            found.setdefault(heading_slug(_text_of(heading)), block.content.strip())
        elif block.type == "paragraph_open":
            found.setdefault(heading_slug(_text_of(heading)), _text_of(inline).strip())
    return found


def heading_slug(text: str) -> str:
    """Return the id that GitHub gives a heading: `Größe & Farbe` -> `größe--farbe`; letters of every script stay.

    What stays is what Ruby calls a word (Alphabetic, Mark, Nd, Pc of Unicode), a hyphen, and a blank as one.
    """
    kept = (
        character
        for character in one_form(text).lower()
        if character in " -"
        or unicodedata.category(character) in _OF_WORDS
        or character.islower()
        or character.isupper()
    )
    return "".join(kept).replace(" ", "-")


def _heading_id(fragment: str, own: Mapping[str, int]) -> str:
    """Return the id that a fragment means: ids have no capitals."""
    return fragment if fragment in own else one_form(fragment).lower()

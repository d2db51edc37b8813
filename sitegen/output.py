"""What becomes public, before it is written: the blocks of a page, a page to render, a file to publish."""

import re
import unicodedata
from typing import Any

import msgspec

_OTHERS = re.compile(r"[^a-z0-9]+")
_SLUG_LENGTH = 120


def slug(name: str) -> str:
    """Return a name as a part of a path, `[a-z0-9-]{0,120}`: `My Tool` -> `my-tool`."""
    plain = unicodedata.normalize("NFKD", name).lower()
    return _OTHERS.sub("-", plain)[:_SLUG_LENGTH].strip("-")


class Block(msgspec.Struct, frozen=True):
    """A part of a page, rendered once: `part` is its def in the theme's `blocks.mako`, `value` what that is given.

    `group` is where it stands on its page; there, blocks stand in order of `place`.
    `lighter` is the value that is shown instead where no page can hold the block, `anchor` the
    id under which other pages lead to it. Neighbours with the same `together` share a page
    where one holds them. `now` is the value that stands on a first page which changes with every build:
    one on which any block `moves`.
    """

    group: str
    part: str
    value: Any
    place: int = 0
    lighter: Any = None
    anchor: str = ""
    together: str = ""
    now: Any = None
    moves: bool = False


class Page(msgspec.Struct, frozen=True):
    """A page to render: its URL path (`/metrics/`, `/404.html`), its template, the view it shows.

    `blocks` are its finished blocks by group, as markup; `anchors` are the ids of those that others lead to.
    """

    path: str
    template: str
    view: msgspec.Struct
    blocks: dict[str, str] = {}
    anchors: tuple[str, ...] = ()


class OutputFile(msgspec.Struct, frozen=True):
    """A file of the site: its path below `dist/` (`metrics/index.html`) and its bytes."""

    path: str
    body: bytes

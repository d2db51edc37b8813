"""What becomes public, before it is written: a page to render, a file to publish."""

from enum import StrEnum

import msgspec

__all__ = ["OutputFile", "Page", "PageKind"]


class PageKind(StrEnum):
    """What a page is to the deployment: leaves are uploaded before the hubs that link to them."""

    LEAF = "leaf"
    HUB = "hub"


class Page(msgspec.Struct, frozen=True):
    """A page to render: its URL path (`/metrics/`, `/404.html`), its template, the view it shows."""

    path: str
    template: str
    view: msgspec.Struct
    kind: PageKind


class OutputFile(msgspec.Struct, frozen=True):
    """A file of the site: its path below `dist/` (`metrics/index.html`) and its bytes."""

    path: str
    body: bytes

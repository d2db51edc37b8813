"""What becomes public, before it is written: a page to render, a file to publish."""

import msgspec

__all__ = ["OutputFile", "Page"]


class Page(msgspec.Struct, frozen=True):
    """A page to render: its URL path (`/metrics/`, `/404.html`), its template, the view it shows."""

    path: str
    template: str
    view: msgspec.Struct


class OutputFile(msgspec.Struct, frozen=True):
    """A file of the site: its path below `dist/` (`metrics/index.html`) and its bytes."""

    path: str
    body: bytes

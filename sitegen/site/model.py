"""The records of the site: a page to render, a file to publish, the manifest of a generation."""

from enum import StrEnum
from hashlib import sha256

import msgspec

__all__ = ["Manifest", "ManifestEntry", "OutputFile", "Page", "PageKind"]


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


class ManifestEntry(msgspec.Struct, frozen=True):
    """The digest and size of one published file."""

    sha256: str
    size: int


class Manifest(msgspec.Struct, frozen=True):
    """What one generation consists of; `built_at` in POSIX seconds, `files` by path, sorted."""

    generation: int
    built_at: float
    files: dict[str, ManifestEntry]

    @classmethod
    def of(cls, generation: int, built_at: float, files: tuple[OutputFile, ...]) -> "Manifest":
        """Describe these files."""
        entries = {
            file.path: ManifestEntry(sha256=sha256(file.body).hexdigest(), size=len(file.body))
            for file in sorted(files, key=lambda file: file.path)
        }
        return cls(generation=generation, built_at=built_at, files=entries)

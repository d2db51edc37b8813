"""The records of the author's pages as they were read; `sitegen.content.authored` holds them as they are shown."""

from hashlib import sha256

import msgspec

from sitegen.content.authored import ContentKind, FrontMatter

__all__ = ["Content", "Document", "ImageAsset", "Picture"]


class Document(msgspec.Struct, frozen=True):
    """A page as it was read.

    `path` is where it will stand (`/projects/x/`), `source` its file below the folder of content
    (`projects/x.md`), `markdown` what follows the front matter.
    """

    path: str
    source: str
    kind: ContentKind
    front: FrontMatter
    markdown: str


class Picture(msgspec.Struct, frozen=True):
    """A picture as it was read: its file below the folder of content, its bytes."""

    source: str
    body: bytes

    @property
    def digest(self) -> str:
        """The SHA-256 of its bytes."""
        return sha256(self.body).hexdigest()


class Content(msgspec.Struct, frozen=True):
    """All that the author wrote, sorted by file; drafts are left out."""

    documents: tuple[Document, ...] = ()
    pictures: tuple[Picture, ...] = ()


class ImageAsset(msgspec.Struct, frozen=True):
    """A picture ready to be shown: site path, size in pixels, and the site path of its WebP where that is smaller."""

    path: str
    width: int
    height: int
    webp: str | None = None

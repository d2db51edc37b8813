"""The records of the author's folder as it was read; `sitegen.content.authored` holds pages as they are shown."""

from hashlib import sha256

import msgspec

from sitegen.content.authored import ContentPage
from sitegen.errors import Problem

NO_PICTURE = "is not a PNG, JPEG, WebP or GIF in the folder of content"
"""Why a picture that a page names has no asset."""


class Fault(msgspec.Struct, frozen=True):
    """A mistake of the author's: the file below the folder of content, the line in it (0: the whole file), a sentence.

    `nearest` is the known word that is closest to one that is not known, `folder` that of the file, where it is another one.
    """

    source: str
    line: int
    sentence: str
    nearest: str = ""
    folder: str = ""

    def place(self, folder: str) -> str:
        """Return where it is: `content/posts/x.md:3`."""
        return "/".join(filter(None, (self.folder or folder, self.source))) + (
            f":{self.line}" if self.line else ""
        )

    def problem(self, folder: str) -> Problem:
        """Return it as a problem of the build."""
        return Problem("content", f"{self.place(folder)}: {self.sentence}", "could not be updated as a whole")


class Draft(msgspec.Struct, frozen=True):
    """A page as it was read: its file below the folder of content (`posts/x.md`), its bytes."""

    source: str
    body: bytes


class Picture(msgspec.Struct, frozen=True):
    """A picture as it was read: its file below the folder of content, its bytes."""

    source: str
    body: bytes

    @property
    def digest(self) -> str:
        """The SHA-256 of its bytes, after the name from which its address is made."""
        return sha256(f"{self.source.rpartition('/')[2]}\0".encode() + self.body).hexdigest()


class Content(msgspec.Struct, frozen=True):
    """All that the author wrote, sorted by file.

    `faults` are the files that cannot be used. `unread` are files and folders that are there and could
    not be read (`""`: all of it): what is known of them from before still stands. `is_absent` says that
    there is no folder, or nothing in it.
    """

    pages: tuple[Draft, ...] = ()
    pictures: tuple[Picture, ...] = ()
    faults: tuple[Fault, ...] = ()
    unread: tuple[str, ...] = ()
    is_absent: bool = False

    def is_unread(self, source: str) -> bool:
        """Return whether nothing is known of a file in this build."""
        return any(not place or source == place or source.startswith(f"{place}/") for place in self.unread)


class ImageAsset(msgspec.Struct, frozen=True):
    """A picture ready to be shown: site path, size in pixels, and the site path of its WebP where that is smaller.

    `remark` says what of it is not shown.
    """

    path: str
    width: int
    height: int
    webp: str | None = None
    remark: str = ""


class MadePage(msgspec.Struct, frozen=True):
    """What became of a page's file: the page, or None of one that is held back or cannot be read, and its faults.

    `pictures` are those it shows, by file, as they were when it was made: the asset, or why there is none.
    """

    source: str
    page: ContentPage | None
    faults: tuple[Fault, ...] = ()
    remarks: tuple[Fault, ...] = ()
    pictures: dict[str, ImageAsset | str] = {}

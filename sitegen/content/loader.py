"""The door to the author's folders: reads every page and picture, and names what is neither; reads what is copied as it is."""

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from stat import S_ISDIR, S_ISREG

from msgspec import structs

from sitegen.content.model import Content, Draft, Fault, Picture
from sitegen.content.places import fault_of_copy, is_markdown, one_form
from sitegen.output import OutputFile

_PICTURES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".gif"})
_LONGEST_PAGE = 1_000_000
_LARGEST_PICTURE = 30_000_000
_LARGEST_COPY = 5_000_000
_MOST_COPIED = 25_000_000
_MOST_FILES = 20_000
_MOST_FOLDERS = 2_000


def load_content(folder: Path) -> Content:
    """Read all pages and pictures below the folder; nothing is raised, whatever is wrong with it or with a file."""
    try:
        is_absent = not os.listdir(folder)  # noqa: PTH208  # names are all that is needed
    except FileNotFoundError:
        is_absent = True
    except OSError:
        is_absent = False
    if is_absent:
        sentence = "is missing or empty; its last pages stay. To have none, keep a hidden file in it"
        return Content(faults=(Fault("", 0, sentence),), unread=("",), is_absent=True)
    reading = _Reading(folder)
    reading.run()
    return Content(
        tuple(reading.pages), tuple(reading.pictures), tuple(reading.faults), tuple(reading.unread)
    )


def load_copies(folder: Path) -> tuple[tuple[OutputFile, ...], tuple[Fault, ...]]:
    """Read all files below the folder whose files are copied as they are, and name those that may not be; a site need not have it."""
    if not folder.is_dir():
        return (), ()
    reading = _Reading(folder)
    files = tuple(reading.copies())
    return files, tuple(structs.replace(fault, folder=folder.name) for fault in reading.faults)


class _Reading:
    """The folder on its way into memory: what was read, what is wrong, what could not be read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.pages: list[Draft] = []
        self.pictures: list[Picture] = []
        self.faults: list[Fault] = []
        self.unread: list[str] = []
        self._names: dict[str, str] = {}
        self._folders = 0

    def run(self) -> None:
        """Read every file that is not hidden, in the order of their names."""
        sources = sorted(self._walk("", ()))
        for source in sources[:_MOST_FILES]:
            first = self._names.setdefault(one_form(source), source)
            if first == source:
                self._read(source)
            else:
                sentence = f"has the name of {first!r}, in another Unicode form; rename one of them"
                self.faults.append(Fault(source, 0, sentence))
        if len(sources) > _MOST_FILES:
            self._miss(
                "",
                f"has more than {_MOST_FILES} files, and they are not all read; move away what is no content",
            )

    def _walk(self, base: str, above: tuple[tuple[int, int], ...]) -> Iterator[str]:
        """Yield the files below a folder, by their paths below the folder of content; links are followed, a loop is not."""
        try:
            found = (self._folder / base).stat()
            names = sorted(os.listdir(self._folder / base))  # noqa: PTH208  # names are all that is needed
        except OSError as error:
            self._miss(base, f"cannot be read ({error.strerror or error}); its last pages stay")
            return
        here = (found.st_dev, found.st_ino)
        self._folders += 1
        if here in above:
            self.faults.append(Fault(base, 0, "leads back to a folder that it lies in; it is read once"))
            return
        if self._folders > _MOST_FOLDERS:
            self._miss(
                base,
                f"is not read: there are more than {_MOST_FOLDERS} folders; move away what is no content",
            )
            return
        for name in names:
            source = f"{base}/{name}" if base else name
            if name.startswith(".") and name != ".well-known":  # RFC 8615
                continue
            if not name.isprintable():
                self.faults.append(Fault(_shown(source), 0, "has a name that cannot be shown; rename it"))
                continue
            try:
                mode = (self._folder / source).stat().st_mode
            except OSError as error:
                self._miss(source, f"cannot be read ({error.strerror or error})")
                continue
            if S_ISDIR(mode):
                yield from self._walk(source, (*above, here))
            elif S_ISREG(mode):
                yield source
            else:
                self._miss(source, "is no file that can be read; remove it")

    def _read(self, source: str) -> None:
        picture = PurePosixPath(source).suffix.lower() in _PICTURES
        if not picture and not is_markdown(source):
            self.faults.append(
                Fault(
                    source, 0, "is neither a page (.md) nor a picture (.png, .jpg, .webp, .gif); move it away"
                )
            )
            return
        body = self._body(source, _LARGEST_PICTURE if picture else _LONGEST_PAGE)
        if body is None:
            return
        if picture:
            self.pictures.append(Picture(source, body))
        else:
            self.pages.append(Draft(source, body))

    def copies(self) -> Iterator[OutputFile]:
        """Yield every file that may be copied as it is, in the order of their names."""
        left = _MOST_COPIED
        for source in sorted(self._walk("", ())):
            if sentence := fault_of_copy(source):
                self.faults.append(Fault(source, 0, sentence))
            elif (body := self._body(source, _LARGEST_COPY)) is not None and len(body) > left:
                self._miss(source, f"would make more than {_MOST_COPIED} bytes of all files; it is left out")
            elif body is not None:
                left -= len(body)
                yield OutputFile(source, body)

    def _body(self, source: str, most: int) -> bytes | None:
        try:
            with (self._folder / source).open("rb") as stream:
                body = stream.read(most + 1)
        except OSError as error:
            self._miss(source, f"cannot be read ({error.strerror or error})")
            return None
        if len(body) > most:
            self._miss(source, f"has more than {most} bytes; part it, or make it smaller")
            return None
        return body

    def _miss(self, source: str, sentence: str) -> None:
        self.unread.append(source)
        self.faults.append(Fault(source, 0, sentence))


def _shown(source: str) -> str:
    """Return a name that is not UTF-8, or has control characters, with a mark for each of them."""
    text = source.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)

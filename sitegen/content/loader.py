"""The door to the author's folder: reads every page and picture, and judges what cannot be used."""

import os
import re
from pathlib import Path, PurePosixPath

from sitegen.content.authored import ContentKind
from sitegen.content.front_matter import read_front_matter
from sitegen.content.model import Content, Document, Picture
from sitegen.content.places import place
from sitegen.errors import ConfigError, Problem

__all__ = ["load_content"]

_PICTURES = frozenset({".png", ".jpg", ".jpeg", ".webp"})
_LONGEST_PAGE = 1_000_000
_LARGEST_PICTURE = 30_000_000
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def load_content(folder: Path) -> tuple[Content, tuple[Problem, ...]]:
    """Read all pages and pictures below the folder; one that does not exist is empty.

    A page that the author must mend (its head, its name, its encoding) raises ConfigError with file and line.
    What the site can do without (an unreadable picture, a page where none can stand) is a problem.
    """
    documents: dict[str, Document] = {}
    pictures: list[Picture] = []
    problems: list[Problem] = []
    for source in _sources(folder):
        suffix = PurePosixPath(source).suffix.lower()
        try:
            if suffix == ".md":
                _add_page(documents, problems, folder, source)
            elif suffix in _PICTURES:
                pictures.append(Picture(source, _read(folder / source, _LARGEST_PICTURE)))
        except OSError as error:
            problems.append(_problem(folder, source, f"cannot be read: {error.strerror or error}"))
    return Content(tuple(documents.values()), tuple(pictures)), tuple(problems)


def _sources(folder: Path) -> list[str]:
    """Return all files below the folder that are not hidden, sorted, with forward slashes."""
    found: list[str] = []
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        base = Path(parent).relative_to(folder)
        found += [(base / name).as_posix() for name in files if not name.startswith(".")]
    return sorted(found)


def _add_page(documents: dict[str, Document], problems: list[Problem], folder: Path, source: str) -> None:
    where = f"{folder.name}/{source}"
    standing = place(source)
    if standing is None:
        sentence = "is no page; pages are about.md, projects/<name>.md and posts/<name>.md"
        problems.append(_problem(folder, source, sentence))
        return
    kind, path = standing
    if path in documents:
        raise ConfigError(
            f"{where} and {folder.name}/{documents[path].source} are both {path}; rename one of them"
        )
    text = _decode(where, _read(folder / source, _LONGEST_PAGE))
    fallback = path.strip("/").rpartition("/")[2].replace("-", " ").capitalize()
    front, markdown = read_front_matter(where, text, fallback)
    if front is None:
        return
    if kind is ContentKind.POST and front.date is None:
        raise ConfigError(f"{where}:1: a post needs a date, for the feed; write it like date = 2026-11-23")
    documents[path] = Document(path=path, source=source, kind=kind, front=front, markdown=markdown)


def _read(path: Path, most: int) -> bytes:
    with path.open("rb") as stream:
        body = stream.read(most + 1)
    if len(body) > most:
        raise OSError(f"it has more than {most} bytes")
    return body


def _decode(where: str, body: bytes) -> str:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body[: error.start].count(b"\n") + 1
        raise ConfigError(f"{where}:{line}: this is not UTF-8; save the file in that encoding") from None
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n"))


def _problem(folder: Path, source: str, sentence: str) -> Problem:
    return Problem("content", f"{folder.name}/{source} {sentence}")

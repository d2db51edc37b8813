"""Reads the ends of log files; bounded work however large they are. A door."""

import glob
import os
from pathlib import Path

from sitegen.errors import Problem

__all__ = ["tail"]

_MOST_FILES = 20


def tail(pattern: str, max_bytes: int, source: str) -> tuple[bytes, tuple[Problem, ...]]:
    """Return the last whole lines, at most `max_bytes` in all, of the files that match a glob, oldest file first.

    A last line without its newline is still being written: it is left for the next
    time. A file that cannot be read is a problem, the others are read all the same; no
    file at all is an empty answer.
    """
    problems: list[Problem] = []
    pieces: list[bytes] = []
    left = max_bytes
    for path in _newest_first(pattern):
        if left <= 0:
            break
        try:
            piece = _end_of(path, left)
        except OSError as error:
            problems.append(
                Problem(
                    f"logs.{source}", f"{path.name} cannot be read ({error.strerror}); check its permissions"
                )
            )
            continue
        pieces.append(piece)
        left -= len(piece)
    return b"".join(reversed(pieces)), tuple(problems)


def _newest_first(pattern: str) -> list[Path]:
    found: list[tuple[float, Path]] = []
    for name in glob.glob(pattern, recursive=True):  # noqa: PTH207 - the pattern is absolute
        path = Path(name)
        try:
            if path.is_file():
                found.append((path.stat().st_mtime, path))
        except OSError:
            continue
    return [path for _, path in sorted(found, key=lambda entry: (-entry[0], entry[1]))[:_MOST_FILES]]


def _end_of(path: Path, most: int) -> bytes:
    with path.open("rb") as stream:
        size = stream.seek(0, os.SEEK_END)
        start = max(0, size - most)
        stream.seek(start)
        body = stream.read(most)
    if start:
        # The first line is cut; one line longer than everything read has no whole line at all.
        body = body[body.find(b"\n") + 1 :] if b"\n" in body else b""
    return body[: body.rfind(b"\n") + 1]

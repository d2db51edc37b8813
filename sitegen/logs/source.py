"""Reads the ends of log files; bounded work however large they are. A door."""

import os
from pathlib import Path

from sitegen.errors import Problem, Reason
from sitegen.regular import find_newest

_MOST_FILES = 20


def tail(
    pattern: str, max_bytes: int, source: str, *, required: bool = False
) -> tuple[bytes, tuple[Problem, ...]]:
    """Return the last whole lines, at most `max_bytes` in all, of the files that match a glob, oldest file first.

    A last line without its newline is still being written: it is left for the next
    time. A file that cannot be read is a problem, the others are read all the same; so is a `required`
    pattern that matches no file. Problems name files without their folder.
    """
    problems: list[Problem] = []
    pieces: list[bytes] = []
    files, left = find_newest(pattern)[:_MOST_FILES], max_bytes
    if required and not files:
        problems.append(Problem(f"logs.{source}", f"no file matches {Path(pattern).name}", Reason.SILENT))
    for path in files:
        if left <= 0:
            break
        try:
            piece = _end_of(path, left)
        except OSError as error:
            said = f"{path.name} cannot be read ({error.strerror}); check its permissions"
            problems.append(Problem(f"logs.{source}", said, Reason.LOCKED))
            continue
        pieces.append(piece)
        left -= len(piece)
    return b"".join(reversed(pieces)), tuple(problems)


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

"""Reads the ends of log files; bounded work however large they are, and what was not read is counted. A door."""

import gzip
import os
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec

from sitegen.errors import Problem, Reason
from sitegen.logs.text import CODED, encoding_of, is_rubble
from sitegen.regular import find_newest, open_regular

_MOST_FILES = 20
_HEAD, _GZIP = 4_096, b"\x1f\x8b"
_MOST_PACKED, _MOST_UNPACKED, _PIECE = 16_000_000, 64_000_000, 1 << 20
_RATIO = 10
"""How much smaller gzip makes a log, about: for its share of what is read."""
_BROKEN = (zlib.error, EOFError, gzip.BadGzipFile)


class Piece(msgspec.Struct, frozen=True):
    """The end of one file, in UTF-8: whole lines. `skipped` are the bytes before it, `pending` those of a line that is still written."""

    body: bytes
    skipped: int = 0
    pending: int = 0


class Tail(msgspec.Struct, frozen=True):
    """The ends of a source's files, the oldest file first; how many files and bytes of them were not read; when they last grew."""

    pieces: tuple[Piece, ...] = ()
    files_left: int = 0
    bytes_left: int = 0
    written: float | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def body(self) -> bytes:
        """All that was read; the last line of a file ends with it."""
        whole = b""
        for piece in self.pieces:
            whole += b"\n" * (whole[-1:] not in (b"", b"\n")) + piece.body
        return whole


class _RubbleError(Exception):
    """A file is no text."""


def tail(pattern: str, max_bytes: int, source: str, *, settled: float, required: bool = False) -> Tail:
    """Return the last whole lines, at most `max_bytes` in all, of the files that match a glob.

    Each file gets an equal share, and what small ones leave goes to the others. Gzip is unpacked. A last line without
    its newline is still being written, unless it is a whole JSON object or its file rests since before `settled` (POSIX
    seconds): it is left for the next time. A file that cannot be read, or is no text, is a problem, the others are read
    all the same; so is a `required` pattern that matches no file. Problems name files without their folder.
    """
    found = [(path, path.stat()) for path in find_newest(pattern)]
    problems: list[Problem] = []
    if required and not found:
        problems.append(Problem(f"logs.{source}", f"no file matches {Path(pattern).name}", Reason.SILENT))
    chosen, older = found[:_MOST_FILES], found[_MOST_FILES:]
    shares = share_out(
        [one.st_size * (_RATIO if path.suffix == ".gz" else 1) for path, one in chosen], max_bytes
    )
    pieces: list[Piece] = []
    for (path, status), share in zip(chosen, shares, strict=True):
        try:
            pieces.append(_end_of(path, share, rests=status.st_mtime < settled))
        except (OSError, *_BROKEN, _RubbleError) as error:
            problems.append(_problem(source, path, error))
    return Tail(
        pieces=tuple(reversed(pieces)),
        files_left=len(older),
        bytes_left=sum(one.st_size for _, one in older) + sum(piece.skipped for piece in pieces),
        written=max((one.st_mtime for _, one in found), default=None),
        problems=tuple(problems),
    )


def share_out(sizes: Sequence[int], most: int) -> list[int]:
    """Return how much of each is taken, at most `most` in all: an equal share, and what small ones leave goes to the others.

    >>> share_out([10, 500, 700], 310)
    [10, 150, 150]
    """
    shares, left = [0] * len(sizes), most
    for rank, index in enumerate(sorted(range(len(sizes)), key=sizes.__getitem__)):
        shares[index] = min(sizes[index], left // (len(sizes) - rank))
        left -= shares[index]
    return shares


def _problem(source: str, path: Path, error: Exception) -> Problem:
    if isinstance(error, _RubbleError):
        said = f"{path.name} {error}; it was left out: narrow `path` to files of text"
        return Problem(f"logs.{source}", said, Reason.UNUSABLE)
    if isinstance(error, OSError) and not isinstance(error, gzip.BadGzipFile):
        said = f"{path.name} cannot be read ({error.strerror}); check its permissions"
        return Problem(f"logs.{source}", said, Reason.LOCKED)
    return Problem(f"logs.{source}", f"{path.name} is damaged gzip, and was left out", Reason.UNUSABLE)


def _end_of(path: Path, most: int, *, rests: bool) -> Piece:
    with open_regular(path) as stream:
        head = stream.read(_HEAD)
        if head.startswith(_GZIP):
            return _end_of_packed(path, most)
        encoding = encoding_of(head)
        body, skipped = _read_end(stream, most, 1 if encoding == "utf-8" else 4)
    if head.startswith(CODED) or (encoding == "utf-8" and is_rubble(body)):
        raise _RubbleError("is compressed otherwise than by gzip, or no text")
    return _whole_lines(body, skipped, encoding, rests=rests)


def _read_end(stream: BinaryIO, most: int, width: int) -> tuple[bytes, int]:
    """Return the last bytes of a file, from the beginning of a character, and how many stand before them."""
    size = stream.seek(0, os.SEEK_END)
    start = max(0, size - most)
    start -= start % width
    stream.seek(start)
    return stream.read(size - start), start


def _end_of_packed(path: Path, most: int) -> Piece:
    """Unpack a file, which is whole, and keep its end."""
    if path.stat().st_size > _MOST_PACKED:
        raise _RubbleError(f"is compressed and has more than {_MOST_PACKED // 10**6} MB")
    kept, total, encoding = b"", 0, ""
    with gzip.open(path) as stream:
        while piece := stream.read(_PIECE):
            encoding = encoding or encoding_of(piece[:_HEAD])
            total += len(piece)
            if total > _MOST_UNPACKED:
                raise _RubbleError(f"unpacks to more than {_MOST_UNPACKED // 10**6} MB")
            kept = (kept + piece)[-most:] if most else b""
    if encoding == "utf-8" and is_rubble(kept):
        raise _RubbleError("is compressed, and no text inside")
    if encoding not in {"utf-8", ""}:  # from the beginning of a character
        kept = kept[-(total - len(kept)) % 4 :]
    return _whole_lines(kept, total - len(kept), encoding or "utf-8", rests=True)


def _whole_lines(body: bytes, skipped: int, encoding: str, *, rests: bool) -> Piece:
    """Leave out the line that was cut at the beginning, and one that is still being written at the end.

    Lines are told in UTF-8, and counted in the bytes of the file.
    """
    text = body if encoding == "utf-8" else body.decode(encoding, "replace").encode()
    first = (text.find(b"\n") + 1 or len(text)) if skipped else 0
    last = text.rfind(b"\n") + 1
    ending = text[max(first, last) :]
    if rests or (ending.startswith(b"{") and _is_object(ending)):
        last = len(text)
    last = max(first, last)
    cut, whole = (
        len(part.decode().encode(encoding)) if text is not body else len(part)
        for part in (text[:first], text[:last])
    )
    return Piece(text[first:last], skipped + cut, len(body) - whole)


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(msgspec.json.decode(line), dict)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return False

"""The door to trace files: newest first, as many bytes as a cycle can afford."""

import gzip
import zlib
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from sitegen.errors import Problem, Reason
from sitegen.instrumentation.clock import Deadline
from sitegen.redaction import Redactor
from sitegen.regular import find_newest
from sitegen.traces.formats import parse_otlp
from sitegen.traces.model import Span
from sitegen.units import format_bytes

MAX_BYTES = 64_000_000
_MOST_UNPACKED, _PIECE = 400_000_000, 1_000_000
_GZIP = b"\x1f\x8b"


def read_traces(
    pattern: str,
    *,
    source: str,
    allowed: frozenset[str],
    redactor: Redactor,
    deadline: Deadline,
    max_bytes: int = MAX_BYTES,
    required: bool = False,
) -> tuple[tuple[Span, ...], tuple[Problem, ...]]:
    """Read the spans of the OTLP JSON files that match a glob (`/var/traces/**/*.json`), newest file first.

    Gzip is unpacked. Reading stops after `max_bytes` and at the deadline; of a file that is larger than
    what is left, the whole lines at its end are read. A file that cannot be read or
    is cut in the middle is a problem, the others are read all the same; so is a
    `required` pattern that matches nothing. Problems name files without their folder.
    """
    where = f"traces.{source}"
    spans: list[Span] = []
    problems: list[Problem] = []
    files, left = find_newest(pattern), max_bytes
    if required and not files:
        problems.append(Problem(where, f"no file matches {Path(pattern).name}", Reason.SILENT))
    for index, path in enumerate(files):
        if left <= 0 or deadline.passed:
            reason = "the time to gather was over" if left > 0 else f"{format_bytes(max_bytes)} were read"
            said = f"{len(files) - index} older files were not read: {reason}"
            problems.append(Problem(where, said, Reason.LATE if left > 0 else Reason.UNUSABLE))
            break
        found, faults, size = _read_file(path, left, where, allowed, redactor)
        left -= size
        spans += found
        problems += faults
    return tuple(spans), tuple(problems)


def _read_file(
    path: Path, most: int, where: str, allowed: frozenset[str], redactor: Redactor
) -> tuple[tuple[Span, ...], tuple[Problem, ...], int]:
    """Return the spans of a file, what is wrong with it, and how many bytes were read."""
    name = redactor.text(path.name)
    try:
        body, skipped, said = _read_end(path, most)
    except OSError as error:
        return (), (Problem(where, f"{name} cannot be read: {error.strerror}", Reason.LOCKED),), 0
    spans, faults = parse_otlp(body, allowed, redactor)
    large = f" is large; its last {format_bytes(len(body))} were read, not the {format_bytes(skipped)} before"
    sentences = (
        *((f" {said}",) if said else ()),
        *((large,) if skipped else ()),
        *(f": {fault}" for fault in (faults if spans else _not_understood(body, faults))),
    )
    return (
        spans,
        tuple(Problem(where, f"{name}{sentence}", Reason.UNUSABLE) for sentence in sentences),
        len(body),
    )


def _not_understood(body: bytes, faults: Sequence[str]) -> tuple[str, ...]:
    """Return how many lines of a file without a span there are, and the first reason; an empty file needs none."""
    lines = sum(1 for line in body.splitlines() if line.strip())
    reason = faults[0] if faults else "it holds no resourceSpans with a span"
    return (f"0 of {lines:,} lines understood: {reason}",) if lines else ()


def _read_end(path: Path, limit: int) -> tuple[bytes, int, str]:
    """Read a file, or the whole lines in its last `limit` bytes; return how many bytes stand before them, and what is wrong with it."""
    with path.open("rb") as stream:
        if stream.read(len(_GZIP)) == _GZIP:
            stream.seek(0)
            body, size, said = _unpack_end(stream, limit)
        else:
            size = stream.seek(0, 2)
            stream.seek(max(0, size - limit))
            body, said = stream.read(limit), ""
    if size > len(body):
        body = body.partition(b"\n")[2]
    return body, size - len(body), said


def _unpack_end(stream: BinaryIO, limit: int) -> tuple[bytes, int, str]:
    """Return the last bytes that gzip (RFC 1952) unpacks to, how many there are in all, and what is wrong: then what stands before it."""
    pieces, size, kept = deque[bytes](), 0, 0
    try:
        with gzip.open(stream) as unpacked:
            while piece := unpacked.read1(_PIECE):
                pieces.append(piece)
                size += len(piece)
                kept += len(piece)
                while kept - len(pieces[0]) >= limit:
                    kept -= len(pieces.popleft())
                if size > _MOST_UNPACKED:
                    return b"", 0, f"unpacks to more than {format_bytes(_MOST_UNPACKED)}, and was left out"
    except (zlib.error, EOFError, gzip.BadGzipFile):
        return b"".join(pieces)[-limit:], size, "is damaged gzip; what stands before the damage was read"
    return b"".join(pieces)[-limit:], size, ""

"""The door to trace files: newest first, as many bytes as a cycle can afford."""

import glob
import stat
from pathlib import Path

from sitegen.errors import Problem
from sitegen.instrumentation.clock import Deadline
from sitegen.redaction import Redactor
from sitegen.traces.formats import parse_otlp
from sitegen.traces.model import Span
from sitegen.units import format_bytes

__all__ = ["MAX_BYTES", "read_traces"]

MAX_BYTES = 64_000_000


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

    Reading stops after `max_bytes` and at the deadline; of a file that is larger than
    what is left, the whole lines at its end are read. A file that cannot be read or
    is cut in the middle is a problem, the others are read all the same; so is a
    `required` pattern that matches nothing. Problems name files without their folder.
    """
    where = f"traces.{source}"
    spans: list[Span] = []
    problems: list[Problem] = []
    files, left = _matching(pattern), max_bytes
    if required and not files:
        problems.append(Problem(where, f"no file matches {Path(pattern).name}"))
    for index, path in enumerate(files):
        if left <= 0 or deadline.passed:
            reason = "the time to gather was over" if left > 0 else f"{format_bytes(max_bytes)} were read"
            problems.append(Problem(where, f"{len(files) - index} older files were not read: {reason}"))
            break
        try:
            body, whole = _read_end(path, left)
        except OSError as error:
            problems.append(Problem(where, f"{path.name} cannot be read: {error.strerror}"))
            continue
        left -= len(body)
        if not whole:
            problems.append(
                Problem(where, f"{path.name} is large; its last {format_bytes(len(body))} were read")
            )
        found, faults = parse_otlp(body, allowed, redactor)
        spans += found
        problems += (Problem(where, f"{redactor.text(path.name)}: {fault}") for fault in faults)
    return tuple(spans), tuple(problems)


def _matching(pattern: str) -> list[Path]:
    """Return the regular files, newest first; a pipe or a device would be waited for without end."""
    found = []
    for name in glob.iglob(pattern, recursive=True):  # noqa: PTH207 - the pattern is absolute
        path = Path(name)
        try:
            status = path.stat()
        except OSError:
            continue
        if stat.S_ISREG(status.st_mode):
            found.append((-status.st_mtime_ns, name, path))
    return [path for _, _, path in sorted(found)]


def _read_end(path: Path, limit: int) -> tuple[bytes, bool]:
    """Read a file, or the whole lines in its last `limit` bytes; tell whether it is all of it."""
    with path.open("rb") as stream:
        size = stream.seek(0, 2)
        if size <= limit:
            stream.seek(0)
            return stream.read(limit), True
        stream.seek(size - limit)
        return stream.read(limit).partition(b"\n")[2], False

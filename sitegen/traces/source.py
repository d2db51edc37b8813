"""The door to trace files: newest first, as many bytes as a cycle can afford."""

from collections.abc import Sequence
from pathlib import Path

from sitegen.errors import Problem, Reason
from sitegen.instrumentation.clock import Deadline
from sitegen.redaction import Redactor
from sitegen.regular import find_newest
from sitegen.traces.formats import parse_otlp
from sitegen.traces.model import Span
from sitegen.units import format_bytes

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
    files, left = find_newest(pattern), max_bytes
    if required and not files:
        problems.append(Problem(where, f"no file matches {Path(pattern).name}", Reason.SILENT))
    for index, path in enumerate(files):
        if left <= 0 or deadline.passed:
            reason = "the time to gather was over" if left > 0 else f"{format_bytes(max_bytes)} were read"
            said = f"{len(files) - index} older files were not read: {reason}"
            problems.append(Problem(where, said, Reason.LATE if left > 0 else Reason.UNUSABLE))
            break
        try:
            body, whole = _read_end(path, left)
        except OSError as error:
            problems.append(Problem(where, f"{path.name} cannot be read: {error.strerror}", Reason.LOCKED))
            continue
        left -= len(body)
        if not whole:
            said = f"{path.name} is large; its last {format_bytes(len(body))} were read"
            problems.append(Problem(where, said, Reason.UNUSABLE))
        found, faults = parse_otlp(body, allowed, redactor)
        spans += found
        name, sentences = redactor.text(path.name), faults if found else _not_understood(body, faults)
        problems += (Problem(where, f"{name}: {sentence}", Reason.UNUSABLE) for sentence in sentences)
    return tuple(spans), tuple(problems)


def _not_understood(body: bytes, faults: Sequence[str]) -> tuple[str, ...]:
    """Return how many lines of a file without a span there are, and the first reason; an empty file needs none."""
    lines = sum(1 for line in body.splitlines() if line.strip())
    reason = faults[0] if faults else "it holds no resourceSpans with a span"
    return (f"0 of {lines:,} lines understood: {reason}",) if lines else ()


def _read_end(path: Path, limit: int) -> tuple[bytes, bool]:
    """Read a file, or the whole lines in its last `limit` bytes; tell whether it is all of it."""
    with path.open("rb") as stream:
        size = stream.seek(0, 2)
        if size <= limit:
            stream.seek(0)
            return stream.read(limit), True
        stream.seek(size - limit)
        return stream.read(limit).partition(b"\n")[2], False

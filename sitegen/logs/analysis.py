"""What a log tells: its newest lines, repeats, each service's worst, and the requests of an access log."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from sitegen.errors import Problem, Reason
from sitegen.logs.model import Level, LevelCount, LogRecord
from sitegen.units import format_bytes

_CLASSES = ("1xx", "2xx", "3xx", "4xx", "5xx")


def newest_first(
    records: Iterable[LogRecord], written: Mapping[str, float] | None = None
) -> tuple[LogRecord, ...]:
    """Sort by time, newest first; a record without a time stands with the one it followed in its source.

    The first ones stand with the first that has a time, and where none has one they are as old as their source was
    `written` (POSIX seconds).
    """
    known = tuple(records)
    first: dict[str, float] = {}
    for record in known:
        if record.time is not None:
            first.setdefault(record.source, record.time)
    last = {**(written or {}), **first}
    dated: list[tuple[float, int, LogRecord]] = []
    for place, record in enumerate(known):
        if record.time is not None:
            last[record.source] = record.time
        dated.append((last.get(record.source, 0.0), place, record))
    return tuple(record for _, _, record in sorted(dated, key=lambda entry: entry[:2], reverse=True))


def fold_repeats(records: Iterable[LogRecord]) -> Iterator[tuple[LogRecord, int]]:
    """Yield the first of neighbours that differ in nothing but time and trace, and how many they are."""
    for _, group in groupby(
        records, key=lambda one: (one.service, one.level, one.message, one.fields, one.more)
    ):
        equal = list(group)
        yield equal[0], len(equal)


def count_levels(records: Iterable[LogRecord]) -> tuple[LevelCount, ...]:
    """Count each service's errors (and worse), warnings and lines; the most errors first, then warnings, then lines."""
    counts: dict[str, Counter[Level]] = {}
    for record in records:
        counts.setdefault(record.service, Counter())[record.level] += 1
    rows = (
        LevelCount(service, found[Level.ERROR] + found[Level.FATAL], found[Level.WARN], found.total())
        for service, found in counts.items()
    )
    return tuple(sorted(rows, key=lambda row: (-row.errors, -row.warnings, -row.lines, row.service)))


def count_requests(
    records: Iterable[LogRecord], start: float, end: float, cycle: float
) -> dict[float, dict[str, int]]:
    """Count the requests of an access log in [start, end), by the slot that ends their cycle and class of status.

    `end` is a slot, and so is each key: `{1764000030.0: {"2xx": 41, "4xx": 1}}` has the
    requests in [1764000000, 1764000030). A cycle without requests has no entry.
    """
    counts: dict[float, dict[str, int]] = {}
    for record in records:
        status = record.fields.get("status", "")
        if record.time is None or not start <= record.time < end or len(status) != 3 or not status.isdigit():
            continue
        name = f"{status[0]}xx"
        if name in _CLASSES:
            # A request at the very beginning of a cycle is that cycle's, hence one step before rounding up.
            slot = end - (math.ceil((end - record.time) / cycle) - 1) * cycle
            found = counts.setdefault(slot, {})
            found[name] = found.get(name, 0) + 1
    return counts


def judge_lines(records: Sequence[LogRecord], source: str) -> tuple[Problem, ...]:
    """Return the problem of a log of which less than half was understood: its lines have neither time nor level."""
    lines = sum(1 + len(record.more) for record in records)
    known = sum(
        1 + len(record.more)
        for record in records
        if record.time is not None or record.level is not Level.UNKNOWN
    )
    if 2 * known >= lines:
        return ()
    sentence = f"{known:,} of {lines:,} lines understood; the others are no JSON with a time or a level"
    return (Problem(f"logs.{source}", sentence, Reason.UNUSABLE),)


def tell_gaps(records: Sequence[LogRecord], files: int, size: int) -> tuple[str, ...]:
    """Return what visitors may miss of a source: what was not read, lines without a time, and those whose keys nobody knows.

    `files` and `size` are the older files, and the bytes of all files, that were not read.
    """
    undated = sum(record.time is None for record in records)
    empty = sum(
        record.time is None and record.level is Level.UNKNOWN and not record.message for record in records
    )
    older = f"{files:,} older file{'s' * (files != 1)}, " if files else ""
    return (
        *((f"{older}{format_bytes(size)} of older lines were not read",) if files or size else ()),
        *((f"{undated:,} of {len(records):,} lines have no time that can be read",) if undated else ()),
        *((f"{empty:,} of {len(records):,} lines are JSON without a key that is known",) if empty else ()),
    )

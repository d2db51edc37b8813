"""The last known good: the newest answer of every question, for when its source is down.

Only what was redacted may come here: it lies on the disk and may be shown again.
"""

import sqlite3
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from sitegen.errors import Notice
from sitegen.freshness import Observed, classify, missing, observed
from sitegen.state.checksums import add_checksum, verify_checksum
from sitegen.state.database import Database, Instant, Whole, select
from sitegen.units import DAY

T = TypeVar("T")

_ENTRIES = 2000
_BYTES = 64_000_000
_UNUSED = 30 * DAY
AUTHORED = "authored"
"""What keys of the author's pages begin with: no other answers drop these, for nobody can be asked for them again."""
_DROPPED = 20
"""How many entries that nobody asks for are dropped at once, so that no run is slow for it."""


class Form(NamedTuple, Generic[T]):
    """How a value is kept: it is written as bytes, and read again, as None where it was damaged."""

    write: Callable[[T], bytes]
    read: Callable[[bytes], T | None]


class Answers:
    """Answers by key, bounded in number, size and age of use. `now` is wall time in POSIX seconds."""

    def __init__(self, database: Database, now: float) -> None:
        self._database = database
        self._now = now

    def put(self, key: str, taken_at: float, body: bytes) -> bool:
        """Keep an answer in the place of the last one of the same key; return whether: one larger than all the room is not."""
        if len(body) > _BYTES:
            return False

        def change(connection: sqlite3.Connection) -> None:
            [number] = connection.execute(
                "INSERT INTO answer (key, taken_at, used_at, size) VALUES (?, ?, ?, ?) ON CONFLICT (key) DO UPDATE "
                "SET taken_at = excluded.taken_at, used_at = excluded.used_at, size = excluded.size RETURNING id",
                (key, taken_at, self._now, len(body)),
            ).fetchone()
            connection.execute(
                "INSERT OR REPLACE INTO answer_body VALUES (?, ?)", (number, add_checksum(body))
            )
            _prune(connection, self._now, number)

        self._database.write(change)
        return True

    def get(self, key: str) -> tuple[float, bytes] | None:
        """Return when an answer was taken (POSIX seconds) and its bytes; one that was damaged is not there."""
        sql = "SELECT taken_at, used_at, body FROM answer JOIN answer_body USING (id) WHERE key = ?"
        rows = self._database.rows(tuple[Instant, Instant, bytes], sql, (key,))
        if not rows:
            return None
        [(taken_at, used_at, stored)] = rows
        body = verify_checksum(stored)
        if body is None:
            return None
        if abs(self._now - used_at) > DAY:
            self._note_use(key)
        return taken_at, body

    def keep_or_recall(
        self,
        key: str,
        value: T | None,
        form: Form[T],
        notices: tuple[Notice, ...],
        *,
        now: float,
        cycle: float,
    ) -> Observed[T]:
        """Keep a value that came, and return it; without one return the last known good one with its age, or nothing.

        `notices` say why none came; `now` is when, in POSIX seconds, and `cycle` in seconds.
        """
        if value is not None:
            self.put(key, now, form.write(value))
            return observed(value, now, now, cycle)
        kept = self.get(key)
        known = None if kept is None else form.read(kept[1])
        if kept is None or known is None:
            return missing(*notices)
        return Observed(known, kept[0], classify(kept[0], now, cycle), notices)

    def _note_use(self, key: str) -> None:
        def change(connection: sqlite3.Connection) -> None:
            connection.execute("UPDATE answer SET used_at = ? WHERE key = ?", (self._now, key))

        self._database.write(change)


def _prune(connection: sqlite3.Connection, now: float, newest: int) -> None:
    """Drop what is unused or beyond the bounds, the oldest first, but never the newest.

    Use is counted from the run before this one: a clock that is ahead for a single run costs nothing.
    """
    unused = select(
        connection,
        tuple[Whole],
        "SELECT id FROM answer WHERE used_at < (SELECT max(used_at) FROM answer WHERE used_at < ?) - ? "
        "AND id != ? AND key NOT LIKE 'authored%' ORDER BY used_at LIMIT ?",
        (now, _UNUSED, newest, _DROPPED),
    )
    _drop(connection, [number for (number,) in unused])
    [(count, size)] = select(
        connection,
        tuple[Whole, Whole],
        "SELECT count(*), coalesce(sum(size), 0) FROM answer WHERE key NOT LIKE 'authored%'",
    )
    if count <= _ENTRIES and size <= _BYTES:
        return
    beyond = []
    for number, bytes_of_it in select(
        connection,
        tuple[Whole, Whole],
        "SELECT id, size FROM answer WHERE id != ? AND key NOT LIKE 'authored%' ORDER BY taken_at, id",
        (newest,),
    ):
        if count <= _ENTRIES and size <= _BYTES:
            break
        beyond.append(number)
        count, size = count - 1, size - bytes_of_it
    _drop(connection, beyond)


def _drop(connection: sqlite3.Connection, numbers: list[int]) -> None:
    for table in ("answer", "answer_body"):
        connection.executemany(f"DELETE FROM {table} WHERE id = ?", [(number,) for number in numbers])  # noqa: S608  # own constants

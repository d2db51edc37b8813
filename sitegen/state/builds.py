"""What was built: records of bounded number, each with a checksum."""

import sqlite3
from typing import Final

import msgspec

from sitegen.instrumentation.records import BuildRecord
from sitegen.state.checksums import add_checksum, verify_checksum
from sitegen.state.database import Database, Whole, select

_WHOLE_BUILDS: Final = 200
_BUILDS: Final = 3000
_FAILED: Final = "failed"


class Builds:
    """The table `build`. What cannot be read is left out; what cannot be kept is in the database's problems."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, record: BuildRecord) -> None:
        """Keep a build: whole among the last 200, without its tasks and pages among the last 3,000."""
        body = add_checksum(msgspec.json.encode(record))
        completed = record.status != _FAILED

        def change(connection: sqlite3.Connection) -> None:
            connection.execute(
                "INSERT OR REPLACE INTO build VALUES (?, ?, 0, ?)", (record.generation, completed, body)
            )
            _thin_builds(connection)

        self._database.write(change)

    def last(self, count: int) -> tuple[BuildRecord, ...]:
        """Return up to `count` builds, newest first; what another version of sitegen wrote may be left out."""
        return self._read("ORDER BY generation DESC LIMIT ?", count)

    def first(self) -> BuildRecord | None:
        """Return the oldest build that is still on record."""
        return next(iter(self._read("ORDER BY generation LIMIT ?", 1)), None)

    def last_completed(self) -> BuildRecord | None:
        """Return the newest build that published a site."""
        return next(iter(self._read("WHERE completed ORDER BY generation DESC LIMIT ?", 20)), None)

    def _read(self, which: str, count: int) -> tuple[BuildRecord, ...]:
        rows = self._database.rows(tuple[bytes], f"SELECT record FROM build {which}", (count,))  # noqa: S608  # own constants
        return tuple(record for (body,) in rows if (record := _build(body)) is not None)

    def next_generation(self) -> int:
        """Return the number of the next build: 1 for the first."""
        sql = "SELECT coalesce(max(generation), 0) FROM build"
        return 1 + max((newest for (newest,) in self._database.rows(tuple[Whole], sql)), default=0)


def _build(stored: bytes) -> BuildRecord | None:
    try:
        return msgspec.json.decode(verify_checksum(stored) or b"", type=BuildRecord)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _thin_builds(connection: sqlite3.Connection) -> None:
    """Cut the tasks out of the builds that are no longer among the last, and drop the oldest.

    Generations count up by one, so how old one is follows from its number: counting
    rows would read thousands of pages.
    """
    [(newest,)] = select(connection, tuple[Whole], "SELECT max(generation) FROM build")
    old = select(
        connection,
        tuple[Whole, bytes],
        "SELECT generation, record FROM build WHERE NOT thin AND generation BETWEEN ? AND ?",
        (newest - _WHOLE_BUILDS - 20, newest - _WHOLE_BUILDS),
    )
    for generation, body in old:
        record = _build(body)
        thin = (
            add_checksum(msgspec.json.encode(msgspec.structs.replace(record, tasks=(), pages=())))
            if record
            else body
        )
        connection.execute("UPDATE build SET thin = 1, record = ? WHERE generation = ?", (thin, generation))
    connection.execute("DELETE FROM build WHERE generation <= ?", (newest - _BUILDS,))

"""What is known of each source, from run to run: since when it fails, when it answered last, what it said then.

Every cycle is a new process, so a circuit breaker (Nygard, "Release It!") is a value that is
read before the sources are asked and stored afterwards. One run counts once, whatever it
retried inside.
"""

import sqlite3
from collections.abc import Mapping
from typing import Annotated

import msgspec

from sitegen.state.checksums import add_checksum, verify_checksum
from sitegen.state.database import Database, Instant

_TRIES = 3
"""Failed runs in a row after which a source is taken to be down."""


class SourceRecord(msgspec.Struct, frozen=True):
    """How a source has fared; instants in POSIX seconds, None for what never was.

    `failures` are runs in a row, the first of them at `failing_since`; `answered_at` is its
    last answer, `asked` how many questions it was put in all, `fault` the words of its last
    fault.
    """

    failures: Annotated[int, msgspec.Meta(ge=0)] = 0
    failing_since: Instant | None = None
    answered_at: Instant | None = None
    asked: Annotated[int, msgspec.Meta(ge=0)] = 0
    fault: str = ""

    @property
    def is_down(self) -> bool:
        """Whether it failed so often that one small question has to go before any other."""
        return self.failures >= _TRIES

    def tell_rest(self, due: str) -> str:
        """Return until when it is left alone, and how often it was asked; nothing of one that is asked everything."""
        rest = f"left alone until {due}, when it is put one small question; {self.asked} so far"
        return rest if self.is_down else ""

    def after(self, now: float, *, healthy: bool, answered: bool, asked: int, fault: str) -> "SourceRecord":
        """Return what is known after it was put `asked` questions at `now`: a healthy run ends all failures."""
        return SourceRecord(
            failures=0 if healthy else self.failures + 1,
            failing_since=None if healthy else self.failing_since if self.failures else now,
            answered_at=now if answered else self.answered_at,
            asked=self.asked + asked,
            fault=fault or self.fault,
        )


class Sources:
    """The table `source`; a source stands in it by the section that asks it, and its name."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def known(self, section: str) -> dict[str, SourceRecord]:
        """Return what is known of a section's sources by their names; one that cannot be read is as new."""
        sql = "SELECT name, failures, failing_since, answered_at, asked, fault FROM source WHERE section = ?"
        rows = self._database.rows(tuple[str, object, object, object, object, object], sql, (section,))
        return {name: _record(*values) for name, *values in rows}

    def save(self, section: str, records: Mapping[str, SourceRecord]) -> None:
        """Keep these records in the place of the last ones; those of other sources stay as they are."""
        rows = [
            (section, name, one.failures, one.failing_since, one.answered_at, one.asked, add_checksum(one.fault.encode()))
            for name, one in records.items()
        ]  # fmt: skip

        def change(connection: sqlite3.Connection) -> None:
            connection.executemany("INSERT OR REPLACE INTO source VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

        self._database.write(change)


def _record(
    failures: object, failing_since: object, answered_at: object, asked: object, fault: object
) -> SourceRecord:
    words = verify_checksum(fault) if isinstance(fault, bytes) else None
    found = {"failures": failures, "failing_since": failing_since, "answered_at": answered_at, "asked": asked}
    try:
        return msgspec.convert(found | {"fault": (words or b"").decode()}, SourceRecord)
    except (msgspec.ValidationError, UnicodeDecodeError):
        return SourceRecord()

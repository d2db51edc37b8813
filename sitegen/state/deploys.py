"""What was deployed, refused deploys included: the last reports, and how often which end came, for ever."""

import contextlib
import sqlite3
from typing import Final

import msgspec

from sitegen.state.checksums import add_checksum, verify_checksum
from sitegen.state.database import Database, Instant, Whole

_DEPLOYS: Final = 1000


class Refusal(msgspec.Struct, frozen=True):
    """Why a deploy did not begin or did not end: its class in a word or two, the sentence, what lets it pass.

    Visitors may read the class; the sentence and the command are for operators.
    """

    reason: str
    sentence: str
    command: str | None = None


class Told(msgspec.Struct, frozen=True):
    """What the report of a deploy says; one of an earlier sitegen says less."""

    exit: int = 0
    refusal: Refusal | None = None
    objects: int | None = None
    bytes: int | None = None
    projected_usd_month: float | None = None


class DeployRecord(msgspec.Struct, frozen=True):
    """One deploy: when it began (POSIX seconds), where to, how it ended, and its report as JSON."""

    at: Instant
    target: str
    status: str
    report: bytes

    @property
    def told(self) -> Told:
        """What its report says; nothing where it cannot be read."""
        with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError):
            return msgspec.json.decode(self.report, type=Told)
        return Told()


class DeployCount(msgspec.Struct, frozen=True):
    """How often deploys to a target ended so, and when last; the reason of those that were done is empty."""

    target: str
    reason: str
    count: int
    last_at: Instant


class Deploys:
    """The tables `deploy` and `deploy_count`. What cannot be kept is in the database's problems."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, at: float, target: str, status: str, report: bytes, reason: str = "") -> None:
        """Keep a deploy among the last 1,000, and count it; `reason` is why it was not done, empty where it was."""

        def change(connection: sqlite3.Connection) -> None:
            connection.execute(
                "INSERT INTO deploy (at, target, status, report) VALUES (?, ?, ?, ?)",
                (at, target, status, add_checksum(report)),
            )
            connection.execute("DELETE FROM deploy WHERE id <= (SELECT max(id) FROM deploy) - ?", (_DEPLOYS,))
            connection.execute(
                "INSERT INTO deploy_count VALUES (?, ?, 1, ?) ON CONFLICT DO UPDATE "
                "SET count = count + 1, last_at = excluded.last_at",
                (target, reason, at),
            )

        self._database.write(change)

    def last(self, count: int) -> tuple[DeployRecord, ...]:
        """Return up to `count` deploys, newest first; one that was damaged is left out."""
        return self._read("ORDER BY id DESC LIMIT ?", count)

    def last_each(self) -> tuple[DeployRecord, ...]:
        """Return the last deploy to each target, by the targets' names."""
        return self._read(
            "WHERE id IN (SELECT max(id) FROM deploy GROUP BY target) ORDER BY target LIMIT ?", 100
        )

    def last_done(self) -> tuple[DeployRecord, ...]:
        """Return the last deploy to each target that was done, by the targets' names."""
        done = "SELECT max(id) FROM deploy WHERE status IN ('ok', 'degraded') GROUP BY target"
        return self._read(f"WHERE id IN ({done}) ORDER BY target LIMIT ?", 100)

    def _read(self, which: str, count: int) -> tuple[DeployRecord, ...]:
        sql = f"SELECT at, target, status, report FROM deploy {which}"  # noqa: S608  # own constants
        rows = self._database.rows(tuple[Instant, str, str, bytes], sql, (count,))
        return tuple(
            DeployRecord(at, target, status, report)
            for at, target, status, stored in rows
            if (report := verify_checksum(stored)) is not None
        )

    def counts(self) -> tuple[DeployCount, ...]:
        """Return all counts, by target and reason."""
        sql = "SELECT target, reason, count, last_at FROM deploy_count ORDER BY target, reason"
        rows = self._database.rows(tuple[str, str, Whole, Instant], sql)
        return tuple(DeployCount(*row) for row in rows)

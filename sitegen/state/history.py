"""What sitegen remembers: its builds and deploys, its numbers, its probes.

All of it is bounded. A method that reads gives nothing where nothing can be read, and
one that writes keeps what can be kept: what went wrong is in the database's problems.
"""

import sqlite3
from array import array
from collections.abc import Mapping
from typing import Final

import msgspec

from sitegen.instrumentation.records import BuildRecord
from sitegen.state import probes, samples
from sitegen.state.database import Database, Instant, Whole, select
from sitegen.state.sealing import seal, unseal
from sitegen.units import Window

__all__ = ["DeployRecord", "History"]

_WHOLE_BUILDS: Final = 200
_BUILDS: Final = 3000
_DEPLOYS: Final = 1000
_FAILED: Final = "failed"


class DeployRecord(msgspec.Struct, frozen=True):
    """One deploy: when (POSIX seconds), where to, how it ended, and its report as JSON."""

    at: Instant
    target: str
    status: str
    report: bytes


class History:
    """The tables of a database as methods; instants are POSIX seconds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- builds and deploys ---

    def add_build(self, record: BuildRecord) -> None:
        """Keep a build: whole among the last 200, without its tasks and pages among the last 3,000."""
        body = seal(msgspec.json.encode(record))
        completed = record.status != _FAILED

        def change(connection: sqlite3.Connection) -> None:
            connection.execute(
                "INSERT OR REPLACE INTO build VALUES (?, ?, 0, ?)", (record.generation, completed, body)
            )
            _thin_builds(connection)

        self._database.write(change)

    def last_builds(self, count: int) -> tuple[BuildRecord, ...]:
        """Give up to `count` builds, newest first; what another version of sitegen wrote may be left out."""
        sql = "SELECT record FROM build ORDER BY generation DESC LIMIT ?"
        rows = self._database.rows(tuple[bytes], sql, (count,))
        return tuple(record for (body,) in rows if (record := _build(body)) is not None)

    def first_build(self) -> BuildRecord | None:
        """Give the oldest build that is still on record."""
        sql = "SELECT record FROM build ORDER BY generation LIMIT 1"
        rows = self._database.rows(tuple[bytes], sql)
        return next((record for (body,) in rows if (record := _build(body)) is not None), None)

    def last_completed(self) -> BuildRecord | None:
        """Give the newest build that published a site."""
        sql = "SELECT record FROM build WHERE completed ORDER BY generation DESC LIMIT 20"
        rows = self._database.rows(tuple[bytes], sql)
        return next((record for (body,) in rows if (record := _build(body)) is not None), None)

    def next_generation(self) -> int:
        """Give the number of the next build: 1 for the first."""
        sql = "SELECT coalesce(max(generation), 0) FROM build"
        return 1 + max((newest for (newest,) in self._database.rows(tuple[Whole], sql)), default=0)

    def add_deploy(self, at: float, target: str, status: str, report: bytes) -> None:
        """Keep a deploy, among the last 1,000."""

        def change(connection: sqlite3.Connection) -> None:
            connection.execute(
                "INSERT INTO deploy (at, target, status, report) VALUES (?, ?, ?, ?)",
                (at, target, status, seal(report)),
            )
            connection.execute("DELETE FROM deploy WHERE id <= (SELECT max(id) FROM deploy) - ?", (_DEPLOYS,))

        self._database.write(change)

    def last_deploys(self, count: int) -> tuple[DeployRecord, ...]:
        """Give up to `count` deploys, newest first; one that was damaged is left out."""
        sql = "SELECT at, target, status, report FROM deploy ORDER BY id DESC LIMIT ?"
        rows = self._database.rows(tuple[Instant, str, str, bytes], sql, (count,))
        return tuple(
            DeployRecord(at, target, status, report)
            for at, target, status, sealed in rows
            if (report := unseal(sealed)) is not None
        )

    # --- numbers ---

    def add_samples(self, at: float, values: Mapping[str, float]) -> None:
        """Keep one sample a series for the slot `at`; a slot that comes again replaces; NaN and Inf are left out."""
        kept = dict(values)

        def change(connection: sqlite3.Connection) -> None:
            samples.prune(connection, at)
            samples.add(connection, at, kept)

        self._database.write(change)

    def series(self, name: str, window: Window) -> "tuple[array[float], array[float]]":
        """Give instants and values of the columns of `window` that have samples; column t covers (t - step, t].

        The end of the name says what a column becomes (`samples.aggregation_of`): a
        sum for `_total`, the largest for `_max`, the last for `_bytes` and
        `_timestamp_seconds`, else the mean.
        """
        return self._database.read(
            lambda connection: samples.columns(connection, name, window), (array("d"), array("d"))
        )

    def names(self) -> tuple[str, ...]:
        """Give the names of all series, sorted."""
        return self._database.read(samples.names, ())

    def latest(self, name: str) -> tuple[float, float] | None:
        """Give the (slot, value) of a series that was stored last."""
        return self._database.read(lambda connection: samples.latest(connection, name), None)

    # --- probes ---

    def add_probe(
        self, probe: str, at: float, state: str, latency: float | None, cycle: float = 30.0
    ) -> None:
        """Keep what a probe found in the cycle that began at `at`; it holds for [at, at + cycle).

        A latency (seconds) is also a sample of the series `probe_duration_seconds{probe="<id>"}`.
        """

        def change(connection: sqlite3.Connection) -> None:
            probes.add(connection, probe, at, state, cycle)
            if latency is not None:
                samples.add(connection, at, {f'probe_duration_seconds{{probe="{probe}"}}': latency})

        self._database.write(change)

    def probe_intervals(self, probe: str, start: float, end: float) -> list[tuple[float, float, str]]:
        """Give the (start, end, state) of a probe in [start, end), cut to it, oldest first.

        Cycles that did not run are gaps between the intervals; two that touch differ in state.
        """
        return self._database.read(
            lambda connection: probes.intervals(connection, probe, start, end),
            [],
        )


def _build(sealed: bytes) -> BuildRecord | None:
    try:
        return msgspec.json.decode(unseal(sealed) or b"", type=BuildRecord)
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
            seal(msgspec.json.encode(msgspec.structs.replace(record, tasks=(), pages=()))) if record else body
        )
        connection.execute("UPDATE build SET thin = 1, record = ? WHERE generation = ?", (thin, generation))
    connection.execute("DELETE FROM build WHERE generation <= ?", (newest - _BUILDS,))

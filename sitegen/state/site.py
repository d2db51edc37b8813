"""What holds of the site for good: its identity, and its planned times as far as they have begun."""

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from sitegen.state.database import Database, Instant


class Identity(NamedTuple):
    """What tells a site from every other: a hexadecimal digest, and since when (POSIX seconds) ids are made of it.

    `name` is what operators know it by: its address, or its title.
    """

    digest: str
    since: float
    name: str

    @property
    def labels(self) -> dict[str, str]:
        """The labels of its series, which stand beside those of other sites in one collector."""
        return {"site": self.name, "site_id": self.digest[:8]}


class PlannedRow(NamedTuple):
    """A planned time, POSIX seconds; `probes` are ids with a space between them, none for all."""

    title: str
    start: float
    stop: float
    probes: str


class SiteFacts:
    """The tables `site` and `planned_time`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def identity(self) -> Identity | None:
        """Return the site's identity, None before it has one."""
        sql = "SELECT digest, since, name FROM site ORDER BY since LIMIT 1"
        return next((Identity(*row) for row in self._database.rows(tuple[str, Instant, str], sql)), None)

    @property
    def labels(self) -> dict[str, str]:
        """The labels of the site's series; none before its first build."""
        known = self.identity()
        return known.labels if known else {}

    def keep_identity(self, one: Identity) -> None:
        """Keep the identity of the site; only what it is called changes later."""

        def change(connection: sqlite3.Connection) -> None:
            if not connection.execute("UPDATE site SET name = ?", (one.name,)).rowcount:
                _insert(connection, "site", [one])

        self._database.write(change)

    def planned(self) -> list[PlannedRow]:
        """Return the planned times that have begun, those that began first first."""
        sql = "SELECT title, start, stop, probes FROM planned_time ORDER BY start, stop, title, probes"
        return [PlannedRow(*row) for row in self._database.rows(tuple[str, Instant, Instant, str], sql)]

    def keep_planned(self, rows: Sequence[PlannedRow]) -> None:
        """Keep these planned times in the place of all others."""

        def change(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM planned_time")
            _insert(connection, "planned_time", rows)

        self._database.write(change)


def _insert(connection: sqlite3.Connection, table: str, rows: Sequence[tuple[object, ...]]) -> None:
    for row in rows:
        marks = ", ".join("?" * len(row))
        connection.execute(f"INSERT INTO {table} VALUES ({marks})", row)  # noqa: S608  # own constants

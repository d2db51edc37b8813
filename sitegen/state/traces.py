"""The traces that have a page of their own, as bytes, until their end: their source may have forgotten them by then."""

import sqlite3
from collections.abc import Mapping
from typing import NamedTuple
from zlib import compress, decompress
from zlib import error as ZlibError  # noqa: N812 - an exception

from sitegen.state.checksums import add_checksum, verify_checksum
from sitegen.state.database import Database, Instant
from sitegen.units import DAY

_REMEMBERED = 30 * DAY
"""How long after its end it is known that a trace had a page."""


class KeptTrace(NamedTuple):
    """From when to when a trace has a page (POSIX seconds), and its body; None where that is damaged or at its end."""

    since: float
    until: float
    body: bytes | None


class KeptTraces:
    """The table `kept_trace`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def known(self) -> dict[str, KeptTrace]:
        """Return all that had a page in the last weeks, by trace id, oldest first."""
        sql = "SELECT trace_id, since, until, body FROM kept_trace ORDER BY since, trace_id"
        rows = self._database.rows(tuple[str, Instant, Instant, bytes], sql)
        return {trace_id: KeptTrace(since, until, _unpack(body)) for trace_id, since, until, body in rows}

    def change(self, now: float, new: Mapping[str, KeptTrace]) -> None:
        """Keep these as well, drop the bodies of those that are at their end, and forget those that were long ago."""
        rows = [
            (key, one.since, one.until, add_checksum(compress(one.body or b""))) for key, one in new.items()
        ]

        def change(connection: sqlite3.Connection) -> None:
            connection.execute("UPDATE kept_trace SET body = x'' WHERE until <= ? AND body != x''", (now,))
            connection.execute("DELETE FROM kept_trace WHERE until <= ?", (now - _REMEMBERED,))
            connection.executemany("INSERT OR REPLACE INTO kept_trace VALUES (?, ?, ?, ?)", rows)

        self._database.write(change)


def _unpack(stored: bytes) -> bytes | None:
    body = verify_checksum(stored)
    try:
        return decompress(body) if body else None
    except ZlibError:
        return None

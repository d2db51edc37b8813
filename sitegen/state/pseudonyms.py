"""Pseudonyms of what is masked in labels: hosts and people stay apart, and are the same in every build.

    10.20.30.40 -> host-1, 10.20.30.41 -> host-2, jane@example.org -> user-1

Numbers are given by first sight and never twice. What they stand for is kept as a keyed digest
(BLAKE2, RFC 7693), so that the file alone does not say it.
"""

import secrets
import sqlite3
import threading
from hashlib import blake2b

import msgspec

from sitegen.state.database import Database, Instant, Whole
from sitegen.units import DAY

MOST = 2000
_KEY = ""
"""The kind of the row that holds the key of the digests."""


class _Row(msgspec.Struct, array_like=True):
    kind: str
    number: Whole
    digest: bytes
    seen_at: Instant


class Pseudonyms:
    """The table `pseudonym`; `now` is wall time in POSIX seconds. Threads may share it."""

    def __init__(self, database: Database, now: float) -> None:
        self._database = database
        self._now = now
        self._lock = threading.Lock()
        self._key = b""
        self._known: dict[bytes, _Row] = {}
        self._changed: list[_Row] = []
        self.began = False
        """Whether the first number of this site was given in this run."""

    def name(self, kind: str, text: str) -> str | None:
        """Return `host-1` for the first host, and so on; None where all MOST are in use by what was seen today."""
        with self._lock:
            if not self._key:
                self._load()
            digest = blake2b(f"{kind}\0{text}".encode(), digest_size=16, key=self._key).digest()
            row = self._known.get(digest) or self._add(kind, digest)
            if row is None:
                return None
            if self._now - row.seen_at > DAY:
                row.seen_at = self._now
                self._changed.append(row)
            return f"{kind}-{row.number}"

    def save(self) -> None:
        """Keep the numbers that were given in this run, and that old ones were seen."""
        with self._lock:
            rows, self._changed = [tuple(msgspec.structs.astuple(row)) for row in self._changed], []
        if not rows:
            return

        def change(connection: sqlite3.Connection) -> None:
            connection.executemany("INSERT OR REPLACE INTO pseudonym VALUES (?, ?, ?, ?)", rows)
            connection.execute(
                "DELETE FROM pseudonym WHERE kind != ? AND digest NOT IN (SELECT digest FROM pseudonym WHERE kind != ? "
                "ORDER BY seen_at DESC, number DESC LIMIT ?)",
                (_KEY, _KEY, MOST),
            )

        self._database.write(change)

    def _load(self) -> None:
        rows = self._database.rows(_Row, "SELECT kind, number, digest, seen_at FROM pseudonym")
        self._known = {row.digest: row for row in rows if row.kind != _KEY}
        key = next((row for row in rows if row.kind == _KEY), None)
        self.began = key is None
        if key is None:
            key = _Row(_KEY, 0, secrets.token_bytes(16), self._now)
            self._changed.append(key)
        self._key = key.digest

    def _add(self, kind: str, digest: bytes) -> _Row | None:
        """Add one with the next number; the one that was not seen for longest makes room."""
        numbers = [row.number for row in self._known.values() if row.kind == kind]
        if len(self._known) >= MOST:
            oldest = min(self._known.values(), key=lambda row: row.seen_at)
            if self._now - oldest.seen_at <= DAY:
                return None
            del self._known[oldest.digest]
        row = self._known[digest] = _Row(kind, max(numbers, default=0) + 1, digest, self._now)
        self._changed.append(row)
        return row

"""How a file of an older sitegen becomes one of this sitegen, and how one of a newer sitegen is left alone.

Every file that outlives a run carries the number of its layout. For `state.db` that is
SQLite's `user_version`, and a step leads from each number to the next. All steps are one
transaction, before which the whole file is copied to `state.db.layout-<its number>`: a
kill anywhere leaves the old layout or the new one.
"""

import contextlib
import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from sitegen.errors import SitegenError
from sitegen.state.files import sync_folder

ELSEWHERE = "point `state` under [site] at another folder"

Step = Callable[[sqlite3.Connection], None]
"""The statements from one layout to the next, one by one: `executescript` would commit what is open."""

_PATIENCE = 30_000
"""Milliseconds to wait for another process that migrates: it may be copying 200 MB."""


class NewerLayoutError(SitegenError):
    """A newer sitegen wrote this file. Nothing was touched."""


def refuse_newer(place: str, layout: int, known: int, instead: str) -> None:
    """Raise NewerLayoutError where a file's layout is above the one that this sitegen knows.

    `instead` is what else can be done than to install a newer sitegen.
    """
    if layout > known:
        raise NewerLayoutError(
            f"{place} has layout {layout} and was written by a newer sitegen, but this one knows layout {known} "
            f"at most, so nothing was touched; install the sitegen that wrote it or a later one, or {instead}"
        )


def _collect_sources(connection: sqlite3.Connection) -> None:
    """Put what is known of a source into one row: its breaker, its last answer, the words of its last fault.

    Answers stood under keys of parts with a NUL between them: `metrics.prom.up.15.0.240`,
    `slo.prom...`, `read.logs.app`, `fault.prom`. The objectives of a source had a breaker
    of their own.
    """
    connection.create_function(
        "part", 2, lambda key, at: [*str(key).split("\0"), "", ""][at], deterministic=True
    )
    connection.execute(
        "CREATE TABLE source (section TEXT NOT NULL, name TEXT NOT NULL, failures INTEGER NOT NULL, failing_since REAL, "
        "answered_at REAL, asked INTEGER NOT NULL, fault BLOB, PRIMARY KEY (section, name)) WITHOUT ROWID"
    )
    connection.execute(
        "INSERT INTO source SELECT iif(part(key, 0) = 'read', part(key, 1), 'metrics') AS section, "
        "iif(part(key, 0) = 'read', part(key, 2), part(key, 1)) AS name, 0, NULL, max(taken_at), 0, NULL "
        "FROM answer WHERE part(key, 0) IN ('metrics', 'slo', 'read') GROUP BY 1, 2"
    )
    connection.execute(
        "INSERT INTO source SELECT 'metrics', replace(name, ' (objectives)', ''), max(failures), changed_at, NULL, 0, "
        "(SELECT body FROM answer JOIN answer_body USING (id) WHERE key = 'fault' || char(0) || breaker.name) "
        "FROM breaker GROUP BY 2 ON CONFLICT DO UPDATE "
        "SET failures = excluded.failures, failing_since = excluded.failing_since, fault = excluded.fault"
    )
    gone = "SELECT id FROM answer WHERE part(key, 0) IN ('fault', 'read')"
    connection.execute(f"DELETE FROM answer_body WHERE id IN ({gone})")  # noqa: S608  # own constant
    connection.execute(f"DELETE FROM answer WHERE id IN ({gone})")  # noqa: S608  # own constant
    connection.execute("DROP TABLE breaker")


def _add_pseudonyms(connection: sqlite3.Connection) -> None:
    """Make room for the pseudonyms of what is masked in labels, of which there was none before."""
    connection.execute(
        "CREATE TABLE pseudonym (kind TEXT NOT NULL, number INTEGER NOT NULL, digest BLOB NOT NULL, "
        "seen_at REAL NOT NULL, PRIMARY KEY (kind, number)) WITHOUT ROWID"
    )


def _count_deploys(connection: sqlite3.Connection) -> None:
    """Count the deploys that are on record, all of which were done, and make room for the traces that have a page."""
    connection.execute(
        "CREATE TABLE deploy_count (target TEXT NOT NULL, reason TEXT NOT NULL, count INTEGER NOT NULL, "
        "last_at REAL NOT NULL, PRIMARY KEY (target, reason)) WITHOUT ROWID"
    )
    connection.execute(
        "INSERT INTO deploy_count SELECT target, '', count(*), max(at) FROM deploy GROUP BY target"
    )
    connection.execute(
        "CREATE TABLE kept_trace (trace_id TEXT PRIMARY KEY, since REAL NOT NULL, until REAL NOT NULL, body BLOB NOT NULL)"
    )


def _add_site(connection: sqlite3.Connection) -> None:
    """Make room for the site's identity and its planned times, which the first build after this knows."""
    connection.execute("CREATE TABLE site (digest TEXT NOT NULL, since REAL NOT NULL, name TEXT NOT NULL)")
    connection.execute(
        "CREATE TABLE planned_time (title TEXT NOT NULL, start REAL NOT NULL, stop REAL NOT NULL, probes TEXT NOT NULL)"
    )


STEPS: tuple[Step, ...] = (_collect_sources, _add_pseudonyms, _count_deploys, _add_site)
"""The first leads from layout 1 to 2, and so on; the last leads to the layout of `schema.py`."""


def read_layout(connection: sqlite3.Connection) -> int:
    """Return the number of a database's layout; below 1 it is none of sitegen's."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(connection: sqlite3.Connection, path: Path, steps: Sequence[Step]) -> None:
    """Bring the database at `path` to the layout that the last step leads to, and keep a copy of what it was.

    Of several processes that do so at once one does it, and the others wait. Raises
    NewerLayoutError, and OSError or sqlite3.Error where the copy or the database cannot be
    written; the database is then what it was.
    """
    if read_layout(connection) == len(steps) + 1:
        return
    patience = connection.execute("PRAGMA busy_timeout").fetchone()[0]
    connection.execute(f"PRAGMA busy_timeout = {_PATIENCE}")
    try:
        connection.execute("BEGIN IMMEDIATE")
        layout = read_layout(connection)
        refuse_newer(str(path), layout, len(steps) + 1, ELSEWHERE)
        if layout <= len(steps):
            _keep_copy(path, path.with_name(f"{path.name}.layout-{layout}"))
            apply_steps(connection, steps)
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            with contextlib.suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
        connection.execute(f"PRAGMA busy_timeout = {patience}")


def apply_steps(connection: sqlite3.Connection, steps: Sequence[Step]) -> None:
    """Apply the steps that lead on from a database's layout, in whatever transaction is open."""
    for step in steps[read_layout(connection) - 1 :]:
        step(connection)
    connection.execute(f"PRAGMA user_version = {len(steps) + 1}")


def _keep_copy(path: Path, target: Path) -> None:
    """Copy a database that nobody else can write now; the copy is whole and on the disk, or not there.

    SQLite reads it: POSIX would drop this process's locks with any other descriptor of the file.
    """
    temporary = target.with_name(f".{target.name}.{os.urandom(4).hex()}.tmp")
    try:
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(temporary)) as copy:
            copy.execute("PRAGMA journal_mode = OFF")
            source.backup(copy)
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.rename(target)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)

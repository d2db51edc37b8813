"""Opening `state.db`: what is not there is made, what is damaged is told from what cannot be reached.

Beside the database lies `state.db.seen`, its size, time and inode when it was last
closed. Only where they differ (a killed run, a copied folder, a foreign hand) the
whole file is checked before it is trusted, which costs far more than a build.
"""

import contextlib
import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

from sitegen.regular import read_regular
from sitegen.state.files import sync_folder
from sitegen.state.layouts import ELSEWHERE, read_layout, refuse_newer
from sitegen.state.schema import APPLICATION, LAYOUT, SCHEMA

_BUSY_SECONDS = 2.0
_NOT_THE_FILE = frozenset({
    sqlite3.SQLITE_AUTH, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL, sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_PERM, sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_READONLY,
})  # fmt: skip


class _DamageError(sqlite3.DatabaseError):
    """The file is no database of this program, though SQLite did not say so itself."""


def connect(path: Path) -> sqlite3.Connection:
    """Open the database at `path`, in whatever layout it is; a new one is made where there is none.

    Raises NewerLayoutError, OSError, and sqlite3.DatabaseError, for which `is_damage` tells
    whether the file is to blame.
    """
    if not os.path.lexists(path):
        _create(path)
    elif not stat.S_ISREG(path.stat().st_mode) or path.stat().st_size == 0:
        raise _DamageError("it is empty or no file")
    untouched = _looks_as_left(path)
    connection = sqlite3.connect(
        path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    try:
        connection.execute("PRAGMA cell_size_check = ON")
        connection.execute("PRAGMA synchronous = FULL")
        _verify(connection, path, thoroughly=not untouched)
    except BaseException:
        connection.close()
        raise
    return connection


def check_database(path: Path) -> None:
    """Raise NewerLayoutError where a newer sitegen wrote the database at `path`; it is read and nothing else."""
    if not path.is_file():
        return
    with (
        contextlib.suppress(sqlite3.Error),
        closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection,
    ):
        if connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION:
            refuse_newer(str(path), read_layout(connection), LAYOUT, ELSEWHERE)


def open_in_memory() -> sqlite3.Connection:
    """Return an empty database that forgets."""
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    connection.executescript(SCHEMA)
    return connection


def copy_in_memory(connection: sqlite3.Connection) -> sqlite3.Connection:
    """Copy what a connection reads into one that forgets. Raises sqlite3.Error where it cannot be read."""
    copy = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    connection.execute("BEGIN")
    read_layout(connection)  # now it holds its lock: `backup` waits for ever for one
    connection.backup(copy)
    connection.execute("COMMIT")
    return copy


def is_damage(fault: Exception, path: Path) -> bool:
    """Whether the file itself is to blame, and not the disk, its space, its rights or another process."""
    code = getattr(fault, "sqlite_errorcode", None)
    if code is None or code == sqlite3.SQLITE_IOERR_SHORT_READ:
        return True
    if code == sqlite3.SQLITE_READONLY and os.access(path, os.W_OK):
        return True  # its header claims a format that only newer programs may write
    return code & 0xFF not in _NOT_THE_FILE


def _verify(connection: sqlite3.Connection, path: Path, *, thoroughly: bool) -> None:
    """Raise _DamageError for a database that is not ours, was cut, or fails SQLite's own check, NewerLayoutError for one from the future."""
    # The first of these also rolls a killed run's journal back, so the size counts only after it.
    application, layout, page = (
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("application_id", "user_version", "page_size")
    )
    if application != APPLICATION:
        raise _DamageError("it is not a database of sitegen")
    refuse_newer(str(path), layout, LAYOUT, ELSEWHERE)
    if layout < 1:
        raise _DamageError(f"it has layout {layout}, which no sitegen wrote")
    if path.stat().st_size % page:
        raise _DamageError("its last page is cut")
    if thoroughly and (verdict := connection.execute("PRAGMA integrity_check(1)").fetchone()[0]) != "ok":
        raise _DamageError(str(verdict).replace("\n", " ").removeprefix("*** in database main *** "))


def _create(path: Path) -> None:
    """Put a new database in place in one step, so that no kill leaves an empty file."""
    temporary = path.with_name(f".{path.name}.{os.urandom(4).hex()}.tmp")
    try:
        connection = sqlite3.connect(temporary, isolation_level=None)
        try:
            connection.execute("PRAGMA journal_mode = OFF")
            connection.executescript(SCHEMA)
        finally:
            connection.close()
        try:
            os.link(temporary, path)
        except FileExistsError:
            pass  # a run without the lock (`sitegen status`) was first: then its file is the one
        except OSError:
            temporary.rename(path)  # the file system has no links
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def note_looks(path: Path) -> None:
    """Note what the database at `path` looks like now that it is closed."""
    # Always as long, and written over the last: no kill and no full disk leaves an empty file.
    with contextlib.suppress(OSError):
        descriptor = os.open(_seen(path), os.O_WRONLY | os.O_CREAT | os.O_NONBLOCK, 0o666)
        try:
            os.pwrite(descriptor, _looks(path).encode("ascii"), 0)
        except OSError:
            _seen(path).unlink()
        finally:
            os.close(descriptor)


def _looks_as_left(path: Path) -> bool:
    try:
        return read_regular(_seen(path)).decode("ascii") == _looks(path)
    except (OSError, UnicodeDecodeError):
        return False


def _seen(path: Path) -> Path:
    return path.with_name(f"{path.name}.seen")


def _looks(path: Path) -> str:
    found = path.stat()
    return f"{found.st_size:20} {found.st_mtime_ns:20} {found.st_ino:20}\n"

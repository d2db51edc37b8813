"""The SQLite file of the state folder. It heals itself and never stops a build.

A rollback journal with full syncing, not a write-ahead log: a build commits once, so
a log would save nothing, and between two builds everything lies in one file that can
be copied. A file that SQLite cannot read is moved aside and a new one starts; a disk
that is full or read-only is a `Problem`, and the run goes on without what it cannot keep.

Beside the database lies `state.db.seen`, its size, time and inode when it was last
closed. Only where they differ (a killed run, a copied folder, a foreign hand) the
whole file is checked before it is trusted, which costs far more than a build.
"""

import contextlib
import os
import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec

from sitegen.errors import Problem
from sitegen.state.files import sync_folder
from sitegen.state.quarantine import set_aside
from sitegen.state.schema import APPLICATION, SCHEMA, VERSION

__all__ = ["Change", "Database", "Finite", "Instant", "Whole", "select"]

T = TypeVar("T")
Change = Callable[[sqlite3.Connection], None]
"""A write as a value: it can be done again on a new file when the old one turns out to be damaged."""

# What a column may hold: a flipped bit that gives a year 10^200 is damage, not data; the years 1 to 9999 are not.
Whole = Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)]
Finite = Annotated[float, msgspec.Meta(ge=-1.7976931348623157e308, le=1.7976931348623157e308)]
Instant = Annotated[float, msgspec.Meta(ge=-62_135_596_800.0, le=253_402_300_800.0)]

_BUSY_SECONDS = 2.0
# SQLite quotes damaged text in its own messages, where Python then fails to decode it.
_FAULTS = (sqlite3.DatabaseError, msgspec.ValidationError, UnicodeDecodeError)
_MISUSES = (sqlite3.ProgrammingError, sqlite3.NotSupportedError)
_NOT_THE_FILE = frozenset({
    sqlite3.SQLITE_AUTH, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL, sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_PERM, sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_READONLY,
})  # fmt: skip


class _DamageError(sqlite3.DatabaseError):
    """The file is no database of this program, though SQLite did not say so itself."""


def select(
    connection: sqlite3.Connection, shape: type[T], sql: str, parameters: tuple[object, ...] = ()
) -> list[T]:
    """Give the rows of a question, each as `shape`; a row of another shape is damage (ValidationError)."""
    return msgspec.convert(connection.execute(sql, parameters).fetchall(), list[shape])  # type: ignore[valid-type]


class Database:
    """One file at `path`, opened at wall time `now` (POSIX seconds). Threads may share it; close it when done."""

    def __init__(self, path: Path, now: float) -> None:
        self._path = path
        self._now = now
        self._lock = threading.RLock()
        self._problems: dict[Problem, None] = {}
        self._waiting: list[Change] | None = None
        self._connection = self._open()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What went wrong so far, once each."""
        return tuple(self._problems)

    def read(self, ask: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        """Give the answer of `ask`; of a new, empty file where this one is damaged; `otherwise` where none can be had."""
        with self._lock:
            for _ in range(2):
                try:
                    return ask(self._connection)
                except _FAULTS as fault:
                    if not self._heal(fault):
                        break
            return otherwise

    def rows(self, shape: type[T], sql: str, parameters: tuple[object, ...] = ()) -> list[T]:
        """Give the rows of a question, each as `shape`; none where none can be had."""
        nothing: list[T] = []
        return self.read(lambda connection: select(connection, shape, sql, parameters), nothing)

    def write(self, change: Change) -> None:
        """Do a change in a transaction of its own, or with all others of the `batch` it stands in."""
        with self._lock:
            if self._waiting is None:
                self._commit([change])
            else:
                self._waiting.append(change)

    @contextlib.contextmanager
    def batch(self) -> Iterator[None]:
        """Gather the changes made inside into one transaction at the end: all are kept, or none.

        A read inside does not see them yet. After an exception inside, none is kept.
        """
        with self._lock:
            self._waiting = []
        try:
            yield
            with self._lock:
                self._commit(self._waiting)
        finally:
            self._waiting = None

    def close(self) -> None:
        """Close the file and note what it looks like."""
        with self._lock:
            in_file = _file_of(self._connection) is not None
            with contextlib.suppress(sqlite3.DatabaseError):
                self._connection.close()
            if in_file:
                self._note_looks()

    def _note_looks(self) -> None:
        # Always as long, and written over the last: no kill and no full disk leaves an empty file.
        with contextlib.suppress(OSError):
            descriptor = os.open(self._seen, os.O_WRONLY | os.O_CREAT, 0o666)
            try:
                os.pwrite(descriptor, _looks(self._path).encode("ascii"), 0)
            except OSError:
                self._seen.unlink()
            finally:
                os.close(descriptor)

    @property
    def _seen(self) -> Path:
        return self._path.with_name(f"{self._path.name}.seen")

    def _commit(self, changes: list[Change]) -> None:
        for _ in range(2):
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                for change in changes:
                    change(self._connection)
                self._connection.execute("COMMIT")
            except _FAULTS as fault:
                self._roll_back()
                if not self._heal(fault):
                    return
            except BaseException:
                self._roll_back()
                raise
            else:
                return

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            with contextlib.suppress(sqlite3.DatabaseError):
                self._connection.execute("ROLLBACK")

    def _heal(self, fault: Exception) -> bool:
        """Note the fault; where the file is to blame, start a new one and say that it is worth another try."""
        if isinstance(fault, _MISUSES):
            raise fault
        if not _is_damage(fault, self._path):
            self._note(f"The history could not be used ({fault}); this run goes on without it.")
            return False
        with contextlib.suppress(sqlite3.DatabaseError):
            self._connection.close()
        self._connection = self._start_anew(fault)
        return True

    def _note(self, message: str) -> None:
        self._problems[Problem(where="state.history", message=message)] = None

    def _open(self) -> sqlite3.Connection:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            return self._open_file()
        except _FAULTS as fault:
            if _is_damage(fault, self._path):
                return self._start_anew(fault)
            return self._do_without(fault)
        except OSError as fault:
            return self._do_without(fault)

    def _open_file(self) -> sqlite3.Connection:
        if not os.path.lexists(self._path):
            _create(self._path)
        elif not stat.S_ISREG(self._path.stat().st_mode) or self._path.stat().st_size == 0:
            raise _DamageError("it is empty or no file")
        untouched = self._looks_as_left()
        connection = sqlite3.connect(
            self._path,
            timeout=_BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
        )
        try:
            connection.execute("PRAGMA cell_size_check = ON")
            connection.execute("PRAGMA synchronous = FULL")
            _verify(connection, self._path, thoroughly=not untouched)
        except BaseException:
            connection.close()
            raise
        return connection

    def _looks_as_left(self) -> bool:
        try:
            return self._seen.read_text(encoding="ascii") == _looks(self._path)
        except (OSError, UnicodeDecodeError):
            return False

    def _start_anew(self, fault: Exception) -> sqlite3.Connection:
        try:
            copy = set_aside(self._path, self._now)
            self._note(f"The history was lost: its file could not be read ({fault}). It is kept as {copy.name} "
                       "in the state folder, and a new one has begun.")  # fmt: skip
            return self._open_file()
        except (OSError, *_FAULTS) as next_fault:
            return self._do_without(next_fault)

    def _do_without(self, fault: Exception) -> sqlite3.Connection:
        """Give a database that forgets, so that everything else works as on the first day."""
        reason = fault.strerror if isinstance(fault, OSError) else fault
        self._note(f"The history cannot be read or kept in this run ({reason}). See that the state folder can be "
                   "written and that its disk has space.")  # fmt: skip
        connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        connection.executescript(SCHEMA)
        return connection


def _is_damage(fault: Exception, path: Path) -> bool:
    """Whether the file itself is to blame, and not the disk, its space, its rights or another process."""
    code = getattr(fault, "sqlite_errorcode", None)
    if code is None or code == sqlite3.SQLITE_IOERR_SHORT_READ:
        return True
    if code == sqlite3.SQLITE_READONLY and os.access(path, os.W_OK):
        return True  # its header claims a format that only newer programs may write
    return code & 0xFF not in _NOT_THE_FILE


def _verify(connection: sqlite3.Connection, path: Path, *, thoroughly: bool) -> None:
    """Raise _DamageError for a database that is not ours, is from the future, was cut, or fails SQLite's own check."""
    # The first of these also rolls a killed run's journal back, so the size counts only after it.
    application, version, page = (
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("application_id", "user_version", "page_size")
    )
    if application != APPLICATION:
        raise _DamageError("it is not a database of sitegen")
    if version != VERSION:
        raise _DamageError(f"it has version {version} of its layout; this program knows {VERSION}")
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


def _file_of(connection: sqlite3.Connection) -> str | None:
    """Give the path of the file behind a connection, None for one in memory or closed."""
    try:
        return connection.execute("PRAGMA database_list").fetchone()[2] or None
    except sqlite3.Error:
        return None


def _looks(path: Path) -> str:
    found = path.stat()
    return f"{found.st_size:20} {found.st_mtime_ns:20} {found.st_ino:20}\n"

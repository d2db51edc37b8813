"""The SQLite file of the state folder. It heals itself and never stops a build.

A rollback journal with full syncing, not a write-ahead log: a build commits once, so
a log would save nothing, and between two builds everything lies in one file that can
be copied. A file that SQLite cannot read is moved aside and a new one starts; a disk
that is full or read-only is a `Problem`, and the run goes on without what it cannot keep.
One that a newer sitegen wrote ends the run instead: it is no damage, and nothing is touched.
"""

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec

from sitegen.errors import Problem
from sitegen.state.layouts import STEPS, apply_steps, migrate, read_layout
from sitegen.state.opening import connect, copy_in_memory, is_damage, note_looks, open_in_memory
from sitegen.state.quarantine import set_aside
from sitegen.state.schema import LAYOUT

T = TypeVar("T")
Change = Callable[[sqlite3.Connection], None]
"""A write as a value: it can be done again on a new file when the old one turns out to be damaged."""

# What a column may hold: a flipped bit that gives a year 10^200 is damage, not data; the years 1 to 9999 are not.
Whole = Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)]
Finite = Annotated[float, msgspec.Meta(ge=-1.7976931348623157e308, le=1.7976931348623157e308)]
Instant = Annotated[float, msgspec.Meta(ge=-62_135_596_800.0, le=253_402_300_800.0)]

# SQLite quotes damaged text in its own messages, where Python then fails to decode it.
_FAULTS = (sqlite3.DatabaseError, msgspec.ValidationError, UnicodeDecodeError)
_UNUSED = "cannot be kept in this run"
_MISUSES = (sqlite3.ProgrammingError, sqlite3.NotSupportedError)


def select(
    connection: sqlite3.Connection, shape: type[T], sql: str, parameters: tuple[object, ...] = ()
) -> list[T]:
    """Return the rows of a question, each as `shape`; a row of another shape is damage (ValidationError)."""
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
        """Return the answer of `ask`; of a new, empty file where this one is damaged; `otherwise` where none can be had."""
        with self._lock:
            for _ in range(2):
                try:
                    return ask(self._connection)
                except _FAULTS as fault:
                    if not self._heal(fault):
                        break
            return otherwise

    def rows(self, shape: type[T], sql: str, parameters: tuple[object, ...] = ()) -> list[T]:
        """Return the rows of a question, each as `shape`; none where none can be had."""
        nothing: list[T] = []
        return self.read(lambda connection: select(connection, shape, sql, parameters), nothing)

    def write(self, change: Change) -> None:
        """Apply a change in a transaction of its own, or with all others of the `batch` it stands in."""
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
                note_looks(self._path)

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
        if not is_damage(fault, self._path) or self._is_newer():
            self._note(f"The history could not be used ({fault}); this run goes on without it.", _UNUSED)
            return False
        with contextlib.suppress(sqlite3.DatabaseError):
            self._connection.close()
        self._connection = self._start_anew(fault)
        return True

    def _is_newer(self) -> bool:
        """Whether a newer sitegen has brought the open file to its own layout: what fails now is no damage."""
        with contextlib.suppress(sqlite3.Error):
            return read_layout(self._connection) > LAYOUT
        return False

    def _note(self, message: str, reason: str) -> None:
        self._problems[Problem("state.history", message, reason)] = None

    def _open(self) -> sqlite3.Connection:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            return self._open_file()
        except _FAULTS as fault:
            if is_damage(fault, self._path):
                return self._start_anew(fault)
            return self._do_without(fault)
        except OSError as fault:
            return self._do_without(fault)

    def _open_file(self) -> sqlite3.Connection:
        connection = connect(self._path)
        try:
            migrate(connection, self._path, STEPS)
        except (OSError, sqlite3.DatabaseError) as fault:
            if not isinstance(fault, OSError) and is_damage(fault, self._path):
                connection.close()
                raise
            return self._read_only(connection, fault)
        except BaseException:
            connection.close()
            raise
        return connection

    def _read_only(self, connection: sqlite3.Connection, fault: Exception) -> sqlite3.Connection:
        """Return a database of this layout that forgets what is new, where the file must stay in its old one."""
        with closing(connection):
            copy = copy_in_memory(connection)
        apply_steps(copy, STEPS)
        self._note(f"The history is read but not kept in this run: it cannot be brought to the layout of this sitegen "
                   f"({_reason(fault)}). See that the state folder can be written and that its disk has space.", _UNUSED)  # fmt: skip
        return copy

    def _start_anew(self, fault: Exception) -> sqlite3.Connection:
        try:
            copy = set_aside(self._path, self._now)
            self._note(f"The history was lost: its file could not be read ({fault}). It is kept as {copy.name} "
                       "in the state folder, and a new one has begun.", "was lost, and a new one has begun")  # fmt: skip
            return self._open_file()
        except (OSError, *_FAULTS) as next_fault:
            return self._do_without(next_fault)

    def _do_without(self, fault: Exception) -> sqlite3.Connection:
        """Return a database that forgets, so that everything else works as on the first day."""
        self._note(f"The history cannot be read or kept in this run ({_reason(fault)}). See that the state folder can be "
                   "written and that its disk has space.", _UNUSED)  # fmt: skip
        return open_in_memory()


def _file_of(connection: sqlite3.Connection) -> str | None:
    """Return the path of the file behind a connection, None for one in memory or closed."""
    try:
        return connection.execute("PRAGMA database_list").fetchone()[2] or None
    except sqlite3.Error:
        return None


def _reason(fault: Exception) -> str:
    return (fault.strerror if isinstance(fault, OSError) else None) or str(fault)

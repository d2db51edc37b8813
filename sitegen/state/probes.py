"""The history of probes: runs of cycles in one state, so that a year without change is one row.

A cycle covers [slot, slot + cycle). One that did not run leaves a gap. Runs of a
probe never overlap: what is stored last is true, also when the clock was set back.
"""

import sqlite3
from collections.abc import Sequence
from functools import partial
from typing import Annotated

import msgspec

from sitegen.state.database import Database, Whole, select
from sitegen.units import DAY

_REACH = 400 * DAY
_RUNS = 20_000
"""Runs kept of one probe: over a year of one that changes 50 times a day, a week of one that changes always."""


class Run(msgspec.Struct, frozen=True, array_like=True):
    """A stretch [start, stop) in one state, milliseconds since 1970; a row in any other state is damage."""

    start: Whole
    stop: Whole
    state: Annotated[str, msgspec.Meta(pattern="^(up|degraded|down|maintenance|no data)$")]


def overwrite(runs: Sequence[Run], new: Run) -> list[Run]:
    """Overwrite runs by a new one, and join it with its like: `runs` are sorted, touch or overlap it, and not each other.

    [0-30 up] + [30-60 up] -> [0-60 up]; [0-90 up] + [30-60 down] -> [0-30 up][30-60 down][60-90 up].
    """
    left = [Run(run.start, new.start, run.state) for run in runs if run.start < new.start]
    right = [Run(new.stop, run.stop, run.state) for run in runs if run.stop > new.stop]
    joined: list[Run] = []
    for run in (*left, new, *right):
        if joined and joined[-1].stop == run.start and joined[-1].state == run.state:
            joined[-1] = Run(joined[-1].start, run.stop, run.state)
        else:
            joined.append(run)
    return joined


class Probes:
    """The table `probe_run`; instants are POSIX seconds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, probe: str, at: float, state: str, cycle: float) -> None:
        """Keep what a probe found in the cycle that began at `at`; it holds for [at, at + cycle)."""
        self._database.write(partial(_add, probe=probe, at=at, state=state, cycle=cycle))

    def intervals(self, probe: str, start: float, end: float) -> list[tuple[float, float, str]]:
        """Return the (start, end, state) of a probe in [start, end), cut to it, oldest first.

        Cycles that did not run are gaps between the intervals; two that touch differ in state.
        """
        return self._database.read(partial(_intervals, probe=probe, start=start, end=end), [])


def _add(connection: sqlite3.Connection, probe: str, at: float, state: str, cycle: float) -> None:
    new = Run(round(at * 1000), round((at + cycle) * 1000), state)
    touched = _touching(connection, probe, new.start, new.stop)
    result = overwrite(touched, new)
    if [(run.start, run.state) for run in touched] == [(run.start, run.state) for run in result]:
        connection.executemany(
            "UPDATE probe_run SET stop = ? WHERE probe = ? AND start = ?",
            [(run.stop, probe, run.start) for run in result],
        )
        return
    connection.executemany(
        "DELETE FROM probe_run WHERE probe = ? AND start = ?", [(probe, run.start) for run in touched]
    )
    connection.executemany(
        "INSERT INTO probe_run VALUES (?, ?, ?, ?)",
        [(probe, run.start, run.stop, run.state) for run in result],
    )
    _prune(connection, probe)


def _touching(connection: sqlite3.Connection, probe: str, start: int, stop: int) -> list[Run]:
    """Return the runs that overlap [start, stop) or end where it begins or begin where it ends."""
    return select(
        connection,
        Run,
        "SELECT start, stop, state FROM probe_run WHERE probe = ?1 AND start <= ?3 AND stop >= ?2 AND start >= "
        # Before the two runs that begin last until `start`, none can reach it: runs do not overlap.
        "coalesce((SELECT min(start) FROM (SELECT start FROM probe_run WHERE probe = ?1 AND start <= ?2 "
        "ORDER BY start DESC LIMIT 2)), ?2) ORDER BY start",
        (probe, start, stop),
    )


def _prune(connection: sqlite3.Connection, probe: str) -> None:
    """Drop what is out of reach, counted from the run before the newest: a clock that is ahead once costs nothing."""
    connection.execute(
        "DELETE FROM probe_run WHERE probe = ?1 AND start IN "
        "(SELECT start FROM probe_run WHERE probe = ?1 AND stop <= "
        "(SELECT stop FROM probe_run WHERE probe = ?1 ORDER BY start DESC LIMIT 1 OFFSET 1) - ?2 "
        "ORDER BY start LIMIT 100)",
        (probe, round(_REACH * 1000)),
    )
    connection.execute(
        "DELETE FROM probe_run WHERE probe = ?1 AND start <= "
        "(SELECT start FROM probe_run WHERE probe = ?1 ORDER BY start DESC LIMIT 1 OFFSET ?2)",
        (probe, _RUNS),
    )


def _intervals(
    connection: sqlite3.Connection, probe: str, start: float, end: float
) -> list[tuple[float, float, str]]:
    first, last = round(start * 1000), round(end * 1000)
    if first >= last:
        return []
    return [
        (max(run.start, first) / 1000, min(run.stop, last) / 1000, run.state)
        for run in _touching(connection, probe, first, last)
        if run.stop > first and run.start < last
    ]

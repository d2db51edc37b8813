"""The history of numbers: samples as they came for a day, then rolled up, each tier bounded.

    sample       every slot      25 hours
    sample_5min  (slot-300, slot]   31 days
    sample_1h    (slot-3600, slot]  2 years

A sample goes into all three at once, so nothing has to be rolled up later and a
question reads the coarsest tier that answers it exactly. Rollups hold count and sum,
not means, so a mean over any number of rows is exact (as RRDtool's and Graphite's are
not). A slot holds one sample: one that comes again replaces the first.
"""

import math
import sqlite3
from array import array
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import partial
from typing import Annotated

import msgspec

from sitegen.state.database import Database, Finite, Whole, select
from sitegen.units import DAY, HOUR, Window


class Aggregation(StrEnum):
    """What the samples of a column become."""

    MEAN = "mean"
    SUM = "sum"
    MAX = "max"
    LAST = "last"


_AGGREGATIONS = (
    ("_total", Aggregation.SUM),  # what one cycle counted: a column shows all of it
    ("_max", Aggregation.MAX),
    ("_bytes", Aggregation.LAST),  # sizes and instants are what they are at the end
    ("_timestamp_seconds", Aggregation.LAST),
)

_LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="[^"\\\n]*"'
_Name = Annotated[str, msgspec.Meta(pattern=rf"^[a-zA-Z_:][a-zA-Z0-9_:]*(\{{{_LABEL}(,{_LABEL})*\}})?$")]

_ROLLUPS = (("sample_5min", 300), ("sample_1h", 3600))
_REACH = {"sample": 25 * HOUR, "sample_5min": 31 * DAY, "sample_1h": 730 * DAY}
_PRUNED_SERIES, _PRUNED_ROWS = 2, 1000
"""How much one call prunes: series in turn, and rows of each of their tiers."""

_RAW = "(SELECT series, slot, 1 AS count, value AS sum, value AS max, value AS last FROM sample)"
_VALUES = {
    Aggregation.MEAN: "sum(sum) / sum(count)",
    Aggregation.SUM: "sum(sum)",
    Aggregation.MAX: "max(max)",
    Aggregation.LAST: "last",  # SQLite takes a bare column from the row of the only max(), here the last slot
}


def aggregation_of(name: str) -> Aggregation:
    """Return how the samples of a series become one value, by the end of its name; means unless it is told.

    Labels do not count: `sitegen_section_bytes{section="logs"}` ends with `_bytes`.
    """
    family = name.partition("{")[0]
    for ending, aggregation in _AGGREGATIONS:
        if family.endswith(ending):
            return aggregation
    return Aggregation.MEAN


class Series:
    """The series of numbers by their names, `sitegen_asset_bytes{kind="html"}`; slots are POSIX seconds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, at: float, samples: Mapping[str, float]) -> None:
        """Keep one sample a series for the slot `at`, to the second; a slot that comes again replaces; NaN and Inf are left out."""
        self._database.write(partial(_add, at=at, samples=dict(samples)))

    def remove(self, names: Sequence[str], start: float, end: float) -> None:
        """Drop the samples of these series whose slots are in [start, end), POSIX seconds."""
        self._database.write(partial(_remove, names=names, start=math.ceil(start), end=math.ceil(end)))

    def columns(self, name: str, window: Window) -> "tuple[array[float], array[float]]":
        """Return instants and values of the columns of `window` that have samples; column t covers (t - step, t].

        Steps are whole seconds. The end of the name says what a column becomes
        (`aggregation_of`): a sum for `_total`, the largest for `_max`, the last for `_bytes`
        and `_timestamp_seconds`, else the mean.
        """
        return self._database.read(partial(_columns, name=name, window=window), (array("d"), array("d")))

    def names(self) -> tuple[str, ...]:
        """Return the names of all series, sorted; one that no build can have written is damage."""
        return tuple(
            name for (name,) in self._database.rows(tuple[_Name], "SELECT name FROM series ORDER BY name")
        )

    def latest(self, name: str) -> tuple[float, float] | None:
        """Return the (slot, value) that was stored last: not of the latest slot, for the clock may have been ahead."""
        sql = "SELECT last_slot, last_value FROM series WHERE name = ?"
        return next(iter(self._database.rows(tuple[Finite, Finite], sql, (name,))), None)

    def oldest(self, name: str) -> float | None:
        """Return where the oldest hour ends of which there are samples, in POSIX seconds."""
        sql = "SELECT min(slot) FROM sample_1h WHERE series = (SELECT id FROM series WHERE name = ?)"
        return next((slot for (slot,) in self._database.rows(tuple[Finite | None], sql, (name,))), None)


def _add(connection: sqlite3.Connection, at: float, samples: Mapping[str, float]) -> None:
    _prune(connection, at)
    slot = round(at)
    for name, value in samples.items():
        if math.isfinite(value):
            _add_one(connection, _series(connection, name, slot, value), slot, float(value))


def _series(connection: sqlite3.Connection, name: str, slot: int, value: float) -> int:
    """Return the number of a series, a new one where it has none, and note its latest value."""
    known = connection.execute(
        "INSERT INTO series (name, last_slot, last_value, pruned) VALUES (?, ?, ?, 0) "
        "ON CONFLICT (name) DO UPDATE SET last_slot = excluded.last_slot, last_value = excluded.last_value "
        "RETURNING id",
        (name, slot, value),
    ).fetchone()
    return int(known[0])


def _add_one(connection: sqlite3.Connection, series: int, slot: int, value: float) -> None:
    again = select(
        connection, tuple[Finite], "SELECT value FROM sample WHERE series = ? AND slot = ?", (series, slot)
    )
    connection.execute("INSERT OR REPLACE INTO sample VALUES (?, ?, ?)", (series, slot, value))
    for table, width in _ROLLUPS:
        bucket = -(-slot // width) * width
        if not again:
            _count_in(connection, table, (series, bucket, value, value, value, value, slot))
        elif again != [(value,)] and _has_all(connection, table, width, series, bucket):
            _count_anew(connection, table, width, series, bucket)


def _count_in(connection: sqlite3.Connection, table: str, row: tuple[float, ...]) -> None:
    connection.execute(
        f"INSERT INTO {table} VALUES (?, ?, 1, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "  # noqa: S608  # own constant
        "count = count + 1, sum = sum + excluded.sum, min = min(min, excluded.min), max = max(max, excluded.max), "
        "last = iif(excluded.last_slot >= last_slot, excluded.last, last), "
        "last_slot = max(last_slot, excluded.last_slot)",
        row,
    )


def _has_all(connection: sqlite3.Connection, table: str, width: int, series: int, bucket: int) -> bool:
    """Return whether the samples that a rollup was made of are all still there."""
    rows = select(
        connection,
        tuple[Whole],
        f"SELECT 1 FROM {table} WHERE series = ?1 AND slot = ?2 AND count = "  # noqa: S608  # own constant
        "(SELECT count(*) FROM sample WHERE series = ?1 AND slot > ?2 - ?3 AND slot <= ?2)",
        (series, bucket, width),
    )
    return bool(rows)


def _count_anew(connection: sqlite3.Connection, table: str, width: int, series: int, bucket: int) -> None:
    """Make a rollup from its samples, none where there is none."""
    connection.execute(f"DELETE FROM {table} WHERE series = ? AND slot = ?", (series, bucket))  # noqa: S608  # own constant
    connection.execute(
        f"INSERT INTO {table} SELECT series, ?2, count(*), sum(value), min(value), max(value),"  # noqa: S608  # own constant
        "  (SELECT value FROM sample WHERE series = ?1 AND slot <= ?2 ORDER BY slot DESC LIMIT 1), max(slot)"
        " FROM sample WHERE series = ?1 AND slot > ?2 - ?3 AND slot <= ?2 GROUP BY series",
        (series, bucket, width),
    )


def _remove(connection: sqlite3.Connection, names: Sequence[str], start: int, end: int) -> None:
    for name in names:
        for (series,) in select(connection, tuple[Whole], "SELECT id FROM series WHERE name = ?", (name,)):
            _remove_from(connection, series, start, end)


def _remove_from(connection: sqlite3.Connection, series: int, start: int, end: int) -> None:
    """Drop samples; a rollup that others were counted in goes on without these as long as all of them are there."""
    within = "FROM sample WHERE series = ? AND slot >= ? AND slot < ?"
    # What is shorter than any rollup covers none whole: without a sample there is nothing to be done, as in most cycles.
    if end - start < _ROLLUPS[0][1] and not select(
        connection, tuple[Whole], f"SELECT slot {within} LIMIT 1", (series, start, end)
    ):
        return
    counted = []
    for table, width in _ROLLUPS:
        rows = select(
            connection,
            tuple[Whole],
            f"SELECT slot FROM {table} WHERE series = ? AND slot >= ? AND slot < ?",  # noqa: S608  # own constant
            (series, start, end + width - 1),
        )
        counted += [
            (table, width, series, bucket)
            for (bucket,) in rows
            if (start <= bucket - width + 1 and bucket < end)
            or _has_all(connection, table, width, series, bucket)
        ]
    connection.execute(f"DELETE {within}", (series, start, end))
    for rollup in counted:
        _count_anew(connection, *rollup)


def _prune(connection: sqlite3.Connection, at: float) -> None:
    """Drop what no tier keeps at `at`, a bounded piece of it: every call takes the next series.

    Reaches are counted from the run before this one where that is earlier, so a clock
    that is ahead for a single run costs nothing.
    """
    [(before,)] = select(
        connection, tuple[Whole | None], "SELECT max(last_slot) FROM series WHERE last_slot < ?", (round(at),)
    )
    if before is None:
        return
    turn = select(
        connection, tuple[Whole], "SELECT id FROM series ORDER BY pruned, id LIMIT ?", (_PRUNED_SERIES,)
    )
    for (series,) in turn:
        for table, reach in _REACH.items():
            connection.execute(
                f"DELETE FROM {table} WHERE series = ?1 AND slot IN "  # noqa: S608  # own constant
                f"(SELECT slot FROM {table} WHERE series = ?1 AND slot <= ?2 ORDER BY slot LIMIT ?3)",
                (series, before - round(reach), _PRUNED_ROWS),
            )
        connection.execute(
            "UPDATE series SET pruned = (SELECT max(pruned) + 1 FROM series) WHERE id = ?", (series,)
        )
        connection.execute(
            "DELETE FROM series WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM sample WHERE series = ?1) "
            "AND NOT EXISTS (SELECT 1 FROM sample_1h WHERE series = ?1)",
            (series,),
        )


def _columns(
    connection: sqlite3.Connection, name: str, window: Window
) -> "tuple[array[float], array[float]]":
    found = select(
        connection, tuple[Whole, Whole], "SELECT id, last_slot FROM series WHERE name = ?", (name,)
    )
    if not found:
        return array("d"), array("d")
    [(series, last_slot)] = found
    [(first,)] = select(
        connection, tuple[Whole | None], "SELECT min(slot) - 3600 FROM sample_1h WHERE series = ?", (series,)
    )
    start, step, end = round(window.start), round(window.step), round(window.end)
    rows = select(
        connection,
        tuple[Whole, Finite, Whole],
        f"SELECT ?2 + (slot - ?2 + ?3 - 1) / ?3 * ?3, {_VALUES[aggregation_of(name)]}, max(slot) "  # noqa: S608  # own constants
        f"FROM {_tier(start, step, first or 0, last_slot)} WHERE series = ?4 AND slot > ?1 AND slot <= ?5 GROUP BY 1 ORDER BY 1",
        (start - step, start - step, step, series, end),
    )
    return array("d", (row[0] for row in rows)), array("d", (row[1] for row in rows))


def _tier(start: int, step: int, first: int, last_slot: int) -> str:
    """Return the coarsest table whose rows fit the columns exactly; a coarser one where that no longer reaches back.

    No table need reach further back than the samples do: the first comes after `first`.

    A row of the coarser one falls into the column of its end, so at most one row's
    width of samples stands one column late.
    """
    tables = [(_RAW, "sample", 1), *((table, table, width) for table, width in _ROLLUPS)]
    exact = [entry for entry in tables if step % entry[2] == 0 and start % entry[2] == 0]
    best = exact[-1]
    for entry in tables[tables.index(best) + 1 :]:
        if max(start - step, first) < last_slot - _REACH[best[1]] and entry[2] <= step:
            best = entry
    return best[0]

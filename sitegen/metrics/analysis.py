"""The place of samples in a window, and which of them are the newest."""

import math
from collections import Counter
from collections.abc import Sequence

from sitegen.metrics.model import Series, Threshold
from sitegen.units import Window


def align(series: Series, window: Window) -> tuple[float | None, ...]:
    """Place the samples of a series on the columns of a window; None is where it has no sample.

    A sample counts for the nearest instant, a later one of the same instant wins,
    samples outside are left out. NaN and infinities stay what they are: they are
    samples, absence is none.
    """
    columns: list[float | None] = [None] * window.columns
    for time, value in zip(series.times, series.values, strict=True):
        column = math.floor((time - window.start) / window.step + 0.5)
        if 0 <= column < len(columns):
            columns[column] = value
    return tuple(columns)


def newest(series: Sequence[Series], since: float) -> tuple[Series, ...]:
    """Return each series with its last sample alone; one that has none at `since` or later has ended, and is left out."""
    return tuple(
        Series(one.labels, one.times[-1:], one.values[-1:])
        for one in series
        if len(one.times) and one.times[-1] >= since
    )


def match(series: Sequence[Series], samples: Sequence[Series]) -> list[float | None]:
    """Return the value of each series among `samples` of one instant, by its labels; None where it is not among them.

    Series that were told apart by what was redacted are so by their order, if all of them are there.
    """
    found: dict[tuple[tuple[str, str], ...], list[float]] = {}
    for one in samples:
        found.setdefault(key_of(one), []).append(one.values[-1])
    wanted = Counter(map(key_of, series))
    left = {key: iter(values) for key, values in found.items() if len(values) == wanted[key]}
    return [next(left[key]) if (key := key_of(one)) in left else None for one in series]


def key_of(series: Series) -> tuple[tuple[str, str], ...]:
    """Return what a series is known by in several answers: its labels."""
    return tuple(sorted(series.labels.items()))


def judge(thresholds: Sequence[Threshold], value: float | None) -> str:
    """Return what a value is by the thresholds that it has reached: `crit`, `warn`, or nothing."""
    reached = {one.status for one in thresholds if value is not None and one.is_reached(value)}
    return "crit" if "crit" in reached else "warn" if reached else ""

"""A series laid on the columns of its window, and the facts of it that words need.

A column stands for one step of the window, or for several where the window has more
steps than a drawing has room for. A column without a finite sample is None and stays
a gap; nothing is filled in.
"""

import math
from collections.abc import Sequence

import msgspec

from sitegen.metrics.model import Series
from sitegen.units import Window
from sitegen.visualization.primitives.scales import LIMIT

__all__ = ["Columns", "Facts", "Plotted", "facts_of", "lay", "means_of", "runs", "samples", "stretches"]


class Columns(msgspec.Struct, frozen=True):
    """For each column the least, the mean and the largest finite sample, or None; `group` steps make a column."""

    low: tuple[float | None, ...]
    mean: tuple[float | None, ...]
    high: tuple[float | None, ...]
    group: int = 1

    @property
    def crowded(self) -> bool:
        """Whether any column holds samples that differ."""
        return self.low != self.high


class Facts(msgspec.Struct, frozen=True):
    """What words say of a series in its window: finite samples only, instants in POSIX seconds.

    `current` tells whether the last sample stands at one of the window's last two steps
    (sources are a little late) of an answer that is fresh; `broken` counts samples that are NaN or infinite.
    """

    first: float
    last: float
    last_at: float
    low: float
    low_at: float
    high: float
    high_at: float
    mean: float
    current: bool
    broken: int = 0


class Plotted(msgspec.Struct, frozen=True):
    """A series on its way into a drawing: its name, its number from 1 (its colour), its samples, its place in the answer.

    `values` has the finite sample of each step of the window, or None: a column of a
    drawing may stand for several steps, and a mean of its means would not be theirs.
    """

    name: str
    number: int
    columns: Columns
    facts: Facts
    values: tuple[float | None, ...]
    place: int = 0


def samples(series: Series, window: Window) -> list[tuple[int, float, float]]:
    """Give (step, instant, value) of each sample in the window, oldest first, finite or not.

    A sample belongs to the nearest step, for sources may round instants.
    """
    count = max(1, window.columns)
    placed = (
        (math.floor((instant - window.start) / window.step + 0.5), instant, value)
        for instant, value in zip(series.times, series.values, strict=False)
        if math.isfinite(instant)
    )
    return [sample for sample in placed if 0 <= sample[0] < count]


def lay(series: Series, window: Window, most: int) -> Columns:
    """Lay a series on at most `most` columns of the window."""
    count = max(1, window.columns)
    group = math.ceil(count / most)
    found: list[list[float]] = [[] for _ in range(math.ceil(count / group))]
    for step, _, value in samples(series, window):
        if math.isfinite(value):
            found[step // group].append(min(max(value, -LIMIT), LIMIT))
    return Columns(
        low=tuple(min(values) if values else None for values in found),
        mean=tuple(sum(values) / len(values) if values else None for values in found),
        high=tuple(max(values) if values else None for values in found),
        group=group,
    )


def facts_of(series: Series, window: Window, *, old: bool = False) -> Facts | None:
    """Give the facts of a series, None where the window holds no finite sample; of an old answer nothing is current."""
    known = samples(series, window)
    finite = [sample for sample in known if math.isfinite(sample[2])]
    if not finite:
        return None
    low = min(finite, key=lambda sample: sample[2])
    high = max(finite, key=lambda sample: sample[2])
    step, last_at, last = finite[-1]
    return Facts(
        first=finite[0][2],
        last=last,
        last_at=last_at,
        low=low[2],
        low_at=low[1],
        high=high[2],
        high_at=high[1],
        mean=sum(min(max(value, -LIMIT), LIMIT) for _, _, value in finite) / len(finite),
        current=not old and step >= window.columns - 2,
        broken=len(known) - len(finite),
    )


def runs(values: Sequence[float | None]) -> list[tuple[int, int]]:
    """Give the unbroken stretches of columns that have a value, as (first, one past the last)."""
    found: list[tuple[int, int]] = []
    begin: int | None = None
    for index, value in enumerate((*values, None)):
        if value is None and begin is not None:
            found.append((begin, index))
            begin = None
        elif value is not None and begin is None:
            begin = index
    return found


def stretches(count: int, parts: int) -> list[tuple[int, int]]:
    """Cut `count` columns into at most `parts` stretches as even as can be, as (first, one past the last)."""
    parts = min(parts, count)
    return [(index * count // parts, (index + 1) * count // parts) for index in range(parts)]


def means_of(values: Sequence[float | None], parts: int) -> list[float | None]:
    """Give the mean of each stretch, None where it has no value."""
    means: list[float | None] = []
    for begin, end in stretches(len(values), parts):
        known = [value for value in values[begin:end] if value is not None]
        means.append(sum(known) / len(known) if known else None)
    return means

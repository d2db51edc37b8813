"""A series laid on the columns of its window, once: drawings, sentences and tables all read from that.

A column stands for one step of the window, or for several where the window has more
steps than the page has columns for. A column without a finite sample is None and stays
a gap; nothing is filled in.
"""

import math
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import compress, pairwise
from typing import NamedTuple

import msgspec

from sitegen.metrics.analysis import find_period, is_current
from sitegen.metrics.model import Series
from sitegen.units import Window
from sitegen.visualization.primitives.scales import LIMIT

_GAP = 1.5
"""After so many periods without a sample a line is broken."""


class Sample(NamedTuple):
    """A value and its instant in POSIX seconds; `column` is the drawing's, from 0."""

    value: float
    at: float
    column: int


class Laid(msgspec.Struct, frozen=True, dict=True):
    """The finite samples of a series in its window, oldest first, and where columns begin among them.

    Column `i` holds the samples from `cuts[i]` up to `cuts[i + 1]`, of `group` steps of
    the window; `broken` counts the samples that are NaN or infinite, and `ending` is the
    series' last one where it is such; `period` is the usual seconds between samples, and
    `reach` how many columns lie at most from one to the next. The properties need at least one sample.
    """

    times: "array[float]"
    values: "array[float]"
    cuts: list[int]
    group: int
    broken: int
    ending: tuple[float, float] | None = None
    period: float = 0.0
    reach: int = 1

    @cached_property
    def first(self) -> Sample:
        """The first sample."""
        return self._sample(0)

    @cached_property
    def last(self) -> Sample:
        """The last sample."""
        return self._sample(len(self.values) - 1)

    @cached_property
    def low(self) -> Sample:
        """The least sample, the first of equal ones."""
        return self._sample(self.values.index(min(self.values)))

    @cached_property
    def high(self) -> Sample:
        """The largest sample, the first of equal ones."""
        return self._sample(self.values.index(max(self.values)))

    @cached_property
    def crowded(self) -> bool:
        """Whether any column holds several samples and the series moves at all."""
        return self.low.value < self.high.value and max(b - a for a, b in pairwise(self.cuts)) > 1

    @cached_property
    def _bounded(self) -> "array[float]":
        """The values for sums, which near the largest double would overflow."""
        if not self.values or (self.low.value >= -LIMIT and self.high.value <= LIMIT):
            return self.values
        return array("d", (min(max(value, -LIMIT), LIMIT) for value in self.values))

    def _sample(self, index: int) -> Sample:
        return Sample(self.values[index], self.times[index], bisect_right(self.cuts, index) - 1)

    def shares_column(self, sample: Sample) -> bool:
        """Return whether a sample's column holds others too, so that its mean need not be the sample."""
        return self.cuts[sample.column + 1] - self.cuts[sample.column] > 1

    def mean(self, begin: int = 0, end: int = -1) -> float | None:
        """Return the mean of the samples in the columns from `begin` up to `end`, None without any."""
        first, after = self.cuts[begin], self.cuts[end]
        return sum(self._bounded[first:after]) / (after - first) if after > first else None

    def means(self) -> list[float | None]:
        """Return each column's mean."""
        values = self._bounded
        return [
            values[a] if b - a == 1 else sum(values[a:b]) / (b - a) if b > a else None
            for a, b in pairwise(self.cuts)
        ]

    def ends(self, end: Callable[["array[float]"], float]) -> list[float | None]:
        """Return each column's `min` or `max`."""
        return [end(self._bounded[a:b]) if b > a else None for a, b in pairwise(self.cuts)]


class Plotted(msgspec.Struct, frozen=True):
    """A series on its way into a drawing: its name, its number from 1 (its colour), its samples.

    `current` tells whether the last sample is younger than two periods (sources are a little
    late) in an answer that is fresh; `ending` is a NaN or an infinity that is, `now` its value
    at the build's own time.
    """

    name: str
    number: int
    laid: Laid
    current: bool
    ending: float | None = None
    now: float | None = None


def lay(series: Series, window: Window, most: int) -> Laid:
    """Lay a series on at most `most` columns of the window.

    A sample belongs to the nearest step, for sources may round instants. Where none lies in the
    window, the last one before it stands in its first column while it is current.
    """
    count = max(1, window.columns)
    group = math.ceil(count / most)
    origin = window.start - window.step / 2
    begin, end = (bisect_left(series.times, origin + step * window.step) for step in (0, count))
    period = find_period(series.times, series.values, window.step)
    if begin == end > 0 and is_current(series.times[end - 1], period, window.end):
        begin -= 1
    times, values = series.times[begin:end], series.values[begin:end]
    finite = list(map(math.isfinite, values))
    ending = (times[-1], values[-1]) if finite and not finite[-1] else None
    if not all(finite):
        times, values = array("d", compress(times, finite)), array("d", compress(values, finite))
    edges = (origin + step * window.step for step in range(group, count, group))
    cuts = [0, *(bisect_left(times, edge) for edge in edges), len(times)]
    reach = max(1, math.floor(_GAP * period / (group * window.step)))
    return Laid(times, values, cuts, group, len(finite) - len(values), ending, period, reach)


def highest(plotted: Sequence[Plotted]) -> Plotted:
    """Return the series with the highest sample: sentences name it, and it has the band."""
    return max(plotted, key=lambda series: series.laid.high.value)


def stack(several: Sequence[Series]) -> list[Series]:
    """Return of each series its sum with those before it, at every instant that any of them has."""
    sums: dict[float, float] = {}
    layers = []
    for series in several:
        for at, value in zip(series.times, series.values, strict=True):
            if math.isfinite(value):
                sums[at] = sums.get(at, 0.0) + value
        times = sorted(sums)
        layers.append(Series(series.labels, array("d", times), array("d", [sums[at] for at in times])))
    return layers


def runs(values: Sequence[float | None], reach: int = 1) -> list[tuple[int, int]]:
    """Return the stretches of columns that have a value at least every `reach` columns, as (first, one past the last)."""
    known = [index for index, value in enumerate(values) if value is not None]
    breaks = [place for place, (a, b) in enumerate(pairwise(known), 1) if b - a > reach]
    return [(known[a], known[b - 1] + 1) for a, b in pairwise((0, *breaks, len(known))) if b > a]


def stretches(count: int, parts: int) -> list[tuple[int, int]]:
    """Cut `count` columns into at most `parts` stretches as even as can be, as (first, one past the last)."""
    parts = min(parts, count)
    return [(index * count // parts, (index + 1) * count // parts) for index in range(parts)]


def means_of(values: Sequence[float | None], parts: int) -> list[float | None]:
    """Return the mean of each stretch, None where it has no value."""
    means: list[float | None] = []
    for begin, end in stretches(len(values), parts):
        known = [value for value in values[begin:end] if value is not None]
        means.append(sum(known) / len(known) if known else None)
    return means

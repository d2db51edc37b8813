"""Classic histograms: series with a label `le`, from cumulative to counts of each bucket.

    {le="0.1"} 3, {le="0.5"} 7, {le="+Inf"} 8   ->   bounds (0.1, 0.5, inf), counts (3, 4, 1)

As Prometheus describes them (docs/concepts/metric_types.md, Histogram).
"""

import math
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise

import msgspec
from msgspec import structs

from sitegen.metrics.analysis import Labels, key_of
from sitegen.metrics.model import Series
from sitegen.units import Window
from sitegen.visualization.primitives.columns import lay
from sitegen.visualization.primitives.scales import LIMIT

_BOUND = re.compile(r"[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?)", re.ASCII | re.IGNORECASE)


class Buckets(msgspec.Struct, frozen=True):
    """Counts of each bucket in each column; None where a column has no sample.

    `bounds` are the buckets' upper bounds, rising, the last may be infinite; `floor`
    is the lower bound of the first. A column stands for `steps` of the window;
    `groups` histograms were added, bucket by bucket. `doubled` says that a bound had two
    counts at once, `spread` that layouts differ, `headless` how often a histogram had no
    bucket up to infinity; above `cut` layouts cannot be told apart.
    """

    floor: float
    bounds: tuple[float, ...]
    columns: tuple[tuple[float, ...] | None, ...]
    steps: int = 1
    groups: int = 1
    doubled: bool = False
    spread: bool = False
    headless: int = 0
    cut: float | None = None


_Rising = list[tuple[float, float]]
"""Of one histogram in one column, the bounds that it has with their cumulative counts."""


def read_buckets(series: Sequence[Series], window: Window) -> Buckets | None:
    """Return the buckets at each step of a window, None where no series has a bound.

    Labels other than `le` tell histograms apart, and their order where redaction made them alike. Bounds that are the same number are one
    bucket, with the larger count where a column has two. Layouts that differ, also in time, are
    put on all their bounds: within a bucket observations lie evenly, as PromQL has them. What a
    histogram has above its last finite bound cannot be spread, and puts all that lies above
    into one bucket. Without a bucket up to infinity, where others have one, it is left out.
    """
    groups: dict[tuple[Labels, int], dict[float, list[Series]]] = {}
    alike: Counter[Labels] = Counter()
    for one in series:
        bound = read_bound(one.labels.get("le"))
        if bound is not None:
            spelled = key_of(one)
            rest = tuple(label for label in spelled if label[0] != "le")
            groups.setdefault((rest, alike[spelled]), {}).setdefault(bound, []).append(one)
            alike[spelled] += 1
    if not groups:
        return None
    laid = [_Histogram(group, window) for group in groups.values()]
    bounds = sorted({bound for group in groups.values() for bound in group})
    cut = min((group.cut(bounds) for group in laid), default=math.inf)
    if cut < math.inf:
        bounds = [*(bound for bound in bounds if bound <= cut), math.inf]
    rows = [[group.spread(index, bounds) for group in laid] for index in range(laid[0].columns)]
    return Buckets(
        # PromQL takes the first bucket to begin at 0 where its bound is positive.
        0.0 if bounds[0] > 0 else -math.inf,
        tuple(bounds),
        tuple(map(_add, rows)),
        groups=len(groups),
        doubled=any(group.doubled for group in laid),
        spread=not all(group.fits(bounds) for group in laid),
        headless=sum(group.headless(index, bounds) for index in range(laid[0].columns) for group in laid),
        cut=None if cut == math.inf else cut,
    )


def read_bound(text: str | None) -> float | None:
    """Parse a bound as Go's ParseFloat does: `1`, `1.0`, `1e0`, `+Inf`, `inf`; None for what is none."""
    if text is None or not _BOUND.fullmatch(text):
        return None
    bound = float(text)
    return None if bound < -LIMIT or LIMIT < bound < math.inf else bound


class _Histogram:
    """One histogram on the columns of a window: by bound, in rising order, its cumulative counts."""

    def __init__(self, group: Mapping[float, Sequence[Series]], window: Window) -> None:
        self.doubled = False
        self._counts = [(bound, self._lay(group[bound], window)) for bound in sorted(group)]
        self.columns = len(self._counts[0][1])
        missing = [[count is None for count in counts] for _, counts in self._counts]
        self._even = all(one == missing[0] for one in missing)

    def _lay(self, spelled: Sequence[Series], window: Window) -> list[float | None]:
        several = [lay(one, window, max(1, window.columns)).means() for one in spelled]
        if len(several) == 1:
            return several[0]
        known = [[value for value in values if value is not None] for values in zip(*several, strict=True)]
        self.doubled = self.doubled or any(len(values) > 1 for values in known)
        return [max(values, default=None) for values in known]

    def fits(self, bounds: Sequence[float]) -> bool:
        """Return whether it has just these bounds in each column in which it has any."""
        return self._even and [bound for bound, _ in self._counts] == [*bounds]

    def _rising(self, index: int) -> _Rising:
        """Return what a column has; a cumulative count that falls is the one before it."""
        found = [(bound, counts[index]) for bound, counts in self._counts]
        known = [(bound, count) for bound, count in found if count is not None]
        highest = accumulate((count for _, count in known), max)
        return [(bound, count) for (bound, _), count in zip(known, highest, strict=True)]

    def headless(self, index: int, bounds: Sequence[float]) -> bool:
        """Return whether a column lacks the bucket up to infinity, or one below it, and others have it."""
        if self.fits(bounds):
            return False
        known = self._rising(index)
        whole = len(known) > min(1, len(bounds) - 1) and known[-1][0] == bounds[-1]
        return bool(known) and bounds[-1] == math.inf and not whole

    def cut(self, bounds: Sequence[float]) -> float:
        """Return the bound above which something lies anywhere in buckets that others have; infinity without any."""
        least = math.inf
        for index in () if self.fits(bounds) or bounds[-1] < math.inf else range(self.columns):
            known = self._rising(index)
            if self.headless(index, bounds) or len(known) < 2:
                continue
            (last, below), (_, total) = known[-2:]
            if total > below and last < bounds[-2]:
                least = min(least, last)
        return least

    def spread(self, index: int, bounds: Sequence[float]) -> list[float] | None:
        """Return a column's cumulative counts at these bounds, None without samples."""
        known = self._rising(index)
        if not known or self.headless(index, bounds):
            return None
        counts, place = [], 0
        low, before = (0.0 if known[0][0] > 0 else -math.inf), 0.0
        for bound in bounds:
            while place < len(known) and known[place][0] <= bound:
                low, before = known[place]
                place += 1
            high, after = known[place] if place < len(known) else (math.inf, before)
            inside = (bound - low) / (high - low) if -math.inf < low < bound and high < math.inf else 0.0
            counts.append(before + (after - before) * inside)
        return counts


def _add(column: Sequence[list[float] | None]) -> tuple[float, ...] | None:
    """Add the histograms of one column, bucket by bucket."""
    totals = [sum(counts) for counts in zip(*(one for one in column if one is not None), strict=True)]
    if not totals:
        return None
    return tuple(
        max(0.0, count) for count in (totals[0], *(upper - lower for lower, upper in pairwise(totals)))
    )


def sum_columns(buckets: Buckets) -> tuple[float, ...] | None:
    """Return the mean counts over the columns that have samples, None where none has."""
    return _mean(buckets.columns)


def group_columns(buckets: Buckets, most: int) -> Buckets:
    """Put columns together until at most `most` are left, each the mean of those that have samples."""
    steps = max(1, math.ceil(len(buckets.columns) / most))
    begins = range(0, len(buckets.columns), steps)
    grouped = tuple(_mean(buckets.columns[begin : begin + steps]) for begin in begins)
    return structs.replace(buckets, columns=grouped, steps=steps)


def _mean(columns: Sequence[tuple[float, ...] | None]) -> tuple[float, ...] | None:
    known = [column for column in columns if column is not None]
    return tuple(sum(counts) / len(known) for counts in zip(*known, strict=True)) if known else None


def merge_buckets(buckets: Buckets, most: int) -> Buckets:
    """Leave out empty buckets at both ends, then put neighbours together until at most `most` are left."""
    used = [
        index
        for index in range(len(buckets.bounds))
        if any(column is not None and column[index] > 0 for column in buckets.columns)
    ]
    first, end = (used[0], used[-1] + 1) if used else (0, len(buckets.bounds))
    size = math.ceil((end - first) / most)
    cuts = [(begin, min(begin + size, end)) for begin in range(first, end, size)]
    return structs.replace(
        buckets,
        floor=buckets.bounds[first - 1] if first else buckets.floor,
        bounds=tuple(buckets.bounds[last - 1] for _, last in cuts),
        columns=tuple(
            None if column is None else tuple(sum(column[begin:last]) for begin, last in cuts)
            for column in buckets.columns
        ),
    )


def quantile(share: float, bounds: Sequence[float], counts: Sequence[float]) -> float | None:
    """Estimate a quantile as PromQL's histogram_quantile does (promql/quantile.go, bucketQuantile).

    Linear within a bucket; the first begins at 0 where its bound is positive; in the
    last, infinite bucket it is the bound below. None without a bucket up to infinity
    and one below, or without observations.

    >>> quantile(0.5, (1.0, 2.0, math.inf), (1, 2, 1))
    1.5
    """
    total = list(accumulate(counts))
    if len(bounds) < 2 or bounds[-1] != math.inf or total[-1] <= 0:
        return None
    rank = share * total[-1]
    index = bisect_left(total[:-1], rank)
    if index == len(bounds) - 1:
        return bounds[-2]
    if index == 0 and bounds[0] <= 0:
        return bounds[0]
    start, before = (bounds[index - 1], total[index - 1]) if index else (0.0, 0.0)
    if total[index] <= before:
        return start
    return start + (bounds[index] - start) * (rank - before) / (total[index] - before)

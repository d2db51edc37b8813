"""Classic histograms: series with a label `le`, from cumulative to counts of each bucket.

    {le="0.1"} 3, {le="0.5"} 7, {le="+Inf"} 8   ->   bounds (0.1, 0.5, inf), counts (3, 4, 1)

As Prometheus describes them (docs/concepts/metric_types.md, Histogram).
"""

import math
from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate, pairwise

import msgspec

from sitegen.metrics.model import Series
from sitegen.units import Window
from sitegen.visualization.primitives.columns import lay
from sitegen.visualization.primitives.scales import LIMIT


class Buckets(msgspec.Struct, frozen=True):
    """Counts of each bucket in each column; None where a column has no sample.

    `bounds` are the buckets' upper bounds, rising, the last may be infinite; `floor`
    is the lower bound of the first. A column stands for `steps` of the window;
    `groups` histograms were added, bucket by bucket.
    """

    floor: float
    bounds: tuple[float, ...]
    columns: tuple[tuple[float, ...] | None, ...]
    steps: int = 1
    groups: int = 1


def read_buckets(series: Sequence[Series], window: Window, most: int) -> Buckets | None:
    """Add up all series that have a bound in `le`, on at most `most` columns; None where there are none.

    Several histograms are added at the bounds that all of them have, where cumulative
    counts add up exactly.
    """
    groups: dict[tuple[tuple[str, str], ...], dict[float, Series]] = {}
    for one in series:
        bound = _read_bound(one.labels.get("le"))
        if bound is not None:
            rest = tuple(sorted((name, value) for name, value in one.labels.items() if name != "le"))
            groups.setdefault(rest, {})[bound] = one
    shared = sorted(set.intersection(*(set(group) for group in groups.values()))) if groups else []
    if not shared:
        return None
    laid = [[lay(group[bound], window, most).means() for bound in shared] for group in groups.values()]
    columns = tuple(_column(laid, index) for index in range(len(laid[0][0])))
    # PromQL takes the first bucket to begin at 0 where its bound is positive.
    floor = 0.0 if shared[0] > 0 else -math.inf
    return Buckets(floor, tuple(shared), columns, math.ceil(window.columns / most), len(groups))


def _read_bound(text: str | None) -> float | None:
    try:
        bound = float(text) if text is not None else math.nan
    except ValueError:
        return None
    return None if math.isnan(bound) or bound < -LIMIT or LIMIT < bound < math.inf else bound


def _column(laid: list[list[list[float | None]]], index: int) -> tuple[float, ...] | None:
    """Add one column's counts; a cumulative count that is missing or falls is the one before it."""
    counts: list[float] | None = None
    for group in laid:
        values = [bound[index] for bound in group]
        if all(value is None for value in values):
            continue
        rising = list(accumulate((value or 0.0 for value in values), max))
        steps = [rising[0], *(upper - lower for lower, upper in pairwise(rising))]
        counts = steps if counts is None else [a + b for a, b in zip(counts, steps, strict=True)]
    return tuple(max(0.0, count) for count in counts) if counts is not None else None


def sum_columns(buckets: Buckets) -> tuple[float, ...] | None:
    """Return the mean counts over the columns that have samples, None where none has."""
    known = [column for column in buckets.columns if column is not None]
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
    return Buckets(
        floor=buckets.bounds[first - 1] if first else buckets.floor,
        bounds=tuple(buckets.bounds[last - 1] for _, last in cuts),
        columns=tuple(
            None if column is None else tuple(sum(column[begin:last]) for begin, last in cuts)
            for column in buckets.columns
        ),
        steps=buckets.steps,
        groups=buckets.groups,
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

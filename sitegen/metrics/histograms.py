"""Classic histograms: series with an `le` label whose values count everything up to that bound.

Source: prometheus.io/docs/concepts/metric_types, and promql/quantile.go for the quantile.
"""

import math
from collections.abc import Sequence

import msgspec

from sitegen.metrics.analysis import align
from sitegen.metrics.model import Series
from sitegen.units import Window

__all__ = ["BucketGroup", "bucket_columns", "group_buckets", "histogram_quantile", "per_bucket"]


class BucketGroup(msgspec.Struct, frozen=True):
    """The buckets of one histogram: `labels` without `le`, and by rising upper bound its cumulative series."""

    labels: dict[str, str]
    bounds: tuple[float, ...]
    series: tuple[Series, ...]


def group_buckets(series: Sequence[Series]) -> tuple[BucketGroup, ...]:
    """Group series by their labels without `le`; those whose `le` is missing or no number are left out.

    Where one bound is spelled in two ways (`1` and `1.0`), both series stay, side by side.
    """
    groups: dict[tuple[tuple[str, str], ...], list[tuple[float, Series]]] = {}
    for one in series:
        bound = _bound(one.labels.get("le", ""))
        if bound is not None:
            rest = tuple(sorted((name, value) for name, value in one.labels.items() if name != "le"))
            groups.setdefault(rest, []).append((bound, one))
    result = []
    for labels, buckets in groups.items():
        buckets.sort(key=lambda bucket: bucket[0])
        bounds, members = zip(*buckets, strict=True)
        result.append(BucketGroup(labels=dict(labels), bounds=bounds, series=members))
    return tuple(result)


def _bound(text: str) -> float | None:
    try:
        bound = float(text)
    except ValueError:
        return None
    return None if math.isnan(bound) else bound


def per_bucket(cumulative: Sequence[float | None]) -> tuple[float | None, ...]:
    """Turn cumulative counts by rising bound into the count of each bucket alone.

    A bucket without a sample (None) or with one that is no number stays None, and its
    share is part of the next. A count below the one before it (rates of buckets that
    were not scraped at one instant) gives 0, never a negative number.
    """
    alone: list[float | None] = []
    reached = 0.0
    for count in cumulative:
        if count is None or not math.isfinite(count):
            alone.append(None)
            continue
        alone.append(max(0.0, count - reached))
        reached = max(reached, count)
    return tuple(alone)


def bucket_columns(group: BucketGroup, window: Window) -> tuple[tuple[float | None, ...], ...]:
    """Give, for each column of a window, the count of each bucket alone, by rising bound."""
    cumulative = [align(series, window) for series in group.series]
    return tuple(per_bucket(column) for column in zip(*cumulative, strict=True))


def histogram_quantile(quantile: float, buckets: Sequence[tuple[float, float]]) -> float:
    """Estimate a quantile from (upper bound, cumulative count) pairs, as PromQL's function of this name.

    Linear inside a bucket, of which the lowest begins at 0. NaN without observations,
    with fewer than two buckets, or where the last bound is not +Inf; -Inf and +Inf for
    a quantile below 0 and above 1; the highest finite bound for one in the last bucket.
    """
    if math.isnan(quantile):
        return math.nan
    if not 0 <= quantile <= 1:
        return math.copysign(math.inf, quantile)
    bounds, counts = _monotonic(buckets)
    if len(bounds) < 2 or bounds[-1] != math.inf or counts[-1] == 0:
        return math.nan
    rank = quantile * counts[-1]
    found = next((index for index, count in enumerate(counts[:-1]) if count >= rank), len(counts) - 1)
    if found == len(counts) - 1:
        return bounds[-2]
    if found == 0 and bounds[0] <= 0:
        return bounds[0]
    lower, below = (bounds[found - 1], counts[found - 1]) if found else (0.0, 0.0)
    inside = counts[found] - below
    return lower + (bounds[found] - lower) * _ratio(rank - below, inside)


def _ratio(part: float, whole: float) -> float:
    """Divide as Go does: 0/0 is NaN (an empty first bucket and the quantile 0)."""
    return part / whole if whole else math.nan


def _monotonic(buckets: Sequence[tuple[float, float]]) -> tuple[list[float], list[float]]:
    """Sort by bound, add up equal bounds, and lift each count to the highest before it."""
    merged: dict[float, float] = {}
    for bound, count in sorted(buckets):
        merged[bound] = merged.get(bound, 0.0) + count
    counts: list[float] = []
    for count in merged.values():
        counts.append(max(count, counts[-1]) if counts else count)
    return list(merged), counts

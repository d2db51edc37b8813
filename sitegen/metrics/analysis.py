"""The place of samples in a window, how far apart they usually are, and which of them are the newest."""

import math
from array import array
from collections import Counter
from collections.abc import Collection, Sequence
from itertools import pairwise
from statistics import median

from msgspec import structs

from sitegen.metrics.model import MetricResult, Series, Threshold
from sitegen.units import DAY, Window, nice_step

Labels = tuple[tuple[str, str], ...]
"""What a series is known by in several answers: its labels, in the order of their names."""


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
    found: dict[Labels, list[float]] = {}
    for one in samples:
        found.setdefault(key_of(one), []).append(one.values[-1])
    wanted = Counter(map(key_of, series))
    left = {key: iter(values) for key, values in found.items() if len(values) == wanted[key]}
    return [next(left[key]) if (key := key_of(one)) in left else None for one in series]


def key_of(series: Series) -> Labels:
    """Return the labels of a series as they are told apart."""
    return tuple(sorted(series.labels.items()))


LOOK_BACK = 300.0
"""For so many seconds Prometheus repeats a sample (--query.lookback-delta)."""
BACK = 3 * DAY
"""So far back is looked for a sample where a window is shorter than a period: what comes daily has been there twice."""
_RUNS = 4
"""From so many stretches on it is seen that a series comes and goes by itself."""
_SIDE_BY_SIDE = 3
"""How many steps in a row hold a sample, on average, of a series that comes more seldom than they."""
_WHOLE = 0.9
"""A series with a sample in such a share of its columns is without gaps."""


def find_period(times: Sequence[float], values: Sequence[float], step: float) -> float:
    """Return the usual seconds between the samples of a series, and never less than the step.

    An answer in steps repeats each sample for a while: where that leaves gaps again and again,
    the period is the usual distance at which values begin anew.

    >>> find_period([0, 15, 30, 600, 615, 1200, 1800, 1815], [1, 1, 1, 2, 2, 3, 4, 4], 15)
    600.0
    """
    if len(times) < 2:
        return step
    begins = find_beginnings(times, step)
    if len(begins) >= _RUNS:
        distances = [times[after] - times[before] for before, after in pairwise(begins)]
        stretches = pairwise((*begins, len(times)))
        usual = median(distances)
        held = all(
            times[end - 1] - times[begin] <= LOOK_BACK and values[begin] == values[end - 1]
            for begin, end in stretches
        )
        if held and max(distances) <= 2 * usual + step:
            return max(step, usual)
    return max(step, median(after - before for before, after in pairwise(times)))


def find_beginnings(times: Sequence[float], step: float) -> list[int]:
    """Return the indexes of the samples that follow a gap of more than a step and a half, the first with them."""
    return [
        *range(min(1, len(times))),
        *(at for at, (a, b) in enumerate(pairwise(times), 1) if b - a > 1.5 * step),
    ]


def is_current(at: float, period: float, end: float) -> bool:
    """Return whether a sample is what a series is at the `end` of a window: younger than two periods."""
    return end - at < 2 * period * (1 - 1e-9)


def still_current(series: Sequence[Series], step: float, now: float) -> tuple[Series, ...]:
    """Return the last samples of the series that are further apart than a server repeats them, and are current."""
    periods = ((one, find_period(one.times, one.values, step)) for one in series if one.times)
    return tuple(
        Series(one.labels, one.times[-1:], one.values[-1:])
        for one, period in periods
        if period > max(LOOK_BACK, step) and is_current(one.times[-1], period, now)
    )


def reach_back(window: Window) -> Window:
    """Return the window that also has the last days, in steps no shorter than an answer repeats a sample."""
    step = nice_step(max(LOOK_BACK, window.step))
    end = math.floor(window.end / step) * step
    return Window(min(window.start, end - BACK), end, step)


def cover(expression: str, step: float) -> str:
    r"""Return PromQL for what was last since the step before: a sample that is repeated for a while lies between longer ones.

    >>> cover("up", 3600.0)
    'last_over_time((up\n)[3600s:300s])'
    """
    return (
        f"last_over_time(({expression}\n)[{step:.0f}s:{LOOK_BACK:.0f}s])" if step > LOOK_BACK else expression
    )


def find_seldom(result: MetricResult) -> set[Labels]:
    """Return the series that come more seldom than an answer repeats a sample, by their labels."""
    step = result.query.window.step
    return {key_of(one) for one in result.series if one.times and _is_sparse(one, step)}


def has_holes(result: MetricResult, seldom: Collection[Labels]) -> bool:
    """Return whether samples may lie between the steps of an answer: it has no series, lacks a `seldom` one, or has gaps."""
    step = result.query.window.step
    if step <= LOOK_BACK:
        return False
    known = [one for one in result.series if one.times]
    gaps = any(
        len(one.times) < _WHOLE * ((one.times[-1] - one.times[0]) / step + 1) and _is_scattered(one, step)
        for one in known
    )
    return gaps or not known or not {key_of(one) for one in result.series}.issuperset(seldom)


def is_too_short(result: MetricResult) -> bool:
    """Return whether the samples of any series of an answer may be further apart than its window is long.

    It is not current then, nor ended after it came in every step.
    """
    window = result.query.window
    return not result.series or any(
        _is_sparse(one, window.step) and not _is_current(one, window) for one in result.series
    )


def _is_current(series: Series, window: Window) -> bool:
    period = find_period(series.times, series.values, window.step)
    return bool(series.times) and is_current(series.times[-1], period, window.end)


def join_earlier(result: MetricResult, wide: MetricResult) -> MetricResult:
    """Return an answer with what a longer window has of its series: before it, and where that was covered, also in it.

    Of samples that an answer repeats in steps only the first is kept, so that all are as far apart as they came.
    What lies before the window is there where it is current in that. Series that redaction made alike stay as they are.
    """
    window, step = result.query.window, wide.query.window.step
    known = {key_of(one): one for one in result.series}
    others = {key_of(one): one for one in wide.series}
    if len(known) < len(result.series) or len(others) < len(wide.series):
        return result
    for key, one in others.items():
        own = known.get(key, Series(one.labels, array("d"), array("d")))
        is_better = _is_sparse(own, window.step) and _is_sparse(one, step)
        if step == window.step > LOOK_BACK:
            joined = _pick(one, find_beginnings(one.times, step)) if _is_sparse(one, step) else one
            inside = _pick(joined, [at for at, time in enumerate(joined.times) if time >= window.start])
            if not (is_better and _is_current(joined, window)):
                is_better, joined = (
                    _is_scattered(own, window.step) and len(inside.times) > len(own.times),
                    inside,
                )
        elif is_better:
            earlier = [at for at in find_beginnings(one.times, step) if one.times[at] < window.start]
            before, after = _pick(one, earlier), _pick(own, find_beginnings(own.times, window.step))
            joined = Series(one.labels, before.times + after.times, before.values + after.values)
            is_better = _is_current(joined, window)
        if is_better:
            known[key] = joined
    return structs.replace(result, series=tuple(known[key] for key in sorted(known)))


def _is_scattered(series: Series, step: float) -> bool:
    """Return whether hardly any samples stand side by side: what comes in every step and has gaps was not there in them."""
    return len(series.times) <= _SIDE_BY_SIDE * len(find_beginnings(series.times, step))


def _pick(series: Series, places: Sequence[int]) -> Series:
    times, values = series.times, series.values
    return Series(
        series.labels, array("d", [times[at] for at in places]), array("d", [values[at] for at in places])
    )


def _is_sparse(series: Series, step: float) -> bool:
    """Return whether each stretch without a gap may be a single sample that was repeated."""
    begins = [*find_beginnings(series.times, step), len(series.times)]
    return all(
        series.times[end - 1] - series.times[begin] <= LOOK_BACK + step for begin, end in pairwise(begins)
    )


def judge(thresholds: Sequence[Threshold], value: float | None) -> str:
    """Return what a value is by the thresholds that it has reached: `crit`, `warn`, or nothing."""
    reached = {one.status for one in thresholds if value is not None and one.is_reached(value)}
    return "crit" if "crit" in reached else "warn" if reached else ""

"""Stretches of time in one state: joined, clipped, and with planned times cut out of them.

    [0-60 up] with maintenance from 20 to 40 -> [0-20 up] [20-40 maintenance] [40-60 up]

Intervals are in order and do not overlap; a cycle that did not run is a gap between two.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice, pairwise

from sitegen.availability.model import Interval, Maintenance, ServiceState

_ANSWERED = frozenset({ServiceState.UP, ServiceState.DEGRADED, ServiceState.DOWN})


def merge(intervals: Iterable[Interval]) -> list[Interval]:
    """Join neighbours that touch and are in the same state."""
    merged: list[Interval] = []
    for interval in intervals:
        last = merged[-1] if merged else None
        if last is not None and last.state is interval.state and last.end == interval.start:
            merged[-1] = Interval(last.start, interval.end, last.state)
        else:
            merged.append(interval)
    return merged


def confirmed(intervals: Sequence[Interval], needed: int, cycle: float) -> list[Interval]:
    """Return the states that are called: down after `needed` failing cycles in a row, and up again after as many good ones.

    What is called so is so from the first of them; until then the state before holds, and before any there is no data.
    A cycle in which nothing was learnt neither counts nor ends a row.
    """
    called, waiting, before = list(intervals), list[int](), ServiceState.NO_DATA
    for index, one in enumerate(intervals):
        if one.state not in _ANSWERED:
            continue
        if (one.state is ServiceState.DOWN) is (before is ServiceState.DOWN):
            waiting, before = [], one.state
            continue
        waiting.append(index)
        called[index] = Interval(one.start, one.end, before)
        lengths = (intervals[each].end - intervals[each].start for each in waiting)
        if sum(max(1, round(length / cycle)) for length in lengths) >= needed:
            for each in waiting:
                called[each] = intervals[each]
            waiting, before = [], one.state
    return merge(called)


def clip(intervals: Iterable[Interval], start: float, end: float) -> list[Interval]:
    """Return what of the intervals lies in [start, end)."""
    return [
        Interval(max(one.start, start), min(one.end, end), one.state)
        for one in intervals
        if one.start < end and one.end > start and one.end > one.start
    ]


def changes_of(
    services: Mapping[str, Sequence[Interval]], now: float, most: int = 30
) -> tuple[tuple[float, str], ...]:
    """Return the latest changes of state by title, newest first: when (POSIX seconds), and what happened.

    A cycle that did not run changes nothing.
    """
    found: list[tuple[float, str]] = []
    for title, intervals in services.items():
        newest_first = pairwise(reversed(intervals))
        changed = (
            (after.start, f"{title}: {after.state}")
            for after, before in newest_first
            if before.state is not after.state and after.start <= now
        )
        found += islice(changed, most)
    return tuple(sorted(found, reverse=True)[:most])


def with_maintenance(
    intervals: Iterable[Interval], planned: Iterable[Maintenance], probe: str
) -> list[Interval]:
    """Return the intervals with this probe's planned times cut out of them and marked as maintenance."""
    found = list(intervals)
    for window in planned:
        if window.end > window.start and _concerns(window, probe):
            found = [piece for interval in found for piece in _cut(interval, window)]
    return merge(found)


def _cut(interval: Interval, window: Maintenance) -> list[Interval]:
    before = clip([interval], interval.start, window.start)
    inside = clip([interval], window.start, window.end)
    after = clip([interval], window.end, interval.end)
    return [*before, *(Interval(one.start, one.end, ServiceState.MAINTENANCE) for one in inside), *after]


def is_under_maintenance(planned: Iterable[Maintenance], probe: str, at: float) -> Maintenance | None:
    """Return the planned time that this probe is in at this instant, the one that began first."""
    now = [window for window in planned if _concerns(window, probe) and window.start <= at < window.end]
    return min(now, key=lambda window: window.start, default=None)


def _concerns(window: Maintenance, probe: str) -> bool:
    return not window.probes or probe in window.probes

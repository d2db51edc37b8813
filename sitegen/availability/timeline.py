"""Stretches of time in one state: joined, clipped, and with planned times cut out of them.

    [0-60 up] with maintenance from 20 to 40 -> [0-20 up] [20-40 maintenance] [40-60 up]

Intervals are in order and do not overlap; a cycle that did not run is a gap between two.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from sitegen.availability.model import Interval, Maintenance, ServiceState, StateChange

ANSWERED = frozenset({ServiceState.UP, ServiceState.DEGRADED, ServiceState.DOWN})
"""What a service that is known is; the rest is no data, and planned."""


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


def confirmed(
    intervals: Sequence[Interval], needed: int, cycle: float, before: ServiceState = ServiceState.NO_DATA
) -> list[Interval]:
    """Return the states that are called: down after `needed` failing cycles in a row, and up again after as many good ones.

    What is called so is so from the first of them; until then the state `before` holds, and before any there is no data.
    A cycle in which nothing was learnt neither counts nor ends a row.
    """
    called, waiting = list(intervals), list[int]()
    for index, one in enumerate(intervals):
        if one.state not in ANSWERED:
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


def differences(before: Sequence[Interval], after: Sequence[Interval], end: float) -> list[Interval]:
    """Return what is otherwise after than it was before, up to `end`, as it is after; what was not there is none of it."""
    found: list[Interval] = []
    stops = [one.end for one in before]
    for one in clip(after, -math.inf, end):
        for index in range(bisect_right(stops, one.start), len(before)):
            other = before[index]
            if other.start >= one.end:
                break
            if other.state is not one.state:
                found += clip([one], other.start, other.end)
    return found


def changes_of(
    services: Mapping[str, str],
    known: Mapping[str, Sequence[Interval]],
    now: float,
    cut: float,
    most: int = 30,
) -> tuple[StateChange, ...]:
    """Return the latest changes of state, newest first; `services` are titles by id, `known` their intervals after `cut`.

    The first state there is counts, where nothing of it was cut. A cycle that did not run changes nothing.
    """
    found: list[StateChange] = []
    for name, title in services.items():
        intervals = known[name]
        newest_first = zip(reversed(intervals), (*intervals[-2::-1], None), strict=True)
        changed = (
            StateChange(after.start, name, title, after.state)
            for after, before in newest_first
            if after.start <= now
            and (after.start > cut if before is None else before.state is not after.state)
        )
        found += islice(changed, most)
    return tuple(sorted(found, key=lambda one: (-one.at, one.service))[:most])


def with_maintenance(
    intervals: Sequence[Interval], planned: Iterable[Maintenance], probe: str
) -> list[Interval]:
    """Return the intervals with this probe's planned times in their place, marked as maintenance.

    What is planned is known without a cycle: between the first interval and the last it also fills gaps.
    """
    if not intervals:
        return []
    times = _join(planned, probe, intervals[0].start, intervals[-1].end)
    return merge(sorted([*_outside(intervals, times), *times], key=lambda one: one.start))


def _join(planned: Iterable[Maintenance], probe: str, start: float, end: float) -> list[Interval]:
    """Return this probe's planned times in [start, end), in order; those that overlap or touch are one."""
    joined: list[Interval] = []
    concerned = (window for window in planned if window.end > window.start and _concerns(window, probe))
    found = (Interval(one.start, one.end, ServiceState.MAINTENANCE) for one in concerned)
    for one in sorted(clip(found, start, end), key=lambda one: one.start):
        if joined and one.start <= joined[-1].end:
            joined[-1] = Interval(joined[-1].start, max(joined[-1].end, one.end), one.state)
        else:
            joined.append(one)
    return joined


def _outside(intervals: Sequence[Interval], times: Sequence[Interval]) -> Iterator[Interval]:
    """Yield what of the intervals lies outside of these times, both in order."""
    ends = [time.end for time in times]
    for one in intervals:
        at = one.start
        for index in range(bisect_right(ends, one.start), len(times)):
            if times[index].start >= one.end:
                break
            if at < times[index].start:
                yield Interval(at, times[index].start, one.state)
            at = times[index].end
        if at < one.end:
            yield Interval(at, one.end, one.state)


def is_under_maintenance(planned: Iterable[Maintenance], probe: str, at: float) -> Maintenance | None:
    """Return the planned time that this probe is in at this instant, the one that began first."""
    now = [window for window in planned if _concerns(window, probe) and window.start <= at < window.end]
    return min(now, key=lambda window: window.start, default=None)


def _concerns(window: Maintenance, probe: str) -> bool:
    return not window.probes or probe in window.probes

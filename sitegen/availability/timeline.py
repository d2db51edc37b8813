"""From single observations to stretches of time in one state.

    results at 0 (up), 30 (up), 90 (down), cycle 30 s, from 0 to 120
    -> Interval(0, 60, up), Interval(60, 90, no data), Interval(90, 120, down)

An observation speaks for its own cycle and not beyond: a cycle that did not run is
no data, whatever its neighbours were. Intervals are in order, touch, do not overlap.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from sitegen.availability.model import Interval, Maintenance, ProbeResult, ServiceState

__all__ = ["clip", "cycle_intervals", "intervals_of", "is_under_maintenance", "merge", "with_maintenance"]


def intervals_of(results: Iterable[ProbeResult], cycle: float, start: float, end: float) -> list[Interval]:
    """Return what one probe's results say of [start, end); of two at one instant the later in order counts."""
    return _fill({result.at: result.state for result in results}, cycle, start, end)


def cycle_intervals(
    slots_that_ran: Sequence[float], cycle: float, start: float, end: float
) -> list[Interval]:
    """Return when sitegen itself ran: its cycles are up, all else is no data, since nobody was there to see."""
    return _fill(dict.fromkeys(slots_that_ran, ServiceState.UP), cycle, start, end)


def _fill(states: dict[float, ServiceState], cycle: float, start: float, end: float) -> list[Interval]:
    # A result shortly before the start still speaks for the beginning.
    slots = sorted(slot for slot in states if start - cycle < slot < end)
    found, reached = list[Interval](), start
    for slot, after in pairwise([*slots, end]):
        begin, stop = max(slot, start), min(slot + cycle, after, end)
        if begin > reached:
            found.append(Interval(reached, begin, ServiceState.NO_DATA))
        if stop > begin:
            found.append(Interval(begin, stop, states[slot]))
            reached = stop
    if end > reached:
        found.append(Interval(reached, end, ServiceState.NO_DATA))
    return merge(found)


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


def clip(intervals: Iterable[Interval], start: float, end: float) -> list[Interval]:
    """Return what of the intervals lies in [start, end)."""
    return [
        Interval(max(one.start, start), min(one.end, end), one.state)
        for one in intervals
        if one.start < end and one.end > start and one.end > one.start
    ]


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

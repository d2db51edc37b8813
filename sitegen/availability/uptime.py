"""Uptime weighted by time, always with how much of the time was observed.

Degraded counts as up: the service answered, only slowly. No data and maintenance
are neither: they are left out of the denominator.

    uptime = (up + degraded) / (up + degraded + down)
    coverage = (up + degraded + down) / (length of the window - maintenance)
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo

import msgspec

from sitegen.availability.model import Interval, ServiceState
from sitegen.availability.timeline import clip
from sitegen.units import DAY, YEAR

UPTIME_WINDOWS = (DAY, 7 * DAY, 30 * DAY, 90 * DAY, YEAR)
"""24 hours, 7 days, 30 days, 90 days, a year; in seconds."""

_SHOWN_FIRST = (
    ServiceState.DOWN,
    ServiceState.DEGRADED,
    ServiceState.UP,
    ServiceState.MAINTENANCE,
    ServiceState.NO_DATA,
)
_RANKS = {state: rank for rank, state in enumerate(_SHOWN_FIRST)}
_BAD = frozenset({ServiceState.DOWN, ServiceState.DEGRADED})


class Uptime(msgspec.Struct, frozen=True):
    """Uptime over `window` seconds: `ratio` is None where nothing was observed; the rest are seconds.

    `coverage` is the share of the time outside maintenance that was observed.
    """

    window: float
    ratio: float | None
    coverage: float
    up: float
    degraded: float
    down: float
    maintenance: float

    @property
    def observed(self) -> float:
        """The denominator, in seconds."""
        return self.up + self.degraded + self.down


class Incident(msgspec.Struct, frozen=True):
    """A stretch of trouble, POSIX seconds; `end` is None while it lasts, `state` is the worst in it."""

    start: float
    end: float | None
    state: ServiceState


def uptime(intervals: Iterable[Interval], start: float, end: float) -> Uptime:
    """Work out the uptime in [start, end) of intervals that do not overlap."""
    seconds = dict.fromkeys(ServiceState, 0.0)
    for interval in clip(intervals, start, end):
        seconds[interval.state] += interval.end - interval.start
    return _weigh(seconds, end - start)


def _weigh(seconds: Mapping[ServiceState, float], window: float) -> Uptime:
    up, degraded, down = (
        seconds[state] for state in (ServiceState.UP, ServiceState.DEGRADED, ServiceState.DOWN)
    )
    observed = up + degraded + down
    expected = window - seconds[ServiceState.MAINTENANCE]
    return Uptime(
        window=window,
        ratio=(up + degraded) / observed if observed > 0 else None,
        coverage=min(1.0, observed / expected) if expected > 0 else 0.0,
        up=up,
        degraded=degraded,
        down=down,
        maintenance=seconds[ServiceState.MAINTENANCE],
    )


def uptimes(intervals: Sequence[Interval], now: float) -> list[Uptime]:
    """Work out the uptime of each of UPTIME_WINDOWS up to now, looking at each interval once.

    A window is the one before it and the band between their beginnings.
    """
    edges = [*(now - window for window in reversed(UPTIME_WINDOWS)), now]
    bands = [dict.fromkeys(ServiceState, 0.0) for _ in UPTIME_WINDOWS]
    for interval in intervals:
        for index in range(max(0, bisect_right(edges, interval.start) - 1), len(bands)):
            seconds = min(interval.end, edges[index + 1]) - max(interval.start, edges[index])
            if seconds <= 0:
                break
            bands[index][interval.state] += seconds
    found = []
    total = dict.fromkeys(ServiceState, 0.0)
    for window, band in zip(UPTIME_WINDOWS, reversed(bands), strict=True):
        total = {state: total[state] + band[state] for state in ServiceState}
        found.append(_weigh(total, window))
    return found


def midnights(now: float, count: int = 90, zone: tzinfo = UTC) -> list[float]:
    """Return when the last `count` days of a zone began, today included, and when tomorrow does, POSIX seconds, oldest first.

    A day of a zone may have 23 or 25 hours.
    """
    if zone is UTC:  # so near to the beginning of the calendar there are no dates
        return [(now // DAY + 1 + day) * DAY for day in range(-count, 1)]
    today = datetime.fromtimestamp(now, zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    return [(today + timedelta(days=1 + day)).timestamp() for day in range(-count, 1)]


def days(
    intervals: Iterable[Interval], now: float, count: int = 90, zone: tzinfo = UTC
) -> list[tuple[float, ServiceState]]:
    """Return the last `count` days of a zone, today included, oldest first: (its start, the worst state seen in it).

    One second down makes a day down: a bar hides nothing. Maintenance and no data
    show only where nothing else was seen that day.
    """
    begun = midnights(now, count, zone)
    worst = [_RANKS[ServiceState.NO_DATA]] * count
    for index, state, _ in _by_day(intervals, begun, now):
        worst[index] = min(worst[index], _RANKS[state])
    return [(start, _SHOWN_FIRST[rank]) for start, rank in zip(begun, worst, strict=False)]


def downtimes(intervals: Iterable[Interval], now: float, count: int = 90, zone: tzinfo = UTC) -> list[float]:
    """Return how many seconds each of the last `count` days was down, the days of `days`."""
    seconds = [0.0] * count
    for index, state, lasted in _by_day(intervals, midnights(now, count, zone), now):
        seconds[index] += lasted if state is ServiceState.DOWN else 0.0
    return seconds


def _by_day(
    intervals: Iterable[Interval], begun: Sequence[float], now: float
) -> Iterator[tuple[int, ServiceState, float]]:
    """Yield the parts of intervals up to `now`: the index of their day, the state and the seconds."""
    for interval in intervals:
        start, end = max(interval.start, begun[0]), min(interval.end, now)
        if start < end:
            for index in range(bisect_right(begun, start) - 1, bisect_left(begun, end)):
                yield index, interval.state, min(end, begun[index + 1]) - max(start, begun[index])


def incidents(intervals: Iterable[Interval], now: float, bridged: float = 0.0) -> list[Incident]:
    """Return every stretch of down and degraded, oldest first; one that reaches `now` has no end yet.

    A stretch goes on over at most `bridged` seconds in which nothing was learnt: a lost tick ends no outage.
    """
    found, reach = list[Incident](), -math.inf
    for interval in intervals:
        if interval.state is ServiceState.NO_DATA:
            continue
        if interval.state not in _BAD:
            reach = -math.inf
            continue
        if interval.start - reach <= bridged:
            last = found[-1]
            state = min(last.state, interval.state, key=_SHOWN_FIRST.index)
            found[-1] = Incident(last.start, interval.end, state)
        else:
            found.append(Incident(interval.start, interval.end, interval.state))
        reach = interval.end
    return [
        Incident(one.start, None, one.state) if one.end is not None and one.end >= now else one
        for one in found
    ]

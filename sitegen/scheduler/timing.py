"""How well a timer keeps its time: which ticks of the last day ran, how late, which found another run at work. Pure."""

from collections.abc import Iterable, Sequence
from statistics import median

import msgspec

from sitegen.instrumentation.ticks import Ran, judge_ticks
from sitegen.scheduler.tick import next_due, tick
from sitegen.units import DAY, rfc3339


class TimerStatus(msgspec.Struct, frozen=True):
    """What `sitegen timer status` prints; `busy_last_day` are builds and deploys that found another one at work."""

    installed: bool
    kind: str
    next_due: str
    missed_last_day: int
    busy_last_day: int
    drift_median_seconds: float | None


def judge_timer(
    kind: str,
    *,
    installed: bool,
    builds: Sequence[Ran],
    busy: Iterable[float],
    now: float,
    cycle: float,
) -> TimerStatus:
    """Judge a day of builds, and the instants of deploys that were busy.

    Ticks are missed from the first build of the day on; the current slot may still get its run.
    """
    slot = tick(now, cycle, None).slot
    day = [one for one in builds if now - DAY <= one.slot <= now]
    due = [Ran(slot, slot, slot)] if day and all(one.slot < slot for one in day) else []
    told = judge_ticks([*day, *due], cycle)
    drifts = [one.drift for one in day]
    return TimerStatus(
        installed=installed,
        kind=kind,
        next_due=rfc3339(next_due(slot, cycle)),
        missed_last_day=told.missed,
        busy_last_day=told.busy + sum(now - DAY <= at <= now for at in busy),
        drift_median_seconds=round(median(drifts), 3) if drifts else None,
    )

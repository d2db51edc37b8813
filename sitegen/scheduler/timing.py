"""How well a timer keeps its time: which ticks of the last day ran, how late, which found another run at work. Pure."""

from collections.abc import Iterable, Sequence
from statistics import median

import msgspec

from sitegen.scheduler.tick import next_due, tick
from sitegen.units import DAY, rfc3339


class TimerStatus(msgspec.Struct, frozen=True):
    """What `sitegen timer status` prints; `busy_last_day` are deploys that found another at work."""

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
    builds: Sequence[tuple[float, float]],
    busy: Iterable[float],
    now: float,
    cycle: float,
) -> TimerStatus:
    """Judge a day of builds, each by its slot and when it began, and the instants of deploys that were busy.

    Ticks are missed from the first build of the day on; the current slot may still get its run.
    """
    slot = tick(now, cycle, None).slot
    day = [(at, began) for at, began in builds if now - DAY <= at <= now]
    slots = {at for at, _ in day}
    expected = round((slot - min(slots)) / cycle) if slots else 0
    ran = len(slots - {slot})
    drifts = [max(0.0, began - at) for at, began in day]
    return TimerStatus(
        installed=installed,
        kind=kind,
        next_due=rfc3339(next_due(slot, cycle)),
        missed_last_day=max(0, expected - ran),
        busy_last_day=sum(now - DAY <= at <= now for at in busy),
        drift_median_seconds=round(median(drifts), 3) if drifts else None,
    )

"""Planned times that come again, by the wall clock of the site's zone. Pure.

every = "day", from 2026-10-24T02:30 in Europe/Berlin for an hour -> each day from half past two, whatever offset the zone has
"""

from calendar import monthrange
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, tzinfo
from typing import Annotated, Literal

import msgspec
from msgspec.structs import asdict

from sitegen.availability.model import Maintenance
from sitegen.keys import Form, Key
from sitegen.units import DAY

_BACK = 35 * DAY
"""What lies further back was kept when it came, or nobody was there to keep it."""

Every = Literal["day", "week", "month"]
SHORTEST = {"day": DAY, "week": 7 * DAY, "month": 28 * DAY}
"""How long at least it is from one to the next, in seconds, but for the hours of a change of clocks."""


class PlannedTime(msgspec.Struct, frozen=True):
    """One of `[[maintenance]]`: a planned time in POSIX seconds, or the first of those that come again; no probes named means all."""

    title: Annotated[str, Key("What is done.", "moving house", least=1, most=120)]
    start: Annotated[float, Key("When it begins.", "2026-12-01T20:00:00Z", Form.INSTANT)]
    end: Annotated[float, Key("When it ends.", "2026-12-01T22:00:00Z", Form.INSTANT)]
    probes: Annotated[
        tuple[str, ...], Key("The ids of the probes concerned; all when left out.", ["home"])
    ] = ()
    every: Annotated[
        Every | None,
        Key(
            "How often it comes again, by the wall clock of the site's `timezone`; once, when left out.",
            "week",
        ),
    ] = None


def expand(planned: Iterable[PlannedTime], zone: tzinfo, now: float) -> tuple[Maintenance, ...]:
    """Return each planned time of the last weeks, and the next one of those that come again.

    All have the length of the first. An hour that comes twice means the first of the two, one that never comes is as long
    after the change as it was meant to be (RFC 5545, 3.3.5); a month without the day has none.
    """
    return tuple(one for plan in planned for one in _expand(plan, zone, now))


def _expand(plan: PlannedTime, zone: tzinfo, now: float) -> Iterator[Maintenance]:
    fields = asdict(plan)
    every, length = fields.pop("every"), plan.end - plan.start
    if every is None:
        yield Maintenance(**fields)
        return
    if plan.start >= now - _BACK:
        yield Maintenance(**fields)  # also where its wall clock shows the second of two
    if plan.start > now:
        return
    for begin in _starts(
        datetime.fromtimestamp(plan.start, zone).replace(tzinfo=None), every, zone, now - _BACK
    ):
        if begin > plan.start:
            yield Maintenance(**fields | {"start": begin, "end": begin + length})
        if begin > now:
            return


def _starts(first: datetime, every: Every, zone: tzinfo, since: float) -> Iterator[float]:
    """Yield the instants, in POSIX seconds, at which the wall clock shows the time again, from a little before `since` on."""
    past = max(0, int((since - first.replace(tzinfo=zone).timestamp()) // SHORTEST[every]) - 3)
    if every != "month":
        step = timedelta(days=1 if every == "day" else 7)
        while True:
            yield (first + past * step).replace(tzinfo=zone).timestamp()
            past += 1
    month = first.year * 12 + first.month - 1
    past = max(0, past * 28 // 31 - 3)
    while True:
        year, index = divmod(month + past, 12)
        if first.day <= monthrange(year, index + 1)[1]:
            yield first.replace(year=year, month=index + 1, tzinfo=zone).timestamp()
        past += 1

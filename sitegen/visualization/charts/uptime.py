"""Ninety days of a service as bars: the state is told by colour and by height."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, tzinfo

from sitegen.availability.model import ServiceState
from sitegen.units import DAY
from sitegen.visualization.primitives.svg import Markup, Path, draw_path, element, percent, stretched, text

MOST_DAYS = 90
_EPOCH = date(1970, 1, 1).toordinal()
_FIRST_DAY = date.min.toordinal() - _EPOCH
"""The first day of the calendar, counted from 1970: a clock may stand less than 90 days after it."""
_PITCH, _BAR, _HEIGHT, _SHORTER = 4, 3, 24, 4
_EDGES = (0.2, 0.88)
"""Where on the scale of days there is room for a month's name beside its ends."""

# The worse a day, the taller its bar: an outage is the mark that is seen first.
_LOOKS = {
    ServiceState.UP: ("ok", 11),
    ServiceState.MAINTENANCE: ("m", 11),
    ServiceState.DEGRADED: ("w", 17),
    ServiceState.DOWN: ("c", 24),
    ServiceState.NO_DATA: ("u", 3),
}


def draw_uptime(days: Sequence[tuple[float, ServiceState]], downtimes: Sequence[float] = ()) -> str:
    """Draw (start of the day in POSIX seconds, its state), the latest 90 days; days not given stay empty.

    `downtimes` are the seconds that each was down: the day with most of them is the tallest mark.
    """
    states = {_number(start, days): state for start, state in days}
    last = max(states, default=0)
    first = max(min(states, default=0), last - MOST_DAYS + 1)
    shares = _shares(days, downtimes)
    paths = {state: Path() for state in _LOOKS}
    for day, state in sorted(states.items()):
        if day >= first:
            x = (day - first) * _PITCH + _PITCH // 2
            height = _LOOKS[state][1]
            if state is ServiceState.DOWN:
                height -= round((1.0 - shares.get(day, 1.0)) * _SHORTER)
            top = _HEIGHT - height
            path = paths[state]
            # By turns down and up, so that the way to the next bar is short.
            ends = (top, _HEIGHT) if day % 2 else (_HEIGHT, top)
            path.move(x, ends[0]).line(x, ends[1])
    return stretched(
        "up",
        (last - first + 1) * _PITCH,
        _HEIGHT,
        *(draw_path(css, paths[state], width=_BAR) for state, (css, _) in _LOOKS.items()),
    )


def _shares(days: Sequence[tuple[float, ServiceState]], downtimes: Sequence[float]) -> dict[int, float]:
    """Return how long each day was down, as a share of the worst."""
    longest = max(downtimes, default=0.0)
    known = zip(days, downtimes, strict=True) if longest > 0 else ()
    # Only the worst reaches the full share, however near it the others are.
    return {
        _number(start, days): 1.0 if down == longest else min(0.8, down / longest)
        for (start, _), down in known
    }


def _number(start: float, days: Sequence[tuple[float, ServiceState]]) -> int:
    """Return the number of a day: those of a zone have 24 hours, or one more or less, from its midnight on."""
    return round(days[0][0] // DAY) + round((start - days[0][0]) / DAY)


def draw_months(today: float, zone: tzinfo = UTC) -> Markup:
    """Draw the scale over the bars of a zone's 90 days up to `today` (POSIX seconds): its ends, and months where they begin."""
    last = datetime.fromtimestamp(today, zone).toordinal() - _EPOCH
    first = last - MOST_DAYS + 1
    names = []
    for day in range(max(first, _FIRST_DAY), last):
        begun = datetime.fromtimestamp(day * DAY, UTC)
        place = (day - first) / MOST_DAYS
        if begun.day == 1 and _EDGES[0] <= place <= _EDGES[1]:
            names.append(text(f"{begun:%b}", percent(place), "1em"))
    ends = (text("90 days ago", "0", "1em"), text("today", "100%", "1em", "xe"))
    return element("svg", {"class": "mo", "aria-hidden": "true"}, ends[0], *names, ends[1])

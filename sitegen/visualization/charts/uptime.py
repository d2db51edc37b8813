"""Ninety days of a service as bars: the state is told by colour and by height."""

from collections.abc import Sequence

from sitegen.availability.model import ServiceState
from sitegen.units import DAY
from sitegen.visualization.primitives.svg import Path, draw_path, stretched

__all__ = ["MOST_DAYS", "draw_uptime"]

MOST_DAYS = 90
_PITCH, _BAR, _HEIGHT = 8, 6, 28

_LOOKS = {
    ServiceState.UP: ("ok", 28),
    ServiceState.MAINTENANCE: ("m", 24),
    ServiceState.DEGRADED: ("w", 20),
    ServiceState.DOWN: ("c", 14),
    ServiceState.NO_DATA: ("u", 6),
}


def draw_uptime(days: Sequence[tuple[float, ServiceState]]) -> str:
    """Draw (start of the day in POSIX seconds, its state), the latest 90 days; days not given stay empty."""
    states = {round(start // DAY): state for start, state in days}
    last = max(states, default=0)
    first = max(min(states, default=0), last - MOST_DAYS + 1)
    paths = {state: Path() for state in _LOOKS}
    for day, state in sorted(states.items()):
        if day >= first:
            x, top = (day - first) * _PITCH + _PITCH // 2, _HEIGHT - _LOOKS[state][1]
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

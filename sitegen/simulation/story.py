"""What happened in the shop: who was slow or failing when, and the incident that is going on now.

The bank that charges cards slows down and then stops answering. Payments wait for it
until a circuit breaker opens, checkout waits for payments, and the gateway for checkout.
"""

import math
from bisect import bisect_right
from random import Random

import msgspec

from sitegen.availability.model import Maintenance
from sitegen.units import DAY, HOUR, MINUTE

CYCLE = 30.0
_RETOLD = 30 * MINUTE
"""The incident begins anew every half hour, so that it always lies within the last one."""
_BEGAN = 24 * MINUTE
"""How long before that half hour it began."""

_PAST = {"mailer": 5, "payments": 3, "checkout": 3, "search": 2, "catalog": 2, "inventory": 3, "auth": 1, "gateway": 1}  # fmt: skip
"""How many earlier faults each service had, all of them longer ago than the widest window but one shows."""
_FIRST_DAY, _LAST_DAY = 9, 88

_SHARES = {"payments": (1.0, 0.25, 1.0), "checkout": (0.42, 0.36, 0.24), "gateway": (0.3, 0.1, 0.045)}
"""How much of the incident reaches each service: of its slowness at first and with an open breaker, of its failures."""


class Strain(msgspec.Struct, frozen=True):
    """A stretch of trouble, POSIX seconds.

    `slow` 1 is what a service is like that waits for the bank's timeout, `failing` the
    share of its requests that fail.
    """

    start: float
    end: float
    slow: float
    failing: float


class Story(msgspec.Struct, frozen=True):
    """The incident's instants in POSIX seconds, and the troubles of each service in order.

    The bank is slow from `slow` on and down from `down` on; the breaker opens at `opened`,
    and the incident lasts. `deploy` is when version 1.8.2 went live.
    """

    now: float
    slow: float
    down: float
    opened: float
    deploy: float
    strains: dict[str, tuple[Strain, ...]]
    maintenance: tuple[Maintenance, ...]

    def strain(self, service: str, start: float, end: float) -> tuple[float, float]:
        """Return how slow a service was and how much it failed, as means over [start, end)."""
        known = self.strains.get(service, ())
        slow = failing = 0.0
        for index in range(bisect_right(known, end, key=lambda one: one.start) - 1, -1, -1):
            one = known[index]
            if one.end <= start:
                break
            share = (min(one.end, end) - max(one.start, start)) / (end - start)
            slow += share * one.slow
            failing += share * one.failing
        return slow, failing


def tell(seed: int, now: float) -> Story:
    """Return the story as it stands at `now`; all of its instants are slots of the cycle."""
    began = math.floor(now / _RETOLD) * _RETOLD - _BEGAN
    down, opened = began + 8 * MINUTE, began + 12 * MINUTE
    today = now // DAY * DAY
    strains = {service: _past(Random(f"{seed} {service}"), count, today) for service, count in _PAST.items()}
    for service, shares in _SHARES.items():
        # A piece a cycle, so that a curve is smooth in the narrowest window.
        pieces = (began + index * CYCLE for index in range(math.ceil((now - began) / CYCLE) + 2))
        strains[service] += tuple(
            Strain(at, at + CYCLE, *_suffer(at + CYCLE / 2, began, down, opened, shares)) for at in pieces
        )
    planned = now // HOUR * HOUR
    return Story(
        now=now,
        slow=began,
        down=down,
        opened=opened,
        deploy=began - 5 * MINUTE,
        strains=strains,
        maintenance=(
            Maintenance("moving the search cluster", planned - HOUR, planned + 2 * HOUR, ("search",)),
            Maintenance("database upgrade", today + 2 * DAY + HOUR, today + 2 * DAY + 3 * HOUR, ("inventory",)),
        ),
    )  # fmt: skip


def _suffer(
    at: float, slow: float, down: float, opened: float, shares: tuple[float, float, float]
) -> tuple[float, float]:
    """Return how slow a service is at an instant of the incident, and the share of its requests that fail."""
    first, later, failing = shares
    if at < down:
        risen = (at - slow) / (down - slow)
        return first * risen * risen * (3 - 2 * risen) * 0.9, failing * 0.06 * risen
    if at < opened:
        return first, failing * 0.94
    return later + (first - later) * math.exp(-(at - opened) / 90), failing * 0.98


def _past(chance: Random, count: int, today: float) -> tuple[Strain, ...]:
    """Return so many earlier faults, oldest first, each on a day of its own: most of them slow, some down."""
    found = []
    for day in sorted(chance.sample(range(_FIRST_DAY, _LAST_DAY + 1), count), reverse=True):
        start = today - day * DAY + chance.randrange(2, 16) * HOUR + chance.randrange(120) * CYCLE
        cycles = chance.choice([10, 24, 50, 130, 360])
        is_down = chance.random() < 0.55
        found.append(Strain(start, start + cycles * CYCLE, 0.8, 0.9 if is_down else 0.01))
    return tuple(found)

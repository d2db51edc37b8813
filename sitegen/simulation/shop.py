"""The shop as a model: its eight services, how much they are asked, how fast they answer, how often they fail."""

import math
from random import Random
from zlib import crc32

import msgspec

from sitegen.simulation.story import CYCLE, Story, tell
from sitegen.units import DAY, HOUR

_TABLE = 4093
"""Values of noise: a prime, so that steps of any length pass through all of them."""
_TIMEOUT = 5.36
"""How many times as long as usual a request takes that waits for the bank's timeout."""


class Service(msgspec.Struct, frozen=True):
    """A service on a good day.

    `busiest` are requests a second in its busiest hour, `median` its latency in seconds and
    `deviation` that of the latency's logarithm, `failing` the share of requests that fail;
    from a latency of `slow_above` seconds on a probe calls it degraded.
    """

    id: str
    title: str
    busiest: float
    median: float
    deviation: float
    failing: float
    slow_above: float

    def faster(self, bound: float, median: float) -> float:
        """Return the share of requests that took at most `bound` seconds, when half of them took `median`."""
        if math.isinf(bound):
            return 1.0
        return 0.5 * (1 + math.erf(math.log(bound / median) / self.deviation / math.sqrt(2)))


SERVICES = (
    Service("gateway", "public API", 93.0, 0.091, 0.42, 0.0004, 0.5),
    Service("auth", "sign-in", 88.0, 0.0031, 0.40, 0.0001, 0.1),
    Service("catalog", "catalogue", 55.0, 0.046, 0.28, 0.0002, 0.3),
    Service("search", "search", 33.0, 0.074, 0.34, 0.0003, 0.4),
    Service("checkout", "checkout", 26.0, 0.136, 0.52, 0.0010, 0.3),
    Service("inventory", "inventory", 19.0, 0.0088, 0.34, 0.0002, 0.1),
    Service("payments", "payments", 12.4, 0.201, 0.48, 0.0020, 0.5),
    Service("mailer", "order mail", 11.8, 0.0142, 0.45, 0.0030, 0.2),
)  # fmt: skip


class Shop(msgspec.Struct, frozen=True):
    """The shop and its story. Instants are POSIX seconds; each value is a mean over the `step` seconds before `at`."""

    story: Story
    noise: tuple[float, ...]

    def wander(self, name: str, at: float, step: float) -> float:
        """Return noise about 0 with a deviation of 1; what is near in time is near in value."""
        return self.noise[(int(at // step) + crc32(name.encode())) % _TABLE]

    def rate(self, service: Service, at: float, step: float) -> float:
        """Return requests a second: fewer at night and at weekends, and fewer where customers give up."""
        slow, _ = self.story.strain(service.id, at - step, at)
        swing = 0.035 * self.wander(f"{service.id} rate", at, step)
        return max(0.0, service.busiest * _traffic(at, step) * (1 + swing) * (1 - 0.2 * slow))

    def median(self, service: Service, at: float, step: float) -> float:
        """Return the median latency in seconds."""
        slow, _ = self.story.strain(service.id, at - step, at)
        swing = 0.045 * self.wander(f"{service.id} latency", at, step)
        return service.median * (1 + swing) * (1 + (_TIMEOUT - 1) * slow)

    def failing(self, service: Service, at: float, step: float) -> float:
        """Return the share of requests that failed."""
        _, failing = self.story.strain(service.id, at - step, at)
        swing = 1 + 0.3 * self.wander(f"{service.id} errors", at, step)
        return min(1.0, service.failing * max(0.1, swing) + failing)

    def p95(self, service: Service, at: float, step: float) -> float:
        """Return the 95th percentile of the latency in seconds."""
        return self.quantile(service, 1.645, at, step)

    def quantile(self, service: Service, z: float, at: float, step: float) -> float:
        """Return the latency `z` deviations above the median: 1.645 for p95, 2.326 for p99."""
        return self.median(service, at, step) * math.exp(z * service.deviation)


def open_shop(seed: int, now: float) -> Shop:
    """Return the shop that this seed makes, as it stands at `now`."""
    chance = Random(seed)
    noise, value = [], 0.0
    for _ in range(_TABLE):
        value = 0.8 * value + 0.6 * chance.gauss()
        noise.append(value)
    return Shop(story=tell(seed, now // CYCLE * CYCLE), noise=tuple(noise))


def _traffic(at: float, step: float) -> float:
    """Return the share of the busiest hour's traffic: a wave over the day, least at 7 in the morning, less at weekends."""
    middle = at - step / 2
    half = math.pi * step / DAY
    wave = math.cos((middle % DAY / HOUR - 19) / 24 * math.tau) * math.sin(half) / half
    weekend = int(middle // DAY + 3) % 7 >= 5  # 1 January 1970 was a Thursday, the day of number 3
    return (0.68 + 0.3 * wave) * (0.86 if weekend else 1.0)

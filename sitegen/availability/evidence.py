"""How much availability a number of probes proves: what was measured, and what it is worth with 95 % confidence. Pure.

The exact binomial bound of Clopper and Pearson (Biometrika 26, 1934), one-sided: the greatest share of failures under
which so few failures as were seen would still turn up once in twenty times.

    10,000 probes, none failed -> at least 99.970 %;  99.999 % takes 299,572 without a failure, 474,385 with one
"""

import math
from urllib.parse import urlsplit

import msgspec

OWN_GOAL = 0.99999
"""What this very site is to attain: 25.9 seconds of failure in 30 days."""
DOUBT = 0.05
"""The share of cases in which the bound may be wrong."""
_STEPS, _TERMS = 64, 10_000
_TINY, _EXACT = 1e-300, 1e-14


class Evidence(msgspec.Struct, frozen=True):
    """What `probes`, of which `failures` failed, say of a `target`.

    `measured` is the share that was answered, `proven` what it is at least with 95 % confidence, both None without probes.
    `needed` is how many probes with no failure more would prove the target.
    """

    target: float
    probes: int
    failures: int
    measured: float | None
    proven: float | None
    needed: int


def is_of_site(url: str, base_url: str) -> bool:
    """Whether an address lies within the site that is published at `base_url`: same origin, same folder."""
    there, site = urlsplit(url), urlsplit(base_url)
    same = (there.scheme, there.netloc.lower()) == (site.scheme, site.netloc.lower())
    return bool(site.netloc) and same and f"{there.path}/".startswith(f"{site.path.rstrip('/')}/")


def weigh_evidence(probes: int, failures: int, target: float) -> Evidence:
    """Return what these probes prove."""
    proven = prove(probes, failures) if probes else None
    measured = 1.0 - failures / probes if probes else None
    return Evidence(target, probes, failures, measured, proven, probes_needed(target, failures))


def prove(probes: int, failures: int) -> float:
    """Return the lower bound of the share that is answered, 0 where every probe failed."""
    if failures >= probes:
        return 0.0
    low, high = failures / probes, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if at_most(failures, probes, middle) > DOUBT else (low, middle)
    return 1.0 - high


def probes_needed(target: float, failures: int) -> int:
    """Return the least number of probes that prove the target although so many failed."""
    low, high = failures, failures + 1
    while at_most(failures, high, 1.0 - target) > DOUBT:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if at_most(failures, middle, 1.0 - target) > DOUBT else (low, middle)
    return high


def at_most(failures: int, probes: int, share: float) -> float:
    """Return how probable it is that at most so many of the probes fail where this share of all does.

    The binomial distribution is the regularised incomplete beta function I of 1 - share (DLMF 8.17.5).
    """
    if failures >= probes:
        return 1.0
    return _beta(probes - failures, failures + 1, share)


def _beta(a: int, b: int, share: float) -> float:
    """Return I(a, b) of 1 - share, by its continued fraction (DLMF 8.17.22) on the side where that converges fast."""
    if not 0.0 < share < 1.0:
        return 0.0 if share >= 1.0 else 1.0
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log1p(-share) + b * math.log(share)
    )
    if 1.0 - share < (a + 1) / (a + b + 2):
        return front * _fraction(a, b, 1.0 - share) / a
    return 1.0 - front * _fraction(b, a, share) / b


def _fraction(a: int, b: int, x: float) -> float:
    """Return the continued fraction by Lentz's method, as Thompson and Barnett changed it."""
    c, d = 1.0, 1.0 / _away(1.0 - (a + b) * x / (a + 1))
    found = d
    for m in range(1, _TERMS):
        for part in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 / _away(1.0 + part * d)
            c = _away(1.0 + part / c)
            found *= c * d
        if abs(c * d - 1.0) < _EXACT:
            break
    return found


def _away(value: float) -> float:
    return value if abs(value) > _TINY else _TINY

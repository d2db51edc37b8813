"""How old a value is, and what that makes it.

The class of a value follows from the age of its fetch: fresh up to two cycles,
stale beyond, expired after an hour (RFC 5861 calls the middle state stale). A
class is worked out when a page is made and is never shown as "3 s ago".
"""

from enum import StrEnum
from typing import Generic, TypeVar

import msgspec

from sitegen.errors import Notice

EXPIRED_AFTER = 3600.0

T = TypeVar("T")


class Freshness(StrEnum):
    """The class of a value by the age of its fetch."""

    FRESH = "fresh"
    STALE = "stale"
    EXPIRED = "expired"
    MISSING = "missing"

    @property
    def glyph(self) -> str:
        """A mark of its own shape, so that colour is never alone."""
        return {"fresh": "●", "stale": "▲", "expired": "✖"}.get(self, "○")

    @property
    def doubted(self) -> "Freshness":
        """What is left of it where the time of an answer is not known."""
        return Freshness.STALE if self is Freshness.FRESH else self


class Observed(msgspec.Struct, Generic[T], frozen=True):
    """A value, when it was fetched (POSIX seconds), its class, and what visitors read of what went wrong on the way.

    A value that is stale or expired is the last known good one; `missing` has none.
    """

    value: T | None
    taken_at: float | None
    status: Freshness
    notices: tuple[Notice, ...] = ()


def classify(taken_at: float | None, now: float, cycle: float) -> Freshness:
    """Return the class of something fetched at `taken_at`; a fetch in the future (a clock jump) is fresh."""
    if taken_at is None:
        return Freshness.MISSING
    age = max(0.0, now - taken_at)
    if age > EXPIRED_AFTER:
        return Freshness.EXPIRED
    return Freshness.FRESH if age <= 2 * cycle else Freshness.STALE


def observed(
    value: T, taken_at: float, now: float, cycle: float, notices: tuple[Notice, ...] = ()
) -> Observed[T]:
    """Return a value the class that its age makes it."""
    return Observed(value=value, taken_at=taken_at, status=classify(taken_at, now, cycle), notices=notices)


def doubt(seen: Observed[T], why: Notice | None) -> Observed[T]:
    """Return an observation that is not called fresh, with the reason; as it is where there is none."""
    if why is None:
        return seen
    return msgspec.structs.replace(seen, status=seen.status.doubted, notices=(*seen.notices, why))


def missing(*notices: Notice) -> Observed[T]:
    """Return an observation without a value, with the reasons."""
    return Observed(value=None, taken_at=None, status=Freshness.MISSING, notices=notices)

"""When a request is sent again, how long to wait before, and how often a whole build may do so.

Capped exponential back-off with full jitter: before attempt n + 1 the wait is
uniform in [0, min(CEILING, FIRST * 2^(n - 1))] seconds, after what the server's
Retry-After asked for (RFC 9110, 10.2.3). Retries happen in this layer only.
"""

import random
import threading
from collections.abc import Mapping

from sitegen.http.dates import parse_date
from sitegen.http.model import Answer, Fault, FaultKind

FIRST = 0.5
CEILING = 2.0

_STATUSES = frozenset({429, 502, 503, 504})
_KINDS = frozenset(
    {
        FaultKind.DNS,
        FaultKind.NO_NAME,
        FaultKind.REFUSED,
        FaultKind.UNREACHABLE,
        FaultKind.TIMEOUT,
        FaultKind.RESET,
    }
)
_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})  # RFC 9110, 9.2.2


class RetryBudget:
    """How many retries all sources of a build may make together: a mutex over the one number they share.

    When many sources fail at once the cause is near, and retrying each of them only
    eats the deadline.
    """

    def __init__(self, retries: int = 20) -> None:
        self._left = retries
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Take one retry; False when none is left."""
        with self._lock:
            if self._left <= 0:
                return False
            self._left -= 1
            return True

    @property
    def left(self) -> int:
        """How many retries are left."""
        return self._left


class Backoff:
    """The waits between attempts; the same `seed` gives the same waits."""

    def __init__(self, seed: int | None = None) -> None:
        self._random = random.Random(seed)  # noqa: S311 - spreads load, hides nothing

    def pause(self, attempts: int, asked: float | None = None) -> float:
        """Return the seconds to wait after `attempts` attempts, of which the server asked for `asked`."""
        ceiling = min(CEILING, FIRST * 2.0 ** (attempts - 1))
        return (asked or 0.0) + self._random.uniform(0.0, ceiling)


def is_idempotent(method: str) -> bool:
    """Return whether sending a request twice does what sending it once does (RFC 9110, 9.2.2)."""
    return method.upper() in _METHODS


def is_worth_retrying(result: Answer | Fault) -> bool:
    """Return whether another attempt may end better: not after a 4xx that says the request is wrong."""
    if isinstance(result, Answer):
        return False
    return result.kind in _KINDS or (result.kind is FaultKind.STATUS and result.status in _STATUSES)


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Read Retry-After (seconds or an HTTP-date) as seconds from now, never negative; None where it says nothing.

    A date is taken relative to the answer's own Date, so that the two clocks need not agree.
    """
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    until = parse_date(text)
    if until is None:
        return None
    sent = parse_date(headers.get("date", ""))
    return max(0.0, until - (now if sent is None else sent))

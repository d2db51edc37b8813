"""Circuit breakers that survive the process: a source that is down is asked less and less often.

Every cycle is a new process, so the state of a breaker is a plain value that is
stored after each run and read before the next. The states are those of Nygard's
"Release It!": closed (asked every time), open (not asked), half-open (asked once, to
see). One run counts once, whatever it retried inside.
"""

from typing import Annotated

import msgspec

__all__ = ["Breaker"]

_TRIES = 3
"""Failed runs in a row that open a breaker."""

_PAUSES = (55.0, 175.0, 295.0)
"""Seconds between probes, the last one for ever: 2, 6, then 10 cycles of 30 s, each 5 s short of it so that
a timer that ticks a little early does not lose a whole cycle. 100 cycles without an answer meet 13 probes:
with the two retries of the first that is 15 connections, however many questions there are, for
all but one wait until somebody answers."""


class Breaker(msgspec.Struct, frozen=True):
    """How often a source failed in a row, and when it was last asked (POSIX seconds)."""

    failures: Annotated[int, msgspec.Meta(ge=0)] = 0
    changed_at: float = 0.0

    @classmethod
    def stored(cls, failures: object, changed_at: object) -> "Breaker":
        """Read what a run left behind; what cannot be read is a closed breaker."""
        try:
            return msgspec.convert({"failures": failures, "changed_at": changed_at}, cls)
        except msgspec.ValidationError:
            return cls()

    def allows(self, now: float) -> bool:
        """Whether the source may be asked now.

        A last question that lies in the future says that the clock was set back: how
        long ago it was is unknown then, so the source may be asked, which also moves
        the breaker to the new time. Otherwise it would stay shut until the old time
        comes again.
        """
        if self.failures < _TRIES or now < self.changed_at:
            return True
        return now - self.changed_at >= _PAUSES[min(self.failures - _TRIES, len(_PAUSES) - 1)]

    def after(self, ok: bool, now: float) -> "Breaker":  # noqa: FBT001  # the outcome is what it is about
        """Give the breaker after the source was asked: one answer closes it."""
        return Breaker() if ok else Breaker(failures=self.failures + 1, changed_at=now)

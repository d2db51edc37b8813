"""Where the copies of a site wait for each other, and for how long: a moment, and for nobody who is late."""

import threading

from sitegen.errors import SitegenError
from sitegen.instrumentation.clock import Clock, Deadline

PATIENCE = 1.0
"""Seconds that a copy waits for the others at a barrier (DEPLOYMENT.md, section 3.2a)."""


class Barrier:
    """The stages that each copy has reached. A copy that is waited for in vain holds up nobody any more.

    Stages are compared; `stop` ends the deploy of all.
    """

    def __init__(self, count: int, clock: Clock) -> None:
        self._condition = threading.Condition()
        self._stages: dict[int, tuple[float, ...]] = dict.fromkeys(range(count), ())
        self._late: set[int] = set()
        self._clock = clock
        self._stopped: SitegenError | None = None

    def reach(self, number: int, stage: tuple[float, ...]) -> None:
        """Note that this copy has done all up to a stage, and wait until the others have too, or are late."""
        patience = Deadline(self._clock, PATIENCE)
        with self._condition:
            self._stages[number] = stage
            self._condition.notify_all()
            while (behind := self._behind(stage)) and not patience.passed and self._stopped is None:
                self._condition.wait(patience.remaining())
            self._late |= behind

    def _behind(self, stage: tuple[float, ...]) -> set[int]:
        return {number for number, reached in self._stages.items() if reached < stage} - self._late

    def leave(self, number: int) -> None:
        """Take a copy out: nobody waits for it."""
        with self._condition:
            self._late.add(number)
            self._condition.notify_all()

    def stop(self, error: SitegenError) -> None:
        """End the deploy to all copies; the first reason counts."""
        with self._condition:
            self._stopped = self._stopped or error
            self._condition.notify_all()

    def check(self) -> None:
        """Raise what ended the deploy, if something has."""
        if self._stopped is not None:
            raise self._stopped

"""When `sitegen run` starts what: a build in every slot, a deploy some seconds later, and pauses after failures. Pure."""

from enum import StrEnum

import msgspec

from sitegen.scheduler.tick import next_due, tick

_LONGEST_PAUSE = 8
"""How many slots in a row are left out at most after builds or deploys that failed."""
_BUSY = 5


class Command(StrEnum):
    """What is run."""

    BUILD = "build"
    DEPLOY = "deploy"


class Agenda(msgspec.Struct, frozen=True):
    """What is due next of one command: `after` seconds into a slot of `cycle` seconds.

    `failures` is how often in a row it failed, `resting` how many slots are still left out for that.
    """

    command: Command
    cycle: float
    after: float = 0.0
    failures: int = 0
    resting: int = 0

    def due_after(self, now: float) -> float:
        """Return when it is due next, never now (POSIX seconds): slots are the clock's, so that no lateness adds up."""
        begun = now - self.after
        return next_due(tick(begun, self.cycle, None).slot, self.cycle) + self.after

    def ended(self, code: int) -> "Agenda":
        """Return it after a run that ended with this exit code: 1, 3, 7, 8, ... slots rest after failures in a row."""
        if code in {0, _BUSY}:
            return msgspec.structs.replace(self, failures=0, resting=0)
        failures = self.failures + 1
        return msgspec.structs.replace(
            self, failures=failures, resting=min(_LONGEST_PAUSE, 2 ** (failures - 1) - 1)
        )

    def rested(self) -> "Agenda":
        """Return it after a slot that was left out."""
        return msgspec.structs.replace(self, resting=max(0, self.resting - 1))

"""How the ticks of a time went, from the builds that ran in it: how late they began, which were lost, and why. Pure.

A tick that passed while the build before was still at work was busy: the run that it started found the lock taken. Of
all others nothing is known but that no build ran, because the timer was off or the machine slept.
"""

import math
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple


class Ran(NamedTuple):
    """A build by its slot, when it began and when its process was gone, in POSIX seconds."""

    slot: float
    began: float
    ended: float

    @property
    def drift(self) -> float:
        """How long after its slot it began, in seconds."""
        return max(0.0, self.began - self.slot)


class Ticks(NamedTuple):
    """How many ticks were `missed`, `busy` ones among them, and how late the others began, in seconds."""

    missed: int
    busy: int
    drifts: tuple[float, ...]


def judge_ticks(builds: Iterable[Ran], cycle: float) -> Ticks:
    """Judge the ticks between the first and the last of these builds, in any order; several in one slot are one tick."""
    ordered = sorted(builds)
    missed = busy = 0
    for before, after in pairwise(ordered):
        lost = max(0, round((after.slot - before.slot) / cycle) - 1)
        missed += lost
        busy += min(lost, max(0, math.floor((before.ended - before.slot) / cycle)))
    return Ticks(missed, busy, tuple(one.drift for one in ordered))

"""The tick of a run: which slot it belongs to, how late it is, how many slots before it never ran. Pure.

Slots are the multiples of the cycle since the POSIX epoch, in UTC: no time zone, no summer time and no end of
32 bits moves them. A run after a gap is one run: what was missed is counted and shown, never caught up.
"""

import math

import msgspec


class Tick(msgspec.Struct, frozen=True):
    """The slot of a run in POSIX seconds, its lateness in seconds (0 to the cycle), and the slots lost before it."""

    slot: float
    drift: float
    missed: int


def tick(now: float, cycle: float, last_slot: float | None) -> Tick:
    """Return the tick of a run at `now`, after one in `last_slot` (None: the first run).

    A gap of n cycles has missed n - 1 slots. A second run in a slot, and one after the clock went back,
    missed none.
    """
    slot = math.floor(now / cycle) * cycle
    gap = 0 if last_slot is None else round((slot - last_slot) / cycle)
    return Tick(slot=slot, drift=max(0.0, now - slot), missed=max(0, gap - 1))


def next_due(slot: float, cycle: float) -> float:
    """Return the instant of the slot after this one."""
    return slot + cycle

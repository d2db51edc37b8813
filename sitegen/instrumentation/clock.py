"""The one place that asks the operating system for the time."""

import os
import time
from pathlib import Path
from typing import Protocol

# Linux counts the time asleep on a clock of its own, macOS on the monotonic one (clock_gettime(2), clock_gettime(3)).
_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def steady() -> float:
    """Return seconds that never go back, the same in every process of this machine: what a machine sleeps counts too."""
    return time.clock_gettime(_STEADY)


class Clock(Protocol):
    """Wall time for what is shown and stored, monotonic time for how long things take."""

    @property
    def fixed(self) -> bool:
        """Whether wall time stands still; then nothing measured is published, so that builds are reproducible."""
        ...

    def now(self) -> float:
        """Return wall time in POSIX seconds; it may jump either way."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never go back and are the same in every process of this machine.

        Time asleep counts: a laptop that is opened again does not go on with what was due hours ago.
        """
        ...

    def thread_cpu(self) -> float:
        """Return the CPU seconds of the calling thread."""
        ...


class SystemClock:
    """The machine's clocks."""

    fixed = False

    def now(self) -> float:
        """Return wall time in POSIX seconds."""
        return time.time()

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return steady()

    def thread_cpu(self) -> float:
        """Return the CPU seconds of the calling thread."""
        return time.thread_time()


class FixedClock(SystemClock):
    """A wall clock that stands still at `instant`, for reproducible builds; deadlines still run."""

    fixed = True

    def __init__(self, instant: float) -> None:
        self._instant = instant

    def now(self) -> float:
        """Return the instant it was made with."""
        return self._instant


def process_start() -> float:
    """Return when this process started, on the monotonic clock, to a hundredth of a second.

    Linux tells it in ticks since the machine started (proc_pid_stat(5), field 22). Where
    that cannot be read it is now: then the start of the interpreter is not counted.
    """
    now = steady()
    try:
        # What stands before the last bracket is the name of the program, and may hold anything.
        fields = (
            Path("/proc/self/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        )
        started = int(fields[19]) / os.sysconf("SC_CLK_TCK")
        return min(now, started)
    except (OSError, ValueError, IndexError, AttributeError):
        return now


class Deadline:
    """An instant on the monotonic clock by which something must have ended."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._end = clock.monotonic() + seconds

    def remaining(self) -> float:
        """Return the seconds left, never below zero."""
        return max(0.0, self._end - self._clock.monotonic())

    @property
    def passed(self) -> bool:
        """Whether it is over."""
        return self.remaining() == 0.0

    def sooner(self, seconds: float) -> "Deadline":
        """Return the deadline `seconds` from now, or this one where it comes first."""
        return Deadline(self._clock, min(seconds, self.remaining()))

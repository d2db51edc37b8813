"""What is measured of the machine that builds: the series of a source of `type = "host"`, as values.

Nothing here names the machine, a user, a disk, a path or an address.
"""

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

import msgspec

from sitegen.units import Window

EVERY = 0.025
"""Seconds between two readings of a build."""

FIRST = 0.5
"""Seconds that the first build of a site reads the machine for, and that its charts show."""

HOST_SERIES = {
    "host_cpu_ratio": "The share of all processors' time that was not idle.",
    "host_load1": "The load over a minute, as the system counts it.",
    "host_memory_used_bytes": "Memory that programs could not have.",
    "host_memory_ratio": "The share of memory that programs could not have.",
    "host_disk_used_ratio": "How full the file system of the state folder is.",
    "host_disk_read_bytes_per_second": "What was read from the disk of that file system.",
    "host_disk_written_bytes_per_second": "What was written to the disk of that file system.",
    "host_network_received_bytes_per_second": "What came over the network, loopback left out.",
    "host_network_sent_bytes_per_second": "What went over the network, loopback left out.",
}
"""The names by which panels ask for them: a contract, so a name may come but none goes or changes."""

_CPU, _CPU_TIME = "host_cpu_ratio", "cpu"


class Reading(msgspec.Struct, frozen=True, array_like=True):
    """What the machine said at one instant (POSIX seconds); what it does not say is left out.

    `gauges` are values by series. `counters` only grow until the machine restarts: bytes by
    the series of their rate, busy seconds as `host_cpu_ratio`, all seconds of processors as `cpu`.
    """

    at: float
    gauges: dict[str, float]
    counters: dict[str, float]


class HostPast(msgspec.Struct, frozen=True, array_like=True):
    """What is kept from build to build: the first build's slot and readings, and the last reading of all."""

    begun: float
    first: tuple[Reading, ...]
    last: Reading


def measure(before: Reading, after: Reading) -> dict[str, float]:
    """Return the samples by series: gauges as they are, counters as their mean since `before`.

    A counter that went back was started anew, and gives nothing.
    """
    grown = {
        name: value - before.counters[name]
        for name, value in after.counters.items()
        if name in before.counters and value >= before.counters[name]
    }
    seconds, processors = after.at - before.at, grown.pop(_CPU_TIME, 0.0)
    busy = grown.pop(_CPU, None)
    samples = dict(after.gauges)
    if seconds > 0:
        samples |= {name: growth / seconds for name, growth in grown.items()}
    if busy is not None and processors > 0:
        samples[_CPU] = min(1.0, busy / processors)
    return samples


def first_window(readings: Sequence[Reading]) -> Window:
    """Return the window that the readings of one build fill, a column each `EVERY` seconds, rounded to milliseconds."""
    end = round(readings[-1].at, 3)
    steps = max(1, round((readings[-1].at - readings[0].at) / EVERY) - 1)
    return Window(start=end - steps * EVERY, end=end, step=EVERY)


def columns_of(readings: Sequence[Reading], name: str, window: Window) -> "tuple[array[float], array[float]]":
    """Return the instants and values of a series: a column has what was measured over the time that it lies in."""
    measured = [measure(before, after) for before, after in pairwise(readings)]
    ends = [reading.at for reading in readings[1:]]
    times, values = array("d"), array("d")
    for instant in window.instants():
        place = min(bisect_left(ends, instant), len(ends) - 1)
        if name in measured[place]:
            times.append(instant)
            values.append(measured[place][name])
    return times, values


def mean_gauges(readings: Sequence[Reading]) -> dict[str, float]:
    """Return the mean of each gauge over the readings of one build."""
    names = readings[-1].gauges
    return {
        name: sum(found) / len(found)
        for name in names
        if (found := [reading.gauges[name] for reading in readings if name in reading.gauges])
    }

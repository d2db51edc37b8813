"""Reads the machine that builds, through psutil. A door; imported only where a source of `type = "host"` is configured."""

from collections.abc import Callable
from pathlib import Path

import psutil

from sitegen.metrics.host_series import Reading
from sitegen.regular import real_path

_LOOPBACK = ("lo", "lo0")
_IDLE = ("idle", "iowait")
_GUESTS = ("guest", "guest_nice")  # Linux counts their time as the user's too


class Machine:
    """The machine; `folder` lies on the file system that is measured. What it does not say is left out."""

    def __init__(self, folder: Path) -> None:
        # The state folder is not there yet before the first build.
        self._folder = next(path for path in (folder, *folder.absolute().parents) if path.exists())
        self._disk = next(iter(_attempt(lambda: {_disk_of(self._folder): 0.0})), "")

    def read(self, at: float) -> Reading:
        """Return what the machine says now; `at` is when, in POSIX seconds."""
        gauges = _attempt(_load) | _attempt(_memory) | _attempt(self._filled)
        return Reading(at, gauges, _attempt(_processors) | _attempt(self._disk_bytes) | _attempt(_network))

    def _filled(self) -> dict[str, float]:
        return {"host_disk_used_ratio": psutil.disk_usage(str(self._folder)).percent / 100}

    def _disk_bytes(self) -> dict[str, float]:
        """Count the disk's own bytes; those of all disks where the file system has none, as in a container."""
        disks = psutil.disk_io_counters(perdisk=True)
        counted = disks.get(self._disk) or psutil.disk_io_counters()
        return {
            "host_disk_read_bytes_per_second": counted.read_bytes,
            "host_disk_written_bytes_per_second": counted.write_bytes,
        }


def _attempt(read: Callable[[], dict[str, float]]) -> dict[str, float]:
    """Return what can be read; systems differ in what they let a process see."""
    try:
        return read()
    except (OSError, psutil.Error, AttributeError, NotImplementedError, RuntimeError, ValueError):
        return {}


def _disk_of(folder: Path) -> str:
    """Return what the system calls the disk below a folder: the device of the innermost mount that holds it."""
    place = real_path(folder)
    mounts = [one for one in psutil.disk_partitions(all=True) if place.is_relative_to(one.mountpoint)]
    return real_path(Path(max(mounts, key=lambda one: len(one.mountpoint)).device)).name


def _load() -> dict[str, float]:
    return {"host_load1": psutil.getloadavg()[0]}


def _memory() -> dict[str, float]:
    memory = psutil.virtual_memory()
    used = memory.total - memory.available
    return {"host_memory_used_bytes": float(used), "host_memory_ratio": used / memory.total}


def _processors() -> dict[str, float]:
    """Sum what was busy rather than take idle from all: a difference of large numbers may go back by a rounding."""
    times = {name: spent for name, spent in psutil.cpu_times()._asdict().items() if name not in _GUESTS}
    busy = sum(spent for name, spent in times.items() if name not in _IDLE)
    return {"cpu": sum(times.values()), "host_cpu_ratio": busy}


def _network() -> dict[str, float]:
    cards = [one for name, one in psutil.net_io_counters(pernic=True).items() if name not in _LOOPBACK]
    return {
        "host_network_received_bytes_per_second": float(sum(card.bytes_recv for card in cards)),
        "host_network_sent_bytes_per_second": float(sum(card.bytes_sent for card in cards)),
    }

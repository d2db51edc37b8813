"""How wide the pools are, and whether a pool of processes pays at all."""

import msgspec


class PoolSizes(msgspec.Struct, frozen=True):
    """How wide the pools are: threads by section, processes by section (a pool of its own), and the shared pool.

    A `shared` pool of one process is none: its work runs in line. `default_threads` of
    0 does the same for threads; `alone()` is both, for `--jobs 1`.
    """

    shared: int
    threads: dict[str, int] = {}
    processes: dict[str, int] = {}
    default_threads: int = 8

    @classmethod
    def alone(cls) -> "PoolSizes":
        """Return the sizes of no pools at all."""
        return cls(shared=1, default_threads=0)


def choose_processes(cores: int, cpu_seconds: float | None, startup_seconds: float) -> int:
    """Decide how many processes draw and render, from the CPU seconds that the last build's work took.

    A pool of n pays when `startup + work / n` is less than `work` in line. Without a
    record of an earlier build there is nothing to decide by: the machine's width.
    """
    if cores < 2 or cpu_seconds is None:
        return max(1, cores)
    return cores if startup_seconds + cpu_seconds / cores < cpu_seconds else 1

"""The demonstration: how long its recording takes to make, and a whole site from that."""

from collections.abc import Iterator
from functools import partial
from itertools import count
from pathlib import Path

from figures.runs import PYTHON, SITEGEN, run, time_in_turn
from figures.table import Figure, amount, times

__all__ = ["measure"]

CLOCK = "2026-11-24T02:04:30Z"
SIMULATE = "from sitegen.simulation.site import simulate; simulate(1, 1795485870.0)"
MEGABYTE = 1e6


def measure(folder: Path, runs: int) -> Iterator[Figure]:
    """Return the figures of `sitegen demo`; each replay is cold: into a folder that is not there, without a cache."""
    run([SITEGEN, "demo", "--no-serve", "--clock", CLOCK], folder)
    recording, numbers = folder / "demo" / "demo.recording", count()

    def replay() -> None:
        run([SITEGEN, "build", "--replay", recording, "-o", f"site{next(numbers)}"], folder)

    seconds = time_in_turn(
        {"replay": replay, "simulation": partial(run, [PYTHON, "-c", SIMULATE], folder)}, runs
    )
    yield times("demonstration replayed cold", seconds["replay"], 2.0)
    yield times("its simulation, whole process", seconds["simulation"], 1.5)
    yield amount("its recording", recording.stat().st_size / MEGABYTE, "MB")

"""Builds under a clock that runs, but from an instant of a test's choice: what is measured is published then."""

import time
from collections.abc import Sequence
from pathlib import Path

from sitegen.config import load_config
from sitegen.instrumentation.clock import steady
from sitegen.instrumentation.records import BuildRecord
from sitegen.pipeline.build import Options, build
from tests.acceptance.sites import Site
from tests.acceptance.stepping import slot_at

LATE = 0.25
"""How long after its slot a build begins, in seconds."""


class RunningClock:
    """The machine's clock, with another beginning; unlike `--clock` it does not stand still."""

    fixed = False

    def __init__(self, start: float) -> None:
        self._start = start
        self._zero = steady()

    def now(self) -> float:
        return self._start + steady() - self._zero

    def monotonic(self) -> float:
        return steady()

    def thread_cpu(self) -> float:
        return time.thread_time()


def run_at(site: Site, seconds: float) -> BuildRecord:
    """Build in this process, so many seconds after the start and a little late."""
    config = load_config(site.folder / "sitegen.toml", {})
    options = Options(output=Path(config.site.output), jobs=1)
    return build(config, options, RunningClock(slot_at(seconds) + LATE), lambda stage: None)


def own_panel(query: str, windows: Sequence[str] = ("1h",), name: str = "own") -> str:
    """The table of a panel on the own history."""
    return (
        f"[[metrics.panels]]\nid = '{name}'\nsource = 'self'\ntitle = '{name}'\nquery = '''{query}'''\n"
        f"windows = {list(windows)}\n"
    )


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def last(values: Sequence[float]) -> float:
    return values[-1]

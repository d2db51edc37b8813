"""The history after some days: how large its file is, and what a build takes then, for the starter with ten probes."""

import http.server
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from sitegen.instrumentation.records import BuildRecord
from sitegen.state.folder import State

from figures.runs import PYTHON, SITEGEN, new_site, run, time_in_turn
from figures.starter import utc
from figures.table import Figure, amount, times

__all__ = ["measure"]

CYCLE = 30.0
_OWN = "@cycles"
_PROBES = tuple(f"service-{number}" for number in range(10))
_STATES, _SHARES = ("up", "degraded", "down"), (0.98, 0.01, 0.01)
"""A probe fares by these at random in each cycle, which is far from calm."""


def measure(folder: Path, days: float, runs: int) -> Iterator[Figure]:
    """Return size and time at the start and after `days` of a cycle every 30 s."""
    with services() as url:
        yield from _compare(probed_site(folder / "young", url), probed_site(folder / "old", url), days, runs)


def _compare(young: Path, old: Path, days: float, runs: int) -> Iterator[Figure]:
    now = time.time() // CYCLE * CYCLE
    run([SITEGEN, "build"], young)
    run([SITEGEN, "build"], young)
    run([SITEGEN, "build", "--clock", utc(now - days * 86_400)], old)
    started = time.perf_counter()
    cycles = simulate(old / ".sitegen", example(young / ".sitegen"), now, days)
    took = time.perf_counter() - started
    for site in (young, old):
        for _ in range(2):
            run([SITEGEN, "build"], site)
    builds = {
        "pass": lambda: run([PYTHON, "-c", "pass"], young),
        "young": lambda: run([SITEGEN, "build"], young),
        "old": lambda: run([SITEGEN, "build"], old),
    }
    seconds = time_in_turn(builds, runs)
    yield amount("state.db after a few builds", size(young), "MB")
    yield amount(
        f"state.db after {days:g} days", size(old), "MB", None, f"{cycles:,} cycles stored in {took:.0f} s"
    )
    yield times("sitegen build after a few builds", seconds["young"], 1.2)
    beside = f"{min(seconds['old']) / min(seconds['young']):.2f} x the young one"
    yield times(f"sitegen build after {days:g} days", seconds["old"], 1.2, beside)


@contextmanager
def services() -> Iterator[str]:
    """Run a server that answers every probe; gives its address."""

    class Healthy(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Healthy) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def probed_site(folder: Path, url: str) -> Path:
    """Make a starter's site with the probes."""
    site = new_site(folder)
    with (site / "sitegen.toml").open("a") as config:
        for probe in _PROBES:
            config.write(f'\n[[probes]]\nid = "{probe}"\ntitle = "{probe}"\nurl = "{url}/{probe}"\n')
    return site


def size(site: Path) -> float:
    return (site / ".sitegen/state.db").stat().st_size / 1e6


def example(state_folder: Path) -> tuple[BuildRecord, dict[str, float]]:
    """Take the last build of a site, and the samples that it left."""
    with State.open(state_folder, time.time()) as state:
        [record] = state.builds.last(1)
        latest = {name: state.series.latest(name) for name in state.series.names()}
    return record, {name: found[1] for name, found in latest.items() if found}


def simulate(state_folder: Path, like: tuple[BuildRecord, dict[str, float]], now: float, days: float) -> int:
    """Store what the builds of these days would have, up to `now`; give how many."""
    record, samples = like
    cycles = int(days * 86_400 / CYCLE)
    numbers = random.Random(5)
    with State.open(state_folder, now) as state:
        first = state.builds.next_generation()
        for hour in range(0, cycles, 120):
            with state.batch():
                for cycle in range(hour, min(hour + 120, cycles)):
                    at = now - (cycles - cycle) * CYCLE
                    build = msgspec.structs.replace(record, generation=first + cycle, slot=at, started_at=at)
                    state.builds.add(build)
                    state.series.add(at, samples)
                    state.probes.add(_OWN, at, "up", CYCLE)
                    for probe, found in zip(
                        _PROBES, numbers.choices(_STATES, _SHARES, k=len(_PROBES)), strict=True
                    ):
                        state.probes.add(probe, at, found, CYCLE)
    return cycles

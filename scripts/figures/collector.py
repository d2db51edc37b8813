"""The Metric Collector beside the same requests from a bare loop, against a real Prometheus."""

import asyncio
import random
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import requests
from sitegen.concurrency.manager import Manager, PoolSizes
from sitegen.errors import Problem
from sitegen.http import Endpoint, RetryBudget, Session
from sitegen.instrumentation.clock import Deadline, SystemClock
from sitegen.instrumentation.recorder import Recorder
from sitegen.metrics.collector import plan_queries
from sitegen.metrics.model import MetricQuery, MetricResult, Panel
from sitegen.metrics.source import PrometheusSource
from sitegen.redaction import Redactor

from figures.deploying import await_port
from figures.runs import environment
from figures.table import Figure

__all__ = ["measure"]

PANELS, SERIES, THREADS, CYCLE, SCRAPE = 50, 4, 8, 30.0, 60
WINDOWS = (3_600.0, 7_200.0, 14_400.0, 72_000.0)
"""An hour to twenty: each has 240 columns."""


def measure(folder: Path, runs: int) -> Iterator[Figure]:
    """Return the collector's time, and its ratio to the bare loop's."""
    if not shutil.which("prometheus") or not shutil.which("promtool"):
        yield Figure(
            "200 range queries", "not known", beside="no Prometheus here; scripts/install-components gets it"
        )
        return
    now = time.time() // SCRAPE * SCRAPE - 600
    with prometheus(folder, now) as url:
        shape(collected(url, now))
        bare_time, own_time = [], []
        for _ in range(runs):
            bare_time.append(timed(lambda: asked_bare(url, now)))
            own_time.append(timed(lambda: collected(url, now)))
        answers = collected(url, now)
    ratios = sorted(own / bare for own, bare in zip(own_time, bare_time, strict=True))
    best = min(own_time) / min(bare_time)
    what = f"collect {len(answers)} queries, {THREADS} threads"
    yield Figure(
        what,
        f"{min(own_time):.3f} s",
        f"{sorted(own_time)[runs // 2]:.3f} s",
        beside=f"{min(bare_time):.3f} s a bare loop of requests; {shape(answers)}",
    )
    yield Figure(
        "  beside the bare loop", f"{best:.2f} x", f"{ratios[runs // 2]:.2f} x", "1.3 x", best <= 1.3
    )


def timed(call: "callable[[], object]") -> float:  # type: ignore[valid-type]
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def plan(now: float) -> list[MetricQuery]:
    """Plan the queries of all panels in their windows."""
    panels = [
        Panel(
            id=f"p{number}",
            source="prometheus",
            title="",
            query=f'bench{{panel="{number}"}}',
            windows=WINDOWS,
        )
        for number in range(PANELS)
    ]
    return list(plan_queries(panels, now, CYCLE).values())


def collected(url: str, now: float) -> list[MetricResult]:
    """Do what a build does: plan, ask in threads, decode. Raises RuntimeError where an answer is a problem."""
    clock = SystemClock()
    deadline = Deadline(clock, 60.0)
    endpoint = Endpoint(name="prometheus", url=url, connections=THREADS)
    with Session(
        endpoint, clock=clock, deadline=deadline, budget=RetryBudget(), redactor=Redactor()
    ) as session:
        source = PrometheusSource(session, name="prometheus", redactor=Redactor())

        async def ask() -> list[MetricResult | Problem]:
            with Manager(PoolSizes(shared=1), Recorder(clock), deadline) as manager:
                return await manager.io("metrics", source.ask, plan(now), name=str, width=THREADS)

        answers = asyncio.run(ask())
    found = [answer for answer in answers if isinstance(answer, MetricResult)]
    if len(found) != len(answers):
        raise RuntimeError(next(answer for answer in answers if isinstance(answer, Problem)))
    return found


def asked_bare(url: str, now: float) -> int:
    """Send the same requests, a session a thread, and read the bodies without looking into them."""
    own = threading.local()

    def ask(query: MetricQuery) -> int:
        if not hasattr(own, "session"):
            own.session = requests.Session()
        window = query.window
        form = {"query": query.expression, "start": window.start, "end": window.end, "step": window.step}
        return len(own.session.post(f"{url}/api/v1/query_range", data=form, timeout=10).content)

    with ThreadPoolExecutor(THREADS) as pool:
        return sum(pool.map(ask, plan(now)))


def shape(answers: list[MetricResult]) -> str:
    """Return what came, having seen that it is all of it. Raises RuntimeError where it is not."""
    points = sum(len(series.times) for answer in answers for series in answer.series)
    expected = PANELS * len(WINDOWS) * SERIES * 240
    if points != expected:
        raise RuntimeError(f"{points} points came, not {expected}")
    return f"{points:,} points"


# --- The server -----------------------------------------------------------------


def exposition(now: float) -> Iterator[str]:
    """Write a day of samples, one a minute, in the OpenMetrics text format."""
    numbers = random.Random(3)
    yield "# TYPE bench gauge\n"
    for panel in range(PANELS):
        for series in range(SERIES):
            labels = f'panel="{panel}",instance="10.0.0.{series}:9100",job="bench"'
            for at in range(int(now) - 86_400, int(now) + SCRAPE, SCRAPE):
                yield f"bench{{{labels}}} {numbers.gauss(panel, series + 1)!r} {at}\n"
    yield "# EOF\n"


@contextmanager
def prometheus(folder: Path, now: float) -> Iterator[str]:
    """Run a Prometheus that holds the seeded day; gives its address."""
    with (folder / "day.om").open("w") as day:
        day.writelines(exposition(now))
    (folder / "prometheus.yml").write_text("global: {}\n")
    backfill = [
        "promtool",
        "tsdb",
        "create-blocks-from",
        "openmetrics",
        "--max-block-duration=48h",
        "day.om",
        "data",
    ]
    subprocess.run(backfill, cwd=folder, check=True, capture_output=True)
    address = f"127.0.0.1:{free_port()}"
    command = [
        "prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=data", "--storage.tsdb.retention.time=100y",
        f"--web.listen-address={address}", "--log.level=error",
    ]  # fmt: skip
    with (folder / "prometheus.log").open("wb") as log, subprocess.Popen(
        command, cwd=folder, env=environment(), stdout=log, stderr=log
    ) as process:  # fmt: skip
        try:
            await_port(int(address.rpartition(":")[2]))
            await_ready(f"http://{address}")
            yield f"http://{address}"
        finally:
            process.terminate()


def await_ready(url: str) -> None:
    """Wait until the server answers queries. Raises TimeoutError after 20 seconds."""
    for _ in range(400):
        if requests.get(f"{url}/-/ready", timeout=2).ok:
            return
        time.sleep(0.05)
    raise TimeoutError(f"{url} is not ready")


def free_port() -> int:
    import socket  # noqa: PLC0415

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

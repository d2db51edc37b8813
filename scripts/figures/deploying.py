"""Deploys against stores on loopback: of a thousand objects, beside `aws s3 sync`, and a month of the starter's in dollars."""

import contextlib
import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from figures.peers import aws
from figures.runs import PYTHON, SITEGEN, environment, new_site, peak_memory, run, time_in_turn
from figures.table import Figure, amount, times

__all__ = ["await_port", "measure"]

OBJECTS, CHANGED = 1_000, 10
ROUND_TRIP = 0.05
CYCLES, CYCLE, DAY = 40, 30, 86_400
SPAN = "2026-11-24T00:00:00"


def measure(folder: Path, runs: int) -> Iterator[Figure]:
    """Return the times, requests and dollars of deploys."""
    with store(folder) as url:
        site = large_site(folder / "site", url)
        run([SITEGEN, "build", "--clock", f"{SPAN}Z"], site)
        yield from _unchanged(site, url, runs)
        yield from _changed(site)
        yield from _far_away(site)
        yield from _month(folder / "starter", url)


def _unchanged(site: Path, url: str, runs: int) -> Iterator[Figure]:
    """Yield what a deploy without a change costs, beside that of another tool, also after all files were written anew."""
    sync = [
        *aws(),
        "s3",
        "sync",
        "dist",
        "s3://peer",
        "--no-progress",
        "--endpoint-url",
        url,
        "--region",
        "us-east-1",
    ]
    run(sync, site)
    deploy(site, "one")
    reports: list[dict[str, Any]] = []
    seconds = time_in_turn(
        {"deploy": lambda: reports.append(deploy(site, "one")), "aws": lambda: run(sync, site)}, runs
    )
    asked = ", ".join(f"{count} {kind}" for kind, count in reports[-1]["requests"].items() if count)
    beside = f"requests: {asked or 'none'}; aws s3 sync {min(seconds['aws']):.3f} s"
    yield times(f"{OBJECTS:,} objects, nothing changed", seconds["deploy"], 0.8, beside)
    for path in (site / "dist").rglob("*"):
        os.utime(path)
    written = deploy(site, "one")["requests"]["put"]
    copied = run(sync, site).count("upload: ")
    yield amount("PUTs once all were written anew, bytes equal", written, "", 0, f"aws s3 sync {copied:,}")


def _changed(site: Path) -> Iterator[Figure]:
    """Yield what ten files that changed cost, with the pages that changed beside them."""
    for number in range(CHANGED):
        write_post(site, number, "changed")
    run([SITEGEN, "build", "--clock", f"{SPAN}Z"], site)
    report = deploy(site, "one")
    files = sum(one["key"].startswith("posts/note") for one in report["uploaded"])
    puts, pages = report["requests"]["put"], len(report["uploaded"]) - files
    asked = report["requests"]["head"] + report["requests"]["list"]
    yield amount(f"PUTs for {CHANGED} changed files", puts - pages, "", files + 1, f"{pages} pages of the build besides, {asked} HEAD and LIST")  # fmt: skip


def _far_away(site: Path) -> Iterator[Figure]:
    """Yield how long deploys to two copies take that lie 50 ms away, the first and the next, and the memory that they need."""
    with far_away() as far:
        text = (site / "sitegen.toml").read_text()
        (site / "sitegen.toml").write_text(text + target("far", far, "far-a", "far-b"))
        command = [SITEGEN, "deploy", "--target", "far", "--deadline", "120s", "-q"]
        started = time.perf_counter()
        peak = peak_memory(command, site)
        took = time.perf_counter() - started
        again = time_in_turn({"deploy": lambda: run(command, site)}, 3)["deploy"]
    beside = f"{ROUND_TRIP * 1e3:.0f} ms round trip"
    yield times(f"{OBJECTS:,} objects to two empty copies", [took], 10, beside)
    yield amount("its memory", peak / 1e6, "MB", 200)
    yield times("the same two copies, nothing changed", again, 0.8, beside)


def _month(site: Path, url: str) -> Iterator[Figure]:
    """Yield the dollars of a month at the pace of so many cycles of the starter, in one region and in two."""
    new_site(site)
    with (site / "sitegen.toml").open("a") as config:
        config.write(target("one", url, "month-a") + target("two", url, "month-b", "month-c"))
    started, spent = datetime.fromisoformat(f"{SPAN}Z").timestamp(), {"one": 0.0, "two": 0.0}
    for number in range(CYCLES + 1):
        instant = datetime.fromtimestamp(started + number * CYCLE, UTC).isoformat()
        run([SITEGEN, "build", "--clock", instant], site)
        for name in spent:
            requests = deploy(site, name)["requests"]
            if number:  # the first deploy is paid once
                spent[name] += (requests["put"] + requests["list"]) * 5e-6 + requests["get"] * 4e-7
    for (name, dollars), bound in zip(spent.items(), (5, 10), strict=True):
        month = dollars / CYCLES * 30 * DAY / CYCLE
        yield amount(f"a month of the starter, copies: {name}", month, "US$", bound, f"from {CYCLES} cycles")


def deploy(site: Path, name: str) -> dict[str, Any]:
    """Deploy to a target and return the report."""
    report: dict[str, Any] = json.loads(
        run([SITEGEN, "deploy", "--target", name, "--force", "--deadline", "120s", "--format", "json"], site)
    )
    return report


def large_site(folder: Path, url: str) -> Path:
    """Return a site of a thousand objects with a target, `one`."""
    site = new_site(folder)
    for number in range(OBJECTS - 40):
        write_post(site, number, "first")
    with (site / "sitegen.toml").open("a") as config:
        config.write(target("one", url, "bench"))
    return site


def write_post(site: Path, number: int, word: str) -> None:
    """Write a page of the author's."""
    head = f'+++\ntitle = "note {number}"\ndate = 2026-01-01\n+++\n'
    (site / "content" / "posts" / f"note{number}.md").write_text(head + f"{word} {number}\n\n" * 20)


def target(name: str, url: str, *buckets: str) -> str:
    """Return the configuration of a target."""
    named = ", ".join(f'{{ name = "{bucket}", region = "us-east-1" }}' for bucket in buckets)
    return f'\n[deploy.targets.{name}]\nbuckets = [{named}]\nendpoint_url = "{url}"\n'


BUCKETS = ("bench", "peer", "far-a", "far-b", "month-a", "month-b", "month-c")


@contextlib.contextmanager
def store(folder: Path) -> Iterator[str]:
    """Run moto's server with empty buckets; gives its address."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    command = [str(Path(PYTHON).with_name("moto_server")), "-H", "127.0.0.1", "-p", str(port)]
    with (folder / "moto.log").open("wb") as log, _running(command, port, log):
        make = f"import boto3; s3 = boto3.client('s3', region_name='us-east-1', endpoint_url={url!r})\n"
        run([PYTHON, "-c", make + f"for name in {BUCKETS!r}: s3.create_bucket(Bucket=name)"], folder)
        yield url


@contextlib.contextmanager
def far_away() -> Iterator[str]:
    """Run a store that is far away; gives its address."""
    here = _free_port()
    command = [PYTHON, str(Path(__file__).with_name("far_store.py")), str(here), str(ROUND_TRIP)]
    with _running(command, here, None):
        yield f"http://127.0.0.1:{here}"


@contextlib.contextmanager
def _running(command: Sequence[str], port: int, log: Any) -> Iterator[None]:
    with subprocess.Popen(command, env=environment(), stdout=log, stderr=log) as process:
        try:
            await_port(port)
            yield
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def await_port(port: int) -> None:
    """Wait until somebody listens. Raises TimeoutError after 20 seconds."""
    for _ in range(400):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise TimeoutError(f"nobody listens on port {port}")

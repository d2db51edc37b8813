"""The starter's site: how fast it is built, how heavy it is, how much of it changes from cycle to cycle."""

import http.server
import shutil
import threading
import time
from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path
from statistics import median

import brotli

from figures import peers
from figures.runs import PYTHON, SITEGEN, new_site, peak_memory, processor_time, run, time_in_turn
from figures.table import Figure, amount, times

__all__ = ["changes", "measure"]

CYCLES = 20


def measure(folder: Path, runs: int) -> Iterator[Figure]:
    """Return the starter's figures."""
    yield from start_up(folder, runs)
    fresh = iter([new_site(folder / f"fresh{number}") for number in range(runs)])
    site = new_site(folder / "site")
    yield amount("largest process of the first build", first_peak(folder), "MB", 120)
    for _ in range(2):
        run([SITEGEN, "build"], site)
    hugo = peers.hugo(folder / "hugo")
    seconds = time_in_turn(
        {
            "click": lambda: run([PYTHON, "-c", "import click"], folder),
            "hugo": lambda: run(hugo, folder),
            "first": lambda: run([SITEGEN, "build"], next(fresh)),
            "steady": lambda: run([SITEGEN, "build"], site),
        },
        runs,
    )
    beside = (
        f"{min(seconds['click']):.3f} s -c 'import click', {min(seconds['hugo']):.3f} s hugo with 40 pages"
    )
    yield times("sitegen build, the first", seconds["first"], 1.2, beside)
    yield times("sitegen build, steady", seconds["steady"], 1.2, beside)
    yield from spent(site, hugo)
    yield amount("largest process of a steady build", peak_memory([SITEGEN, "build"], site) / 1e6, "MB", 120)
    yield from overview(site / "dist")
    yield changed("back to back", changes(new_site(folder / "quick"), None))
    yield changed("30 s apart, clock given", changes(new_site(folder / "slow"), 30.0))


def spent(site: Path, hugo: list[str]) -> Iterator[Figure]:
    """Compare what a steady build spends, from its process's start to its end, with what others do."""
    commands = {"click": [PYTHON, "-c", "import click"], "hugo": hugo, "steady": [SITEGEN, "build"]}
    calls = {name: partial(run, command, site) for name, command in commands.items()}
    middle = {name: median(seconds) for name, seconds in time_in_turn(calls, 9, processor_time).items()}
    for peer, most in (("click", 4.5), ("hugo", 3.5)):
        beside = f"{middle['steady']:.3f} s and {middle[peer]:.3f} s of user and system time, medians of 9"
        yield amount(f"steady build, times {peer}", middle["steady"] / middle[peer], "x", most, beside)


def start_up(folder: Path, runs: int) -> Iterator[Figure]:
    """Time what everybody waits for first."""
    commands = {
        "--help": [SITEGEN, "--help"],
        "pass": [PYTHON, "-c", "pass"],
        "click": [PYTHON, "-c", "import click"],
    }
    for command in commands.values():
        run(command, folder)
    seconds = time_in_turn(
        {name: partial(run, command, folder) for name, command in commands.items()}, runs * 2
    )
    beside = f"{min(seconds['pass']):.3f} s python -c pass, {min(seconds['click']):.3f} s -c 'import click'"
    yield times("sitegen --help", seconds["--help"], 0.12, beside)


def first_peak(folder: Path) -> float:
    """Weigh the first build of a site, which shrinks a picture."""
    return peak_memory([SITEGEN, "build"], new_site(folder / "peak")) / 1e6


# --- The overview ---------------------------------------------------------------


def overview(dist: Path) -> Iterator[Figure]:
    """Weigh the first page, and see what a browser asks for."""
    body = (dist / "index.html").read_bytes()
    yield amount(
        "overview, brotli",
        len(brotli.compress(body, quality=11)),
        "bytes",
        8000,
        f"{len(body):,} bytes plain",
    )
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        yield Figure("requests of the overview", "not known", beside="no Chromium here")
        return
    yield amount("requests of the overview", len(requests_of(browser, dist)), "", 1)


def requests_of(browser: str, dist: Path) -> list[str]:
    """Open the overview in Chromium and give the paths that the server was asked for."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - slow to load, and only this needs it

    asked: list[str] = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_request(self, *_: object) -> None:
            asked.append(self.path)

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(dist))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with sync_playwright() as playwright:
            opened = playwright.chromium.launch(
                executable_path=browser, args=["--no-sandbox", "--disable-gpu"]
            )
            page = opened.new_page()
            page.goto(f"http://127.0.0.1:{server.server_address[1]}/", wait_until="networkidle")
            opened.close()
        server.shutdown()
    return asked


# --- What changes ---------------------------------------------------------------


def changes(site: Path, apart: float | None) -> list[set[str]]:
    """Build `CYCLES` times after the first, at the real clock or with one that steps; give the paths that changed."""
    start = time.time() // 300 * 300
    found: list[set[str]] = []
    before: dict[str, bytes] = {}
    for cycle in range(CYCLES + 1):
        clock = [] if apart is None else ["--clock", utc(start + cycle * apart)]
        run([SITEGEN, "build", *clock], site)
        now = digests(site / "dist")
        if before:
            found.append({path for path, digest in now.items() if before.get(path) != digest})
        before = now
    return found


def utc(instant: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(instant))


def digests(dist: Path) -> dict[str, bytes]:
    """Return the digest of every file, by its path."""
    files = (path for path in dist.rglob("*") if path.is_file())
    return {path.relative_to(dist).as_posix(): sha256(path.read_bytes()).digest() for path in files}


def changed(how: str, cycles: list[set[str]]) -> Figure:
    """Return the line of how many objects changed a cycle, with the ones that always did."""
    counts = [len(paths) for paths in cycles]
    always = len(set.intersection(*cycles))
    average = sum(counts) / len(counts)
    beside = f"from {min(counts)} to {max(counts)}; {always} change always"
    return amount(f"objects changed, {len(counts)} cycles {how}", average, "", 8, beside)

"""What all tests share: real components or an honest skip, a free port, the program, a browser.

Sockets reach loopback only (`--allow-hosts` in pyproject.toml); warnings are errors there too.
"""

import fcntl
import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright
from tests import time_limits
from tests.program import Outcome, Runner, clean_environment, run_here

CHECKOUT = Path(__file__).resolve().parents[1]
SHARED_DATA = CHECKOUT.parent / "shared" / "data"
PAGE_CHECKERS = CHECKOUT / "tests" / "page_checks" / "node_modules"

# Debian's name first, then those of other systems.
EXECUTABLES = {
    "prometheus": ("prometheus",),
    "node_exporter": ("prometheus-node-exporter", "node_exporter"),
    "chromium": (
        "chromium",
        "chromium-browser",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "google-chrome",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    ),
    "curl": ("curl",),
    "java": ("java",),
    "nginx": ("nginx", "/usr/sbin/nginx"),
    "npm": ("npm",),
    "cdk": (str(CHECKOUT / "cdk" / "node_modules" / ".bin" / "cdk"),),
}

# Without a sandbox because tests may run as root; the rest keeps the browser from calling home.
CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


# A commit is judged by the same examples on every machine; `make fuzz` looks for others.
settings.register_profile("commit", derandomize=True)
settings.register_profile("fuzz", max_examples=1_000, deadline=None)
settings.load_profile("commit")


def pytest_configure(config: pytest.Config) -> None:
    """Let each test have its time limit."""
    config.pluginmanager.register(time_limits)


# --- Real components ----------------------------------------------------------


@cache
def find_component(name: str) -> str | None:
    """The executable of a component, or None where the machine lacks it."""
    found = next((path for path in map(shutil.which, EXECUTABLES[name]) if path), None)
    if found and name == "java":  # macOS has a `java` that only tells where to get one
        works = subprocess.run([found, "-version"], capture_output=True, check=False).returncode == 0
        return found if works else None
    if name == "npm":  # what tests need of npm is what it installed
        return found if PAGE_CHECKERS.is_dir() else None
    return found


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose component or data is absent; under CI=true a lacking component is a failure."""
    wanted = [name for marker in item.iter_markers("needs") for name in marker.args]
    unknown = [name for name in wanted if name not in EXECUTABLES]
    if unknown:
        raise pytest.UsageError(f"{item.nodeid} needs {unknown}; known are {list(EXECUTABLES)}")
    missing = [name for name in wanted if find_component(name) is None]
    if missing:
        reason = f"needs {', '.join(missing)}, which this machine lacks; scripts/install-components gets it"
        if os.environ.get("CI") == "true":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    if item.get_closest_marker("shared_data") and not SHARED_DATA.is_dir():
        pytest.skip("needs the real inputs in ../shared/data, which are not beside this checkout")


@pytest.fixture
def shared_data() -> Path:
    """The folder of real inputs; use with `@pytest.mark.shared_data`."""
    return SHARED_DATA


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium; use with `@pytest.mark.needs("chromium")`."""
    found = find_component("chromium")
    assert found, "mark the test with @pytest.mark.needs('chromium')"
    return found


@pytest.fixture
def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# --- What is made once ---------------------------------------------------------


@pytest.fixture(scope="session")
def made_once(
    tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Callable[[str, Callable[[Path], object]], Path]:
    """Make a folder once for all workers: `made_once(name, make)` calls `make(folder)` in the first that wants it.

    The others wait for it. It is for reading alone: a test that writes takes a copy.
    """
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent

    def folder_of(name: str, make: Callable[[Path], object]) -> Path:
        folder, done = shared / f"once-{name}", shared / f"once-{name}.done"
        with (shared / f"once-{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not done.exists():
                shutil.rmtree(folder, ignore_errors=True)  # of one that failed
                make(folder)
                done.touch()
        return folder

    return folder_of


# --- The program --------------------------------------------------------------


@pytest.fixture
def sitegen(tmp_path: Path) -> Runner:
    """Run `sitegen ARGUMENTS` in a folder (`cwd`, else `tmp_path`), in a clean environment.

    `env` adds variables; nothing of the developer's own (AWS keys, SITEGEN_*, proxies) is seen.
    """

    def run(
        *arguments: str | Path,
        cwd: Path = tmp_path,
        env: Mapping[str, str] | None = None,
        stdin: str = "",
    ) -> Outcome:
        variables = clean_environment(home=tmp_path) | dict(env or {})
        return run_here(*arguments, cwd=cwd, env=variables, stdin=stdin)

    return run


# --- Pages as people see them ---------------------------------------------------


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """A headless Chromium, driven by Playwright.

    For a module only, not for the session: while it is open its event loop is the thread's
    running one, so a test in the same module cannot call `asyncio.run`.
    """
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM_ARGUMENTS))
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def artefacts() -> Path:
    """The folder for screenshots and reports that people look at after a run."""
    folder = CHECKOUT / "artefacts"
    folder.mkdir(exist_ok=True)
    return folder

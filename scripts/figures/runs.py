"""Runs of the program: how long, how large, in turn with others."""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

__all__ = [
    "PYTHON",
    "SITEGEN",
    "environment",
    "new_site",
    "peak_memory",
    "processor_time",
    "run",
    "time_in_turn",
]

PYTHON = sys.executable
SITEGEN = str(Path(PYTHON).with_name("sitegen"))


def environment() -> dict[str, str]:
    """Return what a timer's environment has; byte code is kept between runs, as it is where sitegen is installed."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "LANG": "C.UTF-8",
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def run(command: Sequence[str], folder: Path) -> str:
    """Run a command and give what it says. Raises CalledProcessError."""
    done = subprocess.run(
        command, cwd=folder, env=environment(), check=False, capture_output=True, encoding="utf-8"
    )
    if done.returncode:
        sys.stderr.write(done.stderr)
    done.check_returncode()
    return done.stdout


def new_site(folder: Path) -> Path:
    """Make the starter's site in a new folder."""
    folder.mkdir(parents=True)
    run([SITEGEN, "init", "."], folder)
    return folder


def processor_time() -> float:
    """Return the seconds of user and system time of all processes that were run and waited for so far."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def time_in_turn(
    calls: Mapping[str, Callable[[], object]], runs: int, clock: Callable[[], float] = time.perf_counter
) -> dict[str, list[float]]:
    """Time each call `runs` times, one after the other in turn; seconds of that clock by name."""
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(runs):
        for name, call in calls.items():
            started = clock()
            call()
            seconds[name].append(clock() - started)
    return seconds


def peak_memory(command: Sequence[str], folder: Path) -> int:
    """Return the largest resident size, in bytes, that any process of a command reached.

    On Linux every process of its session is watched; elsewhere only those that it waited for are known.
    """
    with subprocess.Popen(
        command, cwd=folder, env=environment(), start_new_session=True, stdout=subprocess.DEVNULL
    ) as process:
        peak = 0
        while process.poll() is None:
            peak = max(peak, *_sizes(process.pid), 0)
            time.sleep(0.004)
    return peak or _waited_for()


def _sizes(session: int) -> list[int]:
    """Read VmHWM (the largest resident size so far) of each process of the session; see proc(5)."""
    sizes = [0]
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if int((entry / "stat").read_text().rpartition(")")[2].split()[3]) != session:
                continue
            status = (entry / "status").read_text()
        except (OSError, ValueError, IndexError):
            continue
        if "VmHWM:" in status:
            sizes.append(int(status.partition("VmHWM:")[2].split()[0]) * 1024)
    return sizes


def _waited_for() -> int:
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit

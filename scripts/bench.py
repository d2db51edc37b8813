"""Measure sitegen: how long a build, a deploy and the commands' start take, and what they need.

    make bench                                  everything, in about four minutes
    .venv/bin/python scripts/bench.py starter   only this; see --help for the others
    .venv/bin/python scripts/bench.py history --days 30

Prints a table and always ends with 0: what a machine can do now is no verdict on the code.
Times are the best and the median of several runs, taken in turn with something that is
known to be fast here, so that a busy machine shows in both.
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from figures import (
    charts,
    collector,
    decoding,
    demonstration,
    deploying,
    history,
    inspecting,
    pools,
    redacting,
    serving,
    starter,
)
from figures.table import Figure, show

Group = Callable[[Path, argparse.Namespace], Iterator[Figure]]

GROUPS: dict[str, Group] = {
    "starter": lambda folder, asked: starter.measure(folder, asked.runs),
    "demonstration": lambda folder, asked: demonstration.measure(folder, asked.runs),
    "pools": lambda folder, asked: pools.measure(folder, asked.runs),
    "charts": lambda _, asked: charts.measure(asked.runs),
    "collector": lambda folder, asked: collector.measure(folder, asked.runs),
    "decoding": lambda _, asked: decoding.measure(asked.runs),
    "history": lambda folder, asked: history.measure(folder, asked.days, asked.runs),
    "gate": lambda folder, asked: inspecting.measure(folder, asked.runs),
    "redaction": lambda _, asked: redacting.measure(asked.runs),
    "serving": lambda folder, _: serving.measure(folder),
    "deploy": lambda folder, asked: deploying.measure(folder, asked.runs),
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure sitegen on this machine.")
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"which of: {', '.join(GROUPS)} (all)")
    parser.add_argument("--runs", type=int, default=7, help="how often each thing is timed (7)")
    parser.add_argument("--days", type=float, default=1.0, help="days of history to simulate (1)")
    asked = parser.parse_args()
    unknown = set(asked.groups) - set(GROUPS)
    if unknown:
        parser.error(f"no such group: {', '.join(sorted(unknown))}; there are {', '.join(GROUPS)}")
    print(f"{machine()}; load {load()}\n", flush=True)
    for name in asked.groups or GROUPS:
        with tempfile.TemporaryDirectory(prefix="sitegen-bench-") as folder:
            try:
                show(name, GROUPS[name](Path(folder), asked))
            except (OSError, RuntimeError, subprocess.SubprocessError) as error:
                print(f"  not measured to the end: {error}\n", flush=True)
    print(f"load at the end: {load()}")


def machine() -> str:
    """Name what was measured on."""
    return f"{os.cpu_count()} cores, {platform.system()} {platform.release()}, Python {platform.python_version()}"


def load() -> str:
    """Return how many processes wanted to run, on average over 1, 5 and 15 minutes."""
    return " ".join(f"{value:.2f}" for value in os.getloadavg())


if __name__ == "__main__":
    main()
    sys.exit(0)

"""`auto` beside one worker and two: it should never be slower than the better of them by more than a tenth."""

import json
import random
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from sitegen.state.folder import State

from figures.runs import SITEGEN, new_site, run, time_in_turn
from figures.table import Figure

__all__ = ["measure"]

PANELS, SERIES = 50, 4
WINDOWS = ("1h", "6h", "24h", "7d")
MODES = {"auto": [], "--jobs 1": ["--jobs", "1"], "--jobs 2": ["--jobs", "2"]}
DEADLINE = ["--deadline", "60s"]
"""A slow machine is measured as well, and not cut short."""


def measure(folder: Path, runs: int) -> Iterator[Figure]:
    """Return the figures of both sites."""
    starters = {mode: new_site(folder / f"starter{number}") for number, mode in enumerate(MODES)}
    yield from compare("starter", starters, runs)
    large = {mode: large_site(folder / f"large{number}") for number, mode in enumerate(MODES)}
    yield from compare(f"{PANELS} panels x {len(WINDOWS)} windows", large, runs)


def compare(what: str, sites: dict[str, Path], runs: int) -> Iterator[Figure]:
    """Build a site of its own for each mode, in turn; each learns from its own builds only."""
    builds = {
        mode: partial(run, [SITEGEN, "build", *DEADLINE, *MODES[mode]], site) for mode, site in sites.items()
    }
    time_in_turn(builds, 3)
    seconds = {mode: sorted(values) for mode, values in time_in_turn(builds, runs).items()}
    middle = {mode: values[len(values) // 2] for mode, values in seconds.items()}
    best = {mode: values[0] for mode, values in seconds.items()}
    better = min(best["--jobs 1"], best["--jobs 2"])
    for mode in MODES:
        bound = better * 1.1 if mode == "auto" else None
        yield Figure(
            f"{what}, {mode}",
            f"{best[mode]:.3f} s",
            f"{middle[mode]:.3f} s",
            "" if bound is None else f"{bound:.3f} s",
            None if bound is None else best[mode] <= bound,
            f"{cpu_seconds(sites[mode])}; {best[mode] / better:.2f} x the better",
        )


def cpu_seconds(site: Path) -> str:
    """Return the CPU time that the last build's tasks took, and where they ran."""
    said = json.loads((site / ".sitegen/report.json").read_text())["concurrency"]
    return f"{said['cpu_seconds']:.2f} s of CPU in tasks on {said['workers']} workers"


def large_site(folder: Path) -> Path:
    """Make a site of many panels over sitegen's own history, filled with a week of seeded samples."""
    site = new_site(folder)
    panels = [
        f'[[metrics.panels]]\nid = "p{number}"\nsource = "self"\ntitle = "panel {number}"\n'
        f"query = 'sitegen_asset_bytes{{panel=\"{number}\"}}'\n"
        f'legend = "{{{{series}}}}"\nwindows = {json.dumps(WINDOWS)}\n'
        for number in range(PANELS)
    ]
    (site / "sitegen.toml").write_text('[site]\ntitle = "large"\n' + "".join(panels))
    seed(site / ".sitegen")
    return site


def seed(state_folder: Path) -> None:
    """Fill a history: a sample in 30 s for the last hour, in 6 minutes for a day, in an hour for a week."""
    now = time.time() // 30 * 30
    ages = sorted({*range(0, 3600, 30), *range(0, 86_400, 360), *range(0, 7 * 86_400, 3600)}, reverse=True)
    numbers = random.Random(7)
    with State.open(state_folder, now) as state, state.batch():
        for age in ages:
            values = {
                f'sitegen_asset_bytes{{panel="{panel}",series="{series}"}}': numbers.gauss(panel, 1 + series)
                for panel in range(PANELS)
                for series in range(SERIES)
            }
            state.series.add(now - age, values)

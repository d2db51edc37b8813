"""A Prometheus with a past: series made from a seed, written into its database before it starts.

    temperature{room="r0",floor="1"}                      gauges, each a walk of its own
    requests_total{instance="web-0",code="200",method="get"}   counters; an instance starts anew now and then
    latency_seconds_bucket{path="/a",le="0.1"} ...        classic histograms, reset with their instance
    reading{kind="gap"}                                   gauges with what goes wrong: silence, NaN, infinities, an end

`SMALL` is a day of about fifty series, `LARGE` a week of several hundred.
"""

import math
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import TextIO

from tests.acceptance.comparing import instant
from tests.acceptance.monitoring import Monitoring, run_prometheus, write_blocks

END = instant("2026-03-01T12:00:00Z")
SCRAPE = 60
BOUNDS = ("0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "+Inf")
CODES, METHODS = ("200", "404", "500"), ("get", "post")


@dataclass(frozen=True)
class Size:
    """How long the past is, and how many of each kind there are."""

    days: float
    rooms: int
    instances: int
    paths: int


SMALL = Size(days=1, rooms=6, instances=3, paths=2)
LARGE = Size(days=7, rooms=120, instances=20, paths=10)


@contextmanager
def run_backfilled(folder: Path, size: Size) -> Iterator[Monitoring]:
    """Write the past with promtool, and run a Prometheus on it."""
    folder.mkdir(parents=True)
    with (folder / "past.om").open("w", encoding="utf-8") as file:
        write_past(file, size)
    write_blocks(folder)
    with run_prometheus(folder) as monitoring:
        yield monitoring


def write_past(file: TextIO, size: Size, seed: int = 20260301) -> None:
    """Write the whole past as OpenMetrics, one family after the other."""
    chance = random.Random(seed)
    count = int(size.days * 86_400 / SCRAPE) + 1
    times = [int(END) - SCRAPE * (count - 1 - index) for index in range(count)]

    def write(series: str, values: list[float | None]) -> None:
        file.writelines(
            f"{series} {spell(value)} {at}\n"
            for at, value in zip(times, values, strict=True)
            if value is not None
        )

    file.write("# TYPE temperature gauge\n")
    for room in range(size.rooms):
        write(f'temperature{{room="r{room}",floor="{room % 4}"}}', walk(chance, count))
    file.write("# TYPE reading gauge\n")
    for kind, values in readings(chance, count).items():
        write(f'reading{{kind="{kind}"}}', values)
    file.write("# TYPE requests counter\n")
    starts = {f"web-{number}": restarts(chance, count) for number in range(size.instances)}
    for instance, began in starts.items():
        for code in CODES:
            for method in METHODS:
                labels = f'instance="{instance}",code="{code}",method="{method}"'
                rate = {"200": 90, "404": 9, "500": 2}[code]
                grown = [chance.randrange(2 * rate) for _ in range(count)]
                write(f"requests_total{{{labels}}}", count_up(grown, began))
    file.write("# TYPE latency_seconds histogram\n")
    for number in range(size.paths):
        write_histogram(write, f'path="/{chr(97 + number)}"', chance, count)
    file.write("# EOF\n")


def write_histogram(write, labels: str, chance: random.Random, count: int) -> None:
    """Observations of a log-normal, as cumulative buckets, with their count and their sum."""
    began = restarts(chance, count)
    middle = chance.uniform(math.log(0.02), math.log(0.2))
    columns: list[list[int]] = [[0] * count for _ in BOUNDS]
    for index in range(count):
        for _ in range(chance.randrange(6)):
            value = chance.lognormvariate(middle, 0.8)
            place = next(place for place, bound in enumerate(BOUNDS) if value <= float(bound))
            for column in columns[place:]:
                column[index] += 1
    for bound, column in zip(BOUNDS, columns, strict=True):
        write(f'latency_seconds_bucket{{{labels},le="{bound}"}}', count_up(column, began))
    write(f"latency_seconds_count{{{labels}}}", count_up(columns[-1], began))
    write(f"latency_seconds_sum{{{labels}}}", count_up([one / 8 for one in columns[-1]], began))


def walk(chance: random.Random, count: int) -> list[float | None]:
    """A gauge that goes up and down."""
    return list(accumulate((chance.gauss(0, 0.1) for _ in range(count)), initial=20.0))[:count]


def restarts(chance: random.Random, count: int) -> set[int]:
    """Where counters begin at 0 again: about four times a day."""
    return {0, *(chance.randrange(count) for _ in range(max(4, count // 360)))}


def count_up(grown: list[float], began: set[int]) -> list[float | None]:
    """A counter from its growth."""
    values: list[float | None] = []
    total = 0.0
    for index, growth in enumerate(grown):
        total = 0.0 if index in began else total + growth
        values.append(total)
    return values


def readings(chance: random.Random, count: int) -> dict[str, list[float | None]]:
    """Gauges with what goes wrong, also in the last hour: a silence, NaN and infinities, an end, a late start."""
    found = {kind: walk(chance, count) for kind in ("steady", "gap", "broken", "ended", "late", "negative")}
    found["gap"][count - 50 : count - 30] = [None] * 20
    found["gap"][count // 2 : count // 2 + 180] = [None] * 180
    for place, value in ((10, math.nan), (20, math.inf), (25, -math.inf), (40, math.nan)):
        found["broken"][count - place] = value
        found["broken"][count // place] = value
    found["ended"][count - 25 :] = [None] * 25
    found["late"][: count - 90] = [None] * (count - 90)
    found["negative"] = [20.0 - (value or 0) for value in found["negative"]]
    return found


def spell(value: float) -> str:
    """A value as OpenMetrics writes it."""
    if math.isnan(value):
        return "NaN"
    return repr(value) if math.isfinite(value) else "+Inf" if value > 0 else "-Inf"

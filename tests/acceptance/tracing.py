"""A drawn line, read back from its path and held against Prometheus' samples."""

import math
import re
import statistics
from itertools import pairwise

from tests.acceptance.comparing import Observed, instant, read_csv

Point = tuple[float, float]


def check_line(observed: Observed, panel: str, window: str) -> None:
    """Each line of a panel runs where Prometheus has finite samples and nowhere else, at heights that tell their values.

    One straight scale fits all the heights of a drawing to two of its two hundred units.
    """
    head, answer = observed.shown(panel, window)
    instants = [instant(row[0]) for row in read_csv(observed.site, panel, window)[1]]
    drawing = next(one for one in observed.figure(panel, window).all("svg") if "viewbox" in one.attributes)
    width = float(drawing.attributes["viewbox"].split()[2]) / (len(instants) - 1)
    lines = {one.attributes.get("class"): one.attributes["d"] for one in drawing.all("path")}
    pairs: list[Point] = []
    colours = {
        row.text: row.one("i").attributes["class"]
        for row in observed.figure(panel, window).all("th")
        if row.all("i")
    }
    for name in head:
        values = [answer[name].get(at, math.nan) for at in instants]
        path = lines.get(colours.get(name, "s1"), "")
        runs = [[(round(x / width, 6), y) for x, y in run] for run in read_path(path)]
        # A sample alone is a stroke of less than a column to either side.
        drawn = {column for run in runs for column in range(math.ceil(run[0][0]), int(run[-1][0]) + 1)}
        assert drawn == {column for column, value in enumerate(values) if math.isfinite(value)}, name
        pairs += [(values[column], height(runs, column)) for column in drawn]
    slope, start = statistics.linear_regression(*zip(*pairs, strict=True))
    assert slope < 0, "more is higher up"
    assert max(abs(start + slope * value - y) for value, y in pairs) <= 2


def height(runs: list[list[Point]], column: int) -> float:
    """The height of a line at a column, between its points."""
    run = next(run for run in runs if run[0][0] <= column <= run[-1][0])
    for (left, before), (right, after) in pairwise(run):
        if left <= column <= right and right > left:
            return before + (after - before) * (column - left) / (right - left)
    return run[0][1]


def read_path(path: str) -> list[list[Point]]:
    """The points of each stretch of a path of relative moves and lines: `m0 8h81l3 1m15 2h9`."""
    x = y = 0.0
    runs: list[list[Point]] = []
    for command, numbers in re.findall(r"([mlhv])([^mlhv]*)", path):
        found = [float(one) for one in re.findall(r"-?(?:\d*\.\d+|\d+)", numbers)]
        steps = list(zip(found[::2], found[1::2], strict=False))
        if command in "hv":
            steps = [(one, 0.0) if command == "h" else (0.0, one) for one in found]
        for index, (across, down) in enumerate(steps):
            x, y = x + across, y + down
            if command == "m" and index == 0:  # further pairs are lines
                runs.append([])
            runs[-1].append((x, y))
    return runs

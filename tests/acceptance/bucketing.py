"""What a site shows of classic histograms, held against Prometheus' own counts and quantiles."""

import re
from itertools import pairwise

import pytest
from tests.acceptance.comparing import Observed, instant, read_csv, values_in
from tests.acceptance.documents import legend_of, sentence_of, table_of


def bucket_counts(observed: Observed, panel: str, window: str) -> dict[float, list[float]]:
    """The counts of each bucket alone, by rising bound, at each instant that has any: Prometheus' cumulative ones apart."""
    _, rows = read_csv(observed.site, panel, window)
    found = observed.monitoring.series(
        observed.panels[panel].query, instant(rows[0][0]), instant(rows[-1][0]), observed.windows[window]
    )
    by_bound = sorted(
        ((float(dict(labels)["le"]), samples) for labels, samples in found.items()), key=lambda one: one[0]
    )
    return {
        at: [upper - lower for lower, upper in pairwise([0.0, *(samples[at] for _, samples in by_bound)])]
        for at in by_bound[0][1]
    }


def mean_counts(observed: Observed, panel: str, window: str) -> list[float]:
    """The mean counts of each bucket over the window."""
    columns = list(bucket_counts(observed, panel, window).values())
    return [sum(column) / len(columns) for column in zip(*columns, strict=True)]


def check_buckets(observed: Observed, panel: str, window: str) -> None:
    """The table of a histogram or heatmap holds the means of Prometheus' own counts, and their shares.

    On a page with little room it holds the fullest buckets, and says of how many.
    """
    counts = mean_counts(observed, panel, window)
    table = table_of(observed.figure(panel, window))
    rows = [values_in(row) for row in table.one("tbody").all("tr")]
    shown = [tuple(row) for row in rows if row[0]]

    expected = [(count, count / sum(counts)) for count in counts if count]
    fullest = sorted(range(len(expected)), key=lambda place: -expected[place][0])[: len(shown)]
    kept = [expected[place] for place in sorted(fullest)]
    assert min(len(kept), len(expected) - 1) > 0
    assert shown == [pytest.approx(pair, rel=1e-9) for pair in kept]
    assert len(kept) == len(expected) or f"The {len(rows)} fullest of" in table.one("caption").text


def check_quantile(observed: Observed, panel: str, window: str, share: float, place: int) -> None:
    """The number at `place` of the sentence is the quantile that histogram_quantile gives of the window's mean."""
    _, rows = read_csv(observed.site, panel, window)
    start, end, step = instant(rows[0][0]), instant(rows[-1][0]), observed.windows[window]
    # Half a second more, for newer versions leave out a sample at the very start of a range.
    asked = f"avg_over_time(({observed.panels[panel].query})[{int(end - start)}s500ms:{int(step)}s])"
    (samples,) = observed.monitoring.series(f"histogram_quantile({share}, {asked})", end, end, 1).values()

    said = values_in(sentence_of(observed.figure(panel, window)))
    assert said[place] == pytest.approx(samples[end], rel=1e-6)


def check_cells(observed: Observed, panel: str, window: str) -> None:
    """Every cell of a heatmap has the class that the mean of Prometheus' counts in its time asks for; empty ones none."""
    figure = observed.figure(panel, window)
    drawing = next(one for one in figure.all("svg") if "viewbox" in one.attributes)
    width, height = (int(number) for number in drawing.attributes["viewbox"].split()[2:])
    shown = {
        cell: one.attributes["class"] for one in drawing.all("path") for cell in _cells(one.attributes["d"])
    }
    limits = {one.attributes["class"]: values_in(one)[0] for one in legend_of(figure)}
    below = dict(zip(limits, [0.0, *limits.values()], strict=False))

    counts = bucket_counts(observed, panel, window)
    instants = [instant(row[0]) for row in read_csv(observed.site, panel, window)[1]]
    steps = -(-len(instants) // width)
    used = [place for place in range(len(counts[max(counts)])) if any(one[place] for one in counts.values())]
    assert height == 2 * (used[-1] + 1 - used[0])
    assert len(shown) > 1
    for column in range(width):
        inside = [counts[at] for at in instants[column * steps : (column + 1) * steps] if at in counts]
        for row in range(used[0], used[-1] + 1):
            count = sum(one[row] for one in inside) / len(inside) if inside else 0.0
            # Rows are two units high and counted from the top.
            css = shown.pop((column, height - 1 - 2 * (row - used[0])), None)
            assert (css is None) == (abs(count) < 1e-12)
            if css is not None:
                assert below[css] * (1 - 1e-9) <= count <= limits[css] * (1 + 1e-9)
    assert shown == {}, "there is nothing beside the cells"


def _cells(path: str) -> list[tuple[int, int]]:
    """The columns and heights of the cells of a path such as `m3 17h2m1-2h1`."""
    x = y = 0
    found = []
    for across, down, length in re.findall(r"m(-?\d+) ?(-?\d+)h(\d+)", path):
        x, y = x + int(across), y + int(down)
        found += [(x + cell, y) for cell in range(int(length))]
        x += int(length)
    return found

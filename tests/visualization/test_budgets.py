"""Raw bytes, brotli bytes and DOM nodes of each kind of drawing, on realistic data."""

import math
import random

import brotli
import pytest
from sitegen.availability.model import ServiceState
from sitegen.traces.model import Edge
from sitegen.visualization.generator import (
    draw_backdrop,
    draw_breakdown,
    draw_lanes,
    draw_panel,
    draw_service_map,
    draw_uptime,
    draw_waterfall,
)
from sitegen.visualization.model import Lane, Segment

SEEDS = range(5)


def within(kit, markup, raw, compressed, nodes):
    kit.read_svg(markup)
    found = kit.measure(markup)
    assert found[0] <= raw, found
    assert found[1] <= compressed, found
    assert found[2] <= nodes, found


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", ["line", "area", "bar"])
def test_time_series_of_3_by_240(kit, kind, seed):
    series = [
        kit.series(kit.walk(240, base, base * 0.08, seed * 9 + n), q=str(base))
        for n, base in enumerate((0.021, 0.039, 0.061))
    ]
    within(kit, draw_panel(kit.panel(series, kind, unit="seconds"), 240).svg, 4500, 1200, 40)


@pytest.mark.parametrize("seed", SEEDS)
def test_four_series_of_a_shared_page_with_the_band_of_one(kit, seed):
    series = [
        kit.series(kit.walk(240, base, base * 0.08, seed * 9 + n), q=str(base))
        for n, base in enumerate((0.021, 0.039, 0.061, 0.09))
    ]
    figure = draw_panel(kit.panel(series, unit="seconds"), 120)
    assert "b4" in figure.svg
    within(kit, figure.svg, 4000, 1060, 40)
    assert len(brotli.compress(figure.svg.encode(), quality=5)) <= 1150


@pytest.mark.parametrize("seed", SEEDS)
def test_run_of_30_behind_a_tile(kit, seed):
    within(kit, draw_backdrop(kit.walk(30, 50, 4, seed)), 620, 260, 3)


@pytest.mark.parametrize("seed", SEEDS)
def test_heatmap_of_60_by_14(kit, seed):
    within(
        kit, draw_panel(kit.panel(latencies(kit, seed), "heatmap", unit="seconds"), 240).svg, 2600, 800, 20
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_histogram_of_30(kit, seed):
    series = latencies(kit, seed, [0.001 * 1.3**step for step in range(32)])
    within(kit, draw_panel(kit.panel(series, "histogram", unit="seconds"), 240).svg, 1500, 450, 25)


def latencies(kit, seed, bounds=None):
    random_ = random.Random(seed)
    columns = [
        [random_.lognormvariate(math.log(0.05) + 0.5 * math.sin(column / 40), 0.8) for _ in range(60)]
        for column in range(kit.window.columns)
    ]
    return kit.buckets(columns, [*(bounds or [0.004 * 1.7**step for step in range(14)]), math.inf])


@pytest.mark.parametrize("seed", SEEDS)
def test_uptime_of_90_days(kit, seed):
    random_ = random.Random(seed)
    states = random_.choices(list(ServiceState), (90, 4, 2, 2, 2), k=90)
    within(kit, draw_uptime([(86_400.0 * day, state) for day, state in enumerate(states)]), 1100, 300, 6)


@pytest.mark.parametrize("count", [20, 60, 150])
def test_waterfall_for_each_span(kit, count):
    rows = draw_waterfall(kit.trace(count)).rows
    bars = "".join(row.svg for row in rows)
    raw, compressed, nodes = kit.measure(bars)
    assert raw <= 320 * len(rows)
    assert compressed <= 32 * len(rows) + 60
    assert nodes <= 5 * len(rows)


def test_breakdown(kit):
    within(kit, draw_breakdown(kit.trace(150)).svg, 1_200, 400, 23)


@pytest.mark.parametrize("seed", SEEDS)
def test_sixteen_lanes_of_up_to_sixty_segments(kit, seed):
    random_ = random.Random(seed)
    lanes = []
    for number in range(16):
        now, segments = 0.0, []
        for _ in range(random_.randint(30, 60)):
            start = now + random_.random() * 0.004
            now = start + random_.random() * 0.01
            segments.append(Segment(start, now, random_.choice(["f1", "f2", "f6", "lf"]), "render /metrics/"))
        lanes.append(Lane(f"metrics io {number}", tuple(segments)))
    within(kit, draw_lanes(lanes, 0.41), 8000, 2400, 80)


@pytest.mark.parametrize("seed", SEEDS)
def test_service_map_of_12_and_22(kit, seed):
    random_ = random.Random(seed)
    pairs = random_.sample([(a, b) for a in range(12) for b in range(a + 1, 12)], 22)
    edges = [
        Edge(f"service-{a}", f"service-{b}", random_.randint(1, 1000), random_.choice((0, 0, 30)), 10**7)
        for a, b in pairs
    ]
    within(kit, draw_service_map(edges), 6000, 1200, 140)

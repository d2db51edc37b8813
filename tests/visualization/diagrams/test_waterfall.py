import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.traces.model import Trace
from sitegen.visualization.diagrams.waterfall import MOST_ROWS
from sitegen.visualization.generator import draw_waterfall


def bar_of(kit, row):
    return kit.points_of(kit.read_svg(row.svg).find("path").get("d"))[0]


def test_rows_are_in_tree_order_with_exact_times(kit):
    nodes = (
        kit.node(0, -1, 0, 1000, 400_000_000),
        kit.node(1, 0, 1, 1000 + 100_000_000, 200_000_000, error=True),
        kit.node(2, 1, 2, 1000 + 150_000_000, 50_000_000, critical=True),
        kit.node(3, 0, 1, 1000 + 300_000_000, 100_000_000),
    )
    waterfall = draw_waterfall(Trace("0" * 32, "t", nodes))
    assert [(row.name, row.depth, row.error, row.critical) for row in waterfall.rows] == [
        ("op 0", 0, False, False),
        ("op 1", 1, True, False),
        ("op 2", 2, False, True),
        ("op 3", 1, False, False),
    ]
    assert [row.start.value for row in waterfall.rows] == pytest.approx([0, 0.1, 0.15, 0.3])
    assert [bar_of(kit, row) for row in waterfall.rows] == [
        [(0, 1), (1000, 1)],
        [(250, 1), (750, 1)],
        [(375, 1), (500, 1)],
        [(750, 1), (1000, 1)],
    ]
    assert [tick.text for tick in waterfall.ticks] == ["0 s", "100 ms", "200 ms", "300 ms", "400 ms"]
    assert waterfall.hidden == 0


def test_the_critical_path_is_a_second_thinner_path(kit):
    waterfall = draw_waterfall(Trace("0" * 32, "t", (kit.node(0, -1, 0, 0, 9, critical=True),)))
    assert [path.get("class") for path in kit.read_svg(waterfall.rows[0].svg)] == ["f1", "cp"]


def test_a_bar_is_at_least_two_units_and_stays_on_the_grid(kit):
    nodes = (kit.node(0, -1, 0, 0, 10**9), kit.node(1, 0, 1, 10**9 - 1, 1), kit.node(2, 0, 1, 0, 0))
    bars = [bar_of(kit, row) for row in draw_waterfall(Trace("0" * 32, "t", nodes)).rows]
    assert bars[1] == [(998, 1), (1000, 1)]
    assert bars[2] == [(0, 1), (2, 1)]


def test_eighty_spans_are_all_shown_and_more_are_folded_with_an_exact_count(kit):
    assert draw_waterfall(kit.trace(MOST_ROWS)).hidden == 0
    waterfall = draw_waterfall(kit.trace(500))
    spans = [row for row in waterfall.rows if not row.folded]
    assert len(waterfall.rows) <= MOST_ROWS
    assert waterfall.hidden == 500 - len(spans) == sum(row.folded for row in waterfall.rows)


def test_a_folding_row_names_its_count_and_the_time_that_its_spans_cover(kit):
    nodes = [kit.node(0, -1, 0, 0, 1000_000_000)]
    nodes += [kit.node(n, 0, 1, 0, 500_000_000 - n * 1000) for n in range(1, 79)]
    nodes += [kit.node(n, 0, 1, n * 1_000_000, 2_000_000) for n in range(79, 91)]
    waterfall = draw_waterfall(Trace("0" * 32, "t", tuple(nodes)))
    last = waterfall.rows[-1]
    assert (last.name, last.folded, last.depth) == ("+12 spans", 12, 1)
    assert last.duration.text == "13 ms"
    assert last.start.text == "79 ms"


def test_errors_are_shown_before_longer_spans(kit):
    nodes = [kit.node(0, -1, 0, 0, 10**9)]
    nodes += [kit.node(n, 0, 1, 0, 10**8) for n in range(1, 200)]
    nodes.append(kit.node(200, 0, 1, 10**8, 1, error=True))
    rows = draw_waterfall(Trace("0" * 32, "t", tuple(nodes))).rows
    assert "op 200" in {row.name for row in rows}


@pytest.mark.parametrize("shape", ["chain", "star", "roots"])
def test_a_hundred_thousand_spans_of_any_shape_fit(kit, shape):
    def parent(index):
        return {"chain": index - 1, "star": min(index, 1) - 1, "roots": -1}[shape]

    count = 100_000
    nodes = tuple(
        kit.node(index, parent(index), index if shape == "chain" else min(index, 1), index, 10**9 - 2 * index)
        for index in range(count)
    )
    waterfall = draw_waterfall(Trace("0" * 32, "t", nodes))
    assert len(waterfall.rows) <= MOST_ROWS
    assert waterfall.hidden == sum(row.folded for row in waterfall.rows) > 99_000
    assert max(row.depth for row in waterfall.rows) <= 8


@settings(deadline=None, max_examples=80)
@given(count=st.integers(1, 300), seed=st.integers(0, 10**6))
def test_any_trace_shows_or_folds_each_span_exactly_once(kit, count, seed):
    trace = kit.trace(count, seed)
    waterfall = draw_waterfall(trace)
    names = [row.name for row in waterfall.rows if not row.folded]
    assert len(names) == len(set(names))
    assert len(names) + sum(row.folded for row in waterfall.rows) == count
    assert len(waterfall.rows) <= MOST_ROWS
    parents = {node.span.name: node.parent for node in trace.nodes}
    shown = {-1}
    for name in names:
        assert parents[name] in shown
        shown.add(int(name.removeprefix("op ")))
    assert waterfall == draw_waterfall(trace)


@pytest.mark.parametrize("duration", [0, -5])
def test_a_trace_without_duration_can_be_drawn(kit, duration):
    (row,) = draw_waterfall(Trace("0" * 32, "t", (kit.node(0, -1, 0, 5, duration),))).rows
    assert bar_of(kit, row) == [(0, 1), (2, 1)]

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.traces.model import Trace
from sitegen.visualization.diagrams.waterfall import MOST_ROWS
from sitegen.visualization.generator import draw_guides, draw_waterfall


def rects(kit, row):
    """Return the class, the left and the right end of each rectangle of a row, in per cent."""
    return [
        (rect.get("class"), left := float(rect.get("x")[:-1]), left + float(rect.get("width")[:-1]))
        for rect in kit.read_svg(row.svg).iter("rect")
    ]


def bar_of(kit, row):
    return rects(kit, row)[0][1:]


def label_of(kit, row):
    text = kit.read_svg(row.svg).find("text")
    return text.text, float(text.get("x")[:-1]), text.get("class")


def test_rows_are_in_tree_order_with_exact_times(kit):
    nodes = (
        kit.node(0, -1, 0, 1000, 400_000_000),
        kit.node(1, 0, 1, 1000 + 100_000_000, 200_000_000, error=True),
        kit.node(2, 1, 2, 1000 + 150_000_000, 50_000_000, critical=True),
        kit.node(3, 0, 1, 1000 + 300_000_000, 100_000_000),
    )
    waterfall = draw_waterfall(Trace("0" * 32, "t", nodes))
    assert [(row.name, row.depth, row.error, row.critical is not None) for row in waterfall.rows] == [
        ("op 0", 0, False, False),
        ("op 1", 1, True, False),
        ("op 2", 2, False, True),
        ("op 3", 1, False, False),
    ]
    assert [row.start.value for row in waterfall.rows] == pytest.approx([0, 0.1, 0.15, 0.3])
    assert [bar_of(kit, row) for row in waterfall.rows] == [
        (0, 100),
        (25, 75),
        (37.5, 50),
        (75, 100),
    ]
    assert [tick.text for tick in waterfall.ticks] == ["0 s", "200 ms", "400 ms"]
    assert not any(row.folded for row in waterfall.rows)


def test_the_critical_path_runs_below_a_span_where_no_child_of_it_was_waited_for(kit):
    nodes = (
        kit.node(0, -1, 0, 0, 100_000_000, critical=True),
        kit.node(1, 0, 1, 20_000_000, 50_000_000, critical=True),
        kit.node(2, 0, 1, 10_000_000, 30_000_000),
    )
    rows = draw_waterfall(Trace("0" * 32, "t", nodes)).rows
    lines = [[rect[1:] for rect in rects(kit, row) if rect[0] == "cp"] for row in rows]
    assert lines == [[(0, 20), (70, 100)], [(20, 70)], []]
    assert [row.critical and row.critical.text for row in rows] == ["50 ms", "50 ms", None]


def test_a_child_that_outlasts_its_parent_is_waited_for_as_long_as_that_runs(kit):
    nodes = (
        kit.node(0, -1, 0, 0, 50_000_000, critical=True),
        kit.node(1, 0, 1, 40_000_000, 60_000_000, critical=True),
    )
    rows = draw_waterfall(Trace("0" * 32, "t", nodes)).rows
    assert [row.critical.text for row in rows] == ["40 ms", "10 ms"]


def test_a_duration_stands_in_a_long_bar_and_beside_a_short_one_inside_the_cell(kit):
    nodes = (
        kit.node(0, -1, 0, 0, 100_000_000),
        kit.node(1, 0, 1, 10_000_000, 10_000_000),
        kit.node(2, 0, 1, 90_000_000, 10_000_000),
    )
    rows = draw_waterfall(Trace("0" * 32, "t", nodes)).rows
    assert [label_of(kit, row) for row in rows] == [
        ("100 ms", 99.2, "k xe"),
        ("10 ms", 20.8, None),
        ("10 ms", 89.2, "xe"),
    ]


def test_a_span_in_error_is_drawn_in_the_colour_of_errors(kit):
    (row,) = draw_waterfall(Trace("0" * 32, "t", (kit.node(0, -1, 0, 0, 9, error=True),))).rows
    assert rects(kit, row)[0][0] == "c"
    assert row.colour == "f1"


@pytest.mark.parametrize(("length", "digits"), [(9_999_999, 3), (10_000_000, 1)])
def test_milliseconds_have_the_same_decimals_in_every_row(kit, length, digits):
    nodes = (kit.node(0, -1, 0, 0, length), kit.node(1, 0, 1, 0, 5))
    assert {row.digits for row in draw_waterfall(Trace("0" * 32, "t", nodes)).rows} == {digits}


def test_guides_lead_from_each_row_to_the_deeper_ones_below_it(kit):
    (path,) = kit.read_svg(draw_guides([0, 1, 2, 1]))
    assert kit.points_of(path.get("d")) == [
        [(1, 3), (1, 6), (4, 6)],
        [(5, 7), (5, 10), (8, 10)],
        [(1, 6), (1, 14), (4, 14)],
    ]


def test_rows_whose_parents_stand_elsewhere_have_no_guides(kit):
    assert len(kit.read_svg(draw_guides([3, 3]))) == 0
    (path,) = kit.read_svg(draw_guides([0, 2]))
    assert kit.points_of(path.get("d")) == [[(1, 3), (1, 6), (8, 6)]]


def test_a_bar_is_at_least_a_fifth_of_a_per_cent_and_stays_in_its_cell(kit):
    nodes = (kit.node(0, -1, 0, 0, 10**9), kit.node(1, 0, 1, 10**9 - 1, 1), kit.node(2, 0, 1, 0, 0))
    bars = [bar_of(kit, row) for row in draw_waterfall(Trace("0" * 32, "t", nodes)).rows]
    assert bars[1] == pytest.approx((99.8, 100))
    assert bars[2] == pytest.approx((0, 0.2))


def test_eighty_spans_are_all_shown_and_more_are_folded_with_an_exact_count(kit):
    assert len(draw_waterfall(kit.trace(MOST_ROWS)).rows) == MOST_ROWS
    waterfall = draw_waterfall(kit.trace(500))
    spans = [row for row in waterfall.rows if not row.folded]
    assert len(waterfall.rows) <= MOST_ROWS
    assert 500 - len(spans) == sum(row.folded for row in waterfall.rows)


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
    assert sum(row.folded for row in waterfall.rows) > 99_000
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
    assert bar_of(kit, row) == (0, 0.2)

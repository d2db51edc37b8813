import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sitegen.visualization.charts.sparkline import draw_backdrop, trace_sparkline


def strokes_of(kit, values):
    path, width = trace_sparkline(values, 18)
    assert width == 87
    return kit.points_of(path.data) if path else []


@pytest.mark.parametrize("values", [[], [None], [3.0], [None, 3.0, math.nan]])
def test_less_than_two_values_are_no_run_behind_a_tile(values):
    assert draw_backdrop(values) == ""


def test_the_least_is_at_the_bottom_and_the_largest_at_the_top(kit):
    (stroke,) = strokes_of(kit, [1, 5, 3])
    assert [y for _, y in stroke] == [18, 0, 9]
    assert [x for x, _ in stroke] == [0, 44, 87]


def test_gaps_stay_gaps_and_a_value_alone_is_visible(kit):
    strokes = strokes_of(kit, [1, 2, None, 3, math.nan, 5])
    assert len(strokes) == 3
    assert all(stroke[0] != stroke[-1] for stroke in strokes)


def test_values_that_are_all_alike_run_through_the_middle(kit):
    assert strokes_of(kit, [4.0] * 30) == [[(0, 9), (87, 9)]]


@pytest.mark.parametrize("values", [[], [None], [math.inf, math.nan]])
def test_without_values_there_is_no_line(kit, values):
    assert strokes_of(kit, values) == []


@settings(deadline=None, max_examples=150)
@example(values=[None] * 19 + [0.0])
@given(values=st.lists(st.none() | st.floats(), max_size=70))
def test_any_values_stay_on_the_grid(kit, values):
    for stroke in strokes_of(kit, values):
        assert all(0 <= x <= 87 and 0 <= y <= 18 for x, y in stroke)

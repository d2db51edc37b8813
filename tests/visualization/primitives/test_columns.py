import math
from array import array
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.metrics.model import Series
from sitegen.units import Window
from sitegen.visualization.primitives.columns import lay, means_of, runs, stretches

WINDOW = Window(100.0, 140.0, 10.0)


def series(*points):
    return Series({}, array("d", [at for at, _ in points]), array("d", [value for _, value in points]))


def test_a_sample_belongs_to_the_nearest_step_and_others_stay_empty():
    laid = lay(series((100, 1), (111, 2), (138.9, 4)), WINDOW, 240)
    assert laid.means() == [1, 2, None, None, 4]


def test_samples_outside_the_window_and_not_finite_ones_are_left_out_and_the_latter_counted():
    laid = lay(series((80, math.nan), (100, math.nan), (110, math.inf), (120, 3), (200, 9)), WINDOW, 240)
    assert laid.means() == [None, None, 3, None, None]
    assert laid.broken == 2


def test_a_column_of_several_samples_has_their_mean_their_least_and_their_greatest():
    laid = lay(series((100, 1), (110, 3), (120, 8)), WINDOW, 3)
    assert (laid.ends(min), laid.means(), laid.ends(max)) == ([1, 8, None], [2, 8, None], [3, 8, None])
    assert laid.crowded
    assert laid.group == 2


def test_a_mean_over_columns_is_that_of_their_samples_not_of_their_means():
    laid = lay(series((100, 1), (110, 3), (120, 8)), WINDOW, 3)
    assert (laid.mean(), laid.mean(0, 1), laid.mean(2, 3)) == (4, 2, None)


def test_extremes_are_finite_samples_with_their_instant_and_column():
    laid = lay(series((100, 5), (110, math.nan), (120, 1), (130, 9), (140, 9)), WINDOW, 3)
    assert (laid.first, laid.last) == ((5, 100, 0), (9, 140, 2))
    assert (laid.low, laid.high) == ((1, 120, 1), (9, 130, 1))
    assert [laid.shares_column(sample) for sample in (laid.first, laid.low)] == [False, True]


def test_means_of_the_largest_doubles_are_finite():
    laid = lay(series((100, 1e308), (110, 1e308), (120, -1e308)), WINDOW, 2)
    assert all(map(math.isfinite, laid.means()[:1]))
    assert laid.high.value == 1e308


@settings(deadline=None)
@given(
    points=st.dictionaries(st.floats(95, 160), st.floats(-1e3, 1e3) | st.just(math.nan), max_size=30),
    most=st.integers(1, 6),
)
def test_every_sample_of_the_window_lies_in_the_column_of_its_nearest_step(points, most):
    laid = lay(series(*sorted(points.items())), WINDOW, most)
    expected = [[] for _ in range(math.ceil(5 / laid.group))]
    for at, value in sorted(points.items()):
        step = math.floor((at - 100) / 10 + 0.5)
        if 0 <= step < 5 and math.isfinite(value):
            expected[step // laid.group].append(value)
    assert [list(laid.values[a:b]) for a, b in pairwise(laid.cuts)] == expected
    assert len(expected) <= most


def test_runs_are_the_stretches_between_gaps():
    assert runs([1, 2, None, 3, None, None, 4, 5]) == [(0, 2), (3, 4), (6, 8)]
    assert runs([]) == []


def test_stretches_are_even_and_cover_everything():
    assert stretches(240, 12)[:2] == [(0, 20), (20, 40)]
    assert stretches(5, 12) == [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)]
    assert [end - begin for begin, end in stretches(31, 30)].count(2) == 1
    assert means_of([1, 3, None, None, 5, None], 3) == [2, None, 5]


def test_columns_are_one_stretch_as_long_as_no_gap_is_longer_than_the_reach():
    values = [None, 1.0, None, None, 2.0, None, None, None, 3.0]
    assert runs(values) == [(1, 2), (4, 5), (8, 9)]
    assert runs(values, 3) == [(1, 5), (8, 9)]
    assert runs([None]) == []


def test_a_gap_is_longer_than_one_and_a_half_periods():
    window = Window(0.0, 3600.0, 60.0)
    laid = lay(series(*((at, 1.0) for at in range(0, 3601, 300))), window, 240)
    assert (laid.period, laid.reach) == (300, 7)
    assert lay(series(*((at, 1.0) for at in range(0, 3601, 60))), window, 240).reach == 1


def test_a_window_shorter_than_a_period_has_the_sample_before_it_while_that_is_current():
    day = 86_400.0
    laid = lay(series((0.0, 1.0), (day, 2.0)), Window(2 * day, 2 * day + 3600, 60.0), 240)
    assert (laid.last.value, laid.last.at, laid.last.column) == (2.0, day, 0)
    late = lay(series((0.0, 1.0), (day, 2.0)), Window(3 * day, 3 * day + 3600, 60.0), 240)
    assert not late.values

import math
from array import array

from sitegen.metrics.model import Series
from sitegen.units import Window
from sitegen.visualization.primitives.columns import facts_of, lay, means_of, runs, stretches

WINDOW = Window(100.0, 140.0, 10.0)


def series(*points):
    return Series({}, array("d", [at for at, _ in points]), array("d", [value for _, value in points]))


def test_a_sample_belongs_to_the_nearest_step_and_others_stay_empty():
    laid = lay(series((100, 1), (111, 2), (138.9, 4)), WINDOW, 240)
    assert laid.mean == (1, 2, None, None, 4)


def test_samples_outside_the_window_and_not_finite_ones_are_left_out():
    laid = lay(series((80, 9), (100, math.nan), (110, math.inf), (120, 3), (200, 9)), WINDOW, 240)
    assert laid.mean == (None, None, 3, None, None)


def test_several_samples_of_a_column_keep_their_least_mean_and_largest():
    laid = lay(series((100, 1), (110, 3), (120, 8)), WINDOW, 3)
    assert (laid.low, laid.mean, laid.high) == ((1, 8, None), (2, 8, None), (3, 8, None))
    assert laid.crowded
    assert laid.group == 2


def test_facts_are_of_finite_samples_and_say_how_many_were_not():
    facts = facts_of(series((100, 5), (110, math.nan), (120, 1), (130, 9), (140, 4)), WINDOW)
    assert (facts.first, facts.last, facts.low, facts.low_at, facts.high, facts.high_at) == (
        5,
        4,
        1,
        120,
        9,
        130,
    )
    assert facts.broken == 1
    assert facts.current


def test_a_series_that_ended_is_not_current():
    assert not facts_of(series((100, 5), (110, 1)), WINDOW).current


def test_a_series_without_a_finite_sample_has_no_facts():
    assert facts_of(series((100, math.nan)), WINDOW) is None
    assert facts_of(series(), WINDOW) is None


def test_runs_are_the_stretches_between_gaps():
    assert runs([1, 2, None, 3, None, None, 4, 5]) == [(0, 2), (3, 4), (6, 8)]
    assert runs([]) == []


def test_stretches_are_even_and_cover_everything():
    assert stretches(240, 12)[:2] == [(0, 20), (20, 40)]
    assert stretches(5, 12) == [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)]
    assert [end - begin for begin, end in stretches(31, 30)].count(2) == 1
    assert means_of([1, 3, None, None, 5, None], 3) == [2, None, 5]

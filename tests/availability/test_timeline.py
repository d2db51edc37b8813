"""From observations to intervals."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.availability.model import Interval, Maintenance, ProbeResult, ServiceState
from sitegen.availability.timeline import (
    clip,
    cycle_intervals,
    intervals_of,
    is_under_maintenance,
    merge,
    with_maintenance,
)

UP, DEGRADED, DOWN = ServiceState.UP, ServiceState.DEGRADED, ServiceState.DOWN
NO_DATA, MAINTENANCE = ServiceState.NO_DATA, ServiceState.MAINTENANCE


def result(at, state=UP):
    return ProbeResult(probe="p", at=at, state=state)


def test_a_result_speaks_for_its_cycle_and_a_missed_cycle_is_no_data():
    found = intervals_of([result(0), result(30), result(90, DOWN)], 30.0, 0.0, 120.0)
    assert found == [Interval(0, 60, UP), Interval(60, 90, NO_DATA), Interval(90, 120, DOWN)]


def test_without_results_everything_is_no_data():
    assert intervals_of([], 30.0, 0.0, 120.0) == [Interval(0, 120, NO_DATA)]


def test_results_in_any_order_and_closer_than_a_cycle_do_not_overlap():
    found = intervals_of([result(40, DOWN), result(10), result(0)], 30.0, 0.0, 60.0)
    assert found == [Interval(0, 40, UP), Interval(40, 60, DOWN)]


def test_of_two_results_at_one_instant_the_later_counts():
    assert intervals_of([result(0), result(0, DOWN)], 30.0, 0.0, 30.0) == [Interval(0, 30, DOWN)]


def test_a_result_just_before_the_start_speaks_for_the_beginning():
    assert intervals_of([result(-10)], 30.0, 0.0, 60.0) == [Interval(0, 20, UP), Interval(20, 60, NO_DATA)]


def test_a_cycle_that_did_not_run_is_never_up():
    found = cycle_intervals([0.0, 30.0, 120.0], 30.0, 0.0, 150.0)
    assert found == [Interval(0, 60, UP), Interval(60, 120, NO_DATA), Interval(120, 150, UP)]


def test_maintenance_cuts_an_interval_in_three():
    planned = [Maintenance("move", 20, 40)]
    assert with_maintenance([Interval(0, 60, DOWN)], planned, "p") == [
        Interval(0, 20, DOWN), Interval(20, 40, MAINTENANCE), Interval(40, 60, DOWN),
    ]  # fmt: skip


def test_maintenance_concerns_the_probes_it_names_or_all():
    intervals = [Interval(0, 60, DOWN)]
    assert with_maintenance(intervals, [Maintenance("move", 0, 60, ("other",))], "p") == intervals
    assert with_maintenance(intervals, [Maintenance("move", 0, 60, ("p",))], "p") == [
        Interval(0, 60, MAINTENANCE)
    ]
    assert is_under_maintenance([Maintenance("move", 0, 60)], "p", 59.9).title == "move"
    assert is_under_maintenance([Maintenance("move", 0, 60)], "p", 60) is None


def test_overlapping_maintenance_counts_once_and_an_empty_one_not_at_all():
    planned = [Maintenance("a", 10, 30), Maintenance("b", 20, 40), Maintenance("c", 50, 50)]
    assert with_maintenance([Interval(0, 60, UP)], planned, "p") == [
        Interval(0, 10, UP), Interval(10, 40, MAINTENANCE), Interval(40, 60, UP),
    ]  # fmt: skip


def test_clipping_keeps_what_lies_inside():
    intervals = [Interval(0, 10, UP), Interval(10, 20, DOWN), Interval(20, 30, UP)]
    assert clip(intervals, 5, 20) == [Interval(5, 10, UP), Interval(10, 20, DOWN)]
    assert clip(intervals, 30, 40) == []


observations = st.lists(st.tuples(st.integers(-40, 400), st.sampled_from([UP, DEGRADED, DOWN])), max_size=30)


@given(observations, st.sampled_from([7.0, 30.0]), st.integers(0, 100), st.integers(1, 300))
@settings(deadline=None, max_examples=200)
def test_intervals_tile_their_window_exactly(observed, cycle, start, length):
    found = intervals_of(
        [result(float(at), state) for at, state in observed], cycle, float(start), float(start + length)
    )
    assert (found[0].start, found[-1].end) == (start, start + length)
    assert all(one.end == after.start and one.state is not after.state for one, after in pairwise(found))
    assert all(one.end > one.start for one in found)
    assert merge(found) == found

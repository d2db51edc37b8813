"""Intervals joined, clipped, and cut by planned times."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.availability.model import Interval, Maintenance, ServiceState
from sitegen.availability.timeline import (
    clip,
    confirmed,
    differences,
    is_under_maintenance,
    merge,
    with_maintenance,
)

UP, DEGRADED, DOWN = ServiceState.UP, ServiceState.DEGRADED, ServiceState.DOWN
NO_DATA, MAINTENANCE = ServiceState.NO_DATA, ServiceState.MAINTENANCE


LETTERS = {"u": UP, "g": DEGRADED, "d": DOWN, "-": NO_DATA, " ": None}


def cycles(letters):
    """A cycle of 30 seconds for each letter; a blank is one that did not run."""
    return merge(
        Interval(30.0 * number, 30.0 * number + 30, LETTERS[letter])
        for number, letter in enumerate(letters)
        if LETTERS[letter]
    )


@pytest.mark.parametrize(("needed", "measured", "called"), [
    (1, "uduudd", "uduudd"),
    (2, "uduudu", "uuuuuu"),
    (2, "uddduu", "uddduu"),
    (2, "uddudu", "uddddd"),
    (3, "udduddduuduuu", "uuuudddddduuu"),
    (2, "ggdgdd", "ggggdd"),
    (2, "ud-du", "ud-dd"),
    (2, "ud du", "ud dd"),
    (2, "ud-uu", "uu-uu"),
    (2, "d-uu", "--uu"),
    (2, "ddu", "ddd"),
    (2, "d", "-"),
    (2, "ddugu", "ddugu"),
    (9, "udddddddd", "uuuuuuuuu"),
    (2, "", ""),
])  # fmt: skip
def test_a_state_is_called_when_it_is_confirmed_and_holds_from_the_first_cycle_that_showed_it(
    needed, measured, called
):
    assert confirmed(cycles(measured), needed, 30.0) == cycles(called)


@given(st.text("ugd- ", max_size=40), st.integers(1, 5))
@settings(deadline=None, max_examples=300)
def test_no_outage_is_shorter_than_its_confirmation_and_what_was_not_learnt_stays_so(letters, needed):
    called = confirmed(cycles(letters), needed, 30.0)
    at = {number: letter for number, letter in enumerate(letters) if letter != " "}
    words = {
        number: next(
            word
            for word, state in LETTERS.items()
            for one in called
            if one.state is state and one.start <= number * 30 < one.end
        )
        for number in at
    }
    assert all(words[number] == "-" for number, letter in at.items() if letter == "-")
    row = "".join(
        "d" if words[number] == "d" else "u" for number, letter in at.items() if words[number] != "-"
    )
    assert all(len(part) >= needed for part in row.split("u") if part)
    assert confirmed(cycles(letters), 1, 30.0) == cycles(letters)


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


pieces = st.lists(
    st.tuples(st.integers(1, 30), st.sampled_from([UP, DEGRADED, DOWN])), min_size=1, max_size=30
)
plans = st.lists(st.tuples(st.integers(-10, 400), st.integers(0, 60)), max_size=5)


@given(pieces, plans)
@settings(deadline=None, max_examples=200)
def test_intervals_that_tile_their_window_still_do_with_maintenance_cut_out(pieces, plans):
    intervals, at = [], 0.0
    for length, state in pieces:
        intervals.append(Interval(at, at + length, state))
        at += length
    planned = [Maintenance("move", float(start), float(start + length)) for start, length in plans]
    found = with_maintenance(merge(intervals), planned, "p")
    assert (found[0].start, found[-1].end) == (0, at)
    assert all(one.end == after.start and one.state is not after.state for one, after in pairwise(found))
    assert all(one.end > one.start for one in found)
    assert merge(found) == found


def test_planned_time_without_a_cycle_is_planned_all_the_same():
    intervals = [Interval(0, 20, UP), Interval(50, 60, UP)]
    assert with_maintenance(intervals, [Maintenance("move", 10, 40)], "p") == [
        Interval(0, 10, UP), Interval(10, 40, MAINTENANCE), Interval(50, 60, UP),
    ]  # fmt: skip
    assert with_maintenance(intervals, [Maintenance("move", -50, 10), Maintenance("move", 55, 90)], "p") == [
        Interval(0, 10, MAINTENANCE), Interval(10, 20, UP), Interval(50, 55, UP), Interval(55, 60, MAINTENANCE),
    ]  # fmt: skip
    assert with_maintenance([], [Maintenance("move", 0, 40)], "p") == []


def test_what_is_otherwise_than_before_is_told_apart():
    before = [Interval(0, 30, UP), Interval(30, 40, DOWN)]
    after = [Interval(0, 20, UP), Interval(20, 50, DOWN)]
    assert differences(before, after, 60) == [Interval(20, 30, DOWN)]
    assert differences(before, after, 25) == [Interval(20, 25, DOWN)]
    assert differences(before, before, 60) == []
    assert differences(before, [Interval(-9, 5, MAINTENANCE)], 60) == [Interval(0, 5, MAINTENANCE)]

"""How the ticks of a time went."""

from hypothesis import given
from hypothesis import strategies as st
from sitegen.instrumentation.ticks import Ran, judge_ticks

SLOT, CYCLE = 1_764_000_000.0, 30.0


def ran(number, late=0.2, took=1.0):
    slot = SLOT + CYCLE * number
    return Ran(slot, slot + late, slot + late + took)


def test_builds_in_every_slot_miss_nothing_and_are_as_late_as_they_began():
    assert judge_ticks([ran(0), ran(1, late=0.5), ran(2)], CYCLE) == (0, 0, (ran(0).drift, 0.5, ran(2).drift))


def test_ticks_that_passed_while_a_build_was_at_work_were_busy_and_the_others_are_merely_missed():
    told = judge_ticks([ran(0, took=65.0), ran(5)], CYCLE)
    assert (told.missed, told.busy) == (4, 2)


def test_a_build_that_overran_into_a_tick_that_ran_late_has_missed_none():
    told = judge_ticks([ran(0, took=31.0), ran(1, late=2.0)], CYCLE)
    assert (told.missed, told.busy) == (0, 0)


def test_two_builds_in_a_slot_are_one_tick_and_the_order_does_not_matter():
    builds = [ran(3), ran(0), ran(0, late=4.0), ran(1)]
    assert judge_ticks(builds, CYCLE)[:2] == judge_ticks(builds[::-1], CYCLE)[:2] == (1, 0)


def test_without_builds_nothing_is_known():
    assert judge_ticks([], CYCLE) == (0, 0, ())


@given(st.sets(st.integers(0, 200), min_size=1), st.floats(0.0, 200.0))
def test_what_ran_and_what_was_missed_are_all_ticks(slots, took):
    told = judge_ticks([ran(slot, took=took) for slot in slots], CYCLE)
    assert len(slots) + told.missed == max(slots) - min(slots) + 1
    assert 0 <= told.busy <= told.missed

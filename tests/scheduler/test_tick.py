"""Which slot a run belongs to, how late it is, and what was missed before it."""

from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.scheduler.tick import Tick, next_due, tick

NOON = 1_795_420_800.0


def test_a_run_belongs_to_the_slot_that_began_last():
    assert tick(NOON + 30.25, 30.0, NOON) == Tick(slot=NOON + 30, drift=0.25, missed=0)


def test_the_first_run_missed_nothing():
    assert tick(NOON, 30.0, None) == Tick(slot=NOON, drift=0.0, missed=0)


def test_a_second_run_in_a_slot_missed_nothing():
    assert tick(NOON + 12, 30.0, NOON).missed == 0


@pytest.mark.parametrize("gap", [1, 2, 10, 2880])
def test_a_gap_of_n_cycles_missed_all_but_one(gap):
    assert tick(NOON + gap * 30 + 3, 30.0, NOON).missed == gap - 1


@pytest.mark.parametrize("jump", [-3600, -400 * 86_400, -1])
def test_a_clock_that_went_back_missed_nothing(jump):
    now = tick(NOON + jump, 30.0, NOON)
    assert now.missed == 0
    assert 0 <= now.drift < 30


def test_summer_time_moves_no_slot():
    zone = ZoneInfo("Europe/Berlin")
    for day in ((2026, 3, 29), (2026, 10, 25)):
        midnight = datetime(*day, tzinfo=zone).timestamp()
        slots = [tick(midnight + second, 30.0, None).slot for second in range(0, 6 * 3600, 30)]
        assert [later - slot for slot, later in pairwise(slots)] == [30.0] * (len(slots) - 1)


@pytest.mark.parametrize("now", [0.0, 2**31 - 1.0, 2.0**31, 2.0**32, 253_402_300_799.0])
def test_the_end_of_32_bits_is_an_instant_like_any_other(now):
    assert tick(now, 30.0, None).slot == now // 30 * 30


@settings(deadline=None, max_examples=300)
@given(
    st.floats(0, 4e9, allow_nan=False),
    st.sampled_from([1.0, 15.0, 30.0, 60.0, 300.0, 3600.0, 86_400.0]),
    st.integers(-5000, 5000),
)
def test_slots_are_multiples_of_the_cycle_and_lateness_is_less_than_one(now, cycle, back):
    first = tick(now, cycle, None)
    assert first.slot % cycle == 0
    assert 0 <= first.drift < cycle
    assert first.slot <= now < next_due(first.slot, cycle)
    assert tick(now, cycle, first.slot - back * cycle).missed == max(0, back - 1)


def test_the_next_run_is_due_one_cycle_after_the_slot():
    assert next_due(NOON, 30.0) == NOON + 30

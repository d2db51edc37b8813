"""The breakers: how often a source that is down is asked."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.state.breakers import Breaker

CYCLE = 30.0
START = 1_764_000_000.0


def asked(ticks, *, up=lambda tick: False, breaker=None, drift=lambda tick: 0.0):
    """The ticks at which the source is asked."""
    breaker = breaker or Breaker()
    found = []
    for tick in range(ticks):
        now = START + tick * CYCLE + drift(tick)
        if breaker.allows(now):
            found.append(tick)
            breaker = breaker.after(ok=up(tick), now=now)
    return found


def test_a_source_that_is_up_is_asked_every_time():
    assert asked(50, up=lambda tick: True) == list(range(50))


def test_two_failures_do_not_open_it():
    assert asked(10, up=lambda tick: tick >= 2) == list(range(10))


def test_a_hundred_cycles_down_cost_at_most_fifteen_questions():
    assert len(asked(100)) <= 15


def test_a_timer_that_drifts_a_little_loses_no_probe():
    assert asked(100, drift=lambda tick: (-1.9, 2.3, 0.4, -0.6)[tick % 4]) == asked(100)


@pytest.mark.parametrize("back_at", range(3, 100, 7))
def test_after_recovery_the_next_probe_closes_it(back_at):
    ticks = asked(back_at + 40, up=lambda tick: tick >= back_at)
    first = next(tick for tick in ticks if tick >= back_at)
    assert first - back_at <= 10
    assert [tick for tick in ticks if tick >= first] == list(range(first, back_at + 40))


@pytest.mark.parametrize("jump", [-400 * 86_400.0, -3600.0, -60.0, 3600.0, 400 * 86_400.0])
def test_a_clock_that_jumps_cannot_shut_it_for_longer_than_the_longest_pause(jump):
    breaker = Breaker()
    for tick in range(20):
        breaker = breaker.after(ok=False, now=START + tick * CYCLE)
    here = START + 20 * CYCLE + jump
    waits = [tick for tick in range(11) if breaker.allows(here + tick * CYCLE)]
    assert waits


def test_a_clock_that_was_set_back_costs_one_question():
    breaker = Breaker(failures=9, changed_at=START)
    assert breaker.allows(START - 3600)
    breaker = breaker.after(ok=False, now=START - 3600)
    assert not breaker.allows(START - 3600 + CYCLE)


@pytest.mark.parametrize(
    "row", [(None, None), ("x", 1.0), (-1, 1.0), (b"\x00", b"\xff"), (1.5, 2.0), ({}, []), (3, "late")]
)
def test_a_stored_state_that_cannot_be_read_is_closed(row):
    assert Breaker.stored(*row) == Breaker()
    assert Breaker.stored(*row).allows(0.0)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(st.booleans(), st.floats(-1e9, 1e12, allow_nan=False, allow_infinity=False)), max_size=30
    )
)
def test_whatever_the_clock_says_every_state_can_be_stored_and_read(runs):
    breaker = Breaker()
    for ok, now in runs:
        breaker = breaker.after(ok=ok, now=now)
        assert Breaker.stored(breaker.failures, breaker.changed_at) == breaker
        assert breaker.allows(now + 300.0)
        if ok:
            assert breaker == Breaker()


def test_a_count_beyond_all_measure_still_has_the_longest_pause():
    breaker = Breaker.stored(10**12, START)
    assert not breaker.allows(START + 290)
    assert breaker.allows(START + 300)

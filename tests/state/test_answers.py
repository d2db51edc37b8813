"""The last known good answers, and what bounds them."""

import pytest
from sitegen.state.folder import State

NOW = 1_764_000_000.0
DAY = 86_400.0


def test_an_answer_is_the_last_one_put(state):
    state.answers.put("a", NOW, b"one")
    state.answers.put("a", NOW + 30, b"two")
    assert state.answers.get("a") == (NOW + 30, b"two")
    assert state.answers.get("b") is None


def test_an_empty_answer_is_an_answer(state):
    state.answers.put("a", NOW, b"")
    assert state.answers.get("a") == (NOW, b"")


def test_beyond_two_thousand_the_oldest_go(state):
    with state.batch():
        for number in range(2010):
            state.answers.put(str(number), NOW + number, b"x")
    kept = [number for number in range(2010) if state.answers.get(str(number))]
    assert kept == list(range(10, 2010))


def test_beyond_its_room_the_oldest_go(state):
    for number in range(5):
        state.answers.put(str(number), NOW + number, b"x" * 20_000_000)
    assert [number for number in range(5) if state.answers.get(str(number))] == [2, 3, 4]


def test_an_answer_larger_than_all_the_room_leaves_the_others_alone(state):
    state.answers.put("a", NOW, b"one")
    state.answers.put("b", NOW, b"x" * 64_000_001)
    assert state.answers.get("a") == (NOW, b"one")
    assert state.answers.get("b") is None


def test_an_answer_that_nobody_asked_for_in_thirty_days_goes(folder):
    with State.open(folder, NOW) as state:
        state.answers.put("asked for", NOW, b"one")
        state.answers.put("forgotten", NOW, b"two")
    with State.open(folder, NOW + 20 * DAY) as state:
        assert state.answers.get("asked for") == (NOW, b"one")
    for day in (31, 32):
        with State.open(folder, NOW + day * DAY) as state:
            for name in ("new", "newer"):
                state.answers.put(name, NOW + day * DAY, b"three")
    with State.open(folder, NOW + 32 * DAY) as state:
        assert state.answers.get("asked for") == (NOW, b"one")
        assert state.answers.get("forgotten") is None


@pytest.mark.parametrize("jump", [400 * DAY, -400 * DAY])
def test_a_clock_that_jumps_for_one_run_costs_no_answer(folder, jump):
    with State.open(folder, NOW) as state:
        with state.batch():
            for number in range(100):
                state.answers.put(str(number), NOW, b"x")
    with State.open(folder, NOW + jump) as state:
        for name in ("new", "newer"):
            state.answers.put(name, NOW + jump, b"x")
    with State.open(folder, NOW + 30) as state:
        assert sum(state.answers.get(str(number)) is not None for number in range(100)) == 100


@pytest.mark.parametrize("year", [-62_135_596_800.0, 253_402_300_799.0])
def test_an_answer_of_the_first_or_the_last_year_of_the_calendar_is_no_damage(folder, year):
    with State.open(folder, year) as state:
        state.answers.put("a", year, b"one")
    with State.open(folder, NOW) as state:
        assert state.answers.get("a") == (year, b"one")
        assert state.problems == ()


def test_an_answer_in_which_a_bit_has_changed_is_not_there(state, folder):
    state.answers.put("a", NOW, b"<p>one</p>")
    state.close()
    path = folder / "state.db"
    damaged = path.read_bytes().replace(b"<p>one", b"<q>one")
    path.write_bytes(damaged)
    with State.open(folder, NOW) as opened:
        assert opened.answers.get("a") is None
        assert opened.problems == ()

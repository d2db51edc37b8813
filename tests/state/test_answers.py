"""The last known good answers, and what bounds them."""

import pytest
from sitegen.errors import Notice
from sitegen.freshness import Freshness, Observed
from sitegen.state.answers import AUTHORED, Form
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


def test_no_number_of_answers_drops_what_the_pages_of_the_author_were(state):
    with state.batch():
        state.answers.put(AUTHORED, NOW, b"pages")
        for number in range(2010):
            state.answers.put(str(number), NOW + number, b"x")
    assert state.answers.get(AUTHORED) == (NOW, b"pages")
    assert state.answers.get("9") is None
    assert state.answers.get("10")


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


# --- What is known ----------------------------------------------------------------

TEXT = Form(str.encode, lambda body: body.decode() if body.isascii() else None)
NOTICE = Notice("metrics.prom", "does not answer")


def known(state, value, now=NOW):
    return state.answers.keep_or_recall("key", value, TEXT, (NOTICE,), now=now, cycle=30.0)


def test_a_value_that_came_is_fresh_and_kept(state):
    assert known(state, "new") == Observed("new", NOW, Freshness.FRESH)
    assert state.answers.get("key") == (NOW, b"new")


@pytest.mark.parametrize(
    ("age", "status"),
    [
        (59, Freshness.FRESH), (60, Freshness.FRESH), (61, Freshness.STALE), (3599, Freshness.STALE),
        (3600, Freshness.STALE), (3601, Freshness.EXPIRED), (-3600, Freshness.FRESH), (-400 * 86_400, Freshness.FRESH),
    ],
)  # fmt: skip
def test_without_one_the_last_known_good_stays_with_its_age(state, age, status):
    known(state, "old", NOW - age)
    assert known(state, None) == Observed("old", NOW - age, status, (NOTICE,))


def test_without_anything_it_is_missing_and_says_why(state):
    assert known(state, None) == Observed(None, None, Freshness.MISSING, (NOTICE,))


def test_what_was_kept_and_is_damaged_is_missing(state):
    state.answers.put("key", NOW, b"\xff")
    assert known(state, None).status is Freshness.MISSING


def test_an_empty_value_is_known_absence_and_not_the_last_known_good(state):
    known(state, "old", NOW - 30)
    assert known(state, "").value == ""

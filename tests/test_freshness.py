import pytest
from sitegen.errors import Notice
from sitegen.freshness import EXPIRED_AFTER, Freshness, classify, missing, observed

CYCLE = 30.0


@pytest.mark.parametrize(
    ("age", "status"),
    [
        (0, "fresh"),
        (60, "fresh"),
        (60.1, "stale"),
        (EXPIRED_AFTER, "stale"),
        (EXPIRED_AFTER + 0.1, "expired"),
    ],
)
def test_a_value_is_fresh_for_two_cycles_then_stale_then_expired_after_an_hour(age, status):
    assert classify(1000.0, 1000.0 + age, CYCLE) == status


def test_a_clock_that_jumped_back_makes_nothing_old():
    assert classify(5000.0, 1000.0, CYCLE) is Freshness.FRESH


def test_what_was_never_fetched_is_missing():
    assert classify(None, 1000.0, CYCLE) is Freshness.MISSING


def test_an_hour_makes_a_value_expired_even_where_two_cycles_are_longer():
    assert classify(0.0, EXPIRED_AFTER + 1, 7200.0) is Freshness.EXPIRED


def test_an_observed_value_carries_its_age_and_its_problems():
    notice = Notice("metrics.prometheus", "does not answer")
    seen = observed("value", 1000.0, 1100.0, CYCLE, (notice,))
    assert (seen.value, seen.taken_at, seen.status, seen.notices) == ("value", 1000.0, "stale", (notice,))


def test_a_missing_value_says_why():
    notice = Notice("metrics.prometheus", "does not answer")
    assert (missing(notice).value, missing(notice).status, missing(notice).notices) == (
        None,
        "missing",
        (notice,),
    )

"""What is said of a service now."""

import pytest
from sitegen.availability.model import Interval, Maintenance, Probe, ProbeResult, ServiceState
from sitegen.availability.status import call, current_status

UP, DEGRADED, DOWN, NO_DATA = ServiceState.UP, ServiceState.DEGRADED, ServiceState.DOWN, ServiceState.NO_DATA
PROBE = Probe(id="home", title="Home", url="https://example.org/")


def latest(at, state=UP, message=""):
    return ProbeResult(probe="home", at=at, state=state, latency=0.25, reason=message)


@pytest.mark.parametrize(("found", "called", "reason"), [
    (DOWN, UP, "answers with an error 500; not confirmed yet"), (UP, DOWN, "answers again; not confirmed yet"),
    (DOWN, DOWN, "answers with an error 500"),
])  # fmt: skip
def test_a_state_that_is_not_the_one_found_is_told_with_why(found, called, reason):
    result = call(latest(60, found, "answers with an error 500"), called)
    assert (result.state, result.reason) == (called, reason)


def test_the_latest_result_is_the_state_and_its_intervals_tell_since_when():
    intervals = [Interval(0, 300, UP), Interval(300, 600, DOWN)]
    status = current_status(PROBE, latest(570, DOWN, "Home answered 500"), intervals, now=590, cycle=30)
    assert (status.id, status.title, status.state, status.since) == ("home", "Home", DOWN, 300)
    assert (status.latency, status.reason) == (0.25, "Home answered 500")


@pytest.mark.parametrize("gap, since", [(30, 0), (75, 0), (76, 300 + 76)])
def test_a_lost_tick_does_not_make_a_state_begin_anew(gap, since):
    intervals = [Interval(0, 300, UP), Interval(300, 300 + gap, NO_DATA), Interval(300 + gap, 900, UP)]
    assert current_status(PROBE, latest(870), intervals, now=880, cycle=30).since == since


def test_another_state_in_between_does():
    intervals = [Interval(0, 300, UP), Interval(300, 330, DEGRADED), Interval(330, 900, UP)]
    assert current_status(PROBE, latest(870), intervals, now=880, cycle=30).since == 330


def test_a_result_that_is_not_in_the_intervals_yet_begins_now():
    assert current_status(PROBE, latest(900, DOWN), [Interval(0, 900, UP)], now=905, cycle=30).since == 900
    assert current_status(PROBE, latest(900), [Interval(0, 900, UP)], now=905, cycle=30).since == 0
    assert current_status(PROBE, latest(900), [], now=905, cycle=30).since == 900


@pytest.mark.parametrize("age, state", [(59, UP), (60, UP), (61, NO_DATA)])
def test_a_result_says_nothing_about_now_after_two_cycles(age, state):
    status = current_status(PROBE, latest(0), [Interval(0, 30, UP)], now=age, cycle=30)
    assert status.state is state
    if state is NO_DATA:
        assert status.since == 30
        assert "not probed since 1970-01-01T00:00:00Z" in status.reason


def test_what_was_never_probed_is_no_data_since_nobody_knows_when():
    status = current_status(PROBE, None, [], now=0, cycle=30)
    assert (status.state, status.since) == (NO_DATA, None)


def test_a_planned_time_overrides_what_was_found():
    planned = [Maintenance("Moving house", 500, 700, ("home",))]
    during = current_status(PROBE, latest(570, DOWN), [], now=590, cycle=30, maintenance=planned)
    assert (during.state, during.since, during.reason) == (ServiceState.MAINTENANCE, 500, "Moving house")
    after = current_status(PROBE, latest(690, DOWN), [], now=700, cycle=30, maintenance=planned)
    assert after.state is DOWN


def test_a_result_from_the_future_of_a_clock_that_went_back_is_fresh():
    assert current_status(PROBE, latest(4000), [], now=400, cycle=30).state is UP

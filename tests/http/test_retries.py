"""How often a request is sent, how long the pauses are, and who is asked to pay for them."""

import statistics
from email.utils import formatdate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.http import Answer, Fault, FaultKind, RetryBudget
from sitegen.http.retries import CEILING, FIRST, Backoff, retry_after

from faulty_server import Failure, Position, Reply

NOW = 1_795_420_800.0


@pytest.mark.parametrize("status, requests", [
    (400, 1), (401, 1), (403, 1), (404, 1), (422, 1), (500, 1), (501, 1), (429, 3), (502, 3), (503, 3), (504, 3),
])  # fmt: skip
def test_only_what_may_pass_is_asked_again(status, requests, server, make_session, quick_backoff):
    server.then(Reply(status=status))
    result = make_session(server.url).request("GET", "/")
    assert isinstance(result, Fault)
    assert (result.status, result.attempts, len(server.requests)) == (status, requests, requests)


@pytest.mark.parametrize("method, idempotent, requests", [
    ("GET", None, 3), ("HEAD", None, 3), ("PUT", None, 3), ("DELETE", None, 3), ("POST", None, 1), ("PATCH", None, 1),
    ("POST", True, 3), ("GET", False, 1),
])  # fmt: skip
@pytest.mark.usefixtures("quick_backoff")
def test_only_an_idempotent_request_is_sent_twice(method, idempotent, requests, server, make_session):
    server.then(Reply(status=503))
    make_session(server.url).request(method, "/", idempotent=idempotent)
    assert len(server.requests) == requests


def test_the_pauses_of_a_thousand_sessions_are_spread_over_the_whole_range():
    for attempts, ceiling in ((1, FIRST), (2, 2 * FIRST), (3, CEILING), (9, CEILING)):
        pauses = [Backoff(seed).pause(attempts) for seed in range(1000)]
        assert 0 <= min(pauses) < max(pauses) <= ceiling
        assert statistics.stdev(pauses) >= 0.25 * ceiling
        assert statistics.mean(pauses) == pytest.approx(ceiling / 2, rel=0.1)


def test_the_same_seed_gives_the_same_pauses():
    assert [Backoff(3).pause(n) for n in (1, 2)] == [Backoff(3).pause(n) for n in (1, 2)]


def test_the_pause_comes_after_what_the_server_asked_for():
    assert 5 <= Backoff(1).pause(1, 5.0) <= 5 + FIRST


@pytest.mark.parametrize("headers, seconds", [
    ({"retry-after": "7"}, 7.0),
    ({"retry-after": " 0 "}, 0.0),
    ({"retry-after": formatdate(NOW + 9, usegmt=True)}, 9.0),
    ({"retry-after": formatdate(NOW - 9, usegmt=True)}, 0.0),
    ({"retry-after": formatdate(NOW + 1009, usegmt=True), "date": formatdate(NOW + 1000, usegmt=True)}, 9.0),
    ({"retry-after": "soon"}, None),
    ({"retry-after": "-3"}, None),
    ({"retry-after": "٣"}, None),
    ({}, None),
])  # fmt: skip
def test_retry_after_is_read_as_seconds_or_as_a_date(headers, seconds):
    assert retry_after(headers, NOW) == seconds


@given(st.text(max_size=40))
@settings(deadline=None, max_examples=200)
def test_no_retry_after_can_break_the_door(text):
    seconds = retry_after({"retry-after": text}, NOW)
    assert seconds is None or seconds >= 0


def test_retry_after_is_obeyed_inside_the_deadline(server, make_session, monkeypatch):
    slept = []
    monkeypatch.setattr("sitegen.http.session.time.sleep", slept.append)
    server.then(Reply(status=429, headers=(("Retry-After", "3"),)), Reply(body=b"now"))
    result = make_session(server.url, seconds=10).request("GET", "/")
    assert isinstance(result, Answer)
    assert len(slept) == 1
    assert 3 <= slept[0] <= 3 + FIRST


def test_retry_after_beyond_the_deadline_ends_the_request_at_once(server, make_session):
    server.then(Reply(status=503, headers=(("Retry-After", "3600"),)))
    result = make_session(server.url, seconds=2).request("GET", "/")
    assert isinstance(result, Fault)
    assert (result.kind, result.status, result.attempts) == (FaultKind.STATUS, 503, 1)
    assert "no time to wait" in result.message


def test_a_spent_budget_ends_the_retries_of_all_sources_that_share_it(server, make_session, quick_backoff):
    server.then(Reply(status=503, body=b"busy"))
    budget = RetryBudget(3)
    results = [make_session(server.url, budget=budget).request("GET", "/") for _ in range(3)]
    assert [(result.kind, result.attempts) for result in results] == [
        (FaultKind.STATUS, 3), (FaultKind.BUDGET, 2), (FaultKind.BUDGET, 1),
    ]  # fmt: skip
    assert (results[2].status, results[2].body) == (503, b"busy")
    assert budget.left == 0


def test_a_budget_shared_by_threads_is_never_overdrawn():
    from concurrent.futures import ThreadPoolExecutor

    budget = RetryBudget(500)
    with ThreadPoolExecutor(8) as pool:
        taken = sum(pool.map(lambda _: budget.take(), range(4000)))
    assert (taken, budget.left) == (500, 0)


def test_threads_share_a_session_and_each_gets_its_own_answer(server, make_session):
    from concurrent.futures import ThreadPoolExecutor

    session = make_session(server.url, connections=2)
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda n: session.request("GET", f"/{n}"), range(40)))
    assert all(isinstance(result, Answer) and result.body == b"hello, world" for result in results)
    assert sorted(int(request.path[1:]) for request in server.requests) == list(range(40))


def test_attempts_that_hang_stay_inside_the_deadline_all_together(server, make_session):
    server.then(Reply(fault=Failure.HANG, at=Position.BEFORE))
    result = make_session(server.url, seconds=0.5, timeout=0.3).request("GET", "/")
    assert isinstance(result, Fault)
    assert result.attempts < 3  # for three there is no time


def test_what_chance_makes_of_the_pauses_does_not_change_the_words_of_a_fault(server, make_session):
    server.then(Reply(fault=Failure.HANG, at=Position.BEFORE))
    results = [
        make_session(server.url, seconds=0.6, timeout=0.2, seed=seed).request("GET", "/") for seed in range(8)
    ]
    assert {result.kind for result in results} == {FaultKind.TIMEOUT}
    assert len({result.message for result in results}) == 1
    assert len({result.attempts for result in results}) > 1

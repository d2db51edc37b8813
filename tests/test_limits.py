"""What does not end by itself is ended in its time; what waits is not taken for what works."""

import contextlib
import re
import signal
import threading
import time

import pytest
from pygments.lexers import get_lexer_by_name
from sitegen.limits import LateExpressionError, Limit, OutOfTimeError, Patience, main_thread

RUNAWAYS = ["(a+)+$", "(a|a)*b", "(?:a?){40}a{40}!", "^(([a])+.)+[A-Z]([a])+$"]


def spin():
    while True:
        pass


@pytest.mark.parametrize("pattern", RUNAWAYS)
def test_a_runaway_expression_is_late_and_soon_not_tried_at_all(pattern):
    patience, expression = Patience(), re.compile(pattern)
    for _ in range(3):
        with pytest.raises(LateExpressionError):
            patience.run(lambda: expression.search("a" * 60 + "?"))
    with pytest.raises(LateExpressionError):
        patience.run(lambda: pytest.fail("it is tried"))


def test_an_expression_that_is_in_time_gives_what_it_finds():
    assert Patience().run(lambda: re.search(r"b(\d+)", "ab12"))[1] == "12"


def test_a_lexer_that_runs_away_is_ended():
    limit = Limit(cpu=0.3)
    with pytest.raises(OutOfTimeError):
        limit.run(lambda: list(get_lexer_by_name("perl").get_tokens("s{" * 125_000)))
    assert limit.passed
    assert limit.sentence == "not finished after 0.3 s of work"


def test_what_catches_every_exception_holds_no_end_up():
    def deaf():
        while True:
            with contextlib.suppress(Exception):
                spin()

    with pytest.raises(OutOfTimeError):
        Limit(cpu=0.1).run(deaf)


def test_what_catches_even_the_first_end_is_ended_by_a_later_one():
    def deaf():
        try:
            spin()
        except BaseException:
            spin()

    with pytest.raises(OutOfTimeError):
        Limit(cpu=0.1).run(deaf)


def test_waiting_is_no_work():
    assert Limit(cpu=0.05).run(lambda: time.sleep(0.3)) is None


def test_a_deadline_ends_what_waits_too():
    limit = Limit(cpu=5, wall=0.1)
    with pytest.raises(OutOfTimeError):
        limit.run(lambda: time.sleep(60))
    assert limit.sentence == "not finished by the deadline"


def test_of_nested_limits_the_one_that_is_over_has_passed():
    outer, inner = Limit(cpu=0.1), Limit(cpu=60)
    with pytest.raises(OutOfTimeError):
        outer.run(lambda: inner.run(spin))
    assert (outer.passed, inner.passed) == (True, False)

    outer, inner = Limit(cpu=60), Limit(cpu=0.1)
    with pytest.raises(OutOfTimeError):
        outer.run(lambda: inner.run(spin))
    assert (outer.passed, inner.passed) == (False, True)


def test_a_limit_that_is_over_leaves_no_alarm_and_no_handler():
    before = signal.getsignal(signal.SIGALRM)
    Limit(wall=60).run(lambda: Limit(cpu=60).run(int))
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGALRM) is before


def test_a_limit_that_is_lifted_ends_nothing():
    limit = Limit(wall=0.1)

    def publish():
        limit.lift()
        time.sleep(0.5)
        return "whole"

    assert limit.run(publish) == "whole"


def test_a_thread_has_its_expressions_run_where_it_was_told_to():
    called = []

    def elsewhere(call):
        called.append(threading.current_thread().name)
        return call()

    def work():
        main_thread.set(elsewhere)
        found.append(Patience().run(lambda: re.search("b", "abc").start()))

    found = []
    thread = threading.Thread(target=work, name="worker")
    thread.start()
    thread.join()
    assert (found, called) == ([1], ["worker"])

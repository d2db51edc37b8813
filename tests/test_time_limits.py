"""The time limit of a test, seen from outside: small suites with tests that hang."""

import os
import re
import subprocess
import sys

import pytest
from tests.conftest import CHECKOUT

SUITE = """
import signal, subprocess, threading, time
import pytest

@pytest.fixture
def stubborn():
    yield
    time.sleep(100)

def test_sleeping():
    time.sleep(100)

def test_waiting():
    threading.Event().wait()

def test_of_a_child():
    subprocess.run(["sleep", "100"])

def test_with_an_alarm():
    signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    time.sleep(0.2)
    signal.setitimer(signal.ITIMER_REAL, 0)
    time.sleep(100)

def test_failing(stubborn):
    assert False

def test_after():
    pass
"""
DEAF = """
import signal, time
from tests import time_limits

time_limits.GRACE = 0.5

def test_deaf():
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    time.sleep(100)

def test_after():
    pass
"""


def run_suite(folder, text, *arguments):
    (folder / "test_suite.py").write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.time_limits", "-p", "no:cacheprovider", "-q", "-rA",
         f"--rootdir={folder}", *arguments, "test_suite.py"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        check=False,
        text=True,
    )  # fmt: skip
    return done.stdout, set(re.findall(r"^(?:FAILED|ERROR) test_suite.py::(\w+)", done.stdout, re.MULTILINE))


def test_tests_that_hang_fail_by_their_names_and_the_others_run(tmp_path):
    said, failed = run_suite(tmp_path, SUITE, "-n0", "--timeout=1")
    assert failed == {
        "test_sleeping",
        "test_waiting",
        "test_of_a_child",
        "test_with_an_alarm",
        "test_failing",
    }
    assert said.count("Failed: Timeout") >= 5
    # A fixture that hangs after a failure is an error of its own.
    assert "5 failed, 1 passed, 1 error" in said


def test_a_test_that_is_deaf_ends_with_its_process_and_tells_where_it_was(tmp_path):
    said, _ = run_suite(tmp_path, DEAF, "-n0", "--timeout=0.5")
    assert "Stack of MainThread" in said
    assert "time.sleep(100)" in said


@pytest.mark.slow
def test_a_test_that_is_deaf_fails_by_its_name_and_the_others_run_in_another_process(tmp_path):
    said, failed = run_suite(tmp_path, DEAF, "-n1", "--dist=worksteal", "--timeout=1")
    assert failed == {"test_deaf"}, said
    assert "1 passed" in said

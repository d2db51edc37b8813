import subprocess
import sys
import time

import pytest
from sitegen.instrumentation.clock import Deadline, FixedClock, SystemClock, steady


class HandClock:
    """A clock that moves when told."""

    fixed = False

    def __init__(self):
        self.at = 100.0

    def now(self):
        return self.at

    def monotonic(self):
        return self.at

    def thread_cpu(self):
        return 0.0


def test_a_deadline_counts_down_and_never_below_zero():
    clock = HandClock()
    deadline = Deadline(clock, 10)
    assert (deadline.remaining(), deadline.passed) == (10, False)
    clock.at += 4
    assert deadline.remaining() == 6
    clock.at += 60
    assert (deadline.remaining(), deadline.passed) == (0, True)


def test_a_deadline_of_nothing_has_passed_at_once():
    assert Deadline(HandClock(), 0).passed
    assert Deadline(HandClock(), -5).passed


def test_a_sooner_deadline_never_lies_behind_its_own():
    clock = HandClock()
    whole = Deadline(clock, 15)
    assert whole.sooner(10).remaining() == 10
    assert whole.sooner(99).remaining() == 15
    clock.at += 20
    assert whole.sooner(10).passed


def test_a_fixed_clock_stands_still_while_its_deadlines_run():
    clock = FixedClock(1_795_419_810.0)
    deadline = Deadline(clock, 0.02)
    time.sleep(0.03)
    assert (clock.fixed, clock.now(), deadline.passed) == (True, 1_795_419_810.0, True)


def test_the_machines_clock_is_not_fixed_and_goes_forward():
    clock = SystemClock()
    before, cpu = clock.monotonic(), clock.thread_cpu()
    assert abs(clock.now() - time.time()) < 5
    assert sum(range(1000)) == 499_500
    assert not clock.fixed
    assert clock.monotonic() >= before
    assert clock.thread_cpu() >= cpu


@pytest.mark.skipif(sys.platform != "linux", reason="macOS counts it on its monotonic clock")
def test_what_a_machine_sleeps_counts():
    before = time.clock_gettime(time.CLOCK_BOOTTIME)
    assert before <= SystemClock().monotonic() <= time.clock_gettime(time.CLOCK_BOOTTIME)


def test_the_start_of_a_process_is_told_to_a_hundredth_of_a_second():
    code = "from sitegen.instrumentation.clock import process_start; print(process_start())"
    before = steady()
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout
    assert before - 0.02 <= float(told) <= steady()
    if sys.platform == "linux":
        # Of a program that has done much before it asks, the same is told.
        late = f"import time; time.sleep(0.3); {code}; from sitegen.instrumentation.clock import steady; print(steady() - process_start())"
        done = subprocess.run([sys.executable, "-c", late], capture_output=True, check=True, text=True)
        assert float(done.stdout.split()[1]) >= 0.29

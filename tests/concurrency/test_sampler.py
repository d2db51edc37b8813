"""The one thread that runs beside a build."""

import threading
from itertools import count, pairwise

import pytest
from sitegen.concurrency.sampler import Sampler
from sitegen.instrumentation.clock import SystemClock
from tests.waiting import wait_for

CLOCK = SystemClock()


def test_it_reads_at_its_pace_until_it_is_stopped():
    with Sampler(CLOCK.monotonic, 0.01, CLOCK) as sampler:
        wait_for(lambda: len(sampler._readings) >= 10, "ten readings")
        readings = sampler.stop()
    assert len(readings) >= 11
    assert all(after >= before for before, after in pairwise(readings))
    # Never sooner than its pace, but for what came late and for the last, which is read when it stops.
    assert readings[-2] - readings[0] >= 0.01 * (len(readings) - 3)


def test_stopping_reads_once_more_so_there_are_always_two():
    numbers = count()
    sampler = Sampler(lambda: next(numbers), 60.0, CLOCK)
    wait_for(lambda: len(sampler._readings) == 1, "the first reading")
    assert sampler.stop() == (0, 1)
    assert sampler.stop() == (0, 1)


def test_no_thread_is_left_however_a_build_ends():
    before = threading.active_count()
    with pytest.raises(ZeroDivisionError), Sampler(CLOCK.monotonic, 0.01, CLOCK):
        _ = 1 / 0
    assert threading.active_count() == before

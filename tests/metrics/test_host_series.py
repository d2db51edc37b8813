"""What is made of two readings of the machine that builds."""

import re
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from sitegen.metrics.host_series import (
    EVERY,
    HOST_SERIES,
    HostPast,
    Reading,
    columns_of,
    first_window,
    mean_gauges,
    measure,
)

CPU, LOAD, SENT = "host_cpu_ratio", "host_load1", "host_network_sent_bytes_per_second"


def reading(at, *, busy=0.0, processors=0.0, sent=0.0, load=1.0):
    return Reading(at, {LOAD: load}, {CPU: busy, "cpu": processors, SENT: sent})


def test_counters_become_their_mean_since_the_reading_before_and_gauges_stay():
    samples = measure(reading(100.0), reading(130.0, busy=15, processors=60, sent=3000, load=2.5))
    assert samples == {CPU: 0.25, LOAD: 2.5, SENT: 100.0}


def test_a_counter_that_went_back_gives_nothing_for_it_was_started_anew():
    samples = measure(
        reading(100.0, busy=9, processors=20, sent=500), reading(130.0, busy=1, processors=2, sent=600)
    )
    assert samples == {LOAD: 1.0, SENT: pytest.approx(100 / 30)}


@pytest.mark.parametrize("later", [100.0, 99.0])
def test_a_clock_that_stood_still_or_went_back_gives_no_rate(later):
    assert SENT not in measure(reading(100.0), reading(later, sent=600, processors=1))


def test_processors_that_did_not_count_on_give_no_ratio():
    assert CPU not in measure(reading(100.0), reading(100.02))


def test_what_a_system_does_not_say_is_left_out():
    assert measure(Reading(1.0, {}, {}), reading(2.0, busy=1, processors=2, sent=3)) == {LOAD: 1.0}
    assert measure(reading(1.0), Reading(2.0, {}, {})) == {}


def test_the_columns_of_a_first_build_cover_what_was_read_without_a_gap_however_late_a_reading_came():
    ats = [1000.0, 1000.025, 1000.05, 1000.17, 1000.2, 1000.225]
    readings = [reading(at, sent=1000 * (at - 1000.0)) for at in ats]
    window = first_window(readings)
    times, values = columns_of(readings, SENT, window)
    assert (window.end, window.step) == (1000.225, EVERY)
    assert list(times) == window.instants()
    assert list(values) == pytest.approx([1000.0] * window.columns)
    assert window.start >= 1000.0


def test_a_column_has_the_mean_of_the_time_that_it_lies_in():
    readings = [reading(1000 + 0.025 * number, sent=number**2) for number in range(5)]
    _, values = columns_of(readings, SENT, first_window(readings))
    steps = [(after.counters[SENT] - before.counters[SENT]) / 0.025 for before, after in pairwise(readings)]
    assert list(values) == pytest.approx(steps)


def test_gauges_are_averaged_over_a_build():
    assert mean_gauges([reading(1.0, load=1.0), reading(2.0, load=2.0)]) == {LOAD: 1.5}


def test_what_is_kept_comes_back_as_it_was():
    past = HostPast(90.0, (reading(1.0), reading(1.025)), reading(2.0))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(past), type=HostPast) == past


def test_the_readme_names_every_series_of_the_machine_and_no_other():
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    assert tuple(re.findall(r"`(host_\w+)`", readme)) == tuple(HOST_SERIES)

"""Uptime, days and incidents, against arithmetic done by hand."""

import random
import re
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.availability.model import Interval, Maintenance, ServiceState
from sitegen.availability.timeline import merge, with_maintenance
from sitegen.availability.uptime import (
    UPTIME_WINDOWS,
    Incident,
    days,
    downtimes,
    incidents,
    midnights,
    uptime,
    uptimes,
)

UP, DEGRADED, DOWN = ServiceState.UP, ServiceState.DEGRADED, ServiceState.DOWN
NO_DATA, MAINTENANCE = ServiceState.NO_DATA, ServiceState.MAINTENANCE
DAY = 86_400.0
HOUR = 3600.0


def exactly(value):
    return pytest.approx(value, rel=1e-9, abs=1e-9)


BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("now", "hours"),
    [
        ("2026-03-30T09:00", [24, 23, 24]),
        ("2026-10-26T09:00", [24, 25, 24]),
        ("2026-07-15T00:30", [24, 24, 24]),
    ],
)
def test_days_are_those_of_a_zone_and_may_have_23_or_25_hours(now: str, hours: list[int]):
    at = datetime.fromisoformat(now).replace(tzinfo=BERLIN)
    begun = midnights(at.timestamp(), 3, BERLIN)
    assert [round((b - a) / HOUR) for a, b in pairwise(begun)] == hours
    assert [datetime.fromtimestamp(one, BERLIN).hour for one in begun] == [0] * 4
    down = [Interval(begun[0] + 60, begun[3], DOWN)]
    assert downtimes(down, at.timestamp(), 3, BERLIN) == [
        hours[0] * HOUR - 60, hours[1] * HOUR, at.timestamp() - begun[2]
    ]  # fmt: skip
    last_hour = [Interval(begun[1] + (hours[1] - 1) * HOUR, begun[2], DOWN)]
    assert days(last_hour, at.timestamp(), 3, BERLIN) == [
        (begun[0], NO_DATA),
        (begun[1], DOWN),
        (begun[2], NO_DATA),
    ]


def test_uptime_is_weighted_by_time():
    # 24 h: 20 h up, 1 h degraded, 30 min down, 1 h maintenance, 1.5 h without data.
    # observed   20 + 1 + 0.5         = 21.5 h
    # uptime     (20 + 1) / 21.5      = 0.976744186...
    # coverage   21.5 / (24 - 1)      = 0.934782608...
    intervals = [
        Interval(0, 20 * HOUR, UP),
        Interval(20 * HOUR, 21 * HOUR, DEGRADED),
        Interval(21 * HOUR, 21.5 * HOUR, DOWN),
        Interval(21.5 * HOUR, 22.5 * HOUR, MAINTENANCE),
        Interval(22.5 * HOUR, 24 * HOUR, NO_DATA),
    ]
    found = uptime(intervals, 0.0, DAY)
    assert found.ratio == exactly(42 / 43)
    assert found.coverage == exactly(43 / 46)
    assert (found.up, found.degraded, found.down, found.maintenance) == (72_000, 3600, 1800, 3600)
    assert found.observed == 77_400


def test_nothing_observed_is_no_number():
    for intervals in ([], [Interval(0, 10, NO_DATA)], [Interval(0, 10, MAINTENANCE)]):
        found = uptime(intervals, 0.0, 10.0)
        assert found.ratio is None
        assert found.coverage == 0.0


def test_every_window_counts_only_what_lies_in_it():
    # Down for the 6 hours that end 3 days ago; up for the rest of the last 40 days; unknown before.
    now = 400 * DAY
    intervals = [
        Interval(now - 40 * DAY, now - 3 * DAY - 6 * HOUR, UP),
        Interval(now - 3 * DAY - 6 * HOUR, now - 3 * DAY, DOWN),
        Interval(now - 3 * DAY, now, UP),
    ]
    day, week, month, quarter, year = uptimes(intervals, now)
    assert [one.window for one in (day, week, month, quarter, year)] == list(UPTIME_WINDOWS)
    assert (day.ratio, day.coverage) == (1.0, 1.0)
    assert week.ratio == exactly(1 - 6 / 168)  # 6 of 7 * 24 hours
    assert month.ratio == exactly(1 - 6 / 720)  # 6 of 30 * 24 hours
    assert quarter.ratio == exactly(1 - 6 / 960)  # 6 of the 40 * 24 hours that were observed
    assert quarter.coverage == exactly(40 / 90)
    assert year.coverage == exactly(40 / 365)


def test_a_day_shows_the_worst_that_happened_in_it():
    now = 100 * DAY + 12 * HOUR
    intervals = [
        Interval(97 * DAY, 98 * DAY, UP),
        Interval(98 * DAY, 98 * DAY + 30, DOWN),
        Interval(98 * DAY + 30, 99 * DAY, MAINTENANCE),
        Interval(99 * DAY, 99 * DAY + HOUR, DEGRADED),
        Interval(99 * DAY + HOUR, now, UP),
    ]
    found = days(intervals, now, count=5)
    assert found == [
        (96 * DAY, NO_DATA),
        (97 * DAY, UP),
        (98 * DAY, DOWN),
        (99 * DAY, DEGRADED),
        (100 * DAY, UP),
    ]


def test_a_day_of_maintenance_and_silence_shows_the_maintenance():
    assert days([Interval(0, HOUR, MAINTENANCE), Interval(HOUR, DAY, NO_DATA)], DAY - 1, count=1) == [
        (0.0, MAINTENANCE)
    ]


def test_an_interval_that_ends_at_midnight_does_not_touch_the_next_day():
    assert days([Interval(0, DAY, DOWN), Interval(DAY, 2 * DAY, UP)], 2 * DAY - 1, count=2) == [
        (0.0, DOWN),
        (DAY, UP),
    ]


def test_ninety_days_end_with_today():
    found = days([], 1_795_420_800.0)
    assert len(found) == 90
    assert found[-1][0] == 1_795_392_000.0  # 2026-11-23T00:00:00Z
    assert {state for _, state in found} == {NO_DATA}


def test_incidents_join_what_touches_and_tell_the_worst():
    intervals = [
        Interval(0, 10, UP), Interval(10, 20, DEGRADED), Interval(20, 30, DOWN), Interval(30, 40, UP),
        Interval(40, 50, DOWN), Interval(50, 60, NO_DATA), Interval(60, 70, DEGRADED),
    ]  # fmt: skip
    assert incidents(intervals, now=100.0) == [
        Incident(10, 30, DOWN), Incident(40, 50, DOWN), Incident(60, 70, DEGRADED),
    ]  # fmt: skip


def test_an_incident_that_lasts_has_no_end():
    assert incidents([Interval(0, 10, DOWN)], now=10.0) == [Incident(0, None, DOWN)]


@given(
    st.lists(st.tuples(st.integers(1, 1000), st.sampled_from(list(ServiceState))), min_size=1, max_size=20)
)
@settings(deadline=None, max_examples=200)
def test_uptime_and_coverage_are_ratios_whatever_happened(stretches):
    intervals, at = [], 0.0
    for length, state in stretches:
        intervals.append(Interval(at, at + length, state))
        at += length
    found = uptime(intervals, 0.0, at)
    assert 0.0 <= found.coverage <= 1.0
    assert (found.ratio is None) == (found.observed == 0)
    if found.ratio is not None:
        assert found.ratio == exactly(1 - found.down / found.observed)


def test_the_seconds_of_an_outage_count_for_the_days_that_they_lie_in():
    outages = [
        Interval(2 * DAY - HOUR, 3 * DAY + HOUR, DOWN),
        Interval(3 * DAY + HOUR, 3 * DAY + 2 * HOUR, UP),
    ]
    assert downtimes(outages, 3 * DAY + 3 * HOUR, 4) == [0.0, HOUR, DAY, HOUR]


def test_a_lost_tick_ends_no_outage_and_what_was_seen_does():
    intervals = [
        Interval(0, 30, DOWN), Interval(60, 90, DOWN), Interval(90, 120, NO_DATA), Interval(120, 150, DEGRADED),
        Interval(150, 180, UP), Interval(180, 210, DOWN), Interval(210, 240, ServiceState.MAINTENANCE),
        Interval(240, 270, DOWN), Interval(400, 430, DOWN),
    ]  # fmt: skip
    assert incidents(intervals, 1000.0, 75.0) == [
        Incident(0, 150, DOWN), Incident(180, 210, DOWN), Incident(240, 270, DOWN), Incident(400, 430, DOWN),
    ]  # fmt: skip
    assert len(incidents(intervals, 1000.0)) == 6


@pytest.mark.parametrize("seed", range(3))
def test_simulated_days_with_lost_ticks_are_counted_as_second_by_second(seed):
    chance, cycle = random.Random(seed), 30
    ticks = [chance.choices([UP, DOWN, None], [80, 15, 5])[0] for _ in range(2 * 2880)]
    first, last = sorted(chance.sample(range(len(ticks)), 2))
    ticks[0] = ticks[-1] = UP
    found = [Interval(n * cycle, (n + 1) * cycle, state) for n, state in enumerate(ticks) if state]
    known = with_maintenance(merge(found), [Maintenance("move", first * cycle, last * cycle)], "p")
    states = [ServiceState.MAINTENANCE if first <= n < last else state for n, state in enumerate(ticks)]
    observed, down = sum(one in (UP, DOWN) for one in states), states.count(DOWN)
    planned = last - first
    weighed = uptime(known, 0, len(ticks) * cycle)
    assert weighed.ratio == pytest.approx(1 - down / observed)
    assert weighed.coverage == pytest.approx(observed / (len(ticks) - planned))
    # An outage is what is down, whatever of up to two ticks was lost within it.
    row = "".join("d" if one is DOWN else "." if one is None else "u" for one in states)
    assert len(incidents(known, len(ticks) * cycle, 2.5 * cycle)) == len(re.findall(r"d+(?:\.{1,2}d+)*", row))

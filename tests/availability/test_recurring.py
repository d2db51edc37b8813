from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from sitegen.availability.recurring import PlannedTime, expand

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def starts(every, first, now, zone=BERLIN, hours=1.0):
    plan = PlannedTime("work", at(first), at(first) + hours * 3600, ("shop",), every)
    found = expand([plan], zone, at(now))
    assert all(one.end - one.start == hours * 3600 and one.probes == ("shop",) for one in found)
    return [datetime.fromtimestamp(one.start, ZoneInfo("UTC")).strftime("%m-%dT%H:%M") for one in found]


def test_once_is_once_however_long_ago():
    assert starts(None, "2020-01-01T00:00:00Z", "2026-11-25T00:00:00Z") == ["01-01T00:00"]


def test_each_day_is_of_the_wall_clock_also_over_a_day_of_25_hours():
    # On 2026-10-25 the hour from two to three comes twice in Berlin: the first of the two is meant.
    assert starts("day", "2026-10-23T02:30:00+02:00", "2026-10-26T12:00:00Z") == [
        "10-23T00:30", "10-24T00:30", "10-25T00:30", "10-26T01:30", "10-27T01:30",
    ]  # fmt: skip


def test_an_hour_that_never_comes_is_as_long_after_the_change():
    # On 2026-03-29 the clock goes from two to three in Berlin (RFC 5545, 3.3.5: the offset before the gap).
    assert starts("day", "2026-03-28T02:30:00+01:00", "2026-03-30T12:00:00Z") == [
        "03-28T01:30", "03-29T01:30", "03-30T00:30", "03-31T00:30",
    ]  # fmt: skip


def test_the_first_may_begin_in_the_second_of_two_equal_hours():
    assert starts("day", "2026-10-25T02:30:00+01:00", "2026-10-26T12:00:00Z") == [
        "10-25T01:30", "10-26T01:30", "10-27T01:30",
    ]  # fmt: skip


def test_each_week_and_the_next_one_are_known():
    assert starts("week", "2026-11-03T22:00:00Z", "2026-11-18T00:00:00Z", ZoneInfo("UTC")) == [
        "11-03T22:00", "11-10T22:00", "11-17T22:00", "11-24T22:00",
    ]  # fmt: skip


def test_a_month_without_the_day_has_none():
    assert starts("month", "2026-01-31T10:00:00Z", "2026-02-20T00:00:00Z", ZoneInfo("UTC")) == [
        "01-31T10:00",
        "03-31T10:00",
    ]


def test_what_began_years_ago_is_told_of_the_last_weeks_alone():
    found = starts("day", "2019-05-01T22:00:00Z", "2026-11-25T23:00:00Z", ZoneInfo("UTC"))
    assert 36 <= len(found) <= 40
    assert found[-2:] == ["11-25T22:00", "11-26T22:00"]


def test_one_that_is_to_come_is_known_before_it_begins():
    assert starts("week", "2026-12-24T22:00:00Z", "2026-11-25T00:00:00Z") == ["12-24T22:00"]


@pytest.mark.parametrize("every", ["day", "week", "month"])
def test_all_are_at_the_same_time_of_the_wall_clock(every):
    plan = PlannedTime("work", at("2026-01-15T09:00:00+01:00"), at("2026-01-15T10:00:00+01:00"), (), every)
    for month in range(2, 12):
        for one in expand([plan], BERLIN, at(f"2026-{month:02}-20T00:00:00Z")):
            assert datetime.fromtimestamp(one.start, BERLIN).hour == 9

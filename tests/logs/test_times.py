from zoneinfo import ZoneInfo

import pytest
from sitegen.logs.times import Times

TEN = 1795600800.0  # 2026-11-25T10:00:00Z


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-25T10:00:00Z", "2026-11-25 10:00:00 UTC", "2026-11-25 10:00:00.000 GMT", "2026-11-25 10:00:00,000", "2026/11/25 10:00:00",
        "2026-11-25 12:00:00 +0200", "2026-11-25T11:00:00+01", "20261125T100000Z", "25/Nov/2026:10:00:00 +0000", "25/Nov/2026:11:00:00 +0100",
        "Wed, 25 Nov 2026 10:00:00 GMT", "Wed Nov 25 10:00:00 2026", "Wed Nov 25 10:00:00 UTC 2026", "Nov 25 10:00:00", "25-Nov-2026 10:00:00.000",
        "25/Nov/2026 10:00:00", "[25/Nov/2026:10:00:00 +0000]", "Wed Nov 25 10:00:00.000000 2026", "2026-11-25 10:00:00.0 +0000 UTC", "2026-11-25 11:00:00 +0100 CET",
        "2026-11-25 10:00:00 +0000 UTC m=+0.123", "2026-11-25T10:00:00Z[UTC]", "2026-11-25T11:00:00+01:00[Europe/Berlin]", {"$date": {"$numberLong": "1795600800000"}},
        "2026-11-25T09:59:60Z", 1795600800, 1795600800.0, "1795600800", "1795600800.000", 1795600800000, "1795600800000", 1795600800000000000,
        {"epochSecond": 1795600800, "nanoOfSecond": 0}, {"$date": "2026-11-25T10:00:00Z"}, {"date": "2026-11-25 10:00:00.000000", "timezone": "UTC"},
    ],
)  # fmt: skip
def test_ten_oclock_is_read_in_every_form(value):
    assert Times(now=TEN + 3600).instant(value) == pytest.approx(TEN, abs=1e-6)


def test_fractions_of_a_second_are_kept_and_nanoseconds_as_far_as_they_go():
    times = Times()
    assert times.instant("2026-11-25T10:00:00.123456789Z") == pytest.approx(TEN + 0.123456, abs=1e-6)
    assert times.instant({"epochSecond": 1795600800, "nanoOfSecond": 250000000}) == TEN + 0.25
    assert times.instant("25/Nov/2026:10:00:00.5 +0000") in {None, TEN + 0.5}


def test_a_time_without_a_zone_is_of_the_sources():
    berlin = Times(ZoneInfo("Europe/Berlin"))
    assert berlin.instant("2026-11-25 11:00:00") == TEN
    assert berlin.instant("2026-07-25 12:00:00") == Times().instant("2026-07-25T10:00:00Z")
    assert berlin.instant("2026-11-25 10:00:00 UTC") == TEN


def test_a_time_without_a_year_is_of_the_last_one_that_is_not_of_the_future():
    times = Times(now=TEN)
    assert times.instant("Dec 31 23:59:59") == Times().instant("2025-12-31T23:59:59Z")
    assert times.instant("Nov 26 09:00:00") == Times().instant("2026-11-26T09:00:00Z")  # clocks differ
    assert times.instant("Feb 29 00:00:00") is None
    assert Times().instant("Nov 25 10:00:00") is None


@pytest.mark.parametrize(
    "value",
    ["", "noon", "2026-11-25", "2026-11-25 10:00:00 CET", "inf", "nan", "1e999", "1e400", None, True, [], {}, {"date": 5}, 12, "9" * 500, "-5", "x" * 9999],
)  # fmt: skip
def test_what_is_no_time_is_none(value):
    assert Times(now=TEN).instant(value) is None

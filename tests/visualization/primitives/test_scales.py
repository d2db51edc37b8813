import doctest
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.visualization.charts import buckets
from sitegen.visualization.primitives import scales
from sitegen.visualization.primitives.scales import (
    Ends,
    column_ticks,
    fixed,
    log_shares,
    time_ticks,
    value_scale,
)

finite = st.floats(allow_nan=False, allow_infinity=False)
HOUR, DAY = 3600.0, 86_400.0


@pytest.mark.parametrize("module", [scales, buckets])
def test_the_examples_in_the_docstrings_hold(module):
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize(
    ("low", "high", "unit", "labels", "word"),
    [
        (0.011, 0.088, "seconds", ["0", "20", "40", "60", "80", "100"], "ms"),
        (0, 92, "", ["0", "20", "40", "60", "80", "100"], ""),
        (0, 3600, "seconds", ["0", "15", "30", "45", "60"], "min"),
        (0.2, 0.97, "ratio", ["0", "20", "40", "60", "80", "100"], "%"),
        (0, 23_456, "req/s", ["0", "5k", "10k", "15k", "20k", "25k"], "req/s"),
        (0, 2.1e9, "bytes", ["0.0", "0.5", "1.0", "1.5", "2.0", "2.5"], "GB"),
        (-5, 10, "", ["-8", "-4", "0", "4", "8", "12"], ""),
    ],
)
def test_values_have_round_ticks_in_one_unit(low, high, unit, labels, word):
    scale = value_scale(low, high, unit)
    assert [tick.label.replace("0.0", "0") for tick in scale.ticks] == [x.replace("0.0", "0") for x in labels]
    assert scale.unit == word


def test_y_starts_at_zero_unless_it_says_where():
    assert (value_scale(20, 90, "").low, value_scale(20, 90, "").origin) == (0, "")
    narrow = value_scale(0.9991, 1, "ratio")
    assert narrow.origin == "y from 99.90 %"
    assert narrow.low == pytest.approx(0.999)
    assert value_scale(0.9991, 1, "ratio", from_zero=True).low == 0


@pytest.mark.parametrize("value", [0.0, 5.0, -3.0, 1e300, 5e-324, 1e16])
def test_a_constant_has_a_scale(value):
    scale = value_scale(value, value, "")
    assert scale.low < scale.high
    assert len(scale.ticks) >= 2


def test_timestamps_are_labelled_as_instants():
    scale = value_scale(1_795_422_600, 1_795_425_600, "timestamp")
    assert [tick.label for tick in scale.ticks][:2] == ["08:30", "08:40"]
    assert scale.origin == "y from 2026-11-23 08:30"


@settings(deadline=None, max_examples=300)
@given(
    finite, finite, st.sampled_from(["", "seconds", "bytes", "ratio", "timestamp", "req/s"]), st.booleans()
)
def test_any_values_have_a_scale_with_few_distinct_ticks_within_it(one, other, unit, from_zero):
    low, high = min(one, other), max(one, other)
    scale = value_scale(low, high, unit, from_zero=from_zero)
    assert math.isfinite(scale.low)
    assert math.isfinite(scale.high)
    assert 1 <= len(scale.ticks) <= 8
    assert all(-1e-6 <= tick.share <= 1 + 1e-6 for tick in scale.ticks)
    assert all(0 <= scale.share(value) <= 1 for value in (low, high))
    if unit != "timestamp" and high - low > 1e-280:
        assert scale.ticks[-1].share == 1
        assert scale.high >= min(high, 1e300) - (scale.high - scale.low) * 1e-8
        assert scale.low <= max(low, -1e300) + (scale.high - scale.low) * 1e-8
    assert len({tick.label for tick in scale.ticks}) == len(scale.ticks)
    assert scale.low == 0 or scale.origin


def test_instants_stand_on_round_minutes_and_the_date_only_where_a_day_begins():
    start = 1_795_422_600.0  # 2026-11-23T08:30:00Z
    assert [tick.label for tick in time_ticks(start, start + DAY)] == [
        "12:00",
        "16:00",
        "20:00",
        "11-24",
        "04:00",
        "08:00",
    ]
    assert [tick.label for tick in time_ticks(start, start + 7 * DAY)] == ["11-25", "11-27", "11-29"]
    assert [tick.label for tick in time_ticks(start, start + 30)] == [
        "08:30:00",
        "08:30:10",
        "08:30:20",
        "08:30:30",
    ]


@settings(deadline=None, max_examples=200)
@given(st.floats(0, 4e9), st.floats(1, 4e8))
def test_any_window_has_a_few_ticks_within_it(start, span):
    ticks = time_ticks(start, start + span)
    assert len(ticks) <= 6
    assert all(0 <= tick.share <= 1 for tick in ticks)
    assert [tick.share for tick in ticks] == sorted(tick.share for tick in ticks)


def test_a_window_of_one_instant_has_its_tick_at_the_start():
    assert [(tick.share, tick.label) for tick in time_ticks(1_795_422_600, 1_795_422_600)] == [(0, "08:30")]


def test_ticks_of_drawings_with_columns_stand_in_the_middle_of_theirs(kit):
    ticks = column_ticks(kit.window, kit.window.columns, 1)
    last = ticks[-1]
    assert last.label == "08:30"
    assert last.share == pytest.approx((kit.window.columns - 0.5) / kit.window.columns)


def test_bounds_lie_by_logarithm_where_all_are_positive():
    assert log_shares((0.01, 0.1, 1.0, 100.0)) == pytest.approx((0, 0.25, 0.5, 1))
    assert log_shares((-1.0, 0.0, 1.0)) == pytest.approx((0, 0.5, 1))


@pytest.mark.parametrize(
    ("value", "unit", "decimals", "text"),
    [(99.97, "percent", 0, "99.97 %"), (1.0004, "ratio", 1, "100.04 %"), (0.0004, "percent", 1, "0.0004 %"), (100.0, "percent", 1, "100.0 %"),
     (0.0, "ratio", 1, "0.0 %"), (-99.99, "percent", 1, "-99.99 %"), (2.0**31, "bytes-iec", 1, "2.0 GiB")],
)  # fmt: skip
def test_few_decimals_make_no_hundred_and_no_zero_of_another_share(value, unit, decimals, text):
    assert fixed(value, unit, decimals) == text


def test_an_axis_that_is_told_where_to_begin_says_no_hundred_of_another_share():
    assert value_scale(99.98, 99.99, "percent", ends=Ends(99.97)).origin == "y from 99.97 %"
    assert value_scale(1.01, 1.02, "ratio", ends=Ends(1.004)).origin == "y from 100.4 %"

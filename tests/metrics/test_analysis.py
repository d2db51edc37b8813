"""The place of samples in a window."""

import math
from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.metrics.analysis import (
    align,
    cover,
    find_period,
    find_seldom,
    has_holes,
    is_current,
    is_too_short,
    join_earlier,
    judge,
    match,
    newest,
    reach_back,
    still_current,
)
from sitegen.metrics.model import MetricQuery, MetricResult, Series, Threshold
from sitegen.units import Window

WINDOW = Window(100.0, 160.0, 20.0)


def points(*samples: tuple[float, float]) -> Series:
    return Series({}, array("d", [time for time, _ in samples]), array("d", [value for _, value in samples]))


def test_samples_stand_in_their_columns_and_absence_is_none():
    assert align(points((100, 1.0), (140, 0.0)), WINDOW) == (1.0, None, 0.0, None)


def test_a_sample_between_two_instants_counts_for_the_nearer():
    assert align(points((109, 1.0), (111, 2.0), (168, 3.0)), WINDOW) == (1.0, 2.0, None, 3.0)


def test_of_two_samples_for_one_instant_the_later_counts():
    assert align(points((99, 1.0), (101, 2.0)), WINDOW) == (2.0, None, None, None)


def test_samples_outside_the_window_are_left_out():
    assert align(points((0, 1.0), (89, 1.0), (171, 1.0), (1e9, 1.0)), WINDOW) == (None,) * 4


def test_a_sample_that_is_no_number_stays_one():
    column = align(points((100, math.nan), (120, math.inf)), WINDOW)
    assert math.isnan(column[0])
    assert column[1:] == (math.inf, None, None)


@settings(deadline=None, max_examples=200)
@given(
    present=st.sets(st.integers(0, 239)),
    start=st.integers(0, 10_000_000),
    step=st.sampled_from([15.0, 60.0, 360.0]),
)
def test_only_instants_with_a_sample_have_a_value(present, start, step):
    window = Window(start * step, (start + 239) * step, step)
    series = points(*((window.start + column * step, float(column)) for column in sorted(present)))
    aligned = align(series, window)
    assert {column for column, value in enumerate(aligned) if value is not None} == present
    assert all(value in (None, float(column)) for column, value in enumerate(aligned))


@pytest.mark.parametrize(
    ("value", "state"),
    [(0.4, ""), (0.5, "warn"), (0.7, "warn"), (1.0, "crit"), (0.1, ""), (0.09, "warn"), (0.0, "crit"), (None, ""), (math.nan, ""), (math.inf, "crit"), (-math.inf, "crit")],
)  # fmt: skip
def test_a_value_is_what_the_worst_threshold_says_that_it_has_reached(value, state):
    limits = (
        Threshold(above=1.0, status="crit"),
        Threshold(0.5, "warn"),
        Threshold(below=0.05, status="crit"),
        Threshold(below=0.1),
    )
    assert judge(limits, value) == state
    assert judge(limits[::-1], value) == state


def test_the_newest_samples_are_those_of_series_that_go_on():
    ended, empty, fine = points((100, 1.0)), points(), points((100, 1.0), (160, math.inf))
    assert [(*one.times, *one.values) for one in newest([ended, empty, fine], 140.0)] == [(160.0, math.inf)]


def test_samples_of_an_instant_are_matched_by_labels_and_by_order_where_those_are_alike():
    def one(value: float, **labels: str) -> Series:
        return Series(labels, array("d", [160.0]), array("d", [value]))

    series = [one(0, a="x"), one(0, a="y"), one(0, a="y"), one(0, a="z")]
    assert match(series, [one(2, a="y"), one(3, a="y"), one(1, a="x")]) == [1, 2, 3, None]
    # Which of two that are alike has ended cannot be told.
    assert match(series, [one(2, a="y"), one(4, a="z")]) == [None, None, None, 4]


@pytest.mark.parametrize(
    ("times", "values", "step", "period"),
    [
        ([0, 60, 120, 180], [1, 1, 1, 1], 60, 60),
        ([0, 300, 600, 2400, 2700], [1] * 5, 60, 300),
        ([0, 86_400], [1, 2], 60, 86_400),
        ([0], [1], 60, 60),
        ([], [], 15, 15),
        # A scrape every ten minutes, each repeated for five; then in a day, in steps of six minutes.
        ([at + held for at in range(0, 3600, 600) for held in range(0, 300, 15)], [at for at in range(6) for _ in range(20)], 15, 600),
        ([0, 720, 1440, 1800, 2520, 3240, 3600], [0, 1, 2, 3, 4, 5, 6], 360, 720),
        # Outages of what comes every step are no period of it: its values change, or its stretches are longer.
        ([at + held for at in range(0, 3600, 600) for held in range(0, 300, 15)], list(range(120)), 15, 15),
        ([at + held for at in range(0, 7200, 1200) for held in range(0, 900, 15)], [7] * 360, 15, 15),
        # Samples denser than the steps that a window is drawn in.
        ([0, 15, 30, 45], [1] * 4, 60, 60),
    ],
)  # fmt: skip
def test_the_period_is_the_usual_distance_at_which_values_begin_anew(times, values, step, period):
    assert find_period(times, values, step) == period


def test_a_sample_is_current_while_it_is_younger_than_two_periods():
    assert is_current(1.0, 300, 600)
    assert not is_current(0.0, 300, 600)


HOUR = Window(86_400.0, 90_000.0, 15.0)
DAYS = Window(0.0, 90_000.0, 300.0)


def answered(window, *times):
    return MetricResult(
        MetricQuery("prom", "x", window), tuple(points(*((at, 7.0) for at in own)) for own in times)
    )


def test_a_window_shorter_than_a_period_is_joined_with_what_lies_before_it():
    # Twice a day, each repeated for five minutes: nothing of it lies in the hour.
    narrow, wide = answered(HOUR), answered(DAYS, [0.0, 300.0, 43_200.0, 86_100.0])
    joined = join_earlier(narrow, wide)
    assert [*joined.series[0].times] == [0.0, 43_200.0, 86_100.0]
    assert is_too_short(narrow)
    assert not is_too_short(joined)


def test_what_came_always_and_has_ended_is_not_called_current():
    ended = [at for at in HOUR.instants() if at < HOUR.end - 600]
    narrow, wide = (
        answered(HOUR, ended),
        answered(DAYS, [at for at in DAYS.instants() if at < HOUR.end - 600]),
    )
    assert join_earlier(narrow, wide) == narrow
    assert not is_too_short(narrow)


def test_what_came_once_is_not_called_current():
    assert join_earlier(answered(HOUR), answered(DAYS, [43_200.0])).series == ()


WEEK = Window(0.0, 604_800.0, 3600.0)


def test_long_steps_are_covered_where_samples_may_lie_between_them():
    hours = WEEK.instants()
    whole, broken = answered(WEEK, hours[5:]), answered(WEEK, hours[::2])
    assert not has_holes(whole, {()})
    assert has_holes(broken, set())
    assert has_holes(answered(WEEK), set())
    assert has_holes(whole, {(("job", "a"),)})
    assert not has_holes(answered(HOUR), set())
    assert cover("up # all", 3600.0) == "last_over_time((up # all\n)[3600s:300s])"
    assert cover("up", 15.0) == "up"
    assert reach_back(WEEK) == WEEK
    assert find_seldom(answered(HOUR, HOUR.instants())) == set()
    assert find_seldom(answered(HOUR, HOUR.instants()[:9])) == {()}


def test_what_was_covered_is_better_where_it_has_more():
    hours = WEEK.instants()
    broken, whole = answered(WEEK, hours[::2]), answered(WEEK, hours)
    assert [*join_earlier(broken, whole).series[0].times] == hours
    assert join_earlier(whole, broken) == whole
    # Twice a day: none of it was on a step, and each is seen at two of them.
    twice = answered(WEEK, [at for day in hours[6::12] for at in (day, day + 3600) if at <= WEEK.end])
    assert [*join_earlier(answered(WEEK), twice).series[0].times] == hours[6::12]


def test_what_is_told_apart_by_nothing_is_not_joined():
    narrow = answered(HOUR, [86_400.0], [86_700.0])
    assert join_earlier(narrow, answered(DAYS, [0.0, 43_200.0, 86_400.0])) == narrow
    assert join_earlier(answered(HOUR), answered(DAYS, [0.0], [43_200.0])).series == ()


def test_what_was_once_in_a_day_is_current_by_the_days_before():
    day = Window(172_800.0, 259_200.0, 360.0)
    narrow = answered(day, [180_000.0])
    wide = answered(reach_back(day), [7200.0, 93_600.0, 180_000.0])
    assert [*join_earlier(narrow, wide).series[0].times] == [7200.0, 93_600.0, 180_000.0]


def test_what_comes_seldom_is_still_what_it_was_at_its_last_sample():
    hourly, ended = points((0.0, 1.0), (3600.0, 2.0)), points(*((at, 1.0) for at in range(0, 6300, 15)))
    assert [[*one.values] for one in still_current((hourly, ended), 15, 7200.0)] == [[2.0]]
    assert still_current((hourly,), 15, 10_800.0) == ()


def scraped(window, every, phase, back=0.0):
    """What a server says of samples `every` so many seconds: each is repeated for five minutes, and looked for so far `back`."""

    def look(at):
        number = (at - phase) // every
        return number if at - (number * every + phase) < 300 else None

    found = []
    for at in window.instants():
        places = (
            [at] if not back else [float(one) for one in range(int(at // 300 * 300), int(at - back), -300)]
        )
        found += [(at, number) for number in [*filter(None, map(look, places))][:1]]
    return tuple([points(*found)] if found else [])


@pytest.mark.parametrize(
    "every", [10, 30, 60, 90, 240, 300, 330, 400, 450, 600, 900, 1800, 3600, 7200, 21_600, 43_200, 86_400]
)
def test_samples_of_any_period_are_found_in_windows_of_any_length(every):
    now = 1_795_779_845.0
    for phase in (0.0, every * 0.13, every * 0.5, every * 0.71, now % every, (now + 40) % every):
        for span in (3600.0, 86_400.0, 7 * 86_400.0):
            window = Window.ending(now, span)
            narrow = MetricResult(MetricQuery("prom", "x", window), scraped(window, every, phase))
            result = narrow
            if has_holes(narrow, set()) or is_too_short(narrow):
                wide = reach_back(window)
                back = wide.step if window.step > 300 else 0
                longer = scraped(wide, every, phase, back)
                result = join_earlier(narrow, MetricResult(MetricQuery("prom", "x", wide), longer))
            (series,) = result.series
            last = (window.end - phase) // every
            # What came within the last step may be seen at the next one only.
            assert series.values[-1] >= last - 1 - (window.step + 600) // every
            assert is_current(
                series.times[-1],
                max(every, find_period(series.times, series.values, window.step)),
                window.end,
            )

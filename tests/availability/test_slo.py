"""Objectives, against arithmetic done by hand."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.availability.counting import Counts
from sitegen.availability.model import Interval, ServiceState, Slo
from sitegen.availability.slo import (
    BURN_WINDOWS,
    burn_down,
    burn_down_counts,
    judge_burn,
    slo_from_counts,
    slo_from_intervals,
)
from sitegen.units import Quantity, plain

UP, DEGRADED, DOWN, NO_DATA = ServiceState.UP, ServiceState.DEGRADED, ServiceState.DOWN, ServiceState.NO_DATA
DAY, HOUR = 86_400.0, 3600.0
NOW = 100 * DAY


def exactly(value):
    return pytest.approx(value, rel=1e-9, abs=1e-9)


def slo(target=0.999, window=30 * DAY):
    return Slo(id="home", title="Home", target=target, window=window, probe="home")


def test_a_probes_objective_is_worked_out_in_seconds():
    # 30 days, all observed: 2,592,000 s. Down twice: 900 s two days ago, 90 s in the last hour. Target 99.9 %.
    # bad          900 + 90                 = 990 s
    # attained     1 - 990 / 2,592,000      = 0.999618055...
    # budget       0.001 * 2,592,000        = 2,592 s;  left 2,592 - 990 = 1,602 s = 0.618055... of it
    # burn 1 h     (90 / 3,600) / 0.001     = 25
    # burn 6 h     (90 / 21,600) / 0.001    = 4.1666...
    # burn 3 d     (990 / 259,200) / 0.001  = 3.8194...
    intervals = [
        Interval(NOW - 40 * DAY, NOW - 2 * DAY, UP),
        Interval(NOW - 2 * DAY, NOW - 2 * DAY + 900, DOWN),
        Interval(NOW - 2 * DAY + 900, NOW - 1800, DEGRADED),
        Interval(NOW - 1800, NOW - 1710, DOWN),
        Interval(NOW - 1710, NOW, UP),
    ]
    report = slo_from_intervals(slo(), intervals, NOW)
    assert report.unit == "seconds"
    assert report.attained == exactly(1 - 990 / 2_592_000)
    assert (report.budget_total, report.budget_used, report.budget_left) == (
        exactly(2592), exactly(990), exactly(1602),
    )  # fmt: skip
    assert report.left_ratio == exactly(1602 / 2592)
    assert [(one.window, one.rate) for one in report.burn_rates] == [
        (HOUR, exactly(25)), (6 * HOUR, exactly(25 / 6)), (3 * DAY, exactly(990 / 259.2)),
    ]  # fmt: skip
    assert report.coverage == 1.0


def test_time_without_data_is_no_part_of_the_budget():
    # Observed 10 of 30 days = 864,000 s, down 864 s: attained 99.9 %, the budget of 864 s is spent exactly.
    intervals = [Interval(NOW - 10 * DAY, NOW - 864, UP), Interval(NOW - 864, NOW, DOWN)]
    report = slo_from_intervals(slo(), intervals, NOW)
    assert report.attained == exactly(0.999)
    assert report.left_ratio == exactly(0)
    assert report.coverage == exactly(1 / 3)


def test_an_objective_of_counters_is_worked_out_in_requests():
    # 1,000,000 requests, 600 not good, target 99.9 %: allowed 1,000, left 400 = 40 %.
    # 1 h: 2 of 1,000 failed: 0.002 / 0.001 = 2.  6 h: none of 6,000.  3 d: no answer.
    counts = {
        30 * DAY: Counts(999_400, 1_000_000), HOUR: Counts(998, 1000), 6 * HOUR: Counts(6000, 6000), 3 * DAY: Counts(None, 9.0),
    }  # fmt: skip
    report = slo_from_counts(slo(), counts)
    assert report.attained == exactly(0.9994)
    assert (report.budget_total, report.budget_left, report.left_ratio) == (
        exactly(1000),
        exactly(400),
        exactly(0.4),
    )
    assert [one.rate for one in report.burn_rates] == [exactly(2), 0.0, None]


def test_an_overspent_budget_is_below_zero():
    report = slo_from_counts(slo(0.99), {30 * DAY: Counts(95, 100)})
    assert (report.budget_left, report.left_ratio) == (exactly(-4), exactly(-4))


@pytest.mark.parametrize("counts", [
    {}, {30 * DAY: Counts(None, None)}, {30 * DAY: Counts(0, 0)}, {30 * DAY: Counts(math.nan, 5)}, {30 * DAY: Counts(5, math.inf)},
])  # fmt: skip
def test_nothing_counted_is_no_number(counts):
    report = slo_from_counts(slo(), counts)
    assert (report.attained, report.budget_total, report.left_ratio) == (None, None, None)
    assert {one.rate for one in report.burn_rates} == {None}
    assert plain(report.formula) == "Nothing was counted in this window yet."


def test_an_extrapolated_counter_cannot_do_better_than_everything():
    assert slo_from_counts(slo(), {30 * DAY: Counts(100.4, 100.0)}).attained == 1.0


def test_a_target_of_everything_has_no_budget_and_divides_by_nothing():
    report = slo_from_counts(slo(1.0), {30 * DAY: Counts(99, 100), HOUR: Counts(1, 2)})
    assert (report.attained, report.budget_total, report.left_ratio) == (exactly(0.99), 0.0, None)
    assert {one.rate for one in report.burn_rates} == {None}
    assert "no budget" in plain(report.formula)


def test_the_formula_is_told_in_words_with_its_numbers():
    report = slo_from_counts(slo(), {30 * DAY: Counts(999_400, 1_000_000)})
    words = plain(report.formula)
    assert words.startswith(
        "In the last 30d, 1 M requests were counted and 600 requests were not good. Attained: 1 − "
    )
    assert "= 99.94 %" in words
    assert (
        "(1 − 99.9 %) × 1 M requests = 1000 requests; 60 % of it is used, which leaves 400 requests. A burn rate"
        in words
    )
    raw = [part.value for part in report.formula if isinstance(part, Quantity)]
    assert 0.9994 in [pytest.approx(value) for value in raw]


def test_the_burn_down_starts_full_and_ends_at_what_is_left():
    # Down in the middle day of 30: 1,296 s of a budget of 2,592 s: half is left from then on.
    middle = NOW - 15 * DAY
    intervals = [
        Interval(NOW - 30 * DAY, middle, UP), Interval(middle, middle + 1296, DOWN), Interval(middle + 1296, NOW, UP),
    ]  # fmt: skip
    line = burn_down(slo(), intervals, NOW, columns=31)
    assert line[0] == (NOW - 30 * DAY, 1.0)
    assert line[15] == (middle, exactly(1.0))
    assert line[16][1] == exactly(0.5)
    assert line[-1] == (NOW, exactly(slo_from_intervals(slo(), intervals, NOW).left_ratio))
    assert burn_down(slo(), [], NOW) == []


@given(st.integers(1, 10**9), st.floats(0, 1), st.floats(0.5, 0.99999))
@settings(deadline=None, max_examples=200)
def test_budget_and_burn_rate_agree(total, share, target):
    bad = total * share
    counts = dict.fromkeys((30 * DAY, *BURN_WINDOWS), Counts(total - bad, total))
    report = slo_from_counts(slo(target), counts)
    for one in report.burn_rates:
        assert one.rate == pytest.approx(1 - report.left_ratio, rel=1e-6, abs=1e-6)


def exactly_as_the_workbook(rates):
    """Chapter 5 of the SRE workbook, section 6, as its Prometheus rules say it."""
    if (rates[HOUR] >= 14.4 and rates[300] >= 14.4) or (rates[6 * HOUR] >= 6 and rates[1800] >= 6):
        return "page"
    return "ticket" if rates[3 * DAY] >= 1 and rates[6 * HOUR] >= 1 else "fine"


@given(
    st.fixed_dictionaries(
        {window: st.sampled_from([0.0, 0.99, 1.0, 5.9, 6.0, 14.3, 14.4, 20.0]) for window in BURN_WINDOWS}
    )
)
@settings(deadline=None, max_examples=300)
def test_burn_rates_call_whom_the_workbook_has_them_call(rates):
    assert judge_burn(rates) == exactly_as_the_workbook(rates)


def test_a_burn_rate_that_is_unknown_calls_nobody():
    assert judge_burn(dict.fromkeys(BURN_WINDOWS)) == ""
    assert judge_burn({HOUR: 20.0, 300: None, 3 * DAY: 2.0}) == "fine"
    assert judge_burn({HOUR: 20.0, 6 * HOUR: 3.0, 3 * DAY: 2.0}) == "ticket"


def test_an_outage_of_now_is_a_page_and_one_of_yesterday_a_ticket():
    def alert(ago, seconds):
        begin = NOW - ago
        intervals = [
            Interval(NOW - 30 * DAY, begin, UP),
            Interval(begin, begin + seconds, DOWN),
            Interval(begin + seconds, NOW, UP),
        ]
        return slo_from_intervals(slo(), [one for one in intervals if one.end > one.start], NOW).alert

    assert alert(600, 600) == "page"
    assert alert(3 * HOUR, 300) == "ticket"
    assert alert(20 * DAY, 600) == "fine"


@pytest.mark.parametrize(("good", "met"), [(999, True), (998.9999, False), (0, False)])
def test_what_binary_fractions_cannot_hold_misses_no_objective(good, met):
    assert slo_from_counts(slo(), {30 * DAY: Counts(good, 1000)}).is_met is met
    assert slo_from_counts(slo(0.93), {30 * DAY: Counts(93, 100)}).is_met


def test_the_burn_down_of_counters_ends_at_what_is_left():
    # 10 of 1,000 allowed. The columns lack a twentieth of what the whole window has.
    report = slo_from_counts(slo(0.99), {30 * DAY: Counts(995, 1000)})
    columns = [(1.0 * DAY, 475.0, 475.0), (2.0 * DAY, 470.25, 475.0), (3.0 * DAY, 0.0, 0.0)]
    assert burn_down_counts(report, columns) == [
        (0.0, 1.0), (DAY, 1.0), (2 * DAY, exactly(0.5)), (3 * DAY, exactly(report.left_ratio)),
    ]  # fmt: skip
    assert burn_down_counts(report, []) == []
    assert burn_down_counts(slo_from_counts(slo(), {}), columns) == []

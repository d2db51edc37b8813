import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.availability.counting import check_query, columns_of, spell_coverage, spell_query

DAY = 86_400.0


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("requests_total", "sum(increase(requests_total[30d]))"),
        ('requests_total{path="/a[0-9](b)"}', 'sum(increase(requests_total{path="/a[0-9](b)"}[30d]))'),
        ("{__name__='a\\'[(', b=`)[`}", "sum(increase({__name__='a\\'[(', b=`)[`}[30d]))"),
        ("sum(rate(x[$window])) * 3", "sum(rate(x[30d])) * 3"),
    ],
)
def test_a_selector_is_counted_and_anything_else_has_its_range_filled_in(query: str, asked: str):
    check_query(query)
    assert spell_query(query, 30 * DAY) == asked


@pytest.mark.parametrize("query", ["rate(x[5m])", "x[5m]", "sum(x)", 'sum(x{a="$"})'])
def test_a_query_that_would_be_the_same_over_every_window_is_refused(query: str):
    with pytest.raises(ValueError, match=r"\[\$window\] in the place of its range"):
        check_query(query)


def test_columns_part_a_window_and_none_is_too_short_for_two_samples():
    month, hour, minute = (columns_of(length, 90 * DAY) for length in (30 * DAY, 3600.0, 60.0))
    assert (month.columns, month.step, month.end) == (60, 43_200.0, 90 * DAY)
    assert (hour.columns, hour.step) == (12, 300.0)
    assert (minute.columns, minute.step) == (1, 60.0)


@given(st.integers(1, 400 * 86_400))
@settings(deadline=None, max_examples=100)
def test_the_columns_are_as_long_as_the_window(seconds: int):
    columns = columns_of(float(seconds), 1e9)
    assert 1 <= columns.columns <= 60
    assert columns.columns * columns.step == pytest.approx(seconds)


def test_coverage_counts_minutes_and_of_more_than_a_day_every_fifth():
    assert spell_coverage("total", 7 * DAY, 15.0) == (
        "count_over_time((sum(increase(total[5m])))[7d:5m])",
        2016,
    )
    assert spell_coverage("sum(rate(total[$window]))", 3600.0, 120.0) == (
        "count_over_time((sum(rate(total[8m])))[1h:1m])", 60,
    )  # fmt: skip

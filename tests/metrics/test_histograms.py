"""Classic histograms, held against a real Prometheus."""

import math
from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.metrics.histograms import bucket_columns, group_buckets, histogram_quantile, per_bucket
from sitegen.metrics.model import MetricQuery, Series
from sitegen.units import Window
from tests.metrics.conftest import DAY_END, ask_plainly

WINDOW = Window.ending(DAY_END - 1800, 3600.0)


def bucket(le: str, *values: float, **labels: str) -> Series:
    times = array("d", [60.0 * step for step in range(len(values))])
    return Series({"le": le, **labels}, times, array("d", values))


@pytest.mark.needs("prometheus")
@pytest.mark.parametrize("quantile", [-1, 0, 0.01, 0.5, 0.79, 0.8, 0.85, 0.95, 0.951, 0.99, 1, 2])
def test_a_quantile_is_what_prometheus_computes(prometheus, make_source, quantile):
    expression = "rate(latency_seconds_bucket[5m])"
    result = make_source(prometheus).ask(MetricQuery("prom", expression, WINDOW))
    said = ask_plainly(
        prometheus, "/api/v1/query_range",
        query=f"histogram_quantile({quantile}, {expression})", start=WINDOW.start, end=WINDOW.end, step=WINDOW.step,
    )["data"]["result"]  # fmt: skip
    groups = group_buckets(result.series)
    assert (
        [group.labels for group in groups]
        == [one["metric"] for one in said]
        == [{"path": "/"}, {"path": "/api"}]
    )
    for group, one in zip(groups, said, strict=True):
        columns = zip(*(series.values for series in group.series), strict=True)
        computed = [
            histogram_quantile(quantile, list(zip(group.bounds, column, strict=True))) for column in columns
        ]
        expected = [float(value) for _, value in one["values"]]
        assert computed == pytest.approx(expected, rel=1e-12)


# Odd histograms, written as PromQL and as pairs.
ODD = {
    "no +Inf": ([("1", 5), ("2", 9)], 0.5),
    "only +Inf": ([("+Inf", 5)], 0.5),
    "empty": ([("1", 0), ("+Inf", 0)], 0.5),
    "all below zero": ([("-1", 5), ("+Inf", 5)], 0.5),
    "from below zero": ([("-1", 2), ("1", 8), ("+Inf", 9)], 0.5),
    "one bound spelled twice": ([("1", 2), ("1.0", 2), ("+Inf", 8)], 0.5),
    "not monotonic": ([("1", 5), ("2", 3), ("+Inf", 9)], 0.9),
    "quantile 0 of an empty first bucket": ([("1", 0), ("2", 5), ("+Inf", 5)], 0),
    "no observation below the last": ([("1", 0), ("2", 0), ("+Inf", 5)], 0.5),
    "in the last bucket": ([("1", 1), ("2", 2), ("+Inf", 50)], 0.99),
}


@pytest.mark.needs("prometheus")
@pytest.mark.parametrize("name", ODD)
def test_an_odd_histogram_gives_what_prometheus_gives(prometheus, name):
    buckets, quantile = ODD[name]
    vector = " or ".join(f'label_replace(vector({count}), "le", "{le}", "", "")' for le, count in buckets)
    said = ask_plainly(
        prometheus, "/api/v1/query", query=f"histogram_quantile({quantile}, {vector})", time=DAY_END
    )
    [one] = said["data"]["result"]
    computed = histogram_quantile(quantile, [(float(le), float(count)) for le, count in buckets])
    assert computed == pytest.approx(float(one["value"][1]), rel=1e-12, nan_ok=True)


def test_a_quantile_that_is_no_number_gives_none():
    assert math.isnan(histogram_quantile(math.nan, [(1.0, 5.0), (math.inf, 9.0)]))
    assert math.isnan(histogram_quantile(0.5, []))


@settings(deadline=None, max_examples=200)
@given(
    counts=st.lists(st.integers(0, 1000), min_size=2, max_size=8).filter(lambda counts: sum(counts) > 0),
    quantiles=st.tuples(st.floats(0.001, 1), st.floats(0.001, 1)),
)
def test_a_higher_quantile_is_never_lower(counts, quantiles):
    cumulative = [sum(counts[: index + 1]) for index in range(len(counts))]
    bounds = [float(bound) for bound in range(1, len(counts))] + [math.inf]
    buckets = list(zip(bounds, map(float, cumulative), strict=True))
    low, high = (histogram_quantile(quantile, buckets) for quantile in sorted(quantiles))
    assert 0 <= low <= high + 1e-9 <= bounds[-2] + 1e-6


def test_buckets_are_grouped_by_their_other_labels_and_sorted_by_bound():
    series = [
        bucket("+Inf", 9, path="/"),
        bucket("0.5", 1, path="/"),
        bucket("10", 5, path="/"),
        bucket("1e-1", 1, path="/a"),
    ]
    one, other = group_buckets(series)
    assert (one.labels, one.bounds) == ({"path": "/"}, (0.5, 10.0, math.inf))
    assert [member.labels["le"] for member in one.series] == ["0.5", "10", "+Inf"]
    assert (other.labels, other.bounds) == ({"path": "/a"}, (0.1,))


def test_series_that_are_no_buckets_are_left_out():
    assert (
        group_buckets([bucket("nan", 1), bucket("<b>", 1), Series({"a": "b"}, array("d"), array("d"))]) == ()
    )


@pytest.mark.parametrize(
    ("cumulative", "alone"),
    [
        ([1.0, 3.0, 3.0, 10.0], (1.0, 2.0, 0.0, 7.0)),
        ([1.0, None, 3.0], (1.0, None, 2.0)),
        ([5.0, 3.0, 6.0], (5.0, 0.0, 1.0)),
        ([math.nan, 2.0], (None, 2.0)),
        ([], ()),
    ],
)
def test_cumulative_counts_become_those_of_each_bucket(cumulative, alone):
    assert per_bucket(cumulative) == alone


def test_each_column_of_a_window_has_the_counts_of_each_bucket():
    [group] = group_buckets([bucket("1", 1, 2), bucket("2", 4, 4), bucket("+Inf", 4, 9)])
    assert bucket_columns(group, Window(0.0, 120.0, 60.0)) == (
        (1.0, 3.0, 0.0),
        (2.0, 2.0, 5.0),
        (None, None, None),
    )

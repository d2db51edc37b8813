import json
import math
import random
import shutil
import subprocess
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.units import Window
from sitegen.visualization.charts.buckets import merge_buckets, quantile, read_buckets, sum_columns

BOUNDS = (0.1, 0.5, 1.0, math.inf)
WINDOW = Window(0.0, 20.0, 10.0)


def test_cumulative_series_become_counts_of_each_bucket(kit):
    columns = [[0.05, 0.3, 0.4], [0.7, 3.0], [0.1]]
    read = read_buckets(kit.buckets(columns, BOUNDS, WINDOW), WINDOW, 60)
    assert read.bounds == BOUNDS
    assert read.columns == ((1, 2, 0, 0), (0, 0, 1, 1), (1, 0, 0, 0))
    assert sum_columns(read) == pytest.approx((2 / 3, 2 / 3, 1 / 3, 1 / 3))


def test_several_histograms_are_added_at_the_bounds_that_all_have(kit):
    one = kit.buckets([[0.05, 0.3]] * 3, BOUNDS, WINDOW, job="a")
    other = kit.buckets([[0.7, 0.2]] * 3, (0.1, 1.0, math.inf), WINDOW, job="b")
    read = read_buckets([*one, *other], WINDOW, 60)
    assert read.bounds == (0.1, 1.0, math.inf)
    assert read.columns[0] == (1, 3, 0)
    assert read.groups == 2


def test_a_cumulative_count_that_falls_counts_as_none(kit):
    falling = [
        kit.series([count] * 3, WINDOW, le=le) for le, count in (("1", 5.0), ("2", 3.0), ("+Inf", 6.0))
    ]
    assert read_buckets(falling, WINDOW, 60).columns[0] == (5, 0, 1)


@pytest.mark.parametrize("le", ["", "many", "NaN", None])
def test_series_without_a_bound_are_no_buckets(kit, le):
    labels = {} if le is None else {"le": le}
    assert read_buckets([kit.series([1.0] * 3, WINDOW, **labels)], WINDOW, 60) is None


def test_empty_buckets_at_the_ends_are_left_out_and_neighbours_put_together(kit):
    bounds = tuple(float(bound) for bound in range(1, 12))
    read = read_buckets(kit.buckets([[3.5, 4.5, 5.5, 6.5, 6.6]] * 3, bounds, WINDOW), WINDOW, 60)
    merged = merge_buckets(read, 2)
    assert (merged.floor, merged.bounds) == (3, (5, 7))
    assert merged.columns[0] == (2, 3)


@pytest.mark.parametrize(
    ("share", "bounds", "counts", "value"),
    [
        (0.5, (1.0, 2.0, math.inf), (1, 2, 1), 1.5),
        (0.25, (1.0, 2.0, math.inf), (2, 2, 0), 0.5),
        (0.99, (1.0, 2.0, math.inf), (0, 0, 4), 2.0),
        (0.5, (-1.0, 0.0, math.inf), (4, 0, 0), -1.0),
        (0.5, (1.0, 2.0), (1, 1), None),
        (0.5, (math.inf,), (3,), None),
        (0.5, (1.0, math.inf), (0, 0), None),
    ],
)
def test_quantiles_are_estimated_as_promql_does(share, bounds, counts, value):
    assert quantile(share, bounds, counts) == value


@settings(deadline=None, max_examples=100)
@given(
    st.lists(st.floats(0, 1e6), min_size=3, max_size=8),
    st.floats(0.01, 0.99),
)
def test_a_quantile_lies_in_the_bucket_that_holds_its_rank(counts, share):
    bounds = (*(float(2**index) for index in range(len(counts) - 1)), math.inf)
    value = quantile(share, bounds, counts)
    if value is None:
        assert sum(counts) <= 0
    else:
        below = sum(count for bound, count in zip(bounds, counts, strict=True) if bound < value)
        upto = sum(
            count
            for low, count in zip((0.0, *bounds), counts, strict=False)
            if low < value or bounds[-2] == value
        )
        assert below <= share * sum(counts) * (1 + 1e-9)
        assert upto >= share * sum(counts) * (1 - 1e-9)


@pytest.mark.needs("prometheus")
@pytest.mark.skipif(shutil.which("promtool") is None, reason="needs promtool, which comes with Prometheus")
def test_prometheus_estimates_the_same_quantiles(tmp_path):
    random_ = random.Random(11)
    series, wanted = [], []
    for number in range(25):
        bounds = sorted({round(random_.uniform(-1 if number % 5 == 0 else 0.01, 9), 2) for _ in range(7)})
        counts = [random_.choice((0, random_.randint(1, 50))) for _ in range(len(bounds) + 1)]
        counts[0] += 1
        for bound, total in zip((*bounds, math.inf), accumulate(counts), strict=True):
            le = "+Inf" if bound == math.inf else bound
            series.append({"series": f'h_bucket{{n="{number}",le="{le}"}}', "values": str(total)})
        for share in (0.5, 0.95, 0.99):
            ours = quantile(share, (*bounds, math.inf), counts)
            query = f'count(abs(histogram_quantile({share}, h_bucket{{n="{number}"}}) - ({ours!r})) < 1e-9)'
            wanted.append({"expr": query, "eval_time": "0m", "exp_samples": [{"labels": "{}", "value": 1}]})
    rules = tmp_path / "quantiles.json"  # JSON is YAML
    case = {"interval": "1m", "input_series": series, "promql_expr_test": wanted}
    rules.write_text(json.dumps({"rule_files": [], "tests": [case]}))
    told = subprocess.run(["promtool", "test", "rules", rules], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr

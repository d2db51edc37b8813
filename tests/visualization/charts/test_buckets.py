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
from sitegen.visualization.charts.buckets import (
    group_columns,
    merge_buckets,
    quantile,
    read_buckets,
    sum_columns,
)
from sitegen.visualization.charts.histogram import QUANTILES, describe_distribution

BOUNDS = (0.1, 0.5, 1.0, math.inf)
WINDOW = Window(0.0, 20.0, 10.0)


def test_cumulative_series_become_counts_of_each_bucket(kit):
    columns = [[0.05, 0.3, 0.4], [0.7, 3.0], [0.1]]
    read = read_buckets(kit.buckets(columns, BOUNDS, WINDOW), WINDOW)
    assert read.bounds == BOUNDS
    assert read.columns == ((1, 2, 0, 0), (0, 0, 1, 1), (1, 0, 0, 0))
    assert sum_columns(read) == pytest.approx((2 / 3, 2 / 3, 1 / 3, 1 / 3))


def test_histograms_with_other_bounds_are_added_at_all_of_them(kit):
    one = kit.buckets([[0.05, 0.3]] * 3, BOUNDS, WINDOW, job="a")
    other = kit.buckets([[0.7, 0.2]] * 3, (0.1, 1.0, math.inf), WINDOW, job="b")
    read = read_buckets([*one, *other], WINDOW)
    assert (read.bounds, read.groups, read.spread, read.cut) == (BOUNDS, 2, True, None)
    # Of the two between 0.1 and 1 four ninths lie up to 0.5.
    assert read.columns[0] == pytest.approx((1, 1 + 2 * 4 / 9, 2 * 5 / 9, 0))


def test_a_layout_that_changes_with_time_is_spread_evenly_from_zero(kit):
    old = [
        kit.series([count, math.nan, math.nan], WINDOW, le=le) for le, count in (("1", 4.0), ("+Inf", 8.0))
    ]
    new = [kit.series([math.nan, 3.0, 3.0], WINDOW, le=le) for le in ("0.5", "2", "Inf")]
    read = read_buckets([*old, *new], WINDOW)
    assert (read.bounds, read.columns[1]) == ((0.5, 1.0, math.inf), (3, 0, 0))
    assert (read.columns[0], read.cut) == ((2, 2, 4), 1.0)


def test_the_larger_count_is_taken_where_a_bound_has_two(kit):
    spelled = (("1", 4.0), ("1.0", 5.0), ("1e0", 3.0), ("+Inf", 6.0), ("inf", 1.0))
    read = read_buckets([kit.series([count] * 3, WINDOW, le=le) for le, count in spelled], WINDOW)
    assert (read.bounds, read.columns[0], read.doubled, read.spread) == ((1.0, math.inf), (5, 1), True, False)


def test_a_histogram_without_its_last_bucket_is_left_out_where_others_have_it(kit):
    whole = kit.buckets([[0.05, 0.3]] * 3, BOUNDS, WINDOW, job="a")
    headless = kit.buckets([[0.05, 0.3]] * 3, BOUNDS[:-1], WINDOW, job="b")
    read = read_buckets([*whole, *headless], WINDOW)
    assert (read.columns[0], read.headless) == ((1, 1, 0, 0), 3)


def test_a_cumulative_count_that_falls_counts_as_none(kit):
    falling = [
        kit.series([count] * 3, WINDOW, le=le) for le, count in (("1", 5.0), ("2", 3.0), ("+Inf", 6.0))
    ]
    assert read_buckets(falling, WINDOW).columns[0] == (5, 0, 1)


@pytest.mark.parametrize("le", ["", "many", "NaN", "1_0", "１", " 1", None])
def test_series_without_a_bound_are_no_buckets(kit, le):
    labels = {} if le is None else {"le": le}
    assert read_buckets([kit.series([1.0] * 3, WINDOW, **labels)], WINDOW) is None


def test_empty_buckets_at_the_ends_are_left_out_and_neighbours_put_together(kit):
    bounds = tuple(float(bound) for bound in range(1, 12))
    read = read_buckets(kit.buckets([[3.5, 4.5, 5.5, 6.5, 6.6]] * 3, bounds, WINDOW), WINDOW)
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


@pytest.mark.needs("prometheus")
@pytest.mark.skipif(shutil.which("promtool") is None, reason="needs promtool, which comes with Prometheus")
def test_prometheus_tells_the_same_quantiles_of_bounds_spelled_in_turn(tmp_path, kit):
    layouts = [("0.5", "1", "2", "+Inf"), ("0.5", "1.0", "2e0", "Inf"), ("5e-1", "1e0", "2.0", "inf")]
    counts = (20.0, 40.0, 59.0, 60.0)
    columns: dict[str, list[float]] = {}
    for column, layout in enumerate(layouts):
        for le, count in zip(layout, counts, strict=True):
            columns.setdefault(le, [math.nan] * 3)[column] = count
    read = read_buckets([kit.series(values, WINDOW, le=le) for le, values in columns.items()], WINDOW)
    assert read.columns == ((20, 20, 19, 1),) * 3
    series = [
        {
            "series": f'h_bucket{{le="{le}"}}',
            "values": " ".join("_" if math.isnan(one) else str(one) for one in values),
        }
        for le, values in columns.items()
    ]
    wanted = [
        {
            "expr": f"count(abs(histogram_quantile({share}, h_bucket) - ({quantile(share, read.bounds, read.columns[at])!r})) < 1e-9)",
            "eval_time": f"{at * 10}m",
            "exp_samples": [{"labels": "{}", "value": 1}],
        }
        for share in (0.5, 0.95)
        for at in range(3)
    ]  # fmt: skip
    rules = tmp_path / "spellings.json"
    case = {"interval": "10m", "input_series": series, "promql_expr_test": wanted}
    rules.write_text(json.dumps({"rule_files": [], "tests": [case]}))
    told = subprocess.run(["promtool", "test", "rules", rules], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr


SPELLINGS = ("{0!r}", "{0:g}", "{0:e}", "{0:.3f}", "+{0!r}")
"""All write the bounds below as the same number."""


def draw_histograms(random_: random.Random) -> list[dict[float, float]]:
    """Draw one to four histograms, each with a layout of its own, or that of the first: bounds and cumulative counts."""
    found: list[dict[float, float]] = []
    for _ in range(random_.randint(1, 4)):
        bounds = sorted(
            random_.sample([0.005, 0.01, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0], random_.randint(1, 6))
        )
        if found and random_.random() < 0.4:
            bounds = [*found[0]][:-1]
        counts = [random_.choice((0, random_.randint(1, 90))) for _ in (*bounds, math.inf)]
        found.append(dict(zip((*bounds, math.inf), map(float, accumulate(counts)), strict=True)))
    return found


def interpolate(histogram: dict[float, float], at: float) -> float:
    """Count what lies up to an instant, evenly within a bucket, by going through them one by one."""
    low, before = 0.0, 0.0
    for bound, count in histogram.items():
        if at <= bound:
            return before if bound == math.inf else before + (count - before) * (at - low) / (bound - low)
        low, before = bound, count
    raise AssertionError(at)


def limits(histogram: dict[float, float], at: float) -> tuple[float, float]:
    """Return how many lie up to `at` at least and at most, whatever their places within a bucket."""
    least = max((count for bound, count in histogram.items() if bound <= at), default=0.0)
    return least, min(count for bound, count in histogram.items() if bound >= at)


def test_a_thousand_histograms_are_merged_as_by_hand_and_no_quantile_contradicts_them(kit):
    random_, window = random.Random(4), Window(0.0, 0.0, 10.0)
    for _ in range(1000):
        histograms = draw_histograms(random_)
        series = []
        for number, one in enumerate(histograms):
            for bound, count in one.items():
                spelled = (
                    random_.choice(SPELLINGS).format(bound)
                    if bound < math.inf
                    else random_.choice(("+Inf", "Inf", "inf"))
                )
                series.append(kit.series([count], window, le=spelled, job=str(number)))
        random_.shuffle(series)
        read = read_buckets(series, window)
        (counts,) = read.columns
        whole = sum(one[math.inf] for one in histograms)
        assert sum(counts) == pytest.approx(whole)
        merged = dict(zip(read.bounds, accumulate(counts), strict=True))
        for bound, count in merged.items():
            known = whole if bound == math.inf else sum(interpolate(one, bound) for one in histograms)
            assert count == pytest.approx(known, abs=1e-9)
        every = {bound for one in histograms for bound in one}
        assert set(merged) == {
            bound for bound in every if read.cut is None or bound <= read.cut or bound == math.inf
        }
        assert read.spread == any(set(one) != every for one in histograms)
        distribution = describe_distribution(read)
        for (_, value, words), share in zip(distribution.spell(""), QUANTILES, strict=True):
            if value is None:
                assert not whole or (read.cut is not None and share * whole >= merged[read.cut] - 1e-9)
                continue
            least, most = map(sum, zip(*(limits(one, value) for one in histograms), strict=True))
            assert least - 1e-9 <= share * whole
            assert bool(words) == (share * whole > most + 1e-9) or most == pytest.approx(share * whole)


def test_histograms_that_redaction_made_alike_are_added(kit):
    series = [kit.series([count * times] * 3, WINDOW, token="redacted", le=le) for times in (1, 10) for le, count in (("1", 4.0), ("+Inf", 6.0))]  # fmt: skip
    read = read_buckets(series, WINDOW)
    assert (read.columns[0], read.groups, read.doubled) == ((44, 22), 2, False)


def test_a_column_of_several_steps_is_the_mean_of_their_counts(kit):
    old = [
        kit.series([count, math.nan, math.nan], WINDOW, le=le) for le, count in (("1", 4.0), ("+Inf", 4.0))
    ]
    new = [kit.series([math.nan, 10.0, 10.0], WINDOW, le=le) for le in ("1.0", "Inf")]
    heat = group_columns(read_buckets([*old, *new], WINDOW), 1)
    assert (heat.columns, heat.steps, heat.doubled) == (((8, 0),), 3, False)

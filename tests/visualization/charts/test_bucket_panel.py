import math
import random

import pytest
from sitegen.units import Quantity, plain
from sitegen.visualization.generator import draw_panel

BOUNDS = (*(0.005 * 2**index for index in range(13)), math.inf)


@pytest.fixture(scope="module")
def latencies(kit):
    random_ = random.Random(4)
    columns = [
        [random_.lognormvariate(math.log(0.05) + 0.8 * math.sin(column / 20), 0.5) for _ in range(100)]
        for column in range(kit.window.columns)
    ]
    return kit.buckets(columns, BOUNDS)


def test_a_heatmap_draws_each_class_as_one_path_with_its_limit_in_the_legend(kit, latencies):
    figure = draw_panel(kit.panel(latencies, "heatmap", unit="seconds"), 240)
    root = kit.read_svg(figure.svg)
    classes = [path.get("class") for path in root.iter("path")]
    assert classes == ["h1", "h2", "h3", "h4", "h5", "h6", "h7"]
    assert [entry.series_class for entry in figure.legend] == classes
    limits = [entry.value[0].value for entry in figure.legend]
    assert limits == sorted(limits)


def test_a_heatmap_has_at_most_sixty_columns_and_sixteen_rows(kit, latencies):
    root = kit.read_svg(draw_panel(kit.panel(latencies, "heatmap"), 240).svg)
    _, _, width, height = map(int, root.find("svg").get("viewBox").split())
    assert width <= 60
    assert height <= 2 * 16


def test_cells_that_are_all_alike_are_bright(kit):
    alike = kit.buckets([[0.02]] * 240, BOUNDS)
    figure = draw_panel(kit.panel(alike, "heatmap"), 240)
    assert [entry.series_class for entry in figure.legend] == ["h7"]


def test_a_noisy_heatmap_takes_fewer_columns_rather_than_more_bytes(kit):
    random_ = random.Random(1)
    noise = kit.buckets(
        [[random_.lognormvariate(-2, 2) for _ in range(8)] for _ in range(kit.window.columns)], BOUNDS
    )
    raw, _, _ = kit.measure(draw_panel(kit.panel(noise, "heatmap", unit="seconds"), 240).svg)
    assert raw <= 2600


def test_a_histogram_says_its_quantiles_in_the_drawing_and_in_words(kit, latencies):
    figure = draw_panel(kit.panel(latencies, "histogram", unit="seconds"), 240)
    labels = [text.text for text in kit.read_svg(figure.svg).iter("text")]
    p50, p95, p99 = (part for part in figure.summary if isinstance(part, Quantity))
    assert {f"p50 {p50.text}", f"p95 {p95.text}", f"p99 {p99.text}"} <= set(labels)
    assert p50.value < p95.value < p99.value
    assert len(figure.table.rows) <= 12


def test_the_shares_of_a_histogram_are_its_counts(kit):
    figure = draw_panel(
        kit.panel(kit.buckets([[0.007, 0.007, 0.015, 900.0]] * 240, BOUNDS), "histogram"), 240
    )
    shown = {row[0]: (row[1].value, row[2].value) for row in figure.table.rows}
    assert shown["above 0.005 up to 0.01"] == (2, 0.5)
    assert shown["above 20.5"] == (1, 0.25)
    assert figure.remarks == (("Most are above 0.005 up to 0.01.",),)


@pytest.mark.parametrize("kind", ["heatmap", "histogram"])
@pytest.mark.parametrize(
    "bounds",
    [
        (math.inf,),
        (1.0,),
        (1.0, math.inf),
        (-1.0, 0.0, 1.0, math.inf),
        (0.0, math.inf),
        (1e-300, 1e300, math.inf),
    ],
)
def test_any_bounds_can_be_drawn(kit, kind, bounds):
    figure = draw_panel(kit.panel(kit.buckets([[0.5, 1e305]] * 240, bounds), kind, unit="seconds"), 240)
    kit.read_svg(figure.svg)
    assert figure.table is not None


@pytest.mark.parametrize("kind", ["heatmap", "histogram"])
def test_series_without_buckets_are_no_data_with_the_reason(kit, kind):
    figure = draw_panel(kit.panel([kit.series([1.0] * 240, job="api")], kind), 240)
    assert plain(figure.summary) == "no data"
    assert any("label le" in note for note in figure.notes)


@pytest.mark.parametrize("kind", ["heatmap", "histogram"])
def test_buckets_that_counted_nothing_can_be_drawn(kit, kind):
    figure = draw_panel(kit.panel(kit.buckets([[]] * 240, BOUNDS), kind), 240)
    kit.read_svg(figure.svg)
    assert "p50 no data" in plain(figure.summary)


def test_series_beside_the_buckets_are_left_out_with_a_note(kit, latencies):
    figure = draw_panel(kit.panel([*latencies, kit.series([1.0] * 240, job="api")], "histogram"), 240)
    assert "1 series without a number in the label le is left out." in figure.notes


def test_what_was_made_of_buckets_that_do_not_fit_together_is_told(kit):
    coarse = [kit.series([count] * 240, le=le, job="a") for le, count in (("1", 5.0), ("+Inf", 10.0))]
    fine = [
        kit.series([count] * 240, le=le, job="b")
        for le, count in (("1", 9.0), ("2", 10.0), ("4", 10.0), ("+Inf", 10.0))
    ]
    figure = draw_panel(kit.panel([*coarse, *fine], "histogram", unit="seconds"), 240)
    assert figure.notes == (
        "Buckets differ; what lies in one is spread evenly over those of the others.",
        "Above 1 s not every histogram has bounds: all of it is one bucket, and no quantile is told in it.",
    )
    # Of twenty fourteen are up to a second; p95 lies above it, nobody knows where.
    assert plain(figure.summary) == "p50 714 ms · p95 no data · p99 no data"


def test_a_histogram_without_its_last_bucket_is_left_out_with_a_note(kit):
    whole = kit.buckets([[0.02]] * 240, BOUNDS, job="a")
    figure = draw_panel(
        kit.panel([*whole, *kit.buckets([[9]] * 240, BOUNDS[:-1], job="b")], "histogram"), 240
    )
    assert "Left out: 240 times a histogram had no bucket up to infinity, or none below." in figure.notes
    assert "Most are above 0.01 up to 0.02." in map(plain, figure.remarks)


@pytest.mark.parametrize(
    ("les", "every", "note"),
    [
        (("1", "2"), 1, "No quantile is told without a bucket up to infinity and one below."),
        (("+Inf",), 1, "No quantile is told without a bucket up to infinity and one below."),
        # Each bound at an instant of its own: there are samples, and no histogram.
        (
            ("1", "2", "+Inf"),
            3,
            "Left out: 240 times a histogram had no bucket up to infinity, or none below.",
        ),
    ],
)
def test_why_there_is_no_quantile_is_told(kit, les, every, note):
    series = (
        [
            kit.series([5.0 if column % every == place else math.nan for column in range(240)], le=le)
            for place, le in enumerate(les)
        ]
        if every > 1
        else [kit.series([5.0] * 240, le=le) for le in les]
    )
    figure = draw_panel(kit.panel(series, "histogram"), 240)
    assert "no data" in plain(figure.summary)
    assert note in figure.notes


def test_a_bucket_above_zero_is_not_that_of_all_below(kit):
    series = [
        kit.series([count] * 240, le=le) for le, count in (("-1", 5.0), ("0", 6.0), ("1", 9.0), ("+Inf", 9.0))
    ]
    figure = draw_panel(kit.panel(series, "histogram"), 240)
    assert [row[0] for row in figure.table.rows] == ["up to -1", "above -1 up to 0", "above 0 up to 1"]


def test_a_quantile_above_the_last_bound_is_no_more_than_above_it(kit):
    series = [kit.series([count] * 240, le=le) for le, count in (("1", 5.0), ("10", 6.0), ("+Inf", 9.0))]
    figure = draw_panel(kit.panel(series, "histogram", unit="seconds"), 240)
    assert plain(figure.summary) == "p50 900 ms · p95 > 10 s · p99 > 10 s"
    assert figure.summary[3].value == 10


def test_a_quantile_at_the_last_bound_is_not_above_it(kit):
    series = [kit.series([count] * 240, le=le) for le, count in (("1", 0.1), ("10", 0.95), ("+Inf", 1.0))]
    figure = draw_panel(kit.panel(series, "histogram", unit="seconds"), 240)
    assert plain(figure.summary).endswith("p95 10.0 s · p99 > 10 s")

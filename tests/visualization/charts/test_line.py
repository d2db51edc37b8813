import math
import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.metrics.model import Threshold
from sitegen.units import Quantity, Window, plain
from sitegen.visualization.generator import draw_panel
from sitegen.visualization.primitives.columns import lay
from sitegen.visualization.primitives.scales import value_scale

HALVES = Window(1_795_422_600.0 - 479 * 7.5, 1_795_422_600.0, 7.5)
"""An hour in 480 steps."""
SHORT = Window(1_795_422_000.0, 1_795_422_470.0, 10.0)
"""48 steps, for which a page may have as many columns, or half, a third or a twelfth of them."""


def paths(root, css):
    return [element.get("d") for element in root.iter("path") if element.get("class") == css]


def labels(root):
    return [element.text for element in root.iter("text")]


def strokes_of(kit, values, **panel):
    root = kit.read_svg(draw_panel(kit.panel([kit.series(values)], **panel), 240).svg)
    return kit.points_of(paths(root, "s1")[0])


def test_a_series_without_gaps_is_one_stroke_over_the_whole_plot(kit):
    strokes = strokes_of(kit, kit.walk(kit.window.columns, 5, 0.3, 1))
    assert len(strokes) == 1
    assert strokes[0][0][0] == 0
    assert strokes[0][-1][0] == 3 * (kit.window.columns - 1)


def test_one_missing_instant_is_a_gap_in_the_line(kit):
    values = kit.walk(kit.window.columns, 5, 0.3, 1)
    values[100] = None
    first, second = strokes_of(kit, values)
    assert first[-1][0] == 99 * 3
    assert second[0][0] == 101 * 3


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_value_that_is_not_finite_is_a_gap_and_is_noted(kit, value):
    values = kit.walk(kit.window.columns, 5, 0.3, 1)
    values[100] = value
    assert len(strokes_of(kit, values)) == 2
    figure = draw_panel(kit.panel([kit.series(values)]), 240)
    assert "Gaps: 1 sample is not a finite number." in figure.notes


@pytest.mark.parametrize("place", [0, 50, 239])
def test_a_sample_alone_is_a_visible_stroke_within_the_plot(kit, place):
    values = [None] * kit.window.columns
    values[place] = 7.0
    ((start, end),) = strokes_of(kit, values)
    assert end[0] > start[0] >= 0
    assert start[1] == end[1]


def test_lines_keep_their_width_however_the_drawing_is_scaled(kit):
    root = kit.read_svg(draw_panel(kit.panel([kit.series(kit.walk(240, 5, 0.3, 1))]), 240).svg)
    assert root.get("viewBox") is None
    inner = root.find("svg")
    assert inner.get("preserveAspectRatio") == "none"
    assert {path.get("vector-effect") for path in inner.iter("path") if path.get("class")} == {
        "non-scaling-stroke"
    }
    assert not list(inner.iter("text"))


def test_a_series_with_several_samples_a_column_has_a_band(kit):
    window = Window(kit.end - 86_400, kit.end, 30.0)
    values = kit.walk(window.columns, 5, 0.3, 1)
    alone = draw_panel(kit.panel([kit.series(values, window)], window=window), 240)
    assert paths(kit.read_svg(alone.svg), "b1")
    assert any("band" in plain(remark) for remark in alone.remarks)


def test_an_area_reaches_down_to_zero_and_its_axis_holds_it(kit):
    figure = draw_panel(kit.panel([kit.series([99.0 + n % 2 for n in range(240)])], "area"), 240)
    root = kit.read_svg(figure.svg)
    assert labels(root)[0] == "0"
    (stroke,) = kit.points_of(paths(root, "a1")[0])
    assert stroke[0] == (0, 200)
    assert max(y for _, y in stroke) == 200


def test_a_threshold_in_reach_is_a_labelled_line_and_a_far_one_a_note(kit):
    limits = (Threshold(0.05, "warn"), Threshold(30.0, "crit"))
    figure = draw_panel(
        kit.panel([kit.series(kit.walk(240, 0.03, 0.002, 1))], unit="seconds", thresholds=limits), 240
    )
    root = kit.read_svg(figure.svg)
    assert len(paths(root, "tw")) == 1
    (line,), (zone,) = kit.points_of(paths(root, "tw")[0]), kit.points_of(paths(root, "zw")[0])
    assert {y for _, y in zone} == {0, line[0][1]}
    assert paths(root, "zc") == []
    assert paths(root, "tc") == []
    assert "warn 50 ms" in labels(root)
    assert ("The threshold crit 30 s lies outside the drawing.",) in figure.remarks


def test_the_heading_carries_the_unit_and_ticks_are_bare_numbers(kit):
    figure = draw_panel(kit.panel([kit.series(kit.walk(240, 0.03, 0.002, 1))], unit="seconds"), 240)
    assert figure.title == "Latency, ms"
    assert {"0", "20", "40"} <= set(labels(kit.read_svg(figure.svg)))


def test_an_axis_that_does_not_start_at_zero_says_so(kit):
    figure = draw_panel(
        kit.panel([kit.series([0.9995 + (n % 5) * 1e-4 for n in range(240)])], unit="ratio"), 240
    )
    assert "y from 99.95 %" in labels(kit.read_svg(figure.svg))


def test_leaving_out_samples_never_closes_a_gap(kit):
    values = [kit.walk(240, 5, 3, seed) for seed in range(6)]
    for one in values:
        one[100:102] = [None, None]
    drawn = draw_panel(kit.panel([kit.series(one, of=str(n)) for n, one in enumerate(values)], top=6), 120)
    root = kit.read_svg(drawn.svg)
    for css in ("s1", "s2", "s3", "s4", "s5", "s6"):
        first, second = kit.points_of(paths(root, css)[0])
        assert first[-1][0] < second[0][0] - 6


@pytest.mark.parametrize("columns", [120, 240])
def test_what_bounds_the_bytes_of_the_noisiest_drawing_is_its_number_of_columns(kit, columns):
    noise = [
        kit.series([float((7 * n * n + k) % 1009) for n in range(480)], HALVES, q=str(k)) for k in range(6)
    ]
    svg = draw_panel(kit.panel(noise, window=HALVES, top=6), columns).svg
    lines = re.findall(r' d="([^"]+)"', svg)
    # Six lines with two extremes each and the two edges of a band; 200 rows take four characters.
    assert sum(map(len, lines)) <= 9 * (6 * (columns + 2) + 2 * columns) + 200


samples = st.one_of(
    st.none(),
    st.floats(-1e3, 1e3),
    st.floats(0, 1),
    st.sampled_from([0.0, 1e299, -1e299, math.nan, math.inf]),
)
any_values = st.lists(samples, min_size=48, max_size=48).filter(
    lambda values: any(value is not None and math.isfinite(value) for value in values)
)


def columns_of(values, columns):
    """Give the finite samples of each column as (step, value)."""
    group = len(values) // columns
    return [
        [
            (step, values[step])
            for step in range(begin, begin + group)
            if values[step] is not None and math.isfinite(values[step])
        ]
        for begin in range(0, len(values), group)
    ]


def mean_of(column):
    return sum(value for _, value in column) / len(column)


def drawing_of(kit, several, kind, columns):
    """Give the decoded strokes of each series, the row of a value, and the grid's width for a step."""
    series = [kit.series(one, SHORT, q=str(n)) for n, one in enumerate(several)]
    root = kit.read_svg(draw_panel(kit.panel(series, kind, SHORT, stack=False), columns).svg)
    known = [value for one in series for value in one.values if math.isfinite(value)]
    scale = value_scale(min(known), max(known), "", from_zero=kind == "area")
    letter = "s" if kind == "line" else "a"
    strokes = [kit.points_of(paths(root, f"{letter}{n}")[0]) for n in range(1, len(several) + 1)]
    width = int(root.find("svg").get("viewBox").split()[2])
    return strokes, lambda value: scale.row(value, 200), width / 47


@settings(deadline=None, max_examples=120)
@given(
    several=st.lists(any_values, min_size=1, max_size=3),
    kind=st.sampled_from(["line", "area"]),
    columns=st.sampled_from([4, 16, 24, 48]),
)
def test_a_series_reaches_its_least_and_greatest_sample_at_their_place(kit, several, kind, columns):
    lines, row, step = drawing_of(kit, several, kind, columns)
    for values, strokes in zip(several, lines, strict=True):
        drawn = [point for stroke in strokes for point in stroke]
        known = [sample for column in columns_of(values, columns) for sample in column]
        for pick in (min, max):
            at, value = pick(known, key=lambda sample: sample[1])
            # A sample that has its column for itself stands in the column's middle.
            shared = len(columns_of(values, columns)[at * columns // 48]) > 1
            reach = 1 if shared else 48 / columns / 2 * step + 1
            assert any(passes(stroke, at * step, row(value), reach) for stroke in strokes)
        highest, lowest = (pick(known, key=lambda sample: sample[1])[1] for pick in (max, min))
        assert abs(min(y for _, y in drawn) - min(row(highest), row(0.0) if kind == "area" else 999)) <= 1
        assert abs(max(y for _, y in drawn) - max(row(lowest), row(0.0) if kind == "area" else 0)) <= 1


@settings(deadline=None, max_examples=120)
@given(several=st.lists(any_values, min_size=1, max_size=3), columns=st.sampled_from([4, 16, 24, 48]))
def test_a_line_passes_the_mean_of_each_column_and_ends_at_each_gap(kit, several, columns):
    lines, row, step = drawing_of(kit, several, "line", columns)
    group = 48 // columns
    for values, strokes in zip(several, lines, strict=True):
        laid = columns_of(values, columns)
        filled = [index for index, column in enumerate(laid) if column]
        reach = lay(kit.series(values, SHORT), SHORT, columns).reach
        gaps = {index for a, b in pairwise(filled) if b - a > reach for index in range(a + 1, b)}
        for index, column in enumerate(laid):
            middle = (index * group + (group - 1) / 2) * step
            if column:
                assert any(passes(stroke, middle, row(mean_of(column))) for stroke in strokes)
            elif index in gaps or not filled[0] < index < filled[-1]:
                edges = ((index * group - 0.5) * step, ((index + 1) * group - 0.5) * step)
                assert not any(stroke[0][0] < edges[0] and stroke[-1][0] > edges[1] for stroke in strokes)


@pytest.mark.parametrize("count", [5, 239, 481])
def test_a_last_column_of_fewer_steps_stays_within_the_plot(kit, count):
    window = Window(kit.end - (count - 1) * 10.0, kit.end, 10.0)
    data = kit.panel([kit.series(kit.walk(count, 5, 0.3, 1), window)], "line", window)
    root = kit.read_svg(draw_panel(data, (count + 1) // 2).svg)
    width = int(root.find("svg").get("viewBox").split()[2])
    ((*_, last),) = kit.points_of(paths(root, "s1")[0])
    assert width - 4 * width / count <= last[0] <= width


def passes(stroke, x, y, reach=1):
    """Tell whether a stroke leads through a place, within so many units to its sides and one up or down."""
    return any(
        min(x0, x1) - reach <= x <= max(x0, x1) + reach and min(y0, y1) - 1 <= y <= max(y0, y1) + 1
        for (x0, y0), (x1, y1) in pairwise(stroke)
    )


def test_the_highest_point_is_the_value_that_the_sentence_tells_and_the_axis_shows(kit):
    calm = [20.0 + n % 3 for n in range(480)]
    peak = list(calm)
    peak[202] = 400.0
    figure = draw_panel(
        kit.panel([kit.series(calm, HALVES, q="a"), kit.series(peak, HALVES, q="b")], window=HALVES), 120
    )
    root = kit.read_svg(figure.svg)
    ticks = {
        text.text: float(text.get("y").rstrip("%")) * 2
        for text in root.iter("text")
        if text.get("x") in (None, "0")
    }
    x, y = min(
        (point for stroke in kit.points_of(paths(root, "s2")[0]) for point in stroke), key=lambda p: p[1]
    )
    assert ticks["0"] + (ticks["400"] - ticks["0"]) == pytest.approx(y, abs=1)
    assert x / int(root.find("svg").get("viewBox").split()[2]) == pytest.approx(202 / 479, abs=1 / 720)
    assert " · max 400 " in plain(figure.summary)


def test_of_several_series_the_one_with_the_highest_sample_has_the_band(kit):
    values = [kit.walk(480, base, 0.3, base) for base in (5, 9, 7)]
    series = [kit.series(one, HALVES, q=str(n)) for n, one in enumerate(values)]
    figure = draw_panel(kit.panel(series, window=HALVES), 120)
    root = kit.read_svg(figure.svg)
    top = max(range(3), key=lambda n: max(values[n]))
    assert [css for css in ("b1", "b2", "b3") if paths(root, css)] == [f"b{top + 1}"]
    assert any(f"the band of q {top} reaches" in plain(remark) for remark in figure.remarks)
    (band,) = kit.points_of(paths(root, f"b{top + 1}")[0])
    (line,) = kit.points_of(paths(root, f"s{top + 1}")[0])
    assert min(y for _, y in band) == min(y for _, y in line)
    assert max(y for _, y in band) == max(y for _, y in line)


def names(root):
    """Give the names beside the plot from the top: their place in shares of the height, class and words."""
    (group,) = (group for group in root.iter("g") if group.get("class") == "vn")
    return [
        (
            float(text.get("y").rstrip("%")) / 100,
            "".join(square.get("class") for square in text.iter("tspan")),
            "".join(text.itertext()),
        )
        for text in group
    ]


def test_a_series_is_named_where_it_ends_with_its_square(kit):
    series = [kit.series([value] * 240, q=name) for name, value in (("low", 2.0), ("high", 8.0))]
    root = kit.read_svg(draw_panel(kit.panel(series), 240).svg)
    assert [(css, words) for _, css, words in names(root)] == [("s2", "■ q high"), ("s1", "■ q low")]
    ends = [kit.points_of(paths(root, css)[0])[0][-1][1] / 200 for css in ("s2", "s1")]
    assert [y for y, _, _ in names(root)] == pytest.approx(ends, abs=0.005)
    assert root.get("class") == "ch gu"
    assert root.get("paint-order") == "stroke"


@settings(deadline=None, max_examples=60)
@given(
    ends=st.lists(st.floats(0, 100), min_size=1, max_size=6), limits=st.lists(st.floats(0, 100), max_size=3)
)
def test_names_beside_the_plot_never_overlap_and_keep_within_it(kit, ends, limits):
    series = [kit.series([value] * 240, q=str(n)) for n, value in enumerate(ends)]
    thresholds = tuple(Threshold(value, "warn") for value in limits)
    root = kit.read_svg(draw_panel(kit.panel(series, thresholds=thresholds, top=6), 120).svg)
    places = [y for y, _, _ in names(root)]
    assert len(places) >= len(ends)
    assert all(after - before >= 0.049 for before, after in pairwise(places))
    assert all(-1e-9 <= y <= 1.0 for y in places)


def test_a_long_name_is_cut_to_what_the_margin_holds(kit):
    root = kit.read_svg(draw_panel(kit.panel([kit.series([1.0] * 240)], title="a very long name"), 240).svg)
    assert names(root)[0][2] == "■ a very lo…"


@settings(deadline=None, max_examples=60)
@given(several=st.lists(st.lists(st.floats(0, 1e3), min_size=48, max_size=48), min_size=2, max_size=4))
def test_layers_reach_the_sums_of_what_lies_below_them(kit, several):
    series = [kit.series(one, SHORT, q=str(n)) for n, one in enumerate(several)]
    figure = draw_panel(kit.panel(series, "area", SHORT), 48)
    root = kit.read_svg(figure.svg)
    sums = [[sum(column[n:]) for column in zip(*several, strict=True)] for n in range(len(several))]
    scale = value_scale(0.0, max(sums[0]), "", from_zero=True)
    width = int(root.find("svg").get("viewBox").split()[2])
    for number, total in enumerate(sums, 1):
        outline = [
            point for d in paths(root, f"v{number}") for stroke in kit.points_of(d) for point in stroke
        ]
        # A layer of nothing at all has no outline.
        assert outline or scale.row(max(total), 200) == 200
        for step, value in enumerate(total if outline else ()):
            assert passes(outline, step * width / 47, scale.row(value, 200))
    assert max(sums[0]) == pytest.approx(
        max(part.value for part in figure.summary if isinstance(part, Quantity))
    )


def test_the_name_of_a_layer_stands_at_its_middle(kit):
    series = [kit.series([value] * 240, q=name) for name, value in (("a", 2.0), ("b", 8.0))]
    root = kit.read_svg(draw_panel(kit.panel(series, "area"), 240).svg)
    assert [(round(y, 2), words) for y, _, words in names(root)] == [(0.1, "■ q a"), (0.6, "■ q b")]


def test_areas_with_values_below_zero_do_not_stand_on_one_another(kit):
    series = [kit.series([value] * 240, q=str(value)) for value in (-2.0, 8.0)]
    root = kit.read_svg(draw_panel(kit.panel(series, "area"), 240).svg)
    assert paths(root, "v1") == []
    assert paths(root, "a1")

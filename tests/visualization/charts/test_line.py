from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.metrics.model import Threshold
from sitegen.units import Window
from sitegen.visualization.charts.line import _SLACKS, _Stroke
from sitegen.visualization.generator import draw_panel


def paths(root, css):
    return [element.get("d") for element in root.iter("path") if element.get("class") == css]


def labels(root):
    return [element.text for element in root.iter("text")]


def strokes_of(kit, values, **panel):
    root = kit.read_svg(draw_panel(kit.panel([kit.series(values)], **panel)).svg)
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
    figure = draw_panel(kit.panel([kit.series(values)]))
    assert "Gaps: 1 sample is not a finite number." in figure.notes


@pytest.mark.parametrize("place", [0, 50, 239])
def test_a_sample_alone_is_a_visible_stroke_within_the_plot(kit, place):
    values = [None] * kit.window.columns
    values[place] = 7.0
    ((start, end),) = strokes_of(kit, values)
    assert end[0] > start[0] >= 0
    assert start[1] == end[1]


def test_lines_keep_their_width_however_the_drawing_is_scaled(kit):
    root = kit.read_svg(draw_panel(kit.panel([kit.series(kit.walk(240, 5, 0.3, 1))])).svg)
    assert root.get("viewBox") is None
    inner = root.find("svg")
    assert inner.get("preserveAspectRatio") == "none"
    assert {path.get("vector-effect") for path in inner.iter("path")} == {"non-scaling-stroke"}
    assert not list(inner.iter("text"))


def test_a_single_series_with_several_samples_a_column_has_a_band(kit):
    window = Window(kit.end - 86_400, kit.end, 30.0)
    values = kit.walk(window.columns, 5, 0.3, 1)
    alone = draw_panel(kit.panel([kit.series(values, window)], window=window))
    assert paths(kit.read_svg(alone.svg), "b1")
    assert any("band" in note for note in alone.notes)
    both = [kit.series(values, window, of=name) for name in "ab"]
    assert "b1" not in draw_panel(kit.panel(both, window=window)).svg


def test_an_area_reaches_down_to_zero_and_its_axis_holds_it(kit):
    figure = draw_panel(kit.panel([kit.series([99.0 + n % 2 for n in range(240)])], "area"))
    root = kit.read_svg(figure.svg)
    assert labels(root)[0] == "0"
    (stroke,) = kit.points_of(paths(root, "a1")[0])
    assert stroke[0] == (0, 200)
    assert max(y for _, y in stroke) == 200


def test_a_threshold_in_reach_is_a_labelled_line_and_a_far_one_a_note(kit):
    limits = (Threshold(0.05, "warn"), Threshold(30.0, "crit"))
    figure = draw_panel(
        kit.panel([kit.series(kit.walk(240, 0.03, 0.002, 1))], unit="seconds", thresholds=limits)
    )
    root = kit.read_svg(figure.svg)
    assert len(paths(root, "tw")) == 1
    assert paths(root, "tc") == []
    assert "warn 50 ms" in labels(root)
    assert "The threshold crit 30 s lies outside the drawing." in figure.notes


def test_the_heading_carries_the_unit_and_ticks_are_bare_numbers(kit):
    figure = draw_panel(kit.panel([kit.series(kit.walk(240, 0.03, 0.002, 1))], unit="seconds"))
    assert figure.title == "Latency, ms"
    assert {"0", "20", "40"} <= set(labels(kit.read_svg(figure.svg)))


def test_an_axis_that_does_not_start_at_zero_says_so(kit):
    figure = draw_panel(kit.panel([kit.series([0.9995 + (n % 5) * 1e-4 for n in range(240)])], unit="ratio"))
    assert "y from 99.95 %" in labels(kit.read_svg(figure.svg))


def test_many_noisy_series_keep_to_the_bytes_and_to_their_peaks(kit):
    noisy = [kit.series(kit.walk(240, 5, 3, seed), of=str(seed)) for seed in range(6)]
    noisy[5].values[77] = 400.0
    figure = draw_panel(kit.panel(noisy, top=6))
    root = kit.read_svg(figure.svg)
    raw, compressed, nodes = kit.measure(figure.svg)
    assert (raw <= 4500, compressed <= 1200, nodes <= 30) == (True, True, True)
    (stroke,) = kit.points_of(paths(root, "s6")[0])
    assert min(stroke, key=lambda point: point[1])[0] == 77 * 3
    assert stroke[-1][0] == 239 * 3


def test_leaving_out_points_never_closes_a_gap(kit):
    values = [kit.walk(240, 5, 3, seed) for seed in range(6)]
    for one in values:
        one[100] = None
    root = kit.read_svg(
        draw_panel(kit.panel([kit.series(one, of=str(n)) for n, one in enumerate(values)], top=6)).svg
    )
    for css in ("s1", "s2", "s3", "s4", "s5", "s6"):
        first, second = kit.points_of(paths(root, css)[0])
        assert (first[-1][0], second[0][0]) == (99 * 3, 101 * 3)


@settings(deadline=None, max_examples=60)
@given(rows=st.lists(st.integers(0, 200), min_size=1, max_size=60), slack=st.sampled_from(_SLACKS))
def test_a_line_passes_what_it_leaves_out_within_the_slack(rows, slack):
    points = [(3 * index, row) for index, row in enumerate(rows)]
    kept = _Stroke(points).within(slack)
    assert (kept[0], kept[-1]) == (points[0], points[-1])
    for (x0, y0), (x1, y1) in pairwise(kept):
        between = [(x, y) for x, y in points if x0 < x < x1]
        assert all(abs(y0 + (y1 - y0) * (x - x0) / (x1 - x0) - y) <= slack + 1e-9 for x, y in between)


@pytest.mark.parametrize(
    ("slack", "columns"), [(0, [0, 1, 2, 3, 4]), (3, [0, 1, 2, 4]), (4, [0, 2, 4]), (50, [0, 4])]
)
def test_the_more_slack_a_line_has_the_fewer_points_it_keeps(slack, columns):
    points = [(0, 100), (3, 71), (6, 50), (9, 76), (12, 100)]
    assert [x // 3 for x, _ in _Stroke(points).within(slack)] == columns

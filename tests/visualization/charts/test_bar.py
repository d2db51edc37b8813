import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.units import Window, plain
from sitegen.visualization.generator import draw_panel
from sitegen.visualization.primitives.scales import value_scale


def bars(kit, values, css="f1", **panel):
    root = kit.read_svg(draw_panel(kit.panel([kit.series(values)], "bar", **panel), 240).svg)
    return kit.points_of(next(path.get("d") for path in root.iter("path") if path.get("class") == css))


def test_at_most_sixty_bars_stand_on_zero(kit):
    strokes = bars(kit, kit.walk(240, 5, 0.3, 1))
    assert len(strokes) == 60
    assert all(start[0] == end[0] and start[1] == 200 for start, end in strokes)


def test_a_zero_has_a_bar_and_a_gap_has_none(kit):
    strokes = bars(kit, [0.0] * 40 + [None] * 160 + [8.0] * 40)
    assert len(strokes) == 20
    assert all(abs(end[1] - start[1]) >= 1 for start, end in strokes)


def test_negative_values_hang_below_zero(kit):
    strokes = bars(kit, [-5.0] * 120 + [5.0] * 120)
    assert strokes[0][1][1] > strokes[0][0][1]
    assert strokes[-1][1][1] < strokes[-1][0][1]


def test_several_series_that_do_not_stack_stand_side_by_side(kit):
    both = [kit.series([3.0] * 240, of=name) for name in "ab"]
    root = kit.read_svg(draw_panel(kit.panel(both, "bar", stack=False), 240).svg)
    first, second = (
        kit.points_of(next(path.get("d") for path in root.iter("path") if path.get("class") == css))
        for css in ("f1", "f2")
    )
    assert first[0][0][0] < second[0][0][0] < first[1][0][0]


def test_a_thin_line_leads_to_the_least_and_the_greatest_where_a_bar_is_a_mean(kit):
    values = [5.0] * 240
    values[10], values[101] = 1.0, 20.0
    figure = draw_panel(kit.panel([kit.series(values)], "bar"), 240)
    root = kit.read_svg(figure.svg)
    low, high = kit.points_of(next(path.get("d") for path in root.iter("path") if path.get("class") == "pk"))
    (ticks,) = (path.get("d") for path in root.iter("path") if path.get("class") == "g")
    rows = sorted({y for stroke in kit.points_of(ticks) for _, y in stroke if y <= 200})
    assert low[-1] == ((10 // 4 + 0.5) * 12, high[-1][1] + round((20 - 1) / 20 * (200 - high[-1][1])))
    assert high[-1][0] == (101 // 4 + 0.5) * 12
    assert abs(high[-1][1] - rows[0]) <= 1  # the axis has a tick at 20
    assert any("lead to the least and the greatest" in plain(remark) for remark in figure.remarks)


def test_bars_that_stand_for_one_sample_each_need_no_such_lines(kit):
    hour = Window.ending(kit.end, 3600, max_columns=60)
    data = kit.panel([kit.series([5.0, 6.0, 7.0] * 20, hour)], "bar", hour)
    assert 'class="pk"' not in draw_panel(data, 240).svg


@settings(deadline=None, max_examples=60)
@given(values=st.lists(st.none() | st.floats(0, 1e3), min_size=240, max_size=240).filter(any))
def test_the_highest_mark_is_the_greatest_sample_and_a_bars_end_its_mean(kit, values):
    root = kit.read_svg(draw_panel(kit.panel([kit.series(values)], "bar"), 240).svg)
    marks = {path.get("class"): kit.points_of(path.get("d")) for path in root.iter("path")}
    greatest = max(value for value in values if value is not None)
    scale = value_scale(0.0, greatest, "", from_zero=True)
    drawn = [y for css in ("f1", "pk") for stroke in marks.get(css, []) for _, y in stroke]
    assert abs(min(drawn) - scale.row(greatest, 200)) <= 1
    columns = [[v for v in values[begin : begin + 4] if v is not None] for begin in range(0, 240, 4)]
    means = [scale.row(sum(column) / len(column), 200) for column in columns if column]
    assert [stroke[-1][1] for stroke in marks["f1"]] == pytest.approx(means, abs=1)


def test_bars_stand_on_one_another_and_the_thin_line_is_that_of_the_whole(kit):
    low, high = [2.0] * 240, [3.0] * 240
    high[101] = 5.0
    data = kit.panel([kit.series(low, of="a"), kit.series(high, of="b")], "bar")
    root = kit.read_svg(draw_panel(data, 240).svg)
    marks = {path.get("class"): kit.points_of(path.get("d")) for path in root.iter("path")}
    scale = value_scale(0.0, 7.0, "", from_zero=True)
    assert marks["f1"][0][1][1] == scale.row(5.0, 200)
    assert marks["f2"][0][1][1] == scale.row(3.0, 200)
    assert min(y for stroke in marks["pk"] for _, y in stroke) == scale.row(7.0, 200)

import pytest
from sitegen.visualization.generator import draw_burndown, draw_gauge


def rows(kit, shares):
    """The row where nothing is left, and the points of the budget's line with its class."""
    paths = [
        (path.get("class"), kit.points_of(path.get("d"))[0])
        for path in kit.read_svg(draw_burndown(shares)).iter("path")
    ]
    (css, line), none = paths[-1], next(points for name, points in paths if name == "tc")
    return none[0][1], css, line


def test_a_budget_that_nothing_has_used_is_a_line_along_the_top(kit):
    assert rows(kit, [(0.0, 1.0), (50.0, 1.0), (100.0, 1.0)]) == (100, "ok", [(0, 0), (720, 0)])


def test_the_line_falls_to_where_nothing_is_left(kit):
    none, _, line = rows(kit, [(0.0, 1.0), (25.0, 0.5), (100.0, 0.0)])
    assert line == [(0, 0), (180, none // 2), (720, none)]


def test_what_is_overspent_lies_below_in_the_colour_of_it(kit):
    none, css, line = rows(kit, [(0.0, 1.0), (100.0, -1.0)])
    assert (none, css, line) == (80, "c", [(0, 0), (720, 160)])


@pytest.mark.parametrize("share", [-2.0, -99.0, -1e308])
def test_far_more_than_a_whole_budget_overspent_keeps_the_drawing_legible(kit, share):
    none, _, line = rows(kit, [(0.0, 1.0), (100.0, share)])
    assert (none, line[-1]) == (80, (720, 160))


def test_the_zone_below_zero_is_named_and_the_ends_of_the_window_are_told(kit):
    words = [text.text for text in kit.read_svg(draw_burndown([(0.0, 1.0), (604_800.0, 0.5)])).iter("text")]
    assert words == ["100 %", "50", "0", "spent", "7d ago", "now"]


@pytest.mark.parametrize(("rate", "end"), [(0.0, 1), (1.0, 10), (10.0, 100), (400.0, 200)])
def test_a_gauge_is_as_long_as_its_rate_up_to_its_end_with_marks_at_one_and_at_the_alert(kit, rate, end):
    drawn = {
        path.get("class"): kit.points_of(path.get("d"))[0]
        for path in kit.read_svg(draw_gauge(rate, 14.4, "ok")).iter("path")
    }
    assert (drawn["ok"][1][0], drawn["pk"][0][0], drawn["lf"][0][0]) == (end, 10, 144)


def test_without_anything_observed_nothing_is_drawn():
    assert draw_burndown([]) == ""


def test_a_single_instant_does_not_divide_by_nothing(kit):
    assert "nan" not in draw_burndown([(5.0, 0.5)])

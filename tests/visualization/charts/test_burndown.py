import pytest
from sitegen.visualization.generator import draw_burndown


def rows(kit, shares):
    """The row of the line where nothing is left, and the points of the budget's line."""
    paths = {
        path.get("class"): kit.points_of(path.get("d"))[0]
        for path in kit.read_svg(draw_burndown(shares)).iter("path")
    }
    return paths["c"][0][1], paths["s1"]


def test_a_budget_that_nothing_has_used_is_a_line_along_the_top(kit):
    none, line = rows(kit, [(0.0, 1.0), (50.0, 1.0), (100.0, 1.0)])
    assert (none, line) == (28, [(0, 0), (720, 0)])


def test_the_line_falls_to_where_nothing_is_left(kit):
    none, line = rows(kit, [(0.0, 1.0), (25.0, 0.5), (100.0, 0.0)])
    assert none == 28
    assert line == [(0, 0), (180, 14), (720, 28)]


def test_what_is_overspent_lies_below(kit):
    none, line = rows(kit, [(0.0, 1.0), (100.0, -1.0)])
    assert (none, line) == (14, [(0, 0), (720, 28)])


@pytest.mark.parametrize("share", [-2.0, -99.0, -1e308])
def test_far_more_than_a_whole_budget_overspent_keeps_the_drawing_legible(kit, share):
    none, line = rows(kit, [(0.0, 1.0), (100.0, share)])
    assert (none, line[-1]) == (14, (720, 28))


def test_without_anything_observed_nothing_is_drawn():
    assert draw_burndown([]) == ""


def test_a_single_instant_does_not_divide_by_nothing(kit):
    assert draw_burndown([(5.0, 0.5)]).count("<path") == 1

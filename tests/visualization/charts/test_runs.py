from sitegen.visualization.generator import draw_runs


def bars(kit, markup):
    paths = kit.read_svg(markup).iter("path")
    return {
        path.get("class"): [
            (points[0][0], abs(points[0][1] - points[-1][1])) for points in kit.points_of(path.get("d"))
        ]
        for path in paths
    }


def test_a_run_is_as_high_as_it_took_long_and_the_last_stands_at_the_right(kit):
    assert bars(kit, draw_runs([(1.0, "ok"), (2.0, "ok")])) == {"ok": [(985, 44), (995, 88)]}


def test_one_that_failed_is_the_highest_whatever_it_took(kit):
    assert bars(kit, draw_runs([(0.1, "c"), (2.0, "w")])) == {"c": [(985, 100)], "w": [(995, 88)]}


def test_a_run_whose_duration_is_unknown_is_still_visible(kit):
    assert bars(kit, draw_runs([(None, "u"), (1.0, "ok")]))["u"] == [(985, 2)]


def test_the_last_hundred_are_drawn(kit):
    drawn = bars(kit, draw_runs([(9.0, "w"), *[(1.0, "ok")] * 100]))
    assert list(drawn) == ["ok"]
    assert drawn["ok"][0] == (5, 88)

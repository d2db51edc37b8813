from sitegen.visualization.generator import draw_panel


def bars(kit, values, css="f1", **panel):
    root = kit.read_svg(draw_panel(kit.panel([kit.series(values)], "bar", **panel)).svg)
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


def test_several_series_stand_side_by_side(kit):
    both = [kit.series([3.0] * 240, of=name) for name in "ab"]
    root = kit.read_svg(draw_panel(kit.panel(both, "bar")).svg)
    first, second = (
        kit.points_of(next(path.get("d") for path in root.iter("path") if path.get("class") == css))
        for css in ("f1", "f2")
    )
    assert first[0][0][0] < second[0][0][0] < first[1][0][0]

from sitegen.units import Instant
from sitegen.visualization.generator import draw_panel


def words(kit, figure):
    return [element.text for element in kit.read_svg(figure.svg).iter("text")]


def test_the_number_is_the_last_value_in_its_unit(kit):
    figure = draw_panel(kit.panel([kit.series([0.02] * 239 + [0.0391])], "stat", unit="seconds"), 240)
    assert words(kit, figure) == ["39.1 ms"]
    assert figure.title == "Latency"


def test_a_timestamp_is_an_instant(kit):
    figure = draw_panel(kit.panel([kit.series([kit.end] * 240)], "stat", unit="timestamp"), 240)
    assert words(kit, figure) == ["2026-11-23", "08:30:00 UTC"]
    assert Instant(kit.end) in figure.summary
    assert figure.table.rows[-1][1] == Instant(kit.end)


def test_a_timestamp_beyond_the_calendar_is_no_data(kit):
    figure = draw_panel(kit.panel([kit.series([1e18] * 240)], "stat", unit="timestamp"), 240)
    assert words(kit, figure) == ["no data"]


def test_a_value_that_is_not_from_now_says_when_it_was(kit):
    figure = draw_panel(kit.panel([kit.series([3.0] * 120 + [None] * 120)], "stat"), 240)
    assert words(kit, figure) == ["last, 2026-11-23 08:00:00 UTC", "3"]

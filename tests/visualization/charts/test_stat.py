import math

import pytest
from sitegen.units import Instant, plain
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


@pytest.mark.parametrize(
    ("value", "text", "perhaps"),
    [
        (1_795_646_880_123.0, "1795646880123", "; perhaps milliseconds: divide by 1000"),
        (1_795_646_880_123_456.0, "1795646880123456", "; perhaps microseconds: divide by 1e6"),
        (1e18, "1000000000000000000", "; perhaps nanoseconds: divide by 1e9"),
        (-1.0, "-1", ""),
        (1e30, "1e12 E", ""),
    ],
)
def test_a_timestamp_that_is_no_instant_in_seconds_is_shown_with_a_note(kit, value, text, perhaps):
    figure = draw_panel(kit.panel([kit.series([value] * 240)], "stat", unit="timestamp"), 240)
    assert words(kit, figure) == [text]
    assert plain(figure.summary) == f"now {text} · unchanged"
    assert figure.notes == (f"Not an instant in seconds since 1970{perhaps}.",)


def test_a_timestamp_of_zero_is_never(kit):
    figure = draw_panel(kit.panel([kit.series([0.0] * 240)], "stat", unit="timestamp"), 240)
    assert (words(kit, figure), plain(figure.summary), figure.notes) == (
        ["never"],
        "now never · unchanged",
        (),
    )


def test_a_timestamp_that_was_never_set_before_has_not_moved_from_1970(kit):
    series = kit.series([0.0] * 200 + [1_795_646_880.0] * 40)
    figure = draw_panel(kit.panel([series], "line", unit="timestamp"), 240)
    assert figure.remarks == ()
    assert "min never" in plain(figure.summary)


@pytest.mark.parametrize(("value", "text"), [(math.nan, "NaN"), (math.inf, "∞"), (-math.inf, "-∞")])
def test_what_is_no_finite_number_is_told_as_it_is(kit, value, text):
    figure = draw_panel(kit.panel([kit.series([value] * 240)], "stat", unit="ratio"), 240)
    assert (words(kit, figure), plain(figure.summary)) == ([text], f"now {text}")
    figure = draw_panel(kit.panel([kit.series([0.5] * 230 + [value] * 10)], "line", unit="ratio"), 240)
    assert plain(figure.summary).startswith(f"{text} now · last 50 % ")
    assert figure.legend[0].cells[0].text == text


def test_a_value_that_is_not_from_now_says_when_it_was(kit):
    figure = draw_panel(kit.panel([kit.series([3.0] * 120 + [None] * 120)], "stat"), 240)
    assert words(kit, figure) == ["last, 2026-11-23 08:00:00 UTC", "3"]

import math

import pytest
from sitegen.metrics.model import Threshold
from sitegen.units import Instant, plain
from sitegen.visualization.generator import draw_panel


def words(kit, figure):
    return [element.text for element in kit.read_svg(figure.svg).iter("text")]


def test_the_number_is_the_last_value_in_its_unit(kit):
    figure = draw_panel(kit.panel([kit.series([0.02] * 239 + [0.0391])], "stat", unit="seconds"), 240)
    assert words(kit, figure.now) == ["39.1 ms"]
    assert words(kit, figure) == ["last, at 08:30", "39.1 ms"]
    assert figure.title == "Latency"


def test_a_timestamp_is_an_instant(kit):
    figure = draw_panel(kit.panel([kit.series([kit.end] * 240)], "stat", unit="timestamp"), 240)
    assert words(kit, figure.now) == ["2026-11-23", "08:30:00 UTC"]
    assert words(kit, figure) == ["last, at 08:30 · 2026-11-23", "08:30:00 UTC"]
    assert Instant(kit.end) in figure.now.summary
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
    assert words(kit, figure.now) == [text]
    assert plain(figure.now.summary) == f"now {text} · unchanged"
    assert figure.notes == (f"Not an instant in seconds since 1970{perhaps}.",)


def test_a_timestamp_of_zero_is_never(kit):
    figure = draw_panel(kit.panel([kit.series([0.0] * 240)], "stat", unit="timestamp"), 240)
    assert (words(kit, figure.now), plain(figure.now.summary), figure.notes) == (
        ["never"],
        "now never · unchanged",
        (),
    )


def test_a_timestamp_that_was_never_set_before_has_not_moved_from_1970(kit):
    series = kit.series([0.0] * 200 + [1_795_646_880.0] * 40)
    figure = draw_panel(kit.panel([series], "line", unit="timestamp"), 240)
    assert figure.remarks == ()
    assert "min never" in plain(figure.now.summary)


@pytest.mark.parametrize(("value", "text"), [(math.nan, "NaN"), (math.inf, "∞"), (-math.inf, "-∞")])
def test_what_is_no_finite_number_is_told_as_it_is(kit, value, text):
    figure = draw_panel(kit.panel([kit.series([value] * 240)], "stat", unit="ratio"), 240)
    assert (words(kit, figure.now), plain(figure.now.summary)) == ([text], f"now {text}")
    figure = draw_panel(kit.panel([kit.series([0.5] * 230 + [value] * 10)], "line", unit="ratio"), 240)
    assert plain(figure.now.summary).startswith(f"{text} now · last 50 %, at 08:27 · ")
    assert figure.now.legend[0].cells[0].text == text


def test_a_value_that_is_not_from_now_says_when_it_was(kit):
    figure = draw_panel(kit.panel([kit.series([3.0] * 120 + [None] * 120)], "stat"), 240)
    assert words(kit, figure) == words(kit, figure.now) == ["last, at 08:00", "3"]


@pytest.mark.parametrize(
    ("rule", "shown"),
    [
        ("max", ["max of 3: c", "6"]), ("min", ["min of 3: b", "1"]), ("first", ["first of 3: a", "2"]),
        ("sum", ["sum of 3", "9"]), ("mean", ["mean of 3", "3"]),
    ],
)  # fmt: skip
def test_of_several_series_the_panel_says_which_stands_for_them_and_the_page_says_it_too(kit, rule, shown):
    series = [kit.series([5.0] * 239 + [last], q=name) for name, last in (("a", 2.0), ("b", 1.0), ("c", 6.0))]
    figure = draw_panel(kit.panel(series, "stat", value=rule, legend="{{q}}"), 240)
    assert words(kit, figure.now) == shown
    assert words(kit, figure) == [f"{shown[0]} · last, at 08:30", shown[1]]


def test_one_series_is_named_where_the_legend_names_it(kit):
    for legend, said in (("{{q}}", ["a", "5"]), ("all of it", ["5"])):
        figure = draw_panel(kit.panel([kit.series([5.0] * 240, q="a")], "stat", legend=legend), 240)
        assert words(kit, figure.now) == said


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.999, []), (0.98, ["w:▲ warn", "w:98 %"]), (0.5, ["c:✖ crit", "c:50 %"])],
)
def test_a_value_beyond_a_threshold_has_its_word_its_glyph_and_its_colour_now_and_last(kit, value, shown):
    limits = (Threshold(below=0.99), Threshold(below=0.9, status="crit"))
    data = kit.panel([kit.series([1.0] * 239 + [value])], "stat", unit="ratio", thresholds=limits)
    figure = draw_panel(data, 240)
    for one in (figure, figure.now):
        parts = [f"{part.get('class')}:{part.text}" for part in kit.read_svg(one.svg).iter("tspan")]
        assert parts == shown
    (line,) = draw_panel(
        kit.panel([kit.series([1.0] * 239 + [value])], unit="ratio", thresholds=limits), 240
    ).legend
    assert line.state == (shown[0][-4:] if shown else "")

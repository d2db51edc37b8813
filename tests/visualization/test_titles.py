"""Titles of marks: the words of a chart's sentence, at the places of its values."""

import re

import pytest
from sitegen.units import plain
from sitegen.visualization.generator import draw_panel
from sitegen.visualization.marks import Event
from sitegen.visualization.primitives.axes import HEIGHT


def titles_of(kit, figure):
    """Give the middle of each mark with a title, in shares of the plot from the left and the bottom, by its words."""
    root = kit.read_svg(figure.svg)
    width = int(root.find("svg").get("viewBox").split()[2])
    found = []
    for path in root.iter("path"):
        if (title := path.find("title")) is not None:
            ((start, end),) = kit.points_of(path.get("d"))
            found.append((title.text, (start[0] + end[0]) / 2 / width, 1 - (start[1] + end[1]) / 2 / HEIGHT))
    return found


def values(kit):
    found = [30.0] * kit.window.columns
    found[60], found[180] = 100.0, 10.0
    return found


@pytest.mark.parametrize("kind", ["line", "area", "bar"])
def test_the_values_that_the_summary_names_have_its_words_at_their_places(kit, kind):
    figure = draw_panel(kit.panel([kit.series(values(kit))], kind, unit="seconds", min=0, max=100), 240)
    titles = titles_of(kit, figure)
    assert [words for words, _, _ in titles] == plain(figure.summary).split(" · ")
    assert [words[:3] for words, _, _ in titles] == ["las", "max", "min"]
    # A bar stands in the middle of its column, one of 60.
    within = 1 / 720 if kind != "bar" else 1 / 60
    for (_, x, y), instant, value in zip(titles, (239, 60, 180), (30, 100, 10), strict=True):
        assert x == pytest.approx(instant / 239, abs=within)
        assert y == pytest.approx(value / 100, abs=1 / HEIGHT)


def test_bars_beside_one_another_have_the_title_over_the_bar_of_its_series(kit):
    series = [kit.series(values(kit), q="a"), kit.series([50.0] * kit.window.columns, q="b")]
    figure = draw_panel(kit.panel(series, "bar", stack=False, legend="{{q}}"), 240)
    root = kit.read_svg(figure.svg)
    (bars,) = (path.get("d") for path in root.iter("path") if path.get("class") == "f1")
    width = int(root.find("svg").get("viewBox").split()[2])
    places = [stroke[0][0] for stroke in kit.points_of(bars)]
    for words, x, _ in titles_of(kit, figure):
        assert min(abs(place - x * width) for place in places) <= 1, words


def test_the_whole_of_stacked_series_has_titles_where_it_is_largest(kit):
    series = [kit.series(values(kit), q=name) for name in "ab"]
    figure = draw_panel(kit.panel(series, "area", min=0, max=200), 240)
    titles = {words[:3]: (x, y) for words, x, y in titles_of(kit, figure)}
    assert titles["max"] == (pytest.approx(60 / 239, abs=1 / 720), pytest.approx(1.0, abs=1 / HEIGHT))


def test_a_drawing_has_at_most_twelve_titles_and_those_of_its_sentence_stay(kit):
    events = [
        Event(kit.window.start + 60 * at, f"{css} {at}", css) for css in ("ev", "em", "ec") for at in range(6)
    ]
    figure = draw_panel(kit.panel([kit.series(values(kit))]), 240, events)
    words = [words for words, _, _ in titles_of(kit, figure)]
    assert len(words) == 12
    assert words[-3:] == plain(figure.summary).split(" · ")


def test_an_event_has_its_whole_name_and_time_over_its_line(kit):
    name = '</title><script>x</script>"&\N{RIGHT-TO-LEFT OVERRIDE} v2.0.0-rc1'
    middle = (kit.window.start + kit.window.end) / 2
    figure = draw_panel(kit.panel([kit.series(values(kit))]), 240, [Event(middle, name, "ev")])
    (first, *_) = titles_of(kit, figure)
    assert re.fullmatch(r"</title><script>x</script>\"&.* v2\.0\.0-rc1 \d\d:\d\d", first[0])
    assert first[1] == pytest.approx(0.5, abs=1 / 720)
    assert "<script" not in figure.svg


def test_a_hostile_unit_stays_text(kit):
    hostile = "</title><script>x</script>"
    figure = draw_panel(kit.panel([kit.series(values(kit))], unit=hostile), 240)
    assert len(titles_of(kit, figure)) == 3
    assert "<script" not in figure.svg


def test_a_chart_without_values_has_no_titles(kit):
    assert "<title" not in draw_panel(kit.panel([]), 240).svg

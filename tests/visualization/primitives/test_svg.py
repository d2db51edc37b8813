import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.visualization.primitives import svg
from sitegen.visualization.primitives.svg import Path, cut_label, element, escape, percent, text

coordinates = st.integers(-5000, 5000) | st.floats(-5000, 5000)


def test_a_path_is_written_in_relative_steps_without_repeated_letters():
    path = Path().move(0, 9).line(3, 7).line(6, 9).line(9, 9).line(12, 9).line(15, 4)
    assert path.data == "m0 9 3-2 3 2h6l3-5"


def test_a_step_that_goes_nowhere_is_left_out():
    assert Path().move(1, 1).line(1.2, 0.9).line(4, 1).data == "m1 1h3"


def test_moves_in_a_row_become_one_and_a_last_move_is_dropped():
    assert Path().move(1, 1).move(2, 5).line(3, 6).move(9, 9).data == "m2 5 1 1"


def test_a_closed_stroke_can_be_followed_by_another_from_the_same_point():
    path = Path().move(0, 0).line(4, 0).line(4, 4).close().move(0, 0).line(0, 2)
    assert path.data == "m0 0h4v4zm0 0v2"


def test_a_path_without_a_stroke_is_false():
    assert not Path()
    assert not Path().move(3, 3).line(3, 3)
    assert Path().move(3, 3).line(4, 3)


def test_rounding_never_adds_up(kit):
    path = Path().move(0, 0)
    for index in range(1, 1001):
        path.line(index * 0.37, index * 0.13)
    assert kit.points_of(path.data)[0][-1] == (370, 130)


def test_moves_that_lead_back_to_the_end_of_a_stroke_go_on_with_it():
    path = Path().move(0, 0).line(0, 1).line(0, 0).move(0, 1).move(0, 0).line(0, 1)
    assert path.data == "m0 0v1-1 1"


@settings(deadline=None, max_examples=150)
@given(steps=st.lists(st.tuples(st.booleans(), coordinates, coordinates), min_size=1, max_size=30))
def test_a_path_turns_at_every_rounded_point_that_it_was_given(kit, steps):
    path = Path().move(0, 0)
    for begins, x, y in steps:
        (path.move if begins else path.line)(x, y)
    drawn = [point for stroke in kit.points_of(path.data) for point in stroke]
    assert drawn == _turns(steps)


def _turns(steps):
    """Give the points that a path cannot leave out: where strokes begin, turn or end."""
    strokes = [[(0, 0)]]
    for begins, x, y in steps:
        point = (round(x), round(y))
        if begins and len(strokes) > 1 and len(strokes[-1]) == 1:
            strokes.pop()  # of moves in a row only the last counts, and it may lead back to where it was
        if begins and point != strokes[-1][-1]:
            strokes.append([point])
        elif point != strokes[-1][-1]:
            strokes[-1].append(point)
    kept = []
    for stroke in strokes:
        if len(stroke) > 1:
            kept += [
                p
                for i, p in enumerate(stroke)
                if not 0 < i < len(stroke) - 1 or not _straight(*stroke[i - 1 : i + 2])
            ]
    return kept


def _straight(before, point, after):
    """Tell whether a point lies on the way along the grid, where steps are put together."""
    (x0, y0), (x1, y1), (x2, y2) = before, point, after
    return (y0 == y1 == y2 and (x1 - x0) * (x2 - x1) > 0) or (x0 == x1 == x2 and (y1 - y0) * (y2 - y1) > 0)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_not_finite_is_refused(bad):
    with pytest.raises(ValueError, match="gap"):
        Path().move(0, 0).line(bad, 1)
    with pytest.raises(ValueError, match="gap"):
        element("path", {"stroke-width": bad})


@pytest.mark.parametrize(("name", "attribute"), [("script", "d"), ("foreignObject", "d"), ("a", "d"), ("path", "style"), ("path", "onclick"), ("path", "href"), ("path", "id")])  # fmt: skip
def test_elements_and_attributes_outside_the_vocabulary_are_refused(name, attribute):
    with pytest.raises(ValueError, match="of sitegen's drawings"):
        element(name, {attribute: "x"})


def test_foreign_text_is_escaped_between_tags_and_in_attributes():
    hostile = "</text><script>alert('1\"&')</script>\x1b[31m\u202e\ud800\uffff"
    assert escape(hostile) == (
        "&lt;/text&gt;&lt;script&gt;alert(&#39;1&quot;&amp;&#39;)&lt;/script&gt;␛[31m‹U+202E›\ufffd\ufffd"
    )
    assert '"' not in element("path", {"class": hostile}).split('class="')[1].split('"/>')[0]


@settings(deadline=None, max_examples=200)
@given(st.text())
def test_any_text_gives_well_formed_markup_that_says_the_same(words):
    from xml.etree import ElementTree as ET

    root = ET.fromstring(text(words, 0, "50%"))  # noqa: S314  # sitegen wrote it
    assert list(root) == []
    assert (root.text or "") == svg.visible(words).replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")


@pytest.mark.parametrize(
    ("share", "words"), [(0.125, "12.5%"), (1, "100%"), (1 / 3, "33.33%"), (-0.00001, "0%")]
)
def test_shares_are_written_in_per_cent(share, words):
    assert percent(share) == words


@pytest.mark.parametrize(("label", "cut"), [("orders", "orders"), ("orders-api", "orders-…"), ("日本語日本語", "日本語…"), ("", "")])  # fmt: skip
def test_labels_are_cut_by_the_columns_that_they_take(label, cut):
    assert cut_label(label, 8) == cut


def test_every_class_that_is_drawn_stands_in_the_table():
    assert svg.__doc__
    for css in (
        "ch",
        "st",
        "up",
        "wf",
        "bd",
        "ln",
        "mp",
        "big",
        "no",
        "tw",
        "tc",
        "pk",
        "pq",
        "cp",
        "nd",
        "nt",
    ):
        assert f" {css} " in svg.__doc__

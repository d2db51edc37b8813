"""Legends, figures, and the place of samples in a window."""

import math
from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.metrics.analysis import align, legend_names
from sitegen.metrics.model import Series
from sitegen.units import Window

WINDOW = Window(100.0, 160.0, 20.0)


def named(**labels: str) -> Series:
    return Series(labels, array("d"), array("d"))


def points(*samples: tuple[float, float]) -> Series:
    return Series({}, array("d", [time for time, _ in samples]), array("d", [value for _, value in samples]))


# --- Legends ----------------------------------------------------------------------


def test_series_are_named_by_the_one_label_that_differs():
    assert legend_names([named(job="a", code="200"), named(job="a", code="500")]) == ("200", "500")


def test_series_are_named_by_all_labels_that_differ():
    series = [named(job="a", code="200"), named(job="b", code="500"), named(job="b", code="200")]
    assert legend_names(series) == ("code=200, job=a", "code=500, job=b", "code=200, job=b")


def test_metrics_that_differ_in_name_are_named_by_it():
    assert legend_names([named(__name__="up", job="a"), named(__name__="down", job="a")]) == ("up", "down")
    names = legend_names([named(__name__="up", job="a"), named(__name__="down", job="b")])
    assert names == ("up, job=a", "down, job=b")


@pytest.mark.parametrize(
    ("series", "name"),
    [(named(__name__="up", job="a"), "up"), (named(job="a"), '{job="a"}'), (named(), "value")],
)
def test_a_single_series_is_named_by_its_metric(series, name):
    assert legend_names([series]) == (name,)


def test_a_series_that_lacks_the_label_says_so():
    assert legend_names([named(code="200"), named()]) == ("200", 'code=""')


def test_a_template_is_filled_with_labels():
    series = [named(job="api", code="200"), named(job="api", code="500")]
    assert legend_names(series, "{{job}}: {{ code }}{{none}}") == ("api: 200", "api: 500")


def test_a_template_that_gives_nothing_falls_back_to_the_labels():
    assert legend_names([named(job="a")], "{{none}}") == ('{job="a"}',)


def test_a_value_with_braces_is_not_filled_again():
    assert legend_names([named(a="{{b}}", b="secret")], "{{a}}") == ("{{b}}",)


def test_equal_names_are_numbered():
    series = [named(i="10.0.x.x"), named(i="10.0.x.x"), named(i="10.0.x.x (2)"), named(i="10.0.x.x")]
    assert legend_names(series, "{{i}}") == ("10.0.x.x", "10.0.x.x (3)", "10.0.x.x (2)", "10.0.x.x (4)")


@settings(deadline=None, max_examples=200)
@given(
    sets=st.lists(
        st.dictionaries(st.sampled_from(["__name__", "a", "b"]), st.sampled_from(["", "x", "y", "x (2)"])),
        max_size=8,
    ),
    template=st.sampled_from(["", "{{a}}", "{{a}} {{b}}", "fixed", "{{nope}}"]),
)
def test_no_two_names_are_equal_and_none_is_empty(sets, template):
    names = legend_names([named(**labels) for labels in sets], template)
    assert len(names) == len(sets)
    assert len(set(names)) == len(names)
    assert all(names)


# --- Columns ----------------------------------------------------------------------


def test_samples_stand_in_their_columns_and_absence_is_none():
    assert align(points((100, 1.0), (140, 0.0)), WINDOW) == (1.0, None, 0.0, None)


def test_a_sample_between_two_instants_counts_for_the_nearer():
    assert align(points((109, 1.0), (111, 2.0), (168, 3.0)), WINDOW) == (1.0, 2.0, None, 3.0)


def test_of_two_samples_for_one_instant_the_later_counts():
    assert align(points((99, 1.0), (101, 2.0)), WINDOW) == (2.0, None, None, None)


def test_samples_outside_the_window_are_left_out():
    assert align(points((0, 1.0), (89, 1.0), (171, 1.0), (1e9, 1.0)), WINDOW) == (None,) * 4


def test_a_sample_that_is_no_number_stays_one():
    column = align(points((100, math.nan), (120, math.inf)), WINDOW)
    assert math.isnan(column[0])
    assert column[1:] == (math.inf, None, None)


@settings(deadline=None, max_examples=200)
@given(
    present=st.sets(st.integers(0, 239)),
    start=st.integers(0, 10_000_000),
    step=st.sampled_from([15.0, 60.0, 360.0]),
)
def test_only_instants_with_a_sample_have_a_value(present, start, step):
    window = Window(start * step, (start + 239) * step, step)
    series = points(*((window.start + column * step, float(column)) for column in sorted(present)))
    aligned = align(series, window)
    assert {column for column, value in enumerate(aligned) if value is not None} == present
    assert all(value in (None, float(column)) for column, value in enumerate(aligned))

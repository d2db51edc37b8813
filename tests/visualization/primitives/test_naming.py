from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.metrics.model import Series
from sitegen.visualization.primitives.naming import cut_apart, name_series
from sitegen.visualization.primitives.svg import columns_of


def series(**labels):
    return Series(labels, array("d"), array("d"))


def test_a_template_takes_values_of_labels():
    named = name_series([series(job="api", zone="eu"), series(job="db")], "{{ job }} in {{zone}}", "Load")
    assert named == ("api in eu", "db in")


def test_without_a_template_the_labels_that_differ_make_the_name_with_the_metric_first():
    both = [
        series(__name__="up", job="api", instance="a:1"),
        series(__name__="down", job="api", instance="b:1"),
    ]
    assert name_series(both, "", "Load") == ("up instance a:1", "down instance b:1")
    assert name_series([series(q="0.5", job="x"), series(q="0.9", job="x")], "", "Load") == ("q 0.5", "q 0.9")


def test_a_series_alone_is_called_by_its_metric_or_the_panel():
    assert name_series([series(__name__="up")], "", "Load") == ("up",)
    assert name_series([series()], "", "Load") == ("Load",)


@pytest.mark.parametrize("template", ["{{missing}}", "same"])
def test_names_are_always_distinct(template):
    many = [series(a=str(index)) for index in range(5)]
    assert len(set(name_series(many, template, "Load"))) == 5


def test_a_value_is_never_read_as_a_template():
    assert name_series([series(a="{{b}} \\1 $1", b="secret")], "{{a}}", "Load") == ("{{b}} \\1 $1",)


def test_long_names_are_cut():
    (name,) = name_series([series(a="x" * 10_000)], "{{a}}", "Load")
    assert len(name) == 60
    assert name.endswith("…")


def test_equal_names_are_numbered_without_taking_another_series_name():
    many = [series(i="10.0.x.x"), series(i="10.0.x.x"), series(i="10.0.x.x (2)"), series(i="10.0.x.x")]
    assert name_series(many, "{{i}}", "") == ("10.0.x.x", "10.0.x.x (3)", "10.0.x.x (2)", "10.0.x.x (4)")


def test_a_name_that_begins_another_keeps_its_end_however_often_it_is_cut():
    names = [
        f"shop-order-intake-worker-production-europe-central-6c9f7d8b5c{end}" for end in ("", "-1", "-11")
    ]
    assert cut_apart(cut_apart(names, 60), 10) == ["…9f7d8b5c", "…f7d8b5c-1", "…7d8b5c-11"]


@settings(deadline=None, max_examples=200)
@given(
    sets=st.lists(
        st.dictionaries(st.sampled_from(["__name__", "a", "b"]), st.sampled_from(["", "x", "y", "x (2)"])),
        max_size=8,
    ),
    template=st.sampled_from(["", "{{a}}", "{{a}} {{b}}", "fixed", "{{nope}}"]),
)
def test_no_two_names_are_equal_and_none_is_empty(sets, template):
    names = name_series([series(**labels) for labels in sets], template, "Load")
    assert len(set(names)) == len(names) == len(sets)
    assert all(names)


DEEP = "p" * 70


@pytest.mark.parametrize(
    ("names", "width", "short"),
    [
        (["worker-production-m2vbn", "worker-production-q7xkd", "api"], 12, ["…ction-m2vbn", "…ction-q7xkd", "api"]),
        (["x" * 30 + c + "y" * 60 for c in "ab"], 14, ["…xxxxxxxxayyy…", "…xxxxxxxxbyyy…"]),
        (["a" + "x" * 30, "b" + "x" * 30], 10, ["axxxxxxxx…", "bxxxxxxxx…"]),
        ([DEEP, DEEP + "1"], 10, ["…pppppppp", "…pppppppp1"]),
        (["日本語" * 9 + c for c in "ab"], 12, ["…語日本語a", "…語日本語b"]),
    ],
)  # fmt: skip
def test_long_names_keep_what_tells_them_apart(names, width, short):
    assert cut_apart(names, width) == short


def test_names_that_differ_in_two_places_far_apart_keep_both():
    names = [DEEP + a + "q" * 100 + b for a in "12" for b in "12"]
    short = cut_apart(names, 60)
    assert len(set(short)) == 4
    assert max(map(len, short)) <= 60


def test_only_whole_names_that_are_equal_have_a_number():
    named = name_series([series(a=DEEP + end) for end in ("1", "2", "2")], "{{a}}", "Load")
    assert named[2] == f"{named[1]} (2)"
    assert (named[0][-1], named[1][-1]) == ("1", "2")


@settings(deadline=None, max_examples=200)
@given(st.lists(st.text("ab日", max_size=40), unique=True, max_size=6), st.sampled_from([10, 24]))
def test_no_name_is_wider_than_there_is_room(names, width):
    assert all(columns_of(one) <= width for one in cut_apart(names, width))

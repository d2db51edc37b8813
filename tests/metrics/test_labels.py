"""Label sets: spelled, read, redacted."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.metrics.labels import MAX_SPELLED, LabelRedactor, parse_selector, spell
from sitegen.redaction import Redactor

NAMES = st.from_regex(r"[a-zA-Z_][a-zA-Z0-9_]{0,8}", fullmatch=True)


@pytest.mark.parametrize(
    ("labels", "text"),
    [
        ({}, "{}"),
        ({"__name__": "up"}, "up"),
        ({"job": "b", "__name__": "up", "a": "x"}, 'up{a="x", job="b"}'),
        ({"job": "b"}, '{job="b"}'),
        ({"__name__": "http.requests<x>", "job": "b"}, '{"http.requests<x>", job="b"}'),
        ({"a.b": "c"}, '{"a.b"="c"}'),
        ({"a": 'q"b\\n\nx'}, '{a="q\\"b\\\\n\\nx"}'),
    ],
)
def test_a_label_set_is_spelled_as_promql_spells_it(labels, text):
    assert spell(labels) == text


def test_a_long_label_set_is_cut():
    assert len(spell({"a": "x" * 10_000})) == MAX_SPELLED


@settings(deadline=None, max_examples=200)
@given(name=NAMES, labels=st.dictionaries(NAMES, st.text(max_size=5), max_size=4))
def test_what_is_spelled_reads_back_as_the_same_labels(name, labels):
    labels = labels | {"__name__": name}
    assert parse_selector(spell(labels)) == labels


@pytest.mark.parametrize(
    "text", ["", "  ", "a b", "a{", "a}", 'a{b="c}', 'a{b="c",,d="e"}', "a{b}", 'a{"b"="c"}', 'a{b="c"}x']
)
def test_what_is_no_selector_is_refused_with_a_sentence(text):
    with pytest.raises(ValueError, match=r"cannot be read|is not a series"):
        parse_selector(text)


@pytest.mark.parametrize(
    ("labels", "public"),
    [
        ({"instance": "203.0.113.7:9100"}, {"instance": "203.0.x.x:9100"}),
        ({"user": "jane@example.com"}, {"user": "‹e-mail›"}),
        ({"session_token": "plain"}, {"session_token": "REDACTED"}),
        ({"session_token": ""}, {"session_token": ""}),
        ({"note": "AKIAIOSFODNN7EXAMPLE"}, {"note": "REDACTED"}),
        ({"author": "jane", "path": "/api"}, {"author": "jane", "path": "/api"}),
        ({"le": "4111111111111111"}, {"le": "4111111111111111"}),
        ({"card": "4111111111111111", "le": "AKIAIOSFODNN7EXAMPLE"}, {"card": "REDACTED", "le": "REDACTED"}),
        ({"AKIAIOSFODNN7EXAMPLE": "1"}, {"REDACTED": "1"}),
    ],
)
def test_names_and_values_are_cut_before_anything_sees_them(labels, public):
    assert LabelRedactor(Redactor()).labels(labels) == public

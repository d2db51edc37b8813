from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.gate.tags import UNFINISHED, attributes, count_elements, start_tags


class _Reference(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, [(name, value or "") for name, value in attrs]))


NAMES = st.sampled_from(["a", "td", "svg", "h1", "x-y"])
KEYS = st.sampled_from(["href", "class", "id", "data-x", "hidden", "xlink:href"])
VALUES = st.text(alphabet="ab /=?&;<>'\"é", max_size=8)


@given(st.lists(st.tuples(NAMES, st.lists(st.tuples(KEYS, VALUES, st.sampled_from("\"'")), max_size=3))))
@settings(deadline=None, max_examples=200)
def test_tags_are_read_as_a_parser_reads_them(tags):
    source = ""
    for name, pairs in tags:
        written = "".join(
            f" {key}={quote}{value.replace('&', '&amp;').replace(quote, '&#39;' if quote == chr(39) else '&quot;')}{quote}"
            for key, value, quote in pairs
        )
        source += f"text <{name}{written}> more"
    reference = _Reference()
    reference.feed(source)
    counted = start_tags(source.encode())
    ours = [(name.decode(), attributes(raw)) for (name, raw), count in counted.items() for _ in range(count)]
    assert sorted(ours) == sorted(reference.tags)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (b"<td class=n>1<td class=n>2<br/>", {(b"td", b" class=n"): 2, (b"br", b"/"): 1}),
        (b"<IMG/src=x>", {(b"img", b"/src=x"): 1}),
        (b"1 < 2 and <3 </p>", {}),
        (b'<a title="a > b">', {(b"a", b' title="a > b"'): 1}),
        (b'<a href="never closed>', {UNFINISHED: 1}),
        (b"<a", {UNFINISHED: 1}),
    ],
)
def test_a_tag_is_what_the_html_standard_calls_one(source, expected):
    assert start_tags(source) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b' href="/a?b=1&amp;c=2" hidden', [("href", "/a?b=1&c=2"), ("hidden", "")]),
        (b" a=1 B='2' c = \"3\"d=4", [("a", "1"), ("b", "2"), ("c", "3"), ("d", "4")]),
        (b" href=&#106;avascript:x", [("href", "javascript:x")]),
    ],
)
def test_attributes_come_without_quotes_and_character_references(raw, expected):
    assert attributes(raw) == expected


@pytest.mark.parametrize("piece", [b"<a ", b'<a "', b"<a =", b'<a b="', b"<a b='c' ", b"<a/"])
def test_markup_that_never_ends_is_given_up_at_once(piece):
    # Tried anew at each of these tags, this would take hours.
    assert start_tags(piece * 200_000 + b"'") == {UNFINISHED: 1}


@pytest.mark.parametrize(
    ("body", "elements", "depth"),
    [
        (b"", 0, 0),
        (b"<html><body></body></html>", 2, 1),
        (b"<html><meta charset=utf-8><BR><p>1 < 2</p><p><b>x</b></p></html>", 6, 2),
        (b'<svg><path d="m0 0"/><path d="/>"/><g><text>x</text></g></svg>', 5, 3),
        (b"<a title='</a>'></a><b></b>", 2, 1),
    ],
)
def test_elements_are_counted_and_how_many_are_open_at_once(body, elements, depth):
    assert count_elements(body) == (elements, depth)

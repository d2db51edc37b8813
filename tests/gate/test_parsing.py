import pytest
from sitegen.gate.parsing import MOST_PARSED, count_elements, parse_html, parse_xml, select

ATOM = '<feed xmlns="http://www.w3.org/2005/Atom">{}</feed>'


def rules(document) -> list[str]:
    return [rule for rule, _ in document.faults]


def shown(document) -> list:
    return [one for one in document.elements if one[0] not in {"html", "head", "body", "end-of-file"}]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (b"<IMG/src=x SRC=y>", [("img", {"src": "x"})]),
        (b'<a href="/a?b=1&amp;c=2" hidden>', [("a", {"href": "/a?b=1&c=2", "hidden": None})]),
        (b"<a href=&#106;avascript:x>", [("a", {"href": "javascript:x"})]),
        (b"1 < 2 and <3 <p a>", [("p", {"a": None})]),
        (b'<p title="a > b"><!-- <i> -->', [("p", {"title": "a > b"})]),
        (b"<!--><b a>-->", [("b", {"a": None})]),
        (b"<style a><b a></style>", [("style", {"a": None})]),
        (b"<svg viewbox=x xlink:href=y>", [("svg", {"viewBox": "x", "xlink:href": "y"})]),
    ],
)
def test_html_is_read_as_a_browser_reads_it(source, expected):
    document = parse_html(source)
    assert shown(document) == expected
    assert rules(document) == []


@pytest.mark.parametrize(
    "source", [b'<a href="never closed>', b"<a", b"<!-- a", b"<style>a{}", b"<textarea><p>", b"<plaintext>"]
)
def test_what_is_open_at_the_end_is_told(source):
    assert rules(parse_html(b"<p>a</p>" + source)) == ["tag"]


@pytest.mark.parametrize("source", [b"<svg><![CDATA[<p>]]></svg>", b"<table><IMAGE\nsrc=x></table>"])
def test_what_parsers_disagree_on_is_told(source):
    assert rules(parse_html(source)) == ["tag"]


def test_a_picture_in_a_drawing_is_no_matter_of_dispute():
    assert rules(parse_html(b'<svg><image href="/a.png"/></svg>')) == []


def test_the_title_is_that_of_the_page_and_not_of_a_drawing():
    assert parse_html(b"<title>a &amp; b</title><svg><title>c</title></svg>").outline.title == "a & b"
    assert parse_html(b"<svg><title>c</title></svg>").outline.title == ""


def test_elements_with_plain_attributes_alone_are_left_out():
    document = parse_html(b"<p class=a><b class=a id=b>", frozenset({"class"}))
    assert document.elements == [("b", {"class": "a", "id": "b"})]
    assert document.names == {"html", "head", "body", "p", "b"}


def test_style_sheets_are_read_as_text():
    assert parse_html(b"<style>a>b{}</style><svg><style>&#99;{}</style></svg>").sheets == ["a>b{}", "c{}"]


@pytest.mark.parametrize(
    "piece", [b"<a ", b'<a "', b"<a =", b'<a b="', b"<!--", b"<div>", b"<b><i></b>", b"&amp;"]
)
def test_a_file_of_any_size_is_looked_at_no_longer_than_a_page(piece):
    assert rules(parse_html(piece * 200_000)) == ["bytes"]
    assert count_elements(piece * MOST_PARSED)[1] == 0


def test_elements_are_chosen_by_a_selector():
    assert select(b"<p id=a>x<a href=b><i>", "[id],[href]") == [("p", {"id": "a"}), ("a", {"href": "b"})]


@pytest.mark.parametrize(
    ("body", "elements", "depth"),
    [
        (b"<html><head></head><body></body></html>", 3, 1),
        (b"<html><head><meta charset=utf-8></head><body><BR><p>1 < 2</p><p><b>x</b></p></html>", 8, 3),
        (b'<svg><path d="m0 0"/><path d="/>"/><g><text>x</text></g></svg>', 8, 4),
        (b"<table><tr><td>x</table>", 7, 5),
    ],
)
def test_elements_are_counted_and_how_deep_they_stand(body, elements, depth):
    assert count_elements(body) == (elements, depth)


# --- SVG and XML --------------------------------------------------------------


def test_a_prefix_is_another_name_for_a_namespace():
    svg = b'<s:svg xmlns:s="http://www.w3.org/2000/svg" xmlns:l="http://www.w3.org/1999/xlink"><s:use l:href="x" s:y="1"/></s:svg>'
    assert parse_xml(svg).elements == [("svg", {}), ("use", {"xlink:href": "x"})]


def test_elements_that_no_browser_shows_are_left_out():
    xml = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>https://example.org/</loc></url></urlset>'
    assert parse_xml(xml.encode()) == (set(), [], [], [], None)


def test_html_in_an_atom_feed_is_read_where_it_says_that_it_is_html():
    escaped = "&lt;img src='x'>"
    assert parse_xml(ATOM.format(f"<summary>{escaped}</summary>").encode()).elements == []
    assert shown(parse_xml(ATOM.format(f'<content type="html">{escaped}</content>').encode())) == [
        ("img", {"src": "x"})
    ]


@pytest.mark.parametrize(
    ("xml", "rule"),
    [
        ('<?xml-stylesheet href="x"?><svg/>', "external"),
        ('<!DOCTYPE svg [<!ENTITY e "x">]><svg>&e;</svg>', "xml"),
        ('<!DOCTYPE svg SYSTEM "x"><svg/>', "xml"),
        ("<svg><p></svg>", "xml"),
        ("<svg/><script/>", "xml"),
        ('<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="x"/>', "element"),
        ('<t:stylesheet xmlns:t="http://www.w3.org/1999/XSL/Transform"/>', "element"),
        ('<?xml version="1.0" encoding="iso-8859-1"?><svg/>', "charset"),
    ],
)
def test_what_xml_may_bring_in_is_told(xml, rule):
    assert rules(parse_xml(xml.encode())) == [rule]


def test_entities_that_grow_end_early():
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 20))
    bomb = f'<!DOCTYPE x [<!ENTITY e0 "0123456789">{entities}]><x>&e19;</x>'
    assert "xml" in rules(parse_xml(bomb.encode()))


@pytest.mark.parametrize("parse", [parse_html, parse_xml])
def test_a_file_that_is_not_utf_8_is_told(parse):
    assert "charset" in rules(parse(b"<svg>\xff</svg>"))
    assert "charset" in rules(parse("<svg>x</svg>".encode("utf-16")))

"""Smaller text that means and looks the same."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.assets.minify import minify_css, minify_html, minify_svg

PAGE = """<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <!-- a note -->
    <title>obs</title>
    <style>
      a  { color: red }
    </style>
  </head>
  <body>
    <main>
      <p>one <b>two</b> <i>three</i>
         four</p>
      <pre>
  kept   <b> as </b>
    it is</pre>
      <ul>
        <li><a href="/">x</a> <a href="/y/">y</a></li>
        <li>z</li>
      </ul>
      <textarea>
  a
    b</textarea>
    </main>
  </body>
</html>
"""


LINES = {"title", "style", "main", "p", "pre", "ul", "li", "textarea"}


class Reader(HTMLParser):
    """What a reader of the page gets: its tags with attributes, its words, and its preformatted text."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.words, self.raw, self._verbatim, self.spaced = [], [], [], 0, []
        self.feed(page)
        self.close()
        self.flow = " ".join("".join(self.spaced).split())

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, attrs))
        self.spaced.append(" " if tag in LINES else "")
        self._verbatim += tag in ("pre", "textarea", "style", "script")

    def handle_endtag(self, tag):
        self.tags.append(("/", tag))
        self.spaced.append(" " if tag in LINES else "")
        self._verbatim -= tag in ("pre", "textarea", "style", "script")

    def handle_data(self, data):
        (self.raw if self._verbatim > 0 else self.words).append(data)
        self.spaced.append(data)


def words(page):
    return "".join("".join(Reader(page).words).split())


def test_whitespace_between_blocks_goes_and_words_stay_apart():
    small = minify_html(PAGE)
    assert "<main><p>one <b>two</b> <i>three</i>\nfour</p>" in small
    assert "</a> <a" in small
    assert "a note" not in small
    assert len(small) < len(PAGE) * 0.85


def test_preformatted_text_styles_and_form_text_keep_every_byte():
    small = minify_html(PAGE)
    assert "<pre>\n  kept   <b> as </b>\n    it is</pre>" in small
    assert "<style>\n      a  { color: red }\n    </style>" in small
    assert "<textarea>\n  a\n    b</textarea>" in small


def test_a_page_keeps_its_tags_its_attributes_and_its_words():
    before, after = Reader(PAGE), Reader(minify_html(PAGE))
    assert after.tags == before.tags
    assert after.raw == before.raw
    assert after.flow.split() == before.flow.split()


def test_a_second_pass_changes_nothing():
    once = minify_html(PAGE)
    assert minify_html(once) == once


@pytest.mark.parametrize(
    "page",
    [
        '<p title="a  > <!-- not a comment -->  b">x</p>',
        "<p title='\"  >  '>x</p>",
        "<td>  a  b  </td>",
        "<p>a &lt;!-- words --&gt; b</p>",
        "<pre>a</textarea>  <!-- kept --></pre>",
        "<b>a</b> <b>b</b>",
        "<span>a </span><span> b</span>",
    ],
)
def test_what_could_be_seen_is_left_alone(page):
    assert minify_html(page) == page


def test_words_around_a_comment_stay_apart():
    assert minify_html("<p>a <!-- x -->b<!---->c</p>") == "<p>a bc</p>"


def test_inline_elements_on_lines_of_their_own_stay_apart():
    assert minify_html("<p>\n  <b>a</b>\n  <i>b</i>\n  c\n</p>") == "<p><b>a</b>\n<i>b</i>\nc</p>"


def test_items_that_a_theme_may_lay_out_in_a_row_stay_apart():
    assert minify_html("<ul>\n <li>a</li>\n <li>b</li>\n</ul>") == "<ul><li>a</li>\n<li>b</li></ul>"


INLINE = st.sampled_from(
    ["a", "b", "code", "span", "time", "data", "svg", "bdi", "li", "h2", "dt", "summary"]
)
BLOCK = st.sampled_from(
    ["div", "p", "section", "table", "tr", "td", "ul", "main", "pre", "textarea", "style"]
)
TEXT = st.text(alphabet=" \n\tab&;\u00a0\u2003é-!", max_size=8)
COMMENT = st.just("<!-- c -->")


def element(inner):
    return st.builds(
        lambda name, value, parts: f'<{name} title="{value}">{"".join(parts)}</{name}>',
        st.one_of(INLINE, BLOCK),
        TEXT,
        st.lists(inner, max_size=4),
    )


PAGES = st.lists(st.recursive(st.one_of(TEXT, COMMENT), element, max_leaves=25), max_size=5).map("".join)


@settings(deadline=None, max_examples=300)
@given(PAGES)
def test_text_content_tags_and_attributes_of_any_page_are_unchanged(page):
    before, after = Reader(page), Reader(minify_html(page))
    assert after.tags == before.tags
    assert words(minify_html(page)) == words(page)


@settings(deadline=None, max_examples=300)
@given(
    st.lists(
        st.recursive(
            TEXT,
            lambda inner: st.builds(
                lambda n, p: f"<{n}>{''.join(p)}</{n}>",
                st.sampled_from(["b", "span", "a", "code"]),
                st.lists(inner, max_size=3),
            ),
            max_leaves=15,
        ),
        max_size=5,
    ).map("".join)
)
def test_the_words_of_inline_text_stay_as_far_apart_as_they_were(text):
    page = f"<p>{text}</p>"
    assert Reader(minify_html(page)).flow == Reader(page).flow


@settings(deadline=None, max_examples=300)
@given(st.text(alphabet="<>!-/\"'= abpre\n", max_size=60))
def test_broken_markup_never_fails_and_never_grows(text):
    assert len(minify_html(text)) <= len(text)
    assert len(minify_svg(text)) <= len(text)


def test_an_element_that_is_never_closed_is_kept_to_the_end():
    assert minify_html("<p>a</p>\n<pre>  b\n  <b>c") == "<p>a</p><pre>  b\n  <b>c"
    assert minify_html("<p>a</p>\n<!-- b\n" + "<!--" * 50_000) == "<p>a</p>"


def test_a_value_that_is_never_closed_is_no_part_of_a_tag():
    assert minify_html("<p>\n  <p a='>  </p>\n <p>z") == "<p><p a='>  </p><p>z"


def test_css_loses_comments_and_keeps_strings_and_calculations():
    css = minify_css("/* x */ a::before { content: '  a ' ; width: calc(1px + 2px) }")
    assert css == "a::before{content:'  a ';width:calc(1px + 2px)}"


def test_a_drawing_loses_what_is_not_drawn_and_keeps_its_text():
    svg = '<?xml version="1.0"?>\n<!-- by hand -->\n<svg viewBox="0 0 9 9">\n  <g>\n    <path d="M0 0"/>\n  </g>\n  <text>a <tspan>b</tspan> <tspan>c</tspan></text>\n  <style>\n a { fill: red }\n</style></svg>\n'
    small = minify_svg(svg)
    assert small.startswith('<svg viewBox="0 0 9 9"><g><path d="M0 0"/></g>')
    assert "<text>a <tspan>b</tspan> <tspan>c</tspan></text>" in small
    assert re.search(r"<style>\n a \{ fill: red \}\n</style>", small)

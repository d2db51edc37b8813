"""The author's Markdown as safe markup."""

import re
import unicodedata
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.content.markdown import Prose, heading_slug, write_prose
from sitegen.content.model import ImageAsset

IMAGES = {
    "posts/a.png": ImageAsset("/_a/a.0.png", 720, 480, "/_a/a.1.webp"),
    "b c.jpg": ImageAsset("/_a/b-c.2.jpg", 30, 20),
}


def rendered(markdown, root="/"):
    page = write_prose(Prose("posts/x.md", "X", markdown, first_line=5), IMAGES, root)
    return page, [fault.problem("content").message for fault in (*page.faults, *page.remarks)]


def html(markdown, root="/"):
    return rendered(markdown, root)[0].body_html


class Tags(HTMLParser):
    def __init__(self, markup):
        super().__init__()
        self.found = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def tags(markup, name):
    return [attributes for tag, attributes in Tags(markup).found if tag == name]


def test_paragraphs_lists_tables_and_strikethrough_become_markup():
    markup = html("a *b* ~~c~~\n\n- d\n\n|e|f|g|\n|-|-:|:-:|\n|1|2|3|\n")
    assert "<p>a <em>b</em> <s>c</s></p>" in markup
    assert "<li>d</li>" in markup
    assert '<div role="region" tabindex="0" aria-label="table 1"><table>' in markup
    assert [cell.get("class") for cell in tags(markup, "td")] == [None, "n", None]
    assert {cell["scope"] for cell in tags(markup, "th")} == {"col"}
    assert "style=" not in markup


def test_raw_html_is_shown_as_text():
    markup = html('<script>alert(1)</script> <b onclick="x">y</b>\n\n<style>a{}</style>\n\n<!-- c -->')
    assert {tag for tag, _ in Tags(markup).found} == {"p"}


@pytest.mark.parametrize(
    ("markdown", "levels"),
    [
        ("# a\n## b\n# c", ["h2", "h3", "h2"]),
        ("## a\n### b", ["h2", "h3"]),
        ("### a", ["h2"]),
        ("# a\n###### b", ["h2", "h6"]),
    ],
)
def test_the_highest_heading_of_a_page_is_an_h2(markdown, levels):
    assert [tag for tag, _ in Tags(html(markdown)).found] == levels


def test_every_heading_has_an_id_as_github_makes_it_numbered_where_it_is_taken():
    page, _ = rendered("# The end\n# Größe & `Farbe`\n# The end\n# 🎉\n# ...\n# Projects\n[go](#The-End)")
    ids = ["the-end", "größe--farbe", "the-end-1", "section", "section-1", "projects"]
    assert [heading.get("id") for heading in tags(page.body_html, "h2")] == ids
    assert page.ids == tuple(ids)
    assert [link["href"] for link in tags(page.body_html, "a")] == ["#the-end"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Hello, World!", "hello-world"),
        ("a_b-c  d", "a_b-c--d"),
        ("1.2 What's new?", "12-whats-new"),
        ("日本語 の見出し", "日本語-の見出し"),
        ("हिन्दी", "हिन्दी"),
        ("Ελληνικά Ж", "ελληνικά-ж"),
        ("مرحبا", "مرحبا"),
        ("gro\u0308\u00dfe", "größe"),
        ("<b>", "b"),
        ("x² + ½, №", "x---"),
        ("Ⅷ Ⓐ 🄺 a‿b", "ⅷ-ⓐ-🄺-a‿b"),
        ("😄_😄 unicode", "_-unicode"),
        ("em—dash, dash-dash", "emdash-dash-dash"),
        (" a\u00a0b", "-ab"),
    ],
)
def test_the_id_of_a_heading_keeps_the_letters_of_every_script(text, name):
    assert heading_slug(text) == name


def test_links_to_this_site_are_known_with_their_lines():
    page, _ = rendered(
        "a\n\n[x](y.md#Part) and\n[z](/metrics/)\n\n- ![p](a.png)\n- [e](https://example.org/)\n"
    )
    assert [(link.address, link.line, link.written) for link in page.links] == [
        ("/posts/y/#part", 7, "y.md#Part"), ("/metrics/", 8, "/metrics/"), ("https://example.org/", 11, "https://example.org/"),
    ]  # fmt: skip


def test_a_link_to_a_picture_leads_to_the_picture_as_it_is_published():
    page, problems = rendered("[full size](a.png)", root="/obs/")
    assert problems == []
    assert [link["href"] for link in tags(page.body_html, "a")] == ["/obs/_a/a.0.png"]
    assert page.images == ("/_a/a.0.png",)


TRICKS = [
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "java\nscript:alert(1)", " javascript:x",
    "\x01javascript:x", "\x1fjavascript:x", "javascript\t:x", "jav&#x09;ascript:x", "jav&#10;ascript:x",
    "&#106;avascript:x", "&#x6A;avascript:x", "&#0000106avascript:x", "javascript&colon;x", "javascript&#58;x",
    "java%73cript:x", "%6aavascript:x", "javascript%3Ax", "javascript%3aalert(1)", "\\javascript:x",
    "java\\script:x", "data:text/html,<script>x</script>", "data:text/html;base64,PHNjcmlwdD4=",
    "data:image/svg+xml,<svg onload=x>", "DATA:image/png;base64,AA==", "vbscript:msgbox(1)", "VBScript:x",
    "file:///etc/passwd", "ftp://example.org/", "blob:https://example.org/1", "about:blank", "view-source:x",
    "tel:123", "sms:123", "intent://x", "ws://x", "filesystem:x", "jar:http://x!/y", "mhtml:x", "livescript:x",
    "//evil.example/", "///evil.example/", "\\\\evil.example\\", "/\\evil.example/", "\u00a0javascript:x",
    "\ufeffjavascript:x", "feed:javascript:x", "x-javascript:x",
]  # fmt: skip


def is_live(address):
    """Whether a browser would leave the site, or run something, for this address."""
    plain = "".join(address.split()).replace("\\", "/").lower()
    return plain.startswith("//") or (
        ":" in re.split("[/?#]", plain)[0] and not plain.startswith(("http:", "https:", "mailto:"))
    )


@pytest.mark.parametrize("trick", TRICKS)
@pytest.mark.parametrize(
    "form", ["[x]({})", "[x](<{}>)", "![x]({})", "<{}>", "[x][1]\n\n[1]: {}", "[x][1]\n\n[1]: <{}>"]
)
def test_no_trick_makes_a_live_link(trick, form):
    markup = html(form.replace("{}", trick))
    addresses = [tag.get("href") or tag.get("src") or "" for _, tag in Tags(markup).found]
    assert not [address for address in addresses if is_live(address)]


def test_a_link_that_is_refused_is_a_problem():
    page, problems = rendered("a\n[x](javascript:alert)")
    assert (
        "content/posts/x.md:6: the address 'javascript:alert' is neither web, mail nor relative"
        in problems[0]
    )
    assert page.faults


def test_what_only_looks_like_a_link_keeps_no_page_from_being_published():
    page, problems = rendered("A vector of `T` is a <std::vector>.")
    assert "content/posts/x.md:5: the address 'std::vector' is neither web" in problems[0]
    assert page.faults == ()


def test_links_elsewhere_tell_nothing_and_links_here_keep_to_the_site():
    markup = html(
        "[a](https://example.org/) [b](/metrics/) [c](../y/) [d](mailto:me@example.org) [e](../projects/My%20T.md#z)"
        " [f](y.md) <https://example.org/2>",
        root="/obs/",
    )
    links = tags(markup, "a")
    assert [link["href"] for link in links] == [
        "https://example.org/", "/obs/metrics/", "../y/", "mailto:me@example.org", "/obs/projects/my-t/#z",
        "/obs/posts/y/", "https://example.org/2",
    ]  # fmt: skip
    assert [link.get("rel") for link in links] == ["noopener noreferrer", *[None] * 5, "noopener noreferrer"]


def test_a_picture_has_its_size_loads_late_and_offers_the_smaller_format():
    page, problems = rendered("![A *chart*](a.png)", root="/obs/")
    assert problems == []
    assert tags(page.body_html, "source") == [{"srcset": "/obs/_a/a.1.webp", "type": "image/webp"}]
    assert tags(page.body_html, "img") == [
        {"src": "/obs/_a/a.0.png", "alt": "A chart", "width": "720", "height": "480", "loading": "lazy"}
    ]
    assert page.images == ("/_a/a.0.png", "/_a/a.1.webp")


@pytest.mark.parametrize("address", ["../b%20c.jpg", "<../b c.jpg>", "/b%20c.jpg"])
def test_a_picture_is_found_beside_its_page_or_from_the_folder(address):
    assert tags(html(f'![x]({address} "t")'), "img")[0]["src"] == "/_a/b-c.2.jpg"


@pytest.mark.parametrize(
    "address", ["https://example.org/x.png", "none.png", "../../../etc/x.png", "x.svg", ""]
)
def test_a_picture_from_elsewhere_is_its_words_and_a_problem(address):
    page, problems = rendered(f"![w < o]({address})")
    assert page.body_html == "<p>w &lt; o</p>\n"
    assert problems == [
        f"content/posts/x.md:5: the picture {address!r} is not a PNG, JPEG, WebP or GIF in the folder of content"
    ]


def test_a_picture_without_words_is_a_problem():
    page, problems = rendered("![](a.png)")
    assert "has no description" in problems[0]
    assert page.faults == ()


@pytest.mark.parametrize("name", ["größe.png", "é.png", "각.png"])
def test_a_picture_is_found_whatever_form_its_name_has(name):
    asset = ImageAsset("/_a/x.png", 1, 1)
    for form in ("NFC", "NFD"):
        written = unicodedata.normalize(form, name)
        page = write_prose(
            Prose("posts/x.md", "X", f"![x]({written})"),
            {f"posts/{unicodedata.normalize('NFC', name)}": asset},
        )
        assert (page.images, page.faults) == (("/_a/x.png",), ())
        gone = write_prose(Prose("posts/x.md", "X", f"![x]({written})"), {})
        assert f"the picture {written!r} is not a PNG" in gone.faults[0].sentence


def test_code_is_marked_at_build_time_by_classes():
    markup = html("```python title=x\ndef f(): return '<b>'  # c\n```\n\n    plain <i>\n")
    assert '<pre tabindex="0"><code><span class="hk">def</span> <span class="hf">f</span>' in markup
    assert "<span class=\"hs\">'&lt;b&gt;'</span>" in markup
    assert "plain &lt;i&gt;" in markup
    assert "style=" not in markup


def test_a_language_that_nobody_knows_is_plain_and_safe():
    assert html('```"><script>\n<x>\n```') == '<pre tabindex="0"><code>&lt;x&gt;\n</code></pre>\n'


ALLOWED = frozenset((
    "p", "em", "strong", "code", "pre", "span", "a", "ul", "ol", "li", "blockquote", "hr", "br", "h2", "h3",
    "h4", "h5", "h6", "img", "s", "div", "table", "thead", "tbody", "tr", "th", "td", "picture", "source",
))  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(st.text(alphabet="ab <>&\"'`*_[]()!#|-:/\\\n~=+.:;j%", max_size=80))
def test_any_text_gives_only_harmless_elements(text):
    page, _ = rendered(text)
    for tag, attributes in Tags(page.body_html).found:
        assert tag in ALLOWED
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
    assert rendered(text) == rendered(text)


def test_the_first_block_below_each_heading_is_known_as_text():
    page, _ = rendered(
        "# T\n\n## Synopsis\n\n```\nx --y\n```\n\n## Description\n\nSays *how*\n`it` is.\n\nMore.\n\n## List\n\n- a"
    )
    assert page.blocks == {"synopsis": "x --y", "description": "Says how it is."}


def test_a_repeated_heading_has_the_next_number_as_github_counts_and_a_thousand_of_them_take_no_time():
    page, _ = rendered("# echo\n# echo\n# echo 1\n# echo-1\n# echo\n# Two\nlines\n")
    assert page.ids == ("echo", "echo-1", "echo-1-1", "echo-1-2", "echo-2", "two")
    assert rendered("# same\n" * 3000)[0].ids[-1] == "same-2999"
    assert rendered("Two\nlines\n===\nOne\n===\n\n# Main\n# Top\n# See\n# Card")[0].ids == (
        "twolines",
        "one",
        "main",
        "top",
        "see",
        "card",
    )

"""The author's Markdown as safe markup."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.content.authored import ContentKind, FrontMatter
from sitegen.content.markdown import render_document
from sitegen.content.model import Document, ImageAsset

IMAGES = {
    "posts/a.png": ImageAsset("/_a/a.0.png", 720, 480, "/_a/a.1.webp"),
    "b c.jpg": ImageAsset("/_a/b-c.2.jpg", 30, 20),
}


def rendered(markdown, root="/"):
    document = Document("/posts/x/", "posts/x.md", ContentKind.POST, FrontMatter(title="X"), markdown)
    return render_document(document, IMAGES, root)


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


def test_a_heading_has_an_id_only_where_the_page_links_to_it_and_only_once():
    page, problems = rendered(
        "# The end\n# Other\n# The end\n[go](#the-end) [again](#The-End) [no](#nowhere)"
    )
    assert [heading.get("id") for heading in tags(page.body_html, "h2")] == ["s-the-end", None, None]
    assert [link["href"] for link in tags(page.body_html, "a")] == ["#s-the-end", "#s-the-end", "#"]
    assert "'#nowhere' names no heading" in problems[0].message


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
    _, problems = rendered("[x](javascript:alert)")
    assert problems[0].where == "content"
    assert (
        "posts/x.md: the address 'javascript:alert' is neither web, mail nor relative" in problems[0].message
    )


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
    assert problems == ()
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
    assert "is not a PNG, JPEG or WebP in the folder of content" in problems[0].message


def test_a_picture_without_words_is_a_problem():
    assert "has no description" in rendered("![](a.png)")[1][0].message


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

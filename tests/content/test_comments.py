"""What an author commented out is on no page, wherever it stands; what is code stays."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.content import comments
from sitegen.content.comments import without_comments
from sitegen.content.markdown import Prose, write_prose

HIDDEN = [
    "<!-- SECRET -->",
    "a <!-- SECRET --> b",
    "a <!--SECRET--> b <!--SECRET-->",
    "<!--\nSECRET\n\nSECRET\n\n-->\n\nb",
    "a <!-- SECRET\n\nSECRET --> b",
    "- a <!-- SECRET -->\n- b\n",
    "- a\n\n    <!-- SECRET\n\n  SECRET -->\n",
    "1. a\n   <!-- SECRET -->\n",
    "> <!-- SECRET\n> SECRET -->\n> b",
    "# a <!-- SECRET -->\n\nb",
    "a\n<!-- SECRET\n===\n-->\n",
    "|a|b|\n|-|-|\n|c <!-- SECRET -->|d|\n",
    "a <!-- SECRET",
    "<!-- SECRET\n\nSECRET",
    "- a <!-- SECRET\n\nSECRET",
    "*a <!-- SECRET* -->",
    "[a <!-- SECRET -->](/x/)",
    "<!-- ```\nSECRET -->\n\n<!-- SECRET -->",
    "<!--\n```\nSECRET\n-->\nb <!-- SECRET\n```\nSECRET -->",
    "```\ncode\n```\n<!-- SECRET -->",
    "> ```\n> code\n\n<!-- SECRET -->",
    "`code` <!-- SECRET --> `code`",
    "`code\n\n<!-- SECRET --> `",
    "<!--> a <!-- SECRET -->",
    "<!-- SECRET --!> b",
    "<!-- SECRET -->    <!-- SECRET -->",
    "a <!-- ` SECRET --><!-- ` SECRET -->",
    '<img alt="`"> <!-- SECRET --> <img alt="`">',
    "- <!--\n  SECRET -->\t\t<!-- SECRET -->",
    "> a <!--\n\n>SECRET -->     b <!-- SECRET -->",
    "<!---> a <!-- SECRET ---> b",
    "\\\\<!-- SECRET -->",
    "<div><!-- SECRET --></div>",
    "- `a\n- <!-- SECRET --> b`",
    "# a ` b\n<!-- SECRET --> `",
    "| ` a | <!-- SECRET --> ` |\n|-|-|\n| ` b | <!-- SECRET --> ` |",
    "\\`a <!-- SECRET --> b`",
    "<http://e.org/`> <!-- SECRET --> `",
    "> a `\n\n> <!-- SECRET --> `",
    "a <!-- ` --> <!-- SECRET ` -->",
    '[a](/x/ "t <!-- SECRET -->")',
    "[a]\n\n[a]: /x/ 't <!-- SECRET -->'",
    "[//]: # (SECRET)\n[comment]: <> (SECRET)\n\na",
    "A <!-- SECRET\nSECRET -->\n===",
]


@pytest.mark.parametrize("markdown", HIDDEN)
def test_a_comment_is_nowhere_on_the_page(markdown):
    page = write_prose(Prose("posts/x.md", "", markdown), {})
    assert "SECRET" not in page.title + page.body_html
    assert "&lt;!--" not in page.body_html


@pytest.mark.parametrize(
    "markdown",
    ["```html\n<!-- shown -->\n```\n", "`<!-- shown -->`", "``a ` <!-- shown -->``", "    <!-- shown -->\n", "\\<!-- shown -->", "- a\n\n  ```\n  <!-- shown -->\n  ```\n",
     f"`{'a ' * 12_000}<!-- shown -->`", "<pre>\n\n    <!-- shown -->\n\n</pre>", "<!-- ``` -->\n\n    <!-- shown -->\n"],
)  # fmt: skip
def test_a_comment_in_code_is_code(markdown):
    assert "shown" in write_prose(Prose("posts/x.md", "T", markdown), {}).body_html


def test_words_around_a_comment_stay_apart():
    assert without_comments("- <!-- x --> The<!-- x --> end") == "- The end"


def test_what_stands_around_a_comment_stays_on_its_line():
    text = "a\n<!-- x\n\ny --> b\n[c](nowhere.md)\n"
    page = write_prose(Prose("posts/x.md", "T", text), {})
    assert [link.line for link in page.links] == [5]
    assert "b\n" in page.body_html


@settings(deadline=None, max_examples=200)
@given(
    st.lists(
        st.sampled_from(
            ["<!--", "-->", "<!", "--", "a", "\n", "\n\n", "> ", "- ", "  ", "# ", "`", "\n```\n", "|", "\\"]
        ),
        max_size=14,
    )
)
def test_what_was_taken_out_leaves_no_new_comment(parts):
    once = without_comments("".join(parts))
    assert without_comments(once) == once


@pytest.mark.parametrize("line", ["- <!-- id --> item `a`\n", "<!-- id -->x\n"])
def test_a_comment_before_each_line_is_read_with_the_others(line, monkeypatch):
    passes: list[str] = []
    read = comments._read
    monkeypatch.setattr(comments, "_read", lambda markdown: (passes.append(markdown), read(markdown))[1])
    assert "<!--" not in without_comments(line * 50)
    assert len(passes) == 1

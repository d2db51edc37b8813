"""Code with its kinds of words marked."""

import re
from html import unescape

from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.content.highlight import highlight


def test_neighbours_of_one_kind_share_an_element():
    assert highlight('"a\\n"', "python") == '<span class="hs">"a\\n"</span>'


@settings(deadline=None, max_examples=150)
@given(st.text(max_size=60), st.sampled_from(["python", "html", "bash", "toml", "json", "nothing", ""]))
def test_the_words_of_the_code_are_kept_and_escaped(code, language):
    markup = highlight(code, language)
    words = re.sub(r'</?span(?: class="h[cfkns]")?>', "", markup)
    assert "<" not in words
    # Lexers read line ends as \n (pygments.lexer.Lexer._preprocess_lexer_input).
    assert unescape(words) == code.replace("\r\n", "\n").replace("\r", "\n") or language in ("nothing", "")

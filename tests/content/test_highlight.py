"""Code with its kinds of words marked."""

import re
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pygments.lexers import get_all_lexers
from sitegen.content.highlight import highlight
from sitegen.limits import Limit, OutOfTimeError


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


LEXERS = sorted({names[0] for _, names, _, _ in get_all_lexers() if names})
NESTED = "".join(one * 400 for one in ("s{", "[", "(", '"', "\\", "<", "/*", "${", "q(", "'"))


@pytest.mark.parametrize("part", [0, *(pytest.param(part, marks=pytest.mark.slow) for part in range(1, 40))])
def test_every_language_keeps_the_text_and_ends_in_its_time_whatever_the_code_is(part: int):
    for name in LEXERS[part::40]:
        limit = Limit(cpu=0.2)
        try:
            marked = limit.run(lambda name=name: highlight(NESTED, name))
            assert unescape(re.sub("<[^>]*>", "", marked)) == NESTED, name
        except OutOfTimeError:
            assert limit.passed, name

"""Patterns that may run away are refused; the others find what they should, and end."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.availability.patterns import STRETCH, check_pattern, find_pattern
from sitegen.instrumentation.clock import Deadline, SystemClock

LONG = Deadline(SystemClock(), 86_400)  # from when this is collected, and the tests before may take minutes


@pytest.mark.parametrize("pattern", [
    "Welcome", "ok|healthy", r"<title>.*</title>", r"\w+@\w+\.org", r'"status":\s*"(up|ok)"', r"(\d{1,3}\.){3}\d{1,3}",
    "(?i)hello", "(?s)<body>.*</body>", "^ok$", "", "[a-z]*", "(?>a+)+b", "(?:a+)*+b", "(?=ok)o", "(?:)*", "(a)?b(?(1)c|d)",
])  # fmt: skip
def test_an_ordinary_pattern_is_accepted(pattern):
    check_pattern(pattern)


@pytest.mark.parametrize("pattern", [
    "(a+)+b", "(a*)*", "(a|a)*b", "(.*a)+", "((ab)+c)*", "(?:a?){30}x", "(?=(a+)+b)", "(?>(a+)+b)", "(x(a+)+)?", "(a{1,50}){40}",
    ".*.*.*x", "(", "[a", "a{2,1}", "(?P<n>a)(?P<n>b)", "*", r"\p{L}",
])  # fmt: skip
def test_what_may_run_away_or_is_no_pattern_is_refused_with_a_sentence(pattern):
    with pytest.raises(ValueError, match=r"write it|keep to|not a regular expression"):
        check_pattern(pattern)


@given(st.text(alphabet="ab\n", max_size=40), st.integers(0, 4 * STRETCH), st.integers(0, 4 * STRETCH))
@settings(deadline=None, max_examples=200)
def test_a_text_is_found_wherever_it_stands(needle, before, after):
    text = "x" * before + f"<{needle}>" + "y" * after
    assert find_pattern(f"<{needle}>", text, LONG) is True
    assert find_pattern(f"<{needle}!>", text, LONG) is False


def test_the_end_of_the_text_is_not_the_end_of_a_stretch():
    text = "z" * (2 * STRETCH - 3) + "end" + "z" * STRETCH
    assert find_pattern("end$", text, LONG) is False
    assert find_pattern("end$", text + "end", LONG) is True
    assert find_pattern("zend.*", text, LONG) is True


def test_the_empty_text_matches_what_matches_nothing():
    assert find_pattern("^$", "", LONG) is True
    assert find_pattern("a", "", LONG) is False


def test_after_the_deadline_nothing_is_decided():
    assert find_pattern("a", "a", Deadline(SystemClock(), 0)) is None


@pytest.mark.parametrize("pattern, text", [
    ("<a.*b", "<a" * 500_000), (r"\s+$", " " * 999_999 + "x"), ("(?s).*x.*z", "xy" * 500_000), ("a.*b.*c!", "ab" * 500_000),
])  # fmt: skip
def test_a_hostile_body_of_a_megabyte_does_not_hang_the_search(pattern, text):
    assert find_pattern(pattern, text, Deadline(SystemClock(), 0.2)) in (None, False)

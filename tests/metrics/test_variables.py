"""Variables in queries: what they are filled in with, and which fixed ranges lose samples."""

import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sitegen.metrics.variables import NAMES, check_brackets, fill_in, find_short_range, variables_of


@pytest.mark.parametrize(
    ("query", "step", "scrape", "asked"),
    [
        ("rate(x[$__rate_interval])", 3600.0, 15.0, "rate(x[3615s])"),
        ("rate(x[$__rate_interval])", 15.0, 15.0, "rate(x[1m])"),  # four scrapes are more than a step and one
        ("rate(x[$__rate_interval])", 360.0, 60.0, "rate(x[7m])"),
        ("rate(x[$__rate_interval])", 1.0, 0.5, "rate(x[2s])"),
        ("rate(x[$__rate_interval])", 2.0, 0.5, "rate(x[2500ms])"),
        ("increase(x[$__interval])", 3600.0, 15.0, "increase(x[1h])"),
        ("max_over_time(x[$__range])", 3600.0, 15.0, "max_over_time(x[7d])"),
        ("x[${__interval}] offset $__interval", 60.0, 15.0, "x[1m] offset 1m"),
        ("rate(x[5m:$__interval])", 60.0, 15.0, "rate(x[5m:1m])"),
        ("x / $__range_s", 60.0, 15.0, "x / 604800"),
        ("x * $__interval_ms / $__rate_interval_ms / $__range_ms", 60.0, 30.0, "x * 60000 / 120000 / 604800000"),
        ('x{path="$1"} * $window', 60.0, 15.0, 'x{path="$1"} * $window'),
    ],
)  # fmt: skip
def test_a_query_has_its_variables_filled_in(query, step, scrape, asked):
    assert fill_in(query, step, 604_800.0, scrape) == asked


@given(st.floats(0.01, 1e7), st.floats(0.01, 1e5))
def test_no_variable_that_is_known_stays(step, scrape):
    query = " ".join(f"[${name}] [${{{name}}}]" for name in NAMES)
    assert set(variables_of(query)) == set(NAMES)
    assert "$" not in fill_in(query, step, step, scrape)


@pytest.mark.parametrize(
    ("query", "short"),
    [
        ("rate(x[5m])", "5m"),
        ("rate(x[59m59s])", "59m59s"),
        ("rate(x[1h])", None),
        ("rate(x[ 300 ])", "300"),
        ("rate(x[2h]) / rate(y[5m] offset 1d)", "5m"),
        ("rate(x[$__rate_interval])", None),
        ("x", None),
        # What a subquery holds is asked again and again between two columns.
        ("max_over_time(rate(x[5m])[1h:1m])", None),
        ("max_over_time(rate(x[5m])[30m:])", "30m"),
        ("""x{a="[5m]", b='[5m]', c=`[5m]`} # [5m]""", None),
        ('x{a="\\"[5m]"}[5m]', "5m"),
        ("x[5 apples]", None),
    ],
)
def test_a_fixed_range_is_short_where_it_does_not_reach_back_to_the_column_before(query, short):
    assert find_short_range(query, 3600.0) == short


@pytest.mark.parametrize(
    ("query", "sign"),
    [
        ("sum(rate({'http.requests', job=\"a\"}[5m])) # (", None),
        ("""a{b="(\\"", c='\\\\', d=`\\`}""", None),
        ("", None),
        ("up{", "{"),
        ("sum(up", "("),
        ("rate(x[5m)", ")"),
        ("up)", ")"),
        ('up{job="a}', '"'),
        ('up{job="a\\"}', '"'),
        ("up{job=`a\\}", "`"),
        ('"', '"'),
        ("(" * 100_000, "("),
        ('"\\' * 100_000, '"'),
    ],
)
def test_brackets_and_quotes_of_a_query_have_partners(query, sign):
    with (
        contextlib.nullcontext()
        if sign is None
        else pytest.raises(ValueError, match=re.escape(f"its {sign} has"))
    ):
        check_brackets(query)

"""What probes prove, beside the exact sums of the binomial distribution and figures from elsewhere."""

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.availability.evidence import at_most, is_of_site, probes_needed, prove, weigh_evidence


def summed(failures, probes, share):
    exact = Fraction(share)
    return float(
        sum(math.comb(probes, k) * exact**k * (1 - exact) ** (probes - k) for k in range(failures + 1))
    )


@settings(deadline=None)
@given(st.integers(1, 120), st.integers(0, 120), st.floats(1e-6, 1 - 1e-6))
def test_the_probability_is_the_sum_of_the_binomial_distribution(probes, failures, share):
    failures = min(failures, probes)
    assert at_most(failures, probes, share) == pytest.approx(summed(failures, probes, share), abs=1e-10)


@pytest.mark.parametrize(("failures", "needed"), [(0, 299_572), (1, 474_385), (2, 629_578)])
def test_five_nines_take_as_many_probes_as_the_quantiles_of_chi_square_say(failures, needed):
    """Half of the 95 % quantiles of chi square with 2, 4 and 6 degrees of freedom: 2.99573, 4.74386, 6.29579."""
    assert probes_needed(0.99999, failures) == needed
    assert prove(needed, failures) >= 0.99999 > prove(needed - 1, failures)


@pytest.mark.parametrize(
    ("probes", "failures"), [(1, 0), (10, 0), (10, 9), (50, 5), (100, 1), (1000, 999), (3000, 4)]
)
def test_under_the_bound_so_few_failures_happen_once_in_twenty_times(probes, failures):
    assert summed(failures, probes, 1 - prove(probes, failures)) == pytest.approx(0.05, rel=1e-6)


@given(st.integers(1, 2_000_000), st.integers(0, 5_000))
def test_never_more_is_proven_than_was_measured(probes, failures):
    found = weigh_evidence(probes, min(failures, probes), 0.99999)
    assert 0.0 <= found.proven < 1.0
    assert found.proven <= found.measured
    assert (found.proven >= 0.99999) == (probes >= found.needed)


def test_where_every_probe_failed_nothing_is_proven():
    assert prove(22, 22) == 0.0


def test_without_probes_nothing_is_claimed():
    found = weigh_evidence(0, 0, 0.99999)
    assert (found.measured, found.proven, found.needed) == (None, None, 299_572)


@pytest.mark.parametrize(
    ("url", "base_url", "told"),
    [
        ("https://s.example/", "https://s.example", True),
        ("https://s.example/status.json?x=1", "https://s.example/", True),
        ("https://S.example/blog/feed.xml", "https://s.example/blog", True),
        ("https://s.example/blog", "https://s.example/blog/", True),
        ("https://s.example/bloggers/", "https://s.example/blog", False),
        ("http://s.example/", "https://s.example", False),
        ("https://s.example:8443/", "https://s.example", False),
        ("https://api.s.example/", "https://s.example", False),
        ("tcp://s.example:443", "https://s.example", False),
        ("https://s.example/", "", False),
    ],
)
def test_a_probe_is_of_the_site_where_it_asks_below_its_address(url, base_url, told):
    assert is_of_site(url, base_url) is told

import random

import pytest
from sitegen.gate.budgets import budget_of, over_budget


@pytest.mark.parametrize(
    ("path", "brotli", "elements"),
    [
        ("index.html", 8_000, 700),
        ("follow/index.html", 8_000, 700),
        ("metrics/24h/index.html", 13_000, 1_400),
        ("traces/index.html", 5_000, 650),
        ("traces/4bf92f3577b34da6a3ce929d0e0e4736/index.html", 8_000, 800),
        ("logs/2/index.html", 7_000, 700),
        ("build/index.html", 7_000, 300),
        ("projects/one/index.html", 4_500, 300),
        ("404.html", 3_000, 80),
        ("techniques/index.html", 9_000, 800),
    ],
)
def test_each_kind_of_page_has_its_caps(path, brotli, elements):
    budget = budget_of(path)
    assert (budget.brotli, budget.elements) == (brotli, elements)


def noise(size: int) -> bytes:
    return random.Random(1).randbytes(size).hex().encode()[:size]


def test_a_page_within_its_caps_has_no_findings(page):
    assert over_budget("index.html", page("<p>x" * 600)) == ()


def test_a_page_that_does_not_compress_is_found():
    (finding,) = over_budget("404.html", noise(7_000))
    assert finding.rule == "compressed"
    assert "brotli" in finding.message
    (finding,) = over_budget("index.html", noise(30_000))
    assert "gzip" in finding.message


def test_brotli_decides_where_gzip_is_over_the_cap():
    body = noise(5_400)
    assert over_budget("404.html", body) == ()


def test_too_many_elements_are_found(page):
    (finding,) = over_budget("404.html", page("<p>x</p>" * 80))
    assert finding.rule == "elements"


def test_too_many_bytes_are_found(page):
    (finding,) = over_budget("index.html", page("x" * 96_000))
    assert finding.rule == "bytes"

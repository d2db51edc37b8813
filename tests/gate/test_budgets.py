import random

import pytest
from sitegen.gate.budgets import PageBudget, PageWeight, budget_of, over_budget, weigh


@pytest.mark.parametrize(
    "path",
    [
        "index.html",
        "follow/index.html",
        "metrics/24h/index.html",
        "traces/4bf92f3577b34da6a3ce929d0e0e4736/index.html",
        "projects/one/index.html",
    ],
)
def test_one_budget_holds_for_every_page(path):
    assert budget_of(path) == PageBudget(raw=96_000, compressed=13_000, elements=1_400, depth=14)


def test_the_page_of_what_is_not_there_is_a_small_one():
    assert budget_of("404.html") == PageBudget(compressed=3_000)


def noise(size: int) -> bytes:
    return random.Random(1).randbytes(size).hex().encode()[:size]


def rules(path, body):
    return [finding.rule for finding in over_budget(path, weigh(body))]


def test_a_page_within_its_limits_has_no_findings(page):
    assert rules("index.html", page("<p>x</p>" * 1_300)) == []


def test_a_page_that_does_not_compress_is_found():
    assert rules("404.html", noise(7_000)) == ["compressed"]
    assert rules("index.html", noise(7_000)) == []
    assert rules("index.html", noise(30_000)) == ["compressed"]


def test_too_many_elements_are_found(page):
    assert rules("index.html", page("<p>x</p>" * 1_400)) == ["elements"]


def test_too_many_bytes_are_found(page):
    (finding,) = over_budget("index.html", weigh(page("x" * 96_000)))
    assert str(finding).endswith("bytes; its cap is 96000")


def test_elements_that_stand_too_deep_in_one_another_are_found(page):
    assert rules("index.html", page("<b>" * 10 + "x" + "</b>" * 10)) == []
    assert rules("index.html", page("<b>" * 20 + "x" + "</b>" * 20)) == ["depth"]


def test_a_page_is_as_full_as_its_fullest_limit():
    budget = PageBudget(raw=100, compressed=50, elements=10, depth=4)
    assert budget.load(PageWeight(raw=50, compressed=10, elements=9, depth=1)) == 0.9
    assert budget.load(PageWeight(raw=200, compressed=10, elements=9, depth=1)) == 2.0

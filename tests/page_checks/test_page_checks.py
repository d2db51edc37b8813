"""The page checks are able to pass, and able to fail."""

import http.client
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from string import ascii_letters

import pytest
from tests.page_checks.budgets import EVERY_PAGE, weigh
from tests.page_checks.lighthouse import run_lighthouse
from tests.page_checks.markup import check_markup
from tests.page_checks.serving import serve
from tests.page_checks.visits import Visit, visit

SAMPLES = Path(__file__).parent / "samples"
GOOD, BAD = SAMPLES / "good" / "index.html", SAMPLES / "bad" / "index.html"


@pytest.fixture(scope="module")
def good() -> Iterator[str]:
    with serve(GOOD.parent) as address:
        yield f"{address}/"


@pytest.fixture(scope="module")
def bad() -> Iterator[str]:
    with serve(BAD.parent) as address:
        yield f"{address}/"


@pytest.mark.needs("java", "npm")
def test_the_markup_checker_passes_the_good_page_and_names_each_fault_of_the_bad_one():
    complaints = check_markup([GOOD, BAD])

    assert {complaint.file for complaint in complaints} == {str(BAD)}
    messages = " ".join(complaint.message for complaint in complaints)
    for fault in ("title", "alt", "colour", "end tag “div”", "path"):
        assert fault in messages
    assert {complaint.kind for complaint in complaints} == {"error", "warning"}


@pytest.fixture(scope="module")
def seen(browser, good, bad) -> tuple[Visit, Visit]:
    """One visit of each page, with axe; of the bad one a rule is let through."""
    return visit(browser, good, axe=True), visit(browser, bad, axe=True, allow={"image-alt"})


@pytest.mark.needs("chromium", "npm")
def test_axe_finds_nothing_on_the_good_page(seen):
    assert seen[0].violations == ()


@pytest.mark.needs("chromium", "npm")
def test_axe_finds_the_faults_of_the_bad_page_in_every_look_and_width(seen):
    violations = seen[1].violations

    assert {(violation.look, violation.width) for violation in violations} == {
        (look, width) for look in ("dark", "light", "forced colors") for width in (1280, 390)
    }
    rules = {violation.rule for violation in violations}
    assert {"html-has-lang", "document-title", "color-contrast"} <= rules
    assert "image-alt" not in rules


@pytest.mark.needs("chromium", "npm")
def test_a_visit_of_the_good_page_is_one_request_and_no_complaint(seen, good):
    assert seen[0].requests == (good,)
    assert seen[0].complaints == ()
    assert seen[0].overflow == {390: 0, 720: 0, 1280: 0, 1920: 0}


@pytest.mark.needs("chromium", "npm")
def test_a_visit_of_the_bad_page_tells_its_requests_refusals_and_overflow(seen, bad):
    assert seen[1].requests == (bad, f"{bad}missing.png")
    refusals = " ".join(seen[1].complaints)
    assert "inline script" in refusals
    assert "inline style" in refusals
    assert "404" in refusals
    assert seen[1].overflow[390] > 400


@pytest.mark.slow
@pytest.mark.needs("chromium", "npm")
def test_lighthouse_scores_the_bad_page_low_where_it_is_bad(chromium, bad):
    report = run_lighthouse(bad, chromium)

    assert report.scores["accessibility"] < 80
    assert report.scores["seo"] < 100
    assert {"image-alt", "document-title", "errors-in-console"} <= set(report.failed)
    assert 0 < report.metrics["fcp"] < 30_000


@pytest.mark.slow
@pytest.mark.needs("chromium", "npm")
def test_lighthouse_gives_the_good_page_full_marks(chromium, good):
    assert run_lighthouse(good, chromium).scores == {
        "performance": 100,
        "accessibility": 100,
        "best-practices": 100,
        "seo": 100,
    }


def test_the_good_page_is_within_every_budget():
    assert weigh(GOOD.read_bytes()).excesses("/404.html") == []


def test_every_budget_can_be_exceeded():
    noise = "".join(Random(1).choices(ascii_letters, k=100_000))
    page = f'<style>{noise}</style><script></script><p style="">{"<p>" * 1_500}{noise}'

    excesses = weigh(page.encode()).excesses("/follow/")

    assert [re.split(r"[\d;]+ ?", excess)[1] for excess in excesses] == [
        *EVERY_PAGE,
        "bytes in brotli",
    ]


def test_elements_and_depth_are_counted_as_a_browser_would():
    measures = weigh(b"<main><br><svg><path/></svg><p>x</p></main>").measures

    assert measures["elements"] == 5
    assert measures["levels of elements"] == 3


@pytest.mark.parametrize(
    ("accepted", "encoding"), [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("identity", None)]
)
def test_the_server_compresses_as_the_visitor_asks(good, accepted, encoding):
    answer = fetch(good, "/", accepted)

    assert answer.status == 200
    assert answer.getheader("Content-Encoding") == encoding
    assert "script-src 'none'; style-src 'sha256-" in (answer.getheader("Content-Security-Policy") or "")


@pytest.mark.parametrize("path", ["/missing/", "/../bad/index.html", "/%2e%2e/bad/index.html"])
def test_the_server_answers_404_for_what_is_not_in_the_folder(good, path):
    assert fetch(good, path, "identity").status == 404


def fetch(address: str, path: str, accepted: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(address.removeprefix("http://").rstrip("/"))
    connection.request("GET", path, headers={"Accept-Encoding": accepted})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer

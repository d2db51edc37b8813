"""What a server says instead of numbers, or beside them, and what the page makes of it."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.acceptance.sites import Site, make_site
from tests.acceptance.sources import answered, clock_at, copy_site, figure_of, panel, source, states
from tests.faulty_server import FaultyServer, Reply


class Canned(NamedTuple):
    """An answer without numbers, what operators and visitors must read of it, and how often it may be asked for."""

    reply: Reply
    says: str
    shows: str
    requests: int = 1


class Answered(NamedTuple):
    """A site with a source for each answer, each with a server of its own."""

    site: Site
    report: dict
    requests: dict[str, int]


def refusal(status: int, kind: str, error: str) -> Reply:
    """An error as Prometheus words it (web/api/v1/api.go)."""
    body = json.dumps({"status": "error", "errorType": kind, "error": error}).encode()
    return Reply(status=status, headers=(("Content-Type", "application/json"),), body=body)


def page(status: int, words: str) -> Reply:
    body = f"<!DOCTYPE html><html><body><h1>{words}</h1></body></html>".encode()
    return Reply(status=status, headers=(("Content-Type", "text/html"),), body=body)


def plain(status: int, words: str, **headers: str) -> Reply:
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Reply(status=status, headers=named, body=words.encode())


CANNED = {
    "bad-data": Canned(refusal(400, "bad_data", "1:5: parse error: unclosed left"), "correct the panel's `query`: 1:5: parse error: unclosed left", "refuses the query"),
    "unauthenticated": Canned(plain(401, "Unauthorized\n"), "wants other credentials (401)", "refuses access"),
    "forbidden": Canned(plain(403, "no org id\n"), "may not query (403)", "refuses access", requests=2),
    "no-api": Canned(plain(404, "404 page not found\n"), "no Prometheus API at this address (404)", "refuses the query"),
    "execution": Canned(refusal(422, "execution", "found duplicate series"), "could not be executed (execution); correct the panel's `query`: found duplicate series", "refuses the query"),
    "too-often": Canned(plain(429, "slow down", Retry_After="0"), "limits the rate of queries (429)", "refuses the query", 3),
    "not-now": Canned(plain(429, "slow down; in an hour", Retry_After="3600"), "limits the rate of queries (429); lower `max_concurrency`: HTTP status 429, slow down; in an hour", "refuses the query"),
    "internal": Canned(refusal(500, "internal", "chunk is corrupt"), "failed inside (internal); see its log: chunk is corrupt", "answers with an error 500"),
    "proxy": Canned(page(502, "Bad Gateway"), "or a proxy before it, failed: HTTP status 502", "answers with an error 502", 3),
    "unavailable": Canned(refusal(503, "unavailable", "TSDB not ready"), "not ready to answer (unavailable)", "answers with an error 503", 3),
    "timeout": Canned(refusal(503, "timeout", "query timed out in expression evaluation"), "gave up on the query (timeout)", "does not answer in time", 3),
    "canceled": Canned(refusal(200, "canceled", "context canceled"), "canceled the query (canceled)", "refuses the query"),
    "login": Canned(page(200, "Sign in"), "a web page came back instead of JSON", "sends an answer that cannot be used"),
    "no-json": Canned(Reply(headers=(("Content-Type", "text/plain"),), body=b"pong"), "is not valid JSON of the Prometheus API", "sends an answer that cannot be used"),
    "other-json": Canned(Reply(body=b'{"status": "success", "data": {"version": "2.42.0"}}'), "JSON but not the result of a query", "sends an answer that cannot be used"),
    "elsewhere": Canned(plain(302, "", Location="http://127.0.0.2:9/login"), "redirects to another origin", "sends an answer that cannot be used"),
}  # fmt: skip


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A scaffolded site."""
    return make_site(tmp_path_factory.mktemp("blank") / "site")


@pytest.fixture(scope="module")
def refused(blank: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answered]:
    folder = tmp_path_factory.mktemp("refused") / "site"
    with contextlib.ExitStack() as stack:
        servers = {name: stack.enter_context(FaultyServer(one.reply)) for name, one in CANNED.items()}
        fine = stack.enter_context(FaultyServer(Reply(body=answered())))
        parts = [source("fine", fine.url), panel("fine", "fine")]
        for name, server in servers.items():
            parts += [source(name, server.url), panel(name, name)]
        site = copy_site(blank, folder, *parts)
        report = site.build(*clock_at())
        yield Answered(site, report, {name: len(server.requests) for name, server in servers.items()})


@pytest.mark.parametrize("name", CANNED)
def test_each_error_of_the_api_has_its_own_reason_in_the_report_and_its_class_on_its_panel(
    refused: Answered, name: str
):
    text = figure_of(refused.site, name).text

    assert [
        CANNED[name].says in one["message"]
        for one in refused.report["problems"]
        if one["where"] == f"metrics.{name}"
    ] == [True]
    assert f"{name} {CANNED[name].shows}" in text
    assert "no data" in text
    assert states(refused.site)[name] == "missing"
    assert refused.report["status"] == "degraded"


def test_no_two_errors_of_the_api_have_the_same_reason(refused: Answered):
    reasons = {}
    for problem in refused.report["problems"]:
        reasons.setdefault(problem["message"].partition(": ")[0], []).append(problem["where"])

    assert len(refused.report["problems"]) == len(CANNED)
    # The two that limit the rate differ in how long they want to be left alone.
    assert [sorted(names) for names in reasons.values() if len(names) > 1] == [
        ["metrics.not-now", "metrics.too-often"]
    ]


@pytest.mark.parametrize("name", CANNED)
def test_a_request_that_is_wrong_is_sent_once_a_method_and_one_that_may_pass_three_times(
    refused: Answered, name: str
):
    assert refused.requests[name] == CANNED[name].requests


def test_a_source_beside_those_that_refuse_is_fresh(refused: Answered):
    assert states(refused.site)["fine"] == "fresh"
    assert "now 42.5" in figure_of(refused.site, "fine").text


def test_a_refusal_is_a_build_done_and_under_strict_exit_code_4(blank: Site, tmp_path: Path):
    with FaultyServer(CANNED["bad-data"].reply) as server:
        site = copy_site(blank, tmp_path / "site", source("one", server.url), panel("one", "one"))
        assert site.run("build", *clock_at()).code == 0
        assert site.run("build", "--strict", *clock_at(30)).code == 4


# --- Answers that are not whole, or come with a remark -------------------------------

PARTIAL = {
    "one-warning": answered(warnings=["store 10.0.0.7 is down"]),
    "two-warnings": answered(warnings=["first store is down", "second store is down"]),
    "truncated": answered(warnings=["results truncated due to limit"]),
    "warned-and-informed": answered(warnings=["a store is down"], infos=["PromQL info: no counter"]),
    "no-series": json.dumps({"status": "success", "data": {"resultType": "matrix", "result": []}, "warnings": ["every store is down"]}).encode(),
    "cluster": answered(isPartial=True),
}  # fmt: skip
INFORMED = {
    "one-info": answered(infos=["PromQL info: metric might not be a counter"]),
    "no-warnings": answered(warnings=[], infos=["PromQL info: nothing is wrong"]),
    "none": answered(warnings=None, infos=None),
}


@pytest.fixture(scope="module")
def remarked(blank: Site, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Answered]:
    made = {}
    for group, answers in (("partial", PARTIAL), ("informed", INFORMED)):
        with contextlib.ExitStack() as stack:
            parts = []
            for name, body in answers.items():
                server = stack.enter_context(FaultyServer(Reply(body=body)))
                parts += [source(name, server.url), panel(name, name)]
            site = copy_site(blank, tmp_path_factory.mktemp(group) / "site", *parts)
            made[group] = Answered(site, site.build(*clock_at()), {})
    return made


def told(answered: Answered, name: str) -> set[str]:
    """What operators read of a source beside its answer."""
    remarks = answered.report["sections"]["metrics"]["remarks"]
    return {one["message"] for one in remarks if one["where"] == f"metrics.{name}"}


@pytest.mark.parametrize("name", PARTIAL)
def test_an_answer_with_a_warning_is_labelled_partial_and_operators_read_the_servers_words(
    remarked: dict[str, Answered], name: str
):
    text = figure_of(remarked["partial"].site, name).text
    said = json.loads(PARTIAL[name]).get("warnings", [])

    assert "partial: the source did not answer in full" in text
    assert not any(warning in text for warning in said)
    problems = {
        one["message"] for one in remarked["partial"].report["problems"] if one["where"] == f"metrics.{name}"
    }
    assert len(problems) == max(1, len(said))
    assert {warning for warning in said if "10.0.0.7" not in warning} <= problems
    assert ("now 42.5" in text) is (name != "no-series")
    assert states(remarked["partial"].site)[name] == "fresh"


def test_an_address_in_a_warning_is_masked(remarked: dict[str, Answered]):
    assert not any(b"10.0.0.7" in body for body in remarked["partial"].site.tree().values())


@pytest.mark.parametrize("name", INFORMED)
def test_an_info_is_for_operators_and_alarms_nobody(remarked: dict[str, Answered], name: str):
    text = figure_of(remarked["informed"].site, name).text
    said = json.loads(INFORMED[name])["infos"] or []

    assert told(remarked["informed"], name) == set(said)
    assert not any(info in text for info in said)
    assert "partial" not in text.lower()
    assert "now 42.5" in text
    assert remarked["informed"].report["status"] == "ok"
    assert remarked["informed"].report["problems"] == []

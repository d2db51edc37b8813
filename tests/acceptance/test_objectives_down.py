"""Objectives over queries whose source is down, refuses them, or cannot count: what is still known, and who is told."""

from pathlib import Path

import pytest
from sitegen.state.folder import State
from sitegen.state.sources import SourceRecord
from tests.acceptance.counted import NUMBERS, Canned, check_numbers, counts, objective, source
from tests.acceptance.foreign import serve_answers
from tests.acceptance.probed import BEGIN, CYCLE, configure, facts, panel, run_cycle, stamp
from tests.acceptance.sites import Site, make_site
from tests.faulty_server import Failure, FaultyServer, Position, Reply


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return make_site(tmp_path / "site")


def test_the_last_known_numbers_stay_with_their_age_while_the_source_is_down(site: Site):
    canned = Canned(counts("good", "total", NUMBERS))
    with serve_answers(canned) as url:
        configure(site, source(url), objective("counted"))
        run_cycle(site, 0)
        before = facts(panel(site, "slo-counted"))
    when = stamp(BEGIN).replace("T", " ").replace("Z", " UTC")

    for cycles, state in ((1, "fresh"), (2, "fresh"), (20, "stale"), (240, "expired")):
        report = run_cycle(site, cycles)
        section = panel(site, "slo-counted")
        assert facts(section) == before
        assert section.all("p")[0].text == "● met"
        assert f"last known numbers, {state}, fetched {when}" in section.text
        assert section.all("time")[0].attributes["datetime"] == stamp(BEGIN)
        assert "counters does not answer" in section.text
        assert report["status"] == "degraded"
        assert [one["where"] for one in report["problems"]] == ["metrics.counters"]
        assert {"name": "counters", "status": state, "fetched_at": stamp(BEGIN)} in site.status["sources"]
    assert site.run("build", "--strict").code == 4


def test_a_refused_query_shows_its_class_and_the_last_known_numbers(site: Site):
    canned = Canned(counts("good", "total", NUMBERS))
    with serve_answers(canned) as url:
        configure(site, source(url), objective("counted"))
        run_cycle(site, 0)
        before = facts(panel(site, "slo-counted"))
        canned.refusal = 'invalid parameter "query": <b>1:7</b>: parse error'
        report = run_cycle(site, 1)
        section = panel(site, "slo-counted")
        assert "counters refuses the query" in section.text
        assert "1:7" not in section.text
        assert facts(section) == before
        assert [one for one in report["problems"] if canned.refusal in one["message"]]

        # A server that answers is asked again in the next cycle, though it refused five times.
        for number in range(2, 6):
            run_cycle(site, number)
        canned.refusal = ""
        assert run_cycle(site, 6)["problems"] == []
    assert panel(site, "slo-counted").all("p")[0].text == "● met"


def test_a_source_that_never_answered_leaves_no_number(site: Site):
    with FaultyServer(Reply(status=503, body=b"overloaded")) as server:
        configure(site, source(server.url), objective("counted"))
        report = run_cycle(site, 0)
    section = panel(site, "slo-counted")
    assert facts(section) == {"objective": [0.99]} | {
        name: [] for name in facts(section) if name != "objective"
    }
    assert section.all("p")[0].text == "○ no data"
    assert report["status"] == "degraded"
    assert {"name": "counters", "status": "missing", "fetched_at": None} in site.status["sources"]


def test_a_source_that_is_down_is_asked_one_question_a_cycle_and_other_records_stay_as_they_are(site: Site):
    other = SourceRecord(
        failures=7, failing_since=BEGIN - 300, answered_at=BEGIN - 330, asked=40, fault="it is gone"
    )
    with State.open(site.state, BEGIN - 1) as state:
        state.sources.save("metrics", {"shop": other})
    with FaultyServer(Reply(fault=Failure.RESET, at=Position.BEFORE)) as server:
        configure(site, source(server.url), source(server.url, "unasked"), objective("counted"))
        asked = []
        for number in range(6):
            before = server.connections
            run_cycle(site, number)
            asked.append(server.connections - before)

    # One question and its retries, then one without.
    assert 1 <= asked[0] <= 3
    assert asked[1:] == [1] * 5
    with State.open(site.state, BEGIN + 6 * CYCLE) as state:
        known = state.sources.known("metrics")
    assert set(known) == {"shop", "counters"}
    assert known["shop"] == other
    assert (known["counters"].failures, known["counters"].failing_since) == (6, BEGIN)
    assert known["counters"].answered_at is None
    assert "reset the connection" in known["counters"].fault


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (
            "source = 'self'\ngood = 'sitegen_up'\ntotal = 'sitegen_up'",
            "slos[0].source: 'self' cannot count over a window",
        ),
        ("source = 'cloud'\ngood = 'a'\ntotal = 'b'", "slos[0].source: 'cloud' cannot count over a window"),
        (
            "source = 'counters'\ngood = 'rate(a[5m])'\ntotal = 'b'",
            "slos[0].good: is asked over several windows",
        ),
    ],
)
def test_what_cannot_be_counted_is_refused_with_what_to_do(site: Site, keys: str, said: str):
    cloud = "\n[[metrics.sources]]\nname = 'cloud'\ntype = 'cloudwatch'\nregion = 'us-east-1'\nnamespace = 'AWS/S3'\n"
    configure(site, source("http://127.0.0.1:1"), cloud, f"\n[[slos]]\nid = 'x'\ntitle = 'x'\n{keys}\n")

    for command in (("build",), ("check", "config")):
        outcome = site.run(*command)
        assert outcome.code == 2
        assert outcome.stderr.count("\n") == 1
        assert said in outcome.stderr
    assert ("`probe`" in outcome.stderr) or ("[$window]" in outcome.stderr)


def test_a_source_that_hangs_costs_no_more_than_gathering_and_the_panels_of_others_are_drawn(site: Site):
    canned = Canned(counts("good", "total", NUMBERS))
    with FaultyServer(Reply(fault=Failure.HANG, at=Position.BEFORE)) as silent, serve_answers(canned) as url:
        hung = source(silent.url, "silent") + "timeout = '1m'\n"
        tables = (hung, source(url), objective("silent", source="silent"), objective("counted"))
        configure(site, *tables, build="gather = '2s'")
        report = run_cycle(site, 0)

    assert report["status"] == "degraded"
    [problem] = report["problems"]
    assert problem["where"] == "metrics.silent"
    assert "when the time for gathering was over" in problem["message"]
    assert "silent does not answer in time" in panel(site, "slo-silent").text
    check_numbers(site, "counted", "0.99", "30d", NUMBERS)

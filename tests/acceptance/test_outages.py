"""A source that is down for long: how often it is asked, what the pages say meanwhile, and how it comes back."""

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sitegen.config import load_config
from sitegen.instrumentation.clock import FixedClock
from sitegen.pipeline.build import Options, build
from tests.acceptance.counted import objective
from tests.acceptance.documents import parse
from tests.acceptance.sites import Site, make_site
from tests.acceptance.sources import NOON, answered, clock_at, copy_site, figure_of, panel, source, states
from tests.faulty_server import Failure, FaultyServer, Position, Reply, Request

CYCLE = 30.0
GONE = Reply(fault=Failure.RESET, at=Position.BEFORE)


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A scaffolded site that was built once."""
    site = make_site(tmp_path_factory.mktemp("blank") / "site")
    site.build(*clock_at(-600))
    return site


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with FaultyServer(Reply(body=answered())) as running:
        yield running


@pytest.fixture
def site(blank: Site, server: FaultyServer, tmp_path: Path) -> Site:
    return copy_site(blank, tmp_path / "site", source("tested", server.url), panel("tested", "tested"))


def tick(site: Site, number: float) -> dict:
    return site.build("--jobs", "1", *clock_at(number * CYCLE))


def tick_here(site: Site, number: float) -> str:
    """Build in this process, for what a hundred starts of Python would not prove better; gives the status."""
    config = load_config(site.folder / "sitegen.toml", {})
    clock = FixedClock(NOON + number * CYCLE)
    return build(config, Options(output=site.dist, jobs=1), clock, lambda _: None).status


def failures_of(site: Site) -> int:
    with closing(sqlite3.connect(site.state / "state.db")) as database:
        [(failures,)] = database.execute("SELECT failures FROM source WHERE name = 'tested'")
    return failures


def is_query(request: Request) -> bool:
    return "query_range" in request.line


@pytest.mark.parametrize("cycles", [12, pytest.param(100, marks=pytest.mark.slow)])
def test_a_source_that_is_down_for_many_cycles_is_asked_one_small_question_and_its_pages_rest(
    site: Site, server: FaultyServer, cycles: int
):
    tick(site, 0)
    server.then(GONE)
    before, pages, classes = server.connections, set(), []
    for number in range(1, cycles + 1):
        seen = len(server.requests)
        assert tick_here(site, number) == "degraded"
        pages.add(site.page("/metrics/"))
        classes.append(states(site)["tested"])
        if number > 3:
            assert [is_query(one) for one in server.requests[seen:]] == [False]

    asked = server.connections - before
    assert cycles <= asked <= cycles + 2
    assert classes == ["fresh"] * 2 + ["stale"] * (cycles - 2)
    assert len(pages) == 2, "the page changes with its class, and with nothing else"
    assert "does not answer" in figure_of(site, "tested").text
    assert "last known values" in figure_of(site, "tested").text

    server.then(Reply(body=answered(at=(cycles + 1) * CYCLE)))
    assert tick_here(site, cycles + 1) == "ok"
    assert server.connections - before - asked == 3, "the small question, then the query and what is now"
    assert states(site)["tested"] == "fresh"
    tick(site, cycles + 2)
    assert server.connections - before - asked == 5
    assert failures_of(site) == 0


@pytest.mark.parametrize(
    ("cycles", "wait"),
    [(6, "0"), pytest.param(100, "1", marks=[pytest.mark.slow, pytest.mark.timeout(900)])],
)
def test_a_source_that_asks_for_less_is_asked_less(
    blank: Site, server: FaultyServer, tmp_path: Path, cycles: int, wait: str
):
    many = [panel(f"panel-{number}", "tested", query=f"up{number}") for number in range(8)]
    site = copy_site(blank, tmp_path / "many", source("tested", server.url), *many)
    server.then(Reply(status=429, headers=(("Retry-After", wait),), body=b"too many outstanding requests"))
    asked = []
    for number in range(cycles):
        before = len(server.requests)
        tick_here(site, number)
        asked.append(len(server.requests) - before)
        assert max(Counter(one.body for one in server.requests[before:]).values()) <= 3
    assert asked == [3] + [1] * (cycles - 1)
    assert all("refuses the query" in figure_of(site, f"panel-{number}").text for number in range(8))
    assert failures_of(site) == cycles


def test_panels_and_objectives_of_a_failing_source_share_one_budget_of_retries(
    blank: Site, server: FaultyServer, tmp_path: Path
):
    many = [panel(f"panel-{number}", "tested", query=f"up{number}") for number in range(10)]
    # Time for all pauses between retries, however busy the machine is.
    site = copy_site(
        blank,
        tmp_path / "both",
        source("tested", server.url),
        *many,
        objective("good", source="tested"),
        build='gather = "30s"\ndeadline = "50s"',
    )
    server.then(Reply(status=503, body=b"busy"))
    tick(site, 0)
    queries = {one.body for one in server.requests}
    assert len(queries) == 10 * 1 + 29, (
        "each panel in its window, two counters in six windows and in columns, these at birth, one coverage"
    )
    assert len(server.requests) - len(queries) == 20
    assert max(Counter(one.body for one in server.requests).values()) <= 3
    assert [one["name"] for one in site.status["sources"]].count("tested") == 1

    # The first question of the next cycle is not answered well: nobody else is asked.
    before = len(server.requests)
    tick(site, 1)
    assert len(server.requests) - before == 1


def test_many_queries_cost_a_source_that_stays_silent_one_question(
    blank: Site, server: FaultyServer, tmp_path: Path
):
    many = [panel(f"panel-{number}", "tested", query=f"up{number}") for number in range(8)]
    site = copy_site(blank, tmp_path / "many", source("tested", server.url), *many)
    server.then(GONE)
    tick(site, 0)
    first = server.connections
    assert first <= 3, "one question and its retries, though nothing was known of the source"
    assert all("does not answer" in figure_of(site, f"panel-{number}").text for number in range(8))
    tick(site, 1)
    assert server.connections - first == 1
    assert all("does not answer" in figure_of(site, f"panel-{number}").text for number in range(8))

    server.then(Reply(body=answered()))
    tick(site, 2)
    assert server.connections - first == 1 + 2 * 8, "each in its window, and then what is now"
    assert states(site)["tested"] == "fresh"


@pytest.mark.parametrize(
    "first", [Reply(status=503, body=b"busy"), Reply(fault=Failure.HANG, at=Position.BEFORE)]
)
def test_a_first_question_that_fails_alone_costs_the_others_nothing(
    blank: Site, server: FaultyServer, tmp_path: Path, first: Reply
):
    many = [panel(f"panel-{number}", "tested", query=f"up{number}") for number in range(4)]
    site = copy_site(blank, tmp_path / "one", source("tested", server.url, timeout="2s"), *many)
    again = [first] * 2 if first.status == 503 else []  # a 503 is tried again before the others' turn
    server.then(first, *again, Reply(body=answered()))
    tick(site, 0)
    fine = [number for number in range(4) if "now 42.5" in figure_of(site, f"panel-{number}").text]
    assert fine[-3:] == [1, 2, 3]  # one that was only slow is answered when it is asked again
    assert states(site)["tested"] == "fresh"


def test_a_query_that_always_hangs_does_not_keep_a_source_shut_that_answers_all_others(
    blank: Site, server: FaultyServer, tmp_path: Path
):
    site = copy_site(
        blank,
        tmp_path / "heavy",
        source("tested", server.url, timeout="300ms"),
        panel("heavy", "tested", query="heavy"),
        panel("light", "tested", query="light"),
    )
    server.then(GONE)
    for number in range(6):
        tick_here(site, number)
    assert failures_of(site) == 6, "the first query that is put is that of the heavy panel"
    hang, fine = Reply(fault=Failure.HANG, at=Position.BEFORE), Reply(body=answered())
    server.then(fine, hang, fine, fine, hang)

    for number in (6, 7):  # the second of them begins with the other query
        tick_here(site, number)
    assert states(site)["tested"] == "fresh"
    assert "last 42.5" in figure_of(site, "light").text
    assert "does not answer in time" in figure_of(site, "heavy").text


@pytest.mark.parametrize(
    "row",
    ["'x', 1e9", "-1, 1e9", "9, 'late'", "x'00ff', x'00'", "1e300, 1e9", "9, -1e308", "NULL, NULL"],
)
def test_a_record_that_cannot_be_read_is_that_of_a_new_source(site: Site, server: FaultyServer, row: str):
    server.then(GONE)
    for number in range(4):
        tick_here(site, number)
    with closing(sqlite3.connect(site.state / "state.db", isolation_level=None)) as database:
        database.execute("DELETE FROM source")
        try:
            database.execute(f"INSERT INTO source VALUES ('metrics', 'tested', {row}, NULL, 0, NULL)")  # noqa: S608 - rows of this test
        except sqlite3.IntegrityError:
            pytest.skip("the table itself refuses such a row")
    seen = len(server.requests)

    server.then(Reply(body=answered()))
    tick(site, 4)
    assert [is_query(one) for one in server.requests[seen:]] == [True, False]
    assert states(site)["tested"] == "fresh"


def test_after_a_state_file_that_is_rubbish_every_source_is_as_new(site: Site, server: FaultyServer):
    server.then(GONE)
    for number in range(4):
        tick_here(site, number)
    (site.state / "state.db").write_bytes(b"\x00\xffrubbish" * 500)
    seen = len(server.requests)

    server.then(Reply(body=answered()))
    tick(site, 4)
    assert [is_query(one) for one in server.requests[seen:]] == [True, False]
    assert states(site)["tested"] == "fresh"
    assert list(site.state.glob("*.corrupt-*"))


def test_a_source_that_is_left_alone_says_until_when_why_and_how_often_it_was_asked(
    site: Site, server: FaultyServer
):
    def told() -> dict:
        [one] = [
            one
            for one in json.loads(site.run("status", "--format", "json").stdout)["sources"]
            if one["name"] == "tested"
        ]
        return one

    server.then(GONE)
    for number in range(2):
        tick_here(site, number)
    assert told()["left_alone_until"] is None
    tick_here(site, 2)
    left = told()
    asked_at = datetime.now(UTC)
    assert abs(datetime.fromisoformat(left["left_alone_until"]) - asked_at) <= timedelta(seconds=2 * CYCLE)
    assert left["tried"] == 3
    assert "does not answer" in left["fault"] or "reset" in left["fault"]
    assert "left alone until 20" in site.run("status").stdout
    checked = site.run("check", "sources").stdout
    assert "left alone until 20" in checked
    assert "; 3 so far" in checked
    facts = " ".join(parse(site.page("/build/")).text.split())
    assert re.search(r"tested ?left alone until [0-9: -]*12:01:30 UTC after 3 tries: does not answer", facts)

    server.then(Reply(body=answered(at=3 * CYCLE)))
    tick_here(site, 3)
    assert (told()["left_alone_until"], told()["fault"]) == (None, None)
    assert "left alone" not in site.run("check", "sources").stdout + site.page("/build/")


@pytest.mark.parametrize(("cycles", "fault"), [(3, GONE), (9, GONE), (4, Reply(status=503))])
def test_a_source_that_returns_is_fresh_in_the_next_cycle_however_long_it_was_away(
    site: Site, server: FaultyServer, cycles: int, fault: Reply
):
    server.then(fault)
    for number in range(cycles):
        tick_here(site, number)
    assert states(site)["tested"] == "missing"
    assert f"after {cycles} tries" in " ".join(parse(site.page("/build/")).text.split())

    server.then(Reply(body=answered(at=cycles * CYCLE)))
    tick_here(site, cycles)
    assert states(site)["tested"] == "fresh"
    assert "now 42.5" in figure_of(site, "tested").text

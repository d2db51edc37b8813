"""A server that fails, and the rest of the site: every fault, as a source and as a service that is probed."""

import json
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.acceptance.documents import sentence_of
from tests.acceptance.sites import Site, make_site
from tests.acceptance.sources import (
    answered,
    clock_at,
    copy_site,
    figure_of,
    panel,
    probe,
    source,
    states,
)
from tests.faulty_server import Failure, FaultyServer, Position, Reply
from tests.program import Outcome

GATHER, DEADLINE = 4, 20
PATIENCE = "3500ms"
"""The timeout of whom no harm befalls: on a busy machine this process, which serves four builds, is slow too."""
MARGIN = 30.0
"""What a busy machine may take to start four processes at once; a fault that is waited for has no end."""

HARMLESS = {(fault, at) for fault in (Failure.LATENCY, Failure.SLICED) for at in Position} | {
    (Failure.SLOW_CLOSE, Position.BODY)
}
SOURCE, PROBE = "source", "probe"
WHY = {
    Failure.DRIP: "no whole answer within 500 ms",
    Failure.HANG: "no whole answer within 500 ms",
    Failure.RESET: "reset the connection",
    Failure.TRUNCATED: "without an answer|only part of its answer",
    Failure.SLOW_CLOSE: "no whole answer within 500 ms|without an answer|only part of its answer",
    Failure.DOWN: "refuses connections",
}


class Case(NamedTuple):
    """One fault, where it takes hold, and whom it befalls."""

    role: str
    fault: Failure
    at: Position

    @property
    def harms(self) -> bool:
        return (self.fault, self.at) not in HARMLESS

    def __str__(self) -> str:
        return f"{self.fault} {self.at} of a {self.role}"


class Run(NamedTuple):
    """One build, and how long it took."""

    case: Case
    site: Site
    outcome: Outcome
    took: float


CASES = [Case(*one) for one in product((SOURCE, PROBE), Failure, Position)]
# Of each fault one position a role, and each position equally often; the soak has all of them.
SAMPLE = [
    Case(role, fault, list(Position)[(number + (role is PROBE)) % len(Position)])
    for role in (SOURCE, PROBE)
    for number, fault in enumerate(Failure)
]


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site with some history of its own."""
    site = make_site(tmp_path_factory.mktemp("blank") / "site")
    site.build(*clock_at(-600))
    return site


@pytest.fixture(scope="module")
def healthy() -> Iterator[str]:
    with FaultyServer(Reply(body=answered())) as server:
        yield server.url


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(case, id=str(case), marks=() if case in SAMPLE else pytest.mark.slow) for case in CASES
    ],
)
def run(
    request: pytest.FixtureRequest, blank: Site, healthy: str, tmp_path_factory: pytest.TempPathFactory
) -> Run:
    """One build with a healthy server beside the one that fails."""
    return run_case(request.param, blank, tmp_path_factory.mktemp("fault") / "site", healthy)


def run_case(case: Case, blank: Site, folder: Path, healthy: str) -> Run:
    reply = Reply(body=answered(), fault=case.fault, at=case.at, delay=0.1)
    with FaultyServer(reply) as failing:
        sick, short = failing.url, "500ms" if case.harms else PATIENCE
        site = copy_site(
            blank,
            folder,
            source("other", healthy, timeout=PATIENCE),
            source("tested", *((sick, short) if case.role is SOURCE else (healthy, PATIENCE))),
            panel("other", "other"),
            panel("tested", "tested"),
            panel("own", "self", query="sitegen_up"),
            probe("well", healthy, PATIENCE),
            probe("checked", *((sick, short) if case.role is PROBE else (healthy, PATIENCE))),
            build=f'gather = "{GATHER}s"\ndeadline = "{DEADLINE}s"',
        )
        started = time.monotonic()
        outcome = site.run("build", "--format", "json", *clock_at())
        return Run(case, site, outcome, time.monotonic() - started)


def test_every_fault_ends_inside_the_deadline_and_the_site_is_published(run: Run):
    assert run.outcome.code == 0, run.outcome
    assert run.took < DEADLINE + MARGIN
    assert {"/", "/metrics/", "/traces/", "/logs/", "/build/", "/slo/", "/about/"} <= set(
        run.site.addresses()
    )
    assert run.outcome.stderr == ""
    assert "Traceback" not in (run.site.state / "log" / "sitegen.jsonl").read_text()
    report = json.loads(run.outcome.stdout)
    hurt = run.case.harms and run.case.role is SOURCE
    assert report["status"] == ("degraded" if hurt else "ok"), report["problems"]


def test_every_fault_leaves_the_other_sources_and_services_alone(run: Run):
    site = run.site
    expected = {"self": "fresh", "other": "fresh", "well": "up"}

    assert expected.items() <= states(site).items()
    for name in ("other", "own"):
        assert figure_of(site, name).one("details")
        assert sentence_of(figure_of(site, name)).text != "no data"


def test_every_fault_shows_on_what_it_befalls_and_on_nothing_else(run: Run):
    site, case = run.site, run.case
    ill = case.role if case.harms else None
    text = figure_of(site, "tested").text

    assert states(site)["tested"] == ("missing" if ill == SOURCE else "fresh")
    assert states(site)["checked"] == ("down" if ill == PROBE else "up")
    if ill == SOURCE:
        assert "no data" in text
        [message] = [one["message"] for one in json.loads(run.outcome.stdout)["problems"]]
        assert any(why in message for why in WHY[case.fault].split("|")), message
        assert "tested does not answer" in text
    else:
        assert "now 42.5" in text

"""The Prober at work: real servers that are well, slow, ill, silent or announced to be away, and what the site says."""

import socket
import time
import xml.etree.ElementTree as ET
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.acceptance.documents import parse
from tests.acceptance.probed import (
    ATOM,
    BEGIN,
    CYCLE,
    configure,
    facts,
    incidents,
    panel,
    probe,
    run_cycle,
    said_everywhere,
    stamp,
)
from tests.acceptance.sites import Site, make_site
from tests.faulty_server import Failure, FaultyServer, Position, Reply

WELL = Reply(body=b"welcome")
SLOW = Reply(body=b"welcome", fault=Failure.LATENCY, at=Position.BEFORE, delay=0.5)
HANG = Reply(fault=Failure.HANG, at=Position.BEFORE)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return make_site(tmp_path / "site")


@pytest.fixture
def server():
    with FaultyServer(WELL) as running:
        yield running


# --- The five states ------------------------------------------------------------------


def test_each_state_of_a_real_server_is_told_everywhere_in_the_very_next_cycle(
    site: Site, server: FaultyServer
):
    away = [
        f"\n[[maintenance]]\ntitle = 'moving'\nstart = '{stamp(BEGIN + 5 * CYCLE)}'\nend = '{stamp(BEGIN + 6 * CYCLE)}'"
    ]
    home = probe("home", f"{server.url}/health", title="Home page", degraded_above="250ms", timeout="20s")
    configure(site, home, *away, build="gather = '2s'")

    for number, (reply, state) in enumerate(
        [
            (WELL, "up"),
            (SLOW, "degraded"),
            (Reply(status=503), "down"),
            (HANG, "no data"),
            (WELL, "up"),
            (WELL, "maintenance"),
        ]
    ):
        server.then(reply)
        report = run_cycle(site, number)
        said_everywhere(site, "home", state, "Home page", since=BEGIN + number * CYCLE)
        assert report["status"] == ("degraded" if state == "no data" else "ok"), report["problems"]

    server.then(WELL)
    run_cycle(site, 6)
    said_everywhere(site, "home", "up", "Home page", since=BEGIN + 6 * CYCLE)
    entries = ET.fromstring((site.dist / "feed.xml").read_bytes()).findall(f"{ATOM}entry")  # noqa: S314
    told = [(entry.findtext(f"{ATOM}title"), entry.findtext(f"{ATOM}updated")) for entry in entries]
    states = ["up", "maintenance", "up", "no data", "down", "degraded", "up"]
    expected = [
        (f"Home page: {state}", stamp(BEGIN + (6 - back) * CYCLE)) for back, state in enumerate(states)
    ]
    assert [one for one in told if one[0].startswith("Home page")] == expected


def test_five_services_in_five_states_are_summed_up_and_the_worst_is_the_badge(
    site: Site, server: FaultyServer
):
    with FaultyServer(SLOW) as slow, FaultyServer(HANG) as silent, FaultyServer(Reply(status=500)) as ill:
        planned = f"start = '{stamp(BEGIN - 60)}'\nend = '{stamp(BEGIN + 60)}'\nprobes = ['away']"
        configure(
            site,
            probe("well", server.url),
            probe("slow", slow.url, degraded_above="250ms"),
            probe("ill", ill.url),
            probe("away", server.url),
            probe("silent", silent.url, timeout="1m"),
            f"\n[[maintenance]]\ntitle = 'moving'\n{planned}",
            build="gather = '2s'",
        )
        run_cycle(site, 0)

    assert [one["status"] for one in site.status["services"]] == [
        "up", "degraded", "down", "maintenance", "no data",
    ]  # fmt: skip
    for address in ("/", "/follow/", "/slo/"):
        sentence = "● 1 up, ▲ 1 degraded, ✖ 1 down, ■ 1 maintenance, ○ 1 no data"
        assert sentence in parse(site.page(address)).text
    assert sentence in (site.dist / "index.txt").read_text(encoding="utf-8")
    assert b"status: down" in (site.dist / "badge.svg").read_bytes()


def test_a_state_that_lasts_keeps_its_beginning_and_is_told_once(site: Site, server: FaultyServer):
    configure(site, probe("home", server.url, title="Home page"))
    run_cycle(site, 0)
    server.then(Reply(status=500))
    for number in (1, 2, 3):
        run_cycle(site, number)

    said_everywhere(site, "home", "down", "Home page", since=BEGIN + CYCLE)
    assert (site.dist / "feed.xml").read_text().count("Home page: down</title>") == 1
    assert "answers with an error 500" in panel(site, "service-home").text
    assert incidents(site) == ["Home page"]


def test_a_cycle_that_did_not_run_is_no_data_and_never_up(site: Site, server: FaultyServer):
    configure(site, probe("home", server.url))
    # Gaps of 1, of 10 and of 2,880 cycles.
    ran = [0, 2, 13, 2894]
    for number in ran:
        run_cycle(site, number)
    counted_to = (BEGIN + ran[-1] * CYCLE) // 300 * 300

    inside = [at for number in ran if counted_to - 86_400 <= (at := BEGIN + number * CYCLE) < counted_to]
    told = facts(panel(site, "service-home"))
    assert told["7d"] == [1, pytest.approx(3 * CYCLE / (7 * 86_400), abs=1e-9)]
    # Of the last day only what ran in it was seen.
    assert told["24h"][-1] == pytest.approx(len(inside) * CYCLE / 86_400, abs=1e-9)
    assert site.status["services"][0]["since"] == stamp(BEGIN + ran[-1] * CYCLE)
    assert incidents(site) == []


# --- Many at once, within the time ------------------------------------------------------


def test_twenty_probes_are_asked_at_once(site: Site):
    with FaultyServer(Reply(body=b"welcome", after=20)) as server:
        configure(site, *(probe(f"p{number}", f"{server.url}/{number}") for number in range(20)))
        report = site.build()

    assert [one["status"] for one in site.status["services"]] == ["up"] * 20
    assert sorted(request.path for request in server.requests) == sorted(f"/{number}" for number in range(20))
    assert report["sections"]["availability"]["tasks"] == 20


def test_probes_that_hang_keep_nobody_beyond_the_end_of_gathering(site: Site, server: FaultyServer):
    with FaultyServer(HANG) as silent:
        hung = [probe(f"hung-{number}", silent.url, timeout="1m") for number in range(12)]
        configure(site, *hung, probe("home", server.url), build="gather = '2s'")
        started = time.monotonic()
        report = site.build()
        took = time.monotonic() - started

    assert took < 2 + 30  # their own timeout is a minute
    states = {one["id"]: one["status"] for one in site.status["services"]}
    assert states.pop("home") == "up"
    assert set(states.values()) == {"no data"}
    assert report["status"] == "degraded"
    late = "not answered when gathering ended; lower its `timeout`, or raise `gather` in [build]"
    assert [one["message"] for one in report["problems"]] == [
        f"hung-{number}: {late}" for number in range(12)
    ]
    assert "● 1 up, ○ 12 no data" in parse(site.page("/")).text


def test_every_way_to_fail_is_down_within_the_probes_time_and_what_is_only_awkward_is_up(
    site: Site, server: FaultyServer
):
    awkward = {f"{one.name}-{at.name}" for one in (Failure.LATENCY, Failure.SLICED) for at in Position}
    awkward |= {"DRIP-BODY", "SLOW_CLOSE-BODY"}
    with ExitStack() as stack:
        servers = {
            f"{one.name}-{at.name}": stack.enter_context(FaultyServer(Reply(fault=one, at=at)))
            for one in Failure
            for at in Position
        }
        names = {kind: kind.lower().replace("_", "-") for kind in servers}
        failing = [probe(names[kind], one.url, timeout="1s") for kind, one in servers.items()]
        configure(site, probe("well", server.url), *failing)
        report = site.build()

    assert len(servers) == 24
    states = {one["id"]: one["status"] for one in site.status["services"]}
    expected = {names[kind]: "up" if kind in awkward else "down" for kind in servers}
    assert states == {"well": "up"} | expected
    assert (report["status"], report["problems"]) == ("ok", [])


# --- The prober's own outage -----------------------------------------------------------------


def test_when_nothing_can_be_reached_it_is_the_prober_that_is_cut_off_and_no_service(
    site: Site, server: FaultyServer, monkeypatch: pytest.MonkeyPatch
):
    resolve = socket.getaddrinfo

    def no_answer(host: str, *rest: object, **more: object) -> list:
        if host.endswith(".invalid"):
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return resolve(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", no_answer)
    lost = [
        probe(f"far-{number}", f"http://far-{number}.invalid/", title=f"Far {number}") for number in (1, 2, 3)
    ]
    configure(site, *lost)
    report = run_cycle(site, 0)

    assert {one["status"] for one in site.status["services"]} == {"no data"}
    assert "the prober was cut off from the network" in panel(site, "service-far-1").text
    assert report["status"] == "degraded"
    [problem] = report["problems"]
    assert problem["where"] == "availability.prober"
    assert problem["message"].startswith("no probe could reach anything, so the network here is at fault")
    assert incidents(site) == []

    # With a control that answers, the network is well, and still nothing is known of the others.
    configure(site, *lost, probe("control", server.url))
    report = run_cycle(site, 1)
    states = [one["status"] for one in site.status["services"]]
    assert states == ["no data", "no data", "no data", "up"]
    assert {one["where"] for one in report["problems"]} == {
        f"availability.far-{number}" for number in (1, 2, 3)
    }

    # A resolver that knows no such name has answered.
    monkeypatch.undo()
    report = run_cycle(site, 2)
    states = {one["id"]: one["status"] for one in site.status["services"]}
    assert states == {"far-1": "down", "far-2": "down", "far-3": "down", "control": "up"}
    assert report["problems"] == []
    assert sorted(incidents(site)) == ["Far 1", "Far 2", "Far 3"]
    assert "far-1.invalid" not in panel(site, "service-far-1").text
    assert "does not answer" in panel(site, "service-far-1").text

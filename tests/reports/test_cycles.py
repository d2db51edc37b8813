"""One fact, one truth: pages, twins, the own series and files for other programs say the same of every cycle."""

import random
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sitegen.availability.model import Interval, Maintenance, ServiceState
from sitegen.availability.timeline import confirmed, with_maintenance
from sitegen.state.folder import State
from tests.acceptance.probed import probe, stamp, states_told
from tests.acceptance.sites import Site
from tests.faulty_server import FaultyServer, Reply
from tests.reports.test_history import NIGHT, STEP, configure, cycle, make_quiet, planned

ANSWERS = {
    "up": Reply(body=b"welcome"),
    "down": Reply(status=503),
    "no data": Reply(headers=(("Content-Encoding", "zstd"),), body=b"which was not asked for"),
}
CONFIRM = {"shop": 1, "pay": 3}
UP = {"up": 1.0, "degraded": 1.0, "down": 0.0}


def samples(text: str) -> dict[str, float]:
    found = re.findall(r'^sitegen_probe_up\{probe="([^"]+)".*\} (\S+)$', text, re.MULTILINE)
    return {name: float(value) for name, value in found}


def disagreements(site: Site) -> list[object]:
    """What of the last cycle is said in two ways."""
    told = {name: states_told(site, name) for name in CONFIRM}
    states = {name: one["status.json"] for name, one in told.items()}
    known = {name: UP[state] for name, state in states.items() if state in UP}
    found: list[object] = [
        (name, place, words[place], states[name])
        for name, words in told.items()
        for place in ("overview", "slo", "index.txt")
        if states[name] not in words[place]
    ]
    found += [
        (name, words["feed"])
        for name, words in told.items()
        if states[name] in UP and words["feed"] not in {"", f"{name}: {states[name]}"}
    ]
    for place in (site.dist / "metrics.txt", site.state / "metrics.prom"):
        if samples(place.read_text()) != known:
            found.append((place.name, samples(place.read_text()), states))
    if told["shop"]["badge"] != f"status: {site.status['worst']}":
        found.append((told["shop"]["badge"], site.status["worst"]))
    return found


def untold(site: Site, name: str) -> list[object]:
    """The slots in which the own series of a probe say something else than its history."""
    with closing(sqlite3.connect(site.state / "state.db")) as state:
        rows = state.execute(
            "SELECT start, stop, state FROM probe_run WHERE probe = ? ORDER BY start", (name,)
        )
        runs = [Interval(start / 1000, stop / 1000, ServiceState(word)) for start, stop, word in rows]
        plans = [
            Maintenance(title, start, stop, tuple(probes.split()))
            for title, start, stop, probes in state.execute("SELECT * FROM planned_time")
        ]
        sql = "SELECT slot, value FROM series JOIN sample ON series = id WHERE name = ?"
        up, latency = (
            dict(state.execute(sql, (f'sitegen_probe_{series}{{probe="{name}"}}',)))
            for series in ("up", "latency_seconds")
        )
        sql = "SELECT sum(count), sum(sum) FROM series JOIN sample_1h ON series = id WHERE name = ?"
        hours = state.execute(sql, (f'sitegen_probe_up{{probe="{name}"}}',)).fetchone()
    called = with_maintenance(confirmed(runs, CONFIRM[name], STEP), plans, name)
    slots = [at / 1000 for at in range(int(runs[0].start * 1000), int(runs[-1].end * 1000), int(STEP * 1000))]
    states = {at: next((str(one.state) for one in called if one.start <= at < one.end), "") for at in slots}
    found: list[object] = [(at, states[at], up.get(at)) for at in slots if UP.get(states[at]) != up.get(at)]
    found += [(at, states[at]) for at in latency if states[at] not in UP]
    return found if hours == (len(up), sum(up.values())) else [*found, hours]


@pytest.mark.parametrize(
    "count", [36, pytest.param(1008, marks=[pytest.mark.slow, pytest.mark.timeout(3600)])]
)
def test_all_that_is_published_says_the_same_of_every_cycle(tmp_path: Path, count: int):
    """Cycles of ten minutes with outages, planned times, gaps, second builds, and planned time that is added later."""
    chance, site, states = random.Random(count), make_quiet(tmp_path / "site"), dict.fromkeys(CONFIRM, "up")
    with FaultyServer() as shop, FaultyServer() as pay:
        servers = {"shop": shop, "pay": pay}
        tables = [
            *(
                probe(name, one.url, expect_body="welcome", confirm=CONFIRM[name])
                for name, one in servers.items()
            ),
            planned(NIGHT + 8 * STEP, NIGHT + 12 * STEP, every="day"),
            planned(NIGHT + 14 * STEP + 300, NIGHT + 17 * STEP + 200, title="half a cycle", probes=["shop"]),
        ]
        configure(site, *tables)
        for number in range(count):
            if number == 26:
                configure(site, *tables, planned(NIGHT + 19 * STEP, NIGHT + 23 * STEP, title="late"))
            for again in range(chance.choice([0, *[1] * 12, 2])):
                for name, server in servers.items():
                    states[name] = chance.choice([*ANSWERS, *[states[name]] * 4])
                    server.then(ANSWERS[states[name]])
                cycle(site, NIGHT + number * STEP + again * 60)
                assert disagreements(site) == [], (number, again)
        for name in CONFIRM:
            assert untold(site, name)[-144:] == []


def test_a_build_that_fails_keeps_what_its_probes_found_and_no_size_of_a_kind_that_is_gone(tmp_path: Path):
    site = make_quiet(tmp_path / "site")
    with FaultyServer() as shop:
        table = probe("shop", shop.url)
        shop.then(ANSWERS["up"])
        configure(site, table)
        cycle(site, NIGHT)
        with closing(sqlite3.connect(site.state / "state.db")) as state, state:
            state.execute(
                "INSERT INTO series VALUES (999, 'sitegen_asset_bytes{kind=\"gone\"}', ?, 7, 0)",
                (NIGHT - STEP,),
            )
        shop.then(ANSWERS["down"])
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("sitegen.pipeline.cycle.publish", fail)
            assert site.run("build", "--clock", stamp(NIGHT + STEP)).code != 0
    told = (site.state / "metrics.prom").read_text()
    assert samples(told) == {"shop": 0.0}
    assert 'kind="html"' in told
    assert "gone" not in told
    assert untold(site, "shop") == []


def fail(*_: object) -> None:
    raise OSError("the disk is gone")


def test_a_good_build_after_a_failed_one_in_its_cycle_counts_as_in_the_history(tmp_path: Path):
    site = make_quiet(tmp_path / "site")
    configure(site)
    cycle(site, NIGHT)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sitegen.pipeline.cycle.publish", fail)
        assert site.run("build", "--clock", stamp(NIGHT + 60)).code != 0
    cycle(site, NIGHT + 120)
    with closing(sqlite3.connect(site.state / "state.db")) as state:
        sql = "SELECT value FROM series JOIN sample ON series = id WHERE name = 'sitegen_up'"
        assert state.execute(sql).fetchall() == [(1.0,)]
        assert state.execute("SELECT state FROM probe_run").fetchall() == [("up",)]


def test_what_another_version_kept_of_promises_ends_no_build(tmp_path: Path):
    site = make_quiet(tmp_path / "site")
    configure(site)
    with State.open(site.state, NIGHT) as state:
        state.answers.put("authored\0promised", NIGHT, b'{"probes": [1]}')
    assert cycle(site, NIGHT)["status"] == "ok"

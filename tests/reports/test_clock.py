"""Cases of public bug reports: the clock here and that of a source differ."""

import json
import re
import time
from email.utils import formatdate
from typing import NamedTuple

import pytest
from tests.acceptance.sites import Site, make_site
from tests.acceptance.sources import figure_of, panel, source, states
from tests.faulty_server import FaultyServer, Reply

SLO = """
[[slos]]
id = "shop"
title = "shop"
source = "{0}"
good = "good_total"
total = "all_total"
"""
LEADS = {"ahead": 600, "behind": -600, "a-day-ahead": 86_400 + 3600 + 60, "right": 0, "almost": 15}
DIFFER = re.compile(r"the clock here and that of ([\w-]+) differ by ((?:10|9) min|1 d 1 h)")
APART = {"ahead", "behind", "a-day-ahead"}


def reply(lead: float) -> Reply:
    now = time.time()
    samples = [[now // 15 * 15 - 15 * back, "5"] for back in range(240, -5, -1)]
    data = {"resultType": "matrix", "result": [{"metric": {"q": "orders"}, "values": samples}]}
    headers = (("Date", formatdate(now + lead, usegmt=True)),)
    return Reply(headers=headers, body=json.dumps({"status": "success", "data": data}).encode())


class Built(NamedTuple):
    site: Site
    report: dict
    checked: str
    code: int
    fixed: dict
    """The report of a build under `--clock`."""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    site = make_site(tmp_path_factory.mktemp("clock") / "site")
    servers = {name: FaultyServer(reply(lead)) for name, lead in LEADS.items()}
    try:
        urls = {name: server.__enter__().url for name, server in servers.items()}
        parts = [source(name, url) + panel(name, name) for name, url in urls.items()]
        (site.folder / "sitegen.toml").write_text("".join(parts) + SLO.format("ahead"))
        checked = site.run("check", "sources")
        report = site.build()
        other = make_site(site.folder.parent / "fixed")
        (other.folder / "sitegen.toml").write_text("".join(parts))
        fixed = other.build("--clock", "2026-03-01T12:00:00Z")
    finally:
        for server in servers.values():
            server.__exit__()
    return Built(site, report, checked.stdout + checked.stderr, checked.code, fixed)


def test_server_clock_that_differs_is_a_problem_of_the_report_and_of_status(built):
    told = DIFFER.findall(" ".join(one["message"] for one in built.report["problems"]))
    assert {name for name, _ in told} == APART
    assert {name for name, _ in DIFFER.findall(built.site.run("status").stdout)} == APART


def test_server_clock_that_differs_is_found_by_check_sources(built):
    assert {name for name, _ in DIFFER.findall(built.checked)} == APART
    assert built.code == 3


@pytest.mark.parametrize("name", LEADS)
def test_server_clock_that_differs_makes_nothing_fresh_and_nothing_now(built, name):
    text = figure_of(built.site, name).text
    assert states(built.site)[name] == ("stale" if name in APART else "fresh")
    assert ("now 5" in text) == (name not in APART)
    assert (f"{name} does not agree on the time" in text) == (name in APART)
    assert f"source {name}  {'stale' if name in APART else 'fresh'}" in built.site.run("status").stdout


@pytest.mark.parametrize("name", sorted(APART))
def test_server_clock_that_differs_leaves_the_overview_what_was_last_and_no_now(built, name):
    tile = re.search(rf'#{name}">.*?</div>', built.site.page("/"), re.DOTALL)[0]
    assert re.search(r"<b>5</b>.*\blast", tile)
    line = re.search(rf"(?m)^ +(\S+) +panel {name}, last, at ", (built.site.dist / "index.txt").read_text())
    assert line[1] == "5"


def test_server_clock_that_differs_is_told_beside_an_objective(built):
    assert "ahead does not agree on the time" in built.site.page("/slo/")


def test_server_clock_is_not_compared_with_one_that_stands_still(built):
    assert built.fixed["problems"] == []

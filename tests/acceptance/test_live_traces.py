"""A site with live traces: its pages come seldom, stay, leave at their end, and no deploy is refused for them."""

import json

import pytest
from sitegen.deployment.job import Job, Place
from sitegen.deployment.model import DeployOptions, Target
from sitegen.deployment.run import run_deploy
from sitegen.instrumentation.clock import Deadline
from tests.acceptance.sites import Site, make_site
from tests.acceptance.stepping import build_at, slot_at
from tests.deployment.house import SteppingClock, inline

KEEP = 10
CONFIG = f"""
[site]
title = "live"

[traces]
keep = {KEEP}
days = 1

[[traces.sources]]
name = "shop"
type = "otlp-file"
path = "shop.json"
"""


def write_traces(site: Site, now: float) -> None:
    """What a source of 5 traces a second has of the last half minute, each with one span."""
    spans = [
        {
            "traceId": f"{number:032x}",
            "spanId": f"{number:016x}",
            "name": "GET /",
            "kind": 2,
            "startTimeUnixNano": str(number * 200_000_000),
            "endTimeUnixNano": str(number * 200_000_000 + 1_000_000 * (1 + number % 89)),
        }
        for number in range(int(now - 30) * 5, int(now) * 5)
    ]
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]}
    document = {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": spans}]}]}
    (site.folder / "shop.json").write_text(json.dumps(document))


def cycle_at(site: Site, seconds: float) -> dict[str, bytes]:
    """Build and deploy so many seconds after the start; give the pages of traces by their ids."""
    write_traces(site, slot_at(seconds))
    build_at(site, seconds, "--jobs", "1")
    target = Target(name="copy", path=site.folder / "copy")
    clock = SteppingClock(slot_at(seconds))
    place = Place(site.dist, site.state)
    report = run_deploy(Job(place, target, DeployOptions(), clock, Deadline(clock, 60), inline))
    assert report.status == "ok"
    return {
        path.parent.name: path.read_bytes()
        for path in (site.dist / "traces").glob("*/index.html")
        if len(path.parent.name) == 32
    }


@pytest.mark.timeout(600)
@pytest.mark.parametrize("cycles", [14, pytest.param(500, marks=pytest.mark.slow)])
def test_a_site_with_live_traces_is_deployed_in_every_cycle(tmp_path, cycles: int):
    site = make_site(tmp_path / "site", config=CONFIG)
    first = pages = cycle_at(site, 0)
    assert 0 < len(first) <= KEEP
    for number in range(1, cycles):
        before, pages = pages, cycle_at(site, 30 * number)
        assert before.items() <= pages.items(), "none made anew, none gone before its end"
        assert len(pages) <= KEEP
        assert len(pages) - len(first) <= number // 12
    assert cycle_at(site, 86_400).keys().isdisjoint(first)


def test_a_rule_of_redaction_holds_for_traces_that_were_kept_before_it(tmp_path):
    site = make_site(tmp_path / "site", config=CONFIG)
    write_traces(site, slot_at(0))
    build_at(site, 0, "--jobs", "1")
    pages = {path for path in site.tree() if path.startswith("traces/") and "GET /" in site.page(path)}
    assert len(pages) > KEEP
    with (site.folder / "sitegen.toml").open("a") as config:
        config.write("\n[redaction]\nrules = ['GET /']\n")
    build_at(site, 30, "--jobs", "1")
    assert pages - {"traces/index.html"} <= site.tree().keys()
    assert not [path for path in site.tree() if path.startswith("traces/") and "GET /" in site.page(path)]
    (site.folder / "shop.json").write_text('{"resourceSpans": []}')
    before = site.tree()
    build_at(site, 60, "--jobs", "1")
    assert {path for path in pages if path in site.tree()} == {path for path in pages if path in before}

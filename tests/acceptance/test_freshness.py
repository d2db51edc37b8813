"""How old a value is, through whole builds: the last known good, its class, and pages that rest while it does."""

import json
import random
from collections.abc import Iterator

import pytest
from tests.acceptance.documents import Element, parse
from tests.acceptance.foreign import serve_answers
from tests.acceptance.rich import otlp
from tests.acceptance.sites import Site, make_site
from tests.acceptance.stepping import START, Steady, at, build_at, configuration, instants_in

CYCLES = {"30s": (59, 60, 61), "2m": (239, 240, 241)}
HOUR = (3599, 3600, 3601)
MARK = {"fresh": "●", "stale": "▲", "expired": "✖"}


@pytest.fixture
def server() -> Iterator[tuple[Steady, str]]:
    said = Steady()
    with serve_answers(said) as url:
        yield said, url


def panel_of(site: Site, name: str, address: str = "/metrics/") -> Element:
    (found,) = [
        section
        for section in parse(site.page(address)).all("section")
        if section.attributes.get("aria-labelledby") == name
    ]
    return found


def source_of(site: Site, name: str) -> dict[str, str | None]:
    return next(one for one in site.status["sources"] if one["name"] == name)


# --- The class of a last known value ------------------------------------------------


@pytest.mark.parametrize("cycle", CYCLES)
def test_the_class_of_a_last_known_value_is_right_on_each_side_of_each_boundary(tmp_path, server, cycle):
    said, url = server
    site = make_site(tmp_path, config=configuration(url, cycle))
    build_at(site, 0)
    said.failing = True
    classes = dict(zip((*CYCLES[cycle], *HOUR), ["fresh"] * 2 + ["stale"] * 3 + ["expired"], strict=True))

    for age, state in classes.items():
        report = build_at(site, age)
        assert report["status"] == "degraded"
        assert any("out of memory" in problem["message"] for problem in report["problems"])

        fetched = START.replace("T", " ").replace("Z", " UTC")
        known = {"name": "shop", "status": state, "fetched_at": START}
        assert source_of(site, "shop") == known, age
        assert f"  {state:<8} {fetched:<24} shop" in (site.dist / "index.txt").read_text(encoding="utf-8")
        sources = next(
            one for one in parse(site.page("/")).all("section") if one.all("h2")[0].text == "sources"
        )
        (entry,) = [one for one in sources.all("li") if one.text.startswith(f"{MARK[state]} shop")]
        assert entry.all("time")[0].attributes["datetime"] == START, age
        assert (f" {state} " in entry.text) == (state != "fresh"), age
        for address, name in (("/metrics/", "load"), ("/metrics/24h/", "load"), ("/metrics/", "queue")):
            panel = panel_of(site, name, address)
            assert f"{MARK[state]} {state}: last known values, fetched {fetched}" in panel.text, age
            assert START in instants_in(panel)
            assert {one.attributes["value"] for one in panel.all("data")} == {"42.5"}
            assert "shop answers with an error" in panel.text
    assert f"source shop  expired  last answer {START}\n" in site.run("status").stdout


def test_an_answer_of_this_build_is_fresh_and_says_so_without_an_age(tmp_path, server):
    said, url = server
    site = make_site(tmp_path, config=configuration(url))
    build_at(site, 0)
    said.failing = True
    build_at(site, 7200)
    said.failing = False

    assert build_at(site, 7230)["status"] == "ok"
    assert source_of(site, "shop") == {"name": "shop", "status": "fresh", "fetched_at": at(7230)}
    assert "last known values" not in site.page("/metrics/")
    assert "all fresh" in parse(site.page("/metrics/")).one("header", "top").text


def test_the_last_known_values_outlive_a_panel_that_was_away(tmp_path, server):
    """A query is known by what it asks, not by the panel: renaming one, or asking it again, loses nothing."""
    said, url = server
    site = make_site(tmp_path, config=configuration(url))
    build_at(site, 0)
    (site.folder / "sitegen.toml").write_text(configuration(url).split("[[metrics.panels]]")[0])
    build_at(site, 30)
    said.failing = True
    (site.folder / "sitegen.toml").write_text(configuration(url).replace('id = "load"', 'id = "burden"'))
    build_at(site, 600)

    assert f"stale: last known values, fetched {START[:10]}" in panel_of(site, "burden").text


# --- When it was made, and when the next is due ----------------------------------------


@pytest.mark.parametrize(("cycle", "due"), [("30s", 60), ("2m", 120)])
def test_every_page_says_when_it_was_made_and_the_overview_and_its_twins_when_the_next_is_due(
    tmp_path, server, cycle, due
):
    site = make_site(tmp_path, config=configuration(server[1], cycle))
    for seconds in (0, 47):
        build_at(site, seconds)
        for address in site.addresses():
            made = parse(site.page(address)).one("footer").all("time")
            assert made, address
            assert made[0].attributes["datetime"] <= at(seconds), address
    for address in ("/", "/follow/", "/build/"):
        footer = parse(site.page(address)).one("footer")
        assert [one.attributes["datetime"] for one in footer.all("time")] == [at(47), at(due)]
        assert "next due" in footer.text
    assert (site.status["generated_at"], site.status["next_due"]) == (at(47), at(due))
    *_, last = (site.dist / "index.txt").read_text(encoding="utf-8").splitlines()
    assert last == f"built {at(47)}, next due {at(due)}".replace("T", " ").replace("Z", " UTC")


def test_a_source_of_files_that_is_gone_says_when_it_was_read_last(tmp_path):
    files = '[[traces.sources]]\nname = "shop"\ntype = "otlp-file"\npath = "shop.json"\n'
    files += '[[logs.sources]]\nname = "till"\npath = "till.jsonl"\n'
    site = make_site(tmp_path, config=files)
    shop, till = site.folder / "shop.json", site.folder / "till.jsonl"
    shop.write_text(json.dumps(otlp(random.Random(1))))
    till.write_text('{"time":"2026-11-23T07:00:00Z","level":"info","message":"open"}\n')
    never = make_site(tmp_path / "never", config=files)
    for seconds in (0, 30):
        build_at(site, seconds)
    shop.unlink()
    till.unlink()
    build_at(site, 7200)
    build_at(never, 7200)

    for name in ("shop", "till"):
        assert source_of(site, name) == {"name": name, "status": "missing", "fetched_at": at(30)}
        assert source_of(never, name) == {"name": name, "status": "missing", "fetched_at": None}

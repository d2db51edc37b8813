"""What users of other tools reported of the past: planned time, retired probes, ids of feeds, several sites on one host."""

import re
import shutil
from pathlib import Path

import pytest
from tests.acceptance.counted import Canned, counts, objective, source
from tests.acceptance.foreign import serve_answers
from tests.acceptance.probed import facts, incidents, panel, probe, stamp
from tests.acceptance.sites import Site, make_site
from tests.faulty_server import FaultyServer, Reply

WELL, ILL = Reply(body=b"welcome"), Reply(status=503)
NIGHT = 1_795_561_200.0
"""2026-11-24 23:00 UTC."""
STEP = 600.0
PANEL = """
[[metrics.panels]]
id = "probes"
source = "self"
title = "availability of what is probed"
query = "sitegen_probe_up"
legend = "{{probe}}"
unit = "ratio"
windows = ["24h", "7d"]
"""


def planned(start: float, end: float, *, title: str = "moving house", **keys: object) -> str:
    more = "".join(f"\n{name} = {value!r}" for name, value in keys.items())
    return f'\n[[maintenance]]\ntitle = "{title}"\nstart = "{stamp(start)}"\nend = "{stamp(end)}"{more}\n'


def make_quiet(folder: Path) -> Site:
    """A site without posts, whose feed has changes of state alone."""
    site = make_site(folder)
    shutil.rmtree(site.folder / "content" / "posts")
    return site


def configure(site: Site, *tables: str, more: str = "") -> None:
    head = f'[site]\ntitle = "obs"\n{more}\n[build]\ncycle = "10m"\n'
    (site.folder / "sitegen.toml").write_text("\n".join([head, PANEL, *tables]), encoding="utf-8")


def cycle(site: Site, at: float) -> dict:
    return site.build("--jobs", "1", "--clock", stamp(at))


def column(site: Site, probe_id: str, window: str = "24h") -> dict[str, str]:
    """The cells of a probe in the data behind the panel, by their instants."""
    head, *rows = [
        line.split(",") for line in (site.dist / f"metrics/probes.{window}.csv").read_text().split()
    ]
    return {row[0]: row[head.index(probe_id)] for row in rows if row[head.index(probe_id)]}


def up_in(text: str) -> list[str]:
    return re.findall(r"^sitegen_probe_up\S* (\S+)$", text, re.MULTILINE)


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> tuple[Site, list[dict]]:
    """A site after two planned hours in which the shop was really off, and what was said in their midst."""
    site, during = make_site(tmp_path_factory.mktemp("night") / "site"), []
    with FaultyServer() as server:
        configure(site, probe("shop", server.url), planned(NIGHT + 1800, NIGHT + 9000))
        for number in range(-2, 18):
            server.then(ILL if 3 <= number < 15 else WELL)
            cycle(site, NIGHT + number * STEP)
            if number in (3, 8, 14):
                during.append({
                    "status": site.status["services"][0]["status"],
                    "txt": up_in((site.dist / "metrics.txt").read_text()),
                    "prom": up_in((site.state / "metrics.prom").read_text()),
                })  # fmt: skip
    return site, during


def test_08_planned_time_has_no_sample_in_any_series(night: tuple[Site, list[dict]]):
    site, during = night
    assert [one["status"] for one in during] == ["maintenance"] * 3
    assert [one["prom"] for one in during] == [[]] * 3
    assert all("0" not in one["txt"] for one in during)
    assert during[1]["txt"] == []
    assert set(column(site, "shop").values()) == {"1"}
    assert up_in((site.state / "metrics.prom").read_text()) == ["1"]


def test_08_planned_time_is_no_downtime_on_any_page(night: tuple[Site, list[dict]]):
    site, _ = night
    assert facts(panel(site, "service-shop"))["24h"][0] == 1.0
    assert incidents(site) == []
    assert "down" not in (site.dist / "feed.xml").read_text()


def test_10_a_series_without_a_sample_in_a_window_is_in_none_of_its_files(tmp_path: Path):
    site = make_site(tmp_path / "site")
    with FaultyServer() as server:
        shop, gone = probe("shop", server.url), probe("project-bluebird", server.url)
        configure(site, shop, gone)
        for number in range(3):
            cycle(site, NIGHT + number * STEP)
        configure(site, shop)
        for days, windows in ((2, ["7d"]), (8, [])):
            for number in range(3):
                cycle(site, NIGHT + days * 86_400 + number * STEP)
            named = [path for path, body in site.tree().items() if b"bluebird" in body and "probes" in path]
            assert named == [f"metrics/probes.{window}.csv" for window in windows]
        assert not [path for path, body in site.tree().items() if b"bluebird" in body]


# --- The past is kept, whatever becomes of the configuration --------------------


@pytest.fixture
def evening(tmp_path: Path) -> tuple[Site, str]:
    """A site with an hour of planned time in which the shop was off, half of it over, and the probe's table."""
    site = make_quiet(tmp_path / "site")
    with FaultyServer() as server:
        server.then(WELL)
        shop = probe("shop", server.url)
        configure(site, shop, planned(NIGHT, NIGHT + 3600))
        cycle(site, NIGHT - STEP)
        server.then(ILL)
        for number in range(3):
            cycle(site, NIGHT + number * STEP)
        yield site, shop


def day(site: Site) -> tuple[list[float], list[str]]:
    """Availability and coverage of a day, and the entries of the feed."""
    entries = re.findall(r"<entry><title>([^<]*)", (site.dist / "feed.xml").read_text())
    return facts(panel(site, "service-shop"))["24h"], entries


@pytest.mark.parametrize(
    "then",
    [
        pytest.param((), id="removed"),
        pytest.param((planned(NIGHT, NIGHT + STEP),), id="its end moved"),
        pytest.param((planned(NIGHT + 1200, NIGHT + 3600),), id="its start moved"),
        pytest.param((planned(NIGHT, NIGHT + 1800, probes=["other"]),), id="its probes narrowed"),
    ],
)
def test_planned_time_that_has_begun_outlives_its_table(evening: tuple[Site, str], then: tuple[str, ...]):
    site, shop = evening
    configure(site, shop, probe("other", "http://127.0.0.1:9/"), *then)
    report = cycle(site, NIGHT + 86_400 - 3600)
    (attained, _), entries = day(site)
    assert attained == 1.0
    # It is down a day later, when nothing is planned; of that night there is no other word than before.
    assert [one for one in entries if one.startswith("shop")] == [
        "shop: down",
        "shop: maintenance",
        "shop: up",
    ]
    assert "moving house" in site.page("/slo/")
    assert not [one for one in report["problems"] if one["where"] == "availability.maintenance"]


def test_planned_time_that_is_added_to_the_past_is_told_once(evening: tuple[Site, str]):
    site, shop = evening
    configure(site, shop)
    for number in (3, 4):
        cycle(site, NIGHT + number * STEP)
    configure(site, shop, planned(NIGHT, NIGHT + 3600))
    said = [
        [
            one["message"]
            for one in cycle(site, NIGHT + number * STEP)["problems"]
            if "maintenance" in one["where"]
        ]
        for number in (5, 6)
    ]
    assert [len(one) for one in said] == [1, 0]
    assert "between 2026-11-24T23:30:00Z and 2026-11-24T23:50:00Z" in said[0][0]


# --- Ids of feeds and their entries ---------------------------------------------


def feed(site: Site) -> tuple[str, str, dict[str, list[str]]]:
    """The feed's id and instant, and the ids of its entries by their titles."""
    text = (site.dist / "feed.xml").read_text()
    entries: dict[str, list[str]] = {}
    for title, one in re.findall(r"<entry><title>([^<]*)</title><id>([^<]*)", text):
        entries.setdefault(title, []).append(one)
    return *re.search(r"^<id>([^<]*)</id>\n<updated>([^<]*)", text, re.MULTILINE).groups(), entries


def test_11_two_services_of_one_title_that_fail_in_one_cycle_have_two_ids(tmp_path: Path):
    site = make_quiet(tmp_path / "site")
    with FaultyServer() as server:
        twins = [probe(name, server.url, title="API") for name in ("api-eu", "api-us")]
        configure(site, *twins)
        server.then(WELL)
        cycle(site, NIGHT)
        first = feed(site)
        server.then(ILL)
        cycle(site, NIGHT + STEP)
        failed = feed(site)
        configure(
            site, *(one.replace("API", "Shop") for one in twins), more='base_url = "https://new.example.org/"'
        )
        cycle(site, NIGHT + 2 * STEP)
    renamed = feed(site)
    assert {name: len({*ids}) for name, ids in failed[2].items()} == {"API: up": 2, "API: down": 2}
    assert {*first[2]} == {"API: up"}
    assert first[0] == failed[0] == renamed[0]
    assert [sorted(ids) for ids in renamed[2].values()] == [sorted(ids) for ids in failed[2].values()]


def test_11_a_feed_without_entries_is_of_the_first_build_and_of_its_site_alone(tmp_path: Path):
    sites = [make_quiet(tmp_path / name) for name in "ab"]
    for site in sites:
        site.build("--jobs", "1")
    (one, began, none), (other, *_) = feed(sites[0]), feed(sites[1])
    assert none == {}
    assert one != other
    sites[0].build("--jobs", "1")
    assert feed(sites[0])[:2] == (one, began)
    assert "2026" < began <= sites[0].status["generated_at"]


def test_the_worst_service_has_the_word_in_the_status(evening: tuple[Site, str]):
    site, shop = evening
    assert site.status["worst"] == "maintenance"
    configure(site, shop)
    report = cycle(site, NIGHT + 3 * STEP)
    assert (report["status"], site.status["status"], site.status["worst"]) == ("ok", "ok", "down")


# --- Two sites on one host --------------------------------------------------------


def test_21_two_sites_in_one_collector_are_told_apart(tmp_path: Path):
    series: list[set[str]] = []
    for name in "ab":
        site = make_site(tmp_path / name)
        site.build("--jobs", "1")
        told = (site.state / "metrics.prom").read_text()
        [labels] = set(re.findall(r"^sitegen_build_problems{(.*)} ", told, re.MULTILINE))
        assert labels.startswith('site="obs",site_id="')
        assert str(tmp_path) not in told
        site.build("--jobs", "1")
        assert labels in (site.dist / "metrics.txt").read_text()
        series.append({line.rpartition(" ")[0] for line in told.splitlines() if not line.startswith("#")})
    assert not series[0] & series[1]


def test_a_build_that_fails_and_a_deploy_keep_the_label_of_their_site(tmp_path: Path):
    head = '[site]\ntitle = "obs"\nbase_url = "https://a.example.org/"\n'
    site = make_site(tmp_path / "site", config=head + '[deploy.targets.copy]\npath = "copy"\n')
    site.build("--jobs", "1")
    assert site.run("deploy").code == 0
    (site.folder / "sitegen.toml").write_text("nonsense", encoding="utf-8")
    assert site.run("build").code == 2
    for name in ("metrics.prom", "deploy.prom"):
        lines = [line for line in (site.state / name).read_text().splitlines() if not line.startswith("#")]
        assert lines
        assert all('site="https://a.example.org/"' in line for line in lines)


# --- Objectives -------------------------------------------------------------------


def test_where_all_is_counted_and_nothing_went_well_the_objective_is_at_nought(tmp_path: Path):
    site = make_quiet(tmp_path / "site")
    values = counts("good", "total", dict.fromkeys(("30d", "3d", "6h", "1h", "30m", "5m"), (None, 100)))
    with serve_answers(Canned(values)) as url:
        configure(site, source(url), objective("shop"))
        cycle(site, NIGHT)
    section = panel(site, "slo-shop")
    assert facts(section)["attained"] == [0.0]
    assert "missed" in section.text
    assert "page (SRE workbook, chapter 5" in section.text


def test_one_lost_tick_does_not_split_an_outage(tmp_path: Path):
    site = make_quiet(tmp_path / "site")
    with FaultyServer() as server:
        configure(site, probe("shop", server.url))
        for number in (0, 1, 2, 4, 5, 6, 9, 10):
            server.then(ILL if 2 <= number < 6 or number > 8 else WELL)
            cycle(site, NIGHT + number * STEP)
    assert incidents(site) == ["shop", "shop"]


@pytest.mark.parametrize(("zone", "down"), [("UTC", 2), ("Europe/Berlin", 1)])
def test_days_of_services_are_those_of_the_site_s_time_zone(tmp_path: Path, zone: str, down: int):
    """Half an hour is down about midnight in UTC, which is one o'clock in Berlin."""
    site = make_quiet(tmp_path / "site")
    with FaultyServer() as server:
        configure(site, probe("shop", server.url), more=f'timezone = "{zone}"')
        for number in (5, 6, 8):
            server.then(WELL if number == 8 else ILL)
            cycle(site, NIGHT + number * STEP)
    section = panel(site, "days")
    [bars] = [one for one in section.all("path") if one.attributes.get("class") == "c"]
    assert bars.attributes["d"].count("M") + bars.attributes["d"].count("m") == down
    assert f"begin at midnight in {zone}" in section.text

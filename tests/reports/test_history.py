"""What users of other tools reported of the past: planned time, retired probes, ids of feeds, several sites on one host."""

import re
from pathlib import Path

import pytest
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

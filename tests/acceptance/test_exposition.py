"""What other programs read of a site, through whole builds: metrics as text, and the data behind each chart."""

import csv
import json
import math
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_prometheus
from tests.acceptance.documents import parse
from tests.acceptance.foreign import matrix, serve_answers
from tests.acceptance.sites import Site, make_site
from tests.acceptance.stepping import at, build_at, slot_at

HOSTILE = '</script><b>"quoted" \\back\\ \n{a="b"} # EOF\u202e ünï 日本 = \''
LABELS = [
    {"__name__": HOSTILE, "job": "a"},
    {"__name__": "x", "job": HOSTILE},
    {"__name__": "x", "job": "=cmd|' /C calc'!A0"},
]


def _spell(labels: dict[str, str]) -> str:
    """The labels of a sample as text, but for those of the site."""
    own = {name: value for name, value in labels.items() if name not in ("site", "site_id")}
    assert len(labels) == len(own) + 2
    return json.dumps(own, sort_keys=True)


def configuration(url: str) -> str:
    hostile = json.dumps(HOSTILE.replace("\n", " "))
    return f"""
[[metrics.sources]]
name = "shop"
type = "prometheus"
url = "{url}"

[[metrics.panels]]
id = "load"
source = "shop"
title = {hostile}
query = {hostile}
windows = ["1h", "24h"]

[[metrics.panels]]
id = "sections"
source = "self"
title = "sections"
query = "sitegen_section_duration_seconds"
windows = ["1h", "7d"]

[[probes]]
id = "home"
title = {hostile}
url = "{url}/200/"

[[probes]]
id = "gone"
title = "gone"
url = "{url}/503/"

[[probes]]
id = "0-1-2"
title = "refused"
url = "http://127.0.0.1:1/"
"""


@pytest.fixture(scope="module", params=["starter", "hostile"])
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site that was built twice: what `metrics.txt` publishes is the history of the builds before."""
    made = make_site(tmp_path_factory.mktemp("exposed"))
    with serve_answers(lambda asked: matrix(asked, LABELS)) as url:
        if request.param == "hostile":
            (made.folder / "sitegen.toml").write_text(configuration(url), encoding="utf-8")
        made.build()
        made.build()
        yield made


def published(site: Site) -> dict[str, float]:
    """Samples of `metrics.txt` by name and labels, as a strict reader of OpenMetrics takes them."""
    text = (site.dist / "metrics.txt").read_text(encoding="utf-8")
    assert text.endswith("# EOF\n")
    found = {}
    for family in openmetrics.text_string_to_metric_families(text):
        assert family.documentation
        assert family.name.endswith(f"_{family.unit}") or not family.unit
        for sample in family.samples:
            found[sample.name + _spell(sample.labels)] = sample.value
    return found


def textfile(site: Site) -> dict[str, float]:
    """Samples of `metrics.prom`, as node_exporter's textfile collector takes them: without any timestamp."""
    text = (site.state / "metrics.prom").read_text(encoding="utf-8")
    families = list(read_prometheus(text))
    assert all(family.type == "gauge" and family.documentation for family in families)
    samples = [sample for family in families for sample in family.samples]
    assert all(sample.timestamp is None for sample in samples)
    return {sample.name + _spell(sample.labels): sample.value for sample in samples}


def test_both_texts_are_read_by_prometheus_own_parsers_and_name_the_same_series(site: Site):
    report = json.loads((site.state / "report.json").read_bytes())
    prom, open_ = textfile(site), published(site)

    assert prom["sitegen_up{}"] == open_["sitegen_up{}"] == 1
    assert prom["sitegen_build_duration_seconds{}"] == pytest.approx(report["duration_seconds"], abs=1e-6)
    assert prom["sitegen_build_files_changed{}"] == report["files"]["changed"]
    assert prom["sitegen_build_problems{}"] == len(report["problems"])
    total = sum(value for name, value in prom.items() if name.startswith("sitegen_asset_bytes"))
    assert total == report["files"]["bytes"]
    assert {name.partition("{")[0] for name in open_} == {name.partition("{")[0] for name in prom}
    assert all(math.isfinite(value) for value in (*prom.values(), *open_.values()))


def test_a_probe_is_in_both_texts_under_its_id_with_what_it_found(site: Site):
    known = {"home": 1, "gone": 0, "0-1-2": 0} if "gone" in site.page("/slo/") else {}
    for found in (textfile(site), published(site)):
        up = {name: value for name, value in found.items() if name.startswith("sitegen_probe_up")}
        assert up == {f'sitegen_probe_up{{"probe": "{name}"}}': value for name, value in known.items()}
        assert all(value > 0 for name, value in found.items() if name.startswith("sitegen_probe_latency"))


def test_each_chart_of_each_window_links_its_data_and_each_data_file_is_linked(site: Site):
    linked = set()
    for address in site.addresses():
        if not address.startswith("/metrics/"):
            continue
        # "", a window, and behind either the number of a page that goes on.
        label = address.removeprefix("/metrics/").partition("/")[0]
        label = "" if label.isdigit() else label
        for section in parse(site.page(address)).one("main").all("section"):
            (data,) = [one.attributes["href"] for one in section.all("a") if one.text.startswith("csv of ")]
            name, window, ending = data.removeprefix("/metrics/").split(".")
            assert (name, ending) == (section.attributes["aria-labelledby"], "csv")
            assert window == label or not label
            linked.add(data.lstrip("/"))
    assert linked == {path for path in site.tree() if path.endswith(".csv")}
    assert linked


def test_each_data_file_is_rfc_4180_with_instants_that_rise_and_numbers_that_are_numbers(site: Site):
    for path, body in site.tree().items():
        if not path.endswith(".csv"):
            continue
        text = body.decode("utf-8")
        assert text.count("\r\n") == text.count("\n")
        head, *rows = csv.reader(text.splitlines(), strict=True)
        assert head[0] == "time"
        assert len(set(head)) == len(head)
        # No cell begins a formula, and no character of it is invisible.
        assert not [name for name in head if name.startswith(("=", "+", "-", "@"))]
        assert all(name.isprintable() for name in head)
        times = [row[0] for row in rows]
        assert times == sorted(set(times))
        assert all(len(row) == len(head) for row in rows)
        assert all(math.isfinite(float(cell)) for row in rows for cell in row[1:] if cell)


def test_the_textfile_is_put_in_place_whole(tmp_path: Path):
    """A collector may read at any moment: the old file is never opened for writing, a new one takes its name."""
    site = make_site(tmp_path)
    build_at(site, 0)
    path = site.state / "metrics.prom"
    with path.open("rb") as held:
        before = held.read()
        old = os.fstat(held.fileno())
        build_at(site, 30)
        held.seek(0)
        assert held.read() == before
        assert path.stat().st_ino != old.st_ino
    assert stat.S_IMODE(path.stat().st_mode) & 0o444 == 0o444
    assert textfile(site)["sitegen_last_build_timestamp_seconds{}"] == slot_at(30)
    assert [one.name for one in site.state.iterdir() if one.name.startswith(".")] == []
    assert at(30) in site.page("/")


def test_after_a_build_that_failed_the_textfile_says_so_and_how_old_the_site_is(tmp_path: Path):
    site = make_site(tmp_path)
    report = build_at(site, 0)
    outcome = site.run("build", "--clock", at(30), "--deadline", "1ms")
    assert outcome.code == 1
    told = textfile(site)
    assert told.pop("sitegen_up{}") == 0
    assert told.pop("sitegen_last_build_timestamp_seconds{}") == slot_at(0)
    assert sum(told.values()) == report["files"]["bytes"]
    assert {name.partition("{")[0] for name in told} == {"sitegen_asset_bytes"}
    build_at(site, 60)
    assert textfile(site)["sitegen_up{}"] == 1

"""The stages of a build, as its report and its own trace tell them."""

import json
import re

import pytest
from sitegen.config import load_config
from sitegen.instrumentation.clock import SystemClock
from sitegen.pipeline.build import Options, build
from sitegen.pipeline.report import summarise
from tests.acceptance.sites import make_site

STAGES = ["gather", "draw", "render", "inspect", "publish", "record"]


def run_build(site, announced):
    config = load_config(site.folder / "sitegen.toml", {})
    return build(config, Options(output=site.folder / "dist", jobs=1), SystemClock(), announced.append)


def test_the_six_stages_are_announced_in_order_and_account_for_the_time_of_a_build(tmp_path):
    announced = []
    report = summarise(run_build(make_site(tmp_path), announced))
    assert announced == STAGES
    assert [stage.name for stage in report.stages] == STAGES
    assert sum(stage.duration_seconds for stage in report.stages) >= 0.95 * report.duration_seconds


def test_the_stages_in_a_builds_own_trace_cover_its_root(tmp_path):
    site = make_site(tmp_path)
    run_build(site, [])
    (file,) = (site.folder / ".sitegen" / "traces").glob("*.json")
    (scope,) = json.loads(file.read_bytes())["resourceSpans"][0]["scopeSpans"]
    root, *rest = scope["spans"]
    children = [span for span in rest if span["parentSpanId"] == root["spanId"]]
    assert [span["name"] for span in children] == STAGES
    assert sum(map(length, children)) >= 0.95 * length(root)


def test_a_build_counts_from_the_start_of_its_process_and_the_next_one_shows_that(tmp_path):
    site = make_site(tmp_path / "site")
    report = json.loads(site.run_apart("build", "--format", "json").stdout)
    assert report == json.loads((site.state / "report.json").read_bytes())
    assert report["process_seconds"] > report["duration_seconds"]
    site.build()
    for page in ("/build/", "/"):
        values = [float(value) for value in re.findall(r'<data value="([0-9.e-]+)"', site.page(page))]
        assert pytest.approx(report["process_seconds"], abs=1e-6) in values
    series = (site.state / "metrics.prom").read_text()
    again = json.loads((site.state / "report.json").read_bytes())
    [value] = re.findall(r"^sitegen_build_duration_seconds\S* (\S+)$", series, re.MULTILINE)
    assert float(value) == pytest.approx(again["process_seconds"], abs=1e-6)


def test_a_build_in_a_process_that_has_other_tasks_counts_itself_alone(tmp_path):
    report = summarise(run_build(make_site(tmp_path), []))
    assert report.process_seconds == report.duration_seconds


def metric(site, name):
    """Return a value of `metrics.prom`."""
    [value] = re.findall(rf"^{name}\S* (\S+)$", (site.state / "metrics.prom").read_text(), re.MULTILINE)
    return float(value)


@pytest.mark.parametrize(
    ("end", "why"),
    [
        (ZeroDivisionError, "a bug in sitegen: ZeroDivisionError"),
        (KeyboardInterrupt, "interrupted before the end"),
    ],
)
def test_whatever_ends_a_build_is_told_by_report_status_history_and_metrics(tmp_path, end, why):
    site = make_site(tmp_path / "site")
    site.build()
    assert metric(site, "sitegen_up") == 1

    def fail(stage):
        if stage == "publish":
            raise end

    config = load_config(site.folder / "sitegen.toml", {})
    with pytest.raises(end):
        build(config, Options(output=site.folder / "dist", jobs=1), SystemClock(), fail)
    assert metric(site, "sitegen_up") == 0
    report = json.loads((site.state / "report.json").read_bytes())
    assert (report["status"], report["problems"][-1]["message"]) == ("failed", why)
    told = json.loads(site.run("status", "--format", "json").stdout)["builds"][0]
    assert told == report | {"changed": 0}


def test_a_build_whose_folder_is_refused_is_told_as_failed(tmp_path):
    site = make_site(tmp_path / "site")
    site.build()
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "precious.txt").write_text("x")
    assert site.run("build", "-o", tmp_path / "theirs").code == 6
    assert metric(site, "sitegen_up") == 0
    assert "failed" in site.run("status").stdout


@pytest.mark.parametrize(
    "broken", ["[site", "[site]\ntitel = 1\n", '[site]\nstate = ".sitegen"\nx = 1\n', "\xff"]
)
def test_a_build_without_a_usable_configuration_is_told_as_failed_without_its_words(tmp_path, broken):
    site = make_site(tmp_path / "site")
    site.build()
    before = site.tree()
    toml = site.folder / "sitegen.toml"
    good = toml.read_bytes()
    toml.write_text(broken, encoding="latin-1")
    assert site.run("build").code == 2
    assert metric(site, "sitegen_up") == 0
    assert json.loads((site.state / "report.json").read_bytes())["status"] == "failed"
    assert site.tree() == before
    toml.write_bytes(good)
    builds = json.loads(site.run("status", "--format", "json").stdout)["builds"]
    assert (builds[0]["status"], builds[0]["problems"][0]["message"]) == (
        "failed",
        "the configuration cannot be used; `sitegen check config` says why",
    )
    site.build()
    assert metric(site, "sitegen_up") == 1


def length(span):
    return int(span["endTimeUnixNano"]) - int(span["startTimeUnixNano"])

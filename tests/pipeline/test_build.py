"""The stages of a build, as its report and its own trace tell them."""

import json

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


def length(span):
    return int(span["endTimeUnixNano"]) - int(span["startTimeUnixNano"])

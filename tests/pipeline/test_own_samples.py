import re
from pathlib import Path

import msgspec
import pytest
from sitegen.availability.model import ProbeResult, ServiceState
from sitegen.errors import Problem
from sitegen.feeds.openmetrics import write_openmetrics
from sitegen.feeds.own_families import families
from sitegen.instrumentation.families import MetricKind, Sample
from sitegen.instrumentation.own_series import OWN_QUERIES, OWN_SERIES
from sitegen.instrumentation.records import BuildRecord, SectionRecord
from sitegen.output import OutputFile
from sitegen.pipeline.own_samples import asset_samples, build_samples, probe_samples, request_samples
from tests.pages.samples import NOW, Maker, Size


@pytest.fixture
def record():
    problems = (Problem("metrics.p", "no answer"), Problem("content", "no date"))
    made = msgspec.structs.asdict(Maker(Size()).record(7))
    return BuildRecord(**made, sections={"metrics": SectionRecord("ok", 3, 0.2)}, problems=problems)


def test_a_build_leaves_a_sample_of_everything_it_measured(record):
    samples = build_samples(record) | request_samples({"2xx": 9, "5xx": 1})
    assert samples["sitegen_up"] == 1.0
    assert samples["sitegen_build_duration_seconds"] == record.duration
    assert samples["sitegen_build_drift_seconds"] == pytest.approx(0.1)
    assert samples["sitegen_last_build_timestamp_seconds"] == record.started_at
    assert samples["sitegen_build_problems"] == 2.0
    assert samples['sitegen_section_duration_seconds{section="metrics"}'] == 0.2
    assert samples['sitegen_http_requests_total{class="2xx"}'] == 9.0


def test_a_failed_build_was_not_up(record):
    assert build_samples(msgspec.structs.replace(record, status="failed"))["sitegen_up"] == 0.0
    assert build_samples(msgspec.structs.replace(record, status="degraded"))["sitegen_up"] == 1.0


def test_a_clock_that_stood_still_measured_nothing(record):
    samples = build_samples(msgspec.structs.replace(record, clock_fixed=True))
    assert not [name for name in samples if "duration" in name or "drift" in name]


def test_a_build_before_its_slot_has_no_negative_drift(record):
    early = msgspec.structs.replace(record, started_at=record.slot - 5)
    assert build_samples(early)["sitegen_build_drift_seconds"] == 0.0


def test_the_sites_size_is_counted_by_kind_of_file():
    files = [
        OutputFile("index.html", b"12"),
        OutputFile("a/index.html", b"3"),
        OutputFile("x.webp", b"1"),
        OutputFile("robots.txt", b""),
    ]
    assert asset_samples(files) == {
        'sitegen_asset_bytes{kind="html"}': 3.0,
        'sitegen_asset_bytes{kind="images"}': 1.0,
        'sitegen_asset_bytes{kind="other"}': 0.0,
    }


@pytest.mark.parametrize(
    ("state", "up"),
    [
        (ServiceState.UP, 1.0),
        (ServiceState.DEGRADED, 1.0),
        (ServiceState.DOWN, 0.0),
        (ServiceState.NO_DATA, None),
        (ServiceState.MAINTENANCE, None),
    ],
)
def test_a_probe_that_learnt_nothing_leaves_no_sample(state, up):
    samples = probe_samples([ProbeResult("api", NOW, state, 0.25)])
    assert samples.get('sitegen_probe_up{probe="api"}') == up
    assert ('sitegen_probe_latency_seconds{probe="api"}' in samples) == (up is not None)


def test_series_are_grouped_to_families_with_help_and_unit(record):
    found = {
        family.name: family
        for family in families(build_samples(record) | request_samples({"2xx": 9, "5xx": 1}), {})
    }
    requests = found["sitegen_http_requests"]
    assert (requests.kind, requests.help) == (MetricKind.GAUGE, OWN_SERIES["sitegen_http_requests"])
    assert requests.samples == (Sample(9.0, {"class": "2xx"}), Sample(1.0, {"class": "5xx"}))
    assert found["sitegen_build_duration_seconds"].unit == "seconds"
    assert found["sitegen_build_problems"].unit == ""


def test_names_that_are_not_sitegens_own_are_not_published():
    assert families({"other_metric": 1.0}, {}) == ()


def test_what_a_build_measured_can_be_written_as_openmetrics(record):
    text = write_openmetrics(families(build_samples(record) | request_samples({"2xx": 9}), {})).decode()
    assert text.endswith("# EOF\n")
    assert 'sitegen_http_requests{class="2xx"} 9' in text


def test_the_readme_names_every_series_that_a_panel_can_ask_for_and_no_other():
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    assert tuple(re.findall(r"^\| `(\w+)` \|", readme, re.MULTILINE)) == OWN_QUERIES

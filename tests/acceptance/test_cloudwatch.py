"""CloudFront's metrics from CloudWatch, through whole builds against moto's server over HTTP."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.acceptance.cloudfront import (
    METRICS,
    NOON,
    SILENT,
    WINDOWS,
    Aws,
    aws_at,
    cdn_panel,
    cloudwatch,
    run_aws,
)
from tests.acceptance.comparing import figure_of, instant, read_csv, values_in
from tests.acceptance.documents import sentence_of
from tests.acceptance.peers import CLOCK, answer, panel, source, text_of
from tests.acceptance.sites import Site, make_site
from tests.faulty_server import Failure, FaultyServer, Position, Reply
from tests.program import clean_environment


@dataclass(frozen=True)
class Observed:
    site: Site
    aws: Aws
    report: dict


@pytest.fixture(scope="module")
def observed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Observed]:
    folder = tmp_path_factory.mktemp("cloudwatch")
    with run_aws() as aws:
        for metric, (_, _, value) in METRICS.items():
            aws.values[metric] = {
                NOON - 86_400 + 60 * minute: value(minute) for minute in range(1440) if minute not in SILENT
            }
            aws.put(metric, "E123", aws.values[metric])
            aws.put(metric, "E999", {NOON - 600: 1e9})
        site = make_site(folder, config=cloudwatch() + "".join(map(cdn_panel, METRICS)))
        yield Observed(site, aws, site.build(*CLOCK, env=aws.environment))


def expected(observed: Observed, metric: str, window: str) -> dict[float, float]:
    """What was put, summed up or averaged over each period that has ended before the window does."""
    step = WINDOWS[window]
    _, rows = read_csv(observed.site, metric.lower(), window)
    start, end = instant(rows[0][0]), instant(rows[-1][0])
    periods: dict[float, list[float]] = {}
    for at, value in observed.aws.values[metric].items():
        if start <= at < end:
            periods.setdefault(at // step * step, []).append(value)
    total = METRICS[metric][0]
    return {at: sum(some) if total else sum(some) / len(some) for at, some in periods.items()}


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("metric", METRICS)
def test_what_was_put_into_cloudwatch_is_what_the_csv_holds(observed, metric, window):
    head, rows = read_csv(observed.site, metric.lower(), window)
    shown = {instant(row[0]): float(row[1]) for row in rows if row[1]}

    assert len(head) == 2
    assert shown == pytest.approx(expected(observed, metric, window), rel=1e-9)
    assert len(shown) == {"1h": 59, "24h": 233}[window]


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("metric", METRICS)
def test_the_page_says_its_last_least_and_largest_values(observed, metric, window):
    samples = expected(observed, metric, window)
    low, high = min(samples.values()), max(samples.values())
    said = values_in(sentence_of(figure_of(observed.site, metric.lower(), window, "1h")))
    first = next(at for at in sorted(samples) if samples[at] == high)
    last = samples[max(samples)]

    # The newest minute is what is now; the page of the day says when its last sample was.
    when = [max(samples)] if window == "24h" else []
    assert said == pytest.approx([last, *when, high, first, low], rel=1e-9)
    assert observed.report["status"] == "ok"


def test_minutes_without_requests_are_gaps_and_no_zeros(observed):
    _, rows = read_csv(observed.site, "requests", "24h")
    silent = [row for row in rows if NOON - 86_400 + 600 * 60 <= instant(row[0]) < NOON - 86_400 + 636 * 60]

    assert [row[1] for row in silent] == [""] * 6


def test_a_source_that_answered_is_reachable_and_its_latency_told(observed):
    outcome = observed.site.run("check", "sources", "--format", "json", env=observed.aws.environment)

    (source,) = json.loads(outcome.stdout)["sources"]
    assert outcome.code == 0, outcome.stderr
    assert (source["name"], source["kind"], source["reachable"]) == ("cdn", "metrics", True)
    assert 0 < source["latency_seconds"] < 10


# --- Where CloudWatch does not answer ---------------------------------------------------


def refusal(status: int, code: str, message: str) -> Reply:
    """An error as CloudWatch's JSON protocol writes it (AWS JSON 1.0 of Smithy)."""
    said = {"__type": f"com.amazonaws.cloudwatch#{code}", "message": message}
    return Reply(
        status=status,
        headers=(("Content-Type", "application/x-amz-json-1.0"),),
        body=json.dumps(said).encode(),
    )


REFUSALS = {
    "denied": (refusal(403, "AccessDeniedException", "User x may not"), "the role needs cloudwatch:GetMetricData"),
    "key": (refusal(403, "UnrecognizedClientException", "bad token"), "the credentials were not accepted"),
    "throttled": (refusal(400, "ThrottlingException", "Rate exceeded"), "the service is overloaded"),
    "invalid": (refusal(400, "ValidationError", "Period must be 60"), "Period must be 60"),
    "a web page": (Reply(body=b"<!doctype html>"), "the answer holds no result"),
    "noise": (Reply(body=b"\xa2\x00\xff"), "is not what AWS sends"),
    "a failure": (Reply(status=502, body=b"<html>bad gateway"), "(502)"),
}  # fmt: skip


def check_only_cloudfronts_panel_suffers(site: Site, report: dict, said: str) -> None:
    assert report["status"] == "degraded"
    assert said not in text_of(site, "requests")
    assert "no data" in text_of(site, "requests")
    assert any(said in problem["message"] for problem in report["problems"])
    assert values_in(sentence_of(figure_of(site, "other", "1h", "1h"))) == [42.5]
    states = {one["name"]: one["status"] for one in site.status["sources"]}
    assert states == {"self": "fresh", "cdn": "missing", "other": "fresh"}


@pytest.fixture
def other() -> Iterator[str]:
    """The tables of another source that answers, beside one panel of CloudFront's."""
    with FaultyServer(Reply(body=answer(({}, "42.5")))) as server:
        yield source("other", server.url) + panel("other") + cdn_panel("Requests")


@pytest.mark.parametrize("fault", REFUSALS)
def test_a_refusal_is_told_in_words_that_help_and_other_sources_are_unaffected(tmp_path, other, fault):
    reply, said = REFUSALS[fault]
    with FaultyServer(reply) as aws:
        site = make_site(tmp_path, config=cloudwatch() + other)
        report = site.build(*CLOCK, env=aws_at(aws.url))
        checked = site.run("check", "sources", env=aws_at(aws.url))

    check_only_cloudfronts_panel_suffers(site, report, said)
    assert checked.code == 3
    assert f"cdn: {said}" in checked.stderr or said in checked.stderr
    # Two windows in the build and one question of the check, each at most three times.
    assert len(aws.requests) <= 9


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({}, "no AWS credentials were found; set AWS_PROFILE"),
        ({"AWS_PROFILE": "gone"}, "no AWS credentials were found; set AWS_PROFILE"),
        ({"AWS_ACCESS_KEY_ID": "half"}, "no AWS credentials were found; set AWS_PROFILE"),
    ],
    ids=["none", "unknown profile", "half a pair"],
)
def test_without_credentials_the_panel_says_so_and_nothing_is_asked(tmp_path, other, env, said):
    with FaultyServer() as aws:
        site = make_site(tmp_path, config=cloudwatch() + other)
        report = site.build(*CLOCK, env={**env, "AWS_ENDPOINT_URL": aws.url})
        checked = site.run("check", "sources", env={**env, "AWS_ENDPOINT_URL": aws.url})

    check_only_cloudfronts_panel_suffers(site, report, said)
    assert said in checked.stderr
    assert aws.requests == []


def test_a_region_without_cloudfronts_metrics_names_the_right_one(tmp_path, other):
    with run_aws() as aws:
        aws.put("Requests", "E123", {NOON - 600: 7.0})
        site = make_site(tmp_path, config=cloudwatch(region="eu-west-1") + other)
        report = site.build(*CLOCK, env=aws.environment)

    check_only_cloudfronts_panel_suffers(site, report, "CloudFront's metrics live in us-east-1")


def test_a_cloudwatch_that_hangs_costs_its_panel_and_not_the_build(tmp_path, other):
    with FaultyServer(Reply(fault=Failure.HANG, at=Position.BEFORE)) as aws:
        site = make_site(tmp_path, config=cloudwatch() + other)
        report = site.build("--deadline", "6s", *CLOCK, env=aws_at(aws.url))

    check_only_cloudfronts_panel_suffers(site, report, "not finished by the deadline")


def test_the_timeout_of_a_cloudwatch_source_is_heeded(tmp_path, other):
    with FaultyServer(Reply(fault=Failure.HANG, at=Position.BEFORE)) as aws:
        site = make_site(tmp_path, config=cloudwatch() + "timeout = '300ms'\n" + other)
        report = site.build(*CLOCK, env=aws_at(aws.url))

    check_only_cloudfronts_panel_suffers(site, report, "no answer in time")


def test_when_cloudwatch_stops_its_last_known_values_stay_and_say_when_they_were_fetched(tmp_path: Path):
    with run_aws() as aws:
        aws.put("Requests", "E123", {NOON - 600 + 60 * minute: 10.0 + minute for minute in range(5)})
        site = make_site(tmp_path, config=cloudwatch() + cdn_panel("Requests"))
        site.build(*CLOCK, env=aws.environment)
        before = read_csv(site, "requests", "1h")
    report = site.build("--clock", "2026-03-01T12:10:00Z", env=aws.environment)

    assert report["status"] == "degraded"
    assert read_csv(site, "requests", "1h") == before
    assert "last known values, fetched 2026-03-01 12:00:00 UTC" in text_of(site, "requests")
    assert "cdn does not answer" in text_of(site, "requests")
    assert {one["name"]: one["status"] for one in site.status["sources"]}["cdn"] == "stale"


def test_a_cloudwatch_that_is_down_is_asked_one_question_a_cycle(tmp_path: Path):
    with FaultyServer(Reply(fault=Failure.RESET, at=Position.BEFORE)) as aws:
        site = make_site(tmp_path, config=cloudwatch() + cdn_panel("Requests") + cdn_panel("CacheHitRate"))
        asked = []
        for minute in range(6):
            before = aws.connections
            site.build("--clock", f"2026-03-01T12:0{minute // 2}:{minute % 2 * 3}0Z", env=aws_at(aws.url))
            asked.append(aws.connections - before)

    # One question of at most three attempts, then of one.
    assert 1 <= asked[0] <= 3
    assert asked[1:] == [1] * 5


# --- What a build without CloudWatch does not pay for -----------------------------------


@pytest.mark.parametrize("uses_it", [False, True], ids=["without", "with"])
def test_boto3_is_imported_by_builds_that_need_it_alone(tmp_path: Path, other: str, uses_it: bool):
    tables = cloudwatch() + other if uses_it else other.partition("[[metrics.panels]]\nid = 'requests'")[0]
    site = make_site(tmp_path, config=tables)
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "sitegen", "build"],
        cwd=site.folder,
        env=clean_environment(home=site.folder),
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
    )
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}

    assert "sitegen.pipeline.gather.metrics" in imported
    assert bool({"boto3", "botocore"} & imported) is uses_it

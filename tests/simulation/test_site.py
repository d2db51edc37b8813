"""The simulated shop as gathering would have found it: how much there is, and that one incident is in all of it."""

from collections.abc import Iterable

import pytest
from sitegen.availability.model import ServiceState
from sitegen.concurrency.visualizer import lanes_of
from sitegen.config import Site
from sitegen.findings import Findings
from sitegen.logs.model import Level
from sitegen.metrics.model import PanelData
from sitegen.pipeline.recording import PublicSite, Recording, encode
from sitegen.simulation.site import simulate
from sitegen.simulation.story import Story, tell
from sitegen.units import DAY, HOUR, parse_rfc3339
from sitegen.visualization.diagrams.lanes import MOST_LANES

NOW = parse_rfc3339("2026-11-24T02:04:30Z")
# Shortly after the incident began anew, shortly before it does, over midnight, and at a weekend.
INSTANTS = [
    NOW,
    *map(parse_rfc3339, ("2026-11-24T02:29:59Z", "2027-01-01T00:00:00Z", "2026-08-15T12:30:00.7Z")),
]


@pytest.fixture(scope="module")
def found() -> Findings:
    return simulate(1, NOW)


@pytest.fixture(scope="module")
def story() -> Story:
    return tell(1, NOW)


def panel(found: Findings, name: str, span: float = HOUR) -> PanelData:
    return next(one for one in found.metrics.panels if (one.panel.id, one.span) == (name, span))


def mean(data: PanelData, label: str, start: float, end: float) -> float:
    """The mean of a series' values in a stretch of time."""
    (series,) = [one for one in data.observed.value.series if label in one.labels.values()]
    values = [value for at, value in zip(series.times, series.values, strict=True) if start < at <= end]
    return sum(values) / len(values)


# --- How much there is --------------------------------------------------------


@pytest.mark.parametrize(("seed", "now"), list(enumerate(INSTANTS)))
def test_the_shop_is_of_the_promised_size(seed: int, now: float):
    found = simulate(seed, now)

    assert len(found.availability.services) == 8
    assert len(found.availability.objectives) == 4
    assert len({data.panel.id for data in found.metrics.panels}) == 15
    assert len(found.traces.traces) == 200
    assert {8 <= len(trace.nodes) <= 60 for trace in found.traces.traces} == {True}
    assert len(found.logs.records) == 20_000
    assert len(found.build.history) == 100


def test_the_history_is_of_90_days(found: Findings):
    oldest = [service.days[0] for service in found.availability.services if service.status.id != "search"]
    assert {state is not ServiceState.NO_DATA for _, state in oldest} == {True}
    assert {len(service.days) for service in found.availability.services} == {90}
    probed = [service.uptimes for service in found.availability.services if service.status.id != "search"]
    assert {one.coverage for uptimes in probed for one in uptimes if one.window <= 90 * DAY} == {1.0}
    assert set(panel(found, "p95").panel.windows) == {HOUR, DAY, 7 * DAY, 90 * DAY}
    for series in panel(found, "requests", 90 * DAY).observed.value.series:
        assert series.times[-1] - series.times[0] >= 89 * DAY


def test_nothing_is_from_the_future(found: Findings):
    assert max(line.time for line in found.logs.records) <= NOW
    assert max((trace.start + trace.duration) / 1e9 for trace in found.traces.traces) <= NOW
    assert (
        max(at for data in found.metrics.panels for one in data.observed.value.series for at in one.times)
        <= NOW
    )
    assert max(one.at for one in found.availability.changes) <= NOW


def test_every_trace_is_whole(found: Findings):
    assert [trace.warnings for trace in found.traces.traces if trace.warnings] == []
    assert {trace.root.service for trace in found.traces.traces} == {"gateway"}


def test_the_author_has_an_about_page_three_projects_and_two_posts(found: Findings):
    kinds = sorted(page.kind for page in found.content.pages)
    assert kinds == ["about", "post", "post", "project", "project", "project"]
    services = {service.status.id for service in found.availability.services}
    assert {page.front.probe for page in found.content.pages} <= {"", *services}


def test_the_last_build_has_a_lane_for_each_of_its_workers_and_no_page_too_large(found: Findings):
    record = found.build.record
    assert len(lanes_of(record.tasks)) == record.workers <= MOST_LANES
    assert max(task.ended for task in record.tasks) <= record.duration
    assert [page.path for page in record.pages if not 0 < page.compressed <= page.cap < page.raw] == []
    assert [stage.name for stage in record.stages] == [
        "gather",
        "draw",
        "render",
        "inspect",
        "publish",
        "record",
    ]


# --- The incident -------------------------------------------------------------


@pytest.mark.parametrize("now", INSTANTS)
def test_the_incident_is_always_within_the_last_hour(now: float):
    told = tell(1, now)
    assert now - HOUR < told.deploy < told.slow < told.down < told.opened < now


def test_the_metrics_show_the_incident(found: Findings, story: Story):
    p95, errors = panel(found, "p95"), panel(found, "errors")
    calm = (story.slow - 20 * 60, story.slow)

    assert mean(p95, "payments", story.down + 60, story.opened) > 4 * mean(p95, "payments", *calm)
    assert mean(p95, "checkout", story.down + 60, story.opened) > 2 * mean(p95, "checkout", *calm)
    assert mean(p95, "catalog", story.down + 60, story.opened) == pytest.approx(
        mean(p95, "catalog", *calm), rel=0.2
    )
    assert mean(errors, "payments", *calm) < 0.01
    assert mean(errors, "payments", story.down, NOW) > 0.9


def test_the_traces_show_the_incident(found: Findings, story: Story):
    checkouts = [trace for trace in found.traces.traces if trace.root.name == "POST /checkout"]
    before = [trace for trace in checkouts if trace.start / 1e9 < story.slow]
    waiting = [trace for trace in checkouts if story.down < trace.start / 1e9 < story.opened - 10]
    after = [trace for trace in checkouts if trace.start / 1e9 >= story.opened]

    assert {trace.errors for trace in before} == {0}
    assert {trace.errors > 0 for trace in after} == {True}
    assert max(trace.duration for trace in before) < 1e9
    assert max(trace.duration for trace in waiting) > 7e9
    assert max(trace.duration for trace in after) < 2e9


def test_the_logs_show_the_incident(found: Findings, story: Story):
    def errors(start: float, end: float) -> float:
        lines = [line for line in found.logs.records if start <= line.time < end]
        return sum(line.level is Level.ERROR and line.service == "payments" for line in lines) / len(lines)

    assert errors(story.slow - 20 * 60, story.slow) < 0.01
    assert errors(story.down, NOW) > 0.08
    first = min(line.time for line in found.logs.records if "timeout after 2.5 s" in line.message)
    assert story.down - 60 <= first <= story.down + 60


def test_a_deploy_comes_before_the_incident(found: Findings, story: Story):
    (deploy,) = [line for line in found.logs.records if "is live" in line.message]
    assert (deploy.time, deploy.service) == (story.deploy, "payments")
    assert deploy.time < story.slow


def test_the_probes_show_the_incident(found: Findings, story: Story):
    services = {service.status.id: service for service in found.availability.services}
    payments, checkout = services["payments"], services["checkout"]

    assert payments.status.state is ServiceState.DOWN
    assert payments.status.since == pytest.approx(story.down, abs=30)
    assert payments.incidents[-1].end is None
    assert story.slow < payments.incidents[-1].start < story.down, "slow before it was down"
    assert checkout.status.state is ServiceState.DEGRADED
    assert payments.days[-1][1] is ServiceState.DOWN


def test_the_own_series_say_of_probes_what_the_status_says(found: Findings):
    told = {name: value for name, value in found.samples.items() if name.startswith("sitegen_probe_up")}
    words = {"up": 1.0, "degraded": 1.0, "down": 0.0}
    assert told == {
        f'sitegen_probe_up{{probe="{one.id}"}}': words[one.state]
        for one in found.availability.statuses
        if one.state in words
    }


def test_the_budget_of_payments_burns_fast_in_the_incident(found: Findings):
    reports = {one.report.slo.id: one.report for one in found.availability.objectives}
    hour, _, three_days = (rate.rate for rate in reports["payments-answer"].burn_rates)
    assert hour > 14.4 > three_days
    assert reports["mail-answers"].burn_rates[0].rate == 0


def test_a_line_of_a_traced_request_is_written_while_it_runs(found: Findings):
    traces = {trace.trace_id: trace for trace in found.traces.traces}
    lines = [line for line in found.logs.records if line.trace_id]
    assert len({line.trace_id for line in lines}) == 200
    for line in lines:
        trace = traces[line.trace_id]
        assert trace.start / 1e9 - 0.001 <= line.time <= (trace.start + trace.duration) / 1e9 + 0.001
        assert line.service in trace.services


# --- The same again -----------------------------------------------------------


def as_bytes(found: Findings) -> bytes:
    return encode(Recording(PublicSite.of(Site()), found))


def test_the_same_seed_and_instant_give_the_same_bytes(found: Findings):
    assert as_bytes(simulate(1, NOW + 29)) == as_bytes(found), "an instant within the same cycle"
    assert as_bytes(simulate(2, NOW)) != as_bytes(found)


def lines_until(found: Findings, end: float) -> set[tuple[float, str]]:
    # A trace is read when it is over, and so are its lines.
    lines = [line for line in found.logs.records if line.trace_id is None]
    return {(line.time, line.message) for line in lines if NOW - HOUR < line.time < end}


def test_what_was_simulated_a_cycle_ago_is_still_so(found: Findings):
    later = simulate(1, NOW + 30)

    assert lines_until(later, NOW) == lines_until(found, NOW)
    assert len(set(ids(found)) & set(ids(later))) >= 198
    (before,), (after,) = (
        [one for one in panel(each, "p95", DAY).observed.value.series if "payments" in one.labels.values()]
        for each in (found, later)
    )
    assert list(after.values[: len(before.values)]) == list(before.values)


def ids(found: Findings) -> Iterable[str]:
    return (trace.trace_id for trace in found.traces.traces)


def test_the_budget_of_every_objective_has_a_past_that_ends_with_what_is_left(found: Findings):
    for objective in found.availability.objectives:
        (_, begins), *_, (_, ends) = objective.remaining
        assert begins == pytest.approx(1, abs=0.05)
        assert ends == pytest.approx(objective.report.left_ratio)

"""The section of availability: the Prober checks, the history remembers, the arithmetic tells."""

from collections.abc import Sequence

from sitegen.availability.model import (
    Interval,
    Maintenance,
    Probe,
    ProbeResult,
    ServiceState,
    ServiceStatus,
    Slo,
)
from sitegen.availability.prober import judge_own_outage, probe
from sitegen.availability.slo import BURN_WINDOWS, Counts, slo_from_counts, slo_from_intervals
from sitegen.availability.status import current_status
from sitegen.availability.timeline import merge, with_maintenance
from sitegen.availability.uptime import days
from sitegen.config import MetricSource
from sitegen.errors import Problem
from sitegen.pipeline.memory import OWN_PROBE
from sitegen.pipeline.objectives import count_requests
from sitegen.pipeline.run import Run, Section
from sitegen.site.findings import AvailabilityFindings
from sitegen.site.objectives import objective_panel, service_panel, tell_maintenance
from sitegen.site.views import SloPanel
from sitegen.units import Window
from sitegen.visualization.generator import draw_uptime

__all__ = ["gather_availability"]

_YEAR = 365 * 86_400.0
_HOUR = 3600.0
_CHANGES = 30

_OWN_NOTE = "no probes are configured: this is the availability of sitegen's own cycles"

Found = tuple[AvailabilityFindings, tuple[ProbeResult, ...]]


async def gather_availability(
    run: Run,
    probes: Sequence[Probe],
    maintenance: Sequence[Maintenance],
    slos: Sequence[Slo],
    sources: Sequence[MetricSource],
) -> Section[Found]:
    """Check every probe once, and tell the availability of each service and of each objective."""
    results, problems = await _check(run, probes)
    known = {check.id: _intervals(run, check.id, results, maintenance) for check in probes}
    counted = await count_requests(run, [slo for slo in slos if slo.probe is None], sources)
    now = _calm(run, list(known.values()) or [_own_intervals(run)])
    services = tuple(_status(run, check, results, known[check.id], maintenance) for check in probes) or (
        _own_status(run),
    )
    panels = tuple(
        service_panel(check.id, check.title, _until(known[check.id], now), now) for check in probes
    )
    findings = AvailabilityFindings(
        services=services,
        latencies={check.id: _latencies(run, check.id) for check in probes},
        panels=panels
        or (
            service_panel(
                "sitegen", "sitegen's own cycles", _until(_own_intervals(run), now), now, (_OWN_NOTE,)
            ),
        ),
        objectives=tuple(_objective(slo, known, counted.get(slo.id, {}), now) for slo in slos),
        maintenance=tell_maintenance(maintenance, now),
        changes=_changes(probes, known),
        made_at=now,
    )
    return Section((findings, results), problems)


async def _check(run: Run, probes: Sequence[Probe]) -> tuple[tuple[ProbeResult, ...], tuple[Problem, ...]]:
    def check(one: Probe) -> ProbeResult:
        return probe(one, at=run.moment.slot, clock=run.clock, deadline=run.gathering, redactor=run.redactor)

    answers = await run.manager.io(
        "availability", check, probes, name=lambda one: f"probe {one.id}", peer=lambda one: one.id, width=max(1, len(probes)),
        deadline=run.gathering,
    )  # fmt: skip
    lost = tuple(answer for answer in answers if isinstance(answer, Problem))
    found = [
        ProbeResult(one.id, run.moment.slot, ServiceState.NO_DATA, message="the time for gathering was over")
        if isinstance(answer, Problem)
        else answer
        for one, answer in zip(probes, answers, strict=True)
    ]
    results, problems = judge_own_outage(found)
    with run.state.batch():
        for result in results:
            run.state.history.add_probe(result.probe, result.at, str(result.state), None, run.moment.cycle)
    return results, (*lost, *problems)


def _intervals(
    run: Run, name: str, results: Sequence[ProbeResult], maintenance: Sequence[Maintenance]
) -> list[Interval]:
    """Give a year of a probe, this cycle included."""
    slot, cycle = run.moment.slot, run.moment.cycle
    stored = run.state.history.probe_intervals(name, slot - _YEAR, slot)
    intervals = [Interval(start, end, ServiceState(state)) for start, end, state in stored]
    intervals += [Interval(slot, slot + cycle, result.state) for result in results if result.probe == name]
    return with_maintenance(merge(intervals), maintenance, name)


def _own_intervals(run: Run) -> list[Interval]:
    slot, cycle = run.moment.slot, run.moment.cycle
    stored = run.state.history.probe_intervals(OWN_PROBE, slot - _YEAR, slot)
    return merge(
        [
            *(Interval(start, end, ServiceState(state)) for start, end, state in stored),
            Interval(slot, slot + cycle, ServiceState.UP),
        ]
    )


def _calm(run: Run, known: Sequence[Sequence[Interval]]) -> float:
    """Give the instant that the uptimes count to: the calm one, or on a young site the end of the first cycle."""
    first = min((intervals[0].start for intervals in known if intervals), default=run.moment.slot)
    return max(run.moment.calm // 300 * 300, first + run.moment.cycle)


def _until(intervals: Sequence[Interval], now: float) -> list[Interval]:
    return [Interval(one.start, min(one.end, now), one.state) for one in intervals if one.start < now]


def _status(
    run: Run,
    check: Probe,
    results: Sequence[ProbeResult],
    intervals: Sequence[Interval],
    maintenance: Sequence[Maintenance],
) -> ServiceStatus:
    latest = next((result for result in results if result.probe == check.id), None)
    return current_status(check, latest, intervals, run.moment.now, run.moment.cycle, maintenance=maintenance)


def _own_status(run: Run) -> ServiceStatus:
    """Tell sitegen's own state: it is running, or nobody would read this."""
    intervals = _own_intervals(run)
    return ServiceStatus(
        id="sitegen",
        title="sitegen (its own cycles)",
        state=ServiceState.UP,
        since=intervals[-1].start,
        message=_OWN_NOTE,
    )


def _latencies(run: Run, name: str) -> tuple[float | None, ...]:
    """Give the last hour of a probe's latencies in columns of two minutes."""
    window = Window.ending(run.moment.now, _HOUR, least_step=120.0)
    times, values = run.state.history.series(f'sitegen_probe_latency_seconds{{probe="{name}"}}', window)
    known = dict(zip(times, values, strict=True))
    return tuple(known.get(instant) for instant in window.instants())


def _objective(
    slo: Slo, known: dict[str, list[Interval]], counts: dict[float, Counts], now: float
) -> SloPanel:
    if slo.probe is not None:
        intervals = _until(known[slo.probe], now)
        return objective_panel(slo_from_intervals(slo, intervals, now), draw_uptime(days(intervals, now)))
    return objective_panel(
        slo_from_counts(
            slo, {window: counts.get(window, Counts(None, None)) for window in (slo.window, *BURN_WINDOWS)}
        ),
        "",
    )


def _changes(probes: Sequence[Probe], known: dict[str, list[Interval]]) -> tuple[tuple[float, str], ...]:
    """Give the latest changes of state, newest first, for the feed."""
    found = [
        (after.start, f"{check.title} is {after.state}")
        for check in probes
        for before, after in zip(known[check.id], known[check.id][1:], strict=False)
        if before.state is not after.state and ServiceState.NO_DATA not in (before.state, after.state)
    ]
    return tuple(sorted(found, reverse=True)[:_CHANGES])

"""The section of availability: the Prober checks, the history remembers, the arithmetic tells."""

import asyncio
from collections.abc import Mapping, Sequence
from itertools import islice, pairwise

from msgspec.structs import replace

from sitegen.availability.counting import Counted
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
from sitegen.availability.slo import burn_down, slo_from_counts, slo_from_intervals
from sitegen.availability.status import current_status
from sitegen.availability.timeline import merge, with_maintenance
from sitegen.config import MetricSource
from sitegen.errors import Problem
from sitegen.freshness import Observed
from sitegen.http import FaultKind
from sitegen.pages.findings import AvailabilityFindings
from sitegen.pages.slo import objective_panel, service_panel, tell_maintenance
from sitegen.pages.views import SloPanel
from sitegen.pipeline.gather.objectives import count_requests
from sitegen.pipeline.record import OWN_PROBE
from sitegen.pipeline.run import Run, Section
from sitegen.units import Window
from sitegen.visualization.generator import draw_burndown

__all__ = ["gather_availability"]

_YEAR = 365 * 86_400.0
_HOUR = 3600.0
_CHANGES = 30

_LATE = "not answered when gathering ended; lower its `timeout`, or raise `gather` in [build]"
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
    (results, problems), counting = await asyncio.gather(
        _check(run, probes), count_requests(run, slos, sources)
    )
    known = {check.id: _intervals(run, check.id, results, maintenance) for check in probes}
    own = _own_intervals(run)
    now = _calm(run, list(known.values()) or [own])
    services = tuple(
        current_status(
            check, found, known[check.id], run.moment.now, run.moment.cycle, maintenance=maintenance
        )
        for check, found in zip(probes, results, strict=True)
    )
    findings = AvailabilityFindings(
        services=services or (_own_status(own),),
        latencies={check.id: _latencies(run, check.id) for check in probes},
        panels=_panels(services, results, known, now) or (service_panel(_own_status(own), own, now),),
        objectives=tuple(_objective(slo, known, counting.objectives, now) for slo in slos),
        maintenance=tell_maintenance(maintenance, now),
        changes=_changes(probes, known, run.moment.now),
        sources=counting.sources,
        # On a young site the first cycle counts in full before it is over; the page is not of the future for that.
        made_at=min(now, run.moment.now),
    )
    return Section((findings, results), (*problems, *counting.problems))


def _panels(
    services: Sequence[ServiceStatus],
    results: Sequence[ProbeResult],
    known: Mapping[str, Sequence[Interval]],
    now: float,
) -> tuple[SloPanel, ...]:
    return tuple(
        service_panel(status, known[status.id], now, found.certificate_days)
        for status, found in zip(services, results, strict=True)
    )


async def _check(run: Run, probes: Sequence[Probe]) -> tuple[tuple[ProbeResult, ...], tuple[Problem, ...]]:
    def check(one: Probe) -> ProbeResult:
        return probe(one, at=run.moment.slot, clock=run.clock, deadline=run.gathering, redactor=run.redactor)

    answers = await run.manager.io(
        "availability", check, probes, name=lambda one: f"probe {one.id}", peer=lambda one: one.id, width=max(1, len(probes)),
        deadline=run.gathering,
    )  # fmt: skip
    found = [
        ProbeResult(one.id, run.moment.slot, ServiceState.NO_DATA, fault=FaultKind.DEADLINE.value)
        if isinstance(answer, Problem)
        else answer
        for one, answer in zip(probes, answers, strict=True)
    ]
    # Whether the probe or the pool saw first that time was over, the same is said.
    late = [replace(one, message=_LATE) if one.fault == FaultKind.DEADLINE.value else one for one in found]
    lost = tuple(
        Problem("availability", f"{probe.title}: {_LATE}")
        for probe, one in zip(probes, late, strict=True)
        if one.message == _LATE
    )
    results, problems = judge_own_outage(late)
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


def _own_status(intervals: Sequence[Interval]) -> ServiceStatus:
    """Tell sitegen's own state: it is running, or nobody would read this."""
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
    slo: Slo, known: Mapping[str, Sequence[Interval]], objectives: Mapping[str, Observed[Counted]], now: float
) -> SloPanel:
    if slo.probe is not None:
        intervals = known[slo.probe]
        return objective_panel(
            slo_from_intervals(slo, intervals, now), draw_burndown(burn_down(slo, intervals, now))
        )
    found = objectives[slo.id]
    counted = found.value or Counted({})
    return objective_panel(slo_from_counts(slo, counted.windows, counted.coverage), "", found)


def _changes(
    probes: Sequence[Probe], known: Mapping[str, Sequence[Interval]], now: float
) -> tuple[tuple[float, str], ...]:
    """Give the latest changes of state, newest first, for the feed; a cycle that did not run changes nothing."""
    found: list[tuple[float, str]] = []
    for check in probes:
        newest_first = pairwise(reversed(known[check.id]))
        changed = (
            (after.start, f"{check.title}: {after.state}")
            for after, before in newest_first
            if before.state is not after.state and after.start <= now
        )
        found += islice(changed, _CHANGES)
    return tuple(sorted(found, reverse=True)[:_CHANGES])

"""The section of availability: the Prober checks, the history remembers, the arithmetic tells."""

import asyncio
import math
from collections.abc import Awaitable, Mapping, Sequence

from msgspec.structs import replace

from sitegen.availability.counting import Counted
from sitegen.availability.evidence import OWN_GOAL, Evidence, is_of_site, weigh_evidence
from sitegen.availability.model import (
    Interval,
    Maintenance,
    Probe,
    ProbeOutcome,
    ProbeResult,
    ServiceState,
    ServiceStatus,
    Slo,
)
from sitegen.availability.planned import settle
from sitegen.availability.prober import judge_own_outage, probe
from sitegen.availability.recurring import expand
from sitegen.availability.slo import burn_down_counts, slo_from_counts
from sitegen.availability.status import call, current_status
from sitegen.availability.timeline import changes_of, is_under_maintenance, with_maintenance
from sitegen.config import Config
from sitegen.errors import Problem, Reason, notices_of
from sitegen.findings import AvailabilityFindings, ObjectiveFinding, ServiceFinding
from sitegen.freshness import Observed, doubt
from sitegen.http import Failure, FaultKind, shown_url
from sitegen.pipeline.gather.objectives import FORM, count_requests, key_of
from sitegen.pipeline.gather.past import call_states, intervals_of, keep_past, keep_promised, kept_plans
from sitegen.pipeline.gather.sources import Answered
from sitegen.pipeline.own_samples import probe_series
from sitegen.pipeline.run import OWN_PROBE, Run, Section
from sitegen.units import HOUR, YEAR, Window, zone_of

_OWN_TIMES = "sitegen_build_duration_seconds"
_LATE = Failure.PROBED_LATE.operator
_OWN_NOTE = "no probes are configured: this is the availability of sitegen's own cycles"


async def gather_availability(
    run: Run, config: Config, answers: Awaitable[Answered]
) -> Section[AvailabilityFindings]:
    """Check every probe once, and work out the availability of each service and of each objective."""
    probes, kept = config.probes, kept_plans(run)
    maintenance = settle(kept, expand(config.maintenance, zone_of(config.site.timezone), run.context.now))
    promised, edits = keep_promised(run, probes, config.slos)
    (outcomes, problems), answered = await asyncio.gather(_check(run, probes, maintenance), answers)
    called = {
        check.id: call_states(run, check, one.state, promised.probes[check.id].since)
        for check, one in zip(probes, outcomes, strict=True)
    }
    results = tuple(call(one.public, called[one.probe].now[-1].state) for one in outcomes)
    known = {name: with_maintenance(one.now, maintenance, name) for name, one in called.items()}
    rewritten = keep_past(run, kept, maintenance, called, known)
    own = intervals_of(run, OWN_PROBE, ServiceState.UP)
    counted_to = _stable_instant(run, list(known.values()) or [own])
    services = tuple(
        _service(run, check, found, known[check.id], maintenance, counted_to, config.site.base_url)
        for check, found in zip(probes, results, strict=True)
    )
    counted, faults = _count(run, config.slos, answered)
    findings = AvailabilityFindings(
        services=services or (_own_service(run, own, counted_to),),
        objectives=tuple(_objective(slo, known, counted.get(slo.id), counted_to) for slo in config.slos),
        maintenance=maintenance,
        changes=changes_of(
            {check.id: check.title for check in probes}, known, run.context.now, run.context.slot - YEAR
        ),
        results=results,
        counted_to=counted_to,
    )
    remarks = (
        Problem(f"availability.{one.probe}", one.message, one.reason)
        for one in outcomes
        if one.state is not ServiceState.NO_DATA and one.message
    )
    return Section(findings, (*problems, *faults, *rewritten), (*edits, *remarks))


def _count(
    run: Run, slos: Sequence[Slo], answered: Answered
) -> tuple[dict[str, Observed[Counted]], tuple[Problem, ...]]:
    """Return what is known of each objective over counters by its id, and what went wrong."""
    context, faults = run.context, list[Problem]()
    found: dict[str, Observed[Counted]] = {}
    with run.state.batch():
        for slo in (one for one in slos if one.source is not None):
            value, problems = count_requests(slo, answered.questions)
            seen = run.state.answers.keep_or_recall(
                key_of(slo), value, FORM, notices_of(problems), now=context.now, cycle=context.cycle
            )
            found[slo.id] = doubt(seen, answered.apart.get(slo.source or ""))
            faults += problems
    return found, tuple(dict.fromkeys(faults))


def _service(  # noqa: PLR0917 - what is known of a service
    run: Run,
    check: Probe,
    found: ProbeResult,
    intervals: Sequence[Interval],
    maintenance: Sequence[Maintenance],
    counted_to: float,
    base_url: str,
) -> ServiceFinding:
    context = run.context
    status = current_status(check, found, intervals, context.now, context.cycle, maintenance=maintenance)
    if check.show_url:
        status = replace(status, url=run.redactor.text(shown_url(check.url)))
    latencies = _last_hour(run, probe_series(check.id)[1])
    finding = ServiceFinding.of(
        status, intervals, counted_to, context.cycle, latencies, found.certificate_days, context.timezone
    )
    return (
        replace(finding, evidence=_evidence(finding, context.cycle))
        if is_of_site(check.url, base_url)
        else finding
    )


def _evidence(service: ServiceFinding, cycle: float) -> Evidence:
    """Return what a year of probes proves: each of them stands for a cycle."""
    year = service.uptimes[-1]
    return weigh_evidence(round(year.observed / cycle), math.ceil(year.down / cycle), OWN_GOAL)


async def _check(
    run: Run, probes: Sequence[Probe], planned: Sequence[Maintenance]
) -> tuple[tuple[ProbeOutcome, ...], tuple[Problem, ...]]:
    """Return what each probe found in this cycle, and keep its state; what is found in planned time says nothing else."""

    def check(one: Probe) -> ProbeOutcome:
        return probe(one, at=run.context.slot, clock=run.clock, deadline=run.gathering, redactor=run.redactor)

    answers = await run.manager.io(
        "availability", check, probes, name=lambda one: f"probe {one.id}", peer=lambda one: one.id, width=max(1, len(probes)),
        deadline=run.gathering,
    )  # fmt: skip
    found = [
        ProbeOutcome(one.id, run.context.slot, ServiceState.NO_DATA, fault=FaultKind.DEADLINE.value)
        if isinstance(answer, Problem)
        else answer
        for one, answer in zip(probes, answers, strict=True)
    ]
    # Whether the probe or the pool saw first that time was over, the same is said.
    late = [
        replace(one, reason=Reason.LATE, message=_LATE) if one.fault == FaultKind.DEADLINE.value else one
        for one in found
    ]
    lost = tuple(
        Problem(f"availability.{probe.id}", f"{probe.title}: {_LATE}", Reason.LATE)
        for probe, one in zip(probes, late, strict=True)
        if one.message == _LATE
    )
    judged, problems = judge_own_outage(late)
    results = tuple(
        replace(one, state=ServiceState.MAINTENANCE)
        if is_under_maintenance(planned, one.probe, run.context.now)
        else one
        for one in judged
    )
    with run.state.batch():
        for result in results:
            run.state.probes.add(result.probe, result.at, str(result.state), run.context.cycle)
    unjudged = tuple(
        Problem(f"availability.{one.probe}", one.message, one.reason)
        for one in judged
        if one.state is ServiceState.NO_DATA and one.message not in ("", _LATE)
    )
    return results, (*lost, *unjudged, *problems)


def _stable_instant(run: Run, known: Sequence[Sequence[Interval]]) -> float:
    """Return the instant that the uptimes count to: the stable one, or on a young site the end of the first cycle."""
    first = min((intervals[0].start for intervals in known if intervals), default=run.context.slot)
    return max(run.context.stable_until // 300 * 300, first + run.context.cycle)


def _own_service(run: Run, intervals: Sequence[Interval], counted_to: float) -> ServiceFinding:
    """Return sitegen itself as a service: it is running, or nobody would read this."""
    status = ServiceStatus(
        id="sitegen",
        title="sitegen (its own cycles)",
        state=ServiceState.UP,
        since=intervals[-1].start,
        reason=_OWN_NOTE,
    )
    cycle, zone = run.context.cycle, run.context.timezone
    return ServiceFinding.of(status, intervals, counted_to, cycle, _last_hour(run, _OWN_TIMES), timezone=zone)


def _last_hour(run: Run, name: str) -> tuple[float | None, ...]:
    """Return the last hour of a series of the own history, a column a cycle."""
    window = Window.ending(run.context.now, HOUR, least_step=run.context.cycle)
    times, values = run.state.series.columns(name, window)
    known = dict(zip(times, values, strict=True))
    return tuple(known.get(instant) for instant in window.instants())


def _objective(
    slo: Slo, known: Mapping[str, Sequence[Interval]], found: Observed[Counted] | None, counted_to: float
) -> ObjectiveFinding:
    # Queries are for the source alone: nothing that is shown or recorded needs them.
    public = replace(slo, source=None, good=None, total=None)
    if slo.probe is not None:
        return ObjectiveFinding.of(public, known[slo.probe], counted_to)
    counted = (found and found.value) or Counted({})
    report = slo_from_counts(public, counted.windows, counted.coverage)
    return ObjectiveFinding(report, tuple(burn_down_counts(report, counted.columns)), found)

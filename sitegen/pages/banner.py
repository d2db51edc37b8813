"""The banner of the overview: one line for each thing that is wrong, the worst first, or one that says that all is well."""

from collections.abc import Iterator, Mapping

from sitegen.availability.model import WORST_FIRST, ServiceState, ServiceStatus
from sitegen.errors import Notice, Reason
from sitegen.findings import AvailabilityFindings, Findings, ObjectiveFinding, SourceRow
from sitegen.freshness import Freshness
from sitegen.pages.fit import shortened
from sitegen.pages.views import BannerLine
from sitegen.pages.words import attained_of, count, joined
from sitegen.units import Instant, Quantity, Sentence, window_label
from sitegen.visualization.model import Link

_MOST = 5
_NAME, _WHY = 60, 160


def banner_lines(
    findings: Findings, sources: tuple[SourceRow, ...], faults: tuple[Notice, ...], places: Mapping[str, str]
) -> tuple[BannerLine, ...]:
    """Return what is wrong, the worst first, at most five lines; one line says that all is well, or what is left.

    `faults` are those of this build in any section; those of a source that is told
    by its own line are not told again.
    """
    lines = [
        *_service_lines(findings, places),
        *(_missed(one, places) for one in findings.availability.objectives if _is_missed(one)),
        *(_silent(source) for source in sources if source.status is not Freshness.FRESH),
        *_fault_lines(faults, {source.name for source in sources if source.status is not Freshness.FRESH}),
    ]
    if not lines:
        return (_all_well(findings, sources),)
    lines.sort(key=lambda line: WORST_FIRST.index(line.state))
    if len(lines) <= _MOST:
        return tuple(lines)
    more = BannerLine(
        lines[_MOST - 1].state,
        ("and ", *count(len(lines) - _MOST + 1, "more thing")),
        ("no worse than these",),
        Link("all services", "/slo/"),
    )
    return (*lines[: _MOST - 1], more)


def _service_lines(findings: Findings, places: Mapping[str, str]) -> Iterator[BannerLine]:
    now = findings.context.now
    for status in findings.availability.statuses:
        if status.state is ServiceState.UP:
            continue
        title = shortened(status.title, _NAME)
        what: Sentence = (f"{title} {_STATES[status.state]}",)
        if status.since is not None and status.since < now:
            what = (f"{title} {_LASTING[status.state]} for ", Quantity(now - status.since, "seconds"))
        path = places.get(f"service-{status.id}", "/slo/")
        why = _tell_why(status, findings.availability, now)
        yield BannerLine(status.state, what, why, Link("availability", path))


_STATES = {
    ServiceState.DOWN: "is down",
    ServiceState.DEGRADED: "is degraded",
    ServiceState.NO_DATA: "has no data",
    ServiceState.MAINTENANCE: "is in planned maintenance",
}
_LASTING = {
    ServiceState.DOWN: "has been down",
    ServiceState.DEGRADED: "has been degraded",
    ServiceState.NO_DATA: "has had no data",
    ServiceState.MAINTENANCE: "has been in planned maintenance",
}


def _tell_why(status: ServiceStatus, availability: AvailabilityFindings, now: float) -> Sentence:
    if status.state is ServiceState.MAINTENANCE:
        for planned in availability.maintenance:
            if planned.start <= now < planned.end and (not planned.probes or status.id in planned.probes):
                return (f"{shortened(planned.title, _WHY)}, until ", Instant(planned.end))
    parts: list[Sentence] = [(shortened(status.reason, _WHY),)] if status.reason else []
    if status.since is not None:
        parts.append(("since ", Instant(status.since)))
    return joined(parts, " ")


def _is_missed(objective: ObjectiveFinding) -> bool:
    return objective.report.is_met is False


def _missed(objective: ObjectiveFinding, places: Mapping[str, str]) -> BannerLine:
    report = objective.report
    return BannerLine(
        ServiceState.DEGRADED,
        (f"objective missed: {shortened(report.slo.title, _NAME)}",),
        (
            *attained_of(report.attained, report.slo.target),
            f" over {window_label(report.slo.window)}",
        ),
        Link("budget", places.get(f"slo-{report.slo.id}", "/slo/")),
    )


def _silent(source: SourceRow) -> BannerLine:
    known: Sentence = (
        ("its last answer is of ", source.fetched) if source.fetched else ("it has never answered",)
    )
    return BannerLine(
        ServiceState.DEGRADED,
        (f"{source.name} {source.reasons[0] if source.reasons else Reason.SILENT}",),
        known,
        Link("sources", "/#sources"),
    )


def _fault_lines(faults: tuple[Notice, ...], silent: set[str]) -> Iterator[BannerLine]:
    told = set()
    for notice in faults:
        if notice.where in told or notice.where.rpartition(".")[2] in silent:
            continue
        told.add(notice.where)
        yield BannerLine(
            ServiceState.DEGRADED,
            (f"{shortened(notice.where, _NAME)} has a problem",),
            (shortened(notice.text, _WHY),),
            Link("build", "/build/"),
        )


def _all_well(findings: Findings, sources: tuple[SourceRow, ...]) -> BannerLine:
    record = findings.build.record
    counts = (
        (len(findings.availability.services), "service"),
        (len(findings.availability.objectives), "objective"),
        (len(sources), "source"),
    )
    watched = joined([count(number, one) for number, one in counts if number])
    took: Sentence = ()
    if not (findings.build.so_far or record.clock_fixed):
        took = ("; the last build took ", Quantity(record.took, "seconds"))
    title = "this build so far" if findings.build.so_far else f"build {record.generation}"
    return BannerLine(
        ServiceState.UP,
        ("all is well",),
        (*(watched or ("nothing is watched yet",)), *took),
        Link(title, "/build/"),
    )

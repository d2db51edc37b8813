"""The availability page: each service's uptime beside its coverage, each objective's budget, the formula in words."""

import math
from collections.abc import Iterator, Sequence
from functools import partial

from msgspec import structs

from sitegen.availability.counting import Counted
from sitegen.availability.model import Maintenance, ServiceState
from sitegen.availability.uptime import Incident
from sitegen.findings import AvailabilityFindings, BuildContext, ObjectiveFinding, ServiceFinding
from sitegen.freshness import Observed
from sitegen.output import Block
from sitegen.pages.drawn import Drawn
from sitegen.pages.fit import PageList, Slice, shortened
from sitegen.pages.views import ListView, Shell, SloPanel
from sitegen.pages.words import count, joined, numbered, service_sentence, services_sentence
from sitegen.units import Instant, Quantity, Sentence, window_label
from sitegen.visualization.model import Cell

__all__ = ["objective_panel", "service_panel", "slo_pages", "tell_maintenance"]

_INCIDENTS = 20
_TITLE, _NOTE, _NOTES = 60, 160, 2

_FORMULA = (
    "uptime = (time up + time degraded) / time observed; time without data and planned maintenance are in neither part; "
    "coverage = time observed / time that should have been observed"
)


def slo_pages(availability: AvailabilityFindings, drawn: Drawn, context: BuildContext) -> PageList:
    """Return `/slo/`, and `/slo/2/` and so on where one page does not hold all services and objectives."""
    panels = [
        *(service_panel(one, drawn.bars[one.status.id]) for one in availability.services),
        *(objective_panel(one, drawn.burndowns[one.report.slo.id]) for one in availability.objectives),
    ]
    planned = tell_maintenance(availability.maintenance, availability.counted_to or context.stable_until)
    return PageList(
        path="/slo/",
        template="slo.mako",
        compose=partial(_view, _shell(availability, context)),
        blocks=(
            *(Block("panels", "panel", panel, anchor=panel.id) for panel in _say_once(panels)),
            *(Block("maintenance", "item", sentence) for sentence in planned),
        ),
    )


def _view(shell: Shell, page: Slice) -> ListView:
    return ListView(numbered(shell, page.number), page.links)


def _shell(availability: AvailabilityFindings, context: BuildContext) -> Shell:
    return Shell(
        title="slo",
        prompt="sitegen slo --explain",
        sentence=(
            *services_sentence(availability.statuses),
            "; ",
            *joined([count(len(availability.objectives), "objective")]),
            ".",
        ),
        section="slo",
        # On a young site the first cycle counts in full before it is over; the page is not of the future for that.
        made_at=Instant(min(availability.counted_to or context.stable_until, context.now)),
        description="Uptime beside its coverage, error budgets and burn rates, with the arithmetic in words.",
    )


def _say_once(panels: Sequence[SloPanel]) -> Iterator[SloPanel]:
    """Yield the panels; a formula stands where it is said first."""
    said: set[Sentence] = set()
    for panel in panels:
        yield structs.replace(
            panel,
            title=shortened(panel.title, _TITLE),
            formula=() if panel.formula in said else panel.formula,
            notes=tuple(shortened(note, _NOTE) for note in panel.notes[:_NOTES]),
        )
        said.add(panel.formula)


def service_panel(service: ServiceFinding, bars: str) -> SloPanel:
    """Return a service's state and availability in words; `bars` is the drawing of its days.

    The days of a certificate are whole ones, so that the page changes once a day.
    """
    status = service.status
    facts: list[tuple[str, Cell]] = [
        (
            window_label(one.window),
            (Quantity(one.ratio, "ratio"), " (coverage ", Quantity(one.coverage, "ratio"), ")"),
        )
        for one in service.uptimes
    ]
    found = service.incidents
    downs = sum(incident.state is ServiceState.DOWN for incident in found)
    why = (f": {shortened(status.message, _NOTE)}",) if status.message else ()
    certificate: Sentence = ()
    if service.certificate_days is not None:
        left = max(0, math.floor(service.certificate_days))
        certificate = ("certificate: ", *count(left, "day"), " left; ")
    return SloPanel(
        id=f"service-{status.id}",
        title=status.title,
        sentence=(
            *(*service_sentence(status), *why, "; ", *certificate),
            *joined([count(len(found), "incident"), count(downs, "of them down", "of them down")]),
            " in what is known; each bar is a day.",
        ),
        bars=bars,
        facts=tuple(facts),
        incidents=tuple(_tell(incident) for incident in reversed(found[-_INCIDENTS:])),
        formula=(_FORMULA,),
    )


def _tell(incident: Incident) -> Sentence:
    start: Sentence = (f"{incident.state} from ", Instant(incident.start))
    if incident.end is None:
        return (*start, ", and still")
    return (
        *start,
        " to ",
        Instant(incident.end),
        " (",
        Quantity(incident.end - incident.start, "seconds"),
        ")",
    )


def objective_panel(objective: ObjectiveFinding, burndown: str) -> SloPanel:
    """Return in words how an objective is met; of one over counters also how old its numbers are, and what they lack.

    `burndown` is the drawing of its budget over its window, "" where only the present is known.
    """
    report, counted = objective.report, objective.counted
    slo = report.slo
    facts: list[tuple[str, Cell]] = [
        ("objective", (Quantity(slo.target, "ratio"), f" over {window_label(slo.window)}")),
        ("attained", Quantity(report.attained, "ratio")),
        (
            "budget left",
            (Quantity(report.budget_left, report.unit), " (", Quantity(report.left_ratio, "ratio"), ")"),
        ),
        ("coverage", Quantity(report.coverage, "ratio")),
        ("error budget", Quantity(report.budget_total, report.unit)),
        ("budget used", Quantity(report.budget_used, report.unit)),
    ]
    facts += [(f"burn rate {window_label(burn.window)}", Quantity(burn.rate)) for burn in report.burn_rates]
    met = "no data" if report.attained is None else "met" if report.attained >= slo.target else "missed"
    return SloPanel(
        id=f"slo-{slo.id}",
        title=slo.title,
        sentence=(
            f"{'○' if report.attained is None else '●' if met == 'met' else '✖'} {met}",
            *(_tell_age(counted) if counted else ()),
            *(
                (f"; the line is the error budget left over {window_label(slo.window)}, the red one is zero",)
                if burndown
                else ()
            ),
        ),
        bars=burndown,
        facts=tuple(facts),
        incidents=(),
        formula=report.formula,
        notes=_tell_lacks(counted) if counted else (),
    )


def _tell_age(counted: Observed[Counted]) -> Sentence:
    """Return when numbers were fetched that are not of this cycle."""
    if not counted.problems or counted.taken_at is None:
        return ()
    return (f"; last known numbers, {counted.status}, fetched ", Instant(counted.taken_at))


def _tell_lacks(counted: Observed[Counted]) -> tuple[str, ...]:
    remarks = counted.value.remarks if counted.value else ()
    return (*(problem.message for problem in counted.problems), *remarks)


def tell_maintenance(planned: Sequence[Maintenance], now: float) -> tuple[Sentence, ...]:
    """Return planned times that are not over, and those of the last 30 days."""
    shown = [window for window in planned if window.end > now - 30 * 86_400]
    return tuple(
        (
            f"{shortened(window.title, _TITLE)}: ",
            Instant(window.start),
            " to ",
            Instant(window.end),
            f" ({shortened(', '.join(window.probes) or 'all services', _NOTE)})",
        )
        for window in sorted(shown, key=lambda window: window.start, reverse=True)
    )

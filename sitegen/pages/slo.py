"""The availability page: objectives with their budgets, the days of all services, incidents, the arithmetic in words."""

import math
from collections.abc import Sequence
from functools import partial

from msgspec import structs

from sitegen.availability.counting import Counted
from sitegen.availability.evidence import Evidence
from sitegen.availability.model import Maintenance, ServiceState
from sitegen.availability.slo import BURN_ALERTS, BurnRate
from sitegen.availability.uptime import Incident
from sitegen.findings import AvailabilityFindings, BuildContext, ObjectiveFinding, ServiceFinding
from sitegen.freshness import Observed
from sitegen.output import Block
from sitegen.pages.drawn import Drawn
from sitegen.pages.fit import PageList, Slice, shortened
from sitegen.pages.views import Burn, IncidentRow, ObjectivePanel, OwnSite, ServiceDays, Shell, SloView
from sitegen.pages.words import attained_of, count, joined, numbered, services_sentence
from sitegen.units import DAY, Instant, Quantity, Sentence, even, floor_percent, window_label, zone_of
from sitegen.visualization.generator import draw_gauge, draw_lanes, draw_months
from sitegen.visualization.model import Cell, Lane, Segment
from sitegen.visualization.primitives.scales import time_ticks

_INCIDENTS = 1_000
"""How many are told at most, the latest: one that flaps with every cycle would take hundreds of pages."""
_TITLE, _NOTE, _NOTES = 60, 160, 2
_OWN, _MONTH = 2, 30 * DAY
_SHOWN, _LEAST = 90 * DAY, 0.004
"""How far the time line of incidents reaches back, and which share of it a short one is drawn with."""
_CLASSES = {ServiceState.DOWN: "lf", ServiceState.DEGRADED: "w", ServiceState.MAINTENANCE: "m"}

_RULE = "SRE workbook, chapter 5: multiwindow burn rates"
_FORMULA = (
    "uptime = (time up + time degraded) / time observed; time without data and planned maintenance are in neither part; "
    "coverage = time observed / time that should have been observed"
)


def slo_pages(availability: AvailabilityFindings, drawn: Drawn, context: BuildContext) -> PageList:
    """Return `/slo/`, and `/slo/2/` and so on where one page does not hold all objectives, services and incidents."""
    counted_to = availability.counted_to or context.stable_until
    planned = tell_maintenance(availability.maintenance, counted_to)
    told = _incidents(availability.services)
    return PageList(
        path="/slo/",
        template="slo.mako",
        compose=partial(_view, _whole(availability, told, context)),
        blocks=(
            *(
                Block(
                    "objectives",
                    "objective",
                    objective_panel(one, drawn.burndowns[one.report.slo.id]),
                    anchor=f"slo-{one.report.slo.id}",
                )
                for one in availability.objectives
            ),
            *(
                Block(
                    "days",
                    "days",
                    service_days(one, drawn.bars[one.status.id]),
                    anchor=f"service-{one.status.id}",
                )
                for one in availability.services
            ),
            *(Block("maintenance", "item", sentence) for sentence in planned),
            *(Block("incidents", "incident", row) for row in told[:_INCIDENTS]),
        ),
    )


def _view(whole: SloView, page: Slice) -> SloView:
    """Return a page of the list; what is drawn of all incidents stands before the first of them."""
    shell = numbered(whole.shell, page.number)
    incidents = [block.value for block in page.shown if block.group == "incidents"]
    begins = incidents and incidents[0].number == whole.latest
    return structs.replace(
        whole,
        shell=shell,
        pages=page.links,
        timeline=whole.timeline if begins else "",
        own=whole.own if page.number == 1 else (),
    )


def _whole(availability: AvailabilityFindings, told: Sequence[IncidentRow], context: BuildContext) -> SloView:
    # On a young site the first cycle counts in full before it is over; the page is not of the future for that.
    until = min(availability.counted_to or context.stable_until, context.now)
    windows = [one.window for service in availability.services[:1] for one in service.uptimes]
    down = sum(row.lasted.value or 0.0 for row in told if row.state is ServiceState.DOWN)
    return SloView(
        shell=Shell(
            title="slo",
            prompt="sitegen slo --explain",
            sentence=_sentence(availability),
            section="slo",
            made_at=Instant(until),
            description="What was promised, what was kept, what is left to spend.",
        ),
        pages=(),
        windows=tuple(window_label(window) for window in windows),
        months=draw_months(until, zone_of(context.timezone)),
        timeline=_draw_incidents(availability.services, until),
        latest=told[0].number if told else 0,
        summary=(*count(len(told), "incident"), " · down ", Quantity(down, "seconds"), " in all"),
        earlier=("and ", *count(len(told) - _INCIDENTS, "earlier one")) if len(told) > _INCIDENTS else (),
        formula=f"{_FORMULA} The days of the bars begin at midnight in {context.timezone}.",
        own=tuple(own_site(one, one.evidence) for one in availability.services if one.evidence)[:_OWN],
    )


def own_site(service: ServiceFinding, evidence: Evidence) -> OwnSite:
    """Return how available this very site is, and no more of it than the probes prove."""
    month = next(one for one in service.uptimes if one.window == _MONTH)
    goal, budget = Quantity(evidence.target, "ratio"), (1.0 - evidence.target) * _MONTH
    missing, needed = (
        max(0, evidence.needed - evidence.probes),
        Quantity(evidence.needed, shown=f"{evidence.needed:,}"),
    )
    rest: Sentence = (", ", Quantity(missing), " to go") if missing else (": done",)
    facts: list[tuple[str, Cell]] = [
        ("measured", (_floored(evidence.measured), " of ", *count(evidence.probes, "probe"))),
        ("failed", Quantity(evidence.failures)),
        ("proven", ("at least ", _floored(evidence.proven), ", with 95 % confidence")),
        ("budget of 30 days", (Quantity(budget, "seconds"), " at ", goal)),
        ("used", (Quantity(month.down, "seconds"), " (", Quantity(month.down / budget, "ratio"), ")")),
        ("to prove it", (needed, " probes", *rest)),
    ]
    formula: Sentence = (
        ("Measured are the probes of the last year, up to one a cycle. Proven is the least availability under which so few "
        "failures would still happen once in twenty times (Clopper and Pearson, one-sided). "), goal, " of 30 days leaves ",
        Quantity(budget, "seconds"), "; to prove it takes ", needed, (" probes, with no failure but those "
        "there were. No provider promises it: it is measured here, and claimed only once it is proven."),
    )  # fmt: skip
    return OwnSite(shortened(service.status.title, _TITLE), tuple(facts), formula)


def _floored(ratio: float | None) -> Quantity:
    """Return a share that is never written larger than it is: of 98.96 % no 99 % is claimed."""
    if ratio is None or ratio >= 0.99:
        return Quantity(ratio, "ratio")
    return Quantity(ratio, "ratio", floor_percent(ratio, 1))


def _sentence(availability: AvailabilityFindings) -> Sentence:
    verdicts = [_verdict(one)[0] for one in availability.objectives]
    said = [
        (f"{glyph} ", Quantity(verdicts.count(word)), f" {word}")
        for word, (glyph, *_) in _VERDICTS.items()
        if word in verdicts
    ]
    objectives = ("; objectives: ", *joined(said)) if said else ()
    return (*services_sentence(availability.statuses), *objectives)


_VERDICTS = {"met": ("●", "up", "ok"), "missed": ("✖", "down", "c"), "no data": ("○", "none", "u")}


def _verdict(objective: ObjectiveFinding) -> tuple[str, str, str, str]:
    """Return whether an objective is met, with its glyph, the class of its words and that of its marks."""
    met = {None: "no data", True: "met", False: "missed"}[objective.report.is_met]
    return met, *_VERDICTS[met]


def service_days(service: ServiceFinding, bars: str) -> ServiceDays:
    """Return a service's state and availability; `bars` is the drawing of its days.

    The days of a certificate are whole ones, so that the page changes once a day.
    """
    status = service.status
    said: Sentence = ("since ", Instant(status.since)) if status.since is not None else ()
    if status.reason:
        said = (*said, ": ", shortened(status.reason, _NOTE))
    if service.certificate_days is not None:
        left = max(0, math.floor(service.certificate_days))
        said = (*said, "; " if said else "", "certificate: ", *count(left, "day"), " left")
    if status.url:
        said = (*said, "; " if said else "", shortened(status.url, _NOTE))
    return ServiceDays(
        id=f"service-{status.id}",
        title=shortened(status.title, _TITLE),
        state=status.state,
        said=said,
        bars=bars,
        uptimes=tuple(
            (Quantity(one.ratio, "availability"), Quantity(one.coverage, "availability"))
            for one in service.uptimes
        ),
    )


def _incidents(services: Sequence[ServiceFinding]) -> tuple[IncidentRow, ...]:
    """Return what happened to all services, latest first; numbers count from the first there is."""
    found = sorted(
        ((incident, service) for service in services for incident in service.incidents),
        key=lambda entry: (entry[0].start, entry[1].status.id),
    )
    rows = [_incident(number, *entry) for number, entry in enumerate(found, 1)]
    return tuple(reversed(rows))


def _incident(number: int, incident: Incident, service: ServiceFinding) -> IncidentRow:
    end, status = incident.end, service.status
    return IncidentRow(
        number=number,
        title=shortened(status.title, _TITLE),
        state=incident.state,
        start=Instant(incident.start),
        end=None if end is None else Instant(end),
        lasted=Quantity(None if end is None else end - incident.start, "seconds"),
    )


def _draw_incidents(services: Sequence[ServiceFinding], until: float) -> str:
    """Draw a lane to each service that had an incident, over up to 90 days; "" where there was none."""
    marked = [service for service in services if service.incidents]
    if not marked:
        return ""
    first = min(service.incidents[0].start for service in marked)
    begin = max(until - _SHOWN, min(first, until - DAY))
    span = max(1.0, until - begin)
    lanes = [
        Lane(
            service.status.title,
            tuple(_segment(one, begin, span) for one in service.incidents if (one.end or until) > begin),
        )
        for service in marked
    ]
    return draw_lanes(lanes, span, time_ticks(begin, until))


def _segment(incident: Incident, begin: float, span: float) -> Segment:
    start = max(0.0, incident.start - begin)
    end = span if incident.end is None else min(span, max(incident.end - begin, start + span * _LEAST))
    return Segment(start, end, _CLASSES.get(incident.state, "u"))


def objective_panel(objective: ObjectiveFinding, burndown: str) -> ObjectivePanel:
    """Return how an objective is met; of one over counters also how old its numbers are, and what they lack.

    `burndown` is the drawing of its budget over its window, "" where only the present is known.
    """
    report, counted = objective.report, objective.counted
    slo = report.slo
    word, glyph, words, css = _verdict(objective)
    notes = _tell_lacks(counted) if counted else ()
    attained, of, target = attained_of(report.attained, slo.target)
    facts: list[tuple[str, Cell]] = [
        ("objective", (Quantity(slo.target, "ratio"), f" over {window_label(slo.window)}")),
        ("attained", attained),
        ("budget left", (Quantity(report.budget_left, report.unit), " (", Quantity(report.left_ratio, "ratio"), ")")),
        ("coverage", Quantity(report.coverage, "availability")),
        ("error budget", Quantity(report.budget_total, report.unit)),
        ("budget used", Quantity(report.budget_used, report.unit)),
    ]  # fmt: skip
    if report.alert:
        facts.append(("alert", f"{report.alert} ({_RULE})"))
    facts += [(f"burn rate {window_label(burn.window)}", Quantity(burn.rate)) for burn in report.burn_rates]
    return ObjectivePanel(
        id=f"slo-{slo.id}",
        title=shortened(slo.title, _TITLE),
        verdict=f"{glyph} {word}{', partial' if any(one.startswith('partial') for one in notes) else ''}",
        words=words,
        css=css,
        attained=attained,
        target=(of, target, f" in {window_label(slo.window)}"),
        budget=_tell_budget(objective),
        burndown=burndown,
        burns=tuple(map(_burn, report.burn_rates, even([Quantity(one.rate) for one in report.burn_rates]))),
        facts=tuple(facts),
        formula=report.formula,
        age=_tell_age(counted) if counted else (),
        notes=tuple(shortened(note, _NOTE) for note in notes[:_NOTES]),
    )


def _tell_budget(objective: ObjectiveFinding) -> Sentence:
    """Return what is left of the budget, in time or requests, and how much of the window was observed."""
    report = objective.report
    seen: Sentence = (
        ("coverage ", Quantity(report.coverage, "availability")) if report.coverage is not None else ()
    )
    if report.budget_left is None:
        return seen
    left = Quantity(abs(report.budget_left), report.unit)
    share: Sentence = (Quantity(report.left_ratio, "ratio"), ", ") if report.left_ratio is not None else ()
    said: Sentence = ("budget left ", *share, left, " over" if report.budget_left < 0 else "")
    return (*said, " · ", *seen) if seen else said


def _burn(burn: BurnRate, told: Quantity) -> Burn:
    """Return how fast a budget burns over a window: above 1 it does not last, above its alert someone is called."""
    rate, alert = burn.rate, BURN_ALERTS[burn.window]
    glyph, css = (
        ("○", "u")
        if rate is None
        else ("✖", "c")
        if rate >= alert
        else ("▲", "w")
        if rate > 1
        else ("●", "ok")
    )
    return Burn(window_label(burn.window), draw_gauge(rate or 0.0, alert, css), told, glyph, css)


def _tell_age(counted: Observed[Counted]) -> Sentence:
    """Return when numbers were fetched that are not of this cycle."""
    if not counted.notices or counted.taken_at is None:
        return ()
    return (f"last known numbers, {counted.status}, fetched ", Instant(counted.taken_at))


def _tell_lacks(counted: Observed[Counted]) -> tuple[str, ...]:
    lacks = counted.value.lacks if counted.value else ()
    return (*dict.fromkeys(notice.text for notice in counted.notices), *lacks)


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

"""The availability page: each service's uptime beside its coverage, each objective's budget, the formula in words."""

import math
from collections.abc import Sequence

from msgspec import structs

from sitegen.availability.counting import Counted
from sitegen.availability.model import Maintenance, ServiceState
from sitegen.availability.uptime import Incident
from sitegen.findings import AvailabilityFindings, BuildContext, ObjectiveFinding, ServiceFinding
from sitegen.freshness import Observed
from sitegen.output import Page
from sitegen.pages.drafts import draft_cell, draft_facts, draft_notes, draft_shell, draft_tabs
from sitegen.pages.drawn import Drawn
from sitegen.pages.fit import SLO, shortened
from sitegen.pages.views import Shell, SloPanel, SloView
from sitegen.pages.words import count, joined, page_links, service_sentence, services_sentence
from sitegen.units import Instant, Quantity, Sentence, window_label
from sitegen.visualization.model import Cell

__all__ = ["objective_panel", "service_panel", "slo_pages", "tell_maintenance"]

_INCIDENTS = 20
_Level = tuple[int, int, int, bool]
_LEVELS: tuple[_Level, ...] = (
    (9, 20, 8, True),
    (9, 5, 5, True),
    (4, 3, 4, True),
    (3, 1, 3, False),
    (2, 0, 2, False),
)
"""How many facts and incidents of each panel and how many maintenances are shown, and whether every formula is."""
_PAGED: _Level = (3, 2, 3, False)
"""The same, where it takes several pages anyway."""
_TITLE, _NOTE, _NOTES = 60, 160, 2

_FORMULA = (
    "uptime = (time up + time degraded) / time observed; time without data and planned maintenance are in neither part; "
    "coverage = time observed / time that should have been observed"
)


def slo_pages(availability: AvailabilityFindings, drawn: Drawn, context: BuildContext) -> tuple[Page, ...]:
    """Give `/slo/`, with less of each service the more there are, and `/slo/2/` where that is not enough."""
    own = [service_panel(one, drawn.bars[one.status.id]) for one in availability.services]
    objectives = [objective_panel(one, drawn.burndowns[one.report.slo.id]) for one in availability.objectives]
    panels = (*own, *objectives)
    counted_to = availability.counted_to or context.stable_until
    maintenance = tell_maintenance(availability.maintenance, counted_to)

    def view(shown: Sequence[SloPanel], level: _Level, here: int, pages: int) -> SloView:
        links = page_links("/slo/", pages)
        facts, incidents, planned, every = level
        cut = _cut(shown, facts, incidents, every=every)
        return SloView(
            shell=_shell(availability, context, here + 1),
            services=tuple(panel for panel in cut if panel.id in services),
            objectives=tuple(panel for panel in cut if panel.id not in services),
            maintenance=maintenance[:planned] if here == 0 else (),
            pages=tuple((link, number == here) for number, link in enumerate(links)),
        )

    services = {panel.id for panel in own}
    for level in _LEVELS:
        whole = view(panels, level, 0, 1)
        if SLO.holds(_draft(whole)):
            return (_page(whole),)
    chunks = SLO.fill(panels, len(panels), lambda pages, shown: _draft(view(shown, _PAGED, 0, pages)))
    return tuple(_page(view(chunk, _PAGED, here, len(chunks))) for here, chunk in enumerate(chunks))


def _page(view: SloView) -> Page:
    path = next((link.path for link, here in view.pages if here), "/slo/")
    return Page(path, "slo.mako", view)


def _shell(availability: AvailabilityFindings, context: BuildContext, number: int) -> Shell:
    return Shell(
        title="slo" if number == 1 else f"slo, page {number}",
        prompt="sitegen slo --explain" + (f" --page {number}" if number > 1 else ""),
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


def _cut(panels: Sequence[SloPanel], facts: int, incidents: int, *, every: bool) -> tuple[SloPanel, ...]:
    """Keep so many facts and incidents of each; a formula stands where it is said first, or once a kind."""
    said: set[object] = set()
    cut = []
    for panel in panels:
        key = panel.formula if every else panel.id.partition("-")[0]
        cut.append(
            structs.replace(
                panel,
                title=shortened(panel.title, _TITLE),
                facts=panel.facts[:facts],
                incidents=panel.incidents[:incidents],
                formula=() if key in said else panel.formula,
                notes=tuple(shortened(note, _NOTE) for note in panel.notes[:_NOTES]),
            )
        )
        said.add(key)
    return tuple(cut)


def _draft(view: SloView) -> str:
    panels = "".join(map(_draft_panel, (*view.services, *view.objectives)))
    planned = "".join(f"<li>{draft_cell(sentence)}</li>" for sentence in view.maintenance)
    maintenance = f"<section><h2>maintenance</h2><ul>{planned}</ul></section>" if planned else ""
    return f"{draft_shell(view.shell)}<div>{panels}{maintenance}</div>{draft_tabs(view.pages)}"


def _draft_panel(panel: SloPanel) -> str:
    incidents = "".join(f"<li>{draft_cell(incident)}</li>" for incident in panel.incidents)
    return (
        f'<section aria-labelledby="{panel.id}"><h2 id="{panel.id}">{draft_cell(panel.title)}</h2>'
        f"<p>{draft_cell(panel.sentence)}</p>{draft_notes(panel.notes)}{panel.bars}{draft_facts(panel.facts)}"
        + (f"<p>{draft_cell(panel.formula)}</p>" if panel.formula else "")
        + (f"<details><summary>incidents</summary><ul>{incidents}</ul></details>" if incidents else "")
        + "</section>"
    )


def service_panel(service: ServiceFinding, bars: str) -> SloPanel:
    """Put a service's state and availability into words; `bars` is the drawing of its days.

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
    """Tell how an objective is met; of one over counters also how old its numbers are, and what they lack.

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
    """Say when numbers were fetched that are not of this cycle."""
    if not counted.problems or counted.taken_at is None:
        return ()
    return (f"; last known numbers, {counted.status}, fetched ", Instant(counted.taken_at))


def _tell_lacks(counted: Observed[Counted]) -> tuple[str, ...]:
    remarks = counted.value.remarks if counted.value else ()
    return (*(problem.message for problem in counted.problems), *remarks)


def tell_maintenance(planned: Sequence[Maintenance], now: float) -> tuple[Sentence, ...]:
    """Tell planned times that are not over, and those of the last 30 days."""
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

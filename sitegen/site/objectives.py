"""The availability page: each service's uptime beside its coverage, each objective's budget, the formula in words."""

from collections.abc import Sequence

from sitegen.availability.model import Interval, Maintenance, ServiceState
from sitegen.availability.slo import SloReport
from sitegen.availability.uptime import Incident, days, incidents, uptimes
from sitegen.site.findings import AvailabilityFindings, Moment
from sitegen.site.model import Page, PageKind
from sitegen.site.views import Shell, SloPanel, SloView
from sitegen.site.words import count, joined, services_sentence
from sitegen.units import Instant, Quantity, Sentence, window_label
from sitegen.visualization.generator import draw_uptime
from sitegen.visualization.model import Cell

__all__ = ["objective_panel", "service_panel", "slo_page", "tell_maintenance"]

_INCIDENTS = 20

_FORMULA = (
    "uptime = (time up + time degraded) / time observed; time without data and planned maintenance are in neither part; "
    "coverage = time observed / time that should have been observed"
)


def slo_page(availability: AvailabilityFindings, moment: Moment) -> Page:
    """Give `/slo/`."""
    view = SloView(
        shell=Shell(
            title="slo",
            prompt="sitegen slo --explain",
            sentence=(
                *services_sentence(availability.services),
                "; ",
                *joined([count(len(availability.objectives), "objective")]),
                ".",
            ),
            section="slo",
            made_at=Instant(availability.made_at or moment.calm),
            description="Uptime beside its coverage, error budgets and burn rates, with the arithmetic in words.",
        ),
        services=availability.panels,
        objectives=availability.objectives,
        maintenance=availability.maintenance,
    )
    return Page("/slo/", "slo.mako", view, PageKind.HUB)


def service_panel(
    identity: str, title: str, intervals: Sequence[Interval], now: float, notes: tuple[str, ...] = ()
) -> SloPanel:
    """Tell one service's availability up to `now` (POSIX seconds) from its intervals, oldest first."""
    facts: list[tuple[str, Cell]] = [
        (
            window_label(one.window),
            (Quantity(one.ratio, "ratio"), " (coverage ", Quantity(one.coverage, "ratio"), ")"),
        )
        for one in uptimes(intervals, now)
    ]
    found = incidents(intervals, now)
    downs = sum(incident.state is ServiceState.DOWN for incident in found)
    return SloPanel(
        id=f"service-{identity}",
        title=title,
        sentence=(
            *joined([count(len(found), "incident"), count(downs, "of them down", "of them down")]),
            " in what is known; each bar is a day.",
        ),
        bars=draw_uptime(days(intervals, now)),
        facts=tuple(facts),
        incidents=tuple(_tell(incident) for incident in reversed(found[-_INCIDENTS:])),
        formula=(_FORMULA,),
        notes=notes,
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


def objective_panel(report: SloReport, bars: str) -> SloPanel:
    """Tell how an objective is met."""
    slo = report.slo
    facts: list[tuple[str, Cell]] = [
        ("objective", (Quantity(slo.target, "ratio"), f" over {window_label(slo.window)}")),
        ("attained", Quantity(report.attained, "ratio")),
        ("coverage", Quantity(report.coverage, "ratio")),
        ("error budget", Quantity(report.budget_total, report.unit)),
        ("budget used", Quantity(report.budget_used, report.unit)),
        (
            "budget left",
            (Quantity(report.budget_left, report.unit), " (", Quantity(report.left_ratio, "ratio"), ")"),
        ),
    ]
    facts += [(f"burn rate {window_label(burn.window)}", Quantity(burn.rate)) for burn in report.burn_rates]
    met = "no data" if report.attained is None else "met" if report.attained >= slo.target else "missed"
    return SloPanel(
        id=f"slo-{slo.id}",
        title=slo.title,
        sentence=(f"{'○' if report.attained is None else '●' if met == 'met' else '✖'} {met}",),
        bars=bars,
        facts=tuple(facts),
        incidents=(),
        formula=report.formula,
    )


def tell_maintenance(planned: Sequence[Maintenance], now: float) -> tuple[Sentence, ...]:
    """Tell planned times that are not over, and those of the last 30 days."""
    shown = [window for window in planned if window.end > now - 30 * 86_400]
    return tuple(
        (
            f"{window.title}: ",
            Instant(window.start),
            " to ",
            Instant(window.end),
            f" ({', '.join(window.probes) or 'all services'})",
        )
        for window in sorted(shown, key=lambda window: window.start, reverse=True)
    )

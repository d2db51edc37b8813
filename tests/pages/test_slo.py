from dataclasses import replace

import pytest
from msgspec.structs import replace as replace_fields
from sitegen.availability.counting import Counted, Counts
from sitegen.availability.model import Interval, Maintenance, ServiceState, ServiceStatus, Slo
from sitegen.availability.slo import slo_from_counts, slo_from_intervals
from sitegen.errors import Problem
from sitegen.findings import AvailabilityFindings, ObjectiveFinding
from sitegen.freshness import Freshness, Observed
from sitegen.pages.slo import objective_panel, service_panel, slo_pages, tell_maintenance
from sitegen.units import Quantity, plain
from tests.pages.samples import (
    CONTEXT,
    NOW,
    Maker,
    Size,
    drawn_of,
    excesses,
    findings_of,
    made,
    service_of,
)

DAY = 86_400.0
API = ServiceStatus("api", "API", ServiceState.UP, NOW - 3600)
UP = [Interval(NOW - 90 * DAY, NOW, ServiceState.UP)]


def pages_of(**changes):
    found = findings_of(availability=Maker(replace(Size(), **changes)).availability())
    return made([slo_pages(found.availability, drawn_of(found), CONTEXT)])


def panels_of(page, kind):
    return [panel for panel in page.values("panels") if panel.id.startswith(kind)]


def test_a_service_tells_its_uptime_beside_its_coverage_and_the_formula():
    panel = service_panel(service_of(API, UP), "")
    facts = dict(panel.facts)
    assert list(facts) == ["24h", "7d", "30d", "90d", "365d"]
    assert plain(facts["30d"]) == "100 % (coverage 100 %)"
    assert plain(facts["365d"]).startswith("100 % (coverage 24.7 %")
    assert "uptime = (time up + time degraded) / time observed" in plain(panel.formula)
    assert panel.id == "service-api"


def test_incidents_are_told_newest_first_and_one_that_lasts_has_no_end():
    down = [
        Interval(NOW - 900, NOW - 600, ServiceState.DOWN),
        Interval(NOW - 600, NOW - 300, ServiceState.UP),
        Interval(NOW - 300, NOW, ServiceState.DEGRADED),
    ]
    panel = service_panel(service_of(API, down), "")
    assert [plain(incident) for incident in panel.incidents] == [
        "degraded from 2026-11-23 07:38:30 UTC, and still",
        "down from 2026-11-23 07:28:30 UTC to 2026-11-23 07:33:30 UTC (5 min)",
    ]
    assert plain(panel.sentence).endswith(
        "; 2 incidents, 1 of them down in what is known; each bar is a day."
    )


def test_an_incident_is_told_as_it_stands_though_the_uptime_is_counted_to_an_earlier_instant():
    seen = [
        Interval(NOW - 600, NOW - 30, ServiceState.UP),
        Interval(NOW - 30, NOW + 60, ServiceState.DOWN),
        Interval(NOW + 60, NOW + 90, ServiceState.UP),
    ]
    panel = service_panel(service_of(API, seen), "")
    [incident] = panel.incidents
    assert plain(incident).endswith("to 2026-11-23 07:44:30 UTC (1 min 30 s)")
    assert dict(panel.facts)["24h"][0].value == pytest.approx(570 / 600)
    [incident] = service_panel(service_of(API, seen[:2]), "").incidents
    assert plain(incident).endswith("and still")


def test_a_service_tells_its_state_and_why_it_is_so_and_how_long_its_certificate_is_good_for():
    status = replace_fields(API, state=ServiceState.DEGRADED, message="API answered more slowly than in 1 s")
    panel = service_panel(service_of(status, UP, 61.9), "")
    assert plain(panel.sentence).startswith(
        "▲ degraded since 2026-11-23 06:43:30 UTC: API answered more slowly than in 1 s; certificate: 61 days left; 0"
    )
    assert plain(service_panel(service_of(API, UP), "").sentence).startswith(
        "● up since 2026-11-23 06:43:30 UTC; 0 inc"
    )


def test_numbers_that_were_kept_say_their_class_and_when_they_were_fetched():
    counted = Counted({}, 0.5, ("the good query gave no series",))
    report = slo_from_counts(Slo("o", "O", good="g", total="t"), counted.windows, counted.coverage)
    kept = Observed(counted, NOW - 600, Freshness.STALE, (Problem("metrics.p", "p refuses connections"),))
    panel = objective_panel(ObjectiveFinding(report, (), kept), "")
    assert plain(panel.sentence) == "○ no data; last known numbers, stale, fetched 2026-11-23 07:33:30 UTC"
    assert panel.notes == ("p refuses connections", "the good query gave no series")
    assert dict(panel.facts)["coverage"] == Quantity(0.5, "ratio")
    fresh = objective_panel(ObjectiveFinding(report, (), Observed(counted, NOW, Freshness.FRESH)), "")
    assert plain(fresh.sentence) == "○ no data"


@pytest.mark.parametrize(
    ("state", "said"),
    [(ServiceState.UP, "● met"), (ServiceState.DOWN, "✖ missed"), (ServiceState.NO_DATA, "○ no data")],
)
def test_an_objective_says_whether_it_is_met(state, said):
    report = slo_from_intervals(Slo("o", "O", probe="api"), [Interval(NOW - DAY, NOW, state)], NOW)
    panel = objective_panel(ObjectiveFinding(report), "")
    assert plain(panel.sentence) == said


def test_an_objective_tells_its_budget_and_its_burn_rates():
    windows = (30 * DAY, 3600.0, 21_600.0, 3 * DAY)
    report = slo_from_counts(
        Slo("o", "O", 0.99, good="g", total="t"), dict.fromkeys(windows, Counts(9_950.0, 10_000.0))
    )
    facts = dict(objective_panel(ObjectiveFinding(report), "").facts)
    assert facts["attained"] == Quantity(0.995, "ratio")
    assert facts["error budget"].value == pytest.approx(100)
    assert facts["budget used"].value == pytest.approx(50)
    assert facts["budget left"][0].value == pytest.approx(50)
    assert facts["burn rate 1h"].value == pytest.approx(0.5)


def test_one_service_is_told_in_full():
    (page,) = pages_of(services=1, objectives=1, incidents=2)
    (service,), (objective,) = panels_of(page, "service"), panels_of(page, "slo")
    assert (len(service.facts), len(objective.facts)) == (5, 9)
    assert service.formula
    assert objective.formula


def test_twelve_services_stand_on_one_page_with_the_formula_said_once():
    (page,) = pages_of(services=12, objectives=0, incidents=2)
    panels = panels_of(page, "service")
    assert (page.path, len(panels)) == ("/slo/", 12)
    assert [bool(panel.formula) for panel in panels] == [True] + [False] * 11
    assert all(len(panel.facts) == 5 for panel in panels)
    assert excesses([page]) == []
    assert page.text.count("time observed; time without data") == 1


@pytest.mark.parametrize("services", [13, 60])
def test_more_services_take_further_pages_and_none_is_lost(services):
    pages = pages_of(services=services, objectives=9, incidents=6)
    assert [page.path for page in pages] == ["/slo/", *(f"/slo/{n}/" for n in range(2, len(pages) + 1))]
    shown = [panel.id for page in pages for panel in page.values("panels")]
    assert shown == [f"service-s{n}" for n in range(services)] + [f"slo-o{n}" for n in range(9)]
    assert excesses(pages) == []
    assert all(sum(here for _, here in page.view.pages) == 1 for page in pages)
    assert sum(len(page.values("maintenance")) for page in pages) == 6
    assert all(len(panel.facts) in {5, 9} for page in pages for panel in page.values("panels"))


def test_without_anything_there_is_a_page():
    (page,) = made([slo_pages(AvailabilityFindings(), drawn_of(findings_of()), CONTEXT)])
    assert plain(page.view.shell.sentence) == "○ no services yet; 0 objectives."
    assert excesses([page]) == []


def test_maintenance_is_told_from_a_month_ago_on_latest_first():
    planned = [
        Maintenance("old", NOW - 40 * DAY, NOW - 39 * DAY),
        Maintenance("past", NOW - 2 * DAY, NOW - DAY, ("api", "db")),
        Maintenance("coming", NOW + DAY, NOW + 2 * DAY),
    ]
    assert [plain(sentence) for sentence in tell_maintenance(planned, NOW)] == [
        "coming: 2026-11-24 07:43:30 UTC to 2026-11-25 07:43:30 UTC (all services)",
        "past: 2026-11-21 07:43:30 UTC to 2026-11-22 07:43:30 UTC (api, db)",
    ]

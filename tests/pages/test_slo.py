from dataclasses import replace

import pytest
from msgspec.structs import replace as replace_fields
from sitegen.availability.counting import Counted, Counts
from sitegen.availability.evidence import weigh_evidence
from sitegen.availability.model import Interval, Maintenance, ServiceState, ServiceStatus, Slo
from sitegen.availability.slo import slo_from_counts, slo_from_intervals
from sitegen.errors import Notice, Reason
from sitegen.findings import AvailabilityFindings, ObjectiveFinding
from sitegen.freshness import Freshness, Observed
from sitegen.pages.slo import objective_panel, service_days, slo_pages, tell_maintenance
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


def of(pages, group):
    return [value for page in pages for value in page.values(group)]


def test_a_service_tells_its_uptime_beside_its_coverage_in_every_window():
    row = service_days(service_of(API, UP), "")
    told = [(ratio.text, coverage.text) for ratio, coverage in row.uptimes]
    assert told[:4] == [("100.00 %", "100.00 %")] * 4
    assert told[4][1].startswith("24.65 %")
    assert row.id == "service-api"


def incidents_of(*intervals):
    found = AvailabilityFindings(services=(service_of(API, list(intervals)),), counted_to=NOW)
    pages = made([slo_pages(found, drawn_of(findings_of(availability=found)), CONTEXT)])
    return pages[0].view, of(pages, "incidents")


def test_incidents_are_told_newest_first_and_one_that_lasts_has_no_end():
    view, rows = incidents_of(
        Interval(NOW - 900, NOW - 600, ServiceState.DOWN),
        Interval(NOW - 600, NOW - 300, ServiceState.UP),
        Interval(NOW - 300, NOW, ServiceState.DEGRADED),
    )
    assert [
        (row.number, row.state, row.start.text, row.end and row.end.text, row.lasted.text) for row in rows
    ] == [
        (2, ServiceState.DEGRADED, "2026-11-23 07:38:30 UTC", None, "no data"),
        (1, ServiceState.DOWN, "2026-11-23 07:28:30 UTC", "2026-11-23 07:33:30 UTC", "5 min"),
    ]
    assert plain(view.summary) == "2 incidents · down 5 min in all"


def test_an_incident_is_told_as_it_stands_though_the_uptime_is_counted_to_an_earlier_instant():
    seen = [
        Interval(NOW - 600, NOW - 30, ServiceState.UP),
        Interval(NOW - 30, NOW + 60, ServiceState.DOWN),
        Interval(NOW + 60, NOW + 90, ServiceState.UP),
    ]
    _, [row] = incidents_of(*seen)
    assert (row.end.text, row.lasted.text) == ("2026-11-23 07:44:30 UTC", "1 min 30 s")
    assert service_days(service_of(API, seen), "").uptimes[0][0].value == pytest.approx(570 / 600)
    _, [row] = incidents_of(*seen[:2])
    assert row.end is None


def test_incidents_are_drawn_in_a_lane_for_each_service_that_had_one():
    view, _ = incidents_of(
        Interval(NOW - 2 * DAY, NOW - DAY, ServiceState.DOWN), Interval(NOW - DAY, NOW, ServiceState.UP)
    )
    assert ">API</text>" in view.timeline
    assert 'class="lf"' in view.timeline
    view, rows = incidents_of(*UP)
    assert (view.timeline, rows) == ("", [])


def test_a_service_tells_its_state_and_why_it_is_so_and_how_long_its_certificate_is_good_for():
    status = replace_fields(API, state=ServiceState.DEGRADED, reason="API answered more slowly than in 1 s")
    row = service_days(service_of(status, UP, 61.9), "")
    assert row.state is ServiceState.DEGRADED
    assert plain(row.said) == (
        "since 2026-11-23 06:43:30 UTC: API answered more slowly than in 1 s; certificate: 61 days left"
    )
    assert plain(service_days(service_of(API, UP), "").said) == "since 2026-11-23 06:43:30 UTC"


def test_numbers_that_were_kept_say_their_class_and_when_they_were_fetched():
    counted = Counted({}, 0.5, ("the good query gave no series",))
    report = slo_from_counts(Slo("o", "O", good="g", total="t"), counted.windows, counted.coverage)
    kept = Observed(counted, NOW - 600, Freshness.STALE, (Notice("metrics.p", Reason.SILENT),))
    panel = objective_panel(ObjectiveFinding(report, (), kept), "")
    assert panel.verdict == "○ no data"
    assert plain(panel.age) == "last known numbers, stale, fetched 2026-11-23 07:33:30 UTC"
    assert panel.notes == ("p does not answer", "the good query gave no series")
    assert dict(panel.facts)["coverage"] == Quantity(0.5, "availability")
    fresh = objective_panel(ObjectiveFinding(report, (), Observed(counted, NOW, Freshness.FRESH)), "")
    assert fresh.age == ()


@pytest.mark.parametrize(("good", "said"), [(990.0, "● met, partial"), (10.0, "✖ missed, partial")])
def test_an_objective_of_partial_answers_is_marked(good, said):
    lacks = ("one thing", "another", "partial: the source did not answer in full")
    counted = Counted({30 * DAY: Counts(good, 1000.0)}, 0.5, lacks)
    report = slo_from_counts(Slo("o", "O", 0.9, good="g", total="t"), counted.windows, counted.coverage)
    finding = ObjectiveFinding(report, (), Observed(counted, NOW, Freshness.FRESH))
    assert objective_panel(finding, "").verdict == said


@pytest.mark.parametrize(
    ("state", "said"),
    [(ServiceState.UP, "● met"), (ServiceState.DOWN, "✖ missed"), (ServiceState.NO_DATA, "○ no data")],
)
def test_an_objective_says_whether_it_is_met(state, said):
    report = slo_from_intervals(Slo("o", "O", probe="api"), [Interval(NOW - DAY, NOW, state)], NOW)
    panel = objective_panel(ObjectiveFinding(report), "")
    assert panel.verdict == said


def test_an_objective_tells_its_budget_and_its_burn_rates():
    windows = (30 * DAY, 3600.0, 21_600.0, 3 * DAY)
    report = slo_from_counts(
        Slo("o", "O", 0.99, good="g", total="t"), dict.fromkeys(windows, Counts(9_950.0, 10_000.0))
    )
    facts = dict(objective_panel(ObjectiveFinding(report), "").facts)
    assert facts["attained"] == Quantity(0.995, "ratio", "99.50 %")
    assert facts["error budget"].value == pytest.approx(100)
    assert facts["budget used"].value == pytest.approx(50)
    assert facts["budget left"][0].value == pytest.approx(50)
    assert facts["burn rate 1h"].value == pytest.approx(0.5)
    assert facts["alert"] == "fine (SRE workbook, chapter 5: multiwindow burn rates)"


@pytest.mark.parametrize(
    ("bad", "words", "css"),
    [(50, "budget left 50 %, 50 requests", "ok"), (150, "budget left -50 %, 50 requests over", "c")],
)
def test_an_objective_says_what_is_left_of_its_budget_or_how_far_it_is_over(bad, words, css):
    report = slo_from_counts(
        Slo("o", "O", 0.99, good="g", total="t"), {30 * DAY: Counts(10_000.0 - bad, 10_000.0)}, 0.5
    )
    panel = objective_panel(ObjectiveFinding(report), "")
    assert (plain(panel.budget), panel.css) == (f"{words} · coverage 50.00 %", css)


@pytest.mark.parametrize(("bad", "told"), [(0, ("●", "ok")), (600, ("▲", "w")), (1_500, ("✖", "c"))])
def test_a_burn_rate_is_judged_against_what_lasts_and_its_alert(bad, told):
    windows = dict.fromkeys((30 * DAY, 3600.0, 21_600.0, 3 * DAY), Counts(10_000.0 - bad, 10_000.0))
    report = slo_from_counts(Slo("o", "O", 0.99, good="g", total="t"), windows)
    [hour, *_] = objective_panel(ObjectiveFinding(report), "").burns
    assert (hour.window, hour.glyph, hour.css) == ("1h", *told)


def test_the_first_page_has_objectives_then_days_then_incidents_and_the_formula_once():
    (page,) = pages_of(services=8, objectives=4, incidents=2)
    assert (page.path, len(page.values("objectives")), len(page.values("days"))) == ("/slo/", 4, 8)
    assert excesses([page]) == []
    assert page.text.count("time observed; time without data") == 1


@pytest.mark.parametrize("services", [13, 60])
def test_more_services_take_further_pages_and_nothing_is_lost(services):
    pages = pages_of(services=services, objectives=9, incidents=6)
    assert [page.path for page in pages] == ["/slo/", *(f"/slo/{n}/" for n in range(2, len(pages) + 1))]
    assert [panel.id for panel in of(pages, "objectives")] == [f"slo-o{n}" for n in range(9)]
    assert [row.id for row in of(pages, "days")] == [f"service-s{n}" for n in range(services)]
    told = of(pages, "incidents")
    assert [row.number for row in told] == list(range(len(told), 0, -1))
    assert len(told) > services
    assert sum(bool(page.view.timeline) for page in pages) == 1
    assert excesses(pages) == []
    assert all(sum(here for _, here in page.view.pages) == 1 for page in pages)
    assert len(of(pages, "maintenance")) == 6


def test_without_anything_there_is_a_page():
    (page,) = made([slo_pages(AvailabilityFindings(), drawn_of(findings_of()), CONTEXT)])
    assert plain(page.view.shell.sentence) == "○ no services yet"
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


def own_of(probes=259_200, failures=3):
    service = replace_fields(service_of(API, UP), evidence=weigh_evidence(probes, failures, 0.99999))
    found = AvailabilityFindings(services=(service,), counted_to=NOW)
    return made([slo_pages(found, drawn_of(findings_of(availability=found)), CONTEXT)])[0].view.own


def test_of_this_very_site_it_is_told_what_was_measured_and_no_more_is_claimed_than_was_proven():
    [own] = own_of()
    told = {name: plain(cell if isinstance(cell, tuple) else (cell,)) for name, cell in own.facts}
    assert told["measured"] == "99.99884 % of 259 k probes"
    assert told["proven"] == "at least 99.997 %, with 95 % confidence"
    assert told["budget of 30 days"] == "25.9 s at 99.999 %"
    assert told["to prove it"] == "775,364 probes, 516 k to go"
    assert "once in twenty times" in plain(own.formula)


@pytest.mark.parametrize(
    ("probes", "failures"), [(10, 0), (100, 0), (285, 0), (287, 0), (299, 0), (1000, 9), (1000, 11), (22, 22)]
)
def test_no_share_is_written_larger_than_it_is(probes, failures):
    [own] = own_of(probes, failures)
    told = dict(own.facts)
    for shown in (told["measured"][0], told["proven"][1]):
        assert float(shown.text.removesuffix(" %")) <= 100 * shown.value + 1e-9


def test_a_service_that_is_not_this_site_has_no_such_panel():
    found = AvailabilityFindings(services=(service_of(API, UP),), counted_to=NOW)
    assert made([slo_pages(found, drawn_of(findings_of(availability=found)), CONTEXT)])[0].view.own == ()

"""The banner says what is wrong, the worst first, and nothing else; or that all is well."""

import msgspec
import pytest
from sitegen.availability.model import Maintenance, ServiceState, ServiceStatus
from sitegen.errors import Notice, Reason
from sitegen.findings import AvailabilityFindings, SourceRow
from sitegen.freshness import Freshness
from sitegen.pages.banner import banner_lines
from sitegen.units import Instant, plain
from tests.pages.samples import NOW, Maker, Size, findings_of, service_of


def lines(*statuses, sources=(), faults=(), places=None, maintenance=()):
    services = tuple(service_of(one, Maker(Size()).intervals()) for one in statuses)
    found = findings_of(availability=AvailabilityFindings(services=services, maintenance=maintenance))
    return banner_lines(found, sources, faults, places or {})


def service(name, state, since=None, message=""):
    return ServiceStatus(name, name, state, since, None, message)


def spoken(line):
    return plain(line.what), plain(line.why)


def test_one_line_says_that_all_is_well_and_how_much_that_is():
    (line,) = lines(service("shop", ServiceState.UP))
    assert line.state is ServiceState.UP
    assert spoken(line) == ("all is well", "1 service; the last build took 3 s")
    assert line.link.path == "/build/"


def test_the_worst_comes_first_with_since_when_and_why():
    found = lines(
        service("search", ServiceState.DEGRADED, NOW - 660, "slower than 300 ms"),
        service("mail", ServiceState.DOWN, NOW - 6060, "answered 503 instead of 200"),
        places={"service-mail": "/slo/2/#service-mail"},
    )
    assert [line.state for line in found] == [ServiceState.DOWN, ServiceState.DEGRADED]
    assert spoken(found[0]) == (
        "mail has been down for 1 h 41 min",
        "answered 503 instead of 200 since 2026-11-23 06:02:30 UTC",
    )
    assert found[0].link.path == "/slo/2/#service-mail"


def test_planned_maintenance_says_until_when():
    planned = Maintenance("moving the cluster", NOW - 60, NOW + 1200, ("search",))
    (line,) = lines(service("search", ServiceState.MAINTENANCE), maintenance=(planned,))
    assert spoken(line) == (
        "search is in planned maintenance",
        "moving the cluster, until 2026-11-23 08:03:30 UTC",
    )


@pytest.mark.parametrize(
    ("fetched", "why"),
    [(None, "it has never answered"), (Instant(NOW), "its last answer is of 2026-11-23 07:43:30 UTC")],
)
def test_a_source_that_does_not_answer_is_told_once(fetched, why):
    silent = SourceRow("prometheus", Freshness.STALE, fetched)
    (line,) = lines(sources=(silent,), faults=(Notice("metrics.prometheus", Reason.SILENT),))
    assert spoken(line) == ("prometheus does not answer", why)


def test_a_problem_of_this_build_is_told_once_for_each_place():
    found = lines(faults=(Notice("content", "could not be updated"), Notice("content")))
    assert [spoken(line) for line in found] == [("content has a problem", "content could not be updated")]


def test_an_objective_that_is_missed_is_told_with_what_was_attained():
    found = Maker(Size(objectives=1)).findings()
    (objective,) = found.availability.objectives
    report = msgspec.structs.replace(objective.report, attained=0.5)
    missed = msgspec.structs.replace(objective, report=report)
    alone = findings_of(availability=AvailabilityFindings(objectives=(missed,)))
    (line,) = banner_lines(alone, (), (), {})
    assert plain(line.what).startswith("objective missed: ")
    assert plain(line.why).startswith("50.00 % of 99.90 %")


def test_of_many_things_the_worst_are_told_and_the_rest_is_counted():
    found = lines(*(service(f"s{number}", ServiceState.DOWN) for number in range(9)))
    assert len(found) == 5
    assert plain(found[-1].what) == "and 5 more things"

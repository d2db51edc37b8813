"""What the probes found: 90 days of each of the eight services, and four objectives over them."""

import math
from collections.abc import Mapping, Sequence

from sitegen.availability.counting import Counted, Counts, columns_of
from sitegen.availability.model import Interval, Maintenance, Probe, ProbeResult, ServiceState, Slo
from sitegen.availability.slo import BURN_WINDOWS, burn_down_counts, slo_from_counts
from sitegen.availability.status import current_status
from sitegen.availability.timeline import changes_of, merge, with_maintenance
from sitegen.findings import AvailabilityFindings, ObjectiveFinding, ServiceFinding
from sitegen.freshness import observed
from sitegen.simulation.shop import SERVICES, Service, Shop
from sitegen.simulation.story import CYCLE, Strain
from sitegen.units import DAY, HOUR, Window

HISTORY = 90 * DAY
_JOINED = {"search": 12 * DAY}
"""Services that are probed only since so long after the first."""
_PROBED = 4 * HOUR
"""For how long every single answer of a probe is simulated; before that, a fault is one stretch."""
_STATES = (ServiceState.UP, ServiceState.DEGRADED, ServiceState.DOWN)

SLOS = (
    Slo("payments-answer", "Payments answer", 0.999, 30 * DAY, probe="payments"),
    Slo("checkout-works", "Checkouts without an error", 0.998, 7 * DAY),
    Slo("api-answers", "The public API answers", 0.999, 30 * DAY, probe="gateway"),
    Slo("mail-answers", "Order mail answers", 0.99, 30 * DAY, probe="mailer"),
)


def simulate_availability(shop: Shop, now: float, counted_to: float) -> AvailabilityFindings:
    """Return what is known of every service and objective in the cycle of `now`; uptimes are counted to `counted_to`."""
    slot, planned = now // CYCLE * CYCLE, shop.story.maintenance
    results = {service.id: _probe(service, shop, slot) for service in SERVICES}
    known = {service.id: _intervals(service, shop, slot) for service in SERVICES}
    return AvailabilityFindings(
        services=tuple(
            _find(service, results[service.id], known[service.id], shop, (now, counted_to))
            for service in SERVICES
        ),
        objectives=tuple(_objective(slo, known, shop, now, counted_to) for slo in SLOS),
        maintenance=planned,
        changes=changes_of({service.id: service.title for service in SERVICES}, known, now, 0.0),
        results=tuple(results.values()),
        counted_to=counted_to,
    )


def _probe(service: Service, shop: Shop, slot: float) -> ProbeResult:
    """Return what a probe finds in one cycle: a service that fails is down, one that answers slowly is degraded."""
    _, failing = shop.story.strain(service.id, slot, slot + CYCLE)
    latency = shop.median(service, slot + CYCLE, CYCLE)
    if failing > 0.5:
        return ProbeResult(service.id, slot, ServiceState.DOWN, code=503, reason="answers with an error 503")
    slow = latency > service.slow_above
    return ProbeResult(
        service.id,
        slot,
        ServiceState.DEGRADED if slow else ServiceState.UP,
        latency,
        code=200,
        certificate_days=61.0 + len(service.id),
        reason=f"slower than {service.slow_above * 1000:g} ms" if slow else "",
    )


def _intervals(service: Service, shop: Shop, slot: float) -> list[Interval]:
    """Return 90 days of a service: before the last hours one stretch a fault, then answer by answer."""
    begin, close = slot // DAY * DAY - HISTORY + _JOINED.get(service.id, 0.0), slot - _PROBED
    found, reached = list[Interval](), begin
    for fault in shop.story.strains.get(service.id, ()):
        if reached < fault.start and fault.end <= close:
            found += [Interval(reached, fault.start, ServiceState.UP), _stretch(fault)]
            reached = fault.end
    found.append(Interval(reached, close, ServiceState.UP))
    slots = [close + index * CYCLE for index in range(round(_PROBED / CYCLE) + 1)]
    found += [Interval(at, at + CYCLE, _probe(service, shop, at).state) for at in slots]
    return with_maintenance(merge(found), shop.story.maintenance, service.id)


def _stretch(fault: Strain) -> Interval:
    state = ServiceState.DOWN if fault.failing > 0.5 else ServiceState.DEGRADED
    return Interval(fault.start, fault.end, state)


def _find(
    service: Service,
    result: ProbeResult,
    known: Sequence[Interval],
    shop: Shop,
    instants: tuple[float, float],
) -> ServiceFinding:
    now, counted_to = instants
    planned: Sequence[Maintenance] = shop.story.maintenance
    probe = Probe(service.id, service.title, "", degraded_above=service.slow_above)
    status = current_status(probe, result, known, now, CYCLE, maintenance=planned)
    window = Window.ending(now, HOUR, least_step=CYCLE)
    answers = [_probe(service, shop, at) for at in window.instants()]
    return ServiceFinding.of(
        status, known, counted_to, CYCLE, tuple(one.latency for one in answers), result.certificate_days
    )


def _objective(
    slo: Slo, known: Mapping[str, Sequence[Interval]], shop: Shop, now: float, counted_to: float
) -> ObjectiveFinding:
    if slo.probe is not None:
        return ObjectiveFinding.of(slo, known[slo.probe], counted_to)
    windows = {window: _count(shop, now, window) for window in (slo.window, *BURN_WINDOWS)}
    report, parts = slo_from_counts(slo, windows, 1.0), columns_of(slo.window, now)
    counts = [(end, _count(shop, end, parts.step)) for end in parts.instants()]
    columns = tuple((end, one.good or 0.0, one.total or 0.0) for end, one in counts)
    counted = observed(Counted(windows, 1.0, columns=columns), now, now, CYCLE)
    return ObjectiveFinding(report, tuple(burn_down_counts(report, columns)), counted)


def _count(shop: Shop, now: float, window: float) -> Counts:
    """Return how many checkouts there were in the last `window` seconds, and how many of them went well."""
    checkout = next(service for service in SERVICES if service.id == "checkout")
    step = max(60.0, window / 240)
    good = total = 0.0
    for index in range(math.ceil(window / step)):
        asked = shop.rate(checkout, now - index * step, step) * step
        total += asked
        good += asked * (1 - shop.failing(checkout, now - index * step, step))
    return Counts(good=good, total=total)

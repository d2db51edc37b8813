"""What the site says of a service at this moment."""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from sitegen.availability.model import Interval, Maintenance, Probe, ProbeResult, ServiceState, ServiceStatus
from sitegen.availability.timeline import is_under_maintenance
from sitegen.freshness import Freshness, classify
from sitegen.units import rfc3339

BRIDGED_CYCLES = 2.5
"""A gap of this many cycles is a late or lost tick and does not make a state begin anew."""


def current_status(
    probe: Probe,
    latest: ProbeResult | None,
    intervals: Sequence[Interval],
    now: float,
    cycle: float,
    *,
    maintenance: Iterable[Maintenance] = (),
) -> ServiceStatus:
    """Return a service's state now, from its latest result and, for `since`, its intervals in order.

    A planned time overrides what was found. A result older than two cycles says
    nothing about now: no data, since that result's cycle ended.
    """
    planned = is_under_maintenance(maintenance, probe.id, now)
    if planned is not None:
        return ServiceStatus(
            probe.id, probe.title, ServiceState.MAINTENANCE, planned.start, reason=planned.title
        )
    if latest is None:
        return ServiceStatus(probe.id, probe.title, ServiceState.NO_DATA, None, reason="not probed yet")
    if classify(latest.at, now, cycle) is not Freshness.FRESH:
        reason = f"not probed since {rfc3339(latest.at)}"
        return ServiceStatus(probe.id, probe.title, ServiceState.NO_DATA, latest.at + cycle, reason=reason)
    return ServiceStatus(
        id=probe.id,
        title=probe.title,
        state=latest.state,
        since=_since(latest, intervals, cycle),
        latency=latest.latency,
        reason=latest.reason,
    )


def call(found: ProbeResult, state: ServiceState) -> ProbeResult:
    """Return a result with the state that is called, and why that is not the one that was found, where it is not."""
    if found.state is state:
        return found
    said = found.reason if found.state is ServiceState.DOWN else "answers again"
    return replace(found, state=state, reason=f"{said}; not confirmed yet")


def _since(latest: ProbeResult, intervals: Sequence[Interval], cycle: float) -> float:
    """Walk back from the latest result for as long as the state was the same, across short gaps."""
    since = latest.at
    for interval in reversed(intervals):
        if interval.start > latest.at:
            continue
        if interval.state is latest.state and since - interval.end <= BRIDGED_CYCLES * cycle:
            since = min(since, interval.start)
        elif interval.state is not ServiceState.NO_DATA and interval.end > interval.start:
            break
    return since

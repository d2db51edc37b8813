"""The Prober: one HTTP check a cycle for each `[[probes]]`, through the HTTP door.

    Probe(id="home", url="https://example.org/", expect_body="Welcome", degraded_above=0.5)
    -> ProbeResult(probe="home", at=1795420800.0, state=up, latency=0.081, code=200, certificate_days=61.3)

A check is one attempt. A probe comes with a connection of its own, so what a retry
usually mends, a pooled connection that has gone stale, cannot happen; a reset is
what a visitor would have met at this moment, and the next cycle asks again anyway.
Redirects are not followed: a 301 is what it is.
"""

import math
from collections.abc import Sequence

from msgspec.structs import replace

from sitegen.availability.model import Probe, ProbeResult, ServiceState
from sitegen.availability.patterns import find_pattern
from sitegen.errors import Problem
from sitegen.http import Answer, Endpoint, Failure, Fault, FaultKind, RetryBudget, Session
from sitegen.instrumentation.clock import Clock, Deadline
from sitegen.redaction import Redactor
from sitegen.units import format_duration

__all__ = ["BODY_CAP", "CERTIFICATE_DAYS", "judge", "judge_own_outage", "probe"]

BODY_CAP = 1_000_000
"""How many bytes of a body are read and searched for `expect_body`."""

CERTIFICATE_DAYS = 14
"""A certificate with fewer days left makes its service degraded."""

_OWN_OUTAGE = frozenset({FaultKind.DNS.value, FaultKind.UNREACHABLE.value})


def probe(check: Probe, *, at: float, clock: Clock, deadline: Deadline, redactor: Redactor) -> ProbeResult:
    """Make one check; `at` is the cycle's slot in POSIX seconds. Never raises for what the world does wrong.

    Latency is the time from connecting until the body was read. Where the deadline of
    the build comes before the probe's own timeout, nothing was found out: no data.
    """
    endpoint = Endpoint(
        name=check.title,
        url=check.url,
        timeout=check.timeout,
        headers=check.headers,
        max_body=BODY_CAP,
        cut_body=True,
        connections=1,
        attempts=1,
        redirects=0,
    )
    with Session(
        endpoint, clock=clock, deadline=deadline, budget=RetryBudget(0), redactor=redactor
    ) as session:
        return judge(check, session.request(check.method), at=at, deadline=deadline)


def judge(check: Probe, found: Answer | Fault, *, at: float, deadline: Deadline) -> ProbeResult:
    """Decide what an answer, or its absence, says of the service."""
    if isinstance(found, Fault) and found.kind is not FaultKind.STATUS:
        state = ServiceState.NO_DATA if found.kind is FaultKind.DEADLINE else ServiceState.DOWN
        return ProbeResult(
            check.id, at, state, code=found.status, message=found.message, fault=found.kind.value
        )
    state, message = _judge_answer(check, found, deadline)
    return ProbeResult(
        probe=check.id,
        at=at,
        state=state,
        latency=found.elapsed,
        code=found.status,
        certificate_days=found.certificate_days,
        message=message,
    )


def _judge_answer(check: Probe, found: Answer | Fault, deadline: Deadline) -> tuple[ServiceState, str]:
    if found.status != check.expect_status:
        said = Failure.WRONG_STATUS.operator.format(status=found.status, expected=check.expect_status)
        return ServiceState.DOWN, f"{check.title} {said}"
    if check.expect_body is not None:
        match find_pattern(check.expect_body, found.body.decode("utf-8", "replace"), deadline):
            case None:
                return ServiceState.NO_DATA, Failure.UNJUDGED.operator.format(name=check.title)
            case False:
                return ServiceState.DOWN, f"{check.title} {Failure.WRONG_BODY.operator}"
    if check.degraded_above is not None and found.elapsed > check.degraded_above:
        limit = format_duration(check.degraded_above)
        return ServiceState.DEGRADED, f"{check.title} answered more slowly than in {limit}"
    days = found.certificate_days
    if days is not None and days < CERTIFICATE_DAYS:
        left = math.floor(days)
        said = f"the certificate of {check.title} ends in {left} day{'s' * (left != 1)}; renew it"
        return ServiceState.DEGRADED, said
    return ServiceState.UP, ""


def judge_own_outage(results: Sequence[ProbeResult]) -> tuple[tuple[ProbeResult, ...], tuple[Problem, ...]]:
    """Return the results of one cycle without the prober's own outage, and that as a problem.

    Where every probe failed before it reached anybody (its name did not resolve, or
    there was no way to its address), it is the prober that is cut off, and nothing is
    known of the services: their state is no data, never down. With a single probe the
    two cannot be told apart, so nothing is claimed then either.
    """
    asked = [result for result in results if result.state is not ServiceState.NO_DATA]
    if not asked or any(result.fault not in _OWN_OUTAGE for result in asked):
        return tuple(results), ()
    corrected = tuple(
        replace(result, state=ServiceState.NO_DATA, message=Failure.CUT_OFF.visitor)
        if result in asked
        else result
        for result in results
    )
    return corrected, (Problem(where="availability", message=Failure.CUT_OFF.operator),)

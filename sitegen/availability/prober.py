"""The Prober: one HTTP check a cycle for each `[[probes]]`, through the HTTP door.

    Probe(id="home", url="https://example.org/", expect_body="Welcome", degraded_above=0.5)
    -> ProbeOutcome(probe="home", at=1795420800.0, state=up, latency=0.081, code=200, certificate_days=61.3)

A check is one attempt. A probe comes with a connection of its own, so what a retry
usually mends, a pooled connection that has gone stale, cannot happen; a reset is
what a visitor would have met at this moment, and the next cycle asks again anyway.
Redirects are not followed, unless the probe says so: a 301 is what it is.
"""

import math
import re
from collections.abc import Sequence

from msgspec.structs import asdict, replace

from sitegen.availability.model import Probe, ProbeOutcome, ServiceState
from sitegen.errors import Problem
from sitegen.http import Answer, Endpoint, Failure, Fault, FaultKind, RetryBudget, Session
from sitegen.instrumentation.clock import Clock, Deadline
from sitegen.limits import LateExpressionError, Patience
from sitegen.redaction import Redactor
from sitegen.units import format_duration

BODY_CAP = 1_000_000
"""How many bytes of a body are read and searched for `expect_body`."""

CERTIFICATE_DAYS = 14
"""A certificate with fewer days left makes its service degraded."""

_MOST_REDIRECTS = 10
_UNKNOWN = frozenset({FaultKind.DEADLINE, FaultKind.DNS})
"""What the prober's own time or its own resolver kept from it."""
_OWN_OUTAGE = frozenset({FaultKind.DNS.value, FaultKind.UNREACHABLE.value})


def probe(check: Probe, *, at: float, clock: Clock, deadline: Deadline, redactor: Redactor) -> ProbeOutcome:
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
        redirects=_MOST_REDIRECTS if check.follow_redirects else 0,
        leaves=check.follow_redirects,
        **asdict(check.tls_config),
    )
    with Session(
        endpoint, clock=clock, deadline=deadline, budget=RetryBudget(0), redactor=redactor
    ) as session:
        form = None if check.body is None else check.body.encode()
        return judge(check, session.request(check.method, form=form), at=at)


def judge(check: Probe, found: Answer | Fault, *, at: float) -> ProbeOutcome:
    """Decide what an answer, or its absence, says of the service."""
    if isinstance(found, Fault) and found.kind is not FaultKind.STATUS:
        state = ServiceState.NO_DATA if found.kind in _UNKNOWN else ServiceState.DOWN
        return ProbeOutcome(
            check.id,
            at,
            state,
            code=found.status,
            reason=found.reason,
            fault=found.kind.value,
            message=found.message,
        )
    state, reason, message = _judge_answer(check, found)
    return ProbeOutcome(
        probe=check.id,
        at=at,
        state=state,
        latency=found.elapsed,
        code=found.status,
        certificate_days=found.certificate_days,
        reason=reason,
        message=message,
    )


def _judge_answer(check: Probe, found: Answer | Fault) -> tuple[ServiceState, str, str]:
    """Return the state, what visitors read of it, and what operators read."""
    wanted = check.expect_status if isinstance(check.expect_status, tuple) else (check.expect_status,)
    if not any(one in (found.status, f"{(found.status or 0) // 100}xx") for one in wanted):
        wrong = Failure.WRONG_STATUS
        said = wrong.operator.format(status=found.status, expected=" or ".join(map(str, wanted)))
        return ServiceState.DOWN, wrong.reason(found.status), f"{check.title} {said}"
    if check.expect_body is not None:
        body, expected = found.body.decode("utf-8", "replace"), re.compile(check.expect_body)
        wrong, late = Failure.WRONG_BODY, Failure.UNJUDGED
        try:
            if not Patience().run(lambda: expected.search(body)):
                return ServiceState.DOWN, wrong.visitor, f"{check.title} {wrong.operator}"
        except LateExpressionError:
            return ServiceState.NO_DATA, late.visitor, late.operator.format(name=check.title)
    if check.degraded_above is not None and found.elapsed > check.degraded_above:
        slow = f"answered more slowly than in {format_duration(check.degraded_above)}"
        return ServiceState.DEGRADED, slow, f"{check.title} {slow}"
    days = found.certificate_days
    if days is not None and days < CERTIFICATE_DAYS:
        left = math.floor(days)
        ends = f"ends in {left} day{'s' * (left != 1)}"
        return (
            ServiceState.DEGRADED,
            f"its certificate {ends}",
            f"the certificate of {check.title} {ends}; renew it",
        )
    if check.tls_config.insecure_skip_verify:
        taken = "its certificate is not checked"
        return (
            ServiceState.UP,
            taken,
            f"{check.title}: {taken} (insecure_skip_verify); give its authority as ca_file instead",
        )
    return ServiceState.UP, "", ""


def judge_own_outage(
    results: Sequence[ProbeOutcome],
) -> tuple[tuple[ProbeOutcome, ...], tuple[Problem, ...]]:
    """Return the results of one cycle without the prober's own outage, and that as a problem.

    Where every probe failed before it reached anybody (the resolver gave no answer, or
    there was no way to an address), it is the prober that is cut off, and nothing is
    known of the services: their state is no data, never down. With a single probe the
    two cannot be told apart, so nothing is claimed then either.
    """
    asked = [one for one in results if one.state is not ServiceState.NO_DATA or one.fault in _OWN_OUTAGE]
    if not asked or any(result.fault not in _OWN_OUTAGE for result in asked):
        return tuple(results), ()
    cut_off = Failure.CUT_OFF
    corrected = tuple(
        replace(result, state=ServiceState.NO_DATA, reason=f"the prober {cut_off.visitor}", message="")
        if result in asked
        else result
        for result in results
    )
    return corrected, (Problem("availability.prober", cut_off.operator, cut_off.visitor),)

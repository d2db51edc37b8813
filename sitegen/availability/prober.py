"""The Prober: one check a cycle for each `[[probes]]`, through the HTTP door.

    Probe(id="home", url="https://example.org/", expect_body="Welcome", degraded_above=0.5)
    -> ProbeOutcome(probe="home", at=1795420800.0, state=up, latency=0.081, code=200, certificate_days=61.3)

A check is one attempt. A probe comes with a connection of its own, so what a retry
usually mends, a pooled connection that has gone stale, cannot happen; a reset is
what a visitor would have met at this moment, and the next cycle asks again anyway.
Redirects are not followed, unless the probe says so: a 301 is what it is.
"""

from collections.abc import Sequence

from msgspec.structs import asdict, replace

from sitegen.availability.model import Probe, ProbeOutcome, ServiceState
from sitegen.availability.verdict import BODY_CAP, judge
from sitegen.errors import Problem
from sitegen.http import Endpoint, Failure, FaultKind, RetryBudget, Session, reach
from sitegen.instrumentation.clock import Clock, Deadline
from sitegen.redaction import Redactor

_MOST_REDIRECTS = 10
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
        decodes=check.expect_body is not None,
        # Browsers do not ask of a certificate what RFC 5280 asks of who writes one (key identifiers, criticality).
        strict_certificates=False,
        connections=1,
        attempts=1,
        redirects=_MOST_REDIRECTS if check.follow_redirects else 0,
        leaves=check.follow_redirects,
        **asdict(check.tls_config),
    )
    if check.type != "http":
        return judge(check, reach(endpoint, clock=clock, deadline=deadline, redactor=redactor), at=at)
    with Session(
        endpoint, clock=clock, deadline=deadline, budget=RetryBudget(0), redactor=redactor
    ) as session:
        form = None if check.body is None else check.body.encode()
        return judge(check, session.request(check.method, form=form), at=at)


def judge_own_outage(results: Sequence[ProbeOutcome]) -> tuple[tuple[ProbeOutcome, ...], tuple[Problem, ...]]:
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

"""What an answer, or its absence, says of a service. Each judge returns a verdict, or None where it finds nothing wrong."""

import math
import re
from ipaddress import ip_address

from sitegen.availability.model import Probe, ProbeOutcome, ServiceState
from sitegen.errors import Reason
from sitegen.http import Answer, Contact, Failure, Fault, FaultKind, decode_text
from sitegen.limits import LateExpressionError, Patience
from sitegen.units import format_duration

BODY_CAP = 1_000_000
"""How many bytes of a body are read and searched for `expect_body`."""

CERTIFICATE_DAYS = 14
CERTIFICATE_SHARE = 1 / 3
"""A certificate with fewer days and a smaller share of its life left makes its service degraded."""

_UNKNOWN = frozenset({FaultKind.DEADLINE, FaultKind.DNS, FaultKind.UNREADABLE})
"""What the prober's own time, its own resolver or its own reading kept from it."""

_Verdict = tuple[ServiceState, str, str]
"""The state, what visitors read of it, and what operators read."""


def judge(check: Probe, found: Answer | Contact | Fault, *, at: float) -> ProbeOutcome:
    """Decide what was found says of the service; `at` is the cycle's slot in POSIX seconds."""
    if isinstance(found, Fault) and found.kind is not FaultKind.STATUS:
        unknown = found.kind in _UNKNOWN or found.reason == Reason.NOT_ASKED
        state = ServiceState.NO_DATA if unknown else ServiceState.DOWN
        return ProbeOutcome(
            check.id,
            at,
            state,
            code=found.status,
            reason=found.reason,
            fault=found.kind.value,
            message=found.message,
        )
    wrong = _judge_addresses(check, found) if isinstance(found, Contact) else _judge_answer(check, found)
    state, reason, message = wrong or _judge_speed(check, found) or _judge_certificates(check, found)
    return ProbeOutcome(
        probe=check.id,
        at=at,
        state=state,
        latency=found.elapsed,
        code=None if isinstance(found, Contact) else found.status,
        certificate_days=min((one.left for one in found.chain), default=None),
        reason=reason,
        message=message,
    )


def _judge_addresses(check: Probe, found: Contact) -> _Verdict | None:
    """Judge the addresses of a name."""
    expected = check.expect_answer or ()
    known = {ip_address(address) for address in found.addresses}
    missing = [
        one
        for one in ((expected,) if isinstance(expected, str) else expected)
        if ip_address(one) not in known
    ]
    if not missing:
        return None
    wrong = Failure.WRONG_ADDRESS
    return ServiceState.DOWN, wrong.visitor, f"{check.title} {wrong.operator.format(missing=missing[0])}"


def _judge_answer(check: Probe, found: Answer | Fault) -> _Verdict | None:
    """Judge the status and the body of an answer."""
    wanted = check.expect_status if isinstance(check.expect_status, tuple) else (check.expect_status,)
    if not any(one in (found.status, f"{(found.status or 0) // 100}xx") for one in wanted):
        wrong = Failure.WRONG_STATUS
        said = wrong.operator.format(status=found.status, expected=" or ".join(map(str, wanted)))
        return ServiceState.DOWN, wrong.reason(found.status), f"{check.title} {said}"
    return None if check.expect_body is None else _judge_text(check, found, re.compile(check.expect_body))


def _judge_text(check: Probe, found: Answer | Fault, expected: re.Pattern[str]) -> _Verdict | None:
    """Judge whether the text is there: what was not read is not missing."""
    text = decode_text(found.body, found.headers.get("content-type", ""))
    if found.cut:
        text += "\0"  # so that its end is not taken for that of the answer
    # What must not come may still come in what was not read.
    is_open = found.cut and "(?!" in expected.pattern
    wrong, late, unread = Failure.WRONG_BODY, Failure.UNJUDGED, Failure.UNREAD
    try:
        if Patience().run(lambda: expected.search(text)) and not is_open:
            return None
    except LateExpressionError:
        return ServiceState.NO_DATA, late.visitor, late.operator.format(name=check.title)
    if not found.cut:
        return ServiceState.DOWN, wrong.visitor, f"{check.title} {wrong.operator}"
    announced = found.headers.get("content-length", "")
    whole = (
        f" of {int(announced):,}"
        if announced.isdecimal() and not found.headers.get("content-encoding")
        else ""
    )
    said = unread.operator.format(name=check.title, read=f"first {len(found.body):,} bytes{whole}")
    return ServiceState.NO_DATA, unread.visitor, said


def _judge_speed(check: Probe, found: Answer | Contact | Fault) -> _Verdict | None:
    if check.degraded_above is None or found.elapsed <= check.degraded_above:
        return None
    slow = f"answered more slowly than in {format_duration(check.degraded_above)}"
    return ServiceState.DEGRADED, slow, f"{check.title} {slow}"


def _judge_certificates(check: Probe, found: Answer | Contact | Fault) -> _Verdict:
    """Judge how long the chain is still valid: until the first of its certificates ends."""
    due = [one for one in found.chain if one.left < min(CERTIFICATE_DAYS, one.life * CERTIFICATE_SHARE)]
    if due:
        first = min(due, key=lambda one: one.left)
        left = math.floor(first.left)
        ends = f"ends in {left} day{'s' * (left != 1)}" if left else "ends within a day"
        if first is found.chain[0]:
            return (
                ServiceState.DEGRADED,
                f"its certificate {ends}",
                f"the certificate of {check.title} {ends}; renew it",
            )
        said = f"a certificate that {check.title} sends along with its own {ends}; renew the chain"
        return ServiceState.DEGRADED, f"a certificate of its chain {ends}", said
    if check.tls_config.insecure_skip_verify:
        taken = "its certificate is not checked"
        said = f"{check.title}: {taken} (insecure_skip_verify); give its authority as ca_file instead"
        return ServiceState.UP, taken, said
    return ServiceState.UP, "", ""

"""What an answer says of a server, and why it gave none: a failure of the door's table, in the server's own words."""

import math

import msgspec

from sitegen.errors import Problem, Reason
from sitegen.http import Answer, Failure, Fault, FaultKind, failure_of_status, failure_of_type
from sitegen.metrics.model import MetricResult
from sitegen.redaction import Redactor, visible
from sitegen.units import format_duration

MAX_MESSAGE = 300
TOO_MANY = 429

_ABSENCE = frozenset(
    (
        FaultKind.DNS,
        FaultKind.NO_NAME,
        FaultKind.REFUSED,
        FaultKind.UNREACHABLE,
        FaultKind.RESET,
        FaultKind.TLS,
        FaultKind.BUDGET,
    )
)
"""What says that nobody is there, or nobody who is meant."""


class _Refusal(msgspec.Struct, rename="camel"):
    """`{"status": "error", "errorType": "bad_data", "error": "1:3: parse error: ..."}`."""

    status: str
    error_type: str = ""
    error: str = ""


_REFUSAL = msgspec.json.Decoder(_Refusal)


def is_healthy(answer: Answer | Fault) -> bool:
    """Return whether a server that is well gave this: with less than a 500, and not with a 429."""
    if isinstance(answer, Answer):
        return True
    return answer.status is not None and answer.status < 500 and answer.status != TOO_MANY


def is_reachable(answer: Answer | Fault) -> bool:
    """Return whether a server is there, and does not ask for less. Silence is no absence: a question may be too heavy."""
    if isinstance(answer, Answer):
        return True
    return answer.status != TOO_MANY and (answer.status is not None or answer.kind not in _ABSENCE)


def explain_fault(fault: Fault, *, where: str, redactor: Redactor) -> Problem:
    """Return a fault of the HTTP door as what a source says of it."""
    if fault.kind in (FaultKind.STATUS, FaultKind.BUDGET) and fault.status is not None:
        return describe_failure(fault.status, fault.body, where=where, redactor=redactor)
    if fault.kind is FaultKind.TOO_LARGE:
        return explain(where, Failure.TOO_MANY_SERIES, fault.message, redactor)
    return Problem(where, fault.message, fault.reason)


def explain_partial(result: MetricResult) -> tuple[Problem, ...]:
    """Return what an answer lacks, in the server's own words, which are redacted already; none where it is whole."""
    where, unsaid = (
        f"metrics.{result.query.source}",
        "the answer is partial, and does not say why; see the server's log",
    )
    words = (result.warnings or (unsaid,)) if result.partial else ()
    return tuple(Problem(where, said, Reason.PARTIAL) for said in words)


def explain_lead(name: str, lead: float) -> tuple[Problem, ...]:
    """Return that a source's clock and the one here differ, where they do.

    >>> explain_lead("prom", 599.4)[0].message
    'the clock here and that of prom differ by 9 min 59 s; let both follow a time server'
    """
    apart = format_duration(math.floor(abs(lead)))
    said = f"the clock here and that of {name} differ by {apart}; let both follow a time server"
    return (Problem(f"metrics.{name}", said, Reason.CLOCK),) if lead else ()


def explain(
    where: str, failure: Failure, said: str, redactor: Redactor, status: int | None = None
) -> Problem:
    """Write a failure with what the server said, cut to one redacted line, and for visitors without that.

    >>> explain("metrics.prom", Failure.BAD_DATA, "1:3: parse error", Redactor()).message
    "the server could not read the query (bad_data); correct the panel's `query`: 1:3: parse error"
    """
    # Redacted before it is cut: half a secret matches no pattern.
    line = visible(" ".join(redactor.text(said[: 16 * MAX_MESSAGE]).split()))
    if len(line) > MAX_MESSAGE:
        line = line[: MAX_MESSAGE - 1] + "…"
    return Problem(where, failure.operator + (f": {line}" if line else ""), failure.reason(status))


def describe_failure(status: int, body: bytes, *, where: str, redactor: Redactor) -> Problem:
    """Explain an answer with an error status, with or without an error envelope in its body.

    Text that is no envelope is shown where it is a line (Mimir's "too many outstanding
    requests"), and left out where it is a web page.
    """
    try:
        refusal = _REFUSAL.decode(body)
    except (ValueError, RecursionError):
        failure = Failure.SERVER if status >= 500 else failure_of_status(status)
        return explain(where, failure, f"HTTP status {status}{_plain_line(body)}", redactor, status)
    # An access proxy may use the envelope's form; its status still says what to do.
    decisive = status in (401, 403, 429)
    failure = failure_of_status(status) if decisive else failure_of_type(refusal.error_type, status)
    return explain(where, failure, refusal.error or f"HTTP status {status}", redactor, status)


def _plain_line(body: bytes) -> str:
    text = body[:4096].decode("utf-8", "replace").strip()
    is_line = text and text.isprintable() and not text.startswith(("<", "{", "["))
    return f", {text}" if is_line else ""

"""Why a source gave no answer: each reason told apart, as a sentence with the server's own words in it.

The error types are those of Prometheus' HTTP API (web/api/v1/api.go, `errorType`),
which Thanos and Mimir share; VictoriaMetrics writes the HTTP status in their place.
"""

from enum import StrEnum

import msgspec

from sitegen.errors import Problem
from sitegen.redaction import Redactor, visible

__all__ = ["Reason", "describe_failure", "explain", "reason_of"]

MAX_MESSAGE = 300


class Reason(StrEnum):
    """The kinds of failure that a reader would act on differently."""

    BAD_DATA = "bad_data"
    EXECUTION = "execution"
    CANCELED = "canceled"
    TIMEOUT = "timeout"
    INTERNAL = "internal"
    NOT_FOUND = "not_found"
    NOT_ACCEPTABLE = "not_acceptable"
    UNAVAILABLE = "unavailable"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    TOO_MANY_REQUESTS = "too_many_requests"
    TOO_MANY_SERIES = "too_many_series"
    NO_API = "no_api"
    NOT_JSON = "not_json"
    MALFORMED = "malformed"
    NO_RESULT = "no_result"
    SERVER = "server"
    OTHER = "other"


_SENTENCES = {
    Reason.BAD_DATA: "the server could not read the query (bad_data); correct the panel's `query`",
    Reason.EXECUTION: "the query was read but could not be executed (execution); correct the panel's `query`",
    Reason.CANCELED: "the server canceled the query (canceled); the next cycle asks again",
    Reason.TIMEOUT: "the server gave up on the query (timeout); simplify it, or record it with a rule",
    Reason.INTERNAL: "the server failed inside (internal); see its log",
    Reason.NOT_FOUND: "the server did not find what was asked for (not_found)",
    Reason.NOT_ACCEPTABLE: "the server cannot answer in JSON (not_acceptable); check what stands in front of it",
    Reason.UNAVAILABLE: "the server is not ready to answer (unavailable); the next cycle asks again",
    Reason.UNAUTHENTICATED: "the server wants other credentials (401); check `basic_auth` or `authorization`",
    Reason.FORBIDDEN: "the credentials may not query (403); give them read access, or check the tenant header",
    Reason.TOO_MANY_REQUESTS: "the server limits the rate of queries (429); lower `max_concurrency`",
    Reason.TOO_MANY_SERIES: "too many series; aggregate the query, for example with `sum by (...)` or `topk`",
    Reason.NO_API: "there is no Prometheus API at this address (404); check the path of `url`",
    Reason.NOT_JSON: "a web page came back instead of JSON; check `url`, a login page may stand in front",
    Reason.MALFORMED: "the answer is not valid JSON of the Prometheus API",
    Reason.NO_RESULT: "the answer is JSON but not the result of a query; check the path of `url`",
    Reason.SERVER: "the server, or a proxy before it, failed",
    Reason.OTHER: "the server refused",
}

# What a status means where the body does not say more.
_BY_STATUS = {
    400: Reason.BAD_DATA,
    401: Reason.UNAUTHENTICATED,
    403: Reason.FORBIDDEN,
    404: Reason.NO_API,
    406: Reason.NOT_ACCEPTABLE,
    408: Reason.TIMEOUT,
    422: Reason.EXECUTION,
    429: Reason.TOO_MANY_REQUESTS,
    499: Reason.CANCELED,
}

# What an envelope's errorType may say: Prometheus' own words and Mimir's.
_BY_TYPE = {
    reason.value: reason
    for reason in (
        Reason.BAD_DATA,
        Reason.EXECUTION,
        Reason.CANCELED,
        Reason.TIMEOUT,
        Reason.INTERNAL,
        Reason.NOT_FOUND,
        Reason.NOT_ACCEPTABLE,
        Reason.UNAVAILABLE,
        Reason.TOO_MANY_REQUESTS,
    )
}


class _Refusal(msgspec.Struct, rename="camel"):
    """`{"status": "error", "errorType": "bad_data", "error": "1:3: parse error: ..."}`."""

    status: str
    error_type: str = ""
    error: str = ""


_REFUSAL = msgspec.json.Decoder(_Refusal)


def explain(where: str, reason: Reason, said: str, redactor: Redactor) -> Problem:
    """Write a reason with what the server said, cut to one redacted line.

    >>> explain("metrics.prom", Reason.BAD_DATA, "1:3: parse error", Redactor()).message
    "the server could not read the query (bad_data); correct the panel's `query`: 1:3: parse error"
    """
    # Redacted before it is cut: half a secret matches no pattern.
    line = visible(" ".join(redactor.text(said[: 16 * MAX_MESSAGE]).split()))
    if len(line) > MAX_MESSAGE:
        line = line[: MAX_MESSAGE - 1] + "…"
    return Problem(where=where, message=_SENTENCES[reason] + (f": {line}" if line else ""))


def reason_of(error_type: str, status: int | None) -> Reason:
    """Tell the reason of an error envelope; VictoriaMetrics' error types are HTTP statuses as text."""
    if error_type in _BY_TYPE:
        return _BY_TYPE[error_type]
    if error_type.isdecimal() and len(error_type) == 3:
        return _reason_of_status(int(error_type))
    return Reason.OTHER if status is None or 200 <= status < 300 else _reason_of_status(status)


def _reason_of_status(status: int) -> Reason:
    if status >= 500:
        return Reason.UNAVAILABLE if status == 503 else Reason.SERVER
    return _BY_STATUS.get(status, Reason.OTHER)


def describe_failure(status: int, body: bytes, *, where: str, redactor: Redactor) -> Problem:
    """Explain an answer with an error status, with or without an error envelope in its body.

    Text that is no envelope is shown where it is a line (Mimir's "too many outstanding
    requests"), and left out where it is a web page.
    """
    try:
        refusal = _REFUSAL.decode(body)
    except (ValueError, RecursionError):
        reason = Reason.SERVER if status >= 500 else _reason_of_status(status)
        return explain(where, reason, f"HTTP status {status}{_plain_line(body)}", redactor)
    # An access proxy may use the envelope's form; its status still says what to do.
    reason = _BY_STATUS[status] if status in (401, 403, 429) else reason_of(refusal.error_type, status)
    return explain(where, reason, refusal.error or f"HTTP status {status}", redactor)


def _plain_line(body: bytes) -> str:
    text = body[:4096].decode("utf-8", "replace").strip()
    is_line = text and text.isprintable() and not text.startswith(("<", "{", "["))
    return f", {text}" if is_line else ""

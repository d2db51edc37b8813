"""The one table of what keeps an answer away: its kind, what a visitor reads of it, and what an operator reads.

A visitor reads one of ten classes (`Reason`) after the source's name, an error with its
status, and of the prober's own outage words of its own. An operator reads the whole
sentence; where it begins with a verb, the source's name stands before it, and
`{fields}` are filled in by whoever found the failure.

The failures of an API are those of Prometheus (web/api/v1/api.go, `errorType`), which
Thanos and Mimir share; VictoriaMetrics writes the HTTP status in their place.
"""

from enum import Enum

from sitegen.errors import Reason
from sitegen.http.model import FaultKind as Kind


# fmt: off
class Failure(Enum):
    """A row of the table, a line each."""

    # Nobody answers.
    NO_SUCH_NAME = Kind.NO_NAME, Reason.SILENT, "has a name that does not exist, {host}; check its url, or who answers for that name"
    UNRESOLVED = Kind.DNS, Reason.SILENT, "has a name that the resolver gave no answer for, {host}; check the resolver"
    REFUSED = Kind.REFUSED, Reason.SILENT, "refuses connections at {host}; start it, or correct its url"
    FORBIDDEN_ADDRESS = Kind.REFUSED, Reason.NOT_ASKED, "has a name that leads to a link-local or metadata address, which is never asked; correct its url"
    UNREACHABLE = Kind.UNREACHABLE, Reason.SILENT, "cannot be reached: there is no way to {host}; check the network"
    NO_WAY = Kind.UNREACHABLE, Reason.NOT_ASKED, "could not be asked: this machine has no way to {host} ({detail}); check its routes and limits"
    RESET = Kind.RESET, Reason.SILENT, "reset the connection at {where}; look into its own log"
    CLOSED = Kind.RESET, Reason.SILENT, "closed the connection at {where} without an answer; look into its own log"
    CUT = Kind.RESET, Reason.SILENT, "sent only part of its answer at {where}; look into its own log"
    CUT_IN_TLS = Kind.RESET, Reason.SILENT, "was cut off by {host} in the middle of TLS"
    LOST = Kind.RESET, Reason.SILENT, "lost the connection to {host}: {detail}"
    # Time is over.
    TIMEOUT = Kind.TIMEOUT, Reason.LATE, "gave no whole answer within {allowed} at {where}; raise its timeout, or ask for less"
    DEADLINE = Kind.DEADLINE, Reason.LATE, "had not answered {where} when the time for gathering was over"
    TOO_LATE = Kind.DEADLINE, Reason.NOT_ASKED, "was not asked: the time for gathering was over"
    UNFINISHED = Kind.DEADLINE, Reason.LATE, "had not answered when the time for gathering was over; what it was asked is not finished by the deadline"
    PROBED_LATE = Kind.DEADLINE, Reason.LATE, "not answered when gathering ended; lower its `timeout`, or raise `gather` in [build]"
    UNJUDGED = Kind.DEADLINE, Reason.LATE, "{name} could not be judged: its `expect_body` takes too long for this answer; write it without a repetition inside another"
    UNREAD = Kind.UNREADABLE, "could not be read to its end", "{name} could not be judged: the text that is expected is not in the {read} of its answer, and more was not read"
    BUDGET = Kind.BUDGET, Reason.SILENT, "{first}; it was not asked again, for all retries of this build are used up"
    CUT_OFF = Kind.UNREACHABLE, "was cut off from the network", "no probe could reach anything, so the network here is at fault and nothing is known of the services; check its DNS and its routes"
    # Nobody who is meant answers.
    CERTIFICATE = Kind.TLS, Reason.UNTRUSTED, "shows a certificate that is not trusted for {host}: {detail}; give its authority as ca_file, or the certificate's name as server_name"
    HANDSHAKE = Kind.TLS, Reason.UNTRUSTED, "could not agree on TLS with {host}: {detail}; check its port and certificates"
    TLS_FILE = Kind.TLS, Reason.NOT_ASKED, "has a {key} that cannot be used: {detail}; correct its tls_config"
    OTHER_ORIGIN = Kind.REDIRECT, Reason.UNUSABLE, "redirects to another origin, {target}, which is not followed; if that is right, make it the url"
    NO_TARGET = Kind.REDIRECT, Reason.UNUSABLE, "redirects to something that is no url"
    REDIRECTS = Kind.REDIRECT, Reason.UNUSABLE, "redirects more than {count} times; correct its url"
    # What came is no answer.
    ANNOUNCED = Kind.TOO_LARGE, Reason.UNUSABLE, "announces more than {cap}; ask it for less"
    TOO_LARGE = Kind.TOO_LARGE, Reason.UNUSABLE, "sends more than {cap}; ask it for less"
    LONG_HEAD = Kind.PROTOCOL, Reason.UNUSABLE, "sends more than {cap} before its body"
    CODINGS = Kind.UNREADABLE, Reason.UNUSABLE, "compressed its answer {count} times over, which is refused"
    CODING = Kind.UNREADABLE, Reason.UNUSABLE, "compressed its answer as {coding}, which was not asked for"
    DAMAGED = Kind.DECOMPRESSION, Reason.UNUSABLE, "sent a compressed answer that is damaged"
    CUT_CODING = Kind.DECOMPRESSION, Reason.UNUSABLE, "sent a compressed answer that ends too early"
    NEWER_HTTP = Kind.UNREADABLE, Reason.UNUSABLE, "speaks no HTTP/1.1 at {where}, only newer versions, which are not spoken here; a probe may be one of tls"
    NOT_HTTP = Kind.PROTOCOL, Reason.UNUSABLE, "does not speak HTTP at {where}: {detail}; check its port"
    GARBLED = Kind.PROTOCOL, Reason.UNUSABLE, "sent what is not HTTP at {where}; check its port"
    UNSENDABLE = Kind.PROTOCOL, Reason.NOT_ASKED, "could not be asked at {where}: its url or a header holds what HTTP does not allow"
    # A server refuses. An operator reads its status, or its own words, too.
    BAD_DATA = Kind.STATUS, Reason.REFUSES, "the server could not read the query (bad_data); correct the panel's `query`"
    EXECUTION = Kind.STATUS, Reason.REFUSES, "the query was read but could not be executed (execution); correct the panel's `query`"
    CANCELED = Kind.STATUS, Reason.REFUSES, "the server canceled the query (canceled); the next cycle asks again"
    QUERY_TIMEOUT = Kind.STATUS, Reason.LATE, "the server gave up on the query (timeout); simplify it, or record it with a rule"
    INTERNAL = Kind.STATUS, Reason.FAILS, "the server failed inside (internal); see its log"
    NOT_FOUND = Kind.STATUS, Reason.REFUSES, "the server did not find what was asked for (not_found)"
    NOT_ACCEPTABLE = Kind.STATUS, Reason.REFUSES, "the server cannot answer in JSON (not_acceptable); check what stands in front of it"
    UNAVAILABLE = Kind.STATUS, Reason.FAILS, "the server is not ready to answer (unavailable); the next cycle asks again"
    UNAUTHENTICATED = Kind.STATUS, Reason.LOCKED, "the server wants other credentials (401); check `basic_auth` or `authorization`"
    FORBIDDEN = Kind.STATUS, Reason.LOCKED, "the credentials may not query (403); give them read access, or check the tenant header"
    TOO_MANY_REQUESTS = Kind.STATUS, Reason.REFUSES, "the server limits the rate of queries (429); lower `max_concurrency`"
    TOO_MANY_SERIES = Kind.STATUS, Reason.UNUSABLE, "too many series; aggregate the query, for example with `sum by (...)` or `topk`"
    NO_API = Kind.STATUS, Reason.REFUSES, "there is no Prometheus API at this address (404); check the path of `url`"
    NOT_JSON = Kind.STATUS, Reason.UNUSABLE, "a web page came back instead of JSON; check `url`, a login page may stand in front"
    MALFORMED = Kind.STATUS, Reason.UNUSABLE, "the answer is not valid JSON of the Prometheus API"
    NO_RESULT = Kind.STATUS, Reason.UNUSABLE, "the answer is JSON but not the result of a query; check the path of `url`"
    ELSEWHERE = Kind.STATUS, Reason.UNUSABLE, "it leads elsewhere, which is not followed"
    SERVER = Kind.STATUS, Reason.FAILS, "the server, or a proxy before it, failed"
    OTHER = Kind.STATUS, Reason.FAILS, "the server refused"
    # A probe finds another answer than it expects.
    WRONG_STATUS = Kind.STATUS, Reason.FAILS, "answered {status} instead of {expected}"
    WRONG_ADDRESS = Kind.STATUS, Reason.UNUSABLE, "has not every address that is expected: {missing} is missing"
    WRONG_BODY = Kind.STATUS, Reason.UNUSABLE, "answered without the text that is expected"

    def __init__(self, kind: Kind, visitor: str, operator: str) -> None:
        self.kind = kind
        self.visitor = visitor
        self.operator = operator

    def reason(self, status: int | None) -> str:
        """Return what a visitor reads where the answer had this HTTP status: `answers with an error 503`."""
        if status is None or self.visitor != Reason.FAILS:
            return str(self.visitor)
        return f"{self.visitor} {status}" if status >= 400 else Reason.UNUSABLE.value


# fmt: on


class DoorError(Exception):
    """A failure with its fields filled in: the text is the rest of a sentence that the source's name begins."""

    def __init__(self, failure: Failure, status: int | None = None, **fields: object) -> None:
        super().__init__(failure.operator.format(**fields))
        self.failure = failure
        self.status = status


# What a status means where the body does not say more.
_BY_STATUS = {
    400: Failure.BAD_DATA,
    401: Failure.UNAUTHENTICATED,
    403: Failure.FORBIDDEN,
    404: Failure.NO_API,
    406: Failure.NOT_ACCEPTABLE,
    408: Failure.QUERY_TIMEOUT,
    422: Failure.EXECUTION,
    429: Failure.TOO_MANY_REQUESTS,
    499: Failure.CANCELED,
    503: Failure.UNAVAILABLE,
}

# What an envelope's errorType may say: Prometheus' own words and Mimir's.
_BY_TYPE = {
    "bad_data": Failure.BAD_DATA,
    "execution": Failure.EXECUTION,
    "canceled": Failure.CANCELED,
    "timeout": Failure.QUERY_TIMEOUT,
    "internal": Failure.INTERNAL,
    "not_found": Failure.NOT_FOUND,
    "not_acceptable": Failure.NOT_ACCEPTABLE,
    "unavailable": Failure.UNAVAILABLE,
    "too_many_requests": Failure.TOO_MANY_REQUESTS,
}


def failure_of_status(status: int) -> Failure:
    """Return what a status other than 2xx means (RFC 9110, 15)."""
    if status >= 500:
        return _BY_STATUS.get(status, Failure.SERVER)
    return Failure.ELSEWHERE if 300 <= status < 400 else _BY_STATUS.get(status, Failure.OTHER)


def failure_of_type(error_type: str, status: int | None) -> Failure:
    """Return what an error envelope means; VictoriaMetrics' error types are HTTP statuses as text."""
    if error_type in _BY_TYPE:
        return _BY_TYPE[error_type]
    if error_type.isdecimal() and len(error_type) == 3:
        return failure_of_status(int(error_type))
    return Failure.OTHER if status is None or 200 <= status < 300 else failure_of_status(status)

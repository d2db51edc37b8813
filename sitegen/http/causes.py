"""From what the network raised to the failure that it is.

requests and urllib3 wrap the cause several times over and not always alike, so the
whole chain is searched for what the operating system, OpenSSL or http.client said.
"""

import http.client
import socket
import ssl
from collections.abc import Iterator

from sitegen.http.address import shown_url
from sitegen.http.dialling import OWN, UNREACHABLE
from sitegen.http.failures import DoorError, Failure
from sitegen.http.model import Endpoint
from sitegen.instrumentation.clock import Deadline
from sitegen.units import format_duration

# The first that fits counts: RemoteDisconnected, for one, is also a ConnectionError.
_BY_TYPE = (
    (ssl.SSLEOFError, Failure.CUT_IN_TLS),
    (ssl.SSLZeroReturnError, Failure.CUT_IN_TLS),
    (ssl.SSLCertVerificationError, Failure.CERTIFICATE),
    (ssl.SSLError, Failure.HANDSHAKE),
    (ConnectionRefusedError, Failure.REFUSED),
    (http.client.RemoteDisconnected, Failure.CLOSED),
    (ConnectionError, Failure.RESET),
    (http.client.IncompleteRead, Failure.CUT),
    (http.client.HTTPException, Failure.NOT_HTTP),
)
_NO_SUCH_NAME = frozenset(
    getattr(socket, name, socket.EAI_NONAME) for name in ("EAI_NONAME", "EAI_NODATA", "EAI_ADDRFAMILY")
)
"""Answers of a resolver; whatever else it raises means that it gave none."""
_LONGEST_DETAIL = 200


def classify(
    error: BaseException, endpoint: Endpoint, url: str, limit: Deadline, deadline: Deadline
) -> DoorError:
    """Return what was raised as a failure of the table; `limit` is the attempt's, `deadline` the build's."""
    chain = list(_chain(error))
    known = next((cause for cause in chain if isinstance(cause, DoorError)), None)
    if known is not None:
        return known
    failure, cause = _failure(chain, limit, deadline)
    where = shown_url(url)
    host = where.partition("://")[2].partition("/")[0]
    allowed = format_duration(endpoint.timeout)
    return DoorError(failure, where=where, host=host, allowed=allowed, detail=_detail(cause))


def _failure(
    chain: list[BaseException], limit: Deadline, deadline: Deadline
) -> tuple[Failure, BaseException]:
    for cause in chain:
        if isinstance(cause, socket.gaierror) and not deadline.passed:
            return Failure.NO_SUCH_NAME if cause.errno in _NO_SUCH_NAME else Failure.UNRESOLVED, cause
    # The watchdog ends a connection, and does not say so to whoever reads from it.
    if limit.passed or any(_is_timeout(cause) for cause in chain):
        return Failure.DEADLINE if deadline.passed else Failure.TIMEOUT, chain[0]
    for cause in chain:
        if (known := _known(cause)) is not None:
            return known, cause
    for cause in chain:
        if isinstance(cause, OSError) and cause.errno is not None:
            return Failure.LOST, cause
    # A ValueError that nothing of the network wraps was found before anything was sent.
    return Failure.UNSENDABLE if isinstance(chain[0], ValueError) else Failure.GARBLED, chain[0]


def _known(cause: BaseException) -> Failure | None:
    """Return the failure that one cause says by itself, None where it says none."""
    if isinstance(cause, ssl.SSLError) and "no application protocol" in str(
        cause
    ):  # it has no name in Python
        return Failure.NEWER_HTTP
    for kind, failure in _BY_TYPE:
        if isinstance(cause, kind):
            return failure
    number = cause.errno if isinstance(cause, OSError) else None
    if number in OWN:
        return Failure.NO_WAY
    return Failure.UNREACHABLE if number in UNREACHABLE else None


def _is_timeout(cause: BaseException) -> bool:
    return isinstance(cause, TimeoutError) or type(cause).__name__ in (
        "ReadTimeoutError",
        "ConnectTimeoutError",
    )


def _detail(cause: BaseException) -> str:
    """Return the cause's own words, cut to part of a line."""
    if isinstance(cause, ssl.SSLCertVerificationError):
        return cause.verify_message.rstrip(".")
    if isinstance(cause, ssl.SSLError):
        return (cause.reason or "handshake failed").replace("_", " ").lower()
    said = cause.strerror if isinstance(cause, OSError) else str(cause)
    return (said or "")[:_LONGEST_DETAIL].strip() or type(cause).__name__


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield everything an exception wraps: causes, contexts, urllib3's `reason`, and its arguments."""
    waiting, seen = [error], set[int]()
    while waiting:
        here = waiting.pop(0)
        if id(here) in seen:
            continue
        seen.add(id(here))
        yield here
        inside = (*here.args, getattr(here, "reason", None), here.__cause__, here.__context__)
        waiting += [other for other in inside if isinstance(other, BaseException)]

"""From what the network raised to the kind of a fault, and what to say of it.

requests and urllib3 wrap the cause several times over and not always alike, so the
whole chain is searched for what the operating system, OpenSSL or http.client said.
"""

import errno
import http.client
import socket
import ssl
from collections.abc import Iterator

from sitegen.http.address import shown_url
from sitegen.http.faults import DoorError
from sitegen.http.model import Endpoint, FaultKind
from sitegen.instrumentation.clock import Deadline
from sitegen.units import format_duration

__all__ = ["classify"]

_UNREACHABLE = frozenset(
    {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN, errno.EACCES}
)
_LONGEST_REASON = 200


def classify(
    error: BaseException, endpoint: Endpoint, url: str, limit: Deadline, deadline: Deadline
) -> tuple[FaultKind, str]:
    """Give the kind of what was raised, and the rest of a sentence that begins with the source's name."""
    chain = list(_chain(error))
    for cause in chain:
        if isinstance(cause, DoorError):
            return cause.kind, cause.says
    where = shown_url(url)
    host = where.partition("://")[2].partition("/")[0]
    if limit.passed or any(
        _is_timeout(cause) for cause in chain
    ):  # the watchdog ends a connection without a word
        if deadline.passed:
            return FaultKind.DEADLINE, f"had not answered {where} when the time for gathering was over"
        allowed = format_duration(endpoint.timeout)
        return (
            FaultKind.TIMEOUT,
            f"gave no whole answer within {allowed} at {where}; raise its timeout, or ask for less",
        )
    for cause in chain:
        if found := _of_tls(cause, host) or _of_socket(cause, host, where) or _of_protocol(cause, where):
            return found
    if any(isinstance(cause, OSError) and cause.errno is not None for cause in chain):
        reason = next(
            cause.strerror for cause in chain if isinstance(cause, OSError) and cause.errno is not None
        )
        return FaultKind.RESET, f"lost the connection to {host}: {reason}"
    if any(isinstance(cause, ValueError) for cause in chain):  # found before anything was sent
        refused = f"could not be asked at {where}: its url or a header holds what HTTP does not allow"
        return FaultKind.PROTOCOL, refused
    return FaultKind.PROTOCOL, f"sent what is not HTTP at {where}; check its port"


def _is_timeout(cause: BaseException) -> bool:
    return isinstance(cause, TimeoutError) or type(cause).__name__ in (
        "ReadTimeoutError",
        "ConnectTimeoutError",
    )


def _of_tls(cause: BaseException, host: str) -> tuple[FaultKind, str] | None:
    if isinstance(cause, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return FaultKind.RESET, f"was cut off by {host} in the middle of TLS"
    if isinstance(cause, ssl.SSLCertVerificationError):
        return FaultKind.TLS, (
            f"shows a certificate that is not trusted for {host}: {cause.verify_message.rstrip('.')};"
            " give its authority as ca_file, or the certificate's name as server_name"
        )
    if isinstance(cause, ssl.SSLError):
        reason = (cause.reason or "handshake failed").replace("_", " ").lower()
        return FaultKind.TLS, f"could not agree on TLS with {host}: {reason}; check its port and certificates"
    return None


def _of_socket(cause: BaseException, host: str, where: str) -> tuple[FaultKind, str] | None:
    if isinstance(cause, socket.gaierror):
        return FaultKind.DNS, f"has a name that cannot be resolved, {host}; check its url and the resolver"
    if isinstance(cause, ConnectionRefusedError):
        return FaultKind.REFUSED, f"refuses connections at {host}; start it, or correct its url"
    if isinstance(cause, OSError) and cause.errno in _UNREACHABLE:
        return FaultKind.UNREACHABLE, f"cannot be reached: there is no way to {host}; check the network"
    if isinstance(cause, ConnectionError) and not isinstance(cause, http.client.RemoteDisconnected):
        return FaultKind.RESET, f"reset the connection at {where}; look into its own log"
    return None


def _of_protocol(cause: BaseException, where: str) -> tuple[FaultKind, str] | None:
    if isinstance(cause, http.client.RemoteDisconnected):
        return FaultKind.RESET, f"closed the connection at {where} without an answer; look into its own log"
    if isinstance(cause, http.client.IncompleteRead):
        return FaultKind.RESET, f"sent only part of its answer at {where}; look into its own log"
    if isinstance(cause, http.client.HTTPException):
        reason = str(cause)[:_LONGEST_REASON].strip() or type(cause).__name__
        return FaultKind.PROTOCOL, f"does not speak HTTP at {where}: {reason}; check its port"
    return None


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Walk through everything an exception wraps: causes, contexts, urllib3's `reason`, and its arguments."""
    waiting, seen = [error], set[int]()
    while waiting:
        here = waiting.pop(0)
        if id(here) in seen:
            continue
        seen.add(id(here))
        yield here
        inside = (*here.args, getattr(here, "reason", None), here.__cause__, here.__context__)
        waiting += [other for other in inside if isinstance(other, BaseException)]

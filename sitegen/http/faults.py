"""From what the network raised to a `Fault`: its kind, and a redacted sentence of what, where and what to do."""

import base64
import errno
import http.client
import socket
from collections.abc import Iterator

from sitegen.http.address import shown_url
from sitegen.http.model import Endpoint, Fault, FaultKind
from sitegen.redaction import Redactor, visible
from sitegen.units import format_duration, rfc3339

__all__ = ["DoorError", "Speaker", "breaker_open", "classify", "describe_status"]

_UNREACHABLE = frozenset(
    {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN, errno.EACCES}
)
_LONGEST_REASON = 200


class DoorError(Exception):
    """What the door itself found wrong: the kind, and the rest of a sentence that the source's name begins."""

    def __init__(self, kind: FaultKind, says: str, status: int | None = None) -> None:
        super().__init__(says)
        self.kind = kind
        self.says = says
        self.status = status


class Speaker:
    """Words faults of one source, with this source's own secrets cut out whatever the redactor's rules say."""

    def __init__(self, endpoint: Endpoint, redactor: Redactor) -> None:
        self._endpoint = endpoint
        self._redactor = redactor
        self._secrets = sorted(filter(None, _secrets_of(endpoint)), key=len, reverse=True)

    def fault(self, kind: FaultKind, says: str, status: int | None = None) -> Fault:
        """Make a fault whose sentence is the source's name and `says`."""
        return Fault(kind=kind, message=self.clean(f"{self._endpoint.name} {says}"), status=status)

    def clean(self, text: str) -> str:
        """Cut secrets, and make control characters visible."""
        return visible(self._redactor.text(self.cut(text)))

    def cut(self, text: str) -> str:
        """Cut this source's own secrets only, for some servers echo what they were sent."""
        for secret in self._secrets:
            text = text.replace(secret, "REDACTED")
        return text

    def cut_bytes(self, body: bytes) -> bytes:
        """Cut them from the bytes of an error answer, which the source's own room reads on."""
        for secret in self._secrets:
            body = body.replace(secret.encode(), b"REDACTED")
        return body


def _secrets_of(endpoint: Endpoint) -> Iterator[str]:
    # Shorter values would cut ordinary words apart, and are no secret that a page could give away.
    for value in (endpoint.password, endpoint.authorization, *endpoint.headers.values()):
        if value and len(value) >= 4:
            yield value
            yield value.partition(" ")[2] if len(value.partition(" ")[2]) >= 4 else ""
    if endpoint.password is not None:
        pair = f"{endpoint.username or ''}:{endpoint.password}"
        yield base64.b64encode(pair.encode()).decode()
    userinfo = endpoint.url.partition("://")[2].partition("/")[0].rpartition("@")[0]
    if len(userinfo) >= 4:
        yield userinfo
        yield userinfo.partition(":")[2] if len(userinfo.partition(":")[2]) >= 4 else ""


def breaker_open(name: str, retry_at: float) -> Fault:
    """Give the fault of a source that is not asked, since it failed too often; `retry_at` in POSIX seconds."""
    return Fault(
        kind=FaultKind.BREAKER_OPEN,
        message=f"{name} failed again and again and is left alone until {rfc3339(retry_at)}",
    )


def describe_status(status: int, url: str) -> str:
    """Say what a status other than 2xx means, and what to do (RFC 9110, 15)."""
    try:
        phrase = f"{status} {http.HTTPStatus(status).phrase}"
    except ValueError:
        phrase = str(status)
    match status:
        case 401 | 403 | 407:
            todo = "check its credentials"
        case 404 | 410:
            todo = "check the path of its url"
        case 429:
            todo = "it wants to be asked less often"
        case _ if status < 400:
            todo = "it leads elsewhere, which is not followed"
        case _ if status < 500:
            todo = "it does not accept this request"
        case _:
            todo = "look into its own log"
    return f"answered {phrase} at {shown_url(url)}; {todo}"


def classify(
    error: BaseException, endpoint: Endpoint, url: str, *, deadline_passed: bool
) -> tuple[FaultKind, str]:
    """Give the kind of what was raised, and what to say of it.

    requests and urllib3 wrap the cause several times over and not always alike, so
    the whole chain is searched for what the operating system or OpenSSL said.
    """
    chain = list(_chain(error))
    for cause in chain:
        if isinstance(cause, DoorError):
            return cause.kind, cause.says
    where = shown_url(url)
    host = where.partition("://")[2].partition("/")[0]
    if any(_is_timeout(cause) for cause in chain):
        if deadline_passed:
            return FaultKind.DEADLINE, f"had not answered {where} when the time for gathering was over"
        limit = format_duration(endpoint.timeout)
        return (
            FaultKind.TIMEOUT,
            f"gave no whole answer within {limit} at {where}; raise its timeout, or ask for less",
        )
    for cause in chain:
        if found := _of_tls(cause, host) or _of_socket(cause, host, where) or _of_protocol(cause, where):
            return found
    if any(isinstance(cause, OSError) and cause.errno is not None for cause in chain):
        reason = next(
            cause.strerror for cause in chain if isinstance(cause, OSError) and cause.errno is not None
        )
        return FaultKind.RESET, f"lost the connection to {host}: {reason}"
    return (
        FaultKind.PROTOCOL,
        f"could not be asked at {where}: its url or a header holds what HTTP does not allow",
    )


def _is_timeout(cause: BaseException) -> bool:
    return isinstance(cause, TimeoutError) or type(cause).__name__ in (
        "ReadTimeoutError",
        "ConnectTimeoutError",
    )


def _of_tls(cause: BaseException, host: str) -> tuple[FaultKind, str] | None:
    import ssl  # noqa: PLC0415 - not needed before something failed

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
    if isinstance(cause, socket.gaierror | UnicodeError):
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

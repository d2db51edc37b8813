"""Faults and their words: each says what, where and what to do, and gives no secret away."""

import base64
import http
from collections.abc import Iterator

from sitegen.http.address import shown_url
from sitegen.http.model import Endpoint, Fault, FaultKind
from sitegen.redaction import Redactor, visible
from sitegen.units import rfc3339

__all__ = ["DoorError", "Speaker", "breaker_open", "describe_status"]


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
        yield base64.b64encode(userinfo.encode()).decode()


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

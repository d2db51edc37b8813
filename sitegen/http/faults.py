"""Failures of one source as faults, which give no secret of it away."""

import base64
import http
from collections.abc import Iterator

from sitegen.http.address import shown_url
from sitegen.http.failures import DoorError, failure_of_status
from sitegen.http.model import Endpoint, Fault, FaultKind
from sitegen.redaction import Redactor, visible

__all__ = ["FaultFormatter"]


class FaultFormatter:
    """Writes faults of one source, with this source's own secrets cut out whatever the redactor's rules say."""

    def __init__(self, endpoint: Endpoint, redactor: Redactor) -> None:
        self._endpoint = endpoint
        self._redactor = redactor
        self._secrets = sorted(filter(None, _secrets_of(endpoint)), key=len, reverse=True)

    def fault(self, found: DoorError) -> Fault:
        """Return a fault whose sentence is the source's name and what was found."""
        return Fault(found.failure.kind, self.clean(f"{self._endpoint.name} {found}"), found.status)

    def status_fault(self, status: int, url: str) -> Fault:
        """Return the fault of a status other than 2xx (RFC 9110, 15)."""
        try:
            phrase = f"{status} {http.HTTPStatus(status).phrase}"
        except ValueError:
            phrase = str(status)
        means = failure_of_status(status).operator
        message = f"{self._endpoint.name} answered {phrase} at {shown_url(url)}: {means}"
        return Fault(FaultKind.STATUS, self.clean(message), status)

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

"""Failures of one source as faults, which give no secret of it away."""

import http
from collections.abc import Iterator

from sitegen.http.address import shown_url
from sitegen.http.failures import DoorError, failure_of_status
from sitegen.http.model import Endpoint, Fault, FaultKind
from sitegen.redaction import Redactor, make_own_cutter, visible


class FaultFormatter:
    """Writes faults of one source, with this source's own secrets cut out whatever the redactor's rules say."""

    def __init__(self, endpoint: Endpoint, redactor: Redactor) -> None:
        self._endpoint = endpoint
        self._redactor = redactor
        self._own = make_own_cutter(tuple(filter(None, _secrets_of(endpoint))))

    def fault(self, found: DoorError) -> Fault:
        """Return a fault whose sentence is the source's name and what was found."""
        message = self.clean(f"{self._endpoint.name} {found}")
        return Fault(found.failure.kind, message, found.failure.reason(found.status), found.status)

    def status_fault(self, status: int, url: str) -> Fault:
        """Return the fault of a status other than 2xx (RFC 9110, 15)."""
        try:
            phrase = f"{status} {http.HTTPStatus(status).phrase}"
        except ValueError:
            phrase = str(status)
        means = failure_of_status(status)
        message = f"{self._endpoint.name} answered {phrase} at {shown_url(url)}: {means.operator}"
        return Fault(FaultKind.STATUS, self.clean(message), means.reason(status), status)

    def clean(self, text: str) -> str:
        """Cut secrets, and make control characters visible."""
        return visible(self._redactor.text(self.cut(text)))

    def cut(self, text: str) -> str:
        """Cut this source's own secrets only, for some servers echo what they were sent."""
        return self._own.text(text)

    def cut_bytes(self, body: bytes) -> bytes:
        """Cut them from the bytes of an error answer, which the source's own room reads on."""
        return self._own.text(body.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")


def _secrets_of(endpoint: Endpoint) -> Iterator[str]:
    for value in (endpoint.password, endpoint.authorization, *endpoint.headers.values()):
        if value:
            yield value
            yield value.partition(" ")[2]
    userinfo = endpoint.url.partition("://")[2].partition("/")[0].rpartition("@")[0]
    if len(userinfo) >= 4:
        yield userinfo
        yield userinfo.partition(":")[2]

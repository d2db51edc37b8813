"""The door to the site as its visitors get it: at its own address, through whatever stands before the copies."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from hashlib import sha256

import msgspec

from sitegen.deployment.model import INDEX, Target
from sitegen.http import Answer, Endpoint, Fault, RetryBudget, Session
from sitegen.instrumentation.clock import Clock, Deadline
from sitegen.redaction import Redactor

TIMEOUT = 3.0
_CONNECTIONS = 8


class Served(msgspec.Struct, frozen=True):
    """What a visitor got for a key: the status, the digest and the type of the body, the policy in the header.

    A `status` of 0 means that nobody answered, for the `reason`.
    """

    key: str
    status: int
    sha256: str = ""
    content_type: str = ""
    policy: str = ""
    reason: str = ""


class Edge:
    """The site at `base_url`. A context manager; any number of threads may ask."""

    def __init__(self, base_url: str, clock: Clock, deadline: Deadline) -> None:
        self.base_url = base_url.rstrip("/") + "/"
        endpoint = Endpoint(
            name="site",
            url=self.base_url,
            timeout=TIMEOUT,
            attempts=1,
            redirects=0,
            connections=_CONNECTIONS,
        )
        self._session = Session(
            endpoint, clock=clock, deadline=deadline, budget=RetryBudget(0), redactor=Redactor()
        )

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def fetch(self, key: str) -> Served:
        """Ask for a key as a visitor does."""
        answer = self._session.request("GET", "/" if key == INDEX else f"/{key}")
        if isinstance(answer, Fault):
            return Served(key, answer.status or 0, policy=_policy(answer.headers), reason=answer.reason)
        return _served(key, answer)


@contextmanager
def open_edge(target: Target, base_url: str, clock: Clock, deadline: Deadline) -> Iterator[Edge | None]:
    """Open the site's address, None where it has none, or where the target is a folder, which anything may serve."""
    if not base_url or not target.buckets:
        yield None
        return
    with closing(Edge(base_url, clock, deadline)) as edge:
        yield edge


def _served(key: str, answer: Answer) -> Served:
    return Served(
        key,
        answer.status,
        sha256(answer.body).hexdigest(),
        answer.headers.get("content-type", ""),
        _policy(answer.headers),
    )


def _policy(headers: dict[str, str]) -> str:
    return headers.get("content-security-policy", "")

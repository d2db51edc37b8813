"""The types of sources: the one table of what `[[metrics.sources]]` may be, and how each server is spoken to."""

from enum import StrEnum
from typing import NamedTuple, Protocol

from sitegen.http import Session
from sitegen.metrics.source import PrometheusSource, Source
from sitegen.redaction import Redactor


class SourceType(StrEnum):
    """What a source speaks."""

    PROMETHEUS = "prometheus"
    CLOUDWATCH = "cloudwatch"
    HOST = "host"


class _Open(Protocol):
    def __call__(self, session: Session, /, *, name: str, redactor: Redactor) -> Source: ...


class ServerType(NamedTuple):
    """How a server is asked through a session of the HTTP door; `sitegen check` asks it for `trial` as a build would.

    That is the cheapest expression that every server of the type knows. `counts` says
    whether the server takes PromQL, which objectives count by.
    """

    open: _Open
    trial: str
    counts: bool = False


SERVERS = {
    SourceType.PROMETHEUS: ServerType(PrometheusSource, "vector(1)", counts=True),
}
"""Every type that has a `url`; CloudWatch stands behind AWS' own door, and `host` is the machine that builds."""

"""The types of sources: the one table of what `[[metrics.sources]]` may be, and how each server is spoken to."""

from collections.abc import Mapping
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
    """How a server is asked through a session of the HTTP door; `sitegen check` gets `path` with `params` of it.

    That is the cheapest question that takes the credentials of a build. `counts` says
    whether the server takes PromQL, which objectives count by.
    """

    open: _Open
    path: str
    params: Mapping[str, str] = {}
    counts: bool = False


SERVERS = {
    SourceType.PROMETHEUS: ServerType(PrometheusSource, "/api/v1/query", {"query": "vector(1)"}, counts=True),
}
"""Every type that has a `url`; CloudWatch stands behind AWS' own door, and `host` is the machine that builds."""

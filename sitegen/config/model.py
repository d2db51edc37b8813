"""The configuration as the rooms take it: durations in seconds, paths absolute, secrets read."""

from pathlib import Path

import msgspec

from sitegen.availability.model import Maintenance, Probe, Slo
from sitegen.deployment.model import Target
from sitegen.http import Endpoint
from sitegen.metrics.model import Panel

__all__ = [
    "SELF", "Build", "Config", "Deploy", "LogSource", "MetricSource", "Redaction", "SectionWidths", "Site",
    "TraceSource",
]  # fmt: skip

SELF = "self"
"""The source that is always there: sitegen's own history, traces and log."""


class Site(msgspec.Struct, frozen=True):
    """`[site]`."""

    title: str
    description: str
    base_url: str
    language: str
    output: Path
    state: Path
    content: Path
    theme: str
    mode: str
    palette: dict[str, str]

    @property
    def base_path(self) -> str:
        """The path that every link starts with: `/`, or `/status/` for a site below one."""
        tail = self.base_url.partition("://")[2].partition("/")[2].strip("/")
        return f"/{tail}/" if tail else "/"


class Build(msgspec.Struct, frozen=True):
    """`[build]`: seconds; `workers` None is "auto"."""

    cycle: float
    gather: float
    deadline: float
    workers: int | None


class SectionWidths(msgspec.Struct, frozen=True):
    """`[build.sections.<name>]`."""

    threads: int | None
    processes: int | None


class MetricSource(msgspec.Struct, frozen=True):
    """One of `[[metrics.sources]]`: a server with an endpoint, or CloudWatch with a region and its timeout in seconds."""

    name: str
    type: str
    max_concurrency: int
    endpoint: Endpoint | None = None
    region: str = ""
    namespace: str = ""
    timeout: float = 5.0


class TraceSource(msgspec.Struct, frozen=True):
    """One of `[[traces.sources]]` of type `otlp-file`; `path` is an absolute glob."""

    name: str
    path: str


class LogSource(msgspec.Struct, frozen=True):
    """One of `[[logs.sources]]`; `path` is an absolute glob."""

    name: str
    path: str


class Redaction(msgspec.Struct, frozen=True):
    """`[redaction]`."""

    rules: tuple[str, ...]
    allow: tuple[str, ...]
    show_ip: bool
    show_email: bool


class Deploy(msgspec.Struct, frozen=True):
    """`[deploy]`."""

    cost_cap_usd_month: float | None
    targets: tuple[Target, ...]


class Config(msgspec.Struct, frozen=True):
    """Everything that `sitegen.toml` says. Unpacked by the commands and the pipeline; it never travels further.

    `secrets` are the values that must never be published, logged or shown.
    """

    path: Path
    site: Site
    build: Build
    sections: dict[str, SectionWidths]
    metric_sources: tuple[MetricSource, ...]
    panels: tuple[Panel, ...]
    trace_sources: tuple[TraceSource, ...]
    trace_attributes: frozenset[str]
    traces_kept: int
    log_sources: tuple[LogSource, ...]
    redaction: Redaction
    probes: tuple[Probe, ...]
    maintenance: tuple[Maintenance, ...]
    slos: tuple[Slo, ...]
    deploy: Deploy
    secrets: tuple[str, ...]

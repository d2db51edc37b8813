"""The configuration as the pipeline takes it: durations in seconds, paths absolute, secrets read."""

from pathlib import Path

import msgspec

from sitegen.availability.model import Probe, Slo
from sitegen.availability.recurring import PlannedTime
from sitegen.config.schema import Build, Deploy, LogSource, Redaction, Section, Site, TraceSource
from sitegen.http import Endpoint
from sitegen.metrics.model import SELF, Overview, Panel
from sitegen.metrics.sources import SourceType

__all__ = ["SELF", "CloudWatch", "Config", "Host", "MetricServer", "MetricSource"]


class MetricServer(msgspec.Struct, frozen=True):
    """One of `[[metrics.sources]]` with an address; `type` has a row in `sitegen.metrics.sources`, `scrape_interval` is in seconds."""

    name: str
    type: SourceType
    max_concurrency: int
    scrape_interval: float
    endpoint: Endpoint


class CloudWatch(msgspec.Struct, frozen=True):
    """One of `[[metrics.sources]]` of type cloudwatch; `timeout` in seconds."""

    name: str
    max_concurrency: int
    region: str
    namespace: str
    timeout: float


class Host(msgspec.Struct, frozen=True):
    """One of `[[metrics.sources]]` of type host: the machine that builds."""

    name: str


MetricSource = MetricServer | CloudWatch | Host


class Config(msgspec.Struct, frozen=True):
    """Everything that `sitegen.toml` says. Unpacked by the commands and the pipeline; it never travels further.

    `secrets` are the values that must never be published, logged or shown.
    """

    path: Path
    site: Site
    build: Build
    sections: dict[str, Section]
    metric_sources: tuple[MetricSource, ...]
    panels: tuple[Panel, ...]
    trace_sources: tuple[TraceSource, ...]
    trace_attributes: frozenset[str]
    traces_kept: int
    traces_days: int
    log_sources: tuple[LogSource, ...]
    log_fields: frozenset[str] | None
    redaction: Redaction
    overview: Overview
    probes: tuple[Probe, ...]
    maintenance: tuple[PlannedTime, ...]
    slos: tuple[Slo, ...]
    deploy: Deploy
    secrets: tuple[str, ...]

    @property
    def is_new(self) -> bool:
        """Whether nobody has named a source, a probe or a target yet: the site shows itself alone."""
        foreign = (
            [source for source in self.metric_sources if not isinstance(source, Host)],
            self.trace_sources,
            self.log_sources,
            self.probes,
            self.deploy.targets,
        )
        return not any(foreign)

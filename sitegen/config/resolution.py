"""From the file's shape to the rooms' records: durations, paths, secrets, and what must fit together."""

import re
from collections.abc import Sequence
from pathlib import Path

from sitegen.availability.model import Maintenance, Probe, Slo
from sitegen.config import schema
from sitegen.config.checks import Checks
from sitegen.config.model import (
    SELF,
    Build,
    Config,
    Deploy,
    LogSource,
    MetricSource,
    Redaction,
    SectionWidths,
    Site,
    TraceSource,
)
from sitegen.config.secrets import Secrets
from sitegen.deployment.model import Bucket, Target
from sitegen.http import Endpoint
from sitegen.metrics.model import Panel, PanelKind, Threshold

__all__ = ["resolve"]

_COLOUR = re.compile(r"#[0-9a-f]{6}")


def resolve(file: schema.File, path: Path) -> Config:
    """Check what types cannot say and give the Config. Raises ConfigError naming the key and the file."""
    return _Resolution(path).config(file)


class _Resolution(Checks):
    """One pass over one file; remembers the path for sentences and the secrets for redaction."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._secrets = Secrets(path)

    def config(self, file: schema.File) -> Config:
        sources = tuple(
            self._metric_source(index, source) for index, source in enumerate(file.metrics.sources)
        )
        self.unique("metrics.sources", [SELF, *(source.name for source in sources)])
        names = [SELF, *(source.name for source in sources)]
        panels = tuple(self._panel(index, panel, names) for index, panel in enumerate(file.metrics.panels))
        self.unique("metrics.panels", [panel.id for panel in panels], of="id")
        probes = tuple(self._probe(index, probe) for index, probe in enumerate(file.probes))
        self.unique("probes", [probe.id for probe in probes], of="id")
        slos = tuple(self._slo(index, slo, probes, names) for index, slo in enumerate(file.slos))
        self.unique("slos", [slo.id for slo in slos], of="id")
        return Config(
            path=self.path,
            site=self._site(file.site),
            build=self._build(file.build),
            sections=self._sections(file.build.sections),
            metric_sources=sources,
            panels=panels,
            trace_sources=self._trace_sources(file.traces.sources),
            trace_attributes=frozenset(file.traces.attributes),
            traces_kept=self.positive("traces.keep", file.traces.keep),
            log_sources=self._log_sources(file.logs.sources),
            redaction=self._redaction(file.redaction),
            probes=probes,
            maintenance=tuple(self._maintenance(i, item, probes) for i, item in enumerate(file.maintenance)),
            slos=slos,
            deploy=self._deploy(file.deploy),
            secrets=self._secrets.found,
        )

    def _site(self, site: schema.Site) -> Site:
        for token, colour in site.palette.items():
            if not re.fullmatch(r"[a-z][a-z0-9]{0,11}", token) or not _COLOUR.fullmatch(colour):
                raise self.fail(
                    f"site.palette.{token}",
                    f"{colour!r} must be a colour like #8cf5d8 for a token like accent",
                )
        if site.base_url and not re.fullmatch(r"https?://[^\s/?#\"<>]+(/[A-Za-z0-9._~/-]*)?", site.base_url):
            raise self.fail(
                "site.base_url",
                f"{site.base_url!r} must be a URL like https://example.org/ or https://example.org/status/",
            )
        if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", site.language):
            raise self.fail("site.language", f"{site.language!r} must be a language tag like en or de-CH")
        output, state, content = self.below(site.output), self.below(site.state), self.below(site.content)
        for key, folder in (("site.output", output), ("site.state", state)):
            if folder == self.path.parent or folder in self.path.parents:
                raise self.fail(key, f"{folder} holds the configuration itself; name a folder of its own")
        if output == state or output in state.parents or state in output.parents:
            raise self.fail(
                "site.state",
                "must not lie in the output, nor the output in it: the state is not for the public",
            )
        return Site(
            title=site.title,
            description=site.description,
            base_url=site.base_url.rstrip("/") + "/" if site.base_url else "",
            language=site.language,
            output=output,
            state=state,
            content=content,
            theme=site.theme if site.theme == "terminal" else str(self.below(site.theme)),
            mode=site.mode,
            palette=site.palette,
        )

    def _build(self, build: schema.Build) -> Build:
        cycle = self.seconds("build.cycle", build.cycle)
        gather, deadline = (
            self.seconds("build.gather", build.gather),
            self.seconds("build.deadline", build.deadline),
        )
        if gather > deadline:
            raise self.fail(
                "build.gather",
                f"{build.gather} is longer than the whole build's deadline of {build.deadline}",
            )
        workers = None if build.workers == "auto" else self.positive("build.workers", build.workers)
        return Build(cycle=cycle, gather=gather, deadline=deadline, workers=workers)

    def _sections(self, sections: dict[str, schema.Section]) -> dict[str, SectionWidths]:
        for name, section in sections.items():
            if name not in schema.SECTIONS:
                raise self.fail(
                    f"build.sections.{name}", f"unknown section; valid sections: {', '.join(schema.SECTIONS)}"
                )
            for key in ("threads", "processes"):
                if (width := getattr(section, key)) is not None:
                    self.positive(f"build.sections.{name}.{key}", width)
        return {
            name: SectionWidths(threads=section.threads, processes=section.processes)
            for name, section in sections.items()
        }

    def _metric_source(self, index: int, source: schema.MetricSource) -> MetricSource:
        key = f"metrics.sources[{index}]"
        concurrency = self.positive(f"{key}.max_concurrency", source.max_concurrency)
        if source.type == "cloudwatch":
            if not source.region:
                raise self.fail(f"{key}.region", "is missing; CloudFront's metrics live in us-east-1")
            return MetricSource(source.name, source.type, concurrency, None, source.region, source.namespace)
        if not source.url:
            raise self.fail(f"{key}.url", "is missing; name the server, like http://127.0.0.1:9090")
        return MetricSource(source.name, source.type, concurrency, self._endpoint(key, source, source.url))

    def _endpoint(self, key: str, source: schema.MetricSource, url: str) -> Endpoint:
        if source.basic_auth and source.authorization:
            raise self.fail(f"{key}.authorization", "goes with basic_auth at most once; keep one of the two")
        username, password = self._secrets.basic_auth(f"{key}.basic_auth", source.basic_auth)
        return Endpoint(
            name=source.name,
            url=self.url(f"{key}.url", url),
            timeout=self.seconds(f"{key}.timeout", source.timeout),
            headers=self._secrets.headers(f"{key}.http_headers", source.http_headers),
            username=username,
            password=password,
            authorization=self._secrets.authorization(f"{key}.authorization", source.authorization),
            ca_file=self._file(f"{key}.tls_config.ca_file", source.tls_config.ca_file),
            cert_file=self._file(f"{key}.tls_config.cert_file", source.tls_config.cert_file),
            key_file=self._file(f"{key}.tls_config.key_file", source.tls_config.key_file),
            server_name=source.tls_config.server_name,
            insecure_skip_verify=source.tls_config.insecure_skip_verify,
        )

    def _file(self, key: str, name: str | None) -> str | None:
        if name is None:
            return None
        path = self.below(name)
        if not path.is_file():
            raise self.fail(key, f"{path} is not a file")
        return str(path)

    def _panel(self, index: int, panel: schema.Panel, sources: Sequence[str]) -> Panel:
        key = f"metrics.panels[{index}]"
        source = panel.source or (sources[1] if len(sources) > 1 else SELF)
        if source not in sources:
            raise self.fail(f"{key}.source", f"{source!r} is no source; known: {', '.join(sources)}")
        if not panel.windows:
            raise self.fail(f"{key}.windows", 'needs at least one window, like ["1h"]')
        windows = tuple(self.seconds(f"{key}.windows", window) for window in panel.windows)
        self.unique(f"{key}.windows", panel.windows, of="window")
        return Panel(
            id=self.slug(f"{key}.id", panel.id),
            source=source,
            title=panel.title,
            query=panel.query,
            unit=panel.unit,
            kind=PanelKind(panel.kind),
            windows=windows,
            legend=panel.legend,
            thresholds=tuple(Threshold(item.value, item.status) for item in panel.thresholds),
            top=self.positive(f"{key}.top", panel.top),
        )

    def _trace_sources(self, sources: Sequence[schema.TraceSource]) -> tuple[TraceSource, ...]:
        self.unique("traces.sources", [SELF, *(source.name for source in sources)])
        return tuple(TraceSource(source.name, str(self.below(source.path))) for source in sources)

    def _log_sources(self, sources: Sequence[schema.LogSource]) -> tuple[LogSource, ...]:
        self.unique("logs.sources", [SELF, *(source.name for source in sources)])
        return tuple(LogSource(source.name, str(self.below(source.path))) for source in sources)

    def _redaction(self, redaction: schema.Redaction) -> Redaction:
        return Redaction(
            rules=tuple(
                self.pattern(f"redaction.rules[{i}]", rule) for i, rule in enumerate(redaction.rules)
            ),
            allow=tuple(
                self.pattern(f"redaction.allow[{i}]", rule) for i, rule in enumerate(redaction.allow)
            ),
            show_ip=redaction.ip == "show",
            show_email=redaction.email == "show",
        )

    def _probe(self, index: int, probe: schema.Probe) -> Probe:
        key = f"probes[{index}]"
        if not 100 <= probe.expect_status <= 599:
            raise self.fail(f"{key}.expect_status", f"{probe.expect_status} is no HTTP status")
        return Probe(
            id=self.slug(f"{key}.id", probe.id),
            title=probe.title,
            url=self.url(f"{key}.url", probe.url),
            method=probe.method,
            expect_status=probe.expect_status,
            expect_body=None
            if probe.expect_body is None
            else self.pattern(f"{key}.expect_body", probe.expect_body),
            timeout=self.seconds(f"{key}.timeout", probe.timeout),
            degraded_above=None
            if probe.degraded_above is None
            else self.seconds(f"{key}.degraded_above", probe.degraded_above),
            headers=self._secrets.plain_headers(f"{key}.headers", probe.headers),
        )

    def _maintenance(self, index: int, item: schema.Maintenance, probes: Sequence[Probe]) -> Maintenance:
        key = f"maintenance[{index}]"
        start, end = self.instant(f"{key}.start", item.start), self.instant(f"{key}.end", item.end)
        if end <= start:
            raise self.fail(f"{key}.end", "must be after its start")
        for name in item.probes:
            self._known_probe(f"{key}.probes", name, probes)
        return Maintenance(title=item.title, start=start, end=end, probes=tuple(item.probes))

    def _known_probe(self, key: str, name: str, probes: Sequence[Probe]) -> None:
        if name not in [probe.id for probe in probes]:
            raise self.fail(
                key, f"{name!r} is no probe; known: {', '.join(probe.id for probe in probes) or 'none'}"
            )

    def _slo(self, index: int, slo: schema.Slo, probes: Sequence[Probe], sources: Sequence[str]) -> Slo:
        key = f"slos[{index}]"
        if not 0 < slo.target < 1:
            raise self.fail(f"{key}.target", f"{slo.target} must be a ratio below 1, like 0.999")
        if (slo.probe is None) == (slo.good is None or slo.total is None):
            raise self.fail(key, "needs either `probe`, or `good` and `total` queries")
        if slo.probe is not None:
            self._known_probe(f"{key}.probe", slo.probe, probes)
        source = slo.source or (sources[1] if len(sources) > 1 else SELF)
        if slo.probe is None and source not in sources:
            raise self.fail(f"{key}.source", f"{source!r} is no source; known: {', '.join(sources)}")
        return Slo(
            id=self.slug(f"{key}.id", slo.id),
            title=slo.title,
            target=slo.target,
            window=self.seconds(f"{key}.window", slo.window),
            probe=slo.probe,
            source=None if slo.probe is not None else source,
            good=slo.good,
            total=slo.total,
        )

    def _deploy(self, deploy: schema.Deploy) -> Deploy:
        targets = tuple(self._target(name, target) for name, target in deploy.targets.items())
        if deploy.cost_cap_usd_month is not None and deploy.cost_cap_usd_month <= 0:
            raise self.fail("deploy.cost_cap_usd_month", "must be more than zero")
        return Deploy(cost_cap_usd_month=deploy.cost_cap_usd_month, targets=targets)

    def _target(self, name: str, target: schema.Target) -> Target:
        key = f"deploy.targets.{name}"
        if (target.path is None) == (not target.buckets):
            raise self.fail(key, "needs either `buckets` (one or two) or `path` (a folder)")
        if len(target.buckets) > 2:
            raise self.fail(f"{key}.buckets", "takes one bucket or two")
        if target.endpoint_url is not None:
            self.url(f"{key}.endpoint_url", target.endpoint_url)
        return Target(
            name=name,
            buckets=tuple(Bucket(name=bucket.name, region=bucket.region) for bucket in target.buckets),
            distribution_id=target.distribution_id,
            endpoint_url=target.endpoint_url,
            prefix=target.prefix,
            path=None if target.path is None else self.below(target.path),
        )

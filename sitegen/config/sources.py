"""Where telemetry comes from, and the panels that show it: `[metrics]`, `[traces]`, `[logs]`."""

from collections.abc import Sequence

from sitegen.config import schema
from sitegen.config.checks import Checks, hint
from sitegen.config.model import SELF, LogSource, MetricSource, TraceSource
from sitegen.config.secrets import Secrets
from sitegen.http import Endpoint
from sitegen.instrumentation.own_series import OWN_QUERIES
from sitegen.metrics.labels import NAME, parse_selector
from sitegen.metrics.model import Panel, PanelKind, Threshold
from sitegen.units import window_label

__all__ = ["resolve_log_sources", "resolve_metric_sources", "resolve_panels", "resolve_trace_sources"]

_NAME, _TITLE, _UNIT = 60, 120, 24
_MOST_CONCURRENCY = 256
_PLAIN = schema.MetricSource(name="", type="cloudwatch")
_PAGES_OWN = "main"
"""The one id that every page has."""


def resolve_metric_sources(
    check: Checks, secrets: Secrets, sources: Sequence[schema.MetricSource]
) -> tuple[MetricSource, ...]:
    """Check `[[metrics.sources]]`, and read their credentials."""
    _check_names(check, "metrics.sources", [source.name for source in sources])
    return tuple(
        _metric_source(check, secrets, f"metrics.sources[{index}]", source)
        for index, source in enumerate(sources)
    )


def _check_names(check: Checks, key: str, names: Sequence[str]) -> None:
    for index, name in enumerate(names):
        check.words(f"{key}[{index}].name", name, _NAME)
        if name == SELF:
            raise check.fail(f"{key}[{index}].name", f"{SELF!r} is always there; choose another name")
    check.unique(key, names)


def _metric_source(check: Checks, secrets: Secrets, key: str, source: schema.MetricSource) -> MetricSource:
    concurrency = check.positive(f"{key}.max_concurrency", source.max_concurrency, _MOST_CONCURRENCY)
    if source.type == "cloudwatch":
        if source.url is not None:
            raise check.fail(f"{key}.url", "does not go with type cloudwatch; it takes a region")
        for of_servers in ("basic_auth", "authorization", "http_headers", "tls_config"):
            if getattr(source, of_servers) != getattr(_PLAIN, of_servers):
                said = "does not go with type cloudwatch, which finds AWS credentials by AWS' own variables and files"
                raise check.fail(f"{key}.{of_servers}", said)
        if not source.region:
            raise check.fail(f"{key}.region", "is missing; CloudFront's metrics live in us-east-1")
        region = check.region(f"{key}.region", source.region)
        timeout = check.seconds(f"{key}.timeout", source.timeout)
        return MetricSource(source.name, source.type, concurrency, None, region, source.namespace, timeout)
    if source.region is not None:
        raise check.fail(f"{key}.region", "goes with type cloudwatch only; remove it")
    if not source.url:
        raise check.fail(f"{key}.url", "is missing; name the server, like http://127.0.0.1:9090")
    return MetricSource(
        source.name, source.type, concurrency, _endpoint(check, secrets, key, source, source.url)
    )


def _endpoint(check: Checks, secrets: Secrets, key: str, source: schema.MetricSource, url: str) -> Endpoint:
    if "?" in url or "#" in url:
        raise check.fail(
            f"{key}.url", "has a query or a fragment, which a source is not asked with; remove it"
        )
    if source.basic_auth and source.authorization:
        raise check.fail(f"{key}.authorization", "goes with basic_auth at most once; keep one of the two")
    tls = source.tls_config
    if (tls.cert_file is None) != (tls.key_file is None):
        raise check.fail(f"{key}.tls_config", "needs cert_file and key_file together")
    if tls.min_version and tls.max_version and tls.min_version > tls.max_version:
        raise check.fail(f"{key}.tls_config", "has a min_version that is above its max_version")
    username, password = secrets.basic_auth(f"{key}.basic_auth", source.basic_auth)
    return Endpoint(
        name=source.name,
        url=secrets.url(check.url(f"{key}.url", url)),
        timeout=check.seconds(f"{key}.timeout", source.timeout),
        headers=secrets.headers(f"{key}.http_headers", source.http_headers),
        username=username,
        password=password,
        authorization=secrets.authorization(f"{key}.authorization", source.authorization),
        ca_file=check.file(f"{key}.tls_config.ca_file", tls.ca_file),
        cert_file=check.file(f"{key}.tls_config.cert_file", tls.cert_file),
        key_file=check.file(f"{key}.tls_config.key_file", tls.key_file),
        server_name=tls.server_name,
        insecure_skip_verify=tls.insecure_skip_verify,
        min_version=tls.min_version,
        max_version=tls.max_version,
    )


def resolve_panels(
    check: Checks, panels: Sequence[schema.Panel], sources: Sequence[str]
) -> tuple[Panel, ...]:
    """Check `[[metrics.panels]]`; a panel without a source asks the first that is configured."""
    check.unique("metrics.panels", [panel.id for panel in panels], of="id")
    return tuple(
        _panel(check, f"metrics.panels[{index}]", panel, sources) for index, panel in enumerate(panels)
    )


def _panel(check: Checks, key: str, panel: schema.Panel, sources: Sequence[str]) -> Panel:
    if panel.id == _PAGES_OWN:
        raise check.fail(f"{key}.id", f"{_PAGES_OWN!r} is the page's own; choose another id")
    if not panel.windows:
        raise check.fail(f"{key}.windows", 'needs at least one window, like ["1h"]')
    windows = tuple(check.seconds(f"{key}.windows[{i}]", window) for i, window in enumerate(panel.windows))
    check.unique(f"{key}.windows", [window_label(window) for window in windows], of="window")
    source = check.known(f"{key}.source", panel.source or default_source(sources), sources, "source")
    if source == SELF:
        _check_own_query(check, f"{key}.query", panel.query)
    return Panel(
        id=check.slug(f"{key}.id", panel.id),
        source=source,
        title=check.words(f"{key}.title", panel.title, _TITLE),
        query=check.words(f"{key}.query", panel.query, 100_000),
        unit=check.words(f"{key}.unit", panel.unit, _UNIT, least=0),
        kind=PanelKind(panel.kind),
        windows=windows,
        legend=panel.legend,
        thresholds=tuple(
            Threshold(check.finite(f"{key}.thresholds[{index}].value", threshold.value), threshold.status)
            for index, threshold in enumerate(panel.thresholds)
        ),
        top=check.positive(f"{key}.top", panel.top),
    )


def _check_own_query(check: Checks, key: str, query: str) -> None:
    """Check that sitegen's own history may have what a panel asks of it; which labels there are, builds decide."""
    try:
        name = parse_selector(query)[NAME]
    except ValueError as error:
        raise check.fail(key, str(error)) from None
    if name not in OWN_QUERIES:
        raise check.fail(key, f"sitegen's own history has no {name!r}; {hint(name, OWN_QUERIES)}")


def default_source(sources: Sequence[str]) -> str:
    """Give the first configured source; where there is none, sitegen's own."""
    return sources[1] if len(sources) > 1 else SELF


def resolve_trace_sources(check: Checks, sources: Sequence[schema.TraceSource]) -> tuple[TraceSource, ...]:
    """Check `[[traces.sources]]`."""
    _check_names(check, "traces.sources", [source.name for source in sources])
    return tuple(
        TraceSource(source.name, str(check.below(f"traces.sources[{index}].path", source.path)))
        for index, source in enumerate(sources)
    )


def resolve_log_sources(check: Checks, sources: Sequence[schema.LogSource]) -> tuple[LogSource, ...]:
    """Check `[[logs.sources]]`."""
    _check_names(check, "logs.sources", [source.name for source in sources])
    return tuple(
        LogSource(source.name, str(check.below(f"logs.sources[{index}].path", source.path)))
        for index, source in enumerate(sources)
    )

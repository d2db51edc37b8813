"""Where telemetry comes from, and the panels that show it: `[metrics]`, `[traces]`, `[logs]`."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from sitegen.config import schema
from sitegen.config.checks import Checks, echo, hint
from sitegen.config.model import SELF, CloudWatch, Host, MetricServer, MetricSource
from sitegen.config.secrets import Secrets
from sitegen.http import Endpoint, TlsConfig
from sitegen.instrumentation.own_series import OWN_QUERIES
from sitegen.metrics.cloudwatch_query import parse_expression
from sitegen.metrics.host_series import HOST_SERIES
from sitegen.metrics.labels import NAME, parse_selector
from sitegen.metrics.model import Panel, PanelKind
from sitegen.metrics.sources import SourceType
from sitegen.metrics.variables import NAMES, check_brackets, variables_of
from sitegen.units import window_label

_Parsed = TypeVar("_Parsed")
_OF_SERVERS = ("basic_auth", "authorization", "http_headers", "tls_config")


def resolve_metric_sources(
    check: Checks, secrets: Secrets, sources: Sequence[schema.MetricSource]
) -> tuple[MetricSource, ...]:
    """Check `[[metrics.sources]]`, and read their credentials."""
    check_names(check, "metrics.sources", [source.name for source in sources])
    return tuple(
        _metric_source(check, secrets, f"metrics.sources[{index}]", source)
        for index, source in enumerate(sources)
    )


def check_names(check: Checks, key: str, names: Sequence[str]) -> None:
    """Refuse names of sources that are used twice, or by sitegen itself."""
    if SELF in names:
        raise check.fail(f"{key}[{names.index(SELF)}].name", f"{SELF!r} is always there; choose another name")
    check.unique(key, names)


def _metric_source(check: Checks, secrets: Secrets, key: str, source: schema.MetricSource) -> MetricSource:
    if source.type is SourceType.HOST:
        _check_host(check, key, source)
        return Host(source.name)
    if source.type is SourceType.CLOUDWATCH:
        region = _check_cloudwatch(check, key, source)
        return CloudWatch(source.name, source.max_concurrency, region, source.namespace, source.timeout)
    if source.region is not None:
        raise check.fail(f"{key}.region", "goes with type cloudwatch only; remove it")
    if source.url is None:
        raise check.fail(f"{key}.url", "is missing; name the server, like http://127.0.0.1:9090")
    endpoint = _endpoint(check, secrets, key, source, source.url)
    return MetricServer(source.name, source.type, source.max_concurrency, source.scrape_interval, endpoint)


def _check_host(check: Checks, key: str, source: schema.MetricSource) -> None:
    for of_others in ("url", "region", *_OF_SERVERS):
        if _is_given(source, of_others):
            raise check.fail(
                f"{key}.{of_others}", "does not go with type host, which is the machine that builds"
            )


def _is_given(source: schema.MetricSource, name: str) -> bool:
    return getattr(source, name) not in (None, {}, TlsConfig())


def _check_cloudwatch(check: Checks, key: str, source: schema.MetricSource) -> str:
    if source.url is not None:
        raise check.fail(f"{key}.url", "does not go with type cloudwatch; it takes a region")
    for of_servers in _OF_SERVERS:
        if _is_given(source, of_servers):
            said = "does not go with type cloudwatch, which finds AWS credentials by AWS' own variables and files"
            raise check.fail(f"{key}.{of_servers}", said)
    if source.region is None:
        raise check.fail(f"{key}.region", "is missing; CloudFront's metrics live in us-east-1")
    return source.region


def _endpoint(check: Checks, secrets: Secrets, key: str, source: schema.MetricSource, url: str) -> Endpoint:
    if "?" in url or "#" in url:
        raise check.fail(
            f"{key}.url", "has a query or a fragment, which a source is not asked with; remove it"
        )
    if source.basic_auth and source.authorization:
        raise check.fail(f"{key}.authorization", "goes with basic_auth at most once; keep one of the two")
    username, password = secrets.basic_auth(f"{key}.basic_auth", source.basic_auth)
    return Endpoint(
        name=source.name,
        url=secrets.url(url),
        timeout=source.timeout,
        headers=secrets.headers(f"{key}.http_headers", source.http_headers),
        username=username,
        password=password,
        authorization=secrets.authorization(f"{key}.authorization", source.authorization),
        **check_tls(check, f"{key}.tls_config", source.tls_config),
    )


def check_tls(check: Checks, key: str, tls: TlsConfig) -> dict[str, Any]:
    """Check a `tls_config`, and return its keys."""
    if (tls.cert_file is None) != (tls.key_file is None):
        raise check.fail(key, "needs cert_file and key_file together")
    if tls.min_version and tls.max_version and tls.min_version > tls.max_version:
        raise check.fail(key, "has a min_version that is above its max_version")
    for name in ("ca_file", "cert_file", "key_file"):
        check.file(f"{key}.{name}", getattr(tls, name))
    return msgspec.structs.asdict(tls)


def resolve_panels(
    check: Checks, panels: Sequence[Panel], sources: Sequence[MetricSource]
) -> tuple[Panel, ...]:
    """Check `[[metrics.panels]]`; a panel without a source asks the first that is configured, else sitegen itself."""
    check.unique("metrics.panels", [panel.id for panel in panels], of="id")
    series: dict[str, Collection[str]] = {SELF: OWN_QUERIES}
    series |= {source.name: HOST_SERIES if isinstance(source, Host) else () for source in sources}
    # The machine has nine series of its own: what is asked without a source is meant for a server.
    ordered = sorted(sources, key=lambda source: isinstance(source, Host))
    first = ordered[0].name if ordered else SELF
    resolved = tuple(
        _panel(check, f"metrics.panels[{index}]", panel, series, first) for index, panel in enumerate(panels)
    )
    of_aws = {source.name for source in sources if isinstance(source, CloudWatch)}
    for index, panel in enumerate(resolved):
        if not series[panel.source]:
            parse = parse_expression if panel.source in of_aws else check_brackets
            _read(check, f"metrics.panels[{index}].query", parse, panel.query)
    return resolved


def _read(check: Checks, key: str, parse: Callable[[str], _Parsed], query: str) -> _Parsed:
    try:
        return parse(query)
    except ValueError as error:
        raise check.fail(key, str(error)) from None


def _panel(check: Checks, key: str, panel: Panel, series: Mapping[str, Collection[str]], first: str) -> Panel:
    """Check one panel; `series` are those that a source has, by its name, or none where only it can tell."""
    if not panel.windows:
        raise check.fail(f"{key}.windows", 'needs at least one window, like ["1h"]')
    check.unique(f"{key}.windows", [window_label(window) for window in panel.windows], of="window")
    if panel.min is not None and panel.max is not None and panel.min >= panel.max:
        raise check.fail(f"{key}.max", f"{panel.max} must be above min, {panel.min}")
    if panel.scale == "log" and panel.kind is not PanelKind.LINE:
        raise check.fail(f"{key}.scale", f"a {panel.kind} begins at zero, which log has not; draw lines")
    for index, one in enumerate(panel.thresholds):
        if [one.value, one.above, one.below].count(None) != 2:
            raise check.fail(
                f"{key}.thresholds[{index}]", "needs `above` or `below`, and one of the two alone"
            )
    source = check.known(f"{key}.source", panel.source or first, series, "source")
    if series[source]:
        what = "sitegen's own history" if source == SELF else "the machine that builds"
        _check_series(check, f"{key}.query", panel.query, series[source], what)
    check_variables(check, f"{key}.query", panel.query)
    return msgspec.structs.replace(panel, source=source)


def check_variables(check: Checks, key: str, query: str) -> None:
    """Refuse a variable that nobody fills in."""
    for name in variables_of(query):
        check.known(key, name, NAMES, "variable")


def _check_series(check: Checks, key: str, query: str, known: Collection[str], what: str) -> None:
    """Check that a series is one that may be there; which labels the own ones have, builds decide."""
    wanted = _read(check, key, parse_selector, query)
    name = wanted[NAME]
    if name not in known:
        raise check.fail(key, f"{what} has no {echo(name)}; {hint(name, known)}")
    if len(wanted) > 1 and known is HOST_SERIES:
        raise check.fail(key, f"{name} has no labels; ask for it by its name alone")

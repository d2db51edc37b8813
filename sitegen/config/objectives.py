"""What is promised and how it is checked: `[[probes]]`, `[[maintenance]]`, `[[slos]]`."""

from collections.abc import Sequence

from sitegen.availability.counting import check_query
from sitegen.availability.model import Maintenance, Probe, Slo
from sitegen.config import schema
from sitegen.config.checks import Checks
from sitegen.config.model import SELF, MetricSource
from sitegen.config.secrets import Secrets

__all__ = ["resolve_maintenance", "resolve_probes", "resolve_slos"]

_TITLE = 120


def resolve_probes(check: Checks, secrets: Secrets, probes: Sequence[schema.Probe]) -> tuple[Probe, ...]:
    """Check `[[probes]]`."""
    check.unique("probes", [probe.id for probe in probes], of="id")
    return tuple(_probe(check, secrets, f"probes[{index}]", probe) for index, probe in enumerate(probes))


def _probe(check: Checks, secrets: Secrets, key: str, probe: schema.Probe) -> Probe:
    if not 100 <= probe.expect_status <= 599:
        raise check.fail(f"{key}.expect_status", f"{probe.expect_status} is no HTTP status")
    if probe.method == "HEAD" and probe.expect_body is not None:
        raise check.fail(f"{key}.expect_body", "cannot be found in the answer to HEAD, which has no body")
    degraded = probe.degraded_above
    return Probe(
        id=check.slug(f"{key}.id", probe.id),
        title=check.words(f"{key}.title", probe.title, _TITLE),
        url=secrets.url(check.url(f"{key}.url", probe.url)),
        method=probe.method,
        expect_status=probe.expect_status,
        expect_body=None
        if probe.expect_body is None
        else check.tame_pattern(f"{key}.expect_body", probe.expect_body),
        timeout=check.seconds(f"{key}.timeout", probe.timeout),
        degraded_above=None if degraded is None else check.seconds(f"{key}.degraded_above", degraded),
        headers=secrets.plain_headers(f"{key}.headers", probe.headers),
    )


def resolve_maintenance(
    check: Checks, planned: Sequence[schema.Maintenance], probes: Sequence[Probe]
) -> tuple[Maintenance, ...]:
    """Check `[[maintenance]]`."""
    ids = [probe.id for probe in probes]
    found = []
    for index, item in enumerate(planned):
        key = f"maintenance[{index}]"
        start, end = check.instant(f"{key}.start", item.start), check.instant(f"{key}.end", item.end)
        if end <= start:
            raise check.fail(f"{key}.end", "must be after its start")
        for number, name in enumerate(item.probes):
            check.known(f"{key}.probes[{number}]", name, ids, "probe")
        title = check.words(f"{key}.title", item.title, _TITLE)
        found.append(Maintenance(title=title, start=start, end=end, probes=tuple(item.probes)))
    return tuple(found)


def resolve_slos(
    check: Checks, slos: Sequence[schema.Slo], probes: Sequence[Probe], sources: Sequence[MetricSource]
) -> tuple[Slo, ...]:
    """Check `[[slos]]`; each is counted from a probe, or from two queries."""
    check.unique("slos", [slo.id for slo in slos], of="id")
    ids = [probe.id for probe in probes]
    return tuple(_slo(check, f"slos[{index}]", slo, ids, sources) for index, slo in enumerate(slos))


def _slo(
    check: Checks, key: str, slo: schema.Slo, probes: Sequence[str], sources: Sequence[MetricSource]
) -> Slo:
    if not 0 < check.finite(f"{key}.target", slo.target) < 1:
        raise check.fail(f"{key}.target", f"{slo.target} must be a ratio between 0 and 1, like 0.999")
    queries = [name for name in ("source", "good", "total") if getattr(slo, name) is not None]
    if slo.probe is not None:
        check.known(f"{key}.probe", slo.probe, probes, "probe")
        if queries:
            raise check.fail(f"{key}.{queries[0]}", "does not go with `probe`; keep one of the two")
    elif slo.good is None or slo.total is None:
        raise check.fail(key, "needs either `probe`, or `good` and `total` queries")
    identity = check.slug(f"{key}.id", slo.id)
    source = None if slo.probe is not None else _countable(check, key, slo, sources)
    return Slo(
        id=identity,
        title=check.words(f"{key}.title", slo.title, _TITLE),
        target=slo.target,
        window=check.seconds(f"{key}.window", slo.window),
        probe=slo.probe,
        source=source,
        good=slo.good,
        total=slo.total,
    )


def _countable(check: Checks, key: str, slo: schema.Slo, sources: Sequence[MetricSource]) -> str:
    """Check that the source of an objective can count what the two queries ask for."""
    servers = [source.name for source in sources if source.endpoint is not None]
    names = [SELF, *(source.name for source in sources)]
    name = check.known(f"{key}.source", slo.source or next(iter(servers), SELF), names, "source")
    if name not in servers:
        raise check.fail(
            f"{key}.source",
            f"{name!r} cannot count over a window: `good` and `total` are asked in PromQL. Name a source"
            " of type prometheus from [[metrics.sources]], or count a probe's answers with `probe`",
        )
    for part, query in (("good", slo.good), ("total", slo.total)):
        try:
            check_query(query or "")
        except ValueError as error:
            raise check.fail(f"{key}.{part}", str(error)) from None
    return name

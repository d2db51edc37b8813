"""What is promised, and when not: `[[maintenance]]`, `[[slos]]`."""

from collections.abc import Collection, Mapping, Sequence

import msgspec

from sitegen.availability.counting import check_query
from sitegen.availability.model import Probe, Slo
from sitegen.availability.recurring import SHORTEST, PlannedTime
from sitegen.config.checks import Checks
from sitegen.config.model import SELF, MetricServer, MetricSource
from sitegen.config.sources import check_variables
from sitegen.metrics.sources import SERVERS
from sitegen.metrics.variables import check_brackets, variables_of


def check_maintenance(check: Checks, planned: Sequence[PlannedTime], probes: Sequence[Probe]) -> None:
    """Check `[[maintenance]]`."""
    ids = dict.fromkeys(probe.id for probe in probes)
    for index, item in enumerate(planned):
        if item.end <= item.start:
            raise check.fail(f"maintenance[{index}].end", "must be after its start")
        if item.every and item.start < 0:  # no calendar has the year before the first
            raise check.fail(f"maintenance[{index}].start", "of what comes again must not lie before 1970")
        if item.every and item.end - item.start >= SHORTEST[item.every]:
            raise check.fail(
                f"maintenance[{index}].end", f"lies after the next start, for it comes every {item.every}"
            )
        for number, name in enumerate(item.probes):
            check.known(f"maintenance[{index}].probes[{number}]", name, ids, "probe")


def resolve_slos(
    check: Checks, slos: Sequence[Slo], probes: Sequence[Probe], sources: Sequence[MetricSource]
) -> tuple[Slo, ...]:
    """Check `[[slos]]`; each is counted from a probe, or from two queries."""
    check.unique("slos", [slo.id for slo in slos], of="id")
    ids = dict.fromkeys(probe.id for probe in probes)
    counts = {SELF: False} | {
        source.name: isinstance(source, MetricServer) and SERVERS[source.type].counts for source in sources
    }
    return tuple(_slo(check, f"slos[{index}]", slo, ids, counts) for index, slo in enumerate(slos))


def _slo(check: Checks, key: str, slo: Slo, probes: Collection[str], sources: Mapping[str, bool]) -> Slo:
    """Check one objective; of each source it is known whether it can count."""
    if not 0 < slo.target < 1:
        raise check.fail(f"{key}.target", f"{slo.target} must be a ratio between 0 and 1, like 0.999")
    if slo.probe is not None:
        check.known(f"{key}.probe", slo.probe, probes, "probe")
        for name in ("source", "good", "total"):
            if getattr(slo, name) is not None:
                raise check.fail(f"{key}.{name}", "does not go with `probe`; keep one of the two")
        return slo
    if slo.good is None or slo.total is None:
        raise check.fail(key, "needs either `probe`, or `good` and `total` queries")
    first = next((name for name, counts in sources.items() if counts), SELF)
    source = check.known(f"{key}.source", slo.source or first, sources, "source")
    if not sources[source]:
        raise check.fail(
            f"{key}.source",
            f"{source!r} cannot count over a window: `good` and `total` are asked in PromQL. Name a source"
            " of type prometheus from [[metrics.sources]], or count a probe's answers with `probe`",
        )
    for part, query in (("good", slo.good), ("total", slo.total)):
        check_variables(check, f"{key}.{part}", query)
        try:
            check_brackets(query)
            if not variables_of(query):
                check_query(query)
        except ValueError as error:
            raise check.fail(f"{key}.{part}", str(error)) from None
    return msgspec.structs.replace(slo, source=source)

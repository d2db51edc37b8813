"""Sitegen's own series as metric families, for `metrics.txt` and `metrics.prom`."""

from collections.abc import Mapping

from sitegen.instrumentation.families import MetricFamily, MetricKind, Sample
from sitegen.instrumentation.own_series import OWN_SERIES
from sitegen.metrics.labels import parse_selector

_UNITS = ("seconds", "bytes")


def families(samples: Mapping[str, float], site: Mapping[str, str]) -> tuple[MetricFamily, ...]:
    """Group samples, by series name, into families with their help and unit; unknown names are left out.

    `site` are labels that tell them from those of other sites.
    """
    grouped: dict[str, list[Sample]] = {}
    for series, value in sorted(samples.items()):
        labels = dict(parse_selector(series))
        name = labels.pop("__name__").removesuffix("_total")
        grouped.setdefault(name, []).append(Sample(value, {**labels, **site}))
    return tuple(
        MetricFamily(
            name=name,
            # What one cycle counted is no running total: a gauge says so.
            kind=MetricKind.GAUGE,
            help=OWN_SERIES[name],
            samples=tuple(found),
            unit=next((unit for unit in _UNITS if name.endswith(f"_{unit}")), ""),
        )
        for name, found in grouped.items()
        if name in OWN_SERIES
    )

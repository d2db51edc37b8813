r"""Metrics as text: OpenMetrics for scrapers, Prometheus' older format for node_exporter's textfile collector.

The family `MetricFamily("sitegen_builds", MetricKind.COUNTER, "Builds so far.",
(Sample(42, {"status": "ok"}),))` is in OpenMetrics

    # TYPE sitegen_builds counter
    # HELP sitegen_builds Builds so far.
    sitegen_builds_total{status="ok"} 42
    # EOF

and in the Prometheus text format

    # HELP sitegen_builds_total Builds so far.
    # TYPE sitegen_builds_total counter
    sitegen_builds_total{status="ok"} 42

Sources: OpenMetrics 1.0 (prometheus.io/docs/specs/om/open_metrics_spec); Prometheus'
exposition formats (prometheus.io/docs/instrumenting/exposition_formats).
"""

import math
import re
from collections.abc import Sequence

from sitegen.instrumentation.families import MetricFamily, MetricKind, Sample

_RESERVED = ("_total", "_created", "_bucket", "_count", "_sum", "_info")
_METRIC_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*", re.ASCII)
_LABEL_NAME = re.compile(r"(?!__)[a-zA-Z_][a-zA-Z0-9_]*", re.ASCII)


def write_openmetrics(families: Sequence[MetricFamily]) -> bytes:
    """Write families as OpenMetrics 1.0 text. Raises ValueError for what the format forbids."""
    _check(families)
    lines = []
    for family in families:
        lines.append(f"# TYPE {family.name} {family.kind}")
        if family.unit:
            lines.append(f"# UNIT {family.name} {family.unit}")
        if family.help:
            lines.append(f"# HELP {family.name} {_quoted(_one_line(family.help))}")
        lines += _samples(family)
    lines.append("# EOF\n")
    return _encoded(lines)


def write_prometheus(families: Sequence[MetricFamily]) -> bytes:
    """Write families as a `.prom` file for the textfile collector, without units. Raises ValueError for what the format forbids."""
    _check(families)
    lines = []
    for family in families:
        name = family.sample_name
        if family.help:
            lines.append(f"# HELP {name} {_one_line(family.help).replace(chr(92), chr(92) * 2)}")
        lines.append(f"# TYPE {name} {family.kind}")
        lines += _samples(family)
    lines.append("")
    return _encoded(lines)


def _samples(family: MetricFamily) -> list[str]:
    return [f"{family.sample_name}{_labels(one)} {_number(one.value)}" for one in family.samples]


def _labels(sample: Sample) -> str:
    pairs = ",".join(f'{name}="{_quoted(value)}"' for name, value in sorted(sample.labels.items()))
    return f"{{{pairs}}}" if pairs else ""


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _number(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return repr(float(value)).removesuffix(".0")


def _encoded(lines: list[str]) -> bytes:
    # A lone surrogate is no character of UTF-8; what names files may hold one.
    return "\n".join(lines).encode("utf-8", "replace")


def _check(families: Sequence[MetricFamily]) -> None:
    taken: set[str] = set()
    for family in families:
        _check_names(family)
        names = {family.name, family.sample_name}
        if names & taken:
            raise ValueError(f"two metric families share the name {family.name}")
        taken |= names
        _check_samples(family)


def _check_names(family: MetricFamily) -> None:
    if not _METRIC_NAME.fullmatch(family.name):
        raise ValueError(f"{family.name!r} is no metric name; it may hold letters, digits, _ and :")
    if family.name.endswith(_RESERVED):
        raise ValueError(f"the metric name {family.name} ends in a suffix that belongs to its samples")
    if family.unit and not family.name.endswith(f"_{family.unit}"):
        raise ValueError(f"the metric name {family.name} does not end in its unit {family.unit}")


def _check_samples(family: MetricFamily) -> None:
    seen: set[frozenset[tuple[str, str]]] = set()
    for sample in family.samples:
        for name in sample.labels:
            if not _LABEL_NAME.fullmatch(name):
                raise ValueError(f"{name!r}, of {family.name}, is no label name")
        labels = frozenset(sample.labels.items())
        if labels in seen:
            raise ValueError(f"{family.name} has two samples with the labels {sample.labels}")
        seen.add(labels)
        if family.kind is MetricKind.COUNTER and not sample.value >= 0:
            raise ValueError(f"the counter {family.name} cannot be {sample.value}")

"""What sitegen measures of itself, by name: the samples of a build, and the families that publish them.

These series are the metric source `self`. A sample a cycle goes into the history;
`metrics.txt` publishes them as OpenMetrics, `.sitegen/metrics.prom` hands them to
node_exporter's textfile collector.
"""

from collections.abc import Mapping, Sequence

from sitegen.availability.model import ProbeResult, ServiceState
from sitegen.instrumentation.records import BuildRecord
from sitegen.metrics.labels import parse_selector
from sitegen.site.exposition import MetricFamily, MetricKind, Sample
from sitegen.site.model import OutputFile

__all__ = [
    "OWN_QUERIES", "OWN_SERIES", "REQUESTS", "asset_samples", "build_samples", "families", "probe_samples",
    "request_samples",
]  # fmt: skip

PUBLISHED = "sitegen_last_build_timestamp_seconds"
"""Stored by every build that published a site, and by no other."""

REQUESTS = "sitegen_http_requests_total"
"""Stored as what a cycle counted; the exposition names the family without its ending, as OpenMetrics asks."""

OWN_SERIES = {
    "sitegen_up": "Whether this cycle's build was published (1) or failed (0); absent where no build ran.",
    "sitegen_build_duration_seconds": "How long the build took.",
    "sitegen_build_drift_seconds": "How long after its slot the build began.",
    "sitegen_build_files_changed": "Files that differ from the build before.",
    "sitegen_build_problems": "Faults of the world that the build met.",
    "sitegen_section_duration_seconds": "How long a section took, from its first task to its last.",
    "sitegen_asset_bytes": "Size of the published site, by kind of file.",
    PUBLISHED: "When the last build that was published began.",
    "sitegen_http_requests": "Requests in the preview server's access log, by class of status.",
    "sitegen_probe_up": "Whether a probe was answered as expected (1) or not (0); absent where it did not run.",
    "sitegen_probe_latency_seconds": "How long a probe's answer took.",
}
OWN_QUERIES = tuple(REQUESTS if f"{name}_total" == REQUESTS else name for name in OWN_SERIES)
"""The names by which panels ask for them: a contract, so a name may come but none goes or changes."""

_UNITS = ("seconds", "bytes")
_KINDS = {"html": "html", "svg": "svg", "csv": "csv", "png": "images", "jpg": "images", "webp": "images"}


def build_samples(record: BuildRecord) -> dict[str, float]:
    """Give the samples of a build; under a fixed clock only what was not measured."""
    samples: dict[str, float] = {
        "sitegen_up": 0.0 if record.status == "failed" else 1.0,
        "sitegen_build_files_changed": float(record.files_changed),
        "sitegen_build_problems": float(len(record.problems)),
        PUBLISHED: record.started_at,
    }
    if record.clock_fixed:
        return samples
    samples["sitegen_build_duration_seconds"] = record.duration
    samples["sitegen_build_drift_seconds"] = max(0.0, record.started_at - record.slot)
    return samples | {
        f'sitegen_section_duration_seconds{{section="{name}"}}': section.duration_seconds
        for name, section in record.sections.items()
    }


def request_samples(requests: Mapping[str, int]) -> dict[str, float]:
    """Give the samples of what one cycle counted, by class of status."""
    return {f'{REQUESTS}{{class="{name}"}}': float(number) for name, number in sorted(requests.items())}


def asset_samples(files: Sequence[OutputFile]) -> dict[str, float]:
    """Give the size of a site by kind of file."""
    sizes: dict[str, int] = {}
    for file in files:
        kind = _KINDS.get(file.path.rpartition(".")[2], "other")
        sizes[kind] = sizes.get(kind, 0) + len(file.body)
    return {f'sitegen_asset_bytes{{kind="{kind}"}}': float(size) for kind, size in sorted(sizes.items())}


def probe_samples(results: Sequence[ProbeResult]) -> dict[str, float]:
    """Give the samples of a cycle's probes; one that learnt nothing leaves none."""
    samples: dict[str, float] = {}
    for result in results:
        if result.state in (ServiceState.NO_DATA, ServiceState.MAINTENANCE):
            continue
        samples[f'sitegen_probe_up{{probe="{result.probe}"}}'] = (
            0.0 if result.state is ServiceState.DOWN else 1.0
        )
        if result.latency is not None:
            samples[f'sitegen_probe_latency_seconds{{probe="{result.probe}"}}'] = result.latency
    return samples


def families(samples: Mapping[str, float]) -> tuple[MetricFamily, ...]:
    """Group samples, by series name, into families with their help and unit; unknown names are left out."""
    grouped: dict[str, list[Sample]] = {}
    for series, value in sorted(samples.items()):
        labels = dict(parse_selector(series))
        name = labels.pop("__name__").removesuffix("_total")
        grouped.setdefault(name, []).append(Sample(value, labels))
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

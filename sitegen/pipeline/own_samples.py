"""What sitegen measures of itself: the samples of a build.

These series are the metric source `self`. A sample a cycle goes into the history;
`metrics.txt` publishes them as OpenMetrics, `.sitegen/metrics.prom` hands them to
node_exporter's textfile collector.
"""

from collections.abc import Mapping, Sequence

from sitegen.availability.model import ProbeResult, ServiceState
from sitegen.instrumentation.own_series import PUBLISHED, REQUESTS
from sitegen.instrumentation.records import BuildRecord
from sitegen.output import OutputFile

_KINDS = {"html": "html", "svg": "svg", "csv": "csv", "png": "images", "jpg": "images", "webp": "images"}


def build_samples(record: BuildRecord) -> dict[str, float]:
    """Return the samples of a build; under a fixed clock only what was not measured."""
    samples: dict[str, float] = {
        "sitegen_up": 0.0 if record.status == "failed" else 1.0,
        "sitegen_build_files_changed": float(record.files_changed),
        "sitegen_build_problems": float(len(record.problems)),
        PUBLISHED: record.started_at,
    }
    if record.clock_fixed:
        return samples
    samples["sitegen_build_duration_seconds"] = record.took
    samples["sitegen_build_drift_seconds"] = max(0.0, record.started_at - record.slot)
    return samples | {
        f'sitegen_section_duration_seconds{{section="{name}"}}': section.duration_seconds
        for name, section in record.sections.items()
    }


def request_samples(requests: Mapping[str, int]) -> dict[str, float]:
    """Return the samples of what one cycle counted, by class of status."""
    return {f'{REQUESTS}{{class="{name}"}}': float(number) for name, number in sorted(requests.items())}


def asset_samples(files: Sequence[OutputFile]) -> dict[str, float]:
    """Return the size of a site by kind of file."""
    sizes: dict[str, int] = {}
    for file in files:
        kind = _KINDS.get(file.path.rpartition(".")[2], "other")
        sizes[kind] = sizes.get(kind, 0) + len(file.body)
    return {f'sitegen_asset_bytes{{kind="{kind}"}}': float(size) for kind, size in sorted(sizes.items())}


def probe_series(probe: str) -> tuple[str, str]:
    """Return the series of a probe: whether it was up, and its latency."""
    return f'sitegen_probe_up{{probe="{probe}"}}', f'sitegen_probe_latency_seconds{{probe="{probe}"}}'


def state_samples(resting: Mapping[str, float], results: Sequence[ProbeResult]) -> dict[str, float]:
    """Return the samples of a stable instant, with what each probe's state is now; one that is in none has no latency.

    A state changes seldom, so a file of these rests all the same.
    """
    found, now = probe_samples(results), dict[str, float]()
    for up, latency in (probe_series(one.probe) for one in results if probe_series(one.probe)[0] in found):
        now[up] = found[up]
        if latency in resting:
            now[latency] = resting[latency]
    return {name: value for name, value in resting.items() if not name.startswith("sitegen_probe_")} | now


def probe_samples(results: Sequence[ProbeResult]) -> dict[str, float]:
    """Return the samples of a cycle's probes; one that learnt nothing leaves none."""
    samples: dict[str, float] = {}
    for result in results:
        if result.state in (ServiceState.NO_DATA, ServiceState.MAINTENANCE):
            continue
        up, latency = probe_series(result.probe)
        samples[up] = 0.0 if result.state is ServiceState.DOWN else 1.0
        if result.latency is not None:
            samples[latency] = result.latency
    return samples

"""What a deploy leaves behind besides the site: its record in the state, and `deploy.prom` for node_exporter."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from sitegen.deployment.report import DeployReport
from sitegen.errors import Problem
from sitegen.feeds.openmetrics import write_prometheus
from sitegen.instrumentation.families import MetricFamily, MetricKind, Sample
from sitegen.state.deploys import DeployCount, DeployRecord, Told
from sitegen.state.files import write_atomically
from sitegen.state.folder import State

PROM = "deploy.prom"


def keep_record(state: State, began: float, report: DeployReport) -> None:
    """Keep that a deploy began then and ended so."""
    reason = report.refusal.reason if report.refusal else ""
    state.deploys.add(began, report.target, report.status, msgspec.json.encode(report), reason)


def write_accounts(folder: Path, state: State) -> tuple[Problem, ...]:
    """Write `deploy.prom` from what is kept; return what could not be kept or written."""
    try:
        found = _families(state.deploys.counts(), state.deploys.last_done(), state.site.labels)
        write_atomically(folder / PROM, write_prometheus(found))
    except OSError as error:
        return (*state.problems, Problem("state", f"{folder / PROM} cannot be written ({error.strerror})"))
    return state.problems


def _families(
    counts: Sequence[DeployCount], done: Sequence[DeployRecord], site: Mapping[str, str]
) -> list[MetricFamily]:
    def of_target(value: Callable[[Told], float | None]) -> tuple[Sample, ...]:
        values = ((one.target, value(one.told)) for one in done)
        return tuple(
            Sample(found, {"target": target, **site}) for target, found in values if found is not None
        )

    successes = tuple(Sample(one.last_at, {"target": one.target, **site}) for one in counts if not one.reason)
    refused = [({"target": one.target, "reason": one.reason, **site}, one) for one in counts if one.reason]
    gauge, counter = MetricKind.GAUGE, MetricKind.COUNTER
    found = [
        MetricFamily("sitegen_deploy_last_success_timestamp_seconds", gauge, "When the last deploy that was done began.", successes),
        MetricFamily("sitegen_deploy_refusals", counter, "Deploys that were refused or failed, by the class of their reason.",
                     tuple(Sample(one.count, labels) for labels, one in refused)),
        MetricFamily("sitegen_deploy_last_refusal_timestamp_seconds", gauge, "When the last of these began.",
                     tuple(Sample(one.last_at, labels) for labels, one in refused)),
        MetricFamily("sitegen_deploy_objects", gauge, "Objects of the last generation that was deployed.",
                     of_target(lambda one: one.objects)),
        MetricFamily("sitegen_deploy_bytes", gauge, "Size of that generation.", of_target(lambda one: one.bytes)),
        MetricFamily("sitegen_deploy_projected_usd_month", gauge, "What a month of deploys like the ones so far costs, in US dollars.",
                     of_target(lambda one: one.projected_usd_month)),
    ]  # fmt: skip
    return [family for family in found if family.samples]

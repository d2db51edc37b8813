"""What a bucket costs in a month, from how often each of its objects changes. Pure.

Prices of S3 Standard in us-east-1: $0.005 per 1,000 PUT, $0.0004 per 1,000 GET,
$0.023 per GB and month. A month is 30 days. S3 to CloudFront is free of charge, and
deletes are too.
"""

from collections.abc import Iterable

from sitegen.deployment.model import Plan, Reason

__all__ = ["projected_usd_month"]

MONTH = 30 * 86_400.0
PUT, GET, GIGABYTE = 0.005 / 1000, 0.0004 / 1000, 0.023
_FENCES = 2
"""How often a deploy that writes reads the manifest again, at its barriers."""


def projected_usd_month(plan: Plan, *, built_at: float, cycle: float) -> float:
    """Project a month of deploys, one every `cycle` seconds, each like the ones so far.

    An object that changed now and an hour before will change every hour; one that has
    not changed for longer than between its last two changes is taken for that much
    slower. New objects and new headers are paid once.
    """
    changes = sum(MONTH / max(interval, cycle) for interval in _intervals(plan, built_at))
    cycles = MONTH / cycle
    writing = min(changes, cycles)
    once = sum(1 for upload in plan.uploads if upload.reason is not Reason.CHANGED)
    size = sum(entry.size for entry in plan.kept.values()) + sum(upload.file.size for upload in plan.uploads)
    puts = changes + writing + once
    return puts * PUT + (cycles + _FENCES * writing) * GET + size / 1e9 * GIGABYTE


def _intervals(plan: Plan, built_at: float) -> Iterable[float]:
    for upload in plan.uploads:
        if upload.interval is not None:
            yield upload.interval
    for entry in plan.kept.values():
        if entry.interval is not None and entry.unreferenced_since is None:
            yield max(entry.interval, built_at - entry.changed_at)

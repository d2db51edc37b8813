"""What deploys cost in a month, from the requests of the last day. Pure.

Prices of S3 Standard in us-east-1: $0.005 per 1,000 PUT and LIST, $0.0004 per 1,000 GET and HEAD,
$0.023 per GB and month. A month is 30 days. S3 to CloudFront is free of charge, and
deletes are too.
"""

from collections.abc import Iterable, Mapping

import msgspec

from sitegen.deployment.model import Plan

MONTH, DAY, HOUR = 30 * 86_400.0, 86_400.0, 3600.0
PUT, GET, GIGABYTE = 0.005 / 1000, 0.0004 / 1000, 0.023
_DEARER, _CHEAPER = ("put", "list"), ("get", "head")
_FENCES = 3
"""How often a deploy that writes reads the manifest: at first, and at its barriers."""


class Spending(msgspec.Struct, frozen=True, omit_defaults=True):
    """The requests of the last day to one target, in dollars by the hour that they were made in (POSIX hours).

    They count from `since` on, when the first deploy was done, which every site pays once; `deploys` is how many came
    after it. `left` of an hour's share of the cap was there `at` an instant (POSIX seconds).
    """

    target: str
    since: float | None = None
    deploys: int = 0
    hours: dict[int, float] = {}
    left: float | None = None
    at: float = 0.0

    def add(self, dollars: float, now: float, cap: float | None, size: int) -> "Spending":
        """Return it with a deploy that cost so much."""
        if self.since is None:
            return msgspec.structs.replace(self, since=now)
        hour = int(now // HOUR)
        hours = {one: spent for one, spent in self.hours.items() if hour - DAY / HOUR < one <= hour}
        hours[hour] = hours.get(hour, 0.0) + dollars
        left = self.share(now, cap, size) - dollars if cap is not None else None
        return msgspec.structs.replace(self, deploys=self.deploys + 1, hours=hours, left=left, at=now)

    def projected(self, now: float, cycle: float, planned: float, size: int) -> float:
        """Return what a month costs at the pace of the last day, with a deploy that is `planned`, for so many bytes."""
        stored = size / 1e9 * GIGABYTE
        if self.since is None:
            return planned + MONTH / cycle * GET + stored
        hour = int(now // HOUR)
        known = {one: spent for one, spent in self.hours.items() if hour - DAY / HOUR < one <= hour}
        begun = max(self.since, min(known, default=hour) * HOUR)
        # Two deploys by hand within a second are no pace.
        deploys = max(1, self.deploys + (planned > 0)) if begun == self.since else 1
        span = max(now - begun, cycle * deploys)
        return (sum(known.values()) + planned) * MONTH / span + stored

    def share(self, now: float, cap: float, size: int) -> float:
        """Return what may be spent now: it grows evenly, up to what an hour has of the month."""
        hourly = hourly_share(cap, size)
        if self.left is None:
            return hourly
        return min(hourly, self.left + max(0.0, now - self.at) * hourly / HOUR)


def hourly_share(cap: float, size: int) -> float:
    """Return what an hour has of a month's cap, after what is stored."""
    return max(0.0, cap - size / 1e9 * GIGABYTE) * HOUR / MONTH


def dollars(counts: Mapping[str, int]) -> float:
    """Return what these requests cost."""
    return (
        sum(counts.get(name, 0) for name in _DEARER) * PUT
        + sum(counts.get(name, 0) for name in _CHEAPER) * GET
    )


def planned_dollars(plan: Plan) -> float:
    """Return what a plan will cost: its uploads, the manifest, which deletes write twice, and the reads between."""
    if not plan.rewrite:
        return GET
    manifests = 2 if plan.deletes else 1
    return (len(plan.uploads) + manifests) * PUT + _FENCES * GET


def stored_bytes(plans: Iterable[Plan]) -> int:
    """Return how much there is to store."""
    return sum(
        sum(entry.size for entry in plan.kept.values()) + sum(upload.file.size for upload in plan.uploads)
        for plan in plans
    )

"""What a deploy says it did, or in a dry run would do."""

from collections.abc import Sequence

import msgspec

from sitegen.deployment.model import Reason, Requests
from sitegen.deployment.progress import Copy
from sitegen.errors import Problem

__all__ = ["DeployReport", "Uploaded", "deleted_keys", "total_requests", "uploaded_objects"]


class Uploaded(msgspec.Struct, frozen=True):
    """One line of the report: a key, why it was uploaded, its size."""

    key: str
    reason: Reason
    bytes: int


class DeployReport(msgspec.Struct, frozen=True, omit_defaults=True):
    """What `sitegen deploy --format json` prints; of a dry run, what would be done.

    `status` is `ok`, or `degraded` when a bucket lags behind. A key that went to two
    buckets is listed once. `deleted`, `skipped` (unchanged files) and `invalidated`
    (paths) are counts; `deleted_keys` and `problems` appear where there are any.
    """

    target: str
    status: str
    uploaded: tuple[Uploaded, ...]
    deleted: int
    skipped: int
    invalidated: int
    requests: Requests
    projected_usd_month: float
    duration_seconds: float
    deleted_keys: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def uploaded_objects(copies: Sequence[Copy], *, planned: bool) -> tuple[Uploaded, ...]:
    """List what went to any copy, each key once, in the order of the plan."""
    lines = {
        upload.key: Uploaded(key=upload.key, reason=upload.reason, bytes=upload.file.size)
        for copy in copies
        for upload in copy.plan.uploads
        if planned or upload.key in copy.written
    }
    return tuple(lines.values())


def deleted_keys(copies: Sequence[Copy], *, planned: bool) -> tuple[str, ...]:
    """List what was deleted from any copy, each key once, sorted."""
    keys = (tuple(item.key for item in copy.plan.deletes) if planned else copy.deleted for copy in copies)
    return tuple(sorted({key for group in keys for key in group}))


def total_requests(requests: Sequence[Requests]) -> Requests:
    """Add up what all stores sent."""
    return Requests(
        put=sum(one.put for one in requests),
        get=sum(one.get for one in requests),
        head=sum(one.head for one in requests),
        list=sum(one.list for one in requests),
        delete=sum(one.delete for one in requests),
    )

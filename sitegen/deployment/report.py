"""What a deploy says it did, or in a dry run would do."""

from collections.abc import Iterable, Sequence

import msgspec

from sitegen.deployment.model import DeployOptions, Reason, Requests, Upload
from sitegen.deployment.progress import TargetState
from sitegen.errors import Problem

__all__ = ["DeployReport", "Done", "Uploaded", "foresee", "make_report", "take_stock"]


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


class Done(msgspec.Struct, frozen=True):
    """What was done to the copies, or would be: each key once, uploads in the order of the plan, deletes sorted."""

    uploaded: tuple[Uploaded, ...]
    deleted: tuple[str, ...]
    invalidated: int
    problems: tuple[Problem, ...] = ()


def foresee(copies: Sequence[TargetState], options: DeployOptions) -> Done:
    """Return what the plans would do."""
    deleted = {item.key for copy in copies for item in copy.plan.deletes}
    return Done(_each_once(copy.plan.uploads for copy in copies), tuple(sorted(deleted)), int(options.purge))


def take_stock(copies: Sequence[TargetState], invalidated: int, problems: tuple[Problem, ...]) -> Done:
    """Return what the stores confirmed."""
    written = ([upload for upload in copy.plan.uploads if upload.key in copy.written] for copy in copies)
    deleted = {key for copy in copies for key in copy.deleted}
    return Done(_each_once(written), tuple(sorted(deleted)), invalidated, problems)


def make_report(
    done: Done,
    *,
    target: str,
    files: int,
    problems: Sequence[Problem],
    requests: Requests,
    projected: float,
    seconds: float,
) -> DeployReport:
    """Return the report on a tree of so many `files`; `problems` were met before anything was done."""
    return DeployReport(
        target=target,
        status="degraded" if problems or done.problems else "ok",
        uploaded=done.uploaded,
        deleted=len(done.deleted),
        skipped=files - len(done.uploaded),
        invalidated=done.invalidated,
        requests=requests,
        projected_usd_month=round(projected, 4),
        duration_seconds=round(seconds, 3),
        deleted_keys=done.deleted,
        problems=(*problems, *done.problems),
    )


def _each_once(uploads: Iterable[Iterable[Upload]]) -> tuple[Uploaded, ...]:
    lines = {
        upload.key: Uploaded(key=upload.key, reason=upload.reason, bytes=upload.file.size)
        for group in uploads
        for upload in group
    }
    return tuple(lines.values())

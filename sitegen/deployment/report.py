"""What a deploy says it did, or in a dry run would do."""

import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from sitegen.deployment.model import Reason, Requests, Upload
from sitegen.deployment.progress import Copy
from sitegen.deployment.store import DeadlineError, Lack
from sitegen.errors import Problem, RefusedError, SitegenError
from sitegen.state.deploys import Refusal


class Uploaded(msgspec.Struct, frozen=True):
    """One line of the report: a key, why it was uploaded, its size."""

    key: str
    reason: Reason
    bytes: int


class CopyReport(msgspec.Struct, frozen=True):
    """How one copy stands: `current`, `lagging` where it goes on with the next deploy, or `failed`, with the reason."""

    name: str
    status: str
    objects: int
    reason: str | None = None


class DeployReport(msgspec.Struct, frozen=True, kw_only=True):
    """What `sitegen deploy --format json` prints; of a dry run, what would be done.

    `status` is `ok`, or `degraded` when a bucket lags behind; `refused` where a guard said no and `failed` where an
    error ended it, both with their `refusal`. A key that went to two buckets is listed once. `deleted`, `skipped`
    (unchanged files) and `invalidated` (paths) are counts, `copies` how each stands; `objects` and `bytes` are those of the whole generation.
    """

    target: str
    status: str
    exit: int = 0
    refusal: Refusal | None = None
    generation: int | None = None
    objects: int | None = None
    bytes: int | None = None
    uploaded: tuple[Uploaded, ...] = ()
    deleted: int = 0
    skipped: int = 0
    invalidated: int = 0
    copies: tuple[CopyReport, ...] = ()
    requests: Requests = Requests()
    projected_usd_month: float = 0.0
    duration_seconds: float = 0.0
    deleted_keys: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()

    @classmethod
    def of_failure(cls, target: str, error: BaseException, config: str) -> "DeployReport":
        """Report on a deploy that an error ended; what it had done by then is told by the next one.

        `config` is what the command that lets it pass names as its configuration, "" for none.
        """
        code, refusal = 70, Refusal("bug", f"a bug in sitegen ({type(error).__name__})")
        if isinstance(error, SitegenError):
            command = _command(error.remedy or ("deploy",), target, config)
            code, refusal = error.exit_code, Refusal(error.reason, str(error), command)
        elif isinstance(error, KeyboardInterrupt):
            command = _command(("deploy",), target, config)
            code, refusal = 130, Refusal("interrupted", "interrupted before the end", command)
        status = "refused" if isinstance(error, RefusedError) else "failed"
        problem = Problem(f"deploy.{target}", refusal.sentence)
        return cls(target=target, status=status, exit=code, refusal=refusal, problems=(problem,))


def _command(remedy: tuple[str, ...], target: str, config: str) -> str:
    """Return the line that a person copies: `sitegen deploy --target production --force`."""
    words = ["sitegen", remedy[0], *(["--target", target] if remedy[0] == "deploy" else []), *remedy[1:]]
    return shlex.join([*words, *(["-c", config] if config else [])])


class Done(msgspec.Struct, frozen=True):
    """What was done to the copies, or would be: each key once, uploads in the order of the plan, deletes sorted."""

    uploaded: tuple[Uploaded, ...]
    deleted: tuple[str, ...]
    invalidated: int
    problems: tuple[Problem, ...] = ()


def foresee(copies: Sequence[Copy], paths: Sequence[str]) -> Done:
    """Return what the plans would do."""
    plans = [copy.plan for copy in copies if copy.plan is not None]
    deleted = {item.key for plan in plans for item in plan.deletes}
    faults = tuple(Problem(f"deploy.{copy.store.name}", str(copy.fault)) for copy in copies if copy.fault)
    return Done(_each_once(plan.uploads for plan in plans), tuple(sorted(deleted)), len(paths), faults)


def describe(copy: Copy) -> CopyReport:
    """Return how a copy stands after the deploy."""
    manifest = copy.committed or copy.known.manifest
    objects = len(manifest.entries) if manifest else 0
    if copy.spaced:
        return CopyReport(copy.store.name, "lagging", objects, copy.spaced)
    if copy.fault is None:
        return CopyReport(copy.store.name, "current", objects)
    status = "lagging" if isinstance(copy.fault, DeadlineError) else "failed"
    return CopyReport(copy.store.name, status, objects, str(copy.fault))


def take_stock(copies: Sequence[Copy], invalidated: int, problems: tuple[Problem, ...]) -> Done:
    """Return what the stores confirmed."""
    plans = [(copy, copy.plan) for copy in copies if copy.plan is not None]
    written = ([upload for upload in plan.uploads if upload.key in copy.written] for copy, plan in plans)
    deleted = {key for copy in copies for key in copy.deleted}
    return Done(_each_once(written), tuple(sorted(deleted)), invalidated, problems)


def make_report(
    done: Done,
    target: str,
    files: int,
    copies: Sequence[Copy],
    *,
    projected: float,
    seconds: float,
) -> DeployReport:
    """Return the report on a tree of so many `files`."""
    return DeployReport(
        target=target,
        status="degraded" if done.problems else "ok",
        uploaded=done.uploaded,
        deleted=len(done.deleted),
        skipped=files - len(done.uploaded),
        invalidated=done.invalidated,
        copies=tuple(describe(copy) for copy in copies),
        requests=Requests(**sum((copy.store.meter.counts for copy in copies), Counter())),
        projected_usd_month=round(projected, 4),
        duration_seconds=round(seconds, 3),
        deleted_keys=done.deleted,
        # What a store cannot do is told, and nothing is worse for it than it was.
        problems=(*done.problems, *_lacks(copies)),
    )


_WITHOUT = {
    Lack.CHECKSUMS: "it verifies no SHA-256 of what is written, so the MD5 was sent",
    Lack.CONDITIONS: "it keeps no conditions, so nothing stops two deploys at once from mixing; let one machine deploy",
}


def _lacks(copies: Sequence[Copy]) -> Iterator[Problem]:
    for copy in copies:
        for lack in sorted(copy.store.lacks):
            yield Problem(f"deploy.{copy.store.name}", f"the store lacks {lack}: {_WITHOUT[lack]}")


def _each_once(uploads: Iterable[Iterable[Upload]]) -> tuple[Uploaded, ...]:
    lines = {
        upload.key: Uploaded(key=upload.key, reason=upload.reason, bytes=upload.file.size)
        for group in uploads
        for upload in group
    }
    return tuple(lines.values())

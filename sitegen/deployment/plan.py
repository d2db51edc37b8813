"""What a bucket needs: the difference between a tree and a manifest, with its reasons. Pure.

The order of upload keeps two promises to visitors: no page is readable before what it
refers to, and no list links to a page that is not there yet. What left the tree is
deleted only once nobody can hold a page that refers to it.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

import msgspec

from sitegen.deployment.cost import HOUR, MONTH, Spending, hourly_share, planned_dollars, stored_bytes
from sitegen.deployment.headers import key_for
from sitegen.deployment.model import (
    INDEX,
    Delete,
    DeployOptions,
    Entry,
    Kind,
    LocalFile,
    Plan,
    Reason,
    Release,
    RemoteManifest,
    Upload,
)
from sitegen.deployment.tree import Tree
from sitegen.errors import BusyError, GateError, RefusedError, SitegenError

PAGE_GRACE = 120.0
ASSET_GRACE = 8 * 86_400.0
"""A page may be served for seven days when no bucket answers (stale-if-error), and one more to be sure."""

MAX_GROWTH = 10

LEAST_DELETE_LIMIT, DELETE_SHARE = 20, 0.05

STAGES = ("assets", "files", "leaf pages", "hubs", "redirects", "the overview")
FIRST_PAGES = 2
"""The first of STAGES that visitors can notice."""

_STAGE = {Kind.ASSET: 0, Kind.FILE: 1, Kind.LEAF: 2, Kind.HUB: 3, Kind.REDIRECT: 4}


def stage_of(file: LocalFile) -> int:
    """Return the index into STAGES."""
    return len(STAGES) - 1 if file.path == INDEX else _STAGE[file.kind]


def wave_of(upload: Upload) -> tuple[int, bool, int]:
    """Return what uploads are ordered by; a wave begins when the one before is confirmed in every healthy bucket.

    Pages that are new go before those that changed, for these may link to them; the overview is the last.
    """
    stage = stage_of(upload.file)
    first = min(stage, FIRST_PAGES) if stage < len(STAGES) - 1 else stage
    return first, upload.reason is not Reason.NEW, stage


class Holds(msgspec.Struct, frozen=True):
    """What is not sent though it changed: bytes that visitors got wrong, by key, and what changes too often.

    `intervals` are patterns of URL paths (`/metrics/*`) and seconds; the first that fits counts.
    """

    rejected: Mapping[str, str] = {}
    intervals: tuple[tuple[str, float], ...] = ()

    def keep(self, file: LocalFile, entry: Entry, release: Release) -> bool:
        """Whether a file that changed waits."""
        if self.rejected.get(key_for(file.path)) == file.sha256:
            return True
        interval = self.interval(file)
        return interval > 0 and release.built_at - entry.changed_at < interval

    def interval(self, file: LocalFile) -> float:
        """Return how many seconds lie between two uploads of a file at least."""
        path = "/" if file.path == INDEX else f"/{key_for(file.path)}"
        return next((seconds for pattern, seconds in self.intervals if fnmatchcase(path, pattern)), 0.0)


NOTHING_HELD = Holds()


def make_plan(
    files: tuple[LocalFile, ...],
    manifest: RemoteManifest | None,
    release: Release,
    holds: Holds = NOTHING_HELD,
) -> Plan:
    """Compare a tree with what a bucket holds (None: nothing).

    A page that is held may still link to what has left the tree, which then stays too, as after it until caches forget it.
    Raises GateError when an asset that is cached for ever would change its bytes
    without changing its name.
    """
    entries = manifest.entries if manifest else {}
    uploads, kept, held = [], {}, []
    for file in sorted(files, key=lambda file: file.path):
        entry = entries.get(file.key)
        reason = _reason(file, entry, release.now)
        waits = entry is not None and reason is Reason.CHANGED and holds.keep(file, entry, release)
        if entry is not None and (waits or (reason is Reason.CHANGED and holds.interval(file))):
            held.append(entry.changed_at)
        if entry is not None and waits:
            kept[file.key] = entry
        elif reason:
            uploads.append(_upload(file, reason, entry, release))
        elif entry is not None:
            kept[file.key] = msgspec.structs.replace(
                entry, unreferenced_since=None, ends=file.ends or entry.ends
            )
    gone = _gone(entries, {file.key for file in files}, release.now)
    kept |= gone
    linked = min(held, default=math.inf)
    deletes = tuple(
        Delete(key, entry.etag)
        for key, entry in gone.items()
        if _is_due(entry, release.now) and (entry.unreferenced_since or 0.0) <= linked
    )
    return Plan(
        uploads=tuple(sorted(uploads, key=wave_of)),
        deletes=deletes,
        kept=dict(sorted(kept.items())),
        newly_unreferenced=tuple(key for key in gone if entries[key].unreferenced_since is None),
        rewrite=bool(uploads or deletes) or kept != entries,
    )


def _reason(file: LocalFile, entry: Entry | None, now: float) -> Reason | None:
    """Return why a file is uploaded, None where it is not; an object that was due for deletion may be gone already."""
    if entry is None or _is_due(entry, now):
        return Reason.NEW
    if not entry.sha256:
        return Reason.DRIFTED
    if entry.sha256 != file.sha256:
        return Reason.CHANGED
    return Reason.HEADERS if entry.headers_digest != file.headers.digest else None


def _upload(file: LocalFile, reason: Reason, entry: Entry | None, release: Release) -> Upload:
    if entry is None:
        return Upload(file=file, reason=reason, expected=None, changed_at=release.built_at)
    if reason is not Reason.CHANGED:
        same = reason is Reason.HEADERS
        return Upload(
            file=file,
            reason=reason,
            expected=entry.etag,
            changed_at=entry.changed_at if same else release.built_at,
            interval=entry.interval if same else None,
        )
    if file.kind is Kind.ASSET and file.sha256[:16] not in file.path:
        raise GateError(
            f"{file.path} has other bytes than before under the same name, but browsers keep what lies below "
            "_a/ for a year; put the first 16 digits of its SHA-256 into its name and build again"
        )
    interval = max(release.cycle, release.built_at - entry.changed_at)
    return Upload(
        file=file, reason=reason, expected=entry.etag, changed_at=release.built_at, interval=interval
    )


def _gone(entries: Mapping[str, Entry], keys: set[str], now: float) -> dict[str, Entry]:
    """Return the entries that are not in the tree, with the instant they left it."""
    return {
        key: entry
        if entry.unreferenced_since is not None
        else msgspec.structs.replace(entry, unreferenced_since=now)
        for key, entry in entries.items()
        if key not in keys
    }


def _is_due(entry: Entry, now: float) -> bool:
    if entry.unreferenced_since is None:
        return False
    return now - entry.unreferenced_since >= (ASSET_GRACE if entry.kind is Kind.ASSET else PAGE_GRACE)


def refuse_newer_build(
    plan: Plan, manifest: RemoteManifest | None, release: Release, options: DeployOptions
) -> None:
    """Raise BusyError where a copy that is to change holds a newer generation."""
    if manifest is not None and plan.rewrite and release.is_older(manifest.built_at) and not options.force:
        raise BusyError(
            f"generation {manifest.generation}, which is newer than this one, is already deployed; build again"
        )


def check_guards(
    tree: Tree, plan: Plan, manifest: RemoteManifest | None, release: Release, options: DeployOptions
) -> None:
    """Raise where a plan looks like a mistake, before anything is written.

    BusyError: the bucket holds a newer generation. RefusedError: too much would be
    deleted, or the tree is far from the last one's size. A bucket without a manifest
    has nothing to lose.

    Deletions are counted when objects leave the tree, while there is nothing to undo;
    an explicit `max_deletes` is also held against those that are due now.
    """
    if manifest is None or not plan.rewrite:
        return
    refuse_newer_build(plan, manifest, release, options)
    _guard_deletes(plan, manifest, options.max_deletes, release.now)
    if not options.force:
        lasting = {key: entry for key, entry in manifest.live.items() if _counts(entry, release.now)}
        _guard_size(tree, lasting, options.max_shrink, pending=manifest.pending)


def _counts(entry: Entry, now: float) -> bool:
    """Whether it is missed where it leaves: its declared life is not over, and a build made it."""
    return not entry.has_ended(now) and entry.kind is not Kind.REDIRECT


def _guard_deletes(plan: Plan, manifest: RemoteManifest, max_deletes: int | None, now: float) -> None:
    """Count what leaves before its declared end: the lost, and not the old."""
    known = manifest.entries

    def count_lost(keys: Iterable[str]) -> int:
        return sum(_counts(known[key], now) for key in keys)

    limit = max_deletes
    if limit is None:
        limit = max(LEAST_DELETE_LIMIT, int(DELETE_SHARE * len(manifest.live)))
    count = count_lost(plan.newly_unreferenced)
    if max_deletes is not None:
        count = max(count, count_lost(one.key for one in plan.deletes))
    if count > limit:
        raise RefusedError.of(
            "deletes",
            f"{count} published objects would be deleted, more than the limit of {limit}; "
            f"if that is meant, deploy with --max-deletes {count}",
            "deploy",
            "--max-deletes",
            f"{count}",
        )


def _guard_size(tree: Tree, live: Mapping[str, Entry], max_shrink: float, *, pending: int) -> None:
    """Compare the tree with the last generation; one that was not whole yet says nothing of how large is too large."""
    for word, size, last in (
        ("objects", len(tree.built), len(live)),
        ("bytes", sum(file.size for file in tree.built), sum(entry.size for entry in live.values())),
    ):
        too_large = size > MAX_GROWTH * last and not pending
        if last and (size < max_shrink * last or too_large):
            raise RefusedError.of(
                "size",
                f"{tree.dist} holds {size} {word} and the last generation held {last}; "
                "if that is meant, deploy with --force",
                "deploy",
                "--force",
            )


class SpacedOutError(SitegenError):
    """There is to be no deploy yet, for a month at this pace would cost too much: not a fault."""


def check_cost(spending: Spending, plans: Sequence[Plan], release: Release, options: DeployOptions) -> None:
    """Raise SpacedOutError where the next deploy comes too soon for the cap, RefusedError where one an hour would pass it.

    The first deploy of a site, which is paid once, is let through.
    """
    cap = options.cost_cap_usd_month
    planned, size = sum(map(planned_dollars, plans)), stored_bytes(plans)
    if cap is None or options.force or spending.since is None or not any(plan.rewrite for plan in plans):
        return
    hourly = hourly_share(cap, size)
    if planned > hourly:
        raise RefusedError.of(
            "cost",
            f"one such deploy an hour would cost ${planned * MONTH / HOUR:.2f} a month, above the cap of ${cap:.2f} "
            "(`cost_cap_usd_month`); let fewer pages change, raise the cap, or deploy with --force",
            "deploy",
            "--force",
        )
    if (missing := planned - spending.share(release.now, cap, size)) > 0:
        wait = missing * HOUR / hourly
        raise SpacedOutError(
            f"deploys are spaced out so that a month stays below ${cap:.2f} (`cost_cap_usd_month`): "
            f"the next one that changes as much is due in {math.ceil(wait)} s"
        )

"""What a bucket needs: the difference between a tree and a manifest, with its reasons. Pure.

The order of upload keeps two promises to visitors: no page is readable before what it
refers to, and no list links to a page that is not there yet. What left the tree is
deleted only once nobody can hold a page that refers to it.
"""

from collections.abc import Mapping

import msgspec

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
from sitegen.errors import BusyError, GateError, RefusedError

__all__ = ["STAGES", "check_cost", "check_guards", "make_plan", "stage_of"]

PAGE_GRACE = 120.0
ASSET_GRACE = 8 * 86_400.0
"""A page may be served for seven days when no bucket answers (stale-if-error), and one more to be sure."""

SIZE_TOLERANCE = 0.20
SIZE_SLACK_OBJECTS, SIZE_SLACK_BYTES = 5, 250_000
"""Changes this small pass, for a fifth of a small site is next to nothing: the starter's first build has 250 kB, and
with its charts and its own traces it has 200 kB more some minutes later."""

LEAST_DELETE_LIMIT, DELETE_SHARE = 20, 0.05

STAGES = ("assets", "files", "leaf pages", "hubs", "the overview")
_STAGE = {Kind.ASSET: 0, Kind.FILE: 1, Kind.LEAF: 2, Kind.HUB: 3}


def stage_of(file: LocalFile) -> int:
    """Return the index into STAGES; a stage begins when the one before is confirmed in every healthy bucket."""
    return len(STAGES) - 1 if file.path == INDEX else _STAGE[file.kind]


def make_plan(
    files: tuple[LocalFile, ...], manifest: RemoteManifest | None, release: Release, cycle: float = 30.0
) -> Plan:
    """Compare a tree with what a bucket holds (None: nothing).

    Raises GateError when an asset that is cached for ever would change its bytes
    without changing its name.
    """
    entries = manifest.entries if manifest else {}
    uploads, kept = [], {}
    for file in sorted(files, key=lambda file: (stage_of(file), file.path)):
        entry = entries.get(file.key)
        if reason := _reason(file, entry, release.now):
            uploads.append(_upload(file, reason, entry, release, cycle))
        elif entry is not None:
            kept[file.key] = msgspec.structs.replace(entry, unreferenced_since=None)
    gone = _gone(entries, {file.key for file in files}, release.now)
    kept |= gone
    deletes = tuple(Delete(key, entry.etag) for key, entry in gone.items() if _is_due(entry, release.now))
    return Plan(
        uploads=tuple(uploads),
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


def _upload(file: LocalFile, reason: Reason, entry: Entry | None, release: Release, cycle: float) -> Upload:
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
    interval = max(cycle, release.built_at - entry.changed_at)
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
    if manifest.built_at > release.built_at and not options.force:
        raise BusyError(
            f"generation {manifest.generation}, which is newer than this one, is already deployed; build again"
        )
    _guard_deletes(plan, manifest, options.max_deletes)
    if not options.force:
        _guard_size(tree, manifest.live)


def _guard_deletes(plan: Plan, manifest: RemoteManifest, max_deletes: int | None) -> None:
    limit = max_deletes
    if limit is None:
        limit = max(LEAST_DELETE_LIMIT, int(DELETE_SHARE * len(manifest.live)))
    count = len(plan.newly_unreferenced)
    if max_deletes is not None:
        count = max(count, len(plan.deletes))
    if count > limit:
        raise RefusedError(
            f"{count} published objects would be deleted, more than the limit of {limit}; "
            f"if that is meant, deploy with --max-deletes {count}"
        )


def _guard_size(tree: Tree, live: Mapping[str, Entry]) -> None:
    for word, size, last, slack in (
        ("objects", len(tree.files), len(live), SIZE_SLACK_OBJECTS),
        ("bytes", tree.size, sum(entry.size for entry in live.values()), SIZE_SLACK_BYTES),
    ):
        if last and abs(size - last) > max(SIZE_TOLERANCE * last, slack):
            raise RefusedError(
                f"{tree.root} holds {size} {word} and the last generation held {last}; "
                "if that is meant, deploy with --force"
            )


def check_cost(projected: float, options: DeployOptions) -> None:
    """Raise RefusedError where the projected cost is above the cap."""
    cap = options.cost_cap_usd_month
    if cap is not None and projected > cap and not options.force:
        raise RefusedError(
            f"at this pace of changes a month would cost ${projected:.2f}, above the cap of ${cap:.2f} "
            "(`cost_cap_usd_month`); let fewer pages change, raise the cap, or deploy with --force"
        )

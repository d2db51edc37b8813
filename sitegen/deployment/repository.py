"""A deploy to a branch of a git repository: the same guards, and one commit in the place of many objects."""

from pathlib import Path

from sitegen.deployment.engine import Deployed, read_tree
from sitegen.deployment.git import NOJEKYLL, GitBranch, Published
from sitegen.deployment.headers import headers_for, kinds_of
from sitegen.deployment.model import DeployOptions, Entry, Plan, Reason, Release, RemoteManifest, Target
from sitegen.deployment.plan import check_guards
from sitegen.deployment.report import CopyReport, DeployReport, Uploaded
from sitegen.deployment.snapshot import Snapshot
from sitegen.deployment.standing import TargetMemory
from sitegen.deployment.tree import Tree
from sitegen.deployment.verification import Change
from sitegen.errors import Problem
from sitegen.instrumentation.clock import Clock, Deadline

MIN_INTERVAL = 600.0
"""Seconds between two commits at least: Pages build each of them, and ten an hour at most."""

_REASONS = {"A": Reason.NEW, "M": Reason.CHANGED}


def deploy_branch(
    still: Snapshot,
    dist: Path,
    target: Target,
    *,
    release: Release,
    clock: Clock,
    deadline: Deadline,
    options: DeployOptions,
    memory: TargetMemory,
) -> Deployed:
    """Make the branch hold the generation, and report what that took.

    Raises GateError where the tree may not go out, RefusedError where a guard holds or somebody else's commit is there,
    BusyError where a newer build is, SitegenError where git or the repository fails.
    """
    started = clock.monotonic()
    tree = read_tree(dist, still, target, options, release)
    branch = GitBranch(target.git or "", target.branch, memory.repository, deadline)
    last = branch.read()
    name = branch.write_tree({file.path: still.root / (file.at or file.path) for file in tree.files})
    changes = branch.changes(last, name) if last else {file.path: "A" for file in tree.files}
    if last is not None and changes:
        plan = Plan(uploads=(), deletes=(), kept={}, newly_unreferenced=_gone(changes), rewrite=True)
        check_guards(tree, plan, _manifest(last, memory), release, options)
    wait = (
        MIN_INTERVAL - (release.built_at - last.built_at) if last and changes and not options.force else 0.0
    )
    if wait > 0:
        changes = {}
    elif changes and not options.dry_run:
        branch.push(name, release.generation, release.built_at, last)
    report = _report(target, tree, changes, wait, clock.monotonic() - started)
    return Deployed(report, () if options.dry_run else _seen(tree, changes))


def _report(target: Target, tree: Tree, changes: dict[str, str], wait: float, seconds: float) -> DeployReport:
    said = f"the branch takes a commit every ten minutes; the next is due in {wait:.0f} s"
    uploaded, gone = _uploaded(tree, changes), _gone(changes)
    return DeployReport(
        target=target.name,
        status="ok",
        uploaded=uploaded,
        deleted=len(gone),
        skipped=len(tree.files) - len(uploaded),
        copies=(CopyReport(target.branch, "lagging" if wait > 0 else "current", len(tree.files)),),
        duration_seconds=round(seconds, 3),
        deleted_keys=gone,
        problems=(Problem(f"deploy.{target.name}", said),) if wait > 0 else (),
    )


def _gone(changes: dict[str, str]) -> tuple[str, ...]:
    return tuple(sorted(path for path, change in changes.items() if change == "D" and path != NOJEKYLL))


def _uploaded(tree: Tree, changes: dict[str, str]) -> tuple[Uploaded, ...]:
    return tuple(
        Uploaded(file.path, _REASONS[changes[file.path]], file.size)
        for file in tree.files
        if changes.get(file.path) in _REASONS
    )


def _seen(tree: Tree, changes: dict[str, str]) -> tuple[Change, ...]:
    """Return what changed as visitors see it, so that the generation is kept."""
    return tuple(
        Change(file.key, file.sha256, file.headers.content_type, file.kind, _REASONS[changes[file.path]])
        for file in tree.files
        if changes.get(file.path) in _REASONS
    )


def _manifest(last: Published, memory: TargetMemory) -> RemoteManifest:
    """Return what the branch holds as the guards know it; the ends of pages are in the generation that is kept."""
    kept = memory.generation(last.generation)
    ends = kept.ends if kept else {}
    kinds = kinds_of(last.sizes)
    entries = {
        path: Entry(
            sha256="", headers_digest=headers_for(path, kinds[path]).digest, etag="", size=size, kind=kinds[path],
            changed_at=last.built_at, ends=ends.get(path),
        )
        for path, size in last.sizes.items()
        if path != NOJEKYLL
    }  # fmt: skip
    return RemoteManifest(generation=last.generation, built_at=last.built_at, entries=entries)

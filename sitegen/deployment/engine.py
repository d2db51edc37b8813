"""The AWS Deployment Engine: gather what is there, plan the difference, apply it in a safe order."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from sitegen.aws import AwsError, Fault
from sitegen.deployment.bucket import S3Store
from sitegen.deployment.cost import projected_usd_month
from sitegen.deployment.folder import FolderStore
from sitegen.deployment.gathering import RemoteState, gather
from sitegen.deployment.invalidation import MONTHLY_LIMIT, invalidate_everything
from sitegen.deployment.model import DeployOptions, Release, Requests, RunAll, Target
from sitegen.deployment.plan import check_cost, check_guards, make_plan
from sitegen.deployment.progress import Progress, TargetState
from sitegen.deployment.report import DeployReport, Done, foresee, make_report, take_stock
from sitegen.deployment.store import Store
from sitegen.deployment.tree import Tree, check_tree, scan_tree
from sitegen.errors import ConfigError, Problem, RefusedError, SitegenError
from sitegen.instrumentation.clock import Clock, Deadline
from sitegen.state.layouts import NewerLayoutError

__all__ = ["deploy"]


def deploy(
    dist: Path,
    target: Target,
    *,
    generation: int,
    built_at: float,
    clock: Clock,
    deadline: Deadline,
    options: DeployOptions,
    run_all: RunAll,
) -> DeployReport:
    """Make every copy of the target hold what `dist` holds, and report what that took.

    `generation` and `built_at` are those of the build; `run_all` does a list of things
    at once and owns whatever that takes. A copy that fails keeps its last generation
    and is a problem in the report; the next deploy catches it up.

    Raises GateError where the tree may not go out, RefusedError where a guard holds and
    BusyError where a newer build is deployed, all before anything is written;
    ConfigError where the target cannot be meant, SitegenError where every copy failed.
    """
    started = clock.monotonic()
    # Objects carry the time of their build in milliseconds; only so do the two compare.
    release = Release(generation=generation, built_at=round(built_at, 3), now=clock.now())
    tree = _check(dist, target, options)
    with _open_stores(target, deadline) as stores:
        found = gather(stores, tree.files, release, run_all, reconcile=options.reconcile)
        known, problems = _sort_out(stores, found)
        copies = _plan(tree, known, release, options)
        projected = _project(copies, release, options) if target.path is None else 0.0
        check_cost(projected, options)
        if options.dry_run:
            done = foresee(copies, options)
        else:
            Progress(copies, tree, release, run_all, force=options.force).apply(purges=int(options.purge))
            done = _take_stock(copies, target, release, options)
    return make_report(
        done,
        target=target.name,
        files=len(tree.files),
        problems=problems,
        requests=Requests(**sum((store.meter.counts for store in stores), Counter())),
        projected=projected,
        seconds=clock.monotonic() - started,
    )


def _take_stock(
    copies: Sequence[TargetState], target: Target, release: Release, options: DeployOptions
) -> Done:
    """Return what was done; what went wrong with single copies is a problem of it."""
    faults = _faults(copies)
    invalidated, failed = _purge(target, release) if options.purge else (0, [])
    return take_stock(copies, invalidated, (*faults, *failed))


def _check(dist: Path, target: Target, options: DeployOptions) -> Tree:
    """Read the tree. Raises GateError where it may not go out, ConfigError where it cannot go to the target."""
    tree = scan_tree(dist)
    check_tree(tree, options.base_url)
    if options.purge and target.distribution_id is None:
        raise ConfigError(
            f"the target {target.name!r} has no `distribution_id`, so there is nothing to purge"
        )
    if target.path is not None and _nested(dist.resolve(), target.path.resolve()):
        raise ConfigError(
            f"the folder {target.path} of the target {target.name!r} and the built site {dist} "
            "lie in each other; choose a folder outside"
        )
    return tree


def _nested(here: Path, there: Path) -> bool:
    return here.is_relative_to(there) or there.is_relative_to(here)


@contextmanager
def _open_stores(target: Target, deadline: Deadline) -> Iterator[list[Store]]:
    """Open every copy of the target, and close them all afterwards."""
    with ExitStack() as stack:
        stores: list[Store] = []
        if target.path is not None:
            stores.append(FolderStore(target.path, deadline))
        stores += [
            stack.enter_context(closing(S3Store(bucket, target, deadline))) for bucket in target.buckets
        ]
        if not stores:
            raise ConfigError(f"the target {target.name!r} has neither `buckets` nor a `path`")
        yield stores


def _sort_out(
    stores: Sequence[Store], found: Sequence[RemoteState | SitegenError]
) -> tuple[list[RemoteState], list[Problem]]:
    """Part the copies that answered from those that did not; raises where none did.

    A copy that a newer sitegen deployed to ends the deploy of all, before anything is written.
    """
    for answer in found:
        if isinstance(answer, NewerLayoutError):
            raise answer
    known = [answer for answer in found if isinstance(answer, RemoteState)]
    faults = [
        (store, error) for store, error in zip(stores, found, strict=True) if isinstance(error, SitegenError)
    ]
    if not known:
        _fail([error for _, error in faults])
    return known, [_problem(store, error) for store, error in faults]


def _plan(
    tree: Tree, known: Sequence[RemoteState], release: Release, options: DeployOptions
) -> list[TargetState]:
    """Plan every copy; the guards look at the one with the newest generation, which the others follow."""
    copies = [
        TargetState(copy, make_plan(tree.files, copy.manifest, release, options.cycle)) for copy in known
    ]
    newest, copy = max(
        zip(known, copies, strict=True), key=lambda pair: pair[0].manifest.built_at if pair[0].manifest else 0
    )
    check_guards(tree, copy.plan, newest.manifest, release, options)
    if options.purge and copy.purges.get(release.month, 0) >= MONTHLY_LIMIT:
        raise RefusedError(
            f"{MONTHLY_LIMIT} paths have been invalidated this month, and beyond 1,000 each costs money; "
            "wait: the edge serves nothing older than a minute"
        )
    return copies


def _project(copies: Sequence[TargetState], release: Release, options: DeployOptions) -> float:
    return sum(
        projected_usd_month(copy.plan, built_at=release.built_at, cycle=options.cycle) for copy in copies
    )


def _faults(copies: Sequence[TargetState]) -> list[Problem]:
    """Return what went wrong with single copies; raises where it went wrong with all."""
    faults = [(copy.store, copy.fault) for copy in copies if copy.fault is not None]
    if len(faults) == len(copies):
        _fail([fault for _, fault in faults])
    return [_problem(store, fault) for store, fault in faults]


def _problem(store: Store, fault: SitegenError) -> Problem:
    return Problem(where=f"deploy.{store.name}", message=str(fault))


def _fail(faults: Sequence[SitegenError]) -> None:
    """Raise one error for those of all copies: a bucket that does not exist is the configuration's fault."""
    sentence = "; ".join(dict.fromkeys(str(fault) for fault in faults))
    if all(isinstance(fault, AwsError) and fault.fault is Fault.NO_BUCKET for fault in faults):
        raise ConfigError(sentence)
    raise SitegenError(sentence)


def _purge(target: Target, release: Release) -> tuple[int, list[Problem]]:
    """Invalidate everything at the edge; the site is deployed whether or not that works."""
    if target.distribution_id is None:
        return 0, []
    try:
        return invalidate_everything(target.distribution_id, release.id, target.endpoint_url), []
    except AwsError as error:
        return 0, [error.problem("deploy.cloudfront")]

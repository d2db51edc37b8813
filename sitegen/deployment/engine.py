"""The AWS Deployment Engine: gather what is there, plan the difference, apply it in a safe order."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from threading import Lock
from types import MappingProxyType

from msgspec import Struct, structs

from sitegen.aws import AwsError, Fault
from sitegen.concurrency.manager import run_beside
from sitegen.deployment.barrier import Barrier
from sitegen.deployment.bucket import S3Store
from sitegen.deployment.budget import Budget
from sitegen.deployment.folder import FolderStore
from sitegen.deployment.gathering import gather
from sitegen.deployment.invalidation import (
    EVERYTHING,
    MONTHLY_LIMIT,
    choose_paths,
    invalidate,
    states_of,
)
from sitegen.deployment.memory import Memory
from sitegen.deployment.model import STATUS, DeployOptions, Plan, Reason, Release, RunAll, Target
from sitegen.deployment.ownership import refuse_inside, refuse_stranger
from sitegen.deployment.plan import Holds, SpacedOutError, check_guards, make_plan, refuse_newer_build
from sitegen.deployment.progress import Copy, Errand, Progress, changes_of
from sitegen.deployment.redirects import redirects_to
from sitegen.deployment.report import DeployReport, Done, foresee, make_report, take_stock
from sitegen.deployment.snapshot import Snapshot
from sitegen.deployment.standing import TargetMemory
from sitegen.deployment.store import DeadlineError, Store
from sitegen.deployment.tree import Tree, check_tree, scan_tree
from sitegen.deployment.verification import Change
from sitegen.errors import BusyError, ConfigError, GateError, Problem, RefusedError, SitegenError
from sitegen.instrumentation.clock import Clock, Deadline
from sitegen.regular import real_path
from sitegen.state.layouts import NewerLayoutError
from sitegen.units import rfc3339


class Deployed(Struct, frozen=True):
    """The report on a deploy, and what visitors should see of it."""

    report: DeployReport
    changes: tuple[Change, ...]


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
    memory: Path,
    still: Snapshot | None = None,
    rejected: Mapping[str, str] = MappingProxyType({}),
    vet: Callable[[Iterable[bytes]], None] = lambda _: None,
) -> Deployed:
    """Make every copy of the target hold what `dist` holds, and report what that took.

    `generation` and `built_at` are those of the build, `memory` the folder with what is known of the copies, `still`
    the tree at rest, if that is not `dist` itself, `rejected` digests that are not sent, by key; `vet` looks at the
    pages, and raises where they may not go out. A copy that fails is a problem in the report; the next deploy goes on.

    Raises GateError where the tree may not go out, RefusedError where a guard holds and BusyError where a newer build
    is deployed, all before anything is written; ConfigError where the target cannot be meant, SitegenError where all failed.
    """
    started = clock.monotonic()
    # Objects carry the time of their build in milliseconds; only so do the two compare.
    release = Release(generation, round(built_at, 3), clock.now(), options.cycle)
    known = TargetMemory(memory, target.name)
    tree = read_tree(dist, still, target, options, release, known.digests())
    vet(tree.markup.values())
    with open_stores(target, deadline) as stores:
        copies = _copies(stores, target, memory, deadline)
        holds = Holds(rejected, options.min_interval)
        errand = Errand(tree, release, options.base_url, options.force, holds, run_all)
        budget = Budget(known, release, options)
        deployment = _Deployment(copies, errand, options, Barrier(len(copies), clock), budget)
        try:
            deployment.run(deadline)
        finally:
            budget.settle(copies)
        done = _take_stock(deployment, target, release, options)
    projected = budget.projected(copies) if target.path is None else 0.0
    took = clock.monotonic() - started
    report = make_report(done, target.name, len(tree.files), copies, projected=projected, seconds=took)
    return Deployed(report, () if options.dry_run else changes_of(copies))


def _copies(stores: Sequence[Store], target: Target, memory: Path, deadline: Deadline) -> list[Copy]:
    places = [Memory(memory, f"{target.name} {store.place}") for store in stores]
    return [Copy(number, store, places[number], deadline) for number, store in enumerate(stores)]


class _Deployment:
    """One deploy to all copies, each of which goes its own way.

    What is decided for all, whether a guard holds, is decided once, by the first copy that knows enough.
    """

    def __init__(
        self,
        copies: Sequence[Copy],
        errand: Errand,
        options: DeployOptions,
        barrier: Barrier,
        budget: Budget,
    ) -> None:
        self.copies = copies
        self._errand = errand
        self._options = options
        self._barrier = barrier
        self._budget = budget
        self._deciding = Lock()
        self._decided = False
        self._states = states_of(errand.tree.body(STATUS))
        self.paths: tuple[str, ...] = ()
        self.problems: list[Problem] = []

    def run(self, deadline: Deadline) -> None:
        """Bring every copy up to date that can be by the deadline. Raises what ends the deploy of all."""
        self._run_beside(self._bring_up, deadline)
        if not self._options.dry_run:
            if not any(copy.fault or copy.spaced for copy in self.copies):
                self._run_beside(self._clear, deadline)
            self._remember()
        if not any(copy.spaced for copy in self.copies):
            self._barrier.check()
            _faults(self.copies)

    def _run_beside(self, step: Callable[[Copy], None], deadline: Deadline) -> None:
        def attempt(copy: Copy) -> None:
            try:
                step(copy)
            except SpacedOutError as error:
                copy.spaced = str(error)
            except (BusyError, RefusedError, NewerLayoutError, GateError) as error:
                copy.fail(error)
                self._barrier.stop(error)
            except SitegenError as error:
                copy.fail(error)
                self._barrier.leave(copy.number)

        ended = run_beside([partial(attempt, copy) for copy in self.copies], deadline)
        for copy, has_ended in zip(self.copies, ended, strict=True):
            if not has_ended:
                copy.fail(
                    DeadlineError(
                        f"{copy.store.place} has not answered in time; the next deploy goes on from there"
                    )
                )

    def _bring_up(self, copy: Copy) -> None:
        """Find out what a copy holds, decide, and upload what it lacks."""
        errand, options, release = self._errand, self._options, self._errand.release
        if copy.memory.recall().failing:
            copy.store.ask_gently()
        copy.known = gather(
            copy.store, copy.memory, errand.tree.files, release, errand.run_all, reconcile=options.reconcile
        )
        last = copy.memory.recall().manifest
        refuse_stranger(copy.store, copy.known.claimed if copy.known.etag else None, last, options.base_url)
        if copy.known.etag is None and last is None:
            refuse_inside(copy.store)
        copy.etag = copy.known.etag
        copy.plan = make_plan(errand.tree.files, copy.known.manifest, release, errand.holds)
        self._barrier.reach(copy.number, (-1.0,))
        self._decide()
        self._barrier.check()
        # The guards may have decided before this copy had answered.
        refuse_newer_build(copy.plan, copy.known.claimed, release, options)
        if not options.dry_run:
            Progress(copy, copy.plan, errand, self._barrier).upload(len(self.paths), self._states)

    def _clear(self, copy: Copy) -> None:
        if copy.plan is not None and copy.plan.deletes:
            Progress(copy, copy.plan, self._errand, self._barrier).delete(len(self.paths), self._states)

    def _decide(self) -> None:
        """Let the guards look at the copy with the newest generation, which the others follow; once."""
        with self._deciding:
            if self._decided:
                return
            self._decided = True
            planned = [(copy, copy.plan) for copy in self.copies if copy.plan is not None]
            try:
                _check_guards(planned, self._errand, self._options)
                self._budget.check([plan for copy, plan in planned if copy.etag and not copy.known.restored])
                self._choose_paths(planned)
            except SitegenError as error:
                self._barrier.stop(error)

    def _choose_paths(self, planned: Sequence[tuple[Copy, Plan]]) -> None:
        """Decide what the edge is to forget: on request everything, else as configured, while the month has paths left."""
        changed = [one.key for _, plan in planned for one in plan.uploads if one.reason is not Reason.NEW]
        before = next((copy.known.manifest.states for copy, _ in planned if copy.known.manifest), "")
        paths = (
            EVERYTHING
            if self._options.purge
            else choose_paths(self._options.invalidation, changed, before, self._states)
        )
        counted = max((copy.purges.get(self._errand.release.month, 0) for copy, _ in planned), default=0)
        if counted + len(paths) > MONTHLY_LIMIT and not self._options.purge:
            sentence = f"{counted} paths were invalidated this month, so no more are until the next one"
            self.problems.append(Problem("deploy.cloudfront", sentence))
            return
        self.paths = paths

    def _remember(self) -> None:
        for copy in self.copies:
            with suppress(OSError):  # what is not remembered is asked for
                copy.remember(self._errand.release, failing=_is_silent(copy.fault))


def _take_stock(deployment: _Deployment, target: Target, release: Release, options: DeployOptions) -> Done:
    """Return what was done, or would be; what went wrong with single copies is a problem of it."""
    if options.dry_run:
        return foresee(deployment.copies, deployment.paths)
    faults = [*_faults(deployment.copies), *deployment.problems]
    invalidated, failed = _invalidate(target, release, deployment.paths)
    return take_stock(deployment.copies, invalidated, (*faults, *failed))


def read_tree(  # noqa: PLR0917 - all that a tree is read by
    dist: Path,
    still: Snapshot | None,
    target: Target,
    options: DeployOptions,
    release: Release,
    checked: Mapping[str, str] = MappingProxyType({}),
) -> Tree:
    """Read the tree; `checked` are the digests of one that went out.

    Raises GateError where it may not go out, ConfigError where it cannot go to the target, RefusedError where it says
    that it is from the future, for then no later one could follow it.
    """
    if not release.is_possible(release.built_at):
        raise RefusedError.of(
            "clock",
            f"{dist} says that it was built at {rfc3339(release.built_at)}, which is still to come; "
            "set the clock of this machine and build again",
            "build",
        )
    tree = (
        scan_tree(dist, still.root, still.ends, still.places, target.index)
        if still
        else scan_tree(dist, index=target.index)
    )
    check_tree(tree, options.base_url, checked)
    if options.redirects and target.buckets:
        tree = structs.replace(tree, files=(*tree.files, *redirects_to(tree.files, options.base_url)))
    if options.purge and target.distribution_id is None:
        raise ConfigError(
            f"the target {target.name!r} has no `distribution_id`, so there is nothing to purge"
        )
    if target.path is not None and _nested(real_path(dist), real_path(target.path)):
        raise ConfigError(
            f"the folder {target.path} of the target {target.name!r} and the built site {dist} "
            "lie in each other; choose a folder outside"
        )
    return tree


def _nested(here: Path, there: Path) -> bool:
    return here.is_relative_to(there) or there.is_relative_to(here)


@contextmanager
def open_stores(target: Target, deadline: Deadline) -> Iterator[list[Store]]:
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


def _check_guards(planned: Sequence[tuple[Copy, Plan]], errand: Errand, options: DeployOptions) -> None:
    """Raise where a guard holds; they look at the copy with the newest generation, as it was before other hands changed it."""
    month = errand.release.month
    newest, plan = max(
        planned, key=lambda one: one[0].known.claimed.built_at if one[0].known.claimed else 0.0
    )
    check_guards(errand.tree, plan, newest.known.claimed, errand.release, options)
    if options.purge and any(copy.purges.get(month, 0) >= MONTHLY_LIMIT for copy, _ in planned):
        raise RefusedError.of(
            "purges",
            f"{MONTHLY_LIMIT} paths have been invalidated this month, and beyond 1,000 each costs money; "
            "wait: the edge serves nothing older than a minute",
            "deploy",
        )


def _faults(copies: Sequence[Copy]) -> list[Problem]:
    """Return what went wrong with single copies; raises where it went wrong with all."""
    faults = [(copy.store, copy.fault) for copy in copies if copy.fault is not None]
    if len(faults) == len(copies) and faults:
        _fail([fault for _, fault in faults])
    spaced = dict.fromkeys(copy.spaced for copy in copies if copy.spaced)
    return [
        *(_problem(store, fault) for store, fault in faults),
        *(Problem("deploy.cost", one) for one in spaced),
    ]


def _problem(store: Store, fault: SitegenError) -> Problem:
    return Problem(where=f"deploy.{store.name}", message=str(fault))


def _is_silent(fault: SitegenError | None) -> bool:
    return isinstance(fault, DeadlineError) or (
        isinstance(fault, AwsError) and fault.fault is Fault.UNREACHABLE
    )


def _fail(faults: Sequence[SitegenError]) -> None:
    """Raise one error for those of all copies: a bucket that does not exist is the configuration's fault."""
    sentence = "; ".join(dict.fromkeys(str(fault) for fault in faults))
    no_bucket = all(isinstance(fault, AwsError) and fault.fault is Fault.NO_BUCKET for fault in faults)
    error = ConfigError(sentence) if no_bucket else SitegenError(sentence)
    error.reason = faults[0].reason
    raise error


def _invalidate(target: Target, release: Release, paths: tuple[str, ...]) -> tuple[int, list[Problem]]:
    """Let the edge forget these; the site is deployed whether or not that works."""
    if target.distribution_id is None or not paths:
        return 0, []
    try:
        return invalidate(target.distribution_id, paths, release.id, target.endpoint_url), []
    except AwsError as error:
        return 0, [error.problem("deploy.cloudfront")]

"""One deploy from its lock to its record: what is published is held still, sent, looked at, and remembered, however it ends."""

from collections.abc import Callable
from contextlib import suppress

from msgspec import structs

from sitegen.deployment.accounts import keep_record, write_accounts
from sitegen.deployment.edge import open_edge
from sitegen.deployment.inspection import Inspector, Seen
from sitegen.deployment.job import Job, Place, send
from sitegen.deployment.model import DeployOptions
from sitegen.deployment.report import DeployReport
from sitegen.deployment.returning import compare, held_back, put_back, refuse_held, undo
from sitegen.deployment.snapshot import hold_still
from sitegen.errors import SitegenError
from sitegen.publishing.writer import check_layout
from sitegen.state.files import Owner
from sitegen.state.folder import State
from sitegen.state.lock import hold
from sitegen.state.opening import check_database


def run_deploy(job: Job) -> DeployReport:
    """Deploy the generation that was published last, look at it as visitors do, and remember how that ended.

    It takes the deploy's lock and not the build's: builds go on publishing. Raises what `deploy` raises with the report
    of it, BusyError while another deploy is at work, NewerLayoutError, after which nothing was touched, and
    SitegenError where visitors got it wrong and the generation before was put back.
    """
    return _under_lock(job, _deploy_published)


def run_rollback(job: Job, generation: int | None) -> DeployReport:
    """Put a generation back that was deployed, by default the one before this; later deploys wait until they are forced.

    Raises SitegenError where it is not kept, and what `run_deploy` raises.
    """
    return _under_lock(job, lambda job: put_back(job, generation))


def run_check(job: Job) -> DeployReport:
    """Compare all that visitors get with the generation that was deployed last, and change nothing.

    Raises GateError where it differs, ConfigError where the site has no address.
    """
    options = structs.replace(job.options, dry_run=True)
    return _under_lock(structs.replace(job, options=options), _compare)


def _under_lock(job: Job, work: Callable[[Job], DeployReport]) -> DeployReport:
    place = job.place
    check_layout(place.state)
    check_database(place.state / "state.db")
    began = job.clock.now()
    try:
        with hold(place.state, began, Owner.DEPLOY):
            try:
                report = work(job)
            except BaseException as error:
                report = DeployReport.of_failure(job.target.name, error, place.config)
                _remember(place, began, report, job.options)
                if isinstance(error, SitegenError):
                    error.report = report
                raise
            return _remember(place, began, report, job.options)
    except SitegenError as error:
        if error.report is None:
            error.report = report = DeployReport.of_failure(job.target.name, error, place.config)
            _remember_busy(place, began, report, job.options)
        raise


def _deploy_published(job: Job) -> DeployReport:
    refuse_held(job)
    with open_edge(job.target, job.options.base_url, job.clock, job.deadline) as edge:
        inspector = Inspector(edge, job)
        before = Seen() if job.options.dry_run else inspector.look_again()
        if before.wrong:
            undo(job, before.wrong)
        with hold_still(job.place.dist, job.place.state) as still:
            done = send(job, still, vet=inspector.vet)
            if job.options.dry_run:
                return done.report
            everywhere = all(one.status == "current" for one in done.report.copies)
            seen = inspector.look_after(done.changes, still.manifest.generation, everywhere=everywhere)
            if seen.wrong:
                undo(job, seen.wrong)
            if done.changes:
                with suppress(OSError):  # then there is no way back to this one
                    job.memory.keep_generation(still)
            held = held_back(job, still)
    job.memory.release()
    problems = (*done.report.problems, *before.told, *seen.told, *held)
    # That nobody can be reached at the address says nothing against what was deployed.
    degraded = held or (before.told and before.reached) or (seen.told and seen.reached)
    return structs.replace(
        done.report, status="degraded" if degraded else done.report.status, problems=problems
    )


def _compare(job: Job) -> DeployReport:
    with open_edge(job.target, job.options.base_url, job.clock, job.deadline) as edge:
        return compare(job, edge)


def _remember(place: Place, began: float, report: DeployReport, options: DeployOptions) -> DeployReport:
    """Keep a deploy, and tell it to those who watch; return its report with what could not be kept."""
    if options.dry_run:
        return report
    with State.open(place.state, began) as state:
        keep_record(state, began, report)
        lost = write_accounts(place.state, state)
    return structs.replace(report, problems=(*report.problems, *lost))


def _remember_busy(place: Place, began: float, report: DeployReport, options: DeployOptions) -> None:
    """Keep a deploy that did not get the lock; whoever holds it writes the files."""
    if not options.dry_run and (place.state / "state.db").is_file():
        with State.open(place.state, began) as state:
            keep_record(state, began, report)

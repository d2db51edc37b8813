"""The way back: a generation that was deployed before is sent again, by hand or because visitors get the new one wrong."""

from msgspec import structs

from sitegen.deployment.edge import Edge
from sitegen.deployment.headers import key_for
from sitegen.deployment.inspection import after_upload
from sitegen.deployment.job import Job, send
from sitegen.deployment.report import DeployReport
from sitegen.deployment.snapshot import Snapshot
from sitegen.deployment.standing import Held, Standing
from sitegen.deployment.verification import Change, Verdict, changes_of_files, look
from sitegen.errors import ConfigError, GateError, Problem, RefusedError, SitegenError
from sitegen.units import rfc3339

_SHOWN = 3


def refuse_held(job: Job) -> None:
    """Raise RefusedError where a person put an earlier generation back, unless this deploy is forced."""
    held = job.memory.recall().held
    if held is not None and not job.options.force:
        raise RefusedError.of(
            "rolled back",
            f"{job.target.name} was put back to generation {held.generation} by hand at {rfc3339(held.at)}; "
            "when what is built now may go out again, deploy with --force",
            "deploy",
            "--force",
        )


def put_back(job: Job, generation: int | None) -> DeployReport:
    """Send a generation again that is kept, by default the one before what is there, and hold later deploys.

    Raises SitegenError where it is not kept.
    """
    memory = job.memory
    known = memory.recall()
    still = _find(job, known, generation)
    done = send(job, still, returns=True)
    number = still.manifest.generation
    if not job.options.dry_run:
        returned = _returned(job, known, number, done.changes)
        memory.keep(structs.replace(returned, held=Held(number, job.clock.now())))
    return done.report


def undo(job: Job, wrong: tuple[str, ...]) -> None:
    """Put the generation before back because visitors get this one wrong, and raise SitegenError, which says so.

    Its bytes are not sent again until a build makes others. Where there is nothing to put back, nothing is done.
    """
    memory = job.memory
    known = memory.recall()
    why = f"visitors of {job.target.name} get what was deployed wrong, twice: {'; '.join(wrong[:_SHOWN])}"
    try:
        still = _find(job, known, None)
    except SitegenError:
        return
    done = send(job, still, returns=True)
    number = still.manifest.generation
    if known.generation is not None:
        memory.forget_generation(known.generation)
    returned = _returned(job, known, number, done.changes)
    memory.keep(structs.replace(returned, rejected=known.sent, good=False))
    error = SitegenError(f"{why}; generation {number} was put back, and these bytes are not sent again")
    error.reason, error.remedy = "verification", ("build",)
    raise error


def held_back(job: Job, still: Snapshot) -> tuple[Problem, ...]:
    """Return what a deploy left as it was because visitors got these very bytes wrong before."""
    rejected = job.memory.recall().rejected
    paths = [
        path for path, file in still.manifest.files.items() if rejected.get(key_for(path)) == file.sha256
    ]
    if not paths or job.options.force:
        return ()
    sentence = (
        f"visitors got {', '.join(paths[:_SHOWN])}{' and others' if len(paths) > _SHOWN else ''} wrong as it is now, "
        "so an earlier one stays; change it, or deploy with --force"
    )
    return (Problem("deploy.edge", sentence),)


def _find(job: Job, known: Standing, generation: int | None) -> Snapshot:
    """Return a generation that is kept. Raises SitegenError, or ConfigError where it was named."""
    kept = [one for one in job.memory.generations() if one != known.generation]
    told = f"kept are {', '.join(map(str, kept))}" if kept else "none is kept"
    if generation is not None and generation not in kept:
        raise ConfigError(f"generation {generation} of {job.target.name} is not kept; {told}")
    earlier = [one for one in kept if known.generation is None or one < known.generation]
    number = generation if generation is not None else max(earlier, default=None)
    if number is None:
        raise SitegenError(f"there is no earlier generation of {job.target.name}; {told}")
    still = job.memory.generation(number)
    if still is None:
        raise SitegenError(f"generation {number} of {job.target.name} is damaged; {told}")
    return still


def _returned(job: Job, known: Standing, number: int, changes: tuple[Change, ...]) -> Standing:
    there = after_upload(known, changes, number, job.clock.now())
    return structs.replace(there, generation=number, waiting={}, sent={})


def compare(job: Job, edge: Edge | None) -> DeployReport:
    """Look at every object of the generation that was deployed last.

    Raises GateError where visitors get something else, ConfigError where nothing was deployed or the site has no address.
    """
    known = job.memory.recall()
    if edge is None:
        raise ConfigError(
            f"{job.target.name} cannot be looked at: give the site its address, `base_url` under [site]"
        )
    still = job.memory.generation(known.generation) if known.generation is not None else None
    if still is None:
        raise ConfigError(f"nothing of {job.target.name} is known to be deployed; deploy first")
    looks = look(edge, changes_of_files(still.manifest), known.recent, job.run_all)
    bad = [one.why for one in looks if one.verdict in {Verdict.WRONG, Verdict.UNKNOWN}]
    if bad:
        more = f", and {len(bad) - _SHOWN} more" if len(bad) > _SHOWN else ""
        raise GateError(f"visitors do not get what was deployed: {'; '.join(bad[:_SHOWN])}{more}")
    return DeployReport(
        target=job.target.name,
        status="ok",
        generation=known.generation,
        objects=len(looks),
        skipped=len(looks),
    )

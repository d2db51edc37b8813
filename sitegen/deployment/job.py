"""What a command has to do with one target, and how a generation is sent to it."""

import time
from collections.abc import Callable, Iterable
from pathlib import Path

from msgspec import Struct, structs

from sitegen.deployment.engine import Deployed, deploy
from sitegen.deployment.model import DeployOptions, Release, RunAll, Target
from sitegen.deployment.repository import deploy_branch
from sitegen.deployment.snapshot import Snapshot
from sitegen.deployment.standing import TargetMemory
from sitegen.instrumentation.clock import Clock, Deadline

_ALL = 10**9


class Place(Struct, frozen=True):
    """The published tree, the folder of the state, and the configuration as a person names it, "" for the default."""

    dist: Path
    state: Path
    config: str = ""


class Job(Struct, frozen=True):
    """What is to be done where, by when, and with what; `pause` lets seconds pass."""

    place: Place
    target: Target
    options: DeployOptions
    clock: Clock
    deadline: Deadline
    run_all: RunAll
    pause: Callable[[float], None] = time.sleep

    @property
    def memory(self) -> TargetMemory:
        """What is kept of the target."""
        return TargetMemory(self.place.state, self.target.name)


def send(
    job: Job,
    still: Snapshot,
    *,
    vet: Callable[[Iterable[bytes]], None] = lambda _: None,
    returns: bool = False,
) -> Deployed:
    """Deploy a generation; one that `returns` is newer than all that is there, and no guard holds it.

    Raises what `deploy` raises.
    """
    manifest = still.manifest
    options = job.options
    if returns:
        purge = job.target.distribution_id is not None
        options = structs.replace(options, force=True, max_deletes=_ALL, purge=purge)
    built_at = job.clock.now() if returns else manifest.built_at
    if job.target.git is not None:
        release = Release(manifest.generation, round(built_at, 3), job.clock.now(), options.cycle)
        done = deploy_branch(
            still, job.place.dist, job.target, release=release, clock=job.clock, deadline=job.deadline,
            options=options, memory=job.memory,
        )  # fmt: skip
    else:
        done = deploy(
            job.place.dist, job.target, generation=manifest.generation, built_at=built_at, clock=job.clock,
            deadline=job.deadline, options=options, run_all=job.run_all, memory=job.place.state, still=still,
            rejected={} if options.force else job.memory.recall().rejected, vet=vet,
        )  # fmt: skip
    report = structs.replace(
        done.report,
        generation=manifest.generation,
        objects=len(manifest.files),
        bytes=sum(file.size for file in manifest.files.values()),
        problems=(*done.report.problems, *still.problems),
    )
    return structs.replace(done, report=report)

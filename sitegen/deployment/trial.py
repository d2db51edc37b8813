"""`sitegen check target`: whether a deploy would get through, found out by reading alone."""

from collections.abc import Iterator

import msgspec

from sitegen.deployment.edge import open_edge
from sitegen.deployment.engine import open_stores
from sitegen.deployment.git import GitBranch
from sitegen.deployment.job import Job
from sitegen.deployment.model import INDEX, MANIFEST_KEY
from sitegen.deployment.ownership import refuse_inside
from sitegen.deployment.store import Store
from sitegen.deployment.verification import forbidden_styles
from sitegen.errors import SitegenError


class Trial(msgspec.Struct, frozen=True):
    """What was found out of one place: a sentence, and whether it stands in a deploy's way."""

    where: str
    message: str
    bad: bool = False


def try_target(job: Job) -> list[Trial]:
    """Ask every copy of the target, and the edge before them, what a deploy would; nothing is changed."""
    if job.target.git is not None:
        return [_try_branch(job)]
    found: list[Trial] = []
    with open_stores(job.target, job.deadline) as stores:
        for store in stores:
            found += _try_store(store)
    return [*found, *_try_policy(job)]


def _try_branch(job: Job) -> Trial:
    branch = GitBranch(job.target.git or "", job.target.branch, job.memory.repository, job.deadline)
    try:
        last = branch.read()
    except SitegenError as error:
        return Trial(job.target.branch, str(error), bad=True)
    return Trial(job.target.branch, f"holds generation {last.generation}" if last else "is free")


def _try_store(store: Store) -> Iterator[Trial]:
    try:
        there = store.read(MANIFEST_KEY)
        taken = there is None and store.read(INDEX) is not None
        if there is None:
            refuse_inside(store)
    except SitegenError as error:
        yield Trial(store.name, str(error), bad=True)
        return
    if taken:
        yield Trial(
            store.name,
            f"{store.place} holds an overview and no manifest of sitegen: what is there is not replaced",
            bad=True,
        )
    else:
        yield Trial(
            store.name, f"{store.place} can be read; {'a site is there' if there else 'no site is there yet'}"
        )


def _try_policy(job: Job) -> Iterator[Trial]:
    with open_edge(job.target, job.options.base_url, job.clock, job.deadline) as edge:
        if edge is None:
            return
        pages = [path.read_bytes() for path in job.place.dist.rglob("*.html") if path.is_file()]
        served = edge.fetch(INDEX)
        if not served.status:
            yield Trial("edge", f"{edge.base_url} {served.reason}")
        elif forbidden := forbidden_styles(served.policy, pages):
            yield Trial(
                "edge",
                f"{edge.base_url} forbids the style sheets {', '.join(forbidden)} by its policy",
                bad=True,
            )
        else:
            yield Trial("edge", f"{edge.base_url} forbids no style sheet of the site")

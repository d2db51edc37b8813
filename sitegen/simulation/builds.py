"""The build before this one, worker by worker, and the hundred before that."""

from collections.abc import Sequence
from heapq import heapify, heapreplace
from random import Random
from typing import NamedTuple

from msgspec.structs import replace

from sitegen.findings import BuildContext, BuildFindings
from sitegen.instrumentation import records
from sitegen.instrumentation.records import PageRecord, Pool, PublicBuild, TaskRecord
from sitegen.simulation.metrics import PANELS, SOURCE
from sitegen.simulation.shop import SERVICES
from sitegen.simulation.story import CYCLE, Story
from sitegen.units import window_label

BUILDS = 100
_LATE = 0.14
"""Seconds from the slot to a build's begin, as a rule."""
_CAP = 13_000
_PROCESSES, _WORKERS = 4, 15
"""How many processes there are, and workers in all: with the threads of each section, and the building process."""
_PATHS = (
    "/", "/follow/", "/metrics/", "/metrics/24h/", "/metrics/7d/", "/metrics/90d/", "/traces/", "/deps/", "/logs/", "/logs/2/",
    "/logs/3/", "/build/", "/slo/", "/about/", "/projects/", "/techniques/", "/404.html",
)  # fmt: skip


class _Work(NamedTuple):
    """Tasks of about so many seconds each, for the workers of one pool; `asks` where the last word names a server."""

    section: str
    names: Sequence[str]
    pool: Pool
    workers: int
    seconds: float
    asks: bool = False


def _plan(drawn: Sequence[str]) -> dict[str, tuple[_Work, ...]]:
    """Return the work of each stage; in the first all of it runs at once, in the others one after the other."""
    windows = [(panel.id, window_label(span)) for panel in PANELS for span in panel.windows]
    paths = (*_PATHS, *(f"/traces/{one[:8]}/" for one in drawn))
    return {
        "gather": (
            _Work("metrics", [f"ask {SOURCE}"] * len(windows), Pool.THREAD, 4, 0.0075, asks=True),
            _Work("traces", ["read shop"], Pool.THREAD, 1, 0.11),
            _Work("logs", ["read shop"], Pool.THREAD, 1, 0.07),
            _Work("availability", [f"probe {one.id}" for one in SERVICES], Pool.THREAD, 4, 0.05, asks=True),
        ),
        "draw": (
            _Work("metrics", [f"draw {name} {window}" for name, window in windows], Pool.PROCESS, _PROCESSES, 0.0021),
            _Work("traces", [f"draw {one[:8]}" for one in drawn], Pool.PROCESS, _PROCESSES, 0.0016),
        ),
        "render": (
            _Work("site", ["compose the pages"], Pool.INLINE, 1, 0.016),
            _Work("render", [f"render {path}" for path in paths], Pool.PROCESS, _PROCESSES, 0.0041),
            _Work("site", ["write the feeds"], Pool.INLINE, 1, 0.003),
        ),
        "inspect": (_Work("gate", ["inspect the site"], Pool.INLINE, 1, 0.014),),
        "publish": (_Work("publish", ["stage and swap"], Pool.INLINE, 1, 0.024),),
    }  # fmt: skip


def _run(work: _Work, queued: float, chance: Random) -> list[TaskRecord]:
    """Return the tasks, each done by the worker that was free first, as in a pool."""
    free, tasks = [(queued, worker) for worker in range(work.workers)], []
    heapify(free)
    for name in work.names:
        begun, worker = free[0]
        took = work.seconds * chance.lognormvariate(0.0, 0.45)
        heapreplace(free, (begun + took, worker))
        cpu = (0.06 if work.pool is Pool.THREAD else 0.93) * took
        moved = chance.randrange(4_000, 60_000) if work.pool is Pool.PROCESS else 0
        peer = name.rpartition(" ")[2] if work.asks else None
        tasks.append(TaskRecord(work.section, name, work.pool, worker, queued, begun + 0.0004, begun + took, cpu, moved, peer=peer))  # fmt: skip
    return tasks


def simulate_builds(seed: int, context: BuildContext, drawn: Sequence[str], story: Story) -> BuildFindings:
    """Return the builds before that of `context`; `drawn` are the ids of the traces that were drawn."""
    last = _build(Random(f"{seed} build {context.slot - context.cycle:.0f}"), context, drawn)
    row = replace(last, tasks=(), pages=(), stages=())
    earlier = (_earlier(seed, row, back * context.cycle) for back in range(1, BUILDS))
    return BuildFindings(
        record=last, so_far=False, history=(row, *earlier), deploys=((story.deploy, "v1.8.2"),)
    )


def _build(chance: Random, context: BuildContext, drawn: Sequence[str]) -> PublicBuild:
    tasks: list[TaskRecord] = []
    stages, begun = [], 0.0
    for stage, works in _plan(drawn).items():
        ended = begun + 0.002
        for work in works:
            tasks += _run(work, begun + 0.002 if stage == "gather" else ended, chance)
            ended = max(ended, *(task.ended for task in tasks))
        stages.append(records.StageRecord(stage, begun, ended + 0.001))
        begun = ended + 0.001
    stages.append(records.StageRecord("record", begun, begun + 0.006))
    pages = tuple(_page(chance, path) for path in (*_PATHS, *(f"/traces/{one}/" for one in drawn)))
    return PublicBuild(
        generation=context.generation - 1,
        trace_id=f"{chance.getrandbits(128):032x}",
        slot=context.slot - context.cycle,
        started_at=context.slot - context.cycle + _LATE,
        duration=begun + 0.009,
        status="ok",
        clock_fixed=False,
        workers=_WORKERS,
        files_total=len(pages) + 4 * len(PANELS) + 9,
        files_changed=34,
        bytes_total=sum(page.raw for page in pages) + 620_000,
        tasks=tuple(tasks),
        pages=pages,
        stages=tuple(stages),
    )


def _page(chance: Random, path: str) -> PageRecord:
    least, most = (3_600, 7_600) if path.startswith("/traces/") else (5_200, 12_400)
    packed = chance.randrange(least, most)
    return PageRecord(path, raw=int(packed * chance.uniform(3.6, 4.4)), cap=_CAP, compressed=packed)


def _earlier(seed: int, row: PublicBuild, before: float) -> PublicBuild:
    """Return the row of the build so many seconds before that of `row`; of a hundred, some lacked a source and one failed."""
    slot = row.slot - before
    chance = Random(f"{seed} build {slot:.0f}")
    fate, took = chance.random(), 0.44 * chance.lognormvariate(0.0, 0.12)
    status = "failed" if fate < 0.01 else "degraded" if fate < 0.12 else "ok"
    return replace(
        row,
        generation=row.generation - round(before / CYCLE),
        trace_id=f"{chance.getrandbits(128):032x}",
        slot=slot,
        started_at=slot + _LATE * chance.lognormvariate(0.0, 0.7),
        duration=took + (0.35 if status == "degraded" else 0.0),
        status=status,
        files_changed=0 if status == "failed" else chance.randrange(22, 44),
    )

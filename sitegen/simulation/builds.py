"""The build before this one, worker by worker, and the hundred before that."""

from collections.abc import Callable, Sequence
from heapq import heapify, heapreplace
from random import Random

from msgspec.structs import replace

from sitegen.errors import Problem
from sitegen.findings import BuildContext, BuildFindings
from sitegen.instrumentation.records import (
    BuildRecord,
    PageRecord,
    Pool,
    SectionRecord,
    StageRecord,
    TaskRecord,
)
from sitegen.simulation.metrics import PANELS, SOURCE
from sitegen.simulation.shop import SERVICES
from sitegen.units import window_label

__all__ = ["BUILDS", "simulate_builds"]

BUILDS = 100
_LATE = 0.021
"""Seconds from the slot to a build's begin."""
_CAP = 13_000
_PROCESSES, _WORKERS = 4, 15
"""How many processes there are, and workers in all: with the threads of each section, and the building process."""
_PATHS = (
    "/", "/follow/", "/metrics/", "/metrics/24h/", "/metrics/7d/", "/metrics/90d/", "/traces/", "/deps/", "/logs/", "/logs/2/",
    "/logs/3/", "/build/", "/slo/", "/about/", "/projects/", "/techniques/", "/404.html",
)  # fmt: skip


class _Schedule:
    """Workers that take task after task, each the first that is free, as a pool does."""

    def __init__(self, chance: Random) -> None:
        self.tasks: list[TaskRecord] = []
        self._chance = chance

    def run(  # noqa: PLR0917 - a pool and what it is given
        self, section: str, names: Sequence[str], pool: Pool, workers: int, queued: float, seconds: float,
        peer: Callable[[str], str | None] = lambda _: None,
    ) -> float:  # fmt: skip
        """Run a task for each name, about so many seconds each; return when the last was over."""
        free = [(queued, worker) for worker in range(workers)]
        heapify(free)
        last = queued
        for name in names:
            begun, worker = free[0]
            took = seconds * self._chance.lognormvariate(0.0, 0.45)
            started, last = begun + 0.0004, max(last, begun + took)
            heapreplace(free, (begun + took, worker))
            cpu = 0.06 * took if pool is Pool.THREAD else 0.93 * took
            moved = 0 if pool is not Pool.PROCESS else self._chance.randrange(4_000, 60_000)
            self.tasks.append(TaskRecord(section, name, pool, worker, queued, started, begun + took, cpu, moved, peer=peer(name)))  # fmt: skip
        return last


def simulate_builds(seed: int, context: BuildContext, drawn: Sequence[str]) -> BuildFindings:
    """Return the builds before that of `context`; `drawn` are the ids of the traces that were drawn."""
    last = _build(Random(f"{seed} build {context.slot - context.cycle:.0f}"), context, drawn)
    row = replace(last, sections={}, tasks=(), pages=())
    earlier = (_earlier(seed, context, number) for number in range(2, BUILDS + 1))
    return BuildFindings(record=last, so_far=False, history=(row, *earlier))


def _build(chance: Random, context: BuildContext, drawn: Sequence[str]) -> BuildRecord:
    schedule = _Schedule(chance)
    stages = []
    begun = 0.0
    for name, run in (("gather", _gather), ("draw", _draw), ("render", _render), ("inspect", _inspect), ("publish", _publish)):  # fmt: skip
        ended = run(schedule, begun + 0.002, drawn) + 0.001
        stages.append(StageRecord(name, begun, ended))
        begun = ended
    stages.append(StageRecord("record", begun, begun + 0.006))
    pages = tuple(_page(chance, path) for path in (*_PATHS, *(f"/traces/{one}/" for one in drawn)))
    sections = dict.fromkeys(task.section for task in schedule.tasks)
    return BuildRecord(
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
        sections={name: _section(schedule.tasks, name) for name in sections},
        tasks=tuple(schedule.tasks),
        pages=pages,
        problems=(),
        stages=tuple(stages),
    )


def _gather(schedule: _Schedule, at: float, drawn: Sequence[str]) -> float:  # noqa: ARG001 - one shape for all stages
    asked = [f"ask {SOURCE}" for panel in PANELS for _ in panel.windows]
    probes = [f"probe {service.id}" for service in SERVICES]
    return max(
        schedule.run("metrics", asked, Pool.THREAD, 4, at, 0.0075, lambda _: SOURCE),
        schedule.run("traces", ["read shop"], Pool.THREAD, 1, at, 0.11),
        schedule.run("logs", ["read shop"], Pool.THREAD, 1, at, 0.07),
        schedule.run("availability", probes, Pool.THREAD, 4, at, 0.05, lambda name: name.removeprefix("probe ")),
    )  # fmt: skip


def _draw(schedule: _Schedule, at: float, drawn: Sequence[str]) -> float:
    panels = [f"draw {panel.id} {window_label(span)}" for panel in PANELS for span in panel.windows]
    half = schedule.run("metrics", panels, Pool.PROCESS, _PROCESSES, at, 0.0021)
    return schedule.run(
        "traces", [f"draw {one[:8]}" for one in drawn], Pool.PROCESS, _PROCESSES, half, 0.0016
    )


def _render(schedule: _Schedule, at: float, drawn: Sequence[str]) -> float:
    composed = schedule.run("site", ["compose the pages"], Pool.INLINE, 1, at, 0.016)
    names = [f"render {path}" for path in (*_PATHS, *(f"/traces/{one[:8]}/" for one in drawn))]
    rendered = schedule.run("render", names, Pool.PROCESS, _PROCESSES, composed, 0.0041)
    return schedule.run("site", ["write the feeds"], Pool.INLINE, 1, rendered, 0.003)


def _inspect(schedule: _Schedule, at: float, drawn: Sequence[str]) -> float:  # noqa: ARG001
    return schedule.run("gate", ["inspect the site"], Pool.INLINE, 1, at, 0.014)


def _publish(schedule: _Schedule, at: float, drawn: Sequence[str]) -> float:  # noqa: ARG001
    return schedule.run("publish", ["stage and swap"], Pool.INLINE, 1, at, 0.024)


def _section(tasks: Sequence[TaskRecord], name: str) -> SectionRecord:
    own = [task for task in tasks if task.section == name]
    took = max(task.ended for task in own) - min(task.queued for task in own)
    return SectionRecord("ok", len(own), took)


def _page(chance: Random, path: str) -> PageRecord:
    packed = (
        chance.randrange(3_600, 7_600) if path.startswith("/traces/") else chance.randrange(5_200, 12_400)
    )
    return PageRecord(path, raw=int(packed * chance.uniform(3.6, 4.4)), cap=_CAP, compressed=packed)


def _earlier(seed: int, context: BuildContext, number: int) -> BuildRecord:
    """Return the row of the build `number` cycles ago; of a hundred, some lacked a source and one failed."""
    slot = context.slot - number * context.cycle
    chance = Random(f"{seed} build {slot:.0f}")
    fate = chance.random()
    status = "failed" if fate < 0.01 else "degraded" if fate < 0.12 else "ok"
    why = {
        "failed": (Problem("publish", "the disk was full; the old site stayed"),),
        "degraded": (Problem(f"metrics.{SOURCE}", "no answer within 5 s; the last known values were shown"),),
        "ok": (),
    }[status]
    took = 0.44 * chance.lognormvariate(0.0, 0.12) + (0.35 if status == "degraded" else 0.0)
    return BuildRecord(
        context.generation - number, f"{chance.getrandbits(128):032x}", slot, slot + _LATE, took, status, False, _WORKERS,  # noqa: FBT003
        files_total=146, files_changed=0 if status == "failed" else chance.randrange(22, 44),
        bytes_total=2_900_000 + chance.randrange(80_000), sections={}, tasks=(), pages=(), problems=why,
    )  # fmt: skip

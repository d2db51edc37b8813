"""The Concurrency Visualizer: how the work of a build ran, one lane for each worker."""

from collections.abc import Sequence

from sitegen.instrumentation.records import BuildRecord, Pool, TaskRecord
from sitegen.units import Part, Quantity, Sentence
from sitegen.visualization.diagrams.lanes import MOST_LANES, draw_lanes
from sitegen.visualization.model import Cell, Figure, Lane, LaneState, LegendEntry, Segment, Table
from sitegen.visualization.primitives.axes import draw_empty
from sitegen.visualization.primitives.svg import cut_label

__all__ = ["draw_build", "lanes_of"]

_POOLS = {Pool.THREAD: "io", Pool.PROCESS: "cpu", Pool.INLINE: "main"}
_STATES = {Pool.THREAD: LaneState.IO, Pool.PROCESS: LaneState.RUN, Pool.INLINE: LaneState.RUN}
_SECTION_WIDTH = 9
_MOST_SECTIONS = 12


def draw_build(record: BuildRecord) -> Figure:
    """Draw a build's workers as lanes, with what they amount to.

    Where the wall clock stood still, only counts are given that are the same for any
    number of workers: such a build must be reproducible.
    """
    tasks = record.tasks
    if record.clock_fixed or not tasks:
        return _count(record)
    lanes = lanes_of(tasks)
    used = {task.pool for task in tasks}
    legend = [LegendEntry("run", "lr")] if used & {Pool.PROCESS, Pool.INLINE} else []
    legend += [LegendEntry("input and output", "li")] if Pool.THREAD in used else []
    legend += [LegendEntry("failed", "lf")] if any(task.failed for task in tasks) else []
    legend += [LegendEntry("wait", "lw")] if any(task.started > task.queued for task in tasks) else []
    grouped = (
        f"{len(lanes)} workers share {MOST_LANES} rows or fewer; a row is busy where one of its workers is."
    )
    return Figure(
        id="concurrency",
        title="how the work ran",
        summary=_summarise(record, len(lanes)),
        svg=draw_lanes(lanes, record.duration),
        legend=tuple(legend),
        table=_tabulate(tasks),
        notes=(grouped,) if len(lanes) > MOST_LANES else (),
    )


def lanes_of(tasks: Sequence[TaskRecord]) -> tuple[Lane, ...]:
    """Return a lane to each worker: threads in the order in which their sections began, then processes, then `main`.

    `metrics io 0` is the first thread of the metrics' pool; `cpu 0` is a process,
    `main` the building process itself. A task's wait stands in the lane of the
    worker that took it.
    """
    workers: dict[tuple[str, Pool, int], list[Segment]] = {}
    for task in sorted(tasks, key=lambda task: (task.started, task.section, task.worker, task.task)):
        # Threads belong to a section; processes and the building process itself work for all of them.
        owner = task.section if task.pool is Pool.THREAD else ""
        segments = workers.setdefault((owner, task.pool, task.worker), [])
        if task.started > task.queued:
            segments.append(Segment(task.queued, task.started, LaneState.WAIT))
        state = LaneState.FAILED if task.failed else _STATES[task.pool]
        segments.append(Segment(task.started, task.ended, state))
    sections = list(dict.fromkeys(section for section, _, _ in workers))
    order = sorted(workers, key=lambda key: (list(_POOLS).index(key[1]), sections.index(key[0]), key[2]))
    return tuple(
        Lane(_name_lane(section, pool, worker), tuple(workers[section, pool, worker]))
        for section, pool, worker in order
    )


def _name_lane(section: str, pool: Pool, worker: int) -> str:
    if pool is Pool.INLINE:
        return _POOLS[pool]
    return f"{cut_label(section, _SECTION_WIDTH)} {_POOLS[pool]} {worker}".strip()


def _busy(tasks: Sequence[TaskRecord]) -> float:
    return sum(max(0.0, task.ended - task.started) for task in tasks)


def _summarise(record: BuildRecord, lanes: int) -> Sentence:
    """Format wall time, busy time, utilisation (busy of what all workers could have been), speed-up, longest wait."""
    tasks, wall = record.tasks, record.duration
    busy = _busy(tasks)
    slowest = max(tasks, key=lambda task: task.started - task.queued)
    parts: list[Part] = [
        Quantity(len(tasks), "tasks"),
        " on ",
        Quantity(lanes, "workers"),
        " in ",
        Quantity(wall, "seconds"),
        "; busy ",
        Quantity(busy, "seconds"),
    ]
    if wall > 0:
        parts += [
            ", ",
            Quantity(busy / (wall * lanes), "ratio"),
            " of their time, speed-up ",
            Quantity(busy / wall),
        ]
    wait = slowest.started - slowest.queued
    if wait > 0:
        parts += ["; longest wait ", Quantity(wait, "seconds"), f" ({slowest.section}: {slowest.task})"]
    return (*parts, ".")


def _sections(tasks: Sequence[TaskRecord]) -> dict[str, list[TaskRecord]]:
    """Group tasks by section, in the order of names where times must not matter."""
    sections: dict[str, list[TaskRecord]] = {}
    for task in sorted(tasks, key=lambda task: task.section):
        sections.setdefault(task.section, []).append(task)
    return sections


def _tabulate(tasks: Sequence[TaskRecord]) -> Table:
    sections = sorted(_sections(tasks).items(), key=lambda entry: min(task.started for task in entry[1]))
    rows: list[tuple[Cell, ...]] = [
        (
            section,
            Quantity(len(own)),
            Quantity(_busy(own), "seconds"),
            Quantity(sum(task.cpu_seconds for task in own), "seconds"),
            Quantity(max(task.ended - task.started for task in own), "seconds"),
        )
        for section, own in sections[:_MOST_SECTIONS]
    ]
    return Table(
        head=("section", "tasks", "busy", "cpu", "longest"),
        rows=tuple(rows),
        numeric=(False, True, True, True, True),
    )


def _count(record: BuildRecord) -> Figure:
    sections = _sections(record.tasks)
    why = (
        "The clock stood still, so nothing that was measured is shown."
        if record.clock_fixed
        else "No task ran."
    )
    return Figure(
        id="concurrency",
        title="how the work ran",
        summary=(Quantity(len(record.tasks), "tasks"), " in ", Quantity(len(sections), "sections"), "."),
        svg=draw_empty(),
        table=Table(
            head=("section", "tasks"),
            rows=tuple((name, Quantity(len(own))) for name, own in list(sections.items())[:_MOST_SECTIONS]),
            numeric=(False, True),
        )
        if sections
        else None,
        notes=(why,),
    )

"""The Concurrency Visualizer: how the work of a build ran, one lane for each worker."""

from collections.abc import Sequence

from msgspec.structs import replace

from sitegen.instrumentation.records import Pool, PublicBuild, TaskRecord
from sitegen.units import Part, Quantity, Sentence, even, even_columns, format_quantity
from sitegen.visualization.diagrams.lanes import MOST_LANES, draw_lanes, draw_load
from sitegen.visualization.model import Cell, Figure, Lane, LegendEntry, Segment, Table
from sitegen.visualization.primitives.axes import draw_empty

_POOLS = (Pool.INLINE, Pool.THREAD, Pool.PROCESS)
_VERBS = frozenset({"ask", "draw", "probe", "read", "render"})
_MOST_SECTIONS, _OWN_COLOURS = 12, 5
_MOST_READINGS = 100


def draw_build(record: PublicBuild) -> Figure:
    """Draw a build's workers as lanes over how many tasks ran and waited, with what they amount to.

    Where the wall clock stood still, only counts are given that are the same for any
    number of workers: such a build must be reproducible.
    """
    tasks = record.tasks
    if record.clock_fixed or not tasks:
        return _count(record)
    lanes, lead = lanes_of(tasks), record.lead
    grouped = (
        f"{len(lanes)} workers share {MOST_LANES} rows or fewer; a row is busy where one of its workers is."
    )
    loads = [(task.queued + lead, task.started + lead, task.ended + lead) for task in tasks]
    span = lead + max(record.duration, *(task.ended for task in tasks))
    return Figure(
        id="concurrency",
        title="how the work ran",
        summary=_summarise(record, len(lanes)),
        svg=draw_lanes(_since_start(lanes, record), span) + draw_load(loads, span),
        legend=_explain(tasks, lead),
        table=_tabulate(tasks),
        notes=(grouped,) if len(lanes) > MOST_LANES else (),
    )


def paint_sections(tasks: Sequence[TaskRecord]) -> dict[str, str]:
    """Return each section's class, the busiest first: `f1` to `f5` for these, `f6` for all others."""
    busy = {section: _busy(own) for section, own in _sections(tasks).items()}
    order = sorted(busy, key=lambda section: (-busy[section], section))
    return {section: f"f{min(place, _OWN_COLOURS + 1)}" for place, section in enumerate(order, 1)}


def lanes_of(tasks: Sequence[TaskRecord]) -> tuple[Lane, ...]:
    """Return a lane to each worker: `main`, then threads in the order in which their sections began, then processes.

    `metrics 0` is the first thread of the metrics' pool, `main` the building process
    itself. A bar has the colour of the section that the task is of.
    """
    colours = paint_sections(tasks)
    workers: dict[tuple[str, Pool, int], list[Segment]] = {}
    names = {task.lane: task.lane_name for task in tasks}
    for task in sorted(tasks, key=lambda task: (task.started, task.section, task.worker, task.task)):
        # Its colour tells what is done: a name says to what.
        verb, _, rest = task.task.partition(" ")
        name = rest if verb in _VERBS else task.task
        css, name = ("lf", f"✖ {name}") if task.failed else (colours[task.section], name)
        segment = Segment(task.started, task.ended, css, name)
        workers.setdefault(task.lane, []).append(segment)
    sections = list(dict.fromkeys(section for section, _, _ in workers))
    order = sorted(workers, key=lambda key: (_POOLS.index(key[1]), sections.index(key[0]), key[2]))
    return tuple(Lane(names[key], tuple(workers[key])) for key in order)


def _since_start(lanes: Sequence[Lane], record: PublicBuild) -> list[Lane]:
    """Return the lanes from the start of the process on, with what it did before there were tasks, and the sampler's."""
    lead = record.lead
    moved = [
        Lane(
            lane.label,
            tuple(replace(one, start=one.start + lead, end=one.end + lead) for one in lane.segments),
        )
        for lane in lanes
    ]
    if lead:
        own = moved.pop(0).segments if moved[0].label == "main" else ()
        moved.insert(0, Lane("main", (Segment(0.0, lead, "f0", "start"), *own)))
    if record.sampling and len(moved) < MOST_LANES:
        first, last, count = record.sampling
        shown = min(count, _MOST_READINGS)
        ticks = (lead + first + (last - first) * index / max(1, shown - 1) for index in range(shown))
        moved.insert(1, Lane(f"sampler ×{count}", tuple(Segment(tick, tick, "i") for tick in ticks)))
    return moved


def _explain(tasks: Sequence[TaskRecord], lead: float) -> tuple[LegendEntry, ...]:
    sections, colours = _sections(tasks), paint_sections(tasks)
    told = [(section, css, sections[section]) for section, css in list(colours.items())[:_OWN_COLOURS]]
    told.append(
        (
            "others",
            "f6",
            [one for section, css in colours.items() if css == "f6" for one in sections[section]],
        )
    )
    told.append(("✖ failed", "lf", [task for task in tasks if task.failed]))
    shown = [entry for entry in told if entry[2]]
    took = even([Quantity(_busy(own), "seconds") for _, _, own in shown])
    entries = [LegendEntry("start", "f0", (Quantity(lead, "seconds"),))] if lead else []
    entries += [
        LegendEntry(name, css, (seconds, _tasks(own)))
        for (name, css, own), seconds in zip(shown, took, strict=True)
    ]
    return (*entries, LegendEntry("running", "lr"), LegendEntry("ready and waiting", "lw"))


def _tasks(tasks: Sequence[TaskRecord]) -> str:
    return f", {format_quantity(len(tasks), 'tasks')}"


def _busy(tasks: Sequence[TaskRecord]) -> float:
    return sum(max(0.0, task.ended - task.started) for task in tasks)


def _summarise(record: PublicBuild, lanes: int) -> Sentence:
    """Format how many tasks and workers there were, how busy (of what all workers could have been), the longest wait."""
    tasks, wall = record.tasks, record.duration
    slowest = max(tasks, key=lambda task: task.started - task.queued)
    parts: list[Part] = [Quantity(len(tasks), "tasks"), " · ", Quantity(lanes, "workers")]
    if wall > 0:
        parts += [" · busy ", Quantity(_busy(tasks) / (wall * lanes), "ratio")]
    wait = slowest.started - slowest.queued
    return (*parts, " · longest wait ", Quantity(wait, "seconds")) if wait > 0 else tuple(parts)


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
        rows=even_columns(rows),
        numeric=(False, True, True, True, True),
    )


def _count(record: PublicBuild) -> Figure:
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

"""The build page: sitegen on itself, from the stored record of the last completed build."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from statistics import median

from msgspec import structs

from sitegen.content.authored import Excerpt
from sitegen.findings import BuildContext, BuildFindings, LastDeploy, SourceRow
from sitegen.instrumentation.records import PageRecord, Pool, PublicBuild, TaskRecord
from sitegen.instrumentation.ticks import Ran, judge_ticks
from sitegen.output import Block
from sitegen.pages.fit import PageList, Slice, shortened, trimmed
from sitegen.pages.views import BuildView, RunStrip, Shell, Timing
from sitegen.pages.words import built, count, joined
from sitegen.units import Instant, Quantity, Sentence, even_columns
from sitegen.visualization.generator import draw_runs, draw_share
from sitegen.visualization.model import Bar, Cell, Figure, Table

_PAGES, _BUILDS, _TASKS, _PROBLEMS = 12, 12, 8, 8
"""How many of the largest pages, of the builds before, the longest tasks and the problems are shown at most."""
_PROBLEM, _TASK, _PATH = 200, 40, 32
_CLASSES = {"ok": "ok", "degraded": "w", "failed": "c"}
_GLYPHS = {"ok": "●", "degraded": "▲", "failed": "✖"}
_ENDS = _GLYPHS | {"refused": "✖"}
_TARGETS, _ALONE = 6, 6
_LATE = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 15.0)
"""What the lateness of builds is counted by, in seconds."""
_TOO_LARGE = "the drawing is too large for a page"

Techniques = Sequence[tuple[str, str, Excerpt]]
Tile = tuple[str, Quantity, Sentence, str]


def build_page(
    findings: BuildFindings,
    techniques: Techniques,
    lanes: Figure,
    context: BuildContext,
    sources: Sequence[SourceRow] = (),
) -> PageList:
    """Return `/build/`, which never goes on: every page of it would change with every cycle."""
    record = findings.record
    largest = sorted(record.pages, key=lambda page: (-page.compressed, page.path))[:_PAGES]
    problems = tuple(dict.fromkeys(notice.text for notice in findings.notices))
    lanes = trimmed(lanes)
    bare = structs.replace(lanes, svg="", table=None, notes=(*lanes.notes, _TOO_LARGE))
    return PageList(
        path="/build/",
        template="build.mako",
        compose=partial(_view, _whole(findings, techniques, context, sources), len(problems)),
        blocks=(
            Block("lanes", "lanes", lanes, lighter=bare),
            *(Block("problems", "note", shortened(problem, _PROBLEM)) for problem in problems[:_PROBLEMS]),
            *(
                Block(group, "row", (cells, table.numeric))
                for group, table, rows in (
                    ("pages", _LARGEST, map(_weigh, largest)),
                    ("history", _BEFORE, map(_tell, findings.history[:_BUILDS])),
                )
                for cells in even_columns([*rows])
            ),
        ),
        goes_on=False,
    )


def _whole(
    findings: BuildFindings, techniques: Techniques, context: BuildContext, sources: Sequence[SourceRow]
) -> BuildView:
    record = findings.record
    measured = not record.clock_fixed
    return BuildView(
        shell=Shell(
            title=f"build {record.generation}",
            prompt="sitegen build --show last" if not findings.so_far else "sitegen build --show so-far",
            sentence=_sentence(findings),
            section="build",
            made_at=Instant(context.now),
            description="sitegen, seen by itself: how the last build of this site ran.",
            built=built(context, record.took if measured and not findings.so_far else None),
        ),
        tiles=_tiles(findings),
        facts=(*_facts(findings), *_left_alone(sources, context.next_due)),
        stages=_stages(record) if measured else structs.replace(_STAGES, rows=()),
        tasks=_longest(record.tasks) if measured else structs.replace(_LONGEST, rows=()),
        pages=_LARGEST,
        history=_BEFORE,
        deploys=_deploys(findings.last_deploys),
        strip=_strip(findings.history),
        timing=_timing(findings.history, context.cycle),
        techniques=tuple((title, why) for title, why, _ in techniques),
    )


def _view(whole: BuildView, problems: int, page: Slice) -> BuildView:
    left = problems - sum(block.group == "problems" for block in page.shown)
    return structs.replace(whole, more_problems=("and ", *count(left, "more problem")) if left else ())


def _sentence(findings: BuildFindings) -> Sentence:
    record = findings.record
    if findings.so_far:
        return ("No build is complete yet: this is the gathering of the first one.",)
    parts = [count(record.files_total, "file"), (*count(record.files_changed, "changed", "changed"),)]
    start: Sentence = (f"Build {record.generation}: ", *joined(parts))
    if record.clock_fixed:
        return (*start, ". Its clock stood still, so nothing was measured.")
    return (
        *start,
        " in ",
        Quantity(record.took, "seconds"),
        " on ",
        *count(record.workers, "worker"),
        ".",
    )


def _tiles(findings: BuildFindings) -> tuple[Tile, ...]:
    """Return how long it took, on how many workers and what came of it; without a clock only what can be counted."""
    record, tasks = findings.record, findings.record.tasks
    failed = sum(task.failed for task in tasks)
    measured = () if record.clock_fixed else _measured(findings)
    ended: Sentence = (f"✖ {failed} failed",) if failed else ("none failed",)
    counted: list[Tile] = [("tasks", Quantity(len(tasks)), ended, "c" if failed else "ok")]
    if not record.clock_fixed:
        processes = len({task.lane for task in tasks if task.pool is Pool.PROCESS})
        said = ("with ", *count(processes, "process", "processes"))
        counted.append(("workers", Quantity(record.workers), said, "ok"))
    if not findings.so_far:
        files, pages = count(record.files_total, "file"), count(len(record.pages), "page")
        counted.append(("changed", Quantity(record.files_changed), ("of ", *files), "ok"))
        counted.append(("size", Quantity(record.bytes_total, "bytes"), ("in ", *pages), "ok"))
    return (*measured, *counted)


def _measured(findings: BuildFindings) -> tuple[Tile, ...]:
    """Return how long the build took, and its process, or where that had other tasks, the work of its lanes."""
    record = findings.record
    runs = [past.duration for past in findings.history if not past.clock_fixed and past.status != "failed"]
    usual: Sentence = ("median ", Quantity(median(runs), "seconds")) if runs else ("the first",)
    took = ("build", Quantity(record.duration, "seconds"), usual, _CLASSES.get(record.status, "ok"))
    if record.process_seconds is not None:
        return took, ("process", Quantity(record.process_seconds, "seconds"), ("from start to end",), "ok")
    busy = sum(max(0.0, task.ended - task.started) for task in record.tasks)
    share = Quantity(busy / max(record.duration * record.workers, 1e-9), "ratio")
    return took, ("busy", Quantity(busy, "seconds"), (share, " of all lanes"), "ok")


def _facts(findings: BuildFindings) -> tuple[tuple[str, Cell], ...]:
    record = findings.record
    facts: list[tuple[str, Cell]] = [
        ("status", f"{_GLYPHS.get(record.status, '○')} {record.status}"),
        ("generation", f"{record.generation}"),
        ("slot", Instant(record.slot)),
    ]
    if not record.clock_fixed:
        facts += [
            ("started", Instant(record.started_at)),
            ("drift", Quantity(max(0.0, record.started_at - record.slot), "seconds")),
            ("cpu time", Quantity(sum(task.cpu_seconds for task in record.tasks), "seconds")),
            ("moved between processes", Quantity(sum(task.bytes_moved for task in record.tasks), "bytes")),
        ]
    return tuple(facts)


def _left_alone(sources: Sequence[SourceRow], due: float) -> Iterator[tuple[str, Cell]]:
    """Yield which sources are asked nothing more until the next tick, which puts one small question, and why."""
    for source in [one for one in sources if one.tried][:_ALONE]:
        why = f": {source.reasons[0]}" if source.reasons else ""
        tried = count(source.tried, "try", "tries")
        yield shortened(source.name, _TASK), ("left alone until ", Instant(due), " after ", *tried, why)


_LARGEST = Table(head=("page", "of its limit", "raw", "brotli"), rows=(), numeric=(False, False, True, True))
_BEFORE = Table(
    head=("build", "slot", "status", "changed", "took"), rows=(), numeric=(True, False, False, True, True)
)
_STAGES = Table(head=("stage", "when", "took"), rows=(), numeric=(False, False, True))
_DEPLOYS = Table(head=("last deploy", "target", "how it ended"), rows=(), numeric=(False, False, False))
_LATENESS = Table(head=("began after its slot", "share", "builds"), rows=(), numeric=(False, False, True))
_LONGEST = Table(head=("task", "lane", "waited", "ran"), rows=(), numeric=(False, False, True, True))


def _weigh(page: PageRecord) -> tuple[Cell, ...]:
    """Return a page with what it weighs on the wire as a bar of the cap it is held to; it may be gone by now."""
    share = page.compressed / page.cap if page.cap else 0.0
    sizes = (Quantity(page.raw, "bytes"), Quantity(page.compressed, "bytes"))
    return (shortened(page.path, _PATH), Bar(draw_share(share, track=True)), *sizes)


def _stages(record: PublicBuild) -> Table:
    whole = max([record.duration, 1e-9, *(stage.ended for stage in record.stages)])
    return structs.replace(
        _STAGES,
        rows=even_columns(
            [
                (
                    stage.name,
                    Bar(draw_share((stage.ended - stage.started) / whole, start=stage.started / whole)),
                    Quantity(max(0.0, stage.ended - stage.started), "seconds"),
                )
                for stage in record.stages
            ]
        ),
    )


def _deploys(last: Sequence[LastDeploy]) -> Table:
    """Return the last deploy to each target: of one that was not done the class of its reason, and no advice."""
    rows: list[tuple[Cell, ...]] = [
        (Instant(one.at), shortened(one.target, _TASK), shortened(_end(one), _TASK))
        for one in last[:_TARGETS]
    ]
    return structs.replace(_DEPLOYS, rows=even_columns(rows))


def _end(deploy: LastDeploy) -> str:
    """Format how a deploy ended: `✖ refused: deletes`, or `● ok, $5.18 a month` where it costs something."""
    cost = f", ${deploy.usd_month:.2f} a month" if deploy.usd_month else ""
    why = f": {deploy.reason}" if deploy.reason else cost
    return f"{_ENDS.get(deploy.status, '○')} {deploy.status}{why}"


def _longest(tasks: Sequence[TaskRecord]) -> Table:
    order = sorted(tasks, key=lambda task: (task.started - task.ended, task.section, task.task))[:_TASKS]
    return structs.replace(
        _LONGEST,
        rows=even_columns(
            [
                (
                    shortened(f"{'✖ ' if task.failed else ''}{task.task}", _TASK),
                    task.lane_name,
                    Quantity(max(0.0, task.started - task.queued), "seconds"),
                    Quantity(max(0.0, task.ended - task.started), "seconds"),
                )
                for task in order
            ]
        ),
    )


def _strip(history: Sequence[PublicBuild]) -> RunStrip | None:
    """Return the last hundred builds as bars, with what became of them; None on the first build."""
    if not history:
        return None
    states = [past.status for past in history]
    runs = [
        (None if past.clock_fixed else past.duration, _CLASSES.get(past.status, "u"))
        for past in reversed(history)
    ]
    said = [
        (f"{_GLYPHS[state]} ", Quantity(states.count(state)), f" {word}")
        for state, word in (("ok", "whole"), ("degraded", "degraded"), ("failed", "failed"))
        if state in states
    ]
    failed = next((past for past in history if past.status == "failed"), None)
    middle: list[Sentence] = [(f"✖ {failed.generation} failed: the old site stayed",)] if failed else []
    first, last = history[-1], history[0]
    return RunStrip(
        svg=draw_runs(runs),
        summary=joined(said),
        under=(
            (f"build {first.generation}, ", Instant(first.slot)),
            *middle,
            (f"{last.generation}, the last",),
        ),
    )


def _timing(history: Sequence[PublicBuild], cycle: float) -> Timing | None:
    """Return how late the last builds began, and which ticks were lost and why; None where no clock ran."""
    told = judge_ticks(
        [
            Ran(past.slot, past.started_at, past.started_at + past.took)
            for past in history
            if not past.clock_fixed
        ],
        cycle,
    )
    if not told.drifts:
        return None
    counts = Counter(bisect_left(_LATE, round(drift, 3)) for drift in told.drifts)
    rows: list[tuple[Cell, ...]] = [
        (
            ("up to ", Quantity(_LATE[place], "seconds")) if place < len(_LATE) else "later",
            Bar(draw_share(counts[place] / len(told.drifts), track=True)),
            Quantity(counts[place]),
        )
        for place in range(max(counts) + 1)
    ]
    late = (
        Quantity(median(told.drifts), "seconds"),
        " late as a rule, ",
        Quantity(max(told.drifts), "seconds"),
    )
    busy: Sentence = (
        (", ", Quantity(told.busy), " of them while a build was still at work") if told.busy else ()
    )
    lost: Sentence = (*count(told.missed, "tick"), " missed", *busy) if told.missed else ("no tick missed",)
    return Timing(structs.replace(_LATENESS, rows=tuple(rows)), (*late, " at most; ", *lost))


def _tell(past: PublicBuild) -> tuple[Cell, ...]:
    return (
        Quantity(past.generation, shown=f"{past.generation}"),
        Instant(past.slot),
        f"{_GLYPHS.get(past.status, '○')} {past.status}",
        Quantity(past.files_changed),
        Quantity(None if past.clock_fixed else past.took, "seconds"),
    )

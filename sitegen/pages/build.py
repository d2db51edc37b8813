"""The build page: sitegen on itself, from the stored record of the last completed build."""

from functools import partial

from msgspec import structs

from sitegen.findings import BuildContext, BuildFindings
from sitegen.instrumentation.records import BuildRecord, PageRecord
from sitegen.output import Block
from sitegen.pages.fit import PageList, Slice, shortened, trimmed
from sitegen.pages.views import BuildView, Shell
from sitegen.pages.words import built, count, joined
from sitegen.units import Instant, Quantity, Sentence
from sitegen.visualization.generator import draw_sparkline
from sitegen.visualization.model import Cell, Figure, Table

__all__ = ["build_page"]

_PAGES, _BUILDS, _PROBLEMS = 12, 12, 8
"""How many of the largest pages, of the builds before and of the problems are shown at most."""
_PROBLEM = 200
_TOO_LARGE = "the drawing is too large for a page"


def build_page(findings: BuildFindings, lanes: Figure, context: BuildContext) -> PageList:
    """Return `/build/`, which never goes on: every page of it would change with every cycle."""
    record = findings.record
    largest = sorted(record.pages, key=lambda page: (-page.compressed, page.path))[:_PAGES]
    problems = (
        shortened(f"{problem.where}: {problem.message}", _PROBLEM) for problem in record.problems[:_PROBLEMS]
    )
    lanes = trimmed(lanes)
    bare = structs.replace(lanes, svg="", table=None, notes=(*lanes.notes, _TOO_LARGE))
    return PageList(
        path="/build/",
        template="build.mako",
        compose=partial(_view, _whole(findings, context), len(record.problems)),
        blocks=(
            Block("lanes", "wide", lanes, lighter=bare),
            *(Block("problems", "note", problem) for problem in problems),
            *(Block("pages", "row", (_weigh(page), _LARGEST.numeric)) for page in largest),
            *(Block("history", "row", (_tell(past), _BEFORE.numeric)) for past in findings.history[:_BUILDS]),
        ),
        goes_on=False,
    )


def _whole(findings: BuildFindings, context: BuildContext) -> BuildView:
    record = findings.record
    measured = not record.clock_fixed
    return BuildView(
        shell=Shell(
            title="build",
            prompt="sitegen build --show last" if not findings.so_far else "sitegen build --show so-far",
            sentence=_sentence(findings),
            section="build",
            made_at=Instant(context.now),
            description="How the last build of this site ran: its workers, its stages, its pages, its history.",
            built=built(context, record.took if measured and not findings.so_far else None),
        ),
        facts=_facts(findings),
        pages=_LARGEST,
        history=_BEFORE,
        spark=draw_sparkline([past.took for past in reversed(findings.history) if not past.clock_fixed]),
    )


def _view(whole: BuildView, problems: int, page: Slice) -> BuildView:
    left = problems - sum(block.group == "problems" for block in page.shown)
    return structs.replace(whole, more_problems=("and ", *count(left, "more problem")) if left else ())


def _sentence(findings: BuildFindings) -> Sentence:
    record = findings.record
    if findings.so_far:
        return ("No build is complete yet: this is the gathering of the first one.",)
    parts = [count(record.files_total, "file"), (*count(record.files_changed, "changed", "changed"),)]
    start: Sentence = ("Build ", Quantity(record.generation), ": ", *joined(parts))
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


def _facts(findings: BuildFindings) -> tuple[tuple[str, Cell], ...]:
    record = findings.record
    facts: list[tuple[str, Cell]] = [
        ("status", record.status),
        ("generation", Quantity(record.generation)),
        ("slot", Instant(record.slot)),
        ("tasks", Quantity(len(record.tasks))),
    ]
    if not findings.so_far:
        facts += [
            ("files", Quantity(record.files_total)),
            ("changed", Quantity(record.files_changed)),
            ("size", Quantity(record.bytes_total, "bytes")),
        ]
    if not record.clock_fixed:
        facts += [
            ("started", Instant(record.started_at)),
            ("drift", Quantity(max(0.0, record.started_at - record.slot), "seconds")),
            ("cpu time", Quantity(sum(task.cpu_seconds for task in record.tasks), "seconds")),
            ("moved between processes", Quantity(sum(task.bytes_moved for task in record.tasks), "bytes")),
        ]
    return tuple(facts)


_LARGEST = Table(head=("page", "size", "with brotli", "cap"), rows=(), numeric=(False, True, True, True))
_BEFORE = Table(
    head=("build", "slot", "status", "changed", "took"), rows=(), numeric=(True, False, False, True, True)
)


def _weigh(page: PageRecord) -> tuple[Cell, ...]:
    """Return a page with what it weighs on the wire, and the cap it is held to."""
    sizes = (page.raw, page.compressed, page.cap)
    return (page.path, *(Quantity(size, "bytes") for size in sizes))


def _tell(past: BuildRecord) -> tuple[Cell, ...]:
    return (
        Quantity(past.generation),
        Instant(past.slot),
        past.status,
        Quantity(past.files_changed),
        Quantity(None if past.clock_fixed else past.took, "seconds"),
    )

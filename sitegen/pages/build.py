"""The build page: sitegen on itself, from the stored record of the last completed build."""

from collections.abc import Sequence

from msgspec import structs

from sitegen.findings import BuildContext, BuildFindings
from sitegen.instrumentation.records import BuildRecord
from sitegen.output import Page
from sitegen.pages.drafts import draft_facts, draft_figure, draft_notes, draft_shell, draft_table
from sitegen.pages.fit import BUILD, shortened, thinned, trimmed
from sitegen.pages.views import BuildView, Shell
from sitegen.pages.words import built, count, joined
from sitegen.units import Instant, Quantity, Sentence
from sitegen.visualization.generator import draw_sparkline
from sitegen.visualization.model import Cell, Figure, Table

__all__ = ["build_page"]

_LEVELS = (
    (12, 4, 12, 8),
    (12, 4, 6, 4),
    (8, 4, 4, 3),
    (6, 3, 2, 2),
    (4, 2, 0, 2),
    (2, 1, 0, 1),
    (0, 0, 0, 0),
)
"""How many rows of pages, of builds and of sections, and how many problems are shown: as many as fit."""
_PROBLEM = 200
_TOO_LARGE = "the drawing is too large for a page"


def build_page(findings: BuildFindings, lanes: Figure, context: BuildContext) -> Page:
    """Give `/build/`."""
    candidates = (_view(findings, lanes, context, *level) for level in _LEVELS)
    view = BUILD.choose(candidates, _draft)
    if not BUILD.holds(_draft(view)):
        bare = structs.replace(view.lanes, svg="", notes=(*view.lanes.notes, _TOO_LARGE))
        view = structs.replace(view, lanes=bare)
    return Page("/build/", "build.mako", view)


def _view(  # noqa: PLR0917 - the amounts of one level
    findings: BuildFindings,
    lanes: Figure,
    context: BuildContext,
    pages: int,
    builds: int,
    sections: int,
    problems: int,
) -> BuildView:
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
        record=record,
        lanes=thinned(trimmed(lanes), sections),
        facts=_facts(findings),
        pages=_page_table(record, pages),
        history=_history_table(findings.history[:builds]),
        spark=draw_sparkline([past.took for past in reversed(findings.history) if not past.clock_fixed]),
        problems=tuple(
            shortened(f"{problem.where}: {problem.message}", _PROBLEM)
            for problem in record.problems[:problems]
        ),
    )


def _draft(view: BuildView) -> str:
    return (
        f"{draft_shell(view.shell)}<div>{draft_figure(view.lanes)}"
        f"<section><h2>this build</h2>{draft_facts(view.facts)}{draft_notes(view.problems)}</section>"
        f"<section><h2>builds before</h2>{view.spark}{draft_table(view.history)}</section>"
        f"<section><h2>pages by size</h2>{draft_table(view.pages)}</section></div><p><a>how it is done</a></p>"
    )


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


def _page_table(record: BuildRecord, most: int) -> Table:
    """List the largest pages with what they weigh on the wire, and the cap they are held to."""
    pages = sorted(record.pages, key=lambda page: (-page.gzipped, page.path))[:most]
    return Table(
        head=("page", "size", "gzipped", "cap"),
        rows=tuple(
            (
                page.path,
                Quantity(page.raw, "bytes"),
                Quantity(page.gzipped, "bytes"),
                Quantity(page.cap, "bytes"),
            )
            for page in pages
        ),
        numeric=(False, True, True, True),
    )


def _history_table(history: Sequence[BuildRecord]) -> Table:
    rows = [
        (
            Quantity(past.generation),
            Instant(past.slot),
            past.status,
            Quantity(past.files_changed),
            Quantity(None if past.clock_fixed else past.took, "seconds"),
        )
        for past in history
    ]
    return Table(
        head=("build", "slot", "status", "changed", "took"),
        rows=tuple(rows),
        numeric=(True, False, False, True, True),
    )

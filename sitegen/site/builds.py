"""The build page: sitegen on itself, from the stored record of the last completed build."""

from collections.abc import Sequence

from sitegen.instrumentation.records import BuildRecord
from sitegen.site.findings import BuildFindings, Moment
from sitegen.site.model import Page, PageKind
from sitegen.site.views import BuildView, Shell
from sitegen.site.weights import cells_of, elements_of
from sitegen.site.words import built, count, joined
from sitegen.units import Instant, Quantity, Sentence
from sitegen.visualization.generator import draw_sparkline
from sitegen.visualization.model import Cell, Table

__all__ = ["build_page"]

_PAGES_SHOWN = 12
_BUILDS_SHOWN = 4
_ELEMENTS = 300
_SHELL_ELEMENTS = 75
"""What the page has around its figure and its tables."""


def build_page(findings: BuildFindings, moment: Moment) -> Page:
    """Give `/build/`."""
    record = findings.record
    measured = not record.clock_fixed
    duration = record.duration if measured and not findings.so_far else None
    facts, history = _facts(findings), _history_table(findings.history)
    room = _ELEMENTS - _SHELL_ELEMENTS - elements_of(findings.lanes) - 3 * len(facts) - cells_of(history)
    view = BuildView(
        shell=Shell(
            title="build",
            prompt="sitegen build --show last" if not findings.so_far else "sitegen build --show so-far",
            sentence=_sentence(findings),
            section="build",
            made_at=Instant(moment.now),
            description="How the last build of this site ran: its workers, its stages, its pages, its history.",
            built=built(moment, duration),
        ),
        record=record,
        lanes=findings.lanes,
        facts=facts,
        pages=_page_table(record, room // 9),
        history=history,
        spark=draw_sparkline([past.duration for past in reversed(findings.history) if not past.clock_fixed]),
        problems=tuple(f"{problem.where}: {problem.message}" for problem in record.problems[:8]),
    )
    return Page("/build/", "build.mako", view, PageKind.HUB)


def _sentence(findings: BuildFindings) -> Sentence:
    record = findings.record
    if findings.so_far:
        return (
            "The first build, as far as it has come: its page shows the last completed build from the second on.",
        )
    parts = [count(record.files_total, "file"), (*count(record.files_changed, "changed", "changed"),)]
    start: Sentence = ("Build ", Quantity(record.generation), ": ", *joined(parts))
    if record.clock_fixed:
        return (*start, ". Its clock stood still, so nothing was measured.")
    return (
        *start,
        " in ",
        Quantity(record.duration, "seconds"),
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


def _page_table(record: BuildRecord, room: int) -> Table:
    """List the largest pages with what they weigh on the wire, and the cap they are held to; `room` is for how many."""
    pages = sorted(record.pages, key=lambda page: (-page.gzipped, page.path))[
        : max(0, min(room, _PAGES_SHOWN))
    ]
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
            Quantity(None if past.clock_fixed else past.duration, "seconds"),
        )
        for past in history[:_BUILDS_SHOWN]
    ]
    return Table(
        head=("build", "slot", "status", "changed", "took"),
        rows=tuple(rows),
        numeric=(True, False, False, True, True),
    )

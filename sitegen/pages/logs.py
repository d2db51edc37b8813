"""The log pages: the latest 500 lines, at most a hundred a page, and fewer where lines are long.

Neighbours that say the same are one line, with their number. Lines are of any length, a
page is not: a message ends with "…" after 400 characters.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import islice

import msgspec

from sitegen.findings import BuildContext, LogFindings
from sitegen.logs.analysis import count_levels, fold_repeats
from sitegen.logs.model import LevelCount, LogRecord
from sitegen.output import Block
from sitegen.pages.fit import PageList, Slice, shortened
from sitegen.pages.views import LogLine, LogsView, Shell
from sitegen.pages.words import count, joined, numbered
from sitegen.units import Instant, Quantity, Sentence

_LINES, _LINES_A_PAGE = 500, 100
_MESSAGE, _FIELDS = 400, 12
_SERVICE, _KEY, _VALUE = 40, 40, 120
_NOTES, _SERVICES = 6, 12
_MORE = 20


def log_pages(logs: LogFindings, context: BuildContext, linked: frozenset[str]) -> PageList:
    """Return `/logs/`, `/logs/2/` and so on; `linked` are the ids of traces that have a page."""
    services = count_levels(logs.records)
    newest = next((one.time for one in logs.records if one.time is not None), context.stable_until)
    first = LogsView(
        shell=_shell(services, Instant(newest)),
        shown=(),
        services=tuple(
            msgspec.structs.replace(one, service=shortened(one.service, _SERVICE))
            for one in services[:_SERVICES]
        ),
        more_services=_more(len(services) - _SERVICES),
        notes=tuple(
            shortened(note, 2 * _VALUE)
            for note in (*(one.text for one in logs.notices[:_NOTES]), *logs.gaps[:_NOTES])
        ),
        pages=(),
    )
    lines = log_lines(logs.records, _LINES, _MESSAGE, _FIELDS, linked)
    return PageList(
        path="/logs/",
        template="logs.mako",
        compose=partial(_view, first, len(logs.records)),
        blocks=tuple(Block("lines", "line", line) for line in lines),
        most=_LINES_A_PAGE,
    )


def log_lines(
    records: Iterable[LogRecord], most: int, message: int, fields: int, linked: frozenset[str] = frozenset()
) -> Iterator[LogLine]:
    """Yield at most so many lines, repeats folded and cut as by `cut_line`, each day named once."""
    day = ""
    for record, repeats in islice(fold_repeats(records), most):
        own = day if record.time is None else Instant(record.time).raw[:10]
        yield LogLine(cut_line(record, message, fields, linked), repeats, own if own != day else "")
        day = own


def cut_line(record: LogRecord, message: int, fields: int, linked: frozenset[str] = frozenset()) -> LogRecord:
    """Cut a line to so many characters of its message and so many fields; it keeps the id of a linked trace only."""
    return msgspec.structs.replace(
        record,
        service=shortened(record.service, _SERVICE),
        message=shortened(record.message, message),
        fields={
            shortened(key, _KEY): shortened(value, _VALUE)
            for key, value in list(record.fields.items())[:fields]
        },
        trace_id=record.trace_id if record.trace_id in linked else None,
        more=_cut_more(record.more, message),
    )


def _cut_more(lines: Sequence[str], message: int) -> tuple[str, ...]:
    """Cut the lines that follow: a trace tells by its beginning and its end. They keep how far they are indented."""
    left = len(lines) - _MORE
    shown = (
        (*lines[: _MORE // 2], f"… {left + 1:,} more lines", *lines[left + _MORE // 2 + 1 :])
        if left > 0
        else lines
    )
    return tuple(
        "\xa0" * (len(line) - len(line.lstrip())) + shortened(line.lstrip(), message) for line in shown
    )


def _shell(services: Iterable[LevelCount], made_at: Instant) -> Shell:
    services = tuple(services)
    counts = (
        ("✖ ", *count(sum(one.errors for one in services), "error")),
        ("▲ ", *count(sum(one.warnings for one in services), "warning")),
        count(sum(one.lines for one in services), "line"),
    )
    return Shell(
        title="logs",
        prompt="sitegen logs --tail 100",
        sentence=joined(counts, " · "),
        section="logs",
        made_at=made_at,
        description="The latest lines, redacted; equal neighbours are one.",
    )


def _more(left: int) -> Sentence:
    return ("and ", *count(left, "more service"), " with fewer errors") if left > 0 else ()


def _view(first: LogsView, lines: int, page: Slice) -> LogsView:
    shown = [block.value for block in page.shown if isinstance(block.value, LogLine)]
    told: Sentence = (
        Quantity(sum(line.repeats for line in shown)),
        " of ",
        *count(lines, "line"),
        *_span([line.record.time for line in shown if line.record.time is not None]),
    )
    view = msgspec.structs.replace(
        first, shell=numbered(first.shell, page.number), shown=told, pages=page.links
    )
    return view if page.number == 1 else msgspec.structs.replace(view, services=(), more_services=())


def _span(times: list[float]) -> Sentence:
    """Return from when to when lines are, newest first; nothing where none has a time."""
    return (", back to ", Instant(min(times))) if times else ()

"""The log pages: the latest 500 lines, at most a hundred a page, and fewer where lines are long.

Lines are of any length, a page is not: a message ends with "…" after 400 characters.
"""

from functools import partial

import msgspec

from sitegen.findings import BuildContext, LogFindings
from sitegen.logs.model import Level, LogRecord
from sitegen.output import Block
from sitegen.pages.fit import PageList, Slice, shortened
from sitegen.pages.views import LogsView, Shell
from sitegen.pages.words import count, joined, numbered
from sitegen.units import Instant, Sentence

__all__ = ["cut_line", "log_pages"]

_LINES, _LINES_A_PAGE = 500, 100
_MESSAGE, _FIELDS = 400, 12
_SERVICE, _KEY, _VALUE = 40, 40, 120
_NOTES = 6


def log_pages(logs: LogFindings, context: BuildContext, linked: frozenset[str]) -> PageList:
    """Return `/logs/`, `/logs/2/` and so on; `linked` are the ids of traces that have a page."""
    shown = logs.records[:_LINES]
    worse = sum(record.level in (Level.WARN, Level.ERROR, Level.FATAL) for record in shown)
    of: Sentence = (
        *count(worse, "warning or worse", "warnings or worse"),
        " in the latest ",
        *count(len(shown), "line"),
    )
    newest = (record.time for record in shown if record.time is not None)
    made_at = Instant(next(newest, context.stable_until))
    notes = tuple(shortened(note, 2 * _VALUE) for note in logs.notes[:_NOTES])
    lines = (cut_line(record, _MESSAGE, _FIELDS, linked) for record in shown)
    return PageList(
        path="/logs/",
        template="logs.mako",
        compose=partial(_view, of, made_at, notes),
        blocks=tuple(Block("lines", "line", line) for line in lines),
        most=_LINES_A_PAGE,
    )


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
    )


def _view(of: Sentence, made_at: Instant, notes: tuple[str, ...], page: Slice) -> LogsView:
    shell = Shell(
        title="logs",
        prompt="sitegen logs --tail 100",
        sentence=(*joined([count(len(page.shown), "line"), of]), "."),
        section="logs",
        made_at=made_at,
        description="The latest log lines, redacted, with links to their traces.",
    )
    return LogsView(numbered(shell, page.number), notes, page.links)

"""The log pages: the latest 100 lines, then older ones by number.

Lines are of any length, a page is not. What a page of 100 lines cannot hold is left out
in the order in which it is missed least: first fields and the ends of messages, then lines,
which go to the next page.
"""

from collections.abc import Callable, Sequence

import msgspec

from sitegen.findings import BuildContext, LogFindings
from sitegen.logs.model import Level, LogRecord
from sitegen.output import Page
from sitegen.pages.drafts import draft_line, draft_notes, draft_shell, draft_tabs
from sitegen.pages.fit import LOGS, shortened
from sitegen.pages.views import LogsView, Shell
from sitegen.pages.words import count, joined, page_links
from sitegen.units import Instant, Sentence
from sitegen.visualization.model import Link

__all__ = ["cut_line", "log_pages"]

_LINES_A_PAGE = 100
_MOST_PAGES = 5
_DETAILS = ((400, 12), (240, 5), (160, 2), (120, 0))
"""How many characters of a message and how many fields are shown, most detailed first."""
_SERVICE, _KEY, _VALUE = 40, 40, 120
_NOTES = 6


def log_pages(logs: LogFindings, context: BuildContext, linked: frozenset[str]) -> tuple[Page, ...]:
    """Give `/logs/`, `/logs/2/` and so on; `linked` are the ids of traces that have a page."""
    shown = logs.records[: _LINES_A_PAGE * _MOST_PAGES]
    worse = sum(record.level in (Level.WARN, Level.ERROR, Level.FATAL) for record in shown)
    of: Sentence = (
        *count(worse, "warning or worse", "warnings or worse"),
        " in the latest ",
        *count(len(shown), "line"),
    )
    made_at = Instant(
        next((record.time for record in shown if record.time is not None), context.stable_until)
    )
    notes = tuple(shortened(note, 2 * _VALUE) for note in logs.notes[:_NOTES])

    def view(records: Sequence[LogRecord], here: Link, links: Sequence[Link]) -> LogsView:
        return LogsView(
            shell=_shell(int(here.text), len(records), of, made_at),
            records=tuple(records),
            linked=linked,
            pages=tuple((link, link is here) for link in links),
            notes=notes,
        )

    room = page_links("/logs/", _MOST_PAGES)
    chunks = _part(shown, lambda records: _draft(view(records, room[-1], room)))
    links = page_links("/logs/", len(chunks))
    return tuple(
        Page(here.path, "logs.mako", view(chunk, here, links))
        for here, chunk in zip(links, chunks, strict=True)
    )


def _part(
    shown: Sequence[LogRecord], draft: Callable[[Sequence[LogRecord]], str]
) -> list[Sequence[LogRecord]]:
    """Part lines into pages; each shows as much of its lines as it can."""
    pages: list[Sequence[LogRecord]] = []
    rest = shown
    while rest and len(pages) < _MOST_PAGES:
        lines = LOGS.choose((_cut(rest, *detail) for detail in _DETAILS), draft)
        lines = lines[: LOGS.most(lines, _LINES_A_PAGE, draft)]
        pages.append(lines)
        rest = rest[len(lines) :]
    return pages or [()]


def _cut(records: Sequence[LogRecord], message: int, fields: int) -> tuple[LogRecord, ...]:
    return tuple(cut_line(record, message, fields) for record in records[:_LINES_A_PAGE])


def cut_line(record: LogRecord, message: int, fields: int) -> LogRecord:
    """Cut a line to so many characters of its message and so many of its fields."""
    return msgspec.structs.replace(
        record,
        service=shortened(record.service, _SERVICE),
        message=shortened(record.message, message),
        fields={
            shortened(key, _KEY): shortened(value, _VALUE)
            for key, value in list(record.fields.items())[:fields]
        },
    )


def _shell(number: int, lines: int, of: Sentence, made_at: Instant) -> Shell:
    return Shell(
        title="logs" if number == 1 else f"logs, page {number}",
        prompt="sitegen logs --tail 100" + (f" --page {number}" if number > 1 else ""),
        sentence=(*joined([count(lines, "line"), of]), "."),
        section="logs",
        made_at=made_at,
        description="The latest log lines, redacted, with links to their traces.",
    )


def _draft(view: LogsView) -> str:
    lines = "".join(draft_line(record, view.linked) for record in view.records)
    return (
        f"{draft_shell(view.shell)}<div><section><h2>lines, newest first</h2>{draft_notes(view.notes)}"
        + (f"{_LEVELS}<ol>{lines}</ol>" if view.records else "<p>no lines yet</p>")
        + f"</section></div>{draft_tabs(view.pages)}"
    )


_LEVELS = f"<fieldset><legend>show levels</legend>{'<label><input>all</label>' * 3}</fieldset>"

"""The log pages: the latest 100 lines, then older ones by number."""

from sitegen.logs.model import Level
from sitegen.site.findings import LogFindings, Moment
from sitegen.site.model import Page, PageKind
from sitegen.site.views import LogsView, Shell
from sitegen.site.words import count, joined
from sitegen.units import Instant
from sitegen.visualization.model import Link

__all__ = ["log_pages"]

_LINES_A_PAGE = 100
_MOST_PAGES = 5


def log_pages(logs: LogFindings, moment: Moment, linked: frozenset[str]) -> tuple[Page, ...]:
    """Give `/logs/`, `/logs/2/` and so on; `linked` are the ids of traces that have a page."""
    shown = logs.records[: _LINES_A_PAGE * _MOST_PAGES]
    chunks = [shown[start : start + _LINES_A_PAGE] for start in range(0, len(shown), _LINES_A_PAGE)] or [()]
    links = [
        Link(str(number), "/logs/" if number == 1 else f"/logs/{number}/")
        for number in range(1, len(chunks) + 1)
    ]
    worse = sum(record.level in (Level.WARN, Level.ERROR, Level.FATAL) for record in shown)
    made_at = Instant(next((record.time for record in shown if record.time is not None), moment.calm))
    return tuple(
        Page(
            path=here.path,
            template="logs.mako",
            view=LogsView(
                shell=Shell(
                    title="logs" if number == 1 else f"logs, page {number}",
                    prompt="sitegen logs --tail 100" + (f" --page {number}" if number > 1 else ""),
                    sentence=(
                        *joined(
                            [count(len(chunk), "line"), count(worse, "warning or worse", "warnings or worse")]
                        ),
                        " in the latest ",
                        *count(len(shown), "line"),
                        ".",
                    ),
                    section="logs",
                    made_at=made_at,
                    description="The latest log lines, redacted, with links to their traces.",
                ),
                records=chunk,
                linked=linked,
                pages=tuple((link, link is here) for link in links),
                notes=logs.notes,
            ),
            kind=PageKind.HUB,
        )
        for number, (here, chunk) in enumerate(zip(links, chunks, strict=True), 1)
    )

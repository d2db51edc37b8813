"""The section of logs: the ends of files are read in threads and parsed where they were read."""

from collections.abc import Sequence
from pathlib import Path

from sitegen.config import LogSource
from sitegen.config.model import SELF
from sitegen.errors import Problem
from sitegen.freshness import Freshness
from sitegen.logs.analysis import count_requests, newest_first
from sitegen.logs.model import LogRecord
from sitegen.logs.parser import parse
from sitegen.logs.source import tail
from sitegen.pipeline.run import Run, Section
from sitegen.site.findings import LogFindings
from sitegen.site.views import SourceRow
from sitegen.units import Instant

__all__ = ["access_log", "gather_logs"]

_TAIL = 1_000_000
_KEPT = 500

Found = tuple[LogFindings, dict[str, int]]


def access_log(state: Path) -> Path:
    """Give where the preview server writes its access log."""
    return state / "log" / "access.jsonl"


async def gather_logs(run: Run, state: Path, sources: Sequence[LogSource]) -> Section[Found]:
    """Read the latest lines of every source, newest first, and count the requests of the cycle before this one."""
    own = [LogSource(SELF, str(state / "log" / "sitegen.jsonl")), LogSource(SELF, str(access_log(state)))]

    def read(source: LogSource) -> tuple[LogRecord, ...]:
        body, problems = tail(source.path, _TAIL)
        if problems:
            raise LookupError(problems[0])
        return parse(body, source.name, run.redactor)[0]

    asked = [*own, *sources]
    results = await run.manager.io("logs", read, asked, name=lambda source: f"read {source.name}", deadline=run.gathering)
    return Section((LogFindings(), {}))

"""The section of logs: the ends of files are read in threads and parsed where they were read."""

import math
from pathlib import Path

from sitegen.config import Config, LogSource
from sitegen.config.model import SELF
from sitegen.errors import Problem
from sitegen.findings import LogFindings, SourceRow
from sitegen.instrumentation.own_series import REQUESTS
from sitegen.logs.analysis import count_requests, newest_first
from sitegen.logs.model import LogRecord
from sitegen.logs.parser import parse
from sitegen.logs.source import tail
from sitegen.pipeline.run import Run, Section, note_files
from sitegen.units import DAY

__all__ = ["access_log", "gather_logs"]

_TAIL = 500_000
_KEPT = 500

Read = tuple[tuple[LogRecord, ...], tuple[Problem, ...]]


def access_log(state: Path) -> Path:
    """Return where the preview server writes its access log."""
    return state / "log" / "access.jsonl"


async def gather_logs(run: Run, config: Config) -> Section[LogFindings]:
    """Read the latest lines of every source, newest first, and count the requests that no build has counted yet."""
    own = LogSource(SELF, str(config.site.state / "log" / "sitegen.jsonl"))
    access = LogSource(SELF, str(access_log(config.site.state)))

    def read(source: LogSource) -> Read:
        body, problems = tail(source.path, _TAIL, source.name)
        return parse(body, source.name, run.redactor), problems

    asked = [own, access, *config.log_sources]
    results = await run.manager.io(
        "logs", read, asked, name=lambda source: f"read {source.name}", deadline=run.gathering
    )
    records: list[LogRecord] = []
    problems: list[Problem] = []
    requests: dict[float, dict[str, int]] = {}
    rows: list[SourceRow] = []
    with run.state.batch():
        for source, result in zip(asked, results, strict=True):
            lines, faults = ((), (result,)) if isinstance(result, Problem) else result
            if source is access:
                requests = count_requests(lines, _uncounted(run), run.context.slot, run.context.cycle)
            # sitegen's own lines rest: only those from before the stable instant are shown.
            mine = source in (own, access)
            records += [
                line
                for line in lines
                if not mine or (line.time is not None and line.time < run.context.stable_until)
            ]
            problems += faults
            rows.append(note_files(run, "logs", source.name, found=bool(lines), problems=faults))
    findings = LogFindings(
        records=newest_first(records)[:_KEPT],
        sources=tuple(rows),
        notes=tuple(dict.fromkeys(problem.message for problem in problems)),
        requests=requests,
    )
    return Section(findings, tuple(problems))


def _uncounted(run: Run) -> float:
    """Return the instant from which on requests are to be counted: where the last build that saw some left off.

    Cycles that did not run, failed or left the logs alone are made up for, up to a day.
    """
    known = [run.state.series.latest(name) for name in run.state.series.names() if name.startswith(REQUESTS)]
    since = max((found[0] for found in known if found is not None), default=-math.inf)
    slot, cycle = run.context.slot, run.context.cycle
    return max(since, slot - DAY) if since < slot else slot - cycle

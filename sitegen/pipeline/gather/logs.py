"""The section of logs: the ends of files are read in threads and parsed in processes."""

import glob
import math
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec.structs import replace

from sitegen.config import Config, LogSource
from sitegen.config.model import SELF
from sitegen.errors import Problem, notices_of
from sitegen.findings import LogFindings, SourceRow
from sitegen.instrumentation.journal import NOTICE
from sitegen.instrumentation.own_series import REQUESTS
from sitegen.logs.analysis import count_requests, judge_lines, newest_first
from sitegen.logs.model import LogRecord
from sitegen.logs.parser import parse
from sitegen.logs.source import tail
from sitegen.pipeline.run import Run, Section, note_files, unread
from sitegen.redaction import PatientRedactor, Redactor
from sitegen.redaction.patience import LATE
from sitegen.units import DAY

_TAIL = 500_000
_KEPT = 500


class _Parsing(msgspec.Struct, frozen=True):
    """What was read of one source, for one worker."""

    body: bytes
    source: str
    redactor: Redactor


Read = tuple[tuple[LogRecord, ...], tuple[Problem, ...]]


def access_log(state: Path) -> Path:
    """Return where the preview server writes its access log."""
    return state / "log" / "access.jsonl"


async def gather_logs(run: Run, config: Config) -> Section[LogFindings]:
    """Read the latest lines of every source, newest first, and count the requests that no build has counted yet."""
    own = LogSource(SELF, glob.escape(str(config.site.state / "log" / "sitegen.jsonl")))
    access = LogSource(SELF, glob.escape(str(access_log(config.site.state))))

    asked = [own, access, *config.log_sources]
    results = await _read(run, asked)
    records: list[LogRecord] = []
    problems: list[Problem] = []
    requests: dict[float, dict[str, int]] = {}
    rows: list[SourceRow] = []
    with run.state.batch():
        for source, result in zip(asked, results, strict=True):
            lines, faults = (
                result if isinstance(result, tuple) else ((), (unread(result, "logs", source.name),))
            )
            if source is own:
                lines = _told(lines)
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
        notices=notices_of(problems),
        requests=requests,
    )
    return Section(findings, tuple(problems))


async def _read(run: Run, sources: Sequence[LogSource]) -> list[Read | Problem]:
    """Return the records and problems of each source, or why it has none."""

    def read(source: LogSource) -> tuple[bytes, tuple[Problem, ...]]:
        return tail(source.path, _TAIL, source.name, required=source.name != SELF)

    bodies = await run.manager.io(
        "logs", read, sources, name=lambda source: f"read {source.name}", deadline=run.gathering
    )
    jobs = [
        _Parsing(b"" if isinstance(one, Problem) else one[0], source.name, run.redactor)
        for one, source in zip(bodies, sources, strict=True)
    ]
    parsed = await run.manager.cpu("logs", parse_log, jobs, name=lambda job: f"parse {job.source}")
    return [
        body
        if isinstance(body, Problem)
        else found
        if isinstance(found, Problem)
        else (found[0], (*body[1], *found[1]))
        for body, found in zip(bodies, parsed, strict=True)
    ]


def parse_log(job: _Parsing) -> Read:
    """Parse what was read of one source, and tell what is wrong with it."""
    records, redactor = parse(job.body, job.source, job.redactor), job.redactor
    late = isinstance(redactor, PatientRedactor) and redactor.late
    problems = judge_lines(records, job.source)
    return records, (*problems, Problem("redaction", LATE)) if late else problems


def _told(lines: tuple[LogRecord, ...]) -> tuple[LogRecord, ...]:
    """Return of sitegen's own lines what visitors read: those with a notice, without the message for operators."""
    return tuple(
        replace(
            line,
            message=line.fields[NOTICE],
            fields={key: line.fields[key] for key in line.fields if key != NOTICE},
        )
        for line in lines
        if NOTICE in line.fields
    )


def _uncounted(run: Run) -> float:
    """Return the instant from which on requests are to be counted: where the last build that saw some left off.

    Cycles that did not run, failed or left the logs alone are made up for, up to a day.
    """
    known = [run.state.series.latest(name) for name in run.state.series.names() if name.startswith(REQUESTS)]
    since = max((found[0] for found in known if found is not None), default=-math.inf)
    slot, cycle = run.context.slot, run.context.cycle
    return max(since, slot - DAY) if since < slot else slot - cycle

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
from sitegen.logs.analysis import count_requests, judge_lines, newest_first, tell_gaps
from sitegen.logs.model import LogRecord
from sitegen.logs.parser import parse
from sitegen.logs.source import Tail, tail
from sitegen.pipeline.run import Run, Section, note_files, unread
from sitegen.redaction import PatientRedactor, Redactor
from sitegen.redaction.patience import LATE
from sitegen.units import DAY, zone_of

_TAIL = 500_000
_KEPT = 500


class _Parsing(msgspec.Struct, frozen=True):
    """What was read of one source, for one worker."""

    found: Tail
    source: LogSource
    redactor: Redactor
    now: float
    fields: frozenset[str] | None


class Read(msgspec.Struct, frozen=True):
    """The records of one source, what is wrong with it, what of it is missing, and when it last grew."""

    records: tuple[LogRecord, ...] = ()
    problems: tuple[Problem, ...] = ()
    gaps: tuple[str, ...] = ()
    written: float | None = None


def access_log(state: Path) -> Path:
    """Return where the preview server writes its access log."""
    return state / "log" / "access.jsonl"


async def gather_logs(run: Run, config: Config) -> Section[LogFindings]:
    """Read the latest lines of every source, newest first, and count the requests that no build has counted yet."""
    own = LogSource(SELF, glob.escape(str(config.site.state / "log" / "sitegen.jsonl")))
    access = LogSource(SELF, glob.escape(str(access_log(config.site.state))))

    asked = [own, access, *config.log_sources]
    results = await _read(run, asked, config.log_fields)
    records: list[LogRecord] = []
    problems: list[Problem] = []
    requests: dict[float, dict[str, int]] = {}
    rows: list[SourceRow] = []
    written: dict[str, float] = {}
    gaps: list[str] = []
    with run.state.batch():
        for source, result in zip(asked, results, strict=True):
            read = (
                result if isinstance(result, Read) else Read(problems=(unread(result, "logs", source.name),))
            )
            lines, faults = read.records, read.problems
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
            if not mine:
                gaps += [f"{source.name}: {gap}" for gap in read.gaps]
                written |= {} if read.written is None else {source.name: read.written}
            rows.append(note_files(run, "logs", source.name, found=bool(lines), problems=faults))
    findings = LogFindings(
        records=newest_first(records, written)[:_KEPT],
        sources=tuple(rows),
        notices=notices_of(problems),
        requests=requests,
        gaps=tuple(gaps),
    )
    return Section(findings, tuple(problems))


async def _read(
    run: Run, sources: Sequence[LogSource], fields: frozenset[str] | None
) -> list[Read | Problem]:
    """Return what each source has, or why it has nothing."""
    settled = run.context.slot - run.context.cycle

    def read(source: LogSource) -> Tail:
        return tail(source.path, _TAIL, source.name, settled=settled, required=source.name != SELF)

    found = await run.manager.io(
        "logs", read, sources, name=lambda source: f"read {source.name}", deadline=run.gathering
    )
    jobs = [
        _Parsing(
            found=Tail() if isinstance(one, Problem) else one,
            source=source,
            redactor=run.redactor,
            now=run.context.slot,
            fields=None if source.name == SELF else fields,
        )
        for one, source in zip(found, sources, strict=True)
    ]
    parsed = await run.manager.cpu("logs", parse_log, jobs, name=lambda job: f"parse {job.source.name}")
    return [one if isinstance(one, Problem) else then for one, then in zip(found, parsed, strict=True)]


def parse_log(job: _Parsing) -> Read:
    """Parse what was read of one source, and tell what is wrong with it."""
    redactor, name = job.redactor, job.source.name
    records = parse(
        job.found.body, name, redactor, zone=zone_of(job.source.timezone), now=job.now, fields=job.fields
    )
    late = isinstance(redactor, PatientRedactor) and redactor.late
    problems = (*job.found.problems, *judge_lines(records, name))
    return Read(
        records,
        (*problems, Problem("redaction", LATE)) if late else problems,
        tell_gaps(records, job.found.files_left, job.found.bytes_left),
        job.found.written,
    )


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

"""What `sitegen check` looks at: each source's reach, auth and latency, and the built site."""

import asyncio
from collections.abc import Sequence
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from sitegen.aws import AwsError, cloudwatch_connector
from sitegen.concurrency.manager import run_all
from sitegen.concurrency.worker import run_timed
from sitegen.config import Config, LogSource, MetricSource, TraceSource
from sitegen.config.model import CloudWatch, Host, MetricServer
from sitegen.content.authored import ContentPage
from sitegen.errors import Problem
from sitegen.gate.inspection import inspect_site
from sitegen.http import RetryBudget, Session
from sitegen.instrumentation.clock import Clock, Deadline
from sitegen.logs.analysis import judge_lines, tell_gaps
from sitegen.logs.parser import parse
from sitegen.logs.source import tail
from sitegen.metrics.cloudwatch import LEAST_STEP, CloudWatchSource
from sitegen.metrics.failures import explain_lead
from sitegen.metrics.model import MetricQuery
from sitegen.metrics.source import Source
from sitegen.metrics.sources import SERVERS
from sitegen.metrics.variables import find_short_range
from sitegen.pipeline.gather.content import Made, judge_content, recall_good
from sitegen.pipeline.planning import make_canaries, spare_words
from sitegen.publishing.trees import find_closed
from sitegen.publishing.writer import check_layout
from sitegen.redaction import Redactor
from sitegen.scheduler.tick import next_due, tick
from sitegen.state.folder import State
from sitegen.state.layouts import NewerLayoutError
from sitegen.state.opening import check_database
from sitegen.state.sources import SourceRecord
from sitegen.traces.source import read_traces
from sitegen.units import Window, format_quantity, rfc3339, window_label, zone_of

_DEADLINE = 10.0
_THREADS = 16
_READ = 500_000
"""Bytes of a log that are read to see whether its lines are understood."""
_WORKERS = 4
_HOUR = 3600.0


class CheckFinding(msgspec.Struct, frozen=True, order=True):
    """One thing that is wrong: which check, where, and a sentence.

    `line` is that of the file named by `where`, `nearest` the known word that is closest to an unknown one.
    A warning does not fail the check.
    """

    check: str
    where: str
    message: str
    line: int | None = None
    nearest: str | None = None
    severity: Literal["error", "warning"] = "error"


class SourceCheck(msgspec.Struct, frozen=True):
    """One source that was tried: its kind, whether it answered, how long that took in seconds, and whether the clocks agree."""

    name: str
    kind: str
    reachable: bool
    latency_seconds: float | None
    message: str
    timely: bool = True


def check_state(folder: Path) -> list[CheckFinding]:
    """Look whether a newer sitegen wrote what is in the state folder: then no build can go on from there."""
    try:
        check_database(folder / "state.db")
        check_layout(folder)
    except NewerLayoutError as error:
        return [CheckFinding("config", "state", str(error))]
    return []


def check_ranges(config: Config) -> list[CheckFinding]:
    """Return a warning for each query with a fixed range that is shorter than its step, in the widest of its windows."""
    servers = {source.name for source in config.metric_sources if isinstance(source, MetricServer)}
    asked = [
        (
            f"metrics.panels[{index}].query",
            panel.query,
            max(panel.windows),
            Window.ending(0.0, max(panel.windows)).step,
        )
        for index, panel in enumerate(config.panels)
        if panel.source in servers
    ]
    # An objective is counted in one step, as long as its window.
    asked += [
        (f"slos[{index}].{part}", query or "", slo.window, slo.window)
        for index, slo in enumerate(config.slos)
        for part, query in (("good", slo.good), ("total", slo.total))
    ]
    found = []
    for where, query, span, step in asked:
        if length := find_short_range(query, step):
            said = (
                f"[{length}] sees only the end of each step, which is {window_label(step)} in a window of"
                f" {window_label(span)}: sums and peaks are too small; write [$__rate_interval]"
            )
            found.append(CheckFinding("config", where, said, severity="warning"))
    return found


def published_pages(config: Config, now: float) -> dict[str, ContentPage]:
    """Return the author's pages as they were last published, by path."""
    if (config.site.state / "state.db").exists():
        with suppress(NewerLayoutError), State.open(config.site.state, now) as state:
            return recall_good(state, config)
    return {}


def check_content(config: Config, now: float) -> list[CheckFinding]:
    """Make every page and picture of the author as a build does, and return what is wrong with them; nothing is kept."""

    async def work(function: Any, items: Any, name: Any) -> Any:
        done = run_all(partial(run_timed, function), items, _WORKERS)
        return [
            Problem("content", f"{name(item)}: {timing.error}") if timing.error else value
            for item, (value, timing) in zip(items, done, strict=True)
        ]

    judged = asyncio.run(judge_content(config, work, Made(), published_pages(config, now), now))
    folder = config.site.content.name
    return [
        CheckFinding(
            "config",
            replace(fault, line=0).place(folder),
            fault.sentence,
            fault.line or None,
            fault.nearest or None,
        )
        for fault in judged.faults
    ]


def _known_sources(config: Config, now: float) -> dict[str, SourceRecord]:
    """Return how builds have fared with each source of metrics."""
    if (config.site.state / "state.db").exists():
        with suppress(NewerLayoutError), State.open(config.site.state, now) as state:
            return state.sources.known("metrics")
    return {}


def check_sources(config: Config, clock: Clock, redactor: Redactor) -> tuple[SourceCheck, ...]:
    """Try every configured source once: servers with the cheapest query there is, files by reading their ends."""
    deadline, now = Deadline(clock, _DEADLINE), clock.now()
    known = _known_sources(config, now)
    due = rfc3339(next_due(tick(now, config.build.cycle, None).slot, config.build.cycle))

    def ask(source: MetricSource) -> SourceCheck:
        if isinstance(source, Host):
            return SourceCheck(
                source.name, "metrics", reachable=True, latency_seconds=None, message="this machine"
            )
        if isinstance(source, CloudWatch):
            return _check_cloudwatch(source, clock, redactor)
        return _check_server(source, clock, deadline, redactor)

    tried = [
        replace(one, message=f"{one.message}; {rest}")
        if (rest := known.get(one.name, SourceRecord()).tell_rest(due))
        else one
        for one in run_all(ask, config.metric_sources, _THREADS)
    ]
    traces = (_check_traces(source, deadline, redactor) for source in config.trace_sources)
    return (
        *tried,
        *traces,
        *(_check_log(source, redactor, clock.now(), config.build.cycle) for source in config.log_sources),
    )


def _check_server(source: MetricServer, clock: Clock, deadline: Deadline, redactor: Redactor) -> SourceCheck:
    """Ask as a build asks, by the same method, and read what comes back: a login page is no answer."""
    endpoint, server = source.endpoint, SERVERS[source.type]
    session = Session(endpoint, clock=clock, deadline=deadline, budget=RetryBudget(0), redactor=redactor)
    query = MetricQuery(source.name, server.trial, Window.ending(clock.now(), _HOUR))
    with closing(server.open(session, name=source.name, redactor=redactor)) as asked:
        return _try_source(asked, query, clock)


def _check_cloudwatch(source: CloudWatch, clock: Clock, redactor: Redactor) -> SourceCheck:
    """Ask for one metric, which takes the permission that a build needs; a metric that nobody reported is no fault."""
    connect = cloudwatch_connector(source.region, timeout=source.timeout)
    asked = CloudWatchSource(connect, name=source.name, namespace=source.namespace, redactor=redactor)
    query = MetricQuery(source.name, "Requests", Window.ending(clock.now(), _HOUR, least_step=LEAST_STEP))
    with suppress(AwsError):  # told by the question
        connect()  # importing boto3 is no latency of the service's
    return _try_source(asked, query, clock)


def _try_source(source: Source, query: MetricQuery, clock: Clock) -> SourceCheck:
    began = clock.monotonic()
    answer = source.ask(query)
    took = round(clock.monotonic() - began, 6)
    fault = answer.message if isinstance(answer, Problem) else ""
    apart = [one.message for one in explain_lead(query.source, source.lead)]
    return SourceCheck(
        query.source,
        "metrics",
        reachable=not fault,
        latency_seconds=None if fault else took,
        message="; ".join((fault or "answers", *apart, *source.warnings)),
        timely=not apart,
    )


def _check_traces(source: TraceSource, deadline: Deadline, redactor: Redactor) -> SourceCheck:
    spans, problems = read_traces(
        source.path,
        source=source.name,
        allowed=frozenset(),
        redactor=redactor,
        deadline=deadline,
        required=True,
    )
    return _files_check(source.name, "traces", format_quantity(len(spans), "spans"), problems)


def _check_log(source: LogSource, redactor: Redactor, now: float, cycle: float) -> SourceCheck:
    found = tail(source.path, _READ, source.name, settled=now - cycle, required=True)
    records = parse(found.body, source.name, redactor, zone=zone_of(source.timezone), now=now)
    gaps = tell_gaps(records, found.files_left, found.bytes_left)
    said = "; ".join((format_quantity(len(records), "lines"), *gaps))
    return _files_check(source.name, "logs", said, (*found.problems, *judge_lines(records, source.name)))


def _files_check(name: str, kind: str, found: str, problems: Sequence[Problem]) -> SourceCheck:
    message = "; ".join(problem.message for problem in problems) or found
    return SourceCheck(name, kind, reachable=not problems, latency_seconds=None, message=message)


def check_site(dist: Path, config: Config, now: float) -> tuple[CheckFinding, ...]:
    """Hold the built site to every rule of the gate."""
    if not (dist / "index.html").is_file():
        return (CheckFinding("site", str(dist), "no site is there yet; run `sitegen build`"),)
    files = {
        path.relative_to(dist).as_posix(): path.read_bytes()
        for path in sorted(dist.rglob("*"))
        if path.is_file()
    }
    canaries = spare_words(make_canaries(config), published_pages(config, now).values())
    findings = inspect_site(files, base_url=config.site.base_url, canaries=canaries)
    closed = (
        CheckFinding(
            "site", path, "mode: others cannot read it; give it back 644, or 755 where it is a folder"
        )
        for path in find_closed(dist)
    )
    return (
        *(CheckFinding("site", finding.path, f"{finding.rule}: {finding.message}") for finding in findings),
        *closed,
    )

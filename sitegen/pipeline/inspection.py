"""What `sitegen check` looks at: each source's reach, auth and latency, and the built site."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from sitegen.aws import AwsError, cloudwatch_connector
from sitegen.concurrency.manager import run_all
from sitegen.config import Config, MetricSource
from sitegen.config.model import CloudWatch, Host, MetricServer
from sitegen.errors import Problem
from sitegen.gate.inspection import inspect_site
from sitegen.gate.leaks import Canaries
from sitegen.http import Fault, RetryBudget, Session
from sitegen.instrumentation.clock import Clock, Deadline
from sitegen.metrics.cloudwatch import LEAST_STEP, CloudWatchSource
from sitegen.metrics.model import MetricQuery
from sitegen.metrics.sources import SERVERS
from sitegen.publishing.writer import check_layout
from sitegen.redaction import Redactor
from sitegen.state.layouts import NewerLayoutError
from sitegen.state.opening import check_database
from sitegen.units import Window

__all__ = ["CheckFinding", "SourceCheck", "check_site", "check_sources", "check_state"]

_DEADLINE = 10.0
_THREADS = 16
_HOUR = 3600.0


class CheckFinding(msgspec.Struct, frozen=True, order=True):
    """One thing that is wrong: which check, where, and a sentence."""

    check: str
    where: str
    message: str


class SourceCheck(msgspec.Struct, frozen=True):
    """One source that was tried: its kind, whether it answered, how long that took in seconds."""

    name: str
    kind: str
    reachable: bool
    latency_seconds: float | None
    message: str


def check_state(folder: Path) -> list[CheckFinding]:
    """Look whether a newer sitegen wrote what is in the state folder: then no build can go on from there."""
    try:
        check_database(folder / "state.db")
        check_layout(folder)
    except NewerLayoutError as error:
        return [CheckFinding("config", "state", str(error))]
    return []


def check_sources(config: Config, clock: Clock, redactor: Redactor) -> tuple[SourceCheck, ...]:
    """Try every configured source once: servers with the cheapest query there is, files by listing them."""
    deadline = Deadline(clock, _DEADLINE)

    def ask(source: MetricSource) -> SourceCheck:
        if isinstance(source, Host):
            return SourceCheck(
                source.name, "metrics", reachable=True, latency_seconds=None, message="this machine"
            )
        if isinstance(source, CloudWatch):
            return _check_cloudwatch(source, clock, redactor)
        return _check_server(source, clock, deadline, redactor)

    tried = run_all(ask, config.metric_sources, _THREADS)
    files = [("traces", source.name, source.path) for source in config.trace_sources]
    files += [("logs", source.name, source.path) for source in config.log_sources]
    return (*tried, *(_check_files(kind, name, path) for kind, name, path in files))


def _check_server(source: MetricServer, clock: Clock, deadline: Deadline, redactor: Redactor) -> SourceCheck:
    endpoint, server = source.endpoint, SERVERS[source.type]
    with Session(
        endpoint, clock=clock, deadline=deadline, budget=RetryBudget(0), redactor=redactor
    ) as session:
        answer = session.request("GET", server.path, params=server.params)
        warnings = [warning.message for warning in session.warnings]
    if isinstance(answer, Fault):
        return _unreachable(endpoint.name, "; ".join((answer.message, *warnings)))
    return SourceCheck(
        endpoint.name,
        "metrics",
        reachable=True,
        latency_seconds=round(answer.elapsed, 6),
        message="; ".join(("answers", *warnings)),
    )


def _check_cloudwatch(source: CloudWatch, clock: Clock, redactor: Redactor) -> SourceCheck:
    """Ask for one metric, which takes the permission that a build needs; a metric that nobody reported is no fault."""
    connect = cloudwatch_connector(source.region, timeout=source.timeout)
    asked = CloudWatchSource(connect, name=source.name, namespace=source.namespace, redactor=redactor)
    query = MetricQuery(source.name, "Requests", Window.ending(clock.now(), _HOUR, least_step=LEAST_STEP))
    with suppress(AwsError):  # told by the question
        connect()  # importing boto3 is no latency of the service's
    began = clock.monotonic()
    answer = asked.ask(query)
    if isinstance(answer, Problem):
        return _unreachable(source.name, answer.message)
    took = round(clock.monotonic() - began, 6)
    return SourceCheck(source.name, "metrics", reachable=True, latency_seconds=took, message="answers")


def _unreachable(name: str, message: str) -> SourceCheck:
    return SourceCheck(name, "metrics", reachable=False, latency_seconds=None, message=message)


def _check_files(kind: str, name: str, pattern: str) -> SourceCheck:
    root = Path(pattern).anchor or "/"
    found = [path for path in Path(root).glob(pattern.removeprefix(root)) if path.is_file()]
    unreadable = [path for path in found if not _readable(path)]
    if not found:
        return SourceCheck(
            name, kind, reachable=False, latency_seconds=None, message=f"no file matches {pattern}"
        )
    if unreadable:
        return SourceCheck(
            name,
            kind,
            reachable=False,
            latency_seconds=None,
            message=f"{unreadable[0]} cannot be read; check its permissions",
        )
    return SourceCheck(name, kind, reachable=True, latency_seconds=None, message=f"{len(found)} files")


def _readable(path: Path) -> bool:
    try:
        with path.open("rb"):
            return True
    except OSError:
        return False


def check_site(dist: Path, base_url: str, secrets: Sequence[str]) -> tuple[CheckFinding, ...]:
    """Hold the built site to every rule of the gate."""
    if not (dist / "index.html").is_file():
        return (CheckFinding("site", str(dist), "no site is there yet; run `sitegen build`"),)
    files = {
        path.relative_to(dist).as_posix(): path.read_bytes()
        for path in sorted(dist.rglob("*"))
        if path.is_file()
    }
    findings = inspect_site(files, base_url=base_url, canaries=Canaries(secrets=tuple(secrets)))
    return tuple(
        CheckFinding("site", finding.path, f"{finding.rule}: {finding.message}") for finding in findings
    )

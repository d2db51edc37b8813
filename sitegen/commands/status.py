"""`sitegen status`: what happened last, and what is due."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sitegen.commands.options import common_options
from sitegen.commands.reporter import Reporter
from sitegen.commands.timer import tell_timer

if TYPE_CHECKING:
    from sitegen.errors import Problem
    from sitegen.instrumentation.records import BuildRecord
    from sitegen.state.deploys import DeployRecord
    from sitegen.state.sources import SourceRecord

_SHOWN = 5
_FAILED = 1
_LATE = 3
"""After so many cycles without a build that has ended, something is wrong with the timer."""

_SECTIONS = ("metrics", "traces", "logs", "availability")

_Sources = list[dict[str, str | int | None]]


@click.command("status", epilog="Examples: sitegen status; sitegen status --format json")
@common_options
def command(config_path: Path, reporter: Reporter) -> int:
    """Show the last builds and deploys, each source's freshness, and when the next tick is due.

    Exits with 1 when the last build failed, or none has ended within three cycles.
    """
    from sitegen.config import load_config  # noqa: PLC0415 - `sitegen --help` must not wait for these
    from sitegen.instrumentation.clock import SystemClock  # noqa: PLC0415
    from sitegen.scheduler.tick import next_due, tick  # noqa: PLC0415
    from sitegen.state.folder import State  # noqa: PLC0415
    from sitegen.units import rfc3339  # noqa: PLC0415

    config = load_config(config_path, os.environ)
    now, cycle = SystemClock().now(), config.build.cycle
    if not (config.site.state / "state.db").exists():
        reporter.message("no builds yet; run `sitegen build`")
        timer = tell_timer(config_path, None, config.site.state, now, cycle)
        empty: dict[str, object] = {"builds": [], "deploys": [], "sources": [], "next_due": None}
        reporter.document({**empty, "timer": timer})
        return _FAILED
    with State.open(config.site.state, now) as state:
        builds, deploys = state.builds.last(_SHOWN), state.deploys.last(_SHOWN)
        known = {
            name: (section, record)
            for section in reversed(_SECTIONS)
            for name, record in state.sources.known(section).items()
        }
    due = rfc3339(next_due(tick(now, cycle, None).slot, cycle))
    sources = _sources(config.site.output / "status.json", now, cycle, known, due)
    _tell(reporter, builds, deploys, sources, due)
    timer = tell_timer(config_path, None, config.site.state, now, cycle)
    reporter.document({**_document(builds, deploys, sources, due), "timer": timer})
    return _FAILED if _is_behind(builds, config.site.state, now - _LATE * cycle) else 0


def _is_behind(builds: Sequence["BuildRecord"], state: Path, since: float) -> bool:
    """Whether the last build failed, or none has ended since an instant, by the time at which its report was written."""
    try:
        ended = (state / "report.json").stat().st_mtime
    except OSError:
        return True
    return not builds or builds[0].status == "failed" or ended < since


def _tell(
    reporter: Reporter,
    builds: Sequence["BuildRecord"],
    deploys: Sequence["DeployRecord"],
    sources: _Sources,
    due: str,
) -> None:
    from sitegen.units import format_duration, rfc3339  # noqa: PLC0415

    for build in builds:
        took = "" if build.clock_fixed else f" in {format_duration(build.duration)}"
        changed = f"{build.files_changed} of {build.files_total} files changed"
        reporter.message(
            f"build {build.generation}  {rfc3339(build.slot)}  {build.status:<8}  {changed}{took}"
        )
    for problem in _faults(builds):
        reporter.message(f"  {problem.where}: {problem.message}")
    for deploy in deploys:
        for line in _lines(deploy):
            reporter.message(line)
    for source in sources:
        reporter.message(
            f"source {source['name']}  {source['status']}  last answer {source['fetched_at'] or 'never'}"
        )
        if source["fault"]:
            reporter.message(f"  {source['fault']}")
        if source["left_alone_until"]:
            reporter.message(
                f"  left alone until {source['left_alone_until']}, when it is put one small question; {source['tried']} so far"
            )
    reporter.message(f"next tick due {due}")


def _lines(deploy: "DeployRecord") -> list[str]:
    """Return what is told of a deploy: of one that was not done also why, and the command that lets it through."""
    from sitegen.units import rfc3339  # noqa: PLC0415

    line = f"deploy to {deploy.target}  {rfc3339(deploy.at)}  {deploy.status}"
    refusal = deploy.told.refusal
    if refusal is None:
        return [line]
    remedy = [f"  let it through with: {refusal.command}"] if refusal.command else []
    return [f"{line} ({refusal.reason})", f"  {refusal.sentence}", *remedy]


def _faults(builds: Sequence["BuildRecord"]) -> list["Problem"]:
    """Return what the last build met, and what it found out about services."""
    last = builds[:1]
    remarks = (remark for build in last for section in build.sections.values() for remark in section.remarks)
    return [*(problem for build in last for problem in build.problems), *remarks]


def _document(
    builds: Sequence["BuildRecord"], deploys: Sequence["DeployRecord"], sources: _Sources, due: str
) -> dict[str, object]:
    import msgspec  # noqa: PLC0415

    from sitegen.pipeline.report import summarise  # noqa: PLC0415
    from sitegen.units import rfc3339  # noqa: PLC0415

    return {
        "builds": [
            msgspec.to_builtins(summarise(build)) | {"changed": build.files_changed} for build in builds
        ],
        "deploys": [
            {"target": one.target, "started_at": rfc3339(one.at), "status": one.status}
            | msgspec.to_builtins(one.told)
            for one in deploys
        ],
        "sources": sources,
        "next_due": due,
    }


def _sources(
    path: Path, now: float, cycle: float, known: "Mapping[str, tuple[str, SourceRecord]]", due: str
) -> _Sources:
    """Return when each source answered last, as the published site tells it, and what that makes it now.

    The site says what it knew when it was made: where the timer has stopped since, all is old. `known` is what the state
    has of each: the section that asks it, and how it fared. One that is down is left alone until the next tick is `due`,
    when one small question goes before all others.
    """
    import msgspec  # noqa: PLC0415

    from sitegen.regular import read_regular  # noqa: PLC0415

    try:
        document = msgspec.json.decode(read_regular(path))
        return [
            {
                "name": source["name"],
                "kind": section,
                "status": _status_now(source["status"], fetched, now, cycle),
                "fetched_at": fetched,
                "fault": record.fault if record is not None and record.failures else None,
                "left_alone_until": due if record is not None and record.is_down else None,
                "tried": record.asked if record is not None else None,
            }
            for source in document["sources"]
            for fetched in (source["fetched_at"],)
            for section, record in (known.get(source["name"], (None, None)),)
        ]
    except (OSError, ValueError, KeyError, TypeError):  # a DecodeError is a ValueError
        return []


def _status_now(published: str, fetched: str | None, now: float, cycle: float) -> str:
    from sitegen.freshness import Freshness, classify  # noqa: PLC0415
    from sitegen.units import parse_rfc3339  # noqa: PLC0415

    if fetched is None or published == Freshness.MISSING:
        return Freshness.MISSING.value
    status = classify(parse_rfc3339(fetched), now, cycle)
    return (status if published == Freshness.FRESH else status.doubted).value

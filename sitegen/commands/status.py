"""`sitegen status`: what happened last, and what is due."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sitegen.commands.options import common_options
from sitegen.commands.reporter import Reporter

if TYPE_CHECKING:
    from sitegen.instrumentation.records import BuildRecord
    from sitegen.state.builds import DeployRecord

__all__ = ["command"]

_SHOWN = 5

_Sources = list[dict[str, str | None]]


@click.command("status", epilog="Examples: sitegen status; sitegen status --format json")
@common_options
def command(config_path: Path, reporter: Reporter) -> int:
    """Show the last builds and deploys, each source's freshness, and when the next tick is due."""
    from sitegen.config import load_config  # noqa: PLC0415 - `sitegen --help` must not wait for these
    from sitegen.instrumentation.clock import SystemClock  # noqa: PLC0415
    from sitegen.scheduler.tick import next_due, tick  # noqa: PLC0415
    from sitegen.state.folder import State  # noqa: PLC0415
    from sitegen.units import rfc3339  # noqa: PLC0415

    config = load_config(config_path, os.environ)
    now, cycle = SystemClock().now(), config.build.cycle
    if not (config.site.state / "state.db").exists():
        reporter.message("no builds yet; run `sitegen build`")
        reporter.document({"version": 1, "builds": [], "deploys": [], "sources": [], "next_due": None})
        return 0
    with State.open(config.site.state, now) as state:
        builds, deploys = state.builds.last(_SHOWN), state.deploys.last(_SHOWN)
    sources = _sources(config.site.output / "status.json", now, cycle)
    due = rfc3339(next_due(tick(now, cycle, None).slot, cycle))
    _tell(reporter, builds, deploys, sources, due)
    reporter.document(_document(builds, deploys, sources, due))
    return 0


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
    for deploy in deploys:
        reporter.message(f"deploy to {deploy.target}  {rfc3339(deploy.at)}  {deploy.status}")
    for source in sources:
        reporter.message(
            f"source {source['name']}  {source['status']}  last answer {source['fetched_at'] or 'never'}"
        )
    reporter.message(f"next tick due {due}")


def _document(
    builds: Sequence["BuildRecord"], deploys: Sequence["DeployRecord"], sources: _Sources, due: str
) -> dict[str, object]:
    import msgspec  # noqa: PLC0415

    from sitegen.pipeline.report import summarise  # noqa: PLC0415
    from sitegen.units import rfc3339  # noqa: PLC0415

    return {
        "version": 1,
        "builds": [summarise(build) for build in builds],
        "deploys": [
            {
                "at": rfc3339(one.at),
                "target": one.target,
                "status": one.status,
                "report": msgspec.Raw(one.report),
            }
            for one in deploys
        ],
        "sources": sources,
        "next_due": due,
    }


def _sources(path: Path, now: float, cycle: float) -> _Sources:
    """Return when each source answered last, as the published site tells it, and what that makes it now.

    The site says what it knew when it was made: where the timer has stopped since, all is old.
    """
    import msgspec  # noqa: PLC0415

    try:
        document = msgspec.json.decode(path.read_bytes())
        return [
            {
                "name": source["name"],
                "status": _status_now(source["status"], fetched, now, cycle),
                "fetched_at": fetched,
            }
            for source in document["sources"]
            for fetched in (source["fetched_at"],)
        ]
    except (OSError, ValueError, KeyError, TypeError):  # a DecodeError is a ValueError
        return []


def _status_now(published: str, fetched: str | None, now: float, cycle: float) -> str:
    from sitegen.freshness import Freshness, classify  # noqa: PLC0415
    from sitegen.units import parse_rfc3339  # noqa: PLC0415

    if fetched is None or published == Freshness.MISSING:
        return Freshness.MISSING.value
    return classify(parse_rfc3339(fetched), now, cycle).value

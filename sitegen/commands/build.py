"""`sitegen build`: one cycle."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from sitegen.commands.options import common_options, duration, instant, option
from sitegen.commands.reporter import Reporter
from sitegen.units import format_bytes, format_duration

if TYPE_CHECKING:
    from sitegen.instrumentation.records import BuildRecord

__all__ = ["command"]

_DEGRADED = 4


@click.command(
    "build",
    epilog="Examples: sitegen build; sitegen build -o /srv/www --strict; sitegen build --only metrics --format json",
)
@common_options
@option("-o", "--output", type=click.Path(path_type=Path, file_okay=False), help="The folder to publish to.")
@option(
    "--only",
    type=click.Choice(["metrics", "traces", "logs", "availability", "content"]),
    multiple=True,
    help="Make this section's pages anew and keep all others as they are; may be repeated.",
)
@option("--jobs", type=click.IntRange(1), help="How many worker processes; 1 means no pools at all.")
@option("--deadline", type=duration, help="When the build must have ended, like 15s.")
@option(
    "--clock",
    "clock_at",
    type=instant,
    metavar="RFC3339",
    help="Stand the clock still, for reproducible builds.",
)
@option(
    "--record",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Keep all that is gathered in this file, redacted, for --replay and for bug reports.",
)
@option(
    "--replay",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Build from this recording: no source is asked, no state is read or changed.",
)
@option("--strict", is_flag=True, help="Exit 4 when anything is degraded.")
def command(
    *,
    config_path: Path,
    reporter: Reporter,
    output: Path | None,
    only: tuple[str, ...],
    jobs: int | None,
    deadline: float | None,
    clock_at: float | None,
    record: Path | None,
    replay: Path | None,
    strict: bool,
) -> int:
    """Run one cycle: gather, draw, render, publish to dist/. Never deploys."""
    # What a build needs is imported here: `sitegen --help` must not wait for it.
    from sitegen.config import load_config  # noqa: PLC0415
    from sitegen.config.schema import Site  # noqa: PLC0415
    from sitegen.instrumentation.clock import FixedClock, SystemClock  # noqa: PLC0415
    from sitegen.pipeline.host import watch_host  # noqa: PLC0415

    _refuse_together(record=record, replay=replay, clock=clock_at, only=only)
    started: float | None = click.get_current_context().obj
    announce = _progress if reporter.shows_progress else _silence
    if replay is not None:
        from sitegen.pipeline import build  # noqa: PLC0415

        # A recording is built in any folder; that of a site still says where its output goes.
        own = load_config(config_path, os.environ) if _is_configured(config_path) else None
        folder = (output or (own.site if own else Site()).output).absolute()
        done = build.replay(
            replay, own, build.Options(folder, only, jobs, deadline, started=started), announce
        )
    else:
        config = load_config(config_path, os.environ)
        folder = (output or config.site.output).absolute()
        clock = SystemClock() if clock_at is None else FixedClock(clock_at)
        # The machine is watched while the rooms of a build are loaded.
        host = watch_host(config, clock)
        from sitegen.pipeline import build  # noqa: PLC0415

        options = build.Options(folder, only, jobs, deadline, record, started)
        done = build.build(config, options, clock, announce, host)
    _show(reporter, done, folder)
    return _DEGRADED if strict and done.status != "ok" else 0


def _show(reporter: Reporter, done: "BuildRecord", folder: Path) -> None:
    from sitegen.pipeline.report import summarise  # noqa: PLC0415

    if reporter.shows_progress:
        _progress("")
    took = "" if done.clock_fixed else f" in {format_duration(done.took)}"
    reporter.message(
        f"built {done.files_total} files ({format_bytes(done.bytes_total)}), {done.files_changed} changed,"
        f"{took} on {done.workers} workers -> {folder}: {done.status}"
    )
    for problem in done.problems:
        reporter.detail(f"  {problem.where}: {problem.message}")
    reporter.document(summarise(done))


def _refuse_together(**given: object) -> None:
    """Raise a usage error for options that exclude each other."""
    for one, other, why in (
        ("replay", "record", "a replay gathers nothing"),
        ("replay", "clock", "a recording has its own clock"),
        ("record", "only", "a recording has every section"),
    ):
        if given[one] not in (None, ()) and given[other] not in (None, ()):
            raise click.UsageError(f"--{one} and --{other} exclude each other: {why}")


def _is_configured(path: Path) -> bool:
    """Return whether there is a configuration, or one was named and so has to be there."""
    source = click.get_current_context().get_parameter_source("config")
    return path.exists() or source is not ParameterSource.DEFAULT


def _progress(stage: str) -> None:
    """Show the stage on one line of the terminal that the next one replaces."""
    sys.stderr.write(f"\r\x1b[K{stage}" + (" ..." if stage else ""))
    sys.stderr.flush()


def _silence(stage: str) -> None:
    """Show nothing: nobody is watching."""

"""`sitegen build`: one cycle."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from sitegen.commands.options import common_options, duration, instant, option
from sitegen.commands.reporter import Reporter, fail
from sitegen.commands.streams import leave
from sitegen.errors import SitegenError
from sitegen.units import format_bytes, format_duration

if TYPE_CHECKING:
    from collections.abc import Callable

    from sitegen.config import Config, Site
    from sitegen.instrumentation.records import BuildRecord

_DEGRADED = 4


@click.command(
    "build",
    epilog="Examples: sitegen build; sitegen build -o /srv/www --strict; sitegen build --only metrics --format json",
)
@common_options
@option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder to publish to. Each build replaces it, so it may not be mounted; a target may: [deploy.targets.www].",
)
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
    announce, give_up = _progress if reporter.shows_progress else _silence, _end_process(started, reporter)
    if replay is not None:
        from sitegen.pipeline import build  # noqa: PLC0415

        # A recording is built in any folder; that of a site still says where its output goes.
        own = load_config(config_path, os.environ) if _is_configured(config_path) else None
        folder = (output or (own.site if own else Site()).output).absolute()
        options = build.Options(folder, only, jobs, deadline, started=started)
        done = build.replay(replay, own, options, announce, give_up=give_up)
    else:
        config = _load(config_path)
        folder = _check_output((output or config.site.output).absolute(), config_path, config.site)
        clock = SystemClock() if clock_at is None else FixedClock(clock_at)
        # The machine is watched while the rooms of a build are loaded.
        host = watch_host(config, clock)
        from sitegen.pipeline import build  # noqa: PLC0415

        options = build.Options(folder, only, jobs, deadline, record, started)
        done = build.build(config, options, clock, announce, host, give_up=give_up)
    _show(reporter, done, folder)
    return _DEGRADED if strict and done.status != "ok" else 0


def _load(path: Path) -> "Config":
    """Return the configuration. Raises ConfigError, which is remembered as a build that failed."""
    from sitegen.config import load_config  # noqa: PLC0415
    from sitegen.errors import ConfigError  # noqa: PLC0415

    try:
        return load_config(path, os.environ)
    except ConfigError:
        from sitegen.instrumentation.clock import SystemClock  # noqa: PLC0415
        from sitegen.pipeline.unread import record_unread  # noqa: PLC0415

        record_unread(path, SystemClock())
        raise


def _check_output(folder: Path, config: Path, site: "Site") -> Path:
    """Return the folder to publish to. Raises RefusedError where the rules of the configuration forbid one that an option names."""
    from sitegen.config import fault_of_output  # noqa: PLC0415 - as above
    from sitegen.errors import RefusedError  # noqa: PLC0415

    if fault := fault_of_output(folder, config.absolute(), site.state, site.content):
        raise RefusedError(f"--output {folder} cannot be used, so nothing was replaced: {': '.join(fault)}")
    return folder


def _end_process(started: float | None, reporter: Reporter) -> "Callable[[SitegenError], None] | None":
    """Return what ends this process at once, as a build that failed; None where it has another task too."""
    if started is None:
        return None

    def give_up(error: SitegenError) -> None:
        reporter.failure("build", error)
        leave(fail(str(error), error.exit_code))

    return give_up


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
    for note in done.notes:
        reporter.detail(f"  {note}")
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

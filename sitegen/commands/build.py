"""`sitegen build`: one cycle."""

import os
import sys
from pathlib import Path

import click

from sitegen.commands.options import common_options, option
from sitegen.commands.parameters import DURATION, INSTANT
from sitegen.commands.reporter import Reporter
from sitegen.units import format_bytes, format_duration

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
@option("--deadline", type=DURATION, help="When the build must have ended, like 15s.")
@option(
    "--clock",
    "clock_at",
    type=INSTANT,
    help="Stand the clock still, for reproducible builds.",
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
    strict: bool,
) -> int:
    """Run one cycle: gather, draw, render, publish to dist/. Never deploys."""
    # What a build needs is imported here: `sitegen --help` must not wait for it.
    from sitegen.config import load_config  # noqa: PLC0415
    from sitegen.instrumentation.clock import FixedClock, SystemClock  # noqa: PLC0415
    from sitegen.pipeline.build import Options, build  # noqa: PLC0415
    from sitegen.pipeline.report import summarise  # noqa: PLC0415

    config = load_config(config_path, os.environ)
    options = Options(
        output=(output or config.site.output).absolute(), only=only, jobs=jobs, deadline=deadline
    )
    clock = SystemClock() if clock_at is None else FixedClock(clock_at)
    record = build(config, options, clock, _progress if reporter.shows_progress else _silence)
    if reporter.shows_progress:
        _progress("")
    took = "" if record.clock_fixed else f" in {format_duration(record.duration)}"
    reporter.message(
        f"built {record.files_total} files ({format_bytes(record.bytes_total)}), {record.files_changed} changed,"
        f"{took} on {record.workers} workers -> {options.output}: {record.status}"
    )
    for problem in record.problems:
        reporter.detail(f"  {problem.where}: {problem.message}")
    reporter.document(summarise(record))
    return _DEGRADED if strict and record.status != "ok" else 0


def _progress(stage: str) -> None:
    """Show the stage on one line of the terminal that the next one replaces."""
    sys.stderr.write(f"\r\x1b[K{stage}" + (" ..." if stage else ""))
    sys.stderr.flush()


def _silence(stage: str) -> None:
    """Say nothing: nobody is watching."""

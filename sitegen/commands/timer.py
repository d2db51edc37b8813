"""`sitegen timer`: the external timer that runs the cycles."""

import os
import shutil
import sys
from pathlib import Path

import click

from sitegen.commands.options import common_options, option
from sitegen.commands.reporter import Reporter

__all__ = ["command"]


@click.group("timer", epilog="Example: sitegen timer print --kind cron")
def command() -> None:
    """Show the 30-second timer for systemd (user), cron or launchd."""


@command.command(
    "print", epilog="Examples: sitegen timer print; sitegen timer print --kind systemd -c site/sitegen.toml"
)
@common_options
@option(
    "--kind", type=click.Choice(["systemd", "cron", "launchd"]), help="Which timer; default: this platform's."
)
def print_timer(config_path: Path, reporter: Reporter, kind: str | None) -> int:
    """Show the timer's files, and the commands that start and stop it; write nothing."""
    from sitegen.config import load_config  # noqa: PLC0415 - `sitegen --help` must not wait for it
    from sitegen.scheduler.timers import TimerJob, TimerKind, render_timer  # noqa: PLC0415

    config = load_config(config_path, os.environ)
    chosen = TimerKind(kind or ("launchd" if sys.platform == "darwin" else "systemd"))
    setup = render_timer(
        chosen,
        TimerJob(
            executable=shutil.which("sitegen") or str(Path(sys.argv[0]).absolute()),
            config=str(config.path),
            directory=str(config.path.parent),
            home=str(Path.home()),
            cycle=config.build.cycle,
            deploys=bool(config.deploy.targets),
        ),
    )
    for file in setup.files:
        reporter.message(f"# --- {file.path}\n{file.body.rstrip()}\n")
    for title, commands in (("start", setup.start), ("stop", setup.stop)):
        reporter.message(f"# --- to {title} it:")
        for line in commands:
            reporter.message(f"#     {line}")
    reporter.document(setup)
    return 0

"""`sitegen timer`: the external timer that runs the cycles."""

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from sitegen.commands.options import common_options, option
from sitegen.commands.reporter import Reporter
from sitegen.errors import ConfigError

if TYPE_CHECKING:
    from sitegen.scheduler.timers import TimerSetup
    from sitegen.scheduler.timing import TimerStatus

Command = TypeVar("Command", bound=Callable[..., Any])

_KINDS = ("systemd", "cron", "launchd")
_DEPLOYS = 1000
_NAME = "sitegen"
_NAMES = re.compile("[a-z0-9][a-z0-9-]{0,40}")
_BUSY = 5


@click.group("timer", epilog="Example: sitegen timer print --kind cron")
def command() -> None:
    """Show, install and remove the 30-second timer for systemd (user), cron or launchd."""


def _home() -> str:
    """Return the home folder. Raises ConfigError where the system knows none."""
    try:
        return str(Path.home())
    except RuntimeError:
        raise ConfigError("the timer's files lie in your home folder, which is not known; set HOME") from None


def _which(command: Command) -> Command:
    """Add `--kind` and `--name`."""
    kind = "Which timer; default: this platform's."
    name = "What its units are called, for several sites in one account."
    command = option("--name", callback=_checked, default=_NAME, show_default=True, help=name)(command)
    return option("--kind", type=click.Choice(_KINDS), help=kind)(command)


def _checked(context: click.Context, parameter: click.Parameter, name: str) -> str:  # noqa: ARG001 - Click's signature
    if not _NAMES.fullmatch(name):
        raise click.BadParameter(f"{name!r} must be made of a-z, 0-9 and dashes")
    return name


@command.command(
    "print", epilog="Examples: sitegen timer print; sitegen timer print --kind systemd -c site/sitegen.toml"
)
@common_options
@_which
def print_timer(config_path: Path, reporter: Reporter, kind: str | None, name: str) -> int:
    """Show the timer's files, and the commands that start and stop it; write nothing."""
    setup = set_up(config_path, kind or default_kind(), name)
    for file in setup.files:
        reporter.message(f"# --- {file.path}\n{file.body.rstrip()}\n")
    for title, commands in (("start", setup.start), ("stop", setup.stop)):
        reporter.message(f"# --- to {title} it:")
        for line in commands:
            reporter.message(f"#     {line}")
    reporter.document(setup)
    return 0


@command.command("install", epilog="Examples: sitegen timer install; sitegen timer install --kind cron")
@common_options
@_which
def install_timer(config_path: Path, reporter: Reporter, kind: str | None, name: str) -> int:
    """Write the files that `timer print` shows, and start the timer."""
    from sitegen.scheduler.installing import install  # noqa: PLC0415 - `sitegen --help` must not wait for it

    chosen = kind or default_kind()
    setup = set_up(config_path, chosen, name)
    install(setup, str(config_path.absolute()))
    reporter.message(f"the {chosen} timer runs; `sitegen timer status` tells how it fares")
    reporter.document({"installed": True, "kind": chosen, "files": [one.path for one in setup.files]})
    return 0


@command.command("remove", epilog="Example: sitegen timer remove")
@common_options
@_which
def remove_timer(config_path: Path, reporter: Reporter, kind: str | None, name: str) -> int:
    """Stop the timer and remove its files; the site and its state stay as they are."""
    from sitegen.scheduler.installing import remove  # noqa: PLC0415 - `sitegen --help` must not wait for it

    chosen = kind or default_kind()
    removed = remove(set_up(config_path, chosen, name), str(config_path.absolute()))
    reporter.message(
        f"removed {', '.join(removed)}" if removed else f"there is no {chosen} timer of this site"
    )
    reporter.document({"installed": False, "kind": chosen, "files": removed})
    return 0


@command.command("status", epilog="Examples: sitegen timer status; sitegen timer status --format json")
@common_options
@_which
def timer_status(config_path: Path, reporter: Reporter, kind: str | None, name: str) -> int:
    """Show whether the timer is installed, when its next tick is due, and how the last day's ticks went."""
    from sitegen.config import load_schedule  # noqa: PLC0415 - `sitegen --help` must not wait for these
    from sitegen.instrumentation.clock import SystemClock  # noqa: PLC0415
    from sitegen.pipeline.unread import state_of  # noqa: PLC0415

    cycle = load_schedule(config_path).cycle
    told = tell_timer(config_path, kind, state_of(config_path), SystemClock().now(), cycle, name)
    drift = "" if told.drift_median_seconds is None else f", {told.drift_median_seconds} s late as a rule"
    reporter.message(
        f"{told.kind} timer {'installed' if told.installed else 'not installed'}; next tick due {told.next_due}; in the "
        f"last day {told.missed_last_day} ticks missed, {told.busy_last_day} runs busy{drift}"
    )
    reporter.document(told)
    return 0


def set_up(config_path: Path, kind: str, name: str) -> "TimerSetup":
    """Return the timer of a site. Raises ConfigError."""
    from sitegen.config import load_schedule  # noqa: PLC0415 - `sitegen --help` must not wait for it
    from sitegen.scheduler.timers import TimerJob, TimerKind, render_timer  # noqa: PLC0415

    schedule = load_schedule(config_path)
    job = TimerJob(
        program=this_program(),
        python=sys.executable,
        config=str(schedule.path),
        directory=str(schedule.path.parent),
        home=_home(),
        cycle=schedule.cycle,
        deploys=schedule.deploys,
        name=name,
    )
    return render_timer(TimerKind(kind), job)


def default_kind() -> str:
    """Return the timer that this platform has."""
    return "launchd" if sys.platform == "darwin" else "systemd"


def tell_timer(  # noqa: PLR0917 - all that a timer is known by
    config_path: Path, kind: str | None, folder: Path, now: float, cycle: float, name: str = _NAME
) -> "TimerStatus":
    """Return how the timer of a site fares; `kind` None stands for the one that is installed."""
    from sitegen.instrumentation.ticks import Ran  # noqa: PLC0415 - `sitegen --help` must not wait for these
    from sitegen.scheduler.timing import judge_timer  # noqa: PLC0415
    from sitegen.state.folder import State  # noqa: PLC0415
    from sitegen.units import DAY  # noqa: PLC0415

    here = [one for one in ((kind,) if kind else _KINDS) if _is_there(config_path, one, name)]
    builds, busy = [], []
    if (folder / "state.db").is_file():
        with State.open(folder, now) as state:
            last = state.builds.last(int(DAY / cycle) + 1)
            builds = [Ran(one.slot, one.started_at, one.started_at + one.took) for one in last]
            busy = [one.at for one in state.deploys.last(_DEPLOYS) if one.told.exit == _BUSY]
    chosen = here[0] if here else kind or default_kind()
    return judge_timer(chosen, installed=bool(here), builds=builds, busy=busy, now=now, cycle=cycle)


def _is_there(config_path: Path, kind: str, name: str) -> bool:
    from sitegen.scheduler.installing import is_installed  # noqa: PLC0415 - see above

    try:
        return is_installed(set_up(config_path, kind, name))
    except ConfigError:  # a cycle that this kind cannot keep
        return False


def this_program() -> tuple[str, ...]:
    """Return the words that call this very installation, whatever PATH holds: its script, else its module."""
    script = Path(sys.argv[0]).absolute()
    if script.suffix != ".py" and script.is_file() and os.access(script, os.X_OK):
        return (str(script),)
    return (sys.executable, "-m", "sitegen")

"""`sitegen run`: the cycles in the foreground."""

import sys
from pathlib import Path

import click

from sitegen.commands.options import common_options
from sitegen.commands.reporter import Reporter


@click.command("run", epilog="Examples: sitegen run; sitegen run -c site/sitegen.toml -q")
@common_options
def command(*, config_path: Path, reporter: Reporter) -> int:
    """Build in every slot, and deploy after it where there is a target, until SIGTERM or SIGINT; for containers."""
    from sitegen.commands.timer import this_program  # noqa: PLC0415 - `sitegen --help` must not wait for these
    from sitegen.config import load_schedule  # noqa: PLC0415
    from sitegen.instrumentation.clock import SystemClock  # noqa: PLC0415
    from sitegen.scheduler.agenda import Agenda, Command  # noqa: PLC0415
    from sitegen.scheduler.foreground import Foreground  # noqa: PLC0415
    from sitegen.scheduler.timers import deploy_after  # noqa: PLC0415

    schedule = load_schedule(config_path)
    agendas = [Agenda(Command.BUILD, schedule.cycle)]
    if schedule.deploys:
        agendas.append(Agenda(Command.DEPLOY, schedule.cycle, deploy_after(schedule.cycle)))

    def tell(line: str) -> None:
        reporter.message(line)
        sys.stdout.flush()

    words = ["-c", str(config_path), *reporter.words]
    return Foreground(this_program(), words, agendas, SystemClock(), tell).run()

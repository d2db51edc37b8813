"""`sitegen rollback`: put the generation back that was deployed before."""

from pathlib import Path

import click

from sitegen.commands.options import common_options, option
from sitegen.commands.reporter import Reporter
from sitegen.commands.sending import Given, show_report, target_options


@click.command(
    "rollback", epilog="Examples: sitegen rollback; sitegen rollback --to 4711 --target production"
)
@common_options
@target_options
@option(
    "--to", "generation", metavar="GENERATION", type=click.IntRange(0), help="Which; default: the one before."
)
def command(*, config_path: Path, reporter: Reporter, given: Given, generation: int | None) -> int:
    """Put the previous deployed generation back, without a build; later deploys wait until one is forced."""
    from sitegen.deployment.run import run_rollback  # noqa: PLC0415 - `sitegen --help` must not wait for it

    report = run_rollback(given.job(config_path, None), generation)
    show_report(reporter, report, dry_run=given.dry_run)
    return 0

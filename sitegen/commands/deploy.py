"""`sitegen deploy`: upload what changed."""

from pathlib import Path

import click

from sitegen.commands.options import common_options, option, output_option
from sitegen.commands.reporter import Reporter
from sitegen.commands.sending import DEGRADED, Given, show_report, target_options


@click.command(
    "deploy",
    epilog="Examples: sitegen deploy --dry-run; sitegen deploy --target production --deadline 5m; sitegen deploy --check",
)
@common_options
@output_option
@target_options
@option("--force", is_flag=True, help="Go past the guards for size and cost.")
@option("--max-deletes", type=click.IntRange(0), help="How many objects may be deleted.")
@option("--reconcile", is_flag=True, help="Compare with a listing of the target instead of its manifest.")
@option("--purge", is_flag=True, help="Invalidate the whole distribution, once.")
@option("--check", is_flag=True, help="Compare what visitors get with what was deployed; change nothing.")
@option("--strict", is_flag=True, help="Exit 4 when a copy could not be brought up to date.")
def command(
    *,
    config_path: Path,
    reporter: Reporter,
    output: Path | None,
    given: Given,
    force: bool,
    max_deletes: int | None,
    reconcile: bool,
    purge: bool,
    check: bool,
    strict: bool,
) -> int:
    """Upload what changed, in a safe order: assets, pages, hubs, manifest. Never builds."""
    # What a deploy needs is imported here: `sitegen --help` must not wait for it.
    from msgspec.structs import replace  # noqa: PLC0415

    from sitegen.deployment.run import run_check, run_deploy  # noqa: PLC0415

    job = given.job(config_path, output)
    options = replace(job.options, force=force, reconcile=reconcile, purge=purge)
    if max_deletes is not None:
        options = replace(options, max_deletes=max_deletes)
    job = replace(job, options=options)
    report = run_check(job) if check else run_deploy(job)
    show_report(reporter, report, dry_run=given.dry_run)
    if job.target.buckets and not job.options.base_url:
        reporter.detail("  not looked at as visitors do: `base_url` under [site] is the address to look at")
    return DEGRADED if strict and report.status != "ok" else 0

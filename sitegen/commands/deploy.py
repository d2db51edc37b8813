"""`sitegen deploy`: upload what changed."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from sitegen.commands.options import common_options, duration, option, output_option
from sitegen.commands.reporter import Reporter
from sitegen.deployment.model import Target
from sitegen.errors import ConfigError, SitegenError

if TYPE_CHECKING:
    from sitegen.deployment.model import DeployOptions
    from sitegen.deployment.report import DeployReport

__all__ = ["command"]

_DEGRADED = 4
_CONNECTIONS = 32
_DEADLINE = "12s"

T = TypeVar("T")
R = TypeVar("R")


@click.command(
    "deploy",
    epilog="Examples: sitegen deploy --dry-run; sitegen deploy --target production --deadline 5m",
)
@common_options
@output_option
@option("--target", "target_name", metavar="NAME", help="Which target; default: the only one, or the first.")
@option("--dry-run", is_flag=True, help="Show what would be done, and what it would cost.")
@option("--force", is_flag=True, help="Go past the guards for size and cost.")
@option("--max-deletes", type=click.IntRange(0), help="How many objects may be deleted.")
@option(
    "--deadline", type=duration, default=_DEADLINE, show_default=True, help="When the deploy must have ended."
)
@option("--endpoint-url", metavar="URL", help="An S3-compatible store.")
@option("--reconcile", is_flag=True, help="Compare with a listing of the target instead of its manifest.")
@option("--purge", is_flag=True, help="Invalidate the whole distribution, once.")
@option("--strict", is_flag=True, help="Exit 4 when a copy could not be brought up to date.")
def command(
    *,
    config_path: Path,
    reporter: Reporter,
    output: Path | None,
    target_name: str | None,
    dry_run: bool,
    force: bool,
    max_deletes: int | None,
    deadline: float,
    endpoint_url: str | None,
    reconcile: bool,
    purge: bool,
    strict: bool,
) -> int:
    """Upload what changed, in a safe order: assets, pages, hubs, manifest. Never builds."""
    # What a deploy needs is imported here: `sitegen --help` must not wait for it.
    import msgspec  # noqa: PLC0415

    from sitegen.config import load_config  # noqa: PLC0415
    from sitegen.deployment.model import DeployOptions  # noqa: PLC0415

    config = load_config(config_path, os.environ)
    target = _choose(list(config.deploy.targets.values()), target_name, config_path)
    if endpoint_url is not None:
        target = msgspec.structs.replace(target, endpoint_url=endpoint_url)
    options = DeployOptions(
        dry_run=dry_run, force=force, max_deletes=max_deletes, reconcile=reconcile, purge=purge,
        cost_cap_usd_month=config.deploy.cost_cap_usd_month, base_url=config.site.base_url, cycle=config.build.cycle,
    )  # fmt: skip
    dist = (output or config.site.output).absolute()
    report = _deploy(dist, config.site.state, target, options, deadline)
    _tell(reporter, report, dry_run=dry_run)
    reporter.document(report)
    return _DEGRADED if strict and report.status != "ok" else 0


def _deploy(
    dist: Path, state_folder: Path, target: Target, options: "DeployOptions", deadline: float
) -> "DeployReport":
    """Deploy the generation that was published last, under the lock, and remember that it was."""
    import msgspec  # noqa: PLC0415

    from sitegen.concurrency.manager import run_all  # noqa: PLC0415
    from sitegen.deployment.engine import deploy  # noqa: PLC0415
    from sitegen.instrumentation.clock import Deadline, SystemClock  # noqa: PLC0415
    from sitegen.publishing.writer import read_manifest  # noqa: PLC0415
    from sitegen.state.folder import State  # noqa: PLC0415
    from sitegen.state.lock import hold  # noqa: PLC0415

    def spread(function: Callable[[T], R], items: Sequence[T]) -> list[R]:
        return run_all(function, items, _CONNECTIONS)

    clock = SystemClock()
    with hold(state_folder, clock.now()):
        manifest = read_manifest(state_folder)
        with State.open(state_folder, clock.now()) as state:
            if manifest is None:
                raise SitegenError(f"{dist} has no generation that sitegen knows; run `sitegen build` first")
            report = deploy(
                dist, target, generation=manifest.generation, built_at=manifest.built_at, clock=clock,
                deadline=Deadline(clock, deadline), options=options, run_all=spread,
            )  # fmt: skip
            if not options.dry_run:
                state.deploys.add(clock.now(), target.name, report.status, msgspec.json.encode(report))
    return report


def _tell(reporter: Reporter, report: "DeployReport", *, dry_run: bool) -> None:
    verb = "would upload" if dry_run else "uploaded"
    reporter.message(
        f"{verb} {len(report.uploaded)} of {len(report.uploaded) + report.skipped} objects to {report.target}, "
        f"deleted {report.deleted}; about ${report.projected_usd_month:.2f} a month at this pace: {report.status}"
    )
    for upload in report.uploaded:
        (reporter.message if dry_run else reporter.detail)(
            f"  {upload.key or '/'}: {upload.reason}, {upload.bytes} bytes"
        )
    for problem in report.problems:
        reporter.warn(f"  {problem.where}: {problem.message}")


def _choose(targets: Sequence[Target], name: str | None, config_path: Path) -> Target:
    if not targets:
        raise ConfigError(
            f"{config_path}: deploy.targets: there is none; add one like [deploy.targets.production]"
        )
    if name is None:
        return targets[0]
    for target in targets:
        if target.name == name:
            return target
    known = ", ".join(target.name for target in targets)
    raise ConfigError(f"{config_path}: deploy.targets.{name}: there is no such target; known: {known}")

"""What the commands have in common that send something to a target: their options, and what they say."""

import functools
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from sitegen.commands.options import duration, option
from sitegen.commands.reporter import Reporter
from sitegen.errors import ConfigError

if TYPE_CHECKING:
    from sitegen.deployment.job import Job
    from sitegen.deployment.model import Target
    from sitegen.deployment.report import DeployReport

DEGRADED = 4
_CONNECTIONS = 32
_SECONDS = 12.0
_CONFIG = "sitegen.toml"

T = TypeVar("T")
R = TypeVar("R")


class Given(NamedTuple):
    """What was said of the target on the command line; the deadline in seconds."""

    target: str | None
    endpoint_url: str | None
    deadline: float
    dry_run: bool
    stack: str | None

    def job(self, config_path: Path, output: Path | None) -> "Job":
        """Return what is to be done, by the configuration and this. Raises ConfigError."""
        # `sitegen --help` must not wait for these.
        from msgspec.structs import replace  # noqa: PLC0415

        from sitegen.config import load_config  # noqa: PLC0415
        from sitegen.deployment.invalidation import Invalidation  # noqa: PLC0415
        from sitegen.deployment.job import Job, Place  # noqa: PLC0415
        from sitegen.deployment.model import DeployOptions  # noqa: PLC0415
        from sitegen.instrumentation.clock import Deadline, SystemClock  # noqa: PLC0415

        config = load_config(config_path, os.environ)
        target = self.choose(list(config.deploy.targets.values()), config_path)
        if target.git is not None and ":" not in target.git:  # a path, meant from the folder of the file
            target = replace(target, git=str(config.path.absolute().parent / target.git))
        options = DeployOptions(
            dry_run=self.dry_run, max_deletes=config.deploy.max_deletes, max_shrink=config.deploy.max_shrink,
            cost_cap_usd_month=config.deploy.cost_cap_usd_month, base_url=config.site.base_url, cycle=config.build.cycle,
            min_interval=tuple(config.deploy.min_interval.items()),
            invalidation=config.deploy.invalidation if target.distribution_id else Invalidation.NEVER,
            redirects=config.deploy.redirects,
        )  # fmt: skip
        dist = (output or config.site.output).absolute()
        named = "" if str(config_path) == _CONFIG else str(config_path)
        clock = SystemClock()
        place = Place(dist, config.site.state, named)
        return Job(place, target, options, clock, Deadline(clock, self.deadline), _spread)

    def choose(self, known: "Sequence[Target]", config_path: Path) -> "Target":
        """Return the target that was meant, with the names of its stacks and its endpoint. Raises ConfigError, SitegenError."""
        from msgspec.structs import replace  # noqa: PLC0415 - `sitegen --help` must not wait for these

        from sitegen.deployment.model import endpoint_fault  # noqa: PLC0415

        target = self._from_stack(known) if self.stack else _choose(known, self.target, config_path)
        if self.endpoint_url is not None:
            if fault := endpoint_fault(self.endpoint_url, [bucket.name for bucket in target.buckets]):
                raise ConfigError(f"--endpoint-url: {self.endpoint_url} {fault}")
            buckets = tuple(replace(bucket, endpoint_url=None) for bucket in target.buckets)
            target = replace(target, endpoint_url=self.endpoint_url, buckets=buckets)
        return target

    def _from_stack(self, known: "Sequence[Target]") -> "Target":
        """Return a target with what the stacks name; one of the configuration keeps the rest of what it says."""
        from msgspec.structs import replace  # noqa: PLC0415 - see above

        from sitegen.deployment.model import Target  # noqa: PLC0415
        from sitegen.deployment.stacks import read_stacks  # noqa: PLC0415

        buckets, distribution = read_stacks(self.stack or "")
        named = next(
            (one for one in known if one.name == self.target), Target(self.target or self.stack or "")
        )
        return replace(named, buckets=buckets, distribution_id=distribution, path=None, endpoint_url=None)


def which_target(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options that say which target; the command gets them as `given`, which changes nothing and takes seconds."""

    @option("--target", metavar="NAME", help="Which target; default: the only one, or the first.")
    @option("--endpoint-url", metavar="URL", help="An S3-compatible store.")
    @option("--from-stack", "stack", metavar="PREFIX", help="Read the target's names from its stacks.")
    @functools.wraps(command)
    def wrapped(*, target: str | None, endpoint_url: str | None, stack: str | None, **others: Any) -> int:
        return command(given=Given(target, endpoint_url, _SECONDS, dry_run=True, stack=stack), **others)

    return wrapped


def target_options(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options that say which target, how long that may take, and whether it is done; likewise."""

    @option("--dry-run", is_flag=True, help="Show what would be done, and what it would cost.")
    @option(
        "--deadline",
        type=duration,
        default=f"{_SECONDS:.0f}s",
        show_default=True,
        help="When it must have ended.",
    )
    @which_target
    @functools.wraps(command)
    def wrapped(*, given: Given, dry_run: bool, deadline: float, **others: Any) -> int:
        return command(given=given._replace(dry_run=dry_run, deadline=deadline), **others)

    return wrapped


def _spread(function: Callable[[T], R], items: Sequence[T]) -> list[R]:
    from sitegen.concurrency.manager import run_all  # noqa: PLC0415 - see above

    return run_all(function, items, _CONNECTIONS)


def show_report(reporter: Reporter, report: "DeployReport", *, dry_run: bool) -> None:
    """Print what was done, or would be."""
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
    reporter.document(report)


def _choose(targets: "Sequence[Target]", name: str | None, config_path: Path) -> "Target":
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
    raise ConfigError(
        f"{config_path}: deploy.targets.{name}: there is no such target; --target takes {known}"
    )

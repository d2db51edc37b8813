"""Where the site is deployed to: `[deploy]` and its targets."""

import re
from collections.abc import Sequence
from pathlib import Path

from sitegen.config.checks import Checks, echo
from sitegen.config.places import inside
from sitegen.config.schema import Deploy
from sitegen.deployment.model import Target

__all__ = ["check_deploy"]

_PREFIX = re.compile(r"(?:[A-Za-z0-9_~-][A-Za-z0-9._~-]*/)*(?:[A-Za-z0-9_~-][A-Za-z0-9._~-]*)?")
_NAME = 60


def check_deploy(check: Checks, deploy: Deploy, own: Sequence[Path]) -> None:
    """Check `[deploy]`; `own` are the site's folders, which are no place to deploy to."""
    cap = deploy.cost_cap_usd_month
    if cap is not None and cap <= 0:
        raise check.fail("deploy.cost_cap_usd_month", f"{cap} must be more than zero")
    for name, target in deploy.targets.items():
        _check_target(check, inside("deploy.targets", name), target, own)


def _check_target(check: Checks, key: str, target: Target, own: Sequence[Path]) -> None:
    check.words(key, target.name, _NAME)
    if (target.path is None) == (not target.buckets):
        raise check.fail(key, "needs either `buckets` (one or two) or `path` (a folder)")
    if len(target.buckets) > 2:
        raise check.fail(f"{key}.buckets", "takes one bucket or two")
    for of_buckets in ("distribution_id", "endpoint_url", "prefix"):
        if target.path is not None and getattr(target, of_buckets):
            raise check.fail(f"{key}.{of_buckets}", "goes with buckets, not with a path")
    if not _PREFIX.fullmatch(target.prefix.strip("/")):
        raise check.fail(f"{key}.prefix", f"{echo(target.prefix)} must be a path like status/")
    check.unique(f"{key}.buckets", [bucket.name for bucket in target.buckets], of="bucket")
    if target.path is not None:
        _check_folder(check, f"{key}.path", target.path, own)


def _check_folder(check: Checks, key: str, path: Path, own: Sequence[Path]) -> None:
    """Refuse a folder whose files a deploy must not touch: it deletes what is not of the site."""
    place = path.resolve()
    if place == check.path.parent or place in check.path.parents:
        raise check.fail(key, f"{path} holds the configuration itself; name a folder of its own")
    for folder in own:
        other = folder.resolve()
        if place == other or place in other.parents or other in place.parents:
            raise check.fail(key, f"{path} shares a folder with {folder}; name a folder of its own")

"""Where the site is deployed to: `[deploy]` and its targets."""

import re
from collections.abc import Sequence
from pathlib import Path

from sitegen.config import schema
from sitegen.config.checks import Checks
from sitegen.config.model import Deploy
from sitegen.deployment.model import Bucket, Target

__all__ = ["resolve_deploy"]

# Amazon S3's "General purpose bucket naming rules"; compatible stores keep them too.
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"(?:[A-Za-z0-9_~-][A-Za-z0-9._~-]*/)*(?:[A-Za-z0-9_~-][A-Za-z0-9._~-]*)?")
_NAME = 60


def resolve_deploy(check: Checks, deploy: schema.Deploy, own: Sequence[Path]) -> Deploy:
    """Check `[deploy]`; `own` are the site's folders, which are no place to deploy to."""
    cap = deploy.cost_cap_usd_month
    if cap is not None and check.finite("deploy.cost_cap_usd_month", cap) <= 0:
        raise check.fail("deploy.cost_cap_usd_month", f"{cap} must be more than zero")
    targets = tuple(_target(check, name, target, own) for name, target in deploy.targets.items())
    return Deploy(cost_cap_usd_month=cap, targets=targets)


def _target(check: Checks, name: str, target: schema.Target, own: Sequence[Path]) -> Target:
    key = f"deploy.targets.{name}"
    check.words(key, name, _NAME)
    if (target.path is None) == (not target.buckets):
        raise check.fail(key, "needs either `buckets` (one or two) or `path` (a folder)")
    if len(target.buckets) > 2:
        raise check.fail(f"{key}.buckets", "takes one bucket or two")
    for of_buckets in ("distribution_id", "endpoint_url", "prefix"):
        if target.path is not None and getattr(target, of_buckets):
            raise check.fail(f"{key}.{of_buckets}", "goes with buckets, not with a path")
    if target.endpoint_url is not None:
        check.url(f"{key}.endpoint_url", target.endpoint_url)
    if not _PREFIX.fullmatch(target.prefix.strip("/")):
        raise check.fail(f"{key}.prefix", f"{target.prefix!r} must be a path like status/")
    check.unique(f"{key}.buckets", [bucket.name for bucket in target.buckets], of="bucket")
    return Target(
        name=name,
        buckets=tuple(
            _bucket(check, f"{key}.buckets[{index}]", bucket) for index, bucket in enumerate(target.buckets)
        ),
        distribution_id=target.distribution_id,
        endpoint_url=target.endpoint_url,
        prefix=target.prefix,
        path=None if target.path is None else _folder(check, f"{key}.path", target.path, own),
    )


def _bucket(check: Checks, key: str, bucket: schema.Bucket) -> Bucket:
    if not _BUCKET.fullmatch(bucket.name):
        raise check.fail(
            f"{key}.name",
            f"{bucket.name[:80]!r} is no bucket's name: 3 to 63 lower-case letters, digits, dots, dashes",
        )
    return Bucket(name=bucket.name, region=check.region(f"{key}.region", bucket.region))


def _folder(check: Checks, key: str, name: str, own: Sequence[Path]) -> Path:
    """Refuse a folder whose files a deploy must not touch: it deletes what is not of the site."""
    path = check.below(key, name)
    place = path.resolve()
    if place == check.path.parent or place in check.path.parents:
        raise check.fail(key, f"{path} holds the configuration itself; name a folder of its own")
    for folder in own:
        other = folder.resolve()
        if place == other or place in other.parents or other in place.parents:
            raise check.fail(key, f"{path} shares a folder with {folder}; name a folder of its own")
    return path

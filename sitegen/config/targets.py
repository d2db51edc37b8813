"""Where the site is deployed to: `[deploy]` and its targets."""

import re
from collections.abc import Sequence
from pathlib import Path

from sitegen.config.checks import Checks, echo
from sitegen.config.places import inside
from sitegen.config.schema import Deploy
from sitegen.deployment.model import Index, Target, endpoint_fault
from sitegen.regular import real_path

_PREFIX = re.compile(r"(?:[A-Za-z0-9_~-][A-Za-z0-9._~-]*/)*(?:[A-Za-z0-9_~-][A-Za-z0-9._~-]*)?")
_NAME = 60
# No option, no transport that runs a command (git-remote-ext), no blank.
_REPOSITORY = re.compile(r"(?!-)(?![a-z0-9+.-]*::)[!-~]{1,500}")
_BRANCH = re.compile(r"(?!.*(?:\.\.|//|@\{))[A-Za-z0-9][A-Za-z0-9._/-]{0,100}")


def check_deploy(check: Checks, deploy: Deploy, own: Sequence[Path]) -> None:
    """Check `[deploy]`; `own` are the site's folders, which are no place to deploy to."""
    if deploy.cost_cap_usd_month <= 0:
        raise check.fail("deploy.cost_cap_usd_month", f"{deploy.cost_cap_usd_month} must be more than zero")
    for pattern in deploy.min_interval:
        if not pattern.startswith("/"):
            raise check.fail(
                inside("deploy.min_interval", pattern),
                "must be a pattern of URL paths, which begin with a slash: /metrics/*",
            )
    for name, target in deploy.targets.items():
        _check_target(check, inside("deploy.targets", name), target, own)


def _check_target(check: Checks, key: str, target: Target, own: Sequence[Path]) -> None:
    check.words(key, target.name, _NAME)
    if [bool(target.buckets), target.path is not None, target.git is not None].count(True) != 1:
        raise check.fail(
            key, "needs either `buckets` (one or two), `path` (a folder) or `git` (a repository)"
        )
    if len(target.buckets) > 2:
        raise check.fail(f"{key}.buckets", "takes one bucket or two")
    for of_buckets in ("distribution_id", "endpoint_url", "prefix", "addressing"):
        if not target.buckets and getattr(target, of_buckets):
            raise check.fail(
                f"{key}.{of_buckets}",
                f"goes with buckets, not with {'a path' if target.path else 'a repository'}",
            )
    if not target.buckets and target.index is not Index.FOLDER:
        raise check.fail(f"{key}.index", "goes with buckets: elsewhere pages are folders with an index.html")
    if target.git is not None and not _REPOSITORY.fullmatch(target.git):
        raise check.fail(f"{key}.git", f"{echo(target.git)} must be an address or a path that git knows")
    if not _BRANCH.fullmatch(target.branch) or target.branch.endswith((".lock", ".", "/")):
        raise check.fail(
            f"{key}.branch", f"{echo(target.branch)} must be the name of a branch, like gh-pages"
        )
    _check_endpoints(check, key, target)
    if not _PREFIX.fullmatch(target.prefix.strip("/")):
        raise check.fail(f"{key}.prefix", f"{echo(target.prefix)} must be a path like status/")
    places = [f"{bucket.endpoint_url or ''} {bucket.name}".strip() for bucket in target.buckets]
    check.unique(f"{key}.buckets", places, of="bucket")
    if target.path is not None:
        _check_folder(check, f"{key}.path", target.path, own)


def _check_endpoints(check: Checks, key: str, target: Target) -> None:
    names = [bucket.name for bucket in target.buckets]
    endpoints = [(f"{key}.endpoint_url", target.endpoint_url, names)]
    endpoints += [
        (f"{key}.buckets[{number}].endpoint_url", bucket.endpoint_url, [bucket.name])
        for number, bucket in enumerate(target.buckets)
    ]
    for place, endpoint, buckets in endpoints:
        if endpoint is not None and (fault := endpoint_fault(endpoint, buckets)):
            raise check.fail(place, f"{echo(endpoint)} {fault}")


def _check_folder(check: Checks, key: str, path: Path, own: Sequence[Path]) -> None:
    """Refuse a folder whose files a deploy must not touch: it deletes what is not of the site."""
    place = real_path(path)
    home = real_path(check.path.parent)
    if place == home or place in home.parents:
        raise check.fail(key, f"{path} holds the configuration itself; name a folder of its own")
    for folder in own:
        other = real_path(folder)
        if place == other or place in other.parents or other in place.parents:
            raise check.fail(key, f"{path} shares a folder with {folder}; name a folder of its own")

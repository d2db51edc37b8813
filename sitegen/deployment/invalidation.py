"""What CloudFront is told to forget, and the door to it.

Every cycle is 30 s and every path invalidated beyond the first thousand of a month
costs half a cent, so freshness comes from short lifetimes at the edge instead, and this is for who wants more.
"""

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from sitegen.aws import aws_faults, cloudfront_client

MONTHLY_LIMIT = 900
"""The first 1,000 paths of a month are free of charge."""

EVERYTHING = ("/*",)
_MOST = 8
"""How many paths are named one by one: beyond, one wildcard costs less."""


class Invalidation(StrEnum):
    """When the edge is told to forget what it has."""

    NEVER = "never"
    ON_STATE_CHANGE = "on-state-change"
    """All of it, when a service goes down or comes back."""
    BUDGETED = "budgeted"
    """What changed, as long as the month has paths left."""


class _Service(msgspec.Struct, frozen=True):
    id: str
    status: str


class _Status(msgspec.Struct, frozen=True):
    services: tuple[_Service, ...] = ()


def states_of(status: bytes) -> str:
    """Format the states of all services as one text: `checkout=up home=down`; "" for what is no status.json.

    {"services": [{"id": "home", "status": "down"}, {"id": "checkout", "status": "up"}]}
    """
    try:
        services = msgspec.json.decode(status, type=_Status).services
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    return " ".join(sorted(f"{one.id}={one.status}" for one in services))


def choose_paths(mode: Invalidation, changed: Sequence[str], before: str, states: str) -> tuple[str, ...]:
    """Return the paths to forget after a deploy that changed these objects, the services' states having been others `before`."""
    if mode is Invalidation.ON_STATE_CHANGE:
        return EVERYTHING if before and before != states else ()
    if mode is Invalidation.BUDGETED:
        paths = tuple(dict.fromkeys("/" if key == "index.html" else f"/{key}" for key in changed))
        return paths if len(paths) <= _MOST else EVERYTHING
    return ()


def invalidate(
    distribution_id: str, paths: Sequence[str], reference: str, endpoint_url: str | None = None
) -> int:
    """Ask CloudFront to forget these paths, without waiting for it; gives their number.

    Asking twice under one `reference` is one invalidation (CallerReference). Raises AwsError.
    """
    client = cloudfront_client(endpoint_url)
    try:
        with aws_faults(f"invalidating the distribution {distribution_id}"):
            client.create_invalidation(
                DistributionId=distribution_id,
                InvalidationBatch={
                    "Paths": {"Quantity": len(paths), "Items": list(paths)},
                    "CallerReference": reference,
                },
            )
    finally:
        client.close()
    return len(paths)

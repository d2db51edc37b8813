"""The names of a target as its stacks tell them: PREFIX-Cdn, PREFIX-Primary and, where there is one, PREFIX-Secondary.

PREFIX-Cdn lies in us-east-1, where CloudFront's own things lie, and says in which regions the others are.
"""

import re
from collections.abc import Mapping

from sitegen.aws import describe_stack
from sitegen.deployment.model import Bucket
from sitegen.errors import ConfigError, SitegenError

_EDGE_REGION = "us-east-1"
_PREFIX = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,100}")
_USABLE = re.compile(r"(CREATE|IMPORT)_COMPLETE|UPDATE_(?!.*FAILED).*")


def read_stacks(prefix: str) -> tuple[tuple[Bucket, ...], str]:
    """Return the buckets, and the id of the distribution before them. Raises ConfigError, SitegenError and AwsError."""
    if not _PREFIX.fullmatch(prefix):
        raise ConfigError(f"--from-stack: {prefix!r} is not how a stack's name begins, such as Site")
    cdn = f"{prefix}-Cdn"
    outputs = _outputs(cdn, _EDGE_REGION, "CloudFront's stacks always lie there")
    distribution = _output(outputs, cdn, "DistributionId")
    regions = {"Primary": _output(outputs, cdn, "PrimaryRegion")}
    if second := outputs.get("SecondaryRegion"):
        regions["Secondary"] = second
    return tuple(_bucket(f"{prefix}-{role}", region, cdn) for role, region in regions.items()), distribution


def _bucket(stack: str, region: str, cdn: str) -> Bucket:
    outputs = _outputs(stack, region, f"{cdn} says that it lies there")
    return Bucket(name=_output(outputs, stack, "BucketName"), region=region)


def _outputs(stack: str, region: str, why: str) -> Mapping[str, str]:
    """Return what a stack tells. Raises SitegenError where there is none, or only half of one."""
    found = describe_stack(stack, region)
    if found is None:
        raise SitegenError(
            f"--from-stack: there is no stack {stack} in {region} of this account ({why}); deploy it, "
            "or correct the prefix or AWS_PROFILE"
        )
    status, outputs = found
    if not _USABLE.fullmatch(status):
        raise SitegenError(
            f"--from-stack: {stack} in {region} is only half deployed ({status}); see its events, then deploy it again"
        )
    return outputs


def _output(outputs: Mapping[str, str], stack: str, name: str) -> str:
    if value := outputs.get(name):
        return value
    raise SitegenError(
        f"--from-stack: {stack} has no output {name}; deploy it again from this version's cdk/"
    )

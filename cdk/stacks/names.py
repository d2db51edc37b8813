"""The names that several stacks must agree on, so that none imports a value of another one in another region."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import IConstruct
from settings import EDGE_REGION, Settings


def bucket_name(prefix: str, region: str) -> str:
    """Return the name of the site's bucket in a region: one of its own for every account."""
    return f"{prefix.lower()}-{cdk.Aws.ACCOUNT_ID}-{region}"


def accept(scope: IConstruct, reasons: dict[str, str]) -> None:
    """Acknowledge findings of cdk-nag, each with its reason."""
    for rule, reason in reasons.items():
        cdk.Validations.of(scope).acknowledge(
            cdk.Acknowledgment(id=f"AwsSolutions::AwsSolutions-{rule}", reason=reason)
        )


def bucket_rights(settings: Settings) -> list[iam.PolicyStatement]:
    """Return what a deploy does to the site's buckets, and no more."""
    buckets = [f"arn:aws:s3:::{bucket_name(settings.prefix, region)}" for region in settings.regions.values()]
    return [
        iam.PolicyStatement(
            actions=["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:DeleteObject"],
            resources=[f"{bucket}/*" for bucket in buckets],
        ),
        iam.PolicyStatement(actions=["s3:ListBucket"], resources=buckets),
    ]


def stack_patterns(settings: Settings) -> list[str]:
    """Return the ARNs of the stacks that a deploy reads its names from."""
    return [
        f"arn:aws:cloudformation:{region}:{cdk.Aws.ACCOUNT_ID}:stack/{settings.prefix}-{name}/*"
        for name, region in {**settings.regions, "Cdn": EDGE_REGION}.items()
    ]


def accept_deploying(role: iam.Role, settings: Settings) -> None:
    """Acknowledge the patterns in a deploy's rights, each by its name."""
    account = "<AWS::AccountId>"
    keys = [
        f"arn:aws:s3:::{settings.prefix.lower()}-{account}-{region}/*" for region in settings.regions.values()
    ]
    stacks = [
        f"arn:aws:cloudformation:{region}:{account}:stack/{settings.prefix}-{name}/*"
        for name, region in {**settings.regions, "Cdn": EDGE_REGION}.items()
    ]
    whole = "A deploy writes every key of the site's buckets, and no other bucket's."
    accept(role, {f"IAM5[Resource::{pattern}]": whole for pattern in keys})
    own = "The rest of a stack's ARN is chosen when it is made."
    accept(role, {f"IAM5[Resource::{pattern}]": own for pattern in stacks})

"""PREFIX-Primary and PREFIX-Secondary: the bucket of one region, which CloudFront alone reads."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct
from settings import Settings

from stacks.names import accept, bucket_name


class SiteBucket(cdk.Stack):
    """A versioned private bucket; objects below `_sitegen/` are for deploys alone."""

    def __init__(
        self, scope: Construct, construct_id: str, *, settings: Settings, env: cdk.Environment
    ) -> None:
        super().__init__(scope, construct_id, env=env, termination_protection=False)
        bucket = s3.Bucket(
            self,
            "Site",
            bucket_name=bucket_name(settings.prefix, self.region),
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            versioned=True,
            removal_policy=cdk.RemovalPolicy.RETAIN,
            lifecycle_rules=[
                s3.LifecycleRule(
                    abort_incomplete_multipart_upload_after=cdk.Duration.days(1),
                    expired_object_delete_marker=True,
                    noncurrent_version_expiration=cdk.Duration.days(1),
                    noncurrent_versions_to_retain=5,
                )
            ],
        )
        for statement in _statements(bucket):
            bucket.add_to_resource_policy(statement)
        accept(
            bucket,
            {
                "S1": "Objects are public pages; CloudFront's logs and the deploys' own reports tell who read and wrote."
            },
        )
        cdk.CfnOutput(self, "BucketName", value=bucket.bucket_name)


def _statements(bucket: s3.Bucket) -> list[iam.PolicyStatement]:
    """Return who may do what: the account's distributions read, writes state what they expect."""
    distributions = {
        "StringEquals": {"aws:SourceAccount": cdk.Aws.ACCOUNT_ID},
        "ArnLike": {"aws:SourceArn": f"arn:aws:cloudfront::{cdk.Aws.ACCOUNT_ID}:distribution/*"},
    }
    edge = iam.ServicePrincipal("cloudfront.amazonaws.com")
    return [
        iam.PolicyStatement(
            sid="EdgeReadsPages",
            principals=[edge],
            actions=["s3:GetObject"],
            not_resources=[bucket.arn_for_objects("_sitegen/*"), bucket.bucket_arn],
            conditions=distributions,
        ),
        # Without the right to list, a missing page would be 403, which fails over, and not 404.
        iam.PolicyStatement(
            sid="EdgeTellsMissing",
            principals=[edge],
            actions=["s3:ListBucket"],
            resources=[bucket.bucket_arn],
            conditions=distributions,
        ),
        iam.PolicyStatement(
            sid="NoBlindWrites",
            effect=iam.Effect.DENY,
            principals=[iam.AnyPrincipal()],
            actions=["s3:PutObject"],
            resources=[bucket.arn_for_objects("*")],
            conditions={"Null": {"s3:if-match": "true", "s3:if-none-match": "true"}},
        ),
    ]

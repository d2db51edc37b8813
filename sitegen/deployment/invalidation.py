"""The door to CloudFront: one invalidation of everything, on request only.

Every cycle is 30 s and every path invalidated beyond the first thousand of a month
costs half a cent, so freshness comes from short lifetimes at the edge instead.
"""

from sitegen.aws import aws_faults, cloudfront_client

__all__ = ["MONTHLY_LIMIT", "invalidate_everything"]

MONTHLY_LIMIT = 900
"""The first 1,000 paths of a month are free of charge."""


def invalidate_everything(distribution_id: str, reference: str, endpoint_url: str | None = None) -> int:
    """Ask CloudFront to forget all that it has cached, without waiting for it; gives the number of paths.

    Asking twice under one `reference` is one invalidation (CallerReference). Raises AwsError.
    """
    client = cloudfront_client(endpoint_url)
    try:
        with aws_faults(f"invalidating the distribution {distribution_id}"):
            client.create_invalidation(
                DistributionId=distribution_id,
                InvalidationBatch={
                    "Paths": {"Quantity": 1, "Items": ["/*"]},
                    "CallerReference": reference,
                },
            )
    finally:
        client.close()
    return 1

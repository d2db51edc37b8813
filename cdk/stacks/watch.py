"""What looks at the site from outside, once a minute: how old its status and each copy's manifest are."""

import json
import os
import time
import urllib.request
from datetime import datetime

import boto3


def handler(event: object, context: object) -> dict[str, float]:
    """Put the ages as metrics; what cannot be read gives none, and missing data is alarming too."""
    ages = {("Age", "visitors"): page_age(os.environ["BASE_URL"])}
    for region, bucket in json.loads(os.environ["BUCKETS"]).items():
        ages["Age", region] = manifest_age(region, bucket)
    known = {key: age for key, age in ages.items() if age is not None}
    if known:
        boto3.client("cloudwatch").put_metric_data(
            Namespace=os.environ["NAMESPACE"],
            MetricData=[
                {
                    "MetricName": metric,
                    "Dimensions": [{"Name": "Seen", "Value": seen}],
                    "Value": age,
                    "Unit": "Seconds",
                }
                for (metric, seen), age in known.items()
            ],
        )
    return {seen: age for (_, seen), age in known.items()}


def page_age(base_url: str) -> float | None:
    """Return how old the status is that visitors get, or None where they get none."""
    try:
        with urllib.request.urlopen(f"{base_url}status.json", timeout=5) as answer:
            stamp = json.load(answer)["generated_at"]
        return time.time() - datetime.fromisoformat(stamp).timestamp()
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"{base_url}status.json: {error!r}")
        return None


def manifest_age(region: str, bucket: str) -> float | None:
    """Return how long ago a deploy was finished in a bucket, or None where that cannot be read."""
    try:
        head = boto3.client("s3", region_name=region).head_object(Bucket=bucket, Key="_sitegen/manifest.json")
        return time.time() - head["LastModified"].timestamp()
    except Exception as error:
        print(f"{bucket}: {error!r}")
        return None

"""A CloudWatch of moto's with a day of CloudFront's metrics in it, and the tables of a configuration that name them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import boto3
from moto.server import ThreadedMotoServer
from tests.acceptance.comparing import instant

KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
NOON = instant("2026-03-01T12:00:00Z")
WINDOWS = {"1h": 60.0, "24h": 360.0}

# CloudFront's metrics: how each is summed up, its unit, and its value at a minute of the day.
METRICS = {
    "Requests": (sum, "requests", lambda minute: float(minute % 97 * 11)),
    "BytesDownloaded": (sum, "bytes", lambda minute: 1.5e6 + minute % 89 * 12_345),
    "4xxErrorRate": (None, "percent", lambda minute: minute % 7 / 3),
    "5xxErrorRate": (None, "percent", lambda minute: minute % 5 / 7),
    "TotalErrorRate": (None, "percent", lambda minute: minute % 11 / 13),
    "CacheHitRate": (None, "percent", lambda minute: 90 + minute % 10 / 9),
}
SILENT = range(600, 640)
"""Minutes of the day in which nothing was reported."""


def cloudwatch(name: str = "cdn", region: str = "us-east-1") -> str:
    return f"[[metrics.sources]]\nname = '{name}'\ntype = 'cloudwatch'\nregion = '{region}'\n"


def cdn_panel(metric: str, source: str = "cdn", distribution: str = "E123") -> str:
    unit = METRICS[metric][1]
    return (
        f"[[metrics.panels]]\nid = '{metric.lower()}'\nsource = '{source}'\ntitle = '{metric}'\nunit = '{unit}'\n"
        f"query = '{metric}{{DistributionId=\"{distribution}\"}}'\nwindows = {list(WINDOWS)}\n"
    )


def aws_at(url: str) -> dict[str, str]:
    """The variables that send a program to this endpoint with a pair of keys."""
    return {**KEYS, "AWS_ENDPOINT_URL": url}


@dataclass
class Aws:
    """A moto server; `values` are what was put, by metric and instant."""

    server: ThreadedMotoServer
    url: str
    values: dict[str, dict[float, float]] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return aws_at(self.url)

    def put(self, metric: str, distribution: str, values: dict[float, float]) -> None:
        client = boto3.session.Session(
            aws_access_key_id="testing", aws_secret_access_key="testing", region_name="us-east-1"
        ).client("cloudwatch", endpoint_url=self.url)
        data = [
            {
                "MetricName": metric,
                "Dimensions": [
                    {"Name": "DistributionId", "Value": distribution},
                    {"Name": "Region", "Value": "Global"},
                ],
                "Timestamp": datetime.fromtimestamp(at, UTC),
                "Value": value,
            }
            for at, value in values.items()
        ]
        for begin in range(0, len(data), 500):
            client.put_metric_data(Namespace="AWS/CloudFront", MetricData=data[begin : begin + 500])
        client.close()


@contextmanager
def run_aws() -> Iterator[Aws]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield Aws(server, f"http://{host}:{port}")
    finally:
        server.stop()

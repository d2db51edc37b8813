"""CloudWatch as a source of metrics, by its GetMetricData operation.

Source: Amazon CloudWatch API Reference, GetMetricData.
"""

import math
from array import array
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from sitegen.aws import AwsError, Fault, aws_faults
from sitegen.errors import Problem, Reason
from sitegen.metrics.cloudwatch_query import CLOUDFRONT, CloudWatchMetric, parse_expression
from sitegen.metrics.labels import NAME, LabelRedactor
from sitegen.metrics.model import MetricQuery, MetricResult, Series
from sitegen.redaction import Redactor
from sitegen.units import DAY, HOUR, MINUTE, Window

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.client import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import (
        DimensionTypeDef,
        GetMetricDataOutputTypeDef,
        MetricDataQueryTypeDef,
        MetricStatTypeDef,
    )

CLOUDFRONT_REGION = "us-east-1"
LEAST_STEP = MINUTE
"""AWS' own services report once a minute; a window with a smaller step would be full of holes."""

MAX_PAGES = 50
_ABSENCE = (Fault.UNREACHABLE, Fault.THROTTLED)


def period_of(window: Window) -> float:
    """Return the period for a window in seconds: its step, rounded up to what CloudWatch still keeps.

    Points of a minute are kept for 15 days, of five minutes for 63 days, of an hour for 455.
    """
    age = window.end - window.start
    kept = MINUTE if age < 15 * DAY else 5 * MINUTE if age < 63 * DAY else HOUR
    return math.ceil(window.step / kept) * kept


class CloudWatchSource:
    """Metrics of one namespace, through the client of the AWS door that `connect` gives; it may raise AwsError."""

    lead = 0.0
    """AWS refuses whoever's clock differs (Fault.CLOCK)."""

    def __init__(
        self,
        connect: Callable[[], "CloudWatchClient"],
        *,
        name: str,
        redactor: Redactor,
        namespace: str = CLOUDFRONT,
    ) -> None:
        self._connect = connect
        self._where = f"metrics.{name}"
        self._redactor = redactor
        self._namespace = namespace
        self._client: CloudWatchClient | None = None
        self.healthy = False

    @property
    def reachable(self) -> bool:
        """Whether it is well: AWS tells no other absence from none."""
        return self.healthy

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return nothing: AWS is always asked over TLS."""
        return ()

    def close(self) -> None:
        """Close the client's connections."""
        if self._client is not None:
            self._client.close()

    def ping(self, query: MetricQuery) -> Problem | None:
        """Ask for the last period of one metric."""
        end, step = query.window.end, query.window.step
        answer = self.ask(msgspec.structs.replace(query, window=Window(start=end - step, end=end, step=step)))
        well, self.healthy = self.healthy, False
        return answer if isinstance(answer, Problem) and not well else None

    def ask(self, query: MetricQuery) -> MetricResult | Problem:
        """Ask for one metric; a point stands at the start of its period, as CloudWatch gives it.

        The period that is still running at the window's end is left out.
        """
        try:
            metric = parse_expression(query.expression, self._namespace)
            self._client = client = self._connect()
            with aws_faults(f"asking CloudWatch for {metric.name}"):
                pages = list(_pages(client, metric, query.window))
        except ValueError as error:
            return self._problem(str(error), Reason.REFUSES)
        except AwsError as error:
            self.healthy = self.healthy or error.fault not in _ABSENCE
            said = _REFUSALS["Forbidden"][0] if error.fault is Fault.DENIED else str(error)
            return self._problem(said, _REASONS.get(error.fault, Reason.FAILS))
        self.healthy = True
        region = client.meta.region_name
        if self._namespace == CLOUDFRONT and region != CLOUDFRONT_REGION and _is_empty(pages):
            elsewhere = f"CloudFront's metrics live in {CLOUDFRONT_REGION}, {region} has none; correct the source's `region`"
            return self._problem(elsewhere, Reason.UNUSABLE)
        return self._read(pages, metric, query)

    def _problem(self, message: str, reason: Reason) -> Problem:
        return Problem(self._where, self._redactor.text(message), reason)

    def _read(
        self, pages: list["GetMetricDataOutputTypeDef"], metric: CloudWatchMetric, query: MetricQuery
    ) -> MetricResult | Problem:
        results = [result for page in pages for result in page.get("MetricDataResults", [])]
        if not results:  # CloudWatch gives one for each question; botocore makes nothing of a web page
            said = "the answer holds no result, not even an empty one; check the endpoint URL and what stands before it"
            return self._problem(said, Reason.UNUSABLE)
        statuses = {str(result.get("StatusCode", "Complete")) for result in results}
        heard = [message for page in pages for message in page.get("Messages", [])]
        heard += [message for result in results for message in result.get("Messages", [])]
        messages = tuple(dict.fromkeys(self._redactor.text(message.get("Value", "")) for message in heard))
        for code, (sentence, reason) in _REFUSALS.items():
            if code in statuses:
                return self._problem("; ".join((sentence, *messages)), reason)
        points = {
            time.timestamp(): value
            for result in results
            for time, value in zip(result.get("Timestamps", []), result.get("Values", []), strict=True)
            if query.window.start <= time.timestamp() <= query.window.end
        }
        last_status = str(results[-1].get("StatusCode", "Complete"))
        cut = bool(pages[-1].get("NextToken"))
        return MetricResult(
            query=query,
            series=_series(metric, points, self._redactor),
            warnings=messages,
            partial=cut or last_status == "PartialData" or bool(messages),
        )


def _pages(
    client: "CloudWatchClient", metric: CloudWatchMetric, window: Window
) -> Iterator["GetMetricDataOutputTypeDef"]:
    period = period_of(window)
    # Periods begin at multiples of their length; other starts make CloudWatch answer slowly.
    start = datetime.fromtimestamp(math.floor(window.start / period) * period, UTC)
    end = datetime.fromtimestamp(max(window.end, window.start + period), UTC)
    ask = partial(
        client.get_metric_data,
        MetricDataQueries=[_data_query(metric, period)],
        StartTime=start,
        EndTime=end,
        ScanBy="TimestampAscending",
    )
    page = ask()
    yield page
    for _ in range(MAX_PAGES - 1):
        if not (token := page.get("NextToken")):
            return
        page = ask(NextToken=token)
        yield page


def _is_empty(pages: list["GetMetricDataOutputTypeDef"]) -> bool:
    return not any(result.get("Values") for page in pages for result in page.get("MetricDataResults", []))


# The two states of GetMetricData's results that carry no usable points.
_REFUSALS = {
    "Forbidden": (
        "CloudWatch allows no access to this metric; the role needs cloudwatch:GetMetricData",
        Reason.LOCKED,
    ),
    "InternalError": ("CloudWatch failed inside; the next cycle asks again", Reason.FAILS),
}
_REASONS = {
    Fault.UNREACHABLE: Reason.SILENT,
    Fault.CREDENTIALS: Reason.LOCKED,
    Fault.DENIED: Reason.LOCKED,
    Fault.CLOCK: Reason.LOCKED,
    Fault.THROTTLED: Reason.REFUSES,
}


def _data_query(metric: CloudWatchMetric, period: float) -> "MetricDataQueryTypeDef":
    dimensions: list[DimensionTypeDef] = [
        {"Name": name, "Value": value} for name, value in sorted(metric.dimensions.items())
    ]
    wanted: MetricStatTypeDef = {
        "Metric": {"Namespace": metric.namespace, "MetricName": metric.name, "Dimensions": dimensions},
        "Period": int(period),
        "Stat": metric.statistic,
    }
    return {"Id": "m1", "MetricStat": wanted}


def _series(metric: CloudWatchMetric, points: dict[float, float], redactor: Redactor) -> tuple[Series, ...]:
    """Return one series, or none for a metric without points: CloudWatch does not tell it from an unknown one."""
    if not points:
        return ()
    labels = LabelRedactor(redactor).labels({NAME: metric.name, **metric.dimensions})
    times = sorted(points)
    return (Series(labels, array("d", times), array("d", [points[time] for time in times])),)

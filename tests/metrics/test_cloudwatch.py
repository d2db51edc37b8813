"""CloudWatch, asked over HTTP of moto's server."""

from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from moto.server import ThreadedMotoServer
from sitegen.aws import AwsError, Fault, cloudwatch_client
from sitegen.errors import Problem
from sitegen.metrics.cloudwatch import CloudWatchSource, period_of
from sitegen.metrics.model import MetricQuery, MetricResult
from sitegen.redaction import Redactor
from sitegen.units import Window

END = 1_750_000_800.0
WINDOW = Window(END - 3600, END, 300.0)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def client(endpoint):
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ACCESS_KEY_ID", "testing")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        client = cloudwatch_client("us-east-1", endpoint)
        yield client
        client.close()


@pytest.fixture(scope="module")
def requests(client):
    """Twenty minutes of requests, one value a minute: 0, 1, ... 19."""
    client.put_metric_data(
        Namespace="AWS/CloudFront",
        MetricData=[
            {
                "MetricName": "Requests",
                "Dimensions": [
                    {"Name": "DistributionId", "Value": "E123"},
                    {"Name": "Region", "Value": "Global"},
                ],
                "Timestamp": datetime.fromtimestamp(END - 1200 + 60 * minute, UTC),
                "Value": float(minute),
            }
            for minute in range(20)
        ],
    )


def ask(client, expression: str, window: Window = WINDOW, **settings) -> MetricResult | Problem:
    source = CloudWatchSource(lambda: client, name="cdn", redactor=Redactor(), **settings)
    return source.ask(MetricQuery("cdn", expression, window))


def test_the_sums_of_each_period_are_collected(client, requests):
    result = ask(client, 'Requests{DistributionId="E123"}')
    [series] = result.series
    assert series.labels == {"__name__": "Requests", "DistributionId": "E123", "Region": "Global"}
    assert list(series.times) == [END - 1200, END - 900, END - 600, END - 300]
    assert list(series.values) == [10.0, 35.0, 60.0, 85.0]
    assert not result.partial


def test_the_statistic_that_was_asked_for_is_given(client, requests):
    [series] = ask(client, 'Requests{DistributionId="E123"} stat=Maximum').series
    assert list(series.values) == [4.0, 9.0, 14.0, 19.0]


def test_a_metric_nobody_reported_is_an_empty_answer(client):
    assert ask(client, 'Requests{DistributionId="E999"}').series == ()


def test_a_window_finer_than_a_minute_is_asked_by_the_minute(client, requests):
    [series] = ask(client, 'Requests{DistributionId="E123"}', Window(END - 600, END, 15.0)).series
    assert list(series.times) == [END - 600 + 60 * minute for minute in range(10)]
    assert list(series.values) == [float(minute) for minute in range(10, 20)]


@pytest.mark.parametrize(
    "expression", ["", "{}", "Requests{DistributionId=E1}", 'Requests{DistributionId="E1"', "Requests stat="]
)
def test_an_expression_of_another_form_is_a_problem(client, expression):
    problem = ask(client, expression)
    assert isinstance(problem, Problem)
    assert problem.where == "metrics.cdn"


def test_an_endpoint_that_does_not_answer_is_a_problem(monkeypatch, free_port):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    client = cloudwatch_client("us-east-1", f"http://127.0.0.1:{free_port}")
    problem = ask(client, "Requests")
    client.close()
    assert isinstance(problem, Problem)
    assert problem.message.startswith("asking CloudWatch for Requests: ")


@pytest.mark.parametrize(
    ("span", "step", "period"),
    [
        (3600, 15, 60), (3600, 60, 60), (86_400, 360, 360), (86_400, 90, 120), (30 * 86_400, 3 * 3600, 3 * 3600),
        (16 * 86_400, 60, 300), (16 * 86_400, 400, 600), (64 * 86_400, 60, 3600), (365 * 86_400, 172_800, 172_800),
    ],
)  # fmt: skip
def test_the_period_is_what_cloudwatch_keeps_for_that_long(span, step, period):
    assert period_of(Window(0.0, float(span), float(step))) == period


# --- Answers that moto does not give ------------------------------------------------


class ClientWithPages:
    """Gives prepared pages of GetMetricData in turn."""

    def __init__(self, *pages: dict, region: str = "us-east-1") -> None:
        self.pages = list(pages)
        self.asked: list[dict] = []
        self.meta = SimpleNamespace(region_name=region)

    def get_metric_data(self, **request) -> dict:
        self.asked.append(request)
        return self.pages[len(self.asked) - 1]


def page(
    *points: tuple[float, float], status: str = "Complete", messages: tuple[str, ...] = (), **extra
) -> dict:
    result = {
        "Id": "m1",
        "Timestamps": [datetime.fromtimestamp(at, UTC) for at, _ in points],
        "Values": [value for _, value in points],
        "StatusCode": status,
        "Messages": [{"Code": "x", "Value": message} for message in messages],
    }
    return {"MetricDataResults": [result], "Messages": [], **extra}


def test_all_pages_are_read_and_an_early_partial_status_is_forgotten():
    client = ClientWithPages(
        page((END - 600, 2.0), (END - 900, 1.0), status="PartialData", NextToken="t1"), page((END - 300, 3.0))
    )
    result = ask(client, "Requests")
    [series] = result.series
    assert list(series.times) == [END - 900, END - 600, END - 300]
    assert list(series.values) == [1.0, 2.0, 3.0]
    assert not result.partial
    assert [request.get("NextToken") for request in client.asked] == [None, "t1"]


def test_an_answer_that_stays_partial_is_labelled():
    result = ask(ClientWithPages(page((END - 300, 1.0), status="PartialData")), "Requests")
    assert result.partial


def test_what_cloudwatch_says_beside_the_data_is_a_redacted_warning():
    result = ask(
        ClientWithPages(page((END - 300, 1.0), messages=("limit reached, key AKIAIOSFODNN7EXAMPLE",))),
        "Requests",
    )
    assert result.warnings == ("limit reached, key REDACTED",)
    assert result.partial


@pytest.mark.parametrize("status", ["Forbidden", "InternalError"])
def test_a_status_without_data_is_a_problem(status):
    assert isinstance(ask(ClientWithPages(page(status=status)), "Requests"), Problem)


def test_a_distribution_without_points_in_another_region_is_told_where_cloudfronts_metrics_live():
    problem = ask(ClientWithPages(page(), region="eu-west-1"), "Requests")
    assert isinstance(problem, Problem)
    assert "live in us-east-1, eu-west-1 has none; correct the source's `region`" in problem.message
    assert ask(ClientWithPages(page(), region="eu-west-1"), "CPU", namespace="AWS/EC2").series == ()
    assert ask(ClientWithPages(page((END - 300, 1.0)), region="cn-north-1"), "Requests").series


@pytest.mark.parametrize(
    ("fault", "said", "answered"),
    [
        (Fault.DENIED, "the role needs cloudwatch:GetMetricData", True),
        (Fault.THROTTLED, "as it was said", False),
        (Fault.UNREACHABLE, "as it was said", False),
    ],
)
def test_a_fault_on_the_way_is_a_problem_and_only_silence_or_too_much_load_is_no_answer(
    fault, said, answered
):
    def connect():
        raise AwsError(fault, "as it was said")

    source = CloudWatchSource(connect, name="cdn", redactor=Redactor())
    problem = source.ask(MetricQuery("cdn", "Requests", WINDOW))
    assert isinstance(problem, Problem)
    assert problem.message.endswith(said)
    assert source.healthy is answered


def test_an_answer_without_any_result_is_a_problem_and_no_empty_answer():
    problem = ask(ClientWithPages({"Messages": []}), "Requests")
    assert isinstance(problem, Problem)
    assert "holds no result" in problem.message

"""What users of other tools reported of metrics: each case of `metrics/` with its right value, and more of its kind."""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import boto3
import pytest
from tests.acceptance.cloudfront import Aws, run_aws
from tests.acceptance.documents import Element
from tests.acceptance.sites import Site, make_site
from tests.acceptance.sources import figure_of, source

Answer = Callable[[list[float]], list[tuple[dict[str, str], list[tuple[float, str]]]]]
"""Series by the instants of a window: labels, and pairs of an instant and a value."""


def constant(value: str, **labels: str) -> Answer:
    return lambda instants: [(labels, [(at, value) for at in instants])]


def upgrade(bounds: tuple[str, ...]) -> Answer:
    """A histogram whose bounds are spelled anew in the middle of the window."""

    def answer(instants: list[float]) -> list[tuple[dict[str, str], list[tuple[float, str]]]]:
        found: dict[str, list[tuple[float, str]]] = {}
        for old, new, count in zip(("0.5", "1", "2", "+Inf"), bounds, ("20", "40", "59", "60"), strict=True):
            for index, at in enumerate(instants):
                found.setdefault(old if index < len(instants) // 2 else new, []).append((at, count))
        return [({"le": le}, samples) for le, samples in found.items()]

    return answer


def rising(*names: str) -> Answer:
    return lambda instants: [
        ({"name": name}, [(at, str(place)) for at in instants]) for place, name in enumerate(names, 1)
    ]


def scraped(every: int) -> Answer:
    """Samples so many seconds apart, each repeated for five minutes, as a query over a range does."""

    def answer(instants: list[float]) -> list[tuple[dict[str, str], list[tuple[float, str]]]]:
        found = [(at, str(int(at // every % 7) + 1)) for at in instants if at % every < 300]
        return [({"job": "x"}, found)] if found else []

    return answer


def ending(value: str) -> Answer:
    """A series that is this at its end, and 3 before."""
    return lambda instants: [({}, [(at, value if at > instants[-1] - 600 else "3") for at in instants])]


STEM = "shop-order-intake-worker-production-europe-central-6c9f7d8b5c-"
ROUTES = "/api/v2/customers/{customer}/orders/{order}/lines/{line}/"
ANSWERS: dict[str, tuple[str, Answer]] = {
    "availability": ('kind = "stat"\nunit = "percent"', constant("99.97")),
    "overcommit": ('unit = "percent"', constant("100.4")),
    "share": ('unit = "ratio"', constant("1.004")),
    "disk": ('unit = "percent"\ndecimals = 0', constant("99.95")),
    "errors": ('kind = "stat"\nunit = "percent"', constant("0.0004")),
    "nines": ('unit = "percent"', constant("99.99997")),
    **{
        f"latency-{name}": ('kind = "histogram"\nunit = "seconds"', upgrade(bounds))
        for name, bounds in {
            "same": ("0.5", "1", "2", "+Inf"),
            "upgrade": ("0.5", "1.0", "2.0", "+Inf"),
            "exponent": ("5e-1", "1e0", "2e+00", "+Inf"),
            "inf": ("0.5", "1", "2", "Inf"),
        }.items()
    },
    "heat": ('kind = "heatmap"\nunit = "seconds"', upgrade(("0.5", "1.0", "2.0", "+Inf"))),
    "milliseconds": ('kind = "stat"\nunit = "timestamp"', constant("1795646880123")),
    "never": ('kind = "stat"\nunit = "timestamp"', constant("0")),
    "unset": ('unit = "timestamp"', constant("-62135596800")),
    "days": ('unit = "timestamp"', constant("20784")),
    "infinite": ('unit = "ratio"', constant("+Inf")),
    "pods": ('legend = "{{name}}"', rising(*(STEM + end for end in ("m2vbn", "q7xkd", "z9plc")))),
    "routes": ("", rising(*(ROUTES + end for end in ("price", "stock", "tax")))),
    **{f"every-{every}": ('windows = ["1h"]', scraped(every)) for every in (600, 3600, 86_400)},
    "ends-nan": ('kind = "line"', ending("NaN")),
    "ends-inf": ('kind = "line"', ending("+Inf")),
    "full": ('unit = "percent"', constant("100")),
}
"""What stands in a panel's table, and what its query gives, by the panel's id."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        asked = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        # What is now is asked with a `time` alone.
        start, end, step = (float(asked.get(key, asked.get("time"))[0]) for key in ("start", "end", "step"))
        instants = [start + step * index for index in range(int((end - start) / step + 0.5) + 1)]
        found = ANSWERS[asked["query"][0]][1](instants)
        result = [{"metric": labels, "values": samples} for labels, samples in found]
        body = json.dumps({"status": "success", "data": {"resultType": "matrix", "result": result}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with a panel for each answer, built once."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        config = '[site]\ntitle = "obs"\n' + source("prom", f"http://127.0.0.1:{server.server_port}")
        for name, (more, _) in ANSWERS.items():
            table = more if "windows" in more else f'{more}\nwindows = ["1h"]'
            config += f'[[metrics.panels]]\nid = "{name}"\ntitle = "{name}"\nsource = "prom"\nquery = "{name}"\n{table}\n'
        config += (
            '[overview]\ntiles = ["availability", "every-86400", "share", "disk", "milliseconds", "never"]\n'
        )
        site = make_site(tmp_path_factory.mktemp("reports") / "site", config=config)
        outcome = site.run("build", "--jobs", "1", "--deadline", "60s")
        assert outcome.code == 0, outcome.stderr
        yield site
    finally:
        server.shutdown()
        server.server_close()


def read(site: Site, name: str) -> str:
    """All words of a panel, in one line."""
    return " ".join(_words(figure_of(site, name)).split())


def in_overview(site: Site, name: str) -> str:
    """The value of a tile, as `index.txt` has it."""
    index = (site.dist / "index.txt").read_text(encoding="utf-8")
    return re.search(rf"(?m)^ +(\S.*?) +{name}$", index)[1]


def _words(element: Element) -> str:
    return " ".join(part if isinstance(part, str) else _words(part) for part in element.content)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("availability", "99.97 %"),
        ("overcommit", "100.4 %"),
        ("share", "100.4 %"),
        ("disk", "99.95 %"),
        ("errors", "0.0004 %"),
        ("nines", "99.99997 %"),
    ],
)
def test_percent_hundred_is_told_of_nothing_else_wherever_the_number_stands(site: Site, name: str, text: str):
    said = read(site, name)
    assert text in said
    assert not re.search(r"(?<![\d.])(100|0|100\.0) %", said), said
    if name not in {"errors", "nines", "overcommit"}:
        assert in_overview(site, name) == text


def test_percent_hundred_is_told_of_a_hundred(site: Site):
    assert "100 %" in read(site, "full")


@pytest.mark.parametrize(
    "name", ["latency-same", "latency-upgrade", "latency-exponent", "latency-inf", "heat"]
)
def test_bucket_spelling_changes_no_quantile(site: Site, name: str):
    said = read(site, name)
    assert "p50 750 ms · p95 1.89 s" in said
    assert "above 2 s" not in said.partition("data of")[0]


def test_milliseconds_are_shown_as_they_are_with_a_note(site: Site):
    said = read(site, "milliseconds")
    assert re.search(r"(now|last) 1795646880123 .*· unchanged", said)
    assert "Not an instant in seconds since 1970; perhaps milliseconds: divide by 1000." in said
    assert "no data" not in said
    assert in_overview(site, "milliseconds") == "1795646880123"


def test_milliseconds_beside_a_timestamp_of_zero_which_is_never(site: Site):
    assert re.search(r"(now|last) never .*· unchanged", read(site, "never"))
    assert "1970" not in read(site, "never")
    assert in_overview(site, "never") == "never"


def test_milliseconds_beside_what_go_never_set_and_a_number_of_days(site: Site):
    assert re.search(r"(now|last) never .*· unchanged", read(site, "unset"))
    assert "So early an instant may be a duration, or a number of days." in read(site, "days")


def test_milliseconds_are_no_more_lost_than_what_is_infinite(site: Site):
    assert re.search(r"(now|last) ∞", read(site, "infinite"))
    assert "no data" not in read(site, "infinite")


@pytest.mark.parametrize(
    ("name", "ends"), [("pods", ("m2vbn", "q7xkd", "z9plc")), ("routes", ("price", "stock", "tax"))]
)
def test_cut_names_keep_the_part_in_which_they_differ(site: Site, name: str, ends: tuple[str, ...]):
    figure = figure_of(site, name)
    said = read(site, name)
    assert all(re.search(rf"…\S*{end}\b", said) for end in ends), said
    assert "(2)" not in said
    heads = [cell.text for cell in figure.all("th")]
    assert all(len(head) <= 60 for head in heads), heads


@pytest.mark.parametrize(("name", "word"), [("ends-nan", "NaN"), ("ends-inf", "∞")])
def test_milliseconds_are_no_more_lost_than_what_is_no_finite_number(site: Site, name: str, word: str):
    table = figure_of(site, name).all("table")[0]
    assert [cell.text for cell in table.all("td")][:3] == [word, "3", "3"]


CLOUDWATCH = {
    "disk": ("CWAgent", "LogicalDisk % Free Space", {"instance": "C:"}, 40.0, 'LogicalDisk % Free Space{instance="C:"}'),
    "broker": ("AWS/Kafka", "CpuUser", {"Cluster Name": "orders", "Broker ID": "1"}, 7.0, 'CpuUser{"Cluster Name"="orders","Broker ID"="1"}'),
    "daily": ("AWS/S3", "BucketSizeBytes", {"BucketName": "b"}, 8.0, 'BucketSizeBytes{BucketName="b"}'),
    "waiting": ("shop/queue", "orders.waiting(eu)", {"by-zone": "a/b"}, 3.0, 'orders.waiting(eu){by-zone="a/b"}'),
}  # fmt: skip
"""By the panel: a namespace, a metric, its dimensions and its value, and how its query is spelled."""


def put_metrics(aws: Aws, now: float) -> None:
    """Put a value for each of the last minutes."""
    session = boto3.session.Session("testing", "testing", region_name="eu-central-1")
    client = session.client("cloudwatch", endpoint_url=aws.url)
    for namespace, name, dimensions, value, _ in CLOUDWATCH.values():
        pairs = [{"Name": key, "Value": text} for key, text in dimensions.items()]
        data = {"MetricName": name, "Dimensions": pairs, "Value": value}
        apart = (36_000, 122_400) if name == "BucketSizeBytes" else range(0, 3600, 60)
        minutes = [datetime.fromtimestamp(now - seconds, UTC) for seconds in apart]
        client.put_metric_data(Namespace=namespace, MetricData=[data | {"Timestamp": at} for at in minutes])
    client.close()


def test_cloudwatch_blanks_signs_and_hyphens_can_be_written(tmp_path: Path):
    config = '[site]\ntitle = "obs"\n'
    for panel, (namespace, *_, query) in CLOUDWATCH.items():
        config += f'[[metrics.sources]]\nname = "{panel}"\ntype = "cloudwatch"\nregion = "eu-central-1"\nnamespace = "{namespace}"\n'
        config += f"[[metrics.panels]]\nid = '{panel}'\ntitle = '{panel}'\nsource = '{panel}'\nquery = '{query}'\nwindows = ['1h']\n"
    site = make_site(tmp_path / "site", config=config)
    assert site.run("check", "config").code == 0
    with run_aws() as aws:
        put_metrics(aws, time.time() // 60 * 60)
        outcome = site.run("build", "--jobs", "1", "--deadline", "60s", "--strict", env=aws.environment)
    assert outcome.code == 0, outcome.stderr
    for panel, (*_, value, _) in CLOUDWATCH.items():
        assert f"last {value:g}" in read(site, panel)


@pytest.mark.parametrize(
    ("source", "query"),
    [
        ("cloudwatch", 'CpuUser{"Cluster Name="orders"}'),
        ("prometheus", 'sum(rate({"http.requests", job="a"}[5m])'),
        ("prometheus", 'up{job="a}'),
    ],
)
def test_cloudwatch_blanks_that_cannot_be_read_are_refused_with_their_place(
    tmp_path: Path, source: str, query: str
):
    where = {"cloudwatch": 'region = "eu-central-1"', "prometheus": 'url = "http://127.0.0.1:9"'}[source]
    config = f'[site]\ntitle = "obs"\n[[metrics.sources]]\nname = "a"\ntype = "{source}"\n{where}\n'
    panel = f"[[metrics.panels]]\nid = 'p'\ntitle = 'p'\nquery = '{query}'\n"
    outcome = make_site(tmp_path / "site", config=config + panel).run("check", "config")
    assert outcome.code == 2
    assert "sitegen.toml:10: metrics.panels[0].query: " in outcome.stderr


@pytest.mark.parametrize("every", [600, 3600, 86_400])
def test_milliseconds_no_more_than_days_apart_make_no_data_of_what_is_there(site: Site, every: int):
    said = read(site, f"every-{every}")
    assert re.search(r"\blast \d", said), said
    assert "no data" not in said.partition("data of")[0]


def test_milliseconds_or_a_day_ago_what_comes_daily_is_what_it_is_now(site: Site):
    assert in_overview(site, "every-86400") in set("1234567")

"""Servers that speak like Prometheus: below a path, and each with what it says beside the series."""

import json
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.acceptance.comparing import figure_of, read_csv, values_in
from tests.acceptance.documents import sentence_of
from tests.acceptance.monitoring import run_prometheus
from tests.acceptance.peers import CLOCK, answer, panel, source, text_of
from tests.acceptance.sites import make_site
from tests.faulty_server import FaultyServer, Reply

# --- Paths --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/prometheus", "/prometheus/", "/select/0/prometheus", "/api/v1/proxy/uid/x"]
)
def test_the_path_of_a_url_stands_before_the_path_of_the_api(tmp_path: Path, path: str):
    with FaultyServer(Reply(body=answer(({}, "7")))) as server:
        site = make_site(tmp_path, config=source("mine", server.url + path) + panel("mine"))
        site.build(*CLOCK)
        checked = site.run("check", "sources")

    built, instant, tried = server.requests
    assert built.path == path.rstrip("/") + "/api/v1/query_range"
    assert instant.path == path.rstrip("/") + "/api/v1/query"
    assert (tried.method, tried.path) == (built.method, built.path)
    assert checked.code == 0
    assert read_csv(site, "mine", "1h")[1][-1] == ["2026-03-01T11:59:45Z", "7"]


@pytest.mark.needs("prometheus")
def test_a_prometheus_below_a_path_is_asked_there(tmp_path: Path):
    with run_prometheus(tmp_path / "monitoring", path="/metrics-of/team") as monitoring:
        above = monitoring.url.removesuffix("/metrics-of/team")
        site = make_site(
            tmp_path / "site",
            config=source("below", f"{monitoring.url}/", "") + source("above", above)
            + panel("below", "vector(6) * vector(7)") + panel("above", "vector(1)"),
        )  # fmt: skip
        told = {one["where"]: one["message"] for one in site.build()["problems"]}

    assert values_in(sentence_of(figure_of(site, "below", "1h", "1h"))) == [42.0]
    assert (
        "there is no Prometheus API at this address (404); check the path of `url`" in told["metrics.above"]
    )
    assert "above refuses the query" in text_of(site, "above")


# --- What they answer -----------------------------------------------------------------

ONE = ({"__name__": "up", "job": "a"}, "1")
PEERS = {
    "thanos": answer(ONE, warnings=["store sidecar-0: connection refused"]),
    "mimir": answer(ONE, infos=["PromQL info: metric might not be a counter"]),
    "victoria": answer(ONE, stats={"seriesFetched": "1", "executionTimeMsec": 2}, isPartial=False),
    "victoria-cluster": answer(ONE, stats={"seriesFetched": "1"}, isPartial=True, trace={"message": "x"}),
    "cortex": answer(ONE).replace(b'"metric"', b'"exemplars": null, "metric"'),
    "null": b'{"status":"success","data":{"resultType":"matrix","result":null,"analysis":{}}}',
}


def test_answers_as_thanos_mimir_and_victoriametrics_write_them_are_read_with_what_they_say_beside(tmp_path):
    with ExitStack() as stack:
        servers = {name: stack.enter_context(FaultyServer(Reply(body=body))) for name, body in PEERS.items()}
        tables = [source(name, server.url) + panel(name) for name, server in servers.items()]
        site = make_site(tmp_path, config="\n".join(tables))
        report = site.build(*CLOCK)

    assert report["status"] == "degraded"
    for name in PEERS:
        last = read_csv(site, name, "1h")[1][-1]
        assert last == ["2026-03-01T11:59:45Z", *([] if name == "null" else ["1"])]
    told = {one["where"]: one["message"] for one in report["sections"]["metrics"]["remarks"]}
    lacking = {one["where"]: one["message"] for one in report["problems"]}
    assert set(lacking) == {"metrics.thanos", "metrics.victoria-cluster"}
    assert lacking["metrics.thanos"] == "store sidecar-0: connection refused"
    assert told["metrics.mimir"].startswith("PromQL info: metric might not be a counter")
    assert "partial: the source did not answer in full" in text_of(site, "thanos")
    assert "partial" not in text_of(site, "mimir") + text_of(site, "victoria") + text_of(site, "cortex")
    assert "partial: the source did not answer in full" in text_of(site, "victoria-cluster")
    assert "The query gave no series." in text_of(site, "null")


# --- Real answers -----------------------------------------------------------------------


def series_in(body: bytes) -> list[dict[str, str]] | None:
    """The samples of each series of a matrix by their spelled time; None where the answer is no matrix."""
    data = json.loads(body).get("data")
    if not isinstance(data, dict) or data.get("resultType") != "matrix":
        return None
    return [{stamp(at): value for at, value in one["values"]} for one in data["result"]]


def stamp(at: float) -> str:
    """POSIX seconds as a data file writes them: with milliseconds where there are any."""
    moment = datetime.fromtimestamp(round(at * 1000) / 1000, UTC).replace(tzinfo=None)
    return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds") + "Z"


@pytest.mark.shared_data
def test_every_real_answer_is_shown_to_the_last_digit_or_told_to_be_none(tmp_path: Path, shared_data: Path):
    paths = sorted([*shared_data.glob("prometheus/*.json"), *shared_data.glob("netobserv-loki/flow*.json")])
    bodies = {path.stem.replace("_", "-"): path.read_bytes() for path in paths}
    with ExitStack() as stack:
        servers = {name: stack.enter_context(FaultyServer(Reply(body=body))) for name, body in bodies.items()}
        tables = [source(name, server.url) + panel(name) for name, server in servers.items()]
        site = make_site(tmp_path, config="\n".join(tables))
        report = site.build(*CLOCK)

    told = {problem["where"]: problem["message"] for problem in report["problems"]}
    matrices = 0
    for name, body in bodies.items():
        expected = series_in(body)
        if expected is None:
            continue
        matrices += 1
        assert f"metrics.{name}" not in told
        _, rows = read_csv(site, name, "1h")
        columns = list(zip(*(row[1:] for row in rows), strict=True))
        shown = [
            {row[0]: float(cell) for row, cell in zip(rows, column, strict=True) if cell}
            for column in columns
        ]
        assert sorted(map(sorted, (one.items() for one in shown))) == sorted(
            sorted((at, float(value)) for at, value in one.items()) for one in expected
        )
    assert matrices >= 2
    for name in ("api-md-05", "api-md-07", "flow-records"):  # label sets, metadata, streams
        assert "the answer is JSON but not the result of a query" in told[f"metrics.{name}"]

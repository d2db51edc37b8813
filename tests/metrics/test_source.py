"""The sources: a real Prometheus, canned answers of its relatives, and sitegen's own history."""

import json
import math

import msgspec
import pytest
from msgspec.structs import replace
from sitegen.errors import Problem, Reason
from sitegen.metrics.model import MetricQuery, MetricResult
from sitegen.metrics.source import SelfSource
from sitegen.redaction import Redactor
from sitegen.units import Window
from tests.metrics.conftest import DAY_END, DAY_START, Canned, ask_plainly, reading

WINDOW = Window.ending(DAY_END - 1800, 6 * 3600.0)
ONE_SERIES = {"resultType": "matrix", "result": [{"metric": {"job": "a"}, "values": [[1700000000, "1"]]}]}


def success(**extra) -> Canned:
    return Canned(body=json.dumps({"status": "success", "data": ONE_SERIES, **extra}).encode())


def error(status: int, error_type: str, message: str = "said so") -> Canned:
    body = {"status": "error", "errorType": error_type, "error": message}
    return Canned(status=status, body=json.dumps(body).encode())


def same(left: list[float], right: list[float]) -> bool:
    return [repr(value) for value in left] == [repr(value) for value in right]


# --- A real Prometheus ------------------------------------------------------------


@pytest.mark.needs("prometheus")
@pytest.mark.parametrize(
    "expression",
    [
        "requests_total",
        "sum by (code) (rate(requests_total[5m]))",
        "temperature",
        "histogram_quantile(0.95, sum by (le) (rate(latency_seconds_bucket[5m])))",
        "vector(1) / 0",
        "absent(no_such_metric)",
        "no_such_metric",
        "time()",
    ],
)
def test_what_is_collected_equals_what_prometheus_says_itself(prometheus, make_source, expression):
    query = MetricQuery("prom", expression, WINDOW)
    result = make_source(prometheus, redactor=Redactor(show_ip=True)).ask(query)
    said = ask_plainly(
        prometheus,
        "/api/v1/query_range",
        query=expression,
        start=WINDOW.start,
        end=WINDOW.end,
        step=WINDOW.step,
    )["data"]["result"]
    assert isinstance(result, MetricResult)
    assert [series.labels for series in result.series] == [one["metric"] for one in said]
    for series, one in zip(result.series, said, strict=True):
        assert list(series.times) == [float(at) for at, _ in one["values"]]
        assert same(list(series.values), [float(value) for _, value in one["values"]])
    assert result.not_shown == ()


@pytest.mark.needs("prometheus")
def test_values_are_those_that_were_written_and_a_gap_is_absence(prometheus, make_source):
    query = MetricQuery("prom", "temperature", Window(DAY_START, DAY_END - 300, 300.0))
    result = make_source(prometheus).ask(query)
    series = result.series[0]
    for at, value in zip(series.times, series.values, strict=True):
        step = (
            min(round((at - DAY_START) / 60), 299)
            if at < DAY_START + 310 * 60
            else round((at - DAY_START) / 60)
        )
        assert repr(value) == repr(float(reading(step)))
    gap = [at for at in series.times if DAY_START + 305 * 60 <= at < DAY_START + 420 * 60]
    assert gap == []
    assert math.isnan(series.values[10])
    assert series.values[12] == math.inf
    assert series.values[14] == -math.inf


@pytest.mark.needs("prometheus")
def test_hostile_label_values_arrive_as_they_are_and_addresses_masked(prometheus, make_source):
    result = make_source(prometheus).ask(MetricQuery("prom", "temperature", WINDOW))
    rooms = [series.labels["room"] for series in result.series]
    assert rooms == ["10.1.x.x:9100", "10.1.x.x:9100", '<script>alert("1")</script>', "Küche ☕", "a\\b\nc"]


@pytest.mark.needs("prometheus")
def test_a_query_that_is_no_promql_is_explained_in_prometheus_own_words(prometheus, make_source):
    problem = make_source(prometheus).ask(MetricQuery("prom", "sum(", WINDOW))
    assert isinstance(problem, Problem)
    assert problem.where == "metrics.prom"
    assert "bad_data" in problem.message
    assert "unclosed left parenthesis" in problem.message


@pytest.mark.needs("prometheus")
def test_a_query_that_cannot_be_executed_is_told_from_one_that_cannot_be_read(prometheus, make_source):
    problem = make_source(prometheus).ask(MetricQuery("prom", "temperature + on() requests_total", WINDOW))
    assert "execution" in problem.message
    assert "found duplicate series" in problem.message


@pytest.mark.needs("prometheus")
def test_a_wrong_path_is_not_taken_for_an_empty_answer(prometheus, make_source):
    problem = make_source(f"{prometheus}/wrong").ask(MetricQuery("prom", "up", WINDOW))
    assert "check the path of `url`" in problem.message


# --- Answers of its relatives -----------------------------------------------------


def test_the_query_is_sent_as_a_form_with_its_window_unchanged(canned, make_source, query):
    canned.answers = [success()]
    make_source(canned.url).ask(query)
    [asked] = canned.asked
    assert (asked.method, asked.path) == ("POST", "/api/v1/query_range")
    assert asked.form == {"query": ["up"], "start": ["1750000800"], "end": ["1750001400"], "step": ["60"]}


def test_a_tenant_header_and_a_path_in_front_reach_the_server(canned, make_source, query):
    canned.answers = [success()]
    source = make_source(f"{canned.url}/prometheus/", headers={"X-Scope-OrgID": "tenant-1"})
    assert isinstance(source.ask(query), MetricResult)
    assert canned.asked[0].path == "/prometheus/api/v1/query_range"
    assert canned.asked[0].headers["X-Scope-OrgID"] == "tenant-1"


@pytest.mark.parametrize("status", [403, 405, 501])
def test_a_proxy_that_allows_no_post_is_asked_by_get(canned, make_source, query, status):
    canned.answers = [Canned(status=status, body=b"method not allowed"), success()]
    assert isinstance(make_source(canned.url).ask(query), MetricResult)
    assert [asked.method for asked in canned.asked] == ["POST", "GET"]
    assert canned.asked[1].form == canned.asked[0].form


@pytest.mark.parametrize(
    ("statuses", "says"),
    [
        ((403, 403), "the credentials may not query"),
        ((501, 403), "the credentials may not query"),
        ((403, 405), "the credentials may not query"),
        ((403, 414), "the credentials may not query"),
        ((405, 401), "wants other credentials"),
        ((403, 404), "there is no Prometheus API"),
    ],
)
def test_where_get_is_refused_too_the_answer_counts_that_says_more(
    canned, make_source, query, statuses, says
):
    canned.answers = [Canned(status=status) for status in statuses]
    assert says in make_source(canned.url).ask(query).message
    assert [asked.method for asked in canned.asked] == ["POST", "GET"]


@pytest.mark.parametrize(("length", "methods"), [(7800, ["POST", "GET"]), (9000, ["POST"]), (3000, ["POST"])])
def test_a_query_too_long_for_a_url_keeps_the_first_answer(canned, make_source, query, length, methods):
    canned.answers = [Canned(status=403), success()]
    # A brace is three bytes in a URL.
    expression = "{" * length if length == 3000 else "a" * length
    answer = make_source(canned.url).ask(msgspec.structs.replace(query, expression=expression))
    assert [asked.method for asked in canned.asked] == methods
    assert isinstance(answer, MetricResult) == (methods[-1] == "GET")


@pytest.mark.parametrize("status", [400, 401, 404, 422, 500])
def test_what_is_no_refusal_of_a_method_is_asked_once(canned, make_source, query, status):
    canned.answers = [Canned(status=status), success()]
    assert isinstance(make_source(canned.url).ask(query), Problem)
    assert [asked.method for asked in canned.asked] == ["POST"]


@pytest.mark.parametrize(
    ("extra", "partial"),
    [
        ({"warnings": ["No StoreAPIs matched for this query"]}, True),
        ({"warnings": ["results truncated due to limit"]}, True),
        ({"isPartial": True}, True),
        (
            {"warnings": ["receive series from Addr: store-2: context deadline exceeded"], "infos": ["i"]},
            True,
        ),
        ({"infos": ['PromQL info: metric might not be a counter: "x"']}, False),
        ({"warnings": None, "infos": None, "isPartial": False, "stats": {"seriesFetched": "1"}}, False),
    ],
)
def test_an_incomplete_answer_is_labelled_partial_and_an_info_is_not(
    canned, make_source, query, extra, partial
):
    canned.answers = [success(**extra)]
    result = make_source(canned.url).ask(query)
    assert result.partial is partial
    assert result.warnings == tuple(extra.get("warnings") or ())
    assert result.infos == tuple(extra.get("infos") or ())
    assert len(result.series) == 1


def test_an_answer_is_as_partial_as_what_it_says_of_now(canned, make_source, query):
    canned.answers = [success(infos=["one"]), success(warnings=["store-2 is away"], infos=["one", "two"])]
    result = make_source(canned.url).ask(replace(query, now=query.window.end))
    assert (result.partial, result.warnings, result.infos) == (True, ("store-2 is away",), ("one", "two"))
    assert result.now is not None


FAILURES = {
    "bad_data": error(400, "bad_data"),
    "execution": error(422, "execution"),
    "canceled": error(499, "canceled"),
    "timeout": error(503, "timeout"),
    "internal": error(500, "internal"),
    "not_found": error(404, "not_found"),
    "not_acceptable": error(406, "not_acceptable"),
    "unavailable": error(503, "unavailable"),
    "no such API": Canned(404, b"404 page not found\n", "text/plain"),
    "no credentials": Canned(401, b"Unauthorized", "text/plain"),
    "forbidden": Canned(403, b"<html>Forbidden</html>", "text/html"),
    "too many requests": Canned(429, b"too many outstanding requests", "text/plain"),
    "bad gateway": Canned(502, b"<html><h1>502 Bad Gateway</h1></html>", "text/html"),
    "a web page": Canned(200, b"<!DOCTYPE html><title>Sign in</title>", "text/html"),
    "broken JSON": Canned(200, b'{"status": "succ'),
    "another API": Canned(200, b'{"status": "success", "data": ["__name__"]}'),
}


def test_each_kind_of_failure_has_a_reason_of_its_own(canned, make_source, query):
    messages = {}
    for kind, answer in FAILURES.items():
        canned.answers = [answer]
        problem = make_source(canned.url).ask(query)
        assert isinstance(problem, Problem), kind
        messages[kind] = problem.message.partition(": ")[0]
        assert "<" not in problem.message, "no web page inside a sentence"
    assert len(set(messages.values())) == len(FAILURES), messages
    assert len(canned.asked) == len(FAILURES) + 1  # a refusal of access may be one of the method


@pytest.mark.parametrize(("status", "requests"), [(400, 1), (404, 1), (422, 1), (503, 2)])
def test_a_query_is_repeated_only_where_that_may_help(canned, make_source, query, status, requests):
    canned.answers = [error(status, "")]
    make_source(canned.url, attempts=2).ask(query)
    assert len(canned.asked) == requests


def test_victoriametrics_error_types_are_read_as_statuses(canned, make_source, query):
    canned.answers = [error(422, "422", "cannot parse the query")]
    problem = make_source(canned.url).ask(query)
    assert "(execution)" in problem.message
    assert problem.message.endswith("cannot parse the query")


def test_a_line_of_text_is_shown_with_its_status(canned, make_source, query):
    canned.answers = [FAILURES["too many requests"]]
    problem = make_source(canned.url).ask(query)
    assert problem.message.endswith("HTTP status 429, too many outstanding requests")


def test_a_servers_message_is_redacted_cut_and_on_one_line(canned, make_source, query):
    canned.answers = [error(400, "bad_data", "bad\n\x1b[31mpassword=hunter2 from 10.20.30.40 " + "x" * 5000)]
    message = make_source(canned.url).ask(query).message
    assert "hunter2" not in message
    assert "10.20.30.40" not in message
    assert "\n" not in message
    assert "\x1b" not in message
    assert len(message) < 500


def test_labels_warnings_and_infos_are_redacted(canned, make_source, query):
    secret = "AKIAIOSFODNN7EXAMPLE"
    series = {
        "metric": {"key": secret, "api_token": "plainword", "instance": "10.1.2.3:80"},
        "values": [[1, "1"]],
    }
    body = {
        "status": "success",
        "data": {"resultType": "matrix", "result": [series]},
        "warnings": [f"store https://user:pa55word@store with {secret}"],
        "infos": [f"key {secret}"],
    }
    canned.answers = [Canned(body=json.dumps(body).encode())]
    result = make_source(canned.url).ask(query)
    assert result.series[0].labels == {"key": "REDACTED", "api_token": "REDACTED", "instance": "10.1.x.x:80"}
    assert not any(word in repr(result) for word in (secret, "pa55word", "plainword"))


def test_a_body_beyond_the_cap_says_too_many_series(canned, make_source, query):
    canned.answers = [Canned(body=b" " * 5000 + success().body)]
    problem = make_source(canned.url, max_body=4096).ask(query)
    assert problem.message.startswith("too many series")


def test_more_than_ten_thousand_series_are_refused(canned, make_source, query):
    series = [{"metric": {"i": str(i)}, "values": [[1, "1"]]} for i in range(10_001)]
    body = {"status": "success", "data": {"resultType": "matrix", "result": series}}
    canned.answers = [Canned(body=json.dumps(body).encode())]
    problem = make_source(canned.url).ask(query)
    assert problem.message.startswith("too many series")
    assert "10001" in problem.message


def test_a_server_that_is_not_there_is_a_problem(make_source, query, free_port):
    problem = make_source(f"http://127.0.0.1:{free_port}").ask(query)
    assert isinstance(problem, Problem)
    assert problem.where == "metrics.prom"


# --- Sitegen's own history --------------------------------------------------------


HISTORY = {
    "sitegen_build_duration_seconds": ([100.0, 130.0], [0.41, 0.39]),
    'sitegen_asset_bytes{kind="css"}': ([100.0], [9000.0]),
    'sitegen_asset_bytes{kind="html"}': ([100.0], [50_000.0]),
}


@pytest.fixture
def own_history() -> SelfSource:
    return SelfSource(lambda name, window: HISTORY[name], tuple(HISTORY))


def ask_self(source: SelfSource, expression: str) -> MetricResult | Problem:
    return source.ask(MetricQuery("self", expression, Window(90.0, 150.0, 30.0)))


def test_a_series_of_the_history_is_found_by_its_name(own_history):
    result = ask_self(own_history, "sitegen_build_duration_seconds")
    [series] = result.series
    assert series.labels == {"__name__": "sitegen_build_duration_seconds"}
    assert list(series.times) == [100.0, 130.0]
    assert list(series.values) == [0.41, 0.39]


def test_a_name_gives_all_its_series_and_labels_choose_among_them(own_history):
    both = ask_self(own_history, "sitegen_asset_bytes")
    assert [series.labels["kind"] for series in both.series] == ["css", "html"]
    one = ask_self(own_history, 'sitegen_asset_bytes{kind="html"}')
    assert [list(series.values) for series in one.series] == [[50_000.0]]


def test_an_unknown_name_is_a_problem_that_names_the_closest(own_history):
    problem = ask_self(own_history, "sitegen_build_durations_seconds")
    assert problem == Problem(
        where="metrics.self",
        message="sitegen's own history has no series named sitegen_build_durations_seconds; "
        "did you mean sitegen_build_duration_seconds?",
        reason=Reason.REFUSES,
    )


def test_a_series_without_a_sample_in_the_window_is_not_in_the_answer():
    held = {name: ([], []) if "css" in name else found for name, found in HISTORY.items()}
    source = SelfSource(lambda name, window: held[name], tuple(held))
    assert [one.labels["kind"] for one in ask_self(source, "sitegen_asset_bytes").series] == ["html"]
    assert ask_self(source, 'sitegen_asset_bytes{kind="css"}').series == ()


def test_a_name_like_no_other_gets_no_guess(own_history):
    assert "did you mean" not in ask_self(own_history, "node_load1").message


@pytest.mark.parametrize("expression", ["", "rate(x[5m])[", "a b", "x{k=v}", 'x{k="v"'])
def test_an_expression_that_is_no_name_is_a_problem(own_history, expression):
    assert isinstance(ask_self(own_history, expression), Problem)

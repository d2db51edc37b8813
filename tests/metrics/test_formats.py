"""Reading answers of the Prometheus API: real ones, odd ones, hostile ones."""

import json
import math
import struct
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.errors import Problem
from sitegen.metrics.formats import decode_answer
from sitegen.metrics.model import MetricQuery, MetricResult
from sitegen.redaction import Redactor
from sitegen.units import Window

QUERY = MetricQuery(source="prom", expression="up", window=Window(0.0, 60.0, 15.0))


def read(body: bytes) -> MetricResult | Problem:
    return decode_answer(body, QUERY, where="metrics.prom", redactor=Redactor(show_ip=True, show_email=True))


def answer(result: object, kind: str = "matrix", **extra: object) -> bytes:
    return json.dumps({"status": "success", "data": {"resultType": kind, "result": result}, **extra}).encode()


def one_series(values: object, **extra: object) -> bytes:
    return answer([{"metric": {"__name__": "up", "job": "node"}, "values": values, **extra}])


# --- Real answers -----------------------------------------------------------------


@pytest.mark.shared_data
def test_every_real_answer_is_read_or_refused_as_the_facts_say(shared_data):
    facts = json.loads((shared_data / "FACTS.json").read_text())
    names = [
        name
        for name, fact in facts.items()
        if "status" in fact and name.startswith(("prometheus/api", "jaeger/prom"))
    ]
    assert len(names) == 32
    for name in names:
        result = read((shared_data / name).read_bytes())
        if "resultType" in facts[name]:
            assert isinstance(result, MetricResult), name
            assert len(result.series) == facts[name].get("series", 0), name
            assert not result.not_shown
        else:
            assert isinstance(result, Problem), name
            assert "not the result of a query" in result.message


@pytest.mark.shared_data
def test_the_documented_matrix_has_the_documented_samples(shared_data):
    result = read((shared_data / "prometheus" / "api_md_02.json").read_bytes())
    prometheus, node = result.series
    assert node.labels == {"__name__": "up", "job": "node", "instance": "localhost:9091"}
    assert list(node.times) == [1435781430.781, 1435781445.781, 1435781460.781]
    assert list(node.values) == [0.0, 0.0, 1.0]
    assert list(prometheus.values) == [1.0, 1.0, 1.0]


# --- Shapes -----------------------------------------------------------------------


def test_a_vector_gives_each_series_one_sample_in_label_order():
    result = read(answer([{"metric": {"job": job}, "value": [5, "1"]} for job in "cab"], "vector"))
    assert [series.labels["job"] for series in result.series] == ["a", "b", "c"]
    assert [list(series.times) for series in result.series] == [[5.0]] * 3


def test_a_scalar_is_one_series_without_labels():
    [series] = read(answer([1435781451.781, "0.5"], "scalar")).series
    assert (series.labels, list(series.times), list(series.values)) == ({}, [1435781451.781], [0.5])


def test_a_string_is_no_result_to_draw():
    assert "'string'" in read(answer([1435781451.781, "text"], "string")).message


@pytest.mark.parametrize("empty", [[], None])
def test_an_empty_answer_is_an_answer(empty):
    assert read(answer(empty)).series == ()


def test_numbers_that_json_has_not_are_kept_as_they_are():
    [series] = read(one_series([[1, "NaN"], [2, "+Inf"], [3, "-Inf"], [4, "-0"]])).series
    assert [repr(value) for value in series.values] == ["nan", "inf", "-inf", "-0.0"]


def test_keys_that_nobody_knows_are_ignored():
    assert (
        len(
            read(
                one_series([[1, "1"]], unknown={"a": [1]}).replace(b'"status"', b'"trace": {}, "status"')
            ).series
        )
        == 1
    )


def test_a_key_that_stands_twice_counts_as_its_last():
    body = b'{"status":"error","status":"success","data":{"resultType":"matrix","result":[{"metric":{"a":"1","a":"2"},"values":[[1,"1"]]}]}}'
    assert read(body).series[0].labels == {"a": "2"}


# --- Native histograms --------------------------------------------------------------

HISTOGRAM = {"count": "60", "sum": "33.3", "buckets": [[0, "0.5", "1", "30"], [0, "1", "2", "30"]]}


def test_series_with_native_histograms_are_counted_and_named_not_dropped():
    result = read(answer([
        {"metric": {"__name__": "rpc", "path": "/a"}, "histograms": [[1, HISTOGRAM]]},
        {"metric": {"__name__": "rpc", "path": "/b"}, "histograms": [[1, HISTOGRAM]], "values": [[2, "7"]]},
        {"metric": {"__name__": "up"}, "values": [[1, "1"]]},
    ]))  # fmt: skip
    assert [series.labels["__name__"] for series in result.series] == ["rpc", "up"]
    assert result.not_shown == (
        '2 series with native histograms, which are not drawn: rpc{path="/a"}, rpc{path="/b"}',
    )


def test_a_vector_of_native_histograms_names_the_first_and_counts_the_rest():
    entries = [{"metric": {"path": f"/{letter}"}, "histogram": [1, HISTOGRAM]} for letter in "abcde"]
    result = read(answer(entries, "vector"))
    assert result.series == ()
    [sentence] = result.not_shown
    assert sentence.startswith("5 series")
    assert sentence.endswith('{path="/c"} and 2 more')


# --- Bad samples --------------------------------------------------------------------


@pytest.mark.parametrize(
    "bad",
    [
        [2, "abc"], [2, ""], [2, " 1"], [2, "1_0"], [2, "0x10"], [2, "١"], [2, "1,2"], [2, "1e999"], [2, "9" * 400],
        [2, 1], [2, None], [2, True], [2, ["1"]], ["2", "1"], [None, "1"], [2], [2, "1", "1"], [], {}, "x", None, 7,
        [1, "1"], [0.5, "1"], [1e300, "1"], [-1e300, "1"], [2, "]"], [2, "a]b"],
    ],
)  # fmt: skip
def test_a_bad_sample_is_named_and_the_rest_kept(bad):
    result = read(one_series([[1, "10"], bad, [3, "30"]]))
    [series] = result.series
    assert list(series.times) == [1.0, 3.0]
    assert list(series.values) == [10.0, 30.0]
    assert result.not_shown == ('samples that cannot be read in 1 series: up{job="node"} at 1',)


def test_a_bad_sample_is_found_in_a_series_longer_than_a_chunk():
    values: list[object] = [[at, f"{at}.125"] for at in range(60_000)]
    values[41_234] = [41_234, "broken"]
    result = read(one_series(values))
    assert len(result.series[0].times) == 59_999
    assert result.not_shown[0].endswith("at 41234")


@pytest.mark.parametrize(
    "entry", [1, [], "x", {"metric": 5}, {"metric": {"a": 1}}, {"values": 7}, {"values": "x" * 400_000}]
)
def test_a_series_that_cannot_be_read_is_named_by_its_place(entry):
    result = read(answer([{"metric": {}, "values": [[1, "1"]]}, entry]))
    assert len(result.series) == 1
    [sentence] = result.not_shown
    assert sentence.startswith("1 series that cannot be read: series 1")


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([[1, "x"], [2, "y"]], "no sample can be read"),
        ([[0, "1"]] + [[1, "x"]] * 1001, "more than 1000 samples cannot be read"),
    ],
)
def test_a_series_of_which_too_little_can_be_read_is_left_out_whole(values, reason):
    result = read(
        answer([{"metric": {"job": "b"}, "values": values}, {"metric": {"job": "a"}, "values": [[1, "1"]]}])
    )
    assert [series.labels for series in result.series] == [{"job": "a"}]
    assert result.not_shown == ('1 series that cannot be read: series 0, {job="b"}',)
    assert result.infos == (f'series 0, {{job="b"}}: {reason}',)


def test_an_answer_of_which_nothing_can_be_read_is_a_problem():
    assert isinstance(read(answer([1, 2, 3])), Problem)
    assert isinstance(read(one_series([[1, "x"]])), Problem)


def test_a_series_without_a_sample_is_a_series_all_the_same():
    [series] = read(one_series([])).series
    assert len(series.times) == 0


# --- Hostile answers ----------------------------------------------------------------

PLAIN = one_series([[1, "1"], [2, "2"]])
HOSTILE = {
    "nothing": b"",
    "a zero": b"\0",
    "brackets": b"[" * 1_000_000,
    "braces": b'{"a":' * 1_000_000,
    "brackets in the data": b'{"status":"success","data":' + b"[" * 1_000_000 + b"]" * 1_000_000 + b"}",
    "brackets in an unknown key": b'{"status":"success","x":' + b"[" * 500_000 + b"]" * 500_000 + b',"data":{}}',
    "a long integer for a status": b'{"status":' + b"9" * 5000 + b"}",
    "a surrogate in the status": b'{"status":"\\ud800"}',
    "half a surrogate pair in a label": answer([{"metric": {"a": "\ud800"}, "values": [[1, "1"]]}]),
    "no UTF-8": b'{"status":"\xff\xfe"}',
    "a list": b"[]",
    "a word": b'"success"',
    "a wrong status": b'{"status":true}',
    "warnings of the wrong type": b'{"status":"success","warnings":"no"}',
    "no data": b'{"status":"success"}',
    "data of the wrong type": b'{"status":"success","data":[1]}',
    "a result of the wrong type": answer({"metric": {}}),
    "two documents": PLAIN + PLAIN,
    "UTF-16": PLAIN.decode().encode("utf-16"),
    "an envelope in an envelope": json.dumps(PLAIN.decode()).encode(),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_answer_is_a_problem(name):
    problem = read(HOSTILE[name])
    assert isinstance(problem, Problem)
    assert len(problem.message) < 500


@pytest.mark.parametrize(
    "series",
    [
        b'{"metric":{"a":"\xed\xa0\x80"},"values":[[1,"1"]]}',
        b'{"metric":{"a":' + b"9" * 5000 + b'},"values":[[1,"1"]]}',
        b'{"metric":{},"values":{"1":"1"}}',
    ],
)
def test_a_hostile_series_does_not_take_the_others_with_it(series):
    good = b'{"metric":{"job":"a"},"values":[[1,"1"]]}'
    body = b'{"status":"success","data":{"resultType":"matrix","result":[' + series + b"," + good + b"]}}"
    result = read(body)
    assert [series.labels for series in result.series] == [{"job": "a"}]
    assert len(result.not_shown) == 1


def test_a_time_of_five_thousand_digits_is_a_bad_sample():
    result = read(one_series([[1, "1"], [2, "2"]]).replace(b"[2, ", b"[" + b"9" * 5000 + b", "))
    assert list(result.series[0].times) == [1.0]
    assert result.not_shown[0].endswith("at 1")


def test_an_answer_cut_anywhere_is_a_problem():
    for length in range(len(PLAIN)):
        assert isinstance(read(PLAIN[:length]), Problem)


@settings(deadline=None, max_examples=200)
@given(position=st.integers(0, len(PLAIN) - 1), byte=st.integers(0, 255))
def test_a_changed_byte_never_crashes_the_reader(position, byte):
    body = bytearray(PLAIN)
    body[position] = byte
    assert isinstance(read(bytes(body)), MetricResult | Problem)


@settings(deadline=None, max_examples=200)
@given(body=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body):
    assert isinstance(read(body), MetricResult | Problem)


# --- Properties ---------------------------------------------------------------------


def spelled(value: float) -> str:
    """A double as Go's strconv writes it."""
    if math.isfinite(value):
        return repr(value)
    return "NaN" if math.isnan(value) else "+Inf" if value > 0 else "-Inf"


@settings(deadline=None, max_examples=200)
@given(
    samples=st.dictionaries(st.integers(0, 4_000_000_000_000), st.floats(), max_size=30),
    labels=st.dictionaries(
        st.text(st.characters(codec="utf-8"), min_size=1), st.text(st.characters(codec="utf-8")), max_size=4
    ),
)
def test_every_double_and_every_instant_is_read_to_its_last_bit(samples, labels):
    values = [[at / 1000, spelled(samples[at])] for at in sorted(samples)]
    result = read(answer([{"metric": labels, "values": values}]))
    assert result.not_shown == ()
    [series] = result.series
    assert list(series.times) == [at / 1000 for at in sorted(samples)]
    expected = [math.nan if math.isnan(value) else value for _, value in sorted(samples.items())]
    assert [struct.pack("<d", value) for value in series.values] == [
        struct.pack("<d", value) for value in expected
    ]
    assert len(series.labels) == len(labels)


def test_a_long_answer_takes_little_more_memory_than_its_doubles():
    samples = 100_000
    body = answer([
        {"metric": {"i": str(i)}, "values": [[1_700_000_000 + 15 * at, f"{at / 7:.12f}"] for at in range(samples // 4)]}
        for i in range(4)
    ])  # fmt: skip
    tracemalloc.start()
    result = read(body)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sum(len(series.times) for series in result.series) == samples
    assert peak < 2.5 * samples * 16

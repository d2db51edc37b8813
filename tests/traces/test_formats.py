import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sitegen.redaction import Redactor
from sitegen.traces.aggregator import aggregate
from sitegen.traces.formats import parse_otlp
from sitegen.traces.model import Span, SpanKind, SpanStatus

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"


def parse(body: bytes, *allowed: str):
    return parse_otlp(body, frozenset(allowed), Redactor())


def test_a_span_is_read_as_the_specification_maps_it(otlp, otlp_span):
    body = otlp(
        otlp_span(
            parentSpanId="EEE19B7EC3C1B173",
            attributes=[
                {"key": "http.route", "value": {"stringValue": "/cart"}},
                {"key": "http.secret", "value": {"stringValue": "x"}},
            ],
            status={"code": 2, "message": "boom"},
            flags=1,
            someLaterField={"a": []},
        )
    )
    spans, faults = parse(body, "http.route")
    assert faults == ()
    assert tuple(replace(span, record=b"") for span in spans) == (
        Span(
            trace_id="5b8efff798038103d269b633813fc60c",
            span_id="eee19b7ec3c1b174",
            parent_id="eee19b7ec3c1b173",
            service="shop",
            name="GET /cart",
            kind=SpanKind.SERVER,
            start=1544712660000000001,
            duration=1000000002,
            status=SpanStatus.ERROR,
            attributes={"http.route": "/cart"},
        ),
    )


@pytest.mark.parametrize("stamp", [1544712660000000001, "1544712660000000001"])
def test_nanoseconds_are_kept_to_the_digit(otlp, otlp_span, stamp):
    (span,), _ = parse(otlp(otlp_span(startTimeUnixNano=stamp, endTimeUnixNano=stamp)))
    assert (span.start, span.duration) == (1544712660000000001, 0)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"stringValue": "a"}, "a"),
        ({"stringValue": ""}, ""),
        ({"boolValue": False}, "false"),
        ({"intValue": "9223372036854775807"}, "9223372036854775807"),
        ({"intValue": 9223372036854775807}, "9223372036854775807"),
        ({"doubleValue": 72.5}, "72.5"),
        ({"doubleValue": "NaN"}, "NaN"),
        ({"bytesValue": "AAAwOQ=="}, "AAAwOQ=="),
        ({"arrayValue": {"values": [{"stringValue": "a"}, {"intValue": 1}, {}]}}, '["a",1,null]'),
        ({"kvlistValue": {"values": [{"key": "k", "value": {"arrayValue": {}}}]}}, '{"k":[]}'),
        ({}, ""),
        (None, ""),
        ({"someLaterValue": 1}, ""),
    ],
)
def test_attribute_values_of_every_kind_become_text(otlp, otlp_span, value, text):
    (span,), faults = parse(otlp(otlp_span(attributes=[{"key": "k", "value": value}])), "k")
    assert span.attributes == {"k": text}
    assert faults == ()


def test_what_is_published_is_redacted(otlp, otlp_span):
    attributes = [
        {"key": "url", "value": {"stringValue": "https://alice:hunter2@shop.example/"}},
        {"key": "db.password", "value": {"stringValue": "hunter2"}},
    ]
    body = otlp(otlp_span(name="login password=hunter2", attributes=attributes), service="of bob@example.org")
    (span,), _ = parse(body, "url", "db.password")
    assert "hunter2" not in str(span)
    assert "bob" not in str(span)
    assert span.attributes["db.password"] == "REDACTED"


def test_a_long_value_is_cut_and_says_so(otlp, otlp_span):
    attributes = [{"key": "k", "value": {"stringValue": "x" * 1_000_000}}]
    (span,), _ = parse(otlp(otlp_span(attributes=attributes)), "k")
    assert len(span.attributes["k"]) < 1_100
    assert "characters)" in span.attributes["k"]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (0, SpanKind.UNSPECIFIED), (3, SpanKind.CLIENT), ("SPAN_KIND_PRODUCER", SpanKind.PRODUCER), ("server", SpanKind.SERVER),
        ("5", SpanKind.CONSUMER), (99, SpanKind.UNSPECIFIED), (-1, SpanKind.UNSPECIFIED), (None, SpanKind.UNSPECIFIED), ("?", SpanKind.UNSPECIFIED),
    ],
)  # fmt: skip
def test_a_kind_is_a_number_or_a_name(otlp, otlp_span, kind, expected):
    (span,), _ = parse(otlp(otlp_span(kind=kind)))
    assert span.kind is expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (None, SpanStatus.UNSET), ({}, SpanStatus.UNSET), ({"code": 1}, SpanStatus.OK), ({"code": 2}, SpanStatus.ERROR),
        ({"code": "STATUS_CODE_ERROR"}, SpanStatus.ERROR), ({"code": "STATUS_CODE_OK"}, SpanStatus.OK), ({"code": 7}, SpanStatus.UNSET),
    ],
)  # fmt: skip
def test_a_status_is_a_number_or_a_name(otlp, otlp_span, status, expected):
    (span,), _ = parse(otlp(otlp_span(status=status)))
    assert span.status is expected


@pytest.mark.parametrize(
    ("trace_id", "expected"),
    [
        ("5B8EFFF798038103D269B633813FC60C", "5b8efff798038103d269b633813fc60c"),
        ("d269b633813fc60c", "0" * 16 + "d269b633813fc60c"),
        ("W47/95gDgQPSabYzgT/GDA==", "5b8efff798038103d269b633813fc60c"),
    ],
)
def test_every_spelling_of_an_id_is_one_id(otlp, otlp_span, trace_id, expected):
    (span,), _ = parse(otlp(otlp_span(traceId=trace_id, spanId="AB", parentSpanId="")))
    assert (span.trace_id, span.span_id, span.parent_id) == (expected, "00000000000000ab", None)


@pytest.mark.parametrize("parent", ["", None, "0000000000000000"])
def test_an_empty_parent_is_none(otlp, otlp_span, parent):
    (span,), _ = parse(otlp(otlp_span(parentSpanId=parent)))
    assert span.parent_id is None


@pytest.mark.parametrize("end", [None, 0, "0"])
def test_a_span_that_is_still_open_has_no_length(otlp, otlp_span, end):
    (span,), faults = parse(otlp(otlp_span(endTimeUnixNano=end)))
    assert (span.duration, faults) == (0, ())


def test_a_negative_duration_is_kept_as_it_is(otlp, otlp_span):
    (span,), _ = parse(otlp(otlp_span(endTimeUnixNano="1544712660000000000")))
    assert span.duration == -1


@pytest.mark.parametrize(
    "broken",
    [
        {"traceId": ""}, {"traceId": "0" * 32}, {"traceId": "xyz"}, {"traceId": 7}, {"spanId": None}, {"spanId": "f" * 17},
        {"traceId": "!!!!!!!!!!!!!!!!!!!!!!=="},
    ],
)  # fmt: skip
def test_a_span_that_nobody_can_name_is_told_and_the_others_are_kept(otlp, otlp_span, broken):
    spans, faults = parse(otlp(otlp_span(spanId="01"), otlp_span(**broken), otlp_span(spanId="02")))
    assert [span.span_id for span in spans] == ["0" * 15 + "1", "0" * 15 + "2"]
    (fault,) = faults
    assert fault.startswith("a span is malformed: ")


@pytest.mark.parametrize(
    ("odd", "told"),
    [
        ({"startTimeUnixNano": None}, 0), ({"startTimeUnixNano": "soon"}, 1), ({"startTimeUnixNano": -1}, 1), ({"startTimeUnixNano": "9" * 5000}, 1),
        ({"startTimeUnixNano": 2**64}, 1), ({"startTimeUnixNano": 1.5}, 0), ({"endTimeUnixNano": {}}, 0), ({"attributes": {"a": 1}}, 0), ({"attributes": {}}, 0),
        ({"attributes": "x"}, 1), ({"attributes": [7, {"key": "a", "value": {"stringValue": 1}}]}, 1), ({"name": []}, 0), ({"name": 7}, 0),
        ({"status": []}, 0), ({"status": {"code": {}}}, 0), ({"kind": {}}, 0), ({"links": {}}, 0), ({"links": [7]}, 0), ({"events": {}}, 0),
        ({"parentSpanId": 7}, 1), ({"parentSpanId": "zz"}, 1),
    ],
)  # fmt: skip
def test_an_odd_part_costs_only_itself(otlp, otlp_span, odd, told):
    spans, faults = parse(otlp(otlp_span(spanId="01"), otlp_span(**{"spanId": "02", **odd})))
    assert [span.span_id for span in spans] == ["0" * 15 + "1", "0" * 15 + "2"]
    assert len(faults) == told


@pytest.mark.parametrize(
    "status", [2, "2", "ERROR", "STATUS_CODE_ERROR", {"code": 2}, {"code": "STATUS_CODE_ERROR"}]
)
def test_a_status_is_read_in_every_spelling(otlp, otlp_span, status):
    (span,), _ = parse(otlp(otlp_span(status=status)))
    assert span.status is SpanStatus.ERROR


def test_an_odd_attribute_of_a_resource_costs_no_span(otlp, otlp_span):
    document = json.loads(otlp(otlp_span()))
    document["resourceSpans"][0]["resource"] = {
        "attributes": [
            {"key": "process.argv", "value": {}},
            {"key": 7},
            {"key": "service.name", "value": {"stringValue": "shop"}},
        ]
    }
    (span,), faults = parse(json.dumps(document).encode())
    assert (span.service, len(faults)) == ("shop", 1)


def test_a_service_is_its_namespace_and_its_name(otlp, otlp_span):
    document = json.loads(otlp(otlp_span()))
    pairs = {"service.name": "api", "service.namespace": "bank"}
    document["resourceSpans"][0]["resource"]["attributes"] = [
        {"key": key, "value": {"stringValue": value}} for key, value in pairs.items()
    ]
    (span,), _ = parse(json.dumps(document).encode())
    assert span.service == "bank/api"


def test_the_scopes_of_before_are_read_and_names_with_underscores(otlp, otlp_span):
    document = json.loads(otlp(otlp_span()))
    entry = document["resourceSpans"][0]
    entry["instrumentationLibrarySpans"] = entry.pop("scopeSpans")
    (old,), _ = parse(json.dumps(document).encode())
    span = {
        "trace_id": "5B8EFFF798038103D269B633813FC60C",
        "span_id": "EEE19B7EC3C1B174",
        "start_time_unix_nano": "5",
        "end_time_unix_nano": 9,
    }
    snake = {"resource_spans": [{"resource": entry["resource"], "scope_spans": [{"spans": [span]}]}]}
    (new,), faults = parse(json.dumps(snake).encode())
    assert (old.trace_id, new.trace_id, new.duration, faults) == (new.trace_id, old.trace_id, 4, ())


@pytest.mark.parametrize("text", ['"\\ud83d half"', '"a\tb"', '"' + "x" * 70_000 + '"', "NaN", '"\x01"'])
def test_an_odd_text_or_number_costs_no_document(otlp, otlp_span, text):
    body = otlp(otlp_span(attributes=[{"key": "odd", "value": "HERE"}])).replace(
        b'"HERE"', b'{"stringValue":%s}' % text.encode()
    )
    spans, _ = parse(body)
    assert len(spans) == 1


@pytest.mark.parametrize(
    ("field", "misspelt"),
    [("scopeSpans", "scopeSpan"), ("spans", "span_list"), ("resourceSpans", "resources")],
)
def test_a_list_of_another_name_is_told_and_the_others_are_read(otlp, otlp_span, field, misspelt):
    line = otlp(otlp_span())
    spans, faults = parse(line + b"\n" + line.replace(f'"{field}"'.encode(), f'"{misspelt}"'.encode()))
    assert (len(spans), len(faults)) == (1, 1)


def test_links_are_kept_as_traces_and_spans(otlp, otlp_span):
    links = [
        {"traceId": "A" * 32, "spanId": "b" * 16, "attributes": {}},
        {"traceId": "0" * 32, "spanId": "b" * 16},
    ]
    (span,), _ = parse(otlp(otlp_span(links=links)))
    assert span.links == (("a" * 32, "b" * 16),)


def test_many_malformed_spans_are_counted(otlp):
    spans, faults = parse(otlp(*({"spanId": str(number)} for number in range(50))))
    assert spans == ()
    assert faults == ("a span is malformed: its traceId or spanId is empty or zero (50 times)",)


def test_a_malformed_resource_costs_only_itself(otlp, otlp_span):
    document = json.loads(otlp(otlp_span()))
    document["resourceSpans"].insert(0, {"scopeSpans": 7})
    spans, faults = parse(json.dumps(document).encode())
    assert len(spans) == 1
    assert len(faults) == 1


def test_one_document_a_line_is_read_and_a_torn_line_is_named(otlp, otlp_span):
    line = otlp(otlp_span())
    metrics = b'{"resourceMetrics":[]}'
    spans, faults = parse(b"\n".join([line, metrics, line, b"", line[:100], line]))
    assert len(spans) == 3
    (fault,) = faults
    assert fault.startswith("line 5 is no OTLP JSON")


@pytest.mark.parametrize(
    "body", [b"", b"\n", b"{}", b'{"resourceSpans":null}', b'{"resourceSpans":[{}]}', b'{"resourceLogs":[]}']
)
def test_a_file_without_spans_is_no_fault(body):
    assert parse(body) == ((), ())


@pytest.mark.parametrize(
    "body",
    [b"[]", b"7", b"hello", b'{"data":[]}', b'{"resourceSpans":7}', b"[" * 1_000_000, b'{"resourceSpans":' + b"[" * 1_000_000, b'{"a":' * 100_000, b"\xff\xfe\x00", b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"\\ud800"}]}]}]}'],
    ids=range(10),
)  # fmt: skip
def test_what_is_no_otlp_is_a_fault_and_never_an_error(body):
    spans, faults = parse(body)
    assert spans == ()
    assert faults


@pytest.mark.parametrize("depth", [10, 100, 10_000, 100_000])
def test_values_are_read_to_a_sensible_depth_and_no_depth_is_an_error(otlp, otlp_span, depth):
    body = otlp(otlp_span(attributes=[{"key": "k", "value": {"stringValue": "DEEP"}}]), otlp_span())
    deep = b'{"arrayValue":{"values":[' * depth + b"{}" + b"]}}" * depth
    spans, faults = parse(body.replace(b'{"stringValue": "DEEP"}', deep) + b"\n" + otlp(otlp_span()), "k")
    assert (len(spans), faults) == (3, ())


@pytest.mark.parametrize(
    ("attributes", "allowed", "expected"),
    [
        ({"peer.service": "bank"}, (), (3, "bank")),
        ({"db.system": "postgresql", "server.address": "db-7.internal"}, (), (3, "postgresql")),
        ({"server.address": "db-7.internal"}, (), (3, None)),
        ({"server.address": "db-7.internal"}, ("server.address",), (3, "db-7.internal")),
        ({"messaging.system": "kafka"}, (), (4, "kafka")),
        ({"peer.service": "caller"}, (), (2, None)),
    ],
)
def test_the_peer_of_a_calling_span_is_named(otlp, otlp_span, attributes, allowed, expected):
    kind, peer = expected
    pairs = [{"key": key, "value": {"stringValue": value}} for key, value in attributes.items()]
    (span,), _ = parse(otlp(otlp_span(attributes=pairs, kind=kind)), *allowed)
    assert span.peer == peer


def test_a_resource_without_a_name_is_an_unknown_service(otlp, otlp_span):
    (span,), _ = parse(otlp(otlp_span(), service=None))
    assert span.service == "unknown_service"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(
    st.dictionaries(
        st.sampled_from(
            ["traceId", "spanId", "parentSpanId", "name", "kind", "startTimeUnixNano", "attributes", "status"]
        ),
        JSON,
    )
)
@settings(deadline=None, max_examples=200)
def test_any_value_in_any_place_is_a_span_or_a_fault(fields):
    span = {"traceId": "ab", "spanId": "cd", "startTimeUnixNano": 1} | fields
    body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).encode()
    spans, faults = parse(body)
    assert spans or faults


FILES = (
    *(f"jaeger/otlp_{name}.json" for name in ("default", "dur_trace", "log_tags_trace", "multi_index_trace", "multi_spot_tags_trace", "multispottag_opname_maxdur_trace", "process_tags_trace", "scope_name_version_trace", "span_tags_trace", "tags_dur_trace", "tags_escaped_operator_trace_1", "tags_opname_trace", "tags_wildcard_regex_1")),
    "jaeger/otel_traces_01.json", "jaeger-ui/otlp2jaeger-in.json", "jaeger-ui/otlp2jaeger-in-error.json", "otel-proto/trace.json",
)  # fmt: skip


@pytest.mark.shared_data
@pytest.mark.parametrize("name", FILES)
def test_real_files_hold_what_was_counted_independently(name):
    if not (DATA / "FACTS.json").exists():
        pytest.skip("the real inputs are not here")
    facts = json.loads((DATA / "FACTS.json").read_text())[name]
    spans, faults = parse((DATA / name).read_bytes())
    traces = aggregate(spans, "files")
    assert faults == ()
    assert len(spans) == facts["spans"]
    assert len(traces) == facts["traces"]
    assert len({span.service for span in spans}) == facts["services"]
    roots = [node for trace in traces for node in trace.nodes if node.parent == -1]
    assert sum(node.span.parent_id is None for node in roots) == facts["roots"]
    warnings = [warning for trace in traces for warning in trace.warnings]
    # What was sent twice counts once; another duplicate of an orphan is an orphan as well.
    duplicates = facts["duplicate_ids"] - (len(spans) - len(set(map(repr, spans))))
    assert sum("is not here" in warning for warning in warnings) == facts["orphans"] + duplicates
    assert sum("only one with this id" in warning for warning in warnings) == duplicates

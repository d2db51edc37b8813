"""Kinds of public bug reports about spans, each in many spellings: what is read of odd files, and what is a call."""

import base64
import json
import random
import re

import pytest
from sitegen.redaction import Redactor
from sitegen.traces.aggregator import aggregate
from sitegen.traces.analysis import service_edges
from sitegen.traces.formats import parse_otlp
from sitegen.traces.model import Span, SpanKind, SpanStatus
from sitegen.visualization.diagrams.waterfall import draw_waterfall

TRACE, OTHER = "5b8efff798038103d269b633813fc60c", "aaaabbbb98038103d269b633813fc60c"
BEGAN = 1_795_600_800 * 10**9
NOW = BEGAN + 300 * 10**9


def pairs(given: dict) -> list:
    return [{"key": key, "value": {"stringValue": value}} for key, value in given.items()]


def span(number: int, begin: int, end: int, parent: int = 0, trace: str = TRACE, **fields) -> dict:
    """A span from one millisecond to another; 0 is no parent."""
    known = {"traceId": trace, "spanId": f"{number:016x}", "name": f"s{number}", "kind": 2}
    times = {
        "startTimeUnixNano": str(BEGAN + begin * 10**6),
        "endTimeUnixNano": str(BEGAN + end * 10**6),
    }
    return known | times | ({"parentSpanId": f"{parent:016x}"} if parent else {}) | fields


def resource(service: str, *spans: dict) -> dict:
    return {
        "resource": {"attributes": pairs({"service.name": service})},
        "scopeSpans": [{"spans": list(spans)}],
    }


def read(body: bytes | list | dict):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return parse_otlp(data, frozenset({"http.route", "k"}), Redactor())


def document() -> dict:
    """Two spans: a server's of 100 ms, and below it a call of a database."""
    root = span(1, 0, 100, attributes=pairs({"http.route": "/x"}))
    return {
        "resourceSpans": [
            resource("shop", root, span(2, 10, 60, 1, kind=3, attributes=pairs({"db.system": "pg"})))
        ]
    }


WHOLE = json.dumps(document()).encode()
PRETTY = json.dumps(document(), indent=2).encode()


def is_whole(spans) -> bool:
    """Whether all of the document was read, as often as it stands there."""
    told = [(one.service, one.kind, one.duration, one.parent_id, one.peer) for one in spans]
    both = [("shop", "server", 10**8, None, None), ("shop", "client", 5 * 10**7, f"{1:016x}", "pg")]
    return bool(told) and told == both * (len(told) // 2)


@pytest.mark.parametrize(
    ("body", "times"),
    [
        (WHOLE.decode().encode("utf-16"), 1), (WHOLE.decode().encode("utf-16-le"), 1), (WHOLE.decode().encode("utf-32"), 1), (b"\xef\xbb\xbf" + WHOLE, 1),
        (b"\n".join([b"\xef\xbb\xbf" + WHOLE] * 2), 2), (b"2026-11-25T10:00:00Z stdout F " + WHOLE, 1), (b")]}'\n" + WHOLE, 1), (b"data: " + WHOLE, 1),
        (WHOLE + b",\n" + WHOLE + b",", 2), (b"[" + WHOLE + b"," + WHOLE + b"]", 2), (b"[\n" + PRETTY + b",\n" + PRETTY + b"\n]", 2), (WHOLE * 2, 2), (PRETTY + b"\n" + PRETTY, 2),
        (b"\x1e" + WHOLE + b"\n\x1e" + WHOLE + b"\n", 2), (WHOLE + b"\r\n" + WHOLE, 2), (WHOLE + b"\r" + WHOLE, 2), (WHOLE + b"\0" * 99, 1), (b"\0" * 99 + WHOLE, 1),
        (WHOLE.replace(b'"s2"', b'"s\xff"'), 1), (PRETTY.replace(b'"s2"', b'"s\xff"'), 1), (WHOLE.replace(b'"s2"', b'"s\\ud83d"'), 1), (PRETTY.replace(b'"s2"', b'"s\\udc00"'), 1),
        (WHOLE.replace(b'"s2"', b'"s\xed\xa0\xbd"'), 1), (WHOLE.replace(b'"s2"', b'"a\nb"'), 1), (WHOLE.replace(b'"s2"', b'"a\nb"') + b"\n" + WHOLE, 2), (WHOLE.replace(b'"s2"', b'"\\x41"'), 1),
        (WHOLE.replace(b'"/x"', b"NaN"), 1), (WHOLE.replace(b'"/x"', b"-Infinity"), 1), (WHOLE.replace(b'"/x"', b"1e999"), 1), (WHOLE.replace(b'"/x"', b'"' + b"x" * 70_000 + b'"'), 1),
    ],
    ids=range(30),
)  # fmt: skip
def test_a_file_is_read_whatever_its_encoding_and_what_stands_around(body, times):
    spans, _ = read(body)
    assert is_whole(spans)
    assert len(spans) == 2 * times


def test_however_many_lines_are_odd_each_is_read_and_what_is_no_json_costs_little(monkeypatch):
    monkeypatch.setattr("sitegen.traces.otlp._MOST_SOUGHT", 10_000)
    odd = b"2026-11-25T10:00:00Z stdout F " + WHOLE.replace(b'"s2"', b'"\\ud83d"')
    spans, faults = read(b"\n".join([odd] * 100))
    assert (len(spans), faults) == (200, ())
    assert read(b"{}" * 9_000) == ((), ("it is no OTLP JSON: 0 MB of it are malformed",))
    monkeypatch.setattr("sitegen.traces.otlp._MOST_PIECES", 100)
    assert read(b"{}" * 900) == ((), ("it is no OTLP JSON: it has 100 maps or more",))


def mended(old: str, new: str) -> dict:
    assert old in WHOLE.decode()
    return json.loads(WHOLE.decode().replace(old, new))


def changed(change) -> dict:
    found = document()
    change(found["resourceSpans"][0], found["resourceSpans"][0]["scopeSpans"][0]["spans"])
    return found


def snake(value):
    """The same with names as the protocol has them."""
    if isinstance(value, dict):
        return {
            re.sub(r"([A-Z])", lambda found: "_" + found[1].lower(), key): snake(one)
            for key, one in value.items()
        }
    return [snake(one) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    "given",
    [
        snake(document()), mended("startTime", "start_time_"), mended("traceId", "trace_id"), mended("stringValue", "string_value"), mended("parentSpanId", "parent_span_id"),
        mended("resourceSpans", "ResourceSpans"), mended("resourceSpans", "batches"), mended("scopeSpans", "instrumentation_library_spans"), mended("traceId", "traceID"),
        {"trace": document()}, {"data": document()}, mended(f'"{TRACE}"', f'"0x{TRACE.upper()}"'), mended(TRACE, "5b8efff7-9803-8103-d269-b633813fc60c"),
        mended(TRACE, base64.b64encode(bytes.fromhex(TRACE)).decode()), mended(TRACE, base64.urlsafe_b64encode(bytes.fromhex("fb" * 16)).decode().rstrip("=")),
        mended(f'"{1:016x}"', '"AAAAAAAAAAE="'), mended(f'"{BEGAN}"', f"{BEGAN}"), mended(f'"{BEGAN}"', f'" {BEGAN} "'), mended(f'"{BEGAN}"', f'"{BEGAN}.0"'),
        mended(f'"{BEGAN}"', "1.7956008e18"), mended(f'"{BEGAN}"', json.dumps({"low": BEGAN & 0xFFFFFFFF, "high": BEGAN >> 32})),
        mended('"kind": 3', '"kind": 3.0'), mended('"kind": 3', '"kind": "SpanKind.CLIENT"'), mended('"kind": 3', '"kind": " 3 "'), mended('"kind": 3', '"kind": "Client"'),
        changed(lambda entry, _: entry.update(resource={"attributes": {"service.name": "shop"}})), changed(lambda entry, _: entry.update(scopeSpans={"0": entry["scopeSpans"][0]})),
        changed(lambda entry, _: entry.update(scopeSpans=entry["scopeSpans"][0])), changed(lambda entry, spans: entry["scopeSpans"][0].update(spans={"0": spans[0], "1": spans[1]})),
        changed(lambda entry, _: entry["scopeSpans"].insert(0, 7)), changed(lambda entry, _: entry["scopeSpans"].append(None)), changed(lambda _, spans: spans.insert(0, None)),
        changed(lambda entry, _: entry["scopeSpans"][0].update(scope=[])), changed(lambda _, spans: spans[0].update(attributes={})), changed(lambda _, spans: spans[0].update(events=7, flags="x")),
        changed(lambda entry, _: entry["resource"]["attributes"].insert(0, {"key": "service.name", "value": {"stringValue": "\x1b[31m shop\n"}})),
        changed(lambda _, spans: spans[0].update(attributes=[{"key": "k", "value": {"kvlistValue": []}}, 7])), changed(lambda _, spans: spans[0].update(name={}, status=[7], links=[7, {}])),
    ],
    ids=range(38),
)  # fmt: skip
def test_a_document_is_read_in_every_spelling_and_an_odd_part_costs_only_itself(given):
    spans, _ = read(given)
    assert is_whole(spans)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"doubleValue": "1.5"}, "1.5"), ({"intValue": 5.0}, "5"), ({"boolValue": "true"}, "true"), ({"stringValue": 7}, "7"), ("v", "v"), ({"string_value": "v"}, "v"),
        ({"arrayValue": {"values": [7, {"stringValue": "a"}]}}, '[7,"a"]'), ({"arrayValue": [{"stringValue": "a"}]}, '["a"]'), ({"bytesValue": [1, 2]}, "[1,2]"),
    ],
)  # fmt: skip
def test_a_value_is_read_in_every_spelling(value, text):
    spans, faults = read(
        {"resourceSpans": [resource("a", span(1, 0, 5, attributes=[{"key": "k", "value": value}]))]}
    )
    assert (spans[0].attributes, faults) == ({"k": text}, ())


ONE = span(1, 0, 5, attributes=[{"key": "secret", "value": {"intValue": 5}}], flags=0)


@pytest.mark.parametrize(
    ("again", "records"),
    [
        (ONE, 1), (snake(ONE), 1), (ONE | {"kind": "SPAN_KIND_SERVER", "status": {}}, 1), (ONE | {"traceId": base64.b64encode(bytes.fromhex(TRACE)).decode()}, 1),
        (ONE | {"startTimeUnixNano": BEGAN, "events": [], "droppedAttributesCount": 0}, 1), (ONE | {"attributes": [{"key": "secret", "value": {"intValue": "5"}}]}, 1),
        (ONE | {"attributes": [{"key": "secret", "value": {"intValue": 6}}]}, 2), (ONE | {"attributes": []}, 2), (ONE | {"events": [{"name": "x"}]}, 2),
        (ONE | {"status": {"message": "x"}}, 2), (ONE | {"traceState": "a=b"}, 2), (ONE | {"name": "s2"}, 2), (ONE | {"endTimeUnixNano": BEGAN + 1}, 2), (ONE | {"flags": 1}, 2),
        (ONE | {"links": [{"traceId": OTHER, "spanId": "0b"}]}, 2), (ONE | {"parentSpanId": "0c"}, 2),
    ],
)  # fmt: skip
def test_records_that_are_equal_in_all_fields_count_once_however_they_are_spelled(again, records):
    spans, _ = read({"resourceSpans": [resource("shop", ONE), resource("shop", again)]})
    (trace,) = aggregate(spans, "a", NOW)
    assert len(trace.nodes) == records


@pytest.mark.parametrize(
    ("attribute", "records"),
    [
        ({"key": "process.pid", "value": {"intValue": "5"}}, 1),
        ({"key": "process.pid", "value": {"intValue": "6"}}, 2),
    ],
)
def test_a_span_of_another_process_is_another_record(attribute, records):
    first, second = resource("shop", ONE), resource("shop", ONE)
    first["resource"]["attributes"].append({"key": "process.pid", "value": {"intValue": 5}})
    second["resource"]["attributes"].insert(0, attribute)
    (trace,) = aggregate(read({"resourceSpans": [first, second]})[0], "a", NOW)
    assert len(trace.nodes) == records


def link(number: int, trace: str = TRACE) -> dict:
    return {"traceId": trace, "spanId": f"{number:016x}"}


FAILED = {"status": {"code": 2}}
KAFKA = {"kind": 4, "attributes": pairs({"messaging.system": "kafka"})}
PG, VAULT = (
    {"kind": 3, "attributes": pairs({key: name})}
    for key, name in (("db.system", "pg"), ("peer.service", "vault"))
)
SENT = resource("a", span(1, 0, 10, kind=4))


@pytest.mark.parametrize(
    ("resources", "calls"),
    [
        ([resource("a", span(1, 0, 100, kind=3)), resource("b", span(2, 10, 70, 1))], {"a b": (1, 0, 60)}),
        ([resource("a", span(1, 0, 100, kind=3, **FAILED), span(3, 0, 9, 1, kind=1)), resource("b", span(2, 10, 70, 3))], {"a b": (1, 1, 60)}),
        ([resource("a", span(1, 0, 100, kind=3, **FAILED)), resource("b", span(2, 10, 70, 1, **FAILED))], {"a b": (1, 1, 60)}),
        ([resource("a", span(1, 0, 100, kind=3), span(3, 0, 9, 1, kind=1), span(2, 10, 70, 3))], {"a a": (1, 0, 60)}),
        ([resource("a", span(1, 0, 100, kind=3), span(2, 10, 70, 1), span(3, 20, 30, 2))], {"a a": (1, 0, 60)}),
        ([resource("a", span(1, 0, 100, **PG), span(2, 1, 9, 1, kind=1), span(3, 1, 9, 2, kind=1))], {"a pg": (1, 0, 100)}),
        ([resource("a", span(1, 0, 100, **PG), span(2, 1, 9, 1, **PG))], {"a pg": (1, 0, 100)}),
        ([resource("a", span(1, 0, 100, **PG), span(2, 1, 9, 1, kind=1), span(3, 2, 8, 2, **VAULT))], {"a pg": (1, 0, 100), "a vault": (1, 0, 6)}),
        ([resource("a", span(1, 0, 100, **PG), span(3, 1, 9, 1, kind=3)), resource("pg", span(2, 2, 7, 3))], {"a pg": (1, 0, 5)}),
        ([resource("a", span(1, 0, 100, kind=3)), resource("b", span(2, 0, 0, 1, startTimeUnixNano="0"))], {"a b": (1, 0, 100)}),
        ([resource("a", span(1, 0, 100, kind=3)), resource("b", span(2, 0, 0, 1, endTimeUnixNano="0"))], {"a b": (1, 0, 100)}),
        ([resource("a", span(1, 0, 100, kind=1)), resource("b", span(2, 0, 0, 1, endTimeUnixNano="0"))], {"a b": (1, 0, None)}),
        ([SENT, resource("b", span(2, 20, 80, trace=OTHER, kind=5, links=[link(1), link(1)]))], {"a b": (1, 0, 60)}),
        ([SENT, resource("b", span(2, 20, 80, kind=5, links=[link(1)]))], {"a b": (1, 0, 60)}),
        ([SENT, resource("b", span(2, 20, 80, 1, kind=5, links=[link(1)]))], {"a b": (1, 0, 60)}),
        ([SENT, resource("b", span(2, 20, 80, trace=OTHER, kind=5, links=[7, {}, snake(link(1))]))], {"a b": (1, 0, 60)}),
        ([resource("a", span(1, 0, 10, **KAFKA)), resource("b", span(2, 20, 80, trace=OTHER, kind=5, links=[link(1)]))], {"a b": (1, 0, 60)}),
        ([resource("a", span(1, 0, 10, kind=4, **FAILED)), resource("b", span(2, 20, 80, trace=OTHER, kind=5, links=[link(1)]))], {"a b": (1, 1, 60)}),
        ([resource("a", span(1, 0, 10, kind=4), span(2, 20, 80, trace=OTHER, kind=5, links=[link(1)]))], {"a a": (1, 0, 60)}),
        ([SENT, resource("b", span(2, 20, 80, trace=OTHER, kind=5, links=[link(1)]), span(3, 30, 40, 2, OTHER, kind=5, links=[link(1)]))], {"a b": (1, 0, 60)}),
        ([resource("a", *(span(n, 0, 10, kind=4) for n in range(1, 30))), resource("b", span(99, 20, 80, trace=OTHER, kind=5, links=[link(n) for n in range(1, 30)]))], {"a b": (29, 0, 60)}),
        ([resource("b", span(2, 10, 70, 1))], {}), ([resource("a", span(1, 0, 100, kind=3))], {}),
    ],
    ids=range(23),
)  # fmt: skip
def test_calls_are_who_served_whom_once_each_failed_if_either_half_failed(resources, calls):
    spans, _ = read({"resourceSpans": resources})
    found = {
        f"{one.caller} {one.callee}": (one.calls, one.errors, one.p95 and one.p95 // 10**6)
        for one in service_edges(aggregate(spans, "a", NOW))
    }
    assert found == calls


def times(start: object, end: object) -> dict:
    return {"startTimeUnixNano": start, "endTimeUnixNano": end}


@pytest.mark.parametrize(
    "odd",
    [
        times("0", str(BEGAN)), times("5", "9"), times("900000000000000000", str(BEGAN)), times(str(NOW + 10**12), str(NOW + 2 * 10**12)), times(str(2**64 - 1), str(2**64 - 1)),
        times(str(BEGAN), str(NOW + 10**15)), times(1_795_600_800, 1_795_600_801), times(1_795_600_800_000, 1_795_600_800_500), times("soon", "later"), times(None, None), times(-5, str(BEGAN)),
    ],
    ids=range(11),
)  # fmt: skip
def test_a_time_that_cannot_be_is_noted_and_the_basis_of_nothing(odd):
    spans, _ = read({"resourceSpans": [resource("a", span(1, 0, 100), span(2, 0, 0, 1, **FAILED, **odd))]})
    (trace,) = aggregate(spans, "a", NOW)
    assert (trace.start, trace.duration, trace.errors) == (BEGAN, 10**8, 1)
    assert [node.span.timed for node in trace.nodes] == [True, False]
    assert len(trace.warnings) == 1


@pytest.mark.parametrize("odd", [times("0", str(BEGAN + 10**8)), times("0", "0"), times(str(BEGAN), "0")])
def test_a_root_without_a_length_takes_the_critical_path_from_nobody(odd):
    below = (span(2, 0, 60, 1), span(3, 10, 40, 2), span(4, 20, 30, 1))
    spans, _ = read({"resourceSpans": [resource("a", span(1, 0, 0, **odd), *below)]})
    (trace,) = aggregate(spans, "a", NOW)
    waited = {node.span.name for node in trace.nodes if node.on_critical_path}
    assert {"s2", "s3"} <= waited
    assert "s4" not in waited


def test_a_trace_of_which_only_an_end_is_known_stands_there_without_length():
    spans, _ = read({"resourceSpans": [resource("a", span(1, 0, 100, startTimeUnixNano="0"))]})
    (trace,) = aggregate(spans, "a", NOW)
    assert (trace.start, trace.duration) == (BEGAN + 10**8, 0)


BROKEN = (
    {"traceId": ""},
    {"spanId": "xyz"},
    {"traceId": 7},
    {"spanId": "0" * 16},
    {"traceId": "f" * 33},
    {"spanId": None},
)
ODD = (
    {},
    {"attributes": [7]},
    {"startTimeUnixNano": "soon"},
    {"parentSpanId": "?"},
    {"name": 7},
    {"links": 7},
    {"kind": []},
)


def test_spans_that_are_read_and_spans_that_are_said_to_be_malformed_are_all_spans():
    for seed in range(1_000):
        chance = random.Random(seed)
        count = chance.randrange(1, 12)
        given = [
            span(number, 0, 5) | chance.choice(chance.choice((BROKEN, ODD, ({},))))
            for number in range(1, count + 1)
        ]
        spans, faults = read({"resourceSpans": [resource("a", *given)]})
        told = [fault for fault in faults if "span is malformed" in fault or "spans are malformed" in fault]
        said = [re.search(r"\((\d+) times\)|^(\d+) more", fault) for fault in told]
        assert len(spans) + sum(int(one[1] or one[2]) if one else 1 for one in said) == count, seed


def parent_of(number: int, count: int, chance: random.Random) -> int:
    return {0: number - 1, 1: 1, 2: 9_999, 3: chance.randrange(number)}.get(
        count % 5, chance.randrange(count)
    )


@pytest.mark.parametrize("inputs", [200, pytest.param(1_000, marks=pytest.mark.slow)])
def test_rows_that_are_shown_and_spans_that_are_said_to_be_folded_are_all_spans(inputs):
    for seed in range(inputs):
        chance = random.Random(seed)
        count = chance.choice([1, 7, 79, 80, 81, 82, 93, 130])
        given = [
            Span(
                trace_id=TRACE,
                span_id=f"{number if chance.random() < 0.95 else 1:016x}",
                parent_id=f"{parent_of(number, count, chance):016x}" if chance.random() < 0.9 else None,
                service=chance.choice("abc"),
                name=str(number),
                kind=SpanKind.SERVER,
                start=BEGAN + chance.randrange(99),
                duration=chance.randrange(-5, 99),
                status=SpanStatus.ERROR if chance.random() < 0.1 else SpanStatus.UNSET,
            )
            for number in range(1, count + 1)
        ]
        (trace,) = aggregate(given, "a", NOW)
        rows = draw_waterfall(trace).rows
        assert sum(row.folded or 1 for row in rows) == count, seed
        assert len(rows) <= 80, seed

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.logs.formats import Reading, parse_json_line, parse_known_line, parse_plain_line
from sitegen.logs.model import Level, LogRecord
from sitegen.logs.times import Times

NOON = 1795435200.0
PLAIN = Reading(lambda _, text: text, Times())
MARKED = Reading(lambda key, text: f"<{key}:{text}>", Times())


def parse(**line) -> LogRecord:
    record = parse_json_line(json.dumps(line), "app", PLAIN)
    assert record is not None
    return record


def test_a_line_becomes_the_record_that_the_docstring_shows():
    assert parse(
        time="2026-11-23T07:43:30.412Z", level="info", service="shop", message="paid", order=17
    ) == LogRecord(
        source="app",
        time=1795419810.412,
        level=Level.INFO,
        service="shop",
        message="paid",
        fields={"order": "17"},
    )


@pytest.mark.parametrize("key", ["time", "timestamp", "ts", "@timestamp", "asctime"])
def test_the_time_is_found_under_its_common_keys(key):
    assert parse(**{key: "2026-11-23T12:00:00Z"}).time == NOON


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-23T12:00:00Z", "2026-11-23T12:00:00.000000000Z", "2026-11-23 12:00:00,000", "2026-11-23T13:30:00+01:30", "2026-11-23T12:00:00+0000",
        1795435200, 1795435200.0, 1795435200000, 1795435200000000, 1795435200000000000, "1795435200", "1795435200.0", "1795435200000",
    ],
)  # fmt: skip
def test_a_time_is_a_date_or_a_number_since_the_epoch(value):
    assert parse(time=value).time == NOON


@pytest.mark.parametrize(
    "value", ["xxx", "", None, True, 0, -5, 12, "12", 1e300, 10**40, "20261123", "noon", [], "9" * 5000]
)
def test_what_is_no_time_is_none(value):
    assert parse(time=value).time is None


@pytest.mark.parametrize("key", ["level", "severity", "log.level", "lvl", "levelname"])
def test_the_level_is_found_under_its_common_keys(key):
    assert parse(**{key: "error"}).level is Level.ERROR


@pytest.mark.parametrize(
    ("value", "level"),
    [
        ("TRACE", Level.TRACE), ("debug", Level.DEBUG), ("DEBUG3", Level.DEBUG), ("Information", Level.INFO), ("notice", Level.INFO), ("WARNING", Level.WARN),
        (" err ", Level.ERROR), ("CRITICAL", Level.FATAL), ("emerg", Level.FATAL), (10, Level.TRACE), (20, Level.DEBUG), (30, Level.INFO), (35, Level.INFO),
        (40, Level.WARN), (50, Level.ERROR), (60, Level.FATAL), ("30", Level.INFO), (5, Level.UNKNOWN), ("STATS", Level.UNKNOWN), (None, Level.UNKNOWN),
        (True, Level.UNKNOWN), ([], Level.UNKNOWN), ("", Level.UNKNOWN),
    ],
)  # fmt: skip
def test_a_level_is_a_word_or_a_number(value, level):
    assert parse(level=value).level is level


@pytest.mark.parametrize("key", ["message", "msg"])
def test_the_message_is_found_under_its_common_keys(key):
    assert parse(**{key: "paid\nin full"}).message == "paid\nin full"


@pytest.mark.parametrize("key", ["service", "service.name", "logger", "log.logger", "name"])
def test_the_service_is_found_under_its_common_keys(key):
    assert parse(**{key: "shop"}).service == "shop"


def test_a_line_without_a_service_is_the_sources():
    assert parse(message="x").service == "app"


def test_dotted_keys_may_be_nested():
    record = parse(log={"level": "warn", "logger": "cart", "file": 7}, trace={"id": "ab"})
    assert (record.level, record.service, record.trace_id) == (Level.WARN, "cart", "ab".zfill(32))
    assert record.fields["log"] == '{"file":7}'


@pytest.mark.parametrize(
    ("value", "trace_id"),
    [
        ("4BF92F3577B34DA6A3CE929D0E0E4736", "4bf92f3577b34da6a3ce929d0e0e4736"),
        ("4bf92f35-77b3-4da6-a3ce-929d0e0e4736", "4bf92f3577b34da6a3ce929d0e0e4736"),
        ("a3ce929d0e0e4736", "0" * 16 + "a3ce929d0e0e4736"),
        ("", None),
        ("0" * 32, None),
        ("none", None),
        (17, None),
        ("a" * 33, None),
    ],
)
def test_a_trace_id_is_normalised(value, trace_id):
    for key in ("trace_id", "traceId", "trace.id"):
        assert parse(**{key: value}).trace_id == trace_id


def test_everything_else_is_a_field_as_text():
    record = parse(a=True, b=None, c=1.5, d=[1, {"e": "ü"}], f=9223372036854775807)
    assert record.fields == {
        "a": "true",
        "b": "null",
        "c": "1.5",
        "d": '[1,{"e":"ü"}]',
        "f": "9223372036854775807",
    }


def test_the_number_and_the_length_of_fields_are_bounded():
    record = parse(**{f"k{number}": "x" * 5_000 for number in range(100)})
    assert len(record.fields) == 24
    assert all(len(value) == 2_000 for value in record.fields.values())


def test_every_text_is_cleaned_with_its_key():
    record = parse_json_line('{"service":"s","msg":"m","k":"v"}', "app", MARKED)
    assert record is not None
    assert (record.service, record.message) == ("<service:s>", "<message:m>")
    assert record.fields == {"<key:k>": "<k:v>"}
    assert parse_plain_line("x", "app", MARKED).message == "<message:x>"


@pytest.mark.parametrize(
    "line",
    [
        "",
        "plain",
        "[1]",
        '"x"',
        "7",
        '{"a":',
        "{" * 100_000,
        '{"a":' + "[" * 100_000,
        '{"a": 1} x',
        "{'a': 1}",
    ],
)
def test_what_is_no_json_object_is_none(line):
    assert parse_json_line(line, "app", PLAIN) is None


def test_a_line_is_read_in_the_format_that_knows_it():
    lines = ['{"level": "warn", "msg": "low"}', "warn: low"]
    read = [parse_known_line(line, "app", PLAIN) for line in lines]
    assert [record and record.level for record in read] == [Level.WARN, None]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)
KEYS = st.sampled_from(["time", "level", "message", "service", "trace_id", "log", "other", "ts"])


@given(st.dictionaries(KEYS, JSON))
@settings(deadline=None, max_examples=300)
def test_any_value_under_any_key_is_a_record(document):
    line = json.dumps(document)
    record = parse_json_line(line, "app", PLAIN)
    assert record is not None


def test_what_names_a_machine_an_account_or_a_person_is_no_field_however_deep():
    record = parse(
        _HOSTNAME="vm", hostname="vm", remote_addr="192.0.2.1", userId=7, account_id="1", email="a@example.org", order=17, user_agent="curl",
        context={"user": {"name": "Kim"}, "pod": "web-1", "cart": 3}, host={"name": "vm", "os": "linux"},
    )  # fmt: skip
    assert record.fields == {"order": "17", "user_agent": "curl", "context": '{"cart":3}'}


def test_a_list_of_fields_lets_no_others_through_and_none_that_is_private():
    reading = Reading(lambda _, text: text, Times(), frozenset({"order", "hostname"}))
    record = parse_json_line('{"msg":"x","order":17,"status":200,"hostname":"vm"}', "app", reading)
    assert record is not None
    assert record.fields == {"order": "17"}


@pytest.mark.parametrize(
    ("line", "service", "time"),
    [
        ('web-1  | {"level":"warn","msg":"low"}', "web", None),
        ('2026-11-23T12:00:00Z stdout F {"level":"warn","msg":"low"}', "app", NOON),
        (
            'Nov 23 12:00:00 vm app[7]: {"level":"warn","msg":"low","time":"2026-11-23T12:00:00Z"}',
            "app",
            NOON,
        ),
    ],
)
def test_what_a_collector_writes_before_a_line_costs_nothing(line, service, time):
    record = parse_known_line(line, "app", PLAIN)
    assert record is not None
    assert (record.level, record.message, record.service, record.time) == (Level.WARN, "low", service, time)
    assert "vm" not in record.fields.values()


@pytest.mark.parametrize(
    "part",
    [
        '"a":"\\ud83d"',
        '"a":NaN',
        '"a":"x\ty"',
        '"a":1e999',
        '"a":' + "9" * 400,
        '"a":"' + "x" * 70_000 + '"',
        '"a":"\x01"',
    ],
)
def test_what_is_odd_in_one_part_costs_nothing_of_the_others(part):
    record = parse_json_line(
        f'{{"time":"2026-11-23T12:00:00Z","level":"error","msg":"no",{part}}}', "app", PLAIN
    )
    assert record is not None
    assert (record.time, record.level, record.message) == (NOON, Level.ERROR, "no")


@pytest.mark.parametrize(
    "key",
    ["message", "msg", "event", "short_message", "@message", "@m", "Message", "RenderedMessage", "MESSAGE", "textPayload", "text", "body", "log"],
)  # fmt: skip
def test_the_message_is_known_by_the_keys_of_common_loggers(key):
    assert parse(**{key: "paid", "order": 1}).message == "paid"
    assert parse(fields={"message": "paid"}).message == "paid"

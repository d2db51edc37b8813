import json
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.logs.model import Level
from sitegen.logs.parser import parse
from sitegen.logs.text import decode, without_sequences
from sitegen.redaction import Redactor

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"


def messages(body: bytes) -> list[str]:
    return [record.message for record in parse(body, "app", Redactor())]


def test_lines_come_in_their_order_whatever_ends_them():
    assert messages(b'{"msg":"a"}\r\n\n  \nplain\n{"msg":"b"}') == ["a", "plain", "b"]


def test_a_line_that_is_no_json_object_is_kept_as_it_is():
    (record,) = parse(b"panic: foo bar\n", "app", Redactor())
    assert (record.message, record.level, record.time, record.service) == (
        "panic: foo bar",
        Level.UNKNOWN,
        None,
        "app",
    )


def test_a_byte_order_mark_is_no_part_of_the_first_line():
    assert messages(b'\xef\xbb\xbf{"msg":"a"}') == ["a"]


def test_invalid_utf8_is_replaced():
    assert messages(b'{"msg":"a\xffb"}\nc\xfe\n') == ["a\ufffdb", "c\ufffd"]


def test_control_characters_are_kept_as_data_and_what_steers_a_terminal_is_taken_out():
    assert messages(b'{"msg":"\\u0000\\u001b[31mred"}\na\x00b\x1b[0m\n') == ["\x00red", "a\x00b"]


def test_a_line_longer_than_64_kilobytes_is_cut_with_a_mark():
    long, short = messages(b"x" * 100_000 + b"\nshort\n")
    assert long == "x" * 65_536 + " … cut"
    assert short == "short"


def test_secrets_are_cut_from_messages_fields_keys_and_plain_lines():
    line = {
        "service": "of bob@example.org",
        "msg": "login password=hunter2",
        "password": "hunter2",
        "request": {"headers": {"authorization": "Bearer abc123DEF456"}},
        "203.0.113.77": "x",
        "card": 4111111111111111,
    }
    body = (
        json.dumps(line).encode()
        + b"\nconnect postgres://bob:hunter2@db/x\n"
        + b"password=hunter2 "
        + b"x" * 70_000
    )
    text = str(parse(body, "app", Redactor()))
    for secret in ("hunter2", "bob", "abc123", "113.77", "4111"):
        assert secret not in text
    assert "'password': 'REDACTED'" in text


def test_a_secret_is_cut_each_time_it_comes_again():
    records = parse(b'{"msg":"token=abc123","a":"x"}\n' * 3, "app", Redactor())
    assert [record.message for record in records] == ["token=REDACTED"] * 3


@given(st.lists(st.binary(max_size=40)))
@settings(deadline=None, max_examples=200)
def test_records_and_the_lines_that_belong_to_them_are_all_lines_there_are(pieces):
    body = b"\n".join(pieces)
    seen = without_sequences(decode(body)).split("\n")
    told = sum(1 + len(record.more) for record in parse(body, "app", Redactor()))
    assert told == sum(bool(line.strip("\0 \t\r\x0b\x0c")) for line in seen)


def _facts(name: str) -> dict:
    if not (DATA / "FACTS.json").exists():
        pytest.skip("the real inputs are not here")
    return json.loads((DATA / "FACTS.json").read_text())[name]


@pytest.mark.shared_data
@pytest.mark.parametrize(
    "name",
    ["lnav/logfile_bunyan.0", "lnav/logfile_pino.0", "lnav/logfile_json.json", "lnav/logfile_json3.json", "lnav/logfile_mixed_json2.json",
     "lnav/logfile_invalid_json.json", "lnav/logfile_ecs_log.json", "lnav/logfile_cloudflare.json", "elastic-examples/nginxplus_json_logs", "angle-grinder/test_json.log"],
)  # fmt: skip
def test_real_logs_hold_what_was_counted_independently(name):
    facts = _facts(name)
    body = (DATA / name).read_bytes()
    records = parse(body, "app", Redactor())
    plain = {line.decode("utf-8", "replace").strip() for line in body.split(b"\n")}
    assert sum(1 + len(record.more) for record in records) == facts["lines"]
    raw = [record for record in records if not record.fields and record.message in plain]
    assert len(records) - len(raw) == facts["lines_that_are_json_objects"]


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("name", "levels", "service", "time"),
    [
        ("lnav/logfile_bunyan.0", {"debug": 9, "info": 1}, "renovate", 1679667976.243),
        ("lnav/logfile_pino.0", {"info": 1}, "payment", 1745532517.537),
        ("lnav/logfile_ecs_log.json", {"debug": 1, "info": 1, "warn": 1, "error": 1, "fatal": 1}, "app", 1736762293.631),
        ("lnav/logfile_json.json", {"trace": 1, "info": 2, "debug": 6, "unknown": 1, "warn": 1, "error": 1, "fatal": 2}, "com.example.foo.bar.bazzer", 1378497648.124817),
    ],
)  # fmt: skip
def test_real_loggers_are_understood(name, levels, service, time):
    _facts(name)
    records = parse((DATA / name).read_bytes(), "log", Redactor())
    counted: dict[str, int] = {}
    for record in records:
        counted[record.level.value] = counted.get(record.level.value, 0) + 1
    assert counted == levels
    assert (records[0].service, records[0].time) == (service, pytest.approx(time, abs=1e-6))


@pytest.mark.shared_data
@pytest.mark.parametrize(
    "name",
    [
        "UTF-8-test.txt",
        "logfile_invalid_utf8.0",
        "logfile_crlf.0",
        "logfile_ansi.0",
        "logfile_empty.0",
        "logfile_multiline.0",
    ],
)
def test_tricky_files_become_text_that_can_be_written(name):
    facts = _facts(f"lnav/{name}")
    records = parse((DATA / "lnav" / name).read_bytes(), "app", Redactor())
    assert len(records) <= facts.get("lines", 0)
    assert all(record.message.encode() for record in records)
    assert bool(records) == bool(facts["bytes"])


def test_a_trace_of_each_language_belongs_to_its_line():
    traces = {
        "python": 'Traceback (most recent call last):\n  File "a.py", line 1, in f\nValueError: no\n\nDuring handling of the above exception:\n  x\nKeyError',
        "java": "java.lang.IllegalStateException: no\n\tat a.B.c(B.java:1)\nCaused by: java.io.IOException: gone\n\t... 3 more",
        "go": "goroutine 1 [running]:\nmain.main()\n\t/a.go:3 +0x1d\nexit status 2",
        "php": "Stack trace:\n#0 /a.php(5): f()\n#1 {main}\n  thrown in /a.php on line 3",
        "node": "    at f (/a.js:1:2)\n    at g (/b.js:3:4)",
    }  # fmt: skip
    for language, trace in traces.items():
        body = f'{{"level":"error","msg":"no"}}\n{trace}\n{{"level":"info","msg":"after"}}\n'
        records = parse(body.encode(), "app", Redactor())
        assert [record.message for record in records] == ["no", "after"], language
        assert records[0].more == tuple(line for line in trace.split("\n") if line)


@pytest.mark.parametrize(
    "trace",
    [
        "thread 'main' panicked at src/main.rs:4:5:\nindex out of bounds: the len is 3\nstack backtrace:\n   0: f\nnote: run with `RUST_BACKTRACE=1`",
        "PHP Fatal error:  Uncaught Exception: no in a.php:3\nStack trace:\n#0 a.php(5): f()\n#1 {main}\n  thrown in a.php",
        "TypeError: no\n    at f (a.js:1:2) {\n  code: 'X'\n}\nNode.js v20.1.0",
    ],
)
def test_a_trace_with_a_first_line_of_its_own_is_one_record(trace):
    first, *more = trace.split("\n")
    _, record, _ = parse(f'{{"msg":"a"}}\n{trace}\n{{"msg":"b"}}\n'.encode(), "app", Redactor())
    assert (record.message, record.more) == (first, tuple(more))


def test_times_without_a_zone_are_of_the_sources():
    (record,) = parse(
        b'{"time":"2026-11-25 11:00:00","msg":"x"}\n', "app", Redactor(), zone=ZoneInfo("Europe/Berlin")
    )
    assert record.time == 1795600800.0


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "utf-32"])
def test_lines_in_another_encoding_are_redacted_all_the_same(encoding):
    body = '{"level":"error","msg":"password=hunter2 Ω"}\n'.encode(encoding)
    (record,) = parse(body, "app", Redactor())
    assert record.message == "password=REDACTED Ω"


SAID = '{"time":"2026-11-25T10:00:00Z","level":"error","msg":"no"}'


@pytest.mark.parametrize(
    "line",
    [
        json.dumps({"log": f"{SAID}\n", "stream": "stderr", "time": "2026-11-25T10:00:00.1Z"}),
        json.dumps({"log": f"  {SAID}"}).replace('"  ', '"'),
        f"\x1e{SAID}",
        f"\n\ufeff{SAID}",
        f"web-1  | 2026-11-25T10:00:00.000000001Z {SAID}",
        f"2026-11-25T10:00:00.1+01:00 stderr F {SAID}",
        f"<14>1 2026-11-25T10:00:00Z web app 1 - - {SAID}",
        f"Nov 25 10:00:00 web app[1]: @cee: {SAID}",
    ],
)
def test_what_a_collector_puts_around_a_line_hides_nothing_of_it(line):
    (record,) = parse(f"{line}\n".encode(), "app", Redactor())
    assert (record.time, record.level, record.message) == (1795600800.0, "error", "no")


@pytest.mark.parametrize("line", [{"log": "{}"}, {"log": "{no"}, {"log": "[1]"}, {"log": "{}{}"}])
def test_what_is_no_json_inside_is_the_message_as_it_is(line):
    (record,) = parse(f"{json.dumps(line)}\n".encode(), "app", Redactor())
    assert record.message == line["log"]


@pytest.mark.parametrize(
    "said",
    [
        {"jsonPayload": {"message": "no"}}, {"body": {"stringValue": "no"}}, {"_msg": "no"}, {"M": "no"}, {"messageTemplate": "no"},
        {"renderedMessage": "no", "messageTemplate": "{x}"},
    ],
)  # fmt: skip
def test_the_message_is_known_by_the_keys_of_more_loggers(said):
    (record,) = parse(f"{json.dumps(said)}\n".encode(), "app", Redactor())
    assert (record.message, record.fields.get("message")) == ("no", None)

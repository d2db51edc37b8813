"""Every secret in every spelling, through everything that foreign text goes through before it is kept or shown."""

import json
import re
import tomllib
from pathlib import Path

import msgspec
import pytest
from sitegen.http.faults import FaultFormatter
from sitegen.http.model import Endpoint
from sitegen.instrumentation.journal import Journal
from sitegen.logs.parser import parse
from sitegen.metrics.failures import Failure, explain
from sitegen.metrics.labels import LabelRedactor
from sitegen.redaction import Redactor
from sitegen.traces.formats import parse_otlp
from tests.instrumentation.test_clock import HandClock
from tests.redaction.spellings import CANARY, ENCODINGS, FORMS, composed, spellings
from tests.redaction.test_redactor import SECRETS

REMAINING = tomllib.loads((Path(__file__).parent / "remaining.toml").read_text(encoding="utf-8"))["remaining"]
REDACTOR = Redactor()
TABLE = list(spellings())


def log(line: str) -> str:
    return "\n".join(
        repr(msgspec.to_builtins(record))
        for record in parse(line.encode("utf-8", "replace") + b"\n", "shop", REDACTOR)
    )


def span(text: str, name: str) -> str:
    attributes = [{"key": "note", "value": {"stringValue": text}}]
    one = {
        "traceId": "1" * 32,
        "spanId": "2" * 16,
        "name": name,
        "startTimeUnixNano": "1",
        "endTimeUnixNano": "2",
        "attributes": attributes,
    }
    body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [one]}]}]}).encode()
    spans, faults = parse_otlp(body, frozenset({"note"}), REDACTOR)
    assert faults == ()
    return repr([(span.name, span.attributes) for span in spans])


def journal(text: str, folder: Path) -> str:
    journal = Journal(folder / "log", HandClock(), REDACTOR)
    journal.write("info", text, detail=text)
    return "".join(
        repr(json.loads(line)) for line in (folder / "log").read_text(encoding="utf-8").splitlines()
    )


SINKS = {
    "a line of a log": lambda text, _: log(text),
    "a message of a log": lambda text, _: log(json.dumps({"level": "info", "message": text})),
    "a field of a log": lambda text, _: log(json.dumps({"message": "x", "detail": text})),
    "a label": lambda text, _: repr(LabelRedactor(REDACTOR).labels({"__name__": "up", "note": text})),
    "an attribute": lambda text, _: span(text, "GET /"),
    "the name of a span": lambda text, _: span("", text),
    "what a server said of an error": lambda text, _: explain("metrics.prom", Failure.BAD_DATA, text, REDACTOR).message,
    "the fault of a source": lambda text, _: FaultFormatter(Endpoint("a", "http://a"), REDACTOR).clean(text),
    "the own log": journal,
}  # fmt: skip


def test_the_table_has_nine_kinds_in_at_least_fifteen_encodings():
    assert len(FORMS) == 9
    assert len(TABLE) >= 135
    assert all(sum(spelling.name.startswith(f"{kind} ") for spelling in TABLE) >= 15 for kind in FORMS)
    assert [spelling.name for spelling in TABLE if not spelling.readable_in(spelling.text)] == []


@pytest.mark.parametrize("kind", FORMS)
@pytest.mark.parametrize("sink", SINKS)
def test_no_spelling_passes_but_those_that_are_listed(sink: str, kind: str, tmp_path: Path):
    passing = [
        spelling.name
        for number, spelling in enumerate(TABLE)
        if spelling.name.startswith(f"{kind} ")
        and spelling.readable_in(SINKS[sink](spelling.text, tmp_path / str(number)))
    ]
    assert passing == [name for name in REMAINING if name.startswith(f"{kind} ")]


def test_at_most_ten_spellings_remain_and_each_has_its_reason():
    assert len(REMAINING) <= 10
    assert all(len(reason.split()) > 4 for reason in REMAINING.values())


@pytest.mark.parametrize("count", [40, pytest.param(4_000, marks=pytest.mark.slow)])
def test_two_encodings_around_one_another_hide_nothing(count: int):
    tried = list(composed(count))
    assert sum(spelling.readable_in(spelling.text) for spelling in tried) >= 0.95 * count
    assert [spelling.name for spelling in tried if spelling.readable_in(REDACTOR.text(spelling.text))] == []


# --- The owner's own credentials, as a server says them back ---------------------------


@pytest.mark.parametrize("secret", [CANARY, "s3cret <b> & \"x\" 'y' /+% key", "pässwört+1/2", 'a\\b%41"c'])
@pytest.mark.parametrize("encoding", [name for name in ENCODINGS if name != "plain"])
def test_an_own_credential_is_cut_however_it_is_said_back(encoding: str, secret: str):
    said = f"no such key: {ENCODINGS[encoding](secret)}."
    source = FaultFormatter(Endpoint("a", "http://a", headers={"X-Key": secret}), Redactor())
    for cut in (
        Redactor(canaries=(secret,)).text(said),
        source.cut(said),
        source.cut_bytes(said.encode()).decode(),
    ):
        assert cut.startswith("no such key: ")
        assert "REDACTED" in cut
        assert ENCODINGS[encoding](secret) not in cut


# --- Over several lines of a log -------------------------------------------------------


def messages(*lines: str) -> list[str]:
    return [
        record.message for record in parse("".join(f"{line}\n" for line in lines).encode(), "shop", REDACTOR)
    ]


def structured(*texts: str) -> list[str]:
    return [json.dumps({"level": "info", "message": text}) for text in texts]


KEY = ("-----BEGIN " + "PRIVATE KEY-----", f"MIIEow{CANARY}", f"{CANARY}==", "-----END " + "PRIVATE KEY-----")


@pytest.mark.parametrize(
    "write",
    [
        list,
        lambda lines: structured(*lines),
        lambda lines: [f"2026-11-25T10:00:00Z app | {line}" for line in lines],
    ],
    ids=["plain", "JSON", "with a head"],
)
def test_a_private_key_is_cut_over_the_lines_of_a_log(write):
    said = messages(*write(["starting", *KEY, "ready to serve"]))
    assert CANARY not in repr(said)
    assert "starting" in said[0]
    assert "ready to serve" in said[-1]


def test_a_key_whose_first_line_was_not_read_is_cut_too():
    said = messages(*KEY[1:], "ready to serve")
    assert CANARY not in repr(said)
    assert said[-1] == "ready to serve"


def test_sentences_between_the_lines_of_a_key_stay():
    said = messages(KEY[0], KEY[1], "GET /cart answered 200 after a while", KEY[2], KEY[3])
    assert CANARY not in repr(said)
    assert said[2] == "GET /cart answered 200 after a while"


def test_a_key_without_an_end_does_not_take_the_whole_log():
    said = messages(*KEY[:2], *["word"] * 400)
    assert CANARY not in repr(said)
    assert said[-1] == "word"


@pytest.mark.parametrize(
    "name", ["password=", "db.password:", "X-Api-Key: ", '{"token":', "secret: |", "DB_PASS = '"]
)
@pytest.mark.parametrize("write", [list, lambda lines: structured(*lines)], ids=["plain", "JSON"])
def test_a_value_on_the_line_after_its_name_is_cut(write, name: str):
    said = messages(*write(["starting", name, f"  {CANARY}", "ready to serve"]))
    assert CANARY not in repr(said)
    assert said[1].startswith(name.strip()[:5])
    assert said[-1] == "ready to serve"


# --- What is no secret -----------------------------------------------------------------


def test_the_facts_of_the_own_log_and_of_a_shop_stay():
    lines = [
        '{"time":"2026-11-23T07:43:30.412Z","level":"info","service":"sitegen","message":"built 61 files, 3 changed","missed":2}',
        '{"time":"2026-11-23T07:43:30.012Z","level":"info","service":"serve","message":"GET /metrics/ 200","method":"GET","path":"/metrics/","status":200,"bytes":5123,"duration_ms":1.2}',
        '{"time":"2026-11-23T07:43:31Z","level":"warn","service":"shop","message":"retry 2 of 3: cart-7f9c answered 503","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","order":"A-1029","tokens":512,"duration":"1.2s"}',
    ]
    for line, record in zip(lines, parse("\n".join([*lines, ""]).encode(), "shop", REDACTOR), strict=True):
        facts = json.loads(line)
        assert record.message == facts["message"]
        assert all(value == str(facts[key]) for key, value in record.fields.items())


# --- Under what a terminal does not show ------------------------------------------------


def as_seen(said: str) -> str:
    """What a terminal shows of a text, also of one in JSON."""
    said = said.replace("\\b", "\b").replace("\\u001b", "\x1b")
    said = re.sub(r"\x1b\][^\x1b]*\x1b\\|\x1b\[\d*m|\x9b\d*m|[\xad\u200b\u202e]", "", said)
    while "\b" in said:
        said = re.sub("(?:^|[^\b])\b", "", said)
    return said


@pytest.mark.parametrize(
    "hide",
    [
        "\x1b[31m".join,
        "\x9b1m".join,
        "\x1b]8;;http://a.example\x1b\\".join,
        "\xad".join,
        "\u200b".join,
        "\u202e".join,
        lambda text: "".join(f"{sign}\b{sign}" for sign in text),
        "xyz\b\b\b".join,
    ],
    ids=["CSI", "C1", "OSC", "soft hyphen", "zero width", "bidi", "struck twice", "taken back"],
)
def test_what_a_terminal_does_not_show_hides_no_secret_of_a_log(hide):
    told = [(name, hide(text), secret) for name, (text, secret, _) in SECRETS.items() if "\n" not in text]
    leaks = []
    for name, text, secret in told:
        lines = (text, *(json.dumps(one) for one in ({"msg": text}, {"a": text}, {"a": {"b": [text]}})))
        for encoding in ("utf-8", "utf-16"):
            records = parse("\n".join(lines).encode(encoding), "shop", Redactor())
            said = "\n".join(text for one in records for text in (one.message, *one.fields.values()))
            leaks += [name] * (secret in as_seen(said))
    assert len(told) > 45
    assert leaks == []

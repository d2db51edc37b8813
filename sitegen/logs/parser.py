"""The Log Parser: bytes in, redacted records out, in the order of the lines."""

import re
from collections.abc import Iterator
from datetime import UTC, tzinfo
from functools import lru_cache

import msgspec

from sitegen.logs.formats import Clean, Reading, parse_known_line, parse_plain_line
from sitegen.logs.model import LogRecord
from sitegen.logs.text import decode, without_sequences
from sitegen.logs.times import Times
from sitegen.redaction import LineRedactor, Redactor

_LONGEST = 65_536
_CUT = " … cut"
_OFTEN = 200
_BLANK = "\0 \t\r\x0b\x0c\x1e\ufeff\u200b"

# What begins, or goes on with, the trace of an error: Python, Java and JavaScript, Go, Ruby, .NET, PHP, Rust.
_GOES_ON = re.compile(
    r"[ \t]|Traceback \(most recent call last\):|During handling of the above|The above exception was the direct"
    r"|Caused by: |Suppressed: |\.\.\. \d+ more|goroutine \d+ \[|created by |\[signal |exit status \d|#\d{1,4} |[Ss]tack (?:back)?trace:|note: run with |Node\.js v\d|--- End of |\t?at \S"
    r"|[a-z][\w$]{0,60}(?:\.[\w$]{1,60}){1,12}(?:Exception|Error)\b"
)
# The line that ends a trace of Python.
_ERROR = re.compile(r"[A-Za-z_][\w.$]*(?:: |$)")


def parse(
    body: bytes,
    source: str,
    redactor: Redactor,
    *,
    zone: tzinfo = UTC,
    now: float | None = None,
    fields: frozenset[str] | None = None,
) -> tuple[LogRecord, ...]:
    """Parse every record of `body`: a line of a known format, or of none, with the lines of the trace that follows it.

    Bytes are decoded first, what steers a terminal is taken out, and only then is anything matched. A line of no known
    format has an unknown level. Text is redacted here, before anything else sees it, and messages in their order: a
    private key or a password may go on over several lines. Times without a zone are of `zone`, those without a year of
    the one before `now`; `fields`, where given, are the only ones that are kept.
    """
    text = without_sequences(decode(body))
    reading = Reading(_cleaner(redactor, LineRedactor(redactor, text)), Times(zone, now), fields)
    return tuple(_records(text, source, reading))


def _records(text: str, source: str, reading: Reading) -> Iterator[LogRecord]:
    """Yield the records: a line that goes on with what stands before it belongs to it."""
    last: LogRecord | None = None
    more: list[str] = []
    in_trace = False
    for raw in text.split("\n"):
        line = raw if raw[-1:] == "}" and raw[0] == "{" else raw.strip(_BLANK)
        if not line:
            continue
        known = parse_known_line(line, source, reading)
        goes_on = False
        if known is None and last is not None:
            line = raw.rstrip(_BLANK).lstrip("\0")
            goes_on = _GOES_ON.match(line) is not None or (in_trace and _is_of_trace(line))
            before = more[-1] if more else last.message
            goes_on = goes_on or (before.endswith(":") and " panicked at " in before)  # Rust's message
        if goes_on:
            in_trace = True
            more.append(reading.clean("message", line[:_LONGEST]))
            continue
        if last is not None:
            yield _joined(last, more) if more else last
        last, in_trace = known or _plain(line.strip(_BLANK), source, reading), False
        if more:
            more = []
    if last is not None:
        yield _joined(last, more)


def _is_of_trace(line: str) -> bool:
    """Whether a line that is not indented belongs to what was begun: an error's name, a function of Go, a bracket."""
    head, bracket, _ = line.partition("(")
    called = bracket and " " not in head and line.endswith(")")
    return bool(called) or line in {")", "}"} or _ERROR.match(line) is not None


def _joined(record: LogRecord, more: list[str]) -> LogRecord:
    return msgspec.structs.replace(record, more=tuple(more)) if more else record


def _plain(line: str, source: str, reading: Reading) -> LogRecord:
    record = parse_plain_line(line[:_LONGEST], source, reading)
    return msgspec.structs.replace(record, message=record.message + _CUT) if len(line) > _LONGEST else record


def _cleaner(redactor: Redactor, messages: LineRedactor) -> Clean:
    """Redact each short text once: methods, paths and names come again on every other line."""

    def field(key: str, text: str) -> str:
        return redactor.field(key, without_sequences(text))

    known = lru_cache(maxsize=4096)(field)

    def clean(key: str, text: str) -> str:
        if key == "message":
            return messages.text(without_sequences(text))
        return known(key, text) if len(text) < _OFTEN else field(key, text)

    return clean

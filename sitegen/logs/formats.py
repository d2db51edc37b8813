"""One line of a log in, one record out; `_FORMATS` has a parser for each format.

Every text goes through `clean(key, text)`, which cuts what must not become public.
"""

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec

from sitegen.logs.model import Level, LogRecord
from sitegen.redaction import REDACTED, names_secret

Clean = Callable[[str, str], str]
"""Returns the text of a field, by its key, with secrets and personal data cut."""

_TIME = ("time", "timestamp", "ts", "@timestamp", "asctime")
_LEVEL = ("level", "severity", "log.level", "lvl", "levelname")
_MESSAGE = ("message", "msg")
_SERVICE = ("service", "service.name", "logger", "log.logger", "name")
_NAMES_A_VALUE = ("name", "key", "header")
_TRACE = ("trace_id", "traceId", "trace.id")

_LEVELS = {
    "trace": Level.TRACE, "debug": Level.DEBUG, "verbose": Level.DEBUG, "info": Level.INFO, "information": Level.INFO,
    "informational": Level.INFO, "notice": Level.INFO, "warn": Level.WARN, "warning": Level.WARN, "error": Level.ERROR,
    "err": Level.ERROR, "severe": Level.ERROR, "fatal": Level.FATAL, "critical": Level.FATAL, "crit": Level.FATAL,
    "alert": Level.FATAL, "emerg": Level.FATAL, "emergency": Level.FATAL, "panic": Level.FATAL, "dpanic": Level.FATAL,
}  # fmt: skip
# bunyan and pino; a number between two of these is the lower one, as their documentation has it.
_NUMBERS = (
    (60, Level.FATAL),
    (50, Level.ERROR),
    (40, Level.WARN),
    (30, Level.INFO),
    (20, Level.DEBUG),
    (10, Level.TRACE),
)
_TRACE_ID = re.compile(r"[0-9a-f]{1,32}")
_SHORTEST_DATE = len("2026-11-23T07:43")
_MOST_FIELDS = 24
_LONGEST_FIELD = 2_000

_decoder = msgspec.json.Decoder(dict[str, Any])


def parse_line(line: str, source: str, clean: Clean) -> LogRecord:
    """Parse a line in the first format that knows it; what none knows is kept as it is."""
    for parse in _FORMATS:
        if (record := parse(line, source, clean)) is not None:
            return record
    return parse_plain_line(line, source, clean)


def parse_json_line(line: str, source: str, clean: Clean) -> LogRecord | None:
    """Parse one JSON object; None for anything else, which is then a plain line.

    Keys: `time timestamp ts @timestamp asctime`; `level severity log.level lvl
    levelname`; `message msg`; `service service.name logger log.logger name`;
    `trace_id traceId trace.id`. A dotted key may also be nested, as in the Elastic
    Common Schema. Levels are words (syslog's too, `DEBUG3` is a debug) or bunyan's and
    pino's numbers. Times are RFC 3339, where a missing zone means UTC, or a number of
    seconds, milli-, micro- or nanoseconds since the epoch. All other keys are fields,
    at most 24 of them.

    {"time":"2026-11-23T07:43:30.412Z","level":"info","service":"shop","message":"paid","order":17}

    -> LogRecord(time=1795419810.412, level=Level.INFO, service="shop", message="paid", fields={"order": "17"})
    """
    if not line.startswith("{"):
        return None
    try:
        document = _decoder.decode(line)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return None
    return _record(document, source, clean)


_FORMATS = (parse_json_line,)
"""Each returns None for a line that is not its own; the strictest stands first."""


def parse_plain_line(line: str, source: str, clean: Clean) -> LogRecord:
    """Keep a line of no known format as it is: its text is the message, its level unknown."""
    return LogRecord(
        source=source, time=None, level=Level.UNKNOWN, service=source, message=clean("message", line)
    )


def _record(document: dict[str, Any], source: str, clean: Clean) -> LogRecord:
    """Return what the keys of a line say; those that are no part of a record are its fields."""
    time, level = _take(document, _TIME), _take(document, _LEVEL)
    if "value" in document and any(names_secret(str(document.get(key, ""))) for key in _NAMES_A_VALUE):
        document["value"] = REDACTED
    message, service, trace = _take(document, _MESSAGE), _take(document, _SERVICE), _take(document, _TRACE)
    fields = document.items() if len(document) <= _MOST_FIELDS else list(document.items())[:_MOST_FIELDS]
    return LogRecord(
        source=source,
        time=_instant(time),
        level=_level(level),
        service=source if service is None else clean("service", _text(service))[:_LONGEST_FIELD],
        message="" if message is None else clean("message", _text(message)),
        fields={
            clean("key", key)[:_LONGEST_FIELD]: clean(key, _text(value))[:_LONGEST_FIELD]
            for key, value in fields
        },
        trace_id=_trace(trace),
    )


def _take(document: dict[str, Any], keys: tuple[str, ...]) -> Any:
    """Take the first of these keys out of the document, so that what is left are its fields."""
    for key in keys:
        if key in document:
            value = document[key]
            if value is not None and not isinstance(value, dict):
                return document.pop(key)
        elif "." in key:
            outer, _, inner = key.partition(".")
            nested = document.get(outer)
            if isinstance(nested, dict) and nested.get(inner) is not None:
                return nested.pop(inner)
    return None


def _text(value: Any) -> str:
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case _:
            return msgspec.json.encode(value).decode()


def _level(value: Any) -> Level:
    if isinstance(value, str):
        word = value.strip().lower()
        known = _LEVELS.get(word) or _LEVELS.get(word.rstrip("0123456789"))
        return known or _level(_number(word))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return next((level for number, level in _NUMBERS if value >= number), Level.UNKNOWN)
    return Level.UNKNOWN


def _instant(value: Any) -> float | None:
    if isinstance(value, str):
        text = value.strip().replace(",", ".")
        if len(text) < _SHORTEST_DATE or text.replace(".", "", 1).isdigit():
            return _instant_of_number(_number(text))
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return None
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _instant_of_number(value)
    return None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _instant_of_number(value: float) -> float | None:
    """Distinguish seconds from milli-, micro- and nanoseconds by their size: all mean an instant from 2001 to 2286."""
    for factor in (1, 10**3, 10**6, 10**9):
        if 10**9 * factor <= value < 10**10 * factor:
            return value / factor
    return None


def _trace(value: Any) -> str | None:
    """Normalise a trace id to 32 lower-case hex digits; a UUID is one with dashes, zero is none."""
    if not isinstance(value, str):
        return None
    digits = value.strip().lower().replace("-", "")
    return digits.zfill(32) if _TRACE_ID.fullmatch(digits) and digits.strip("0") else None

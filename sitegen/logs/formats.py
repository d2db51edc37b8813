"""One line of a log in, one record out; a parser for each format.

JSON lines (`json`), with the keys that common loggers use:

    {"time":"2026-11-23T07:43:30.412Z","level":"info","service":"shop","message":"paid","order":17}
    -> LogRecord(time=1795419810.412, level=Level.INFO, service="shop", message="paid", fields={"order": "17"})

Keys: `time timestamp ts @timestamp asctime`, `level severity log.level lvl`,
`message msg`, `service service.name logger name`, `trace_id traceId trace.id`. Levels
are words (syslog's too) or numbers: bunyan's and pino's 10 to 60. Times are RFC 3339
or a number of seconds, milliseconds, microseconds or nanoseconds since the epoch.
"""

import math
import re
from typing import Any

import msgspec

from sitegen.logs.model import Level, LogRecord
from sitegen.units import parse_rfc3339

__all__ = ["parse_json_line", "parse_plain_line"]

_TIME = ("time", "timestamp", "ts", "@timestamp", "asctime")
_LEVEL = ("level", "severity", "log.level", "lvl")
_MESSAGE = ("message", "msg")
_SERVICE = ("service", "service.name", "logger", "name")
_TRACE = ("trace_id", "traceId", "trace.id")

_LEVELS = {
    "trace": Level.TRACE, "debug": Level.DEBUG, "info": Level.INFO, "information": Level.INFO, "notice": Level.INFO,
    "warn": Level.WARN, "warning": Level.WARN, "error": Level.ERROR, "err": Level.ERROR, "severe": Level.ERROR,
    "fatal": Level.FATAL, "critical": Level.FATAL, "crit": Level.FATAL, "alert": Level.FATAL, "emerg": Level.FATAL,
    "emergency": Level.FATAL, "panic": Level.FATAL, "verbose": Level.DEBUG,
}  # fmt: skip
_NUMBERS = (
    (60, Level.FATAL),
    (50, Level.ERROR),
    (40, Level.WARN),
    (30, Level.INFO),
    (20, Level.DEBUG),
    (10, Level.TRACE),
)
_TRACE_ID = re.compile(r"[0-9a-f]{32}")
_MOST_FIELDS = 24

_decoder = msgspec.json.Decoder()


def parse_json_line(line: str, source: str) -> LogRecord | None:
    """Read one JSON object; None for anything else, which is then a plain line."""
    if not line.startswith("{"):
        return None
    try:
        document = _decoder.decode(line)
    except (msgspec.DecodeError, RecursionError, ValueError):
        return None
    if not isinstance(document, dict):
        return None
    time, level = _take(document, _TIME), _take(document, _LEVEL)
    message, service, trace = _take(document, _MESSAGE), _take(document, _SERVICE), _take(document, _TRACE)
    return LogRecord(
        source=source,
        time=_instant(time),
        level=_level(level),
        service=source if service is None else _text(service),
        message="" if message is None else _text(message),
        fields={str(key): _text(value) for key, value in list(document.items())[:_MOST_FIELDS]},
        trace_id=_trace(trace),
    )


def parse_plain_line(line: str, source: str) -> LogRecord:
    """Keep a line of no known format as it is."""
    return LogRecord(source=source, time=None, level=Level.UNKNOWN, service=source, message=line)


def _take(document: dict[str, Any], keys: tuple[str, ...]) -> Any:
    """Take the first of these keys out of the document, so that what is left are its fields."""
    for key in keys:
        if document.get(key) is not None:
            return document.pop(key)
    return None


def _text(value: Any) -> str:
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case None:
            return "null"
        case int() | float():
            return repr(value)
        case _:
            return msgspec.json.encode(value).decode()


def _level(value: Any) -> Level:
    if isinstance(value, str):
        return _LEVELS.get(value.strip().lower(), Level.UNKNOWN)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return next((level for number, level in _NUMBERS if value >= number), Level.UNKNOWN)
    return Level.UNKNOWN


def _instant(value: Any) -> float | None:
    if isinstance(value, str):
        try:
            return parse_rfc3339(value.strip().replace(",", "."))
        except ValueError:
            return _number_instant(_as_number(value))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _number_instant(float(value))
    return None


def _as_number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _number_instant(value: float) -> float | None:
    """Tell seconds from milli-, micro- and nanoseconds by their size: all mean an instant from 2001 to 2286."""
    if not math.isfinite(value):
        return None
    for factor in (1.0, 1e3, 1e6, 1e9):
        if 1e9 <= value / factor < 1e10:
            return value / factor
    return None


def _trace(value: Any) -> str | None:
    if not isinstance(value, str):
        return None
    padded = value.lower().replace("-", "").rjust(32, "0")
    return padded if _TRACE_ID.fullmatch(padded) else None

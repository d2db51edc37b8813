"""One line of a log in, one record out; `_FORMATS` has a parser for each format.

Every text goes through `clean(key, text)`, which cuts what must not become public.
"""

import json
import re
from collections.abc import Callable
from functools import lru_cache
from operator import ne
from typing import Any, NamedTuple

import msgspec

from sitegen.logs.lenient import decode_object
from sitegen.logs.levels import LEVEL_RANKS, find_level
from sitegen.logs.model import Level, LogRecord
from sitegen.logs.text import without_sequences, without_unseen
from sitegen.logs.times import Times
from sitegen.redaction import REDACTED, names_secret

Clean = Callable[[str, str], str]
"""Returns the text of a field, by its key, with secrets and personal data cut."""


def _ranked(*keys: str) -> dict[str, int]:
    return {key: rank for rank, key in enumerate(keys)}


_TIME = _ranked(
    "time", "timestamp", "ts", "@timestamp", "asctime", "datetime", "@t", "time_iso8601", "time_local", "instant",
    "eventTime", "timeMillis", "timeUnixNano", "t", "__REALTIME_TIMESTAMP", "date",
)  # fmt: skip
_MESSAGE = _ranked(
    "message", "msg", "event", "short_message", "@message", "@m", "renderedmessage", "fields.message",
    "jsonPayload.message", "jsonPayload.msg", "textPayload", "text", "@mt", "messagetemplate", "body", "_msg", "M", "log",
)  # fmt: skip
_SERVICE = _ranked(
    "service", "service.name", "logger", "log.logger", "name", "channel", "SYSLOG_IDENTIFIER", "SourceContext", "target",
    "loggerName", "app", "category", "Category",
)  # fmt: skip
_NAMES_A_VALUE = ("name", "key", "header")
_TRACE = _ranked("trace_id", "traceId", "trace.id", "traceID", "TraceId", "otelTraceID")

_DOTTED = {key for key in (*_MESSAGE, *_SERVICE, *_TRACE, *LEVEL_RANKS) if "." in key}

_TRACE_ID = re.compile(r"[0-9a-f]{1,32}")
_MOST_FIELDS = 24
_MOST_KINDS = 256
"""How many kinds of lines are known by their keys at once."""
_LONGEST_FIELD, _LONGEST_MESSAGE = 2_000, 65_536
_CUT = " … cut"
_SURROGATE = re.compile("[\ud800-\udfff]")
# What a collector writes before a line: `web-1  | {...}` of Compose, `2026-11-25T10:00:00Z stdout F {...}` of containers.
_BEFORE = re.compile(
    r"(?P<compose>[\w.-]{1,80}?)(?:[-_]\d{1,3})?\s{1,40}\|\s(?:\d\S{18,40}\s)?|[^{}]{1,200}?\s(?=\{)"
)

# Fields that name a machine, an account or a person are never published: their names end in one of these, or in an id of one.
_PRIVATE = frozenset(
    [
        "host",
        "hostname",
        "machine",
        "machinename",
        "computer",
        "node",
        "nodename",
        "pod",
        "container",
        "instance",
        "device",
        "ip",
        "ipaddress",
        "addr",
        "address",
        "peer",
        "client",
        "user",
        "username",
        "userid",
        "uid",
        "account",
        "accountid",
        "email",
        "mail",
        "login",
        "person",
        "principal",
        "customer",
        "owner",
        "tenant",
        "firstname",
        "lastname",
        "fullname",
        "phone",
    ]
)
_OF_THEM = frozenset({"id", "name", "ip", "key", "number", "ref"})
_WORDS_OF = re.compile(r"[A-Z]{2,}(?![a-z])|[A-Z]?[a-z]+|\d+")


class _Parts(NamedTuple):
    """What the keys of a line are for: those of each part, the likelier first; fields that may be published with their names.

    `unseen` says that a key has characters that no screen shows.
    """

    levels: tuple[str, ...]
    times: tuple[str, ...]
    messages: tuple[str, ...]
    services: tuple[str, ...]
    traces: tuple[str, ...]
    fields: tuple[tuple[str, str], ...]
    unseen: bool
    left: dict[tuple[str | None, ...], list[tuple[str, str]]]

    def without(self, apart: tuple[str | None, ...]) -> list[tuple[str, str]]:
        """Return the fields that are left where these keys are parts of the record."""
        fields = self.left.get(apart)
        if fields is None:
            fields = [entry for entry in self.fields if entry[0] not in apart][:_MOST_FIELDS]
            self.left[apart] = fields
        return fields


class Reading:
    """How the lines of a source are read: what cleans their texts, what knows their times, which fields may be published."""

    def __init__(self, clean: Clean, times: Times, fields: frozenset[str] | None = None) -> None:
        self.clean = clean
        self.times = times
        self._fields = fields
        self._known: dict[tuple[str, ...], _Parts] = {}

    def parts(self, keys: tuple[str, ...]) -> _Parts:
        """Return what the keys of a line are for; a logger writes the same ones again and again."""
        parts = self._known.get(keys)
        if parts is None:
            if len(self._known) >= _MOST_KINDS:
                self._known.clear()
            parts = self._known[keys] = self._sort(keys)
        return parts

    def _sort(self, keys: tuple[str, ...]) -> _Parts:
        present = frozenset(keys)
        public = (
            key for key in keys if not is_private(key) and (self._fields is None or key in self._fields)
        )
        levels, times, messages = (_ordered(keys, ranks) for ranks in (LEVEL_RANKS, _TIME, _MESSAGE))
        services, traces = (
            tuple(sorted(ranks.keys() & present, key=ranks.__getitem__)) for ranks in (_SERVICE, _TRACE)
        )
        fields = tuple((key, self.clean("key", _whole(key))[:_LONGEST_FIELD]) for key in public)
        unseen = any(map(ne, keys, map(without_unseen, keys)))
        return _Parts(levels, times, messages, services, traces, fields, unseen, {})


_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def _ordered(keys: tuple[str, ...], ranks: dict[str, int]) -> tuple[str, ...]:
    """Return those of the keys that are known, the likelier first, in capitals or not."""
    known = {key: ranks[name] for key in keys for name in (key, key.lower()) if name in ranks}
    return tuple(sorted(known, key=lambda key: (known[key], key not in ranks)))


def parse_known_line(line: str, source: str, reading: Reading) -> LogRecord | None:
    """Parse a line in the first format that knows it; None where none does."""
    for parse in _FORMATS:
        if (record := parse(line, source, reading)) is not None:
            return record
    return None


def parse_json_line(line: str, source: str, reading: Reading) -> LogRecord | None:
    """Parse one JSON object, also behind what a collector writes before it; None for anything else, which is then a plain line.

    The usual keys of loggers are known for the time, the level, the message, the service and the trace; a dotted key may
    also be nested, as in the Elastic Common Schema. Levels are as in levels.py, times as in times.py. All other keys are
    fields, at most 24 of them, but for those that name a machine, an account or a person, or begin with an underscore.
    What is odd in one part costs nothing of the others (lenient.py); what Docker wraps is read in its wrapping.

    {"time":"2026-11-23T07:43:30.412Z","level":"info","service":"shop","message":"paid","order":17}

    -> LogRecord(time=1795419810.412, level=Level.INFO, service="shop", message="paid", fields={"order": "17"})
    """
    if line.startswith("{"):
        document = decode_object(line)
        record = None if document is None else _record(document, source, reading)
        return None if record is None or (not line.endswith("}") and _says_nothing(record)) else record
    before = _BEFORE.match(line) if line.endswith("}") else None
    document = decode_object(line[before.end() :]) if before else None
    if before is None or document is None:
        return None
    record = _record(document, before["compose"] or source, reading)
    if _says_nothing(record):
        return None
    first = reading.times.instant(line.partition(" ")[0]) if record.time is None else record.time
    return msgspec.structs.replace(record, source=source, time=first)


def _says_nothing(record: LogRecord) -> bool:
    """Whether an object that a line only contains is none of a logger: the line says more as it is."""
    return record.time is None and record.level is Level.UNKNOWN and not record.message


_FORMATS = (parse_json_line,)
"""Each returns None for a line that is not its own; the strictest stands first."""


def parse_plain_line(line: str, source: str, reading: Reading) -> LogRecord:
    """Keep a line of no known format as it is: its text is the message, its level unknown."""
    return LogRecord(
        source=source, time=None, level=Level.UNKNOWN, service=source, message=reading.clean("message", line)
    )


def _record(document: dict[str, Any], source: str, reading: Reading) -> LogRecord:
    """Return what the keys of a line say; those that are no part of a record are its fields."""
    clean = reading.clean
    if type(log := document.get("log")) is str and ("stream" in document or log.startswith("{")):
        document = _unwrapped(document)
    if dict in map(type, document.values()):
        _lift(document)
    parts = reading.parts(tuple(document))
    if parts.unseen:
        document = {without_unseen(key): value for key, value in document.items()}
        parts = reading.parts(tuple(document))
    level, taken = find_level(document, parts.levels)
    time, time_key = _find_time(document, parts.times, reading.times)
    message, service = _first(document, parts.messages), _first(document, parts.services)
    trace = _first(document, parts.traces)
    if "value" in document and any(
        names_secret(without_unseen(str(document.get(key, "")))) for key in _NAMES_A_VALUE
    ):
        document["value"] = REDACTED
    fields = parts.without((*taken, time_key, message, service, trace))
    return LogRecord(
        source,
        time,
        level,
        source if service is None else clean("service", _text(document[service]))[:_LONGEST_FIELD],
        "" if message is None else _clean_message(_text(document[message]), clean),
        {name: clean(key, _text(document[key]))[:_LONGEST_FIELD] for key, name in fields},
        None if trace is None else _trace(document[trace]),
    )


def _unwrapped(document: dict[str, Any]) -> dict[str, Any]:
    """Return what a container wrote, of the line in which Docker keeps it: `log`, `stream` and `time`."""
    line = document["log"].strip()
    inner = decode_object(line) if line.startswith("{") else None
    if not inner:
        return document | {"log": line}
    times = {key: document[key] for key in ("time", "timestamp", "@timestamp") if key in document}
    return inner if _TIME.keys() & inner.keys() else inner | times


def _lift(document: dict[str, Any]) -> None:
    """Move what is known by a dotted key out of its table: `{"log":{"level":"info"}}` is `{"log.level":"info"}`."""
    for outer in [key for key, value in document.items() if type(value) is dict]:
        table = document[outer]
        if len(table) == 1 and type(text := table.get("stringValue")) is str:  # of OTLP
            document[outer] = text
            continue
        for inner in [key for key in table if f"{outer}.{key}" in _DOTTED]:
            document.setdefault(f"{outer}.{inner}", table.pop(inner))
        if not table:
            del document[outer]


def _clean_message(text: str, clean: Clean) -> str:
    if len(text) <= _LONGEST_MESSAGE:
        return clean("message", text)
    return clean("message", text[:_LONGEST_MESSAGE]) + _CUT


@lru_cache(maxsize=4096)
def is_private(key: str) -> bool:
    """Whether a field names a machine, an account or a person, or is one that loggers keep to themselves.

    >>> [is_private(key) for key in ("order", "user_agent", "_pid", "host.name", "customerId", "remote_addr")]
    [False, False, True, True, True, True]
    """
    words = [word.lower() for word in _WORDS_OF.findall(key[:_LONGEST_FIELD])]
    if words[1:] and words[-1] in _OF_THEM:
        del words[-1]
    return key.startswith("_") or (bool(words) and words[-1] in _PRIVATE)


def _find_time(
    document: dict[str, Any], keys: tuple[str, ...], times: Times
) -> tuple[float | None, str | None]:
    """Return the first time that can be read, and its key; what cannot be read stays a field."""
    for key in keys:
        found = times.instant(document[key])
        if found is not None:
            return found, key
    return None, None


def _first(document: dict[str, Any], keys: tuple[str, ...]) -> str | None:
    """Return the first of these keys that has a value."""
    for key in keys:
        value = document[key]
        if value is not None and type(value) is not dict:
            return key
    return None


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value if value.isascii() else _whole(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    try:
        return _whole(_encoder.encode(_public_part(value)))
    except RecursionError:
        return "…"


def _public_part(value: Any) -> Any:
    """Return a nested value without what names a machine, an account or a person, or steers a terminal."""
    if isinstance(value, dict):
        return {key: _public_part(inner) for key, inner in value.items() if not is_private(key)}
    if isinstance(value, str):
        return without_sequences(value)
    return [_public_part(inner) for inner in value] if isinstance(value, list) else value


def _whole(text: str) -> str:
    """Return the text with U+FFFD for halves of characters."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def _trace(value: Any) -> str | None:
    """Normalise a trace id to 32 lower-case hex digits; a UUID is one with dashes, zero is none."""
    if not isinstance(value, str):
        return None
    digits = value.strip().lower().replace("-", "")
    return digits.zfill(32) if _TRACE_ID.fullmatch(digits) and digits.strip("0") else None

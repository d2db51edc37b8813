"""The record of the logs room."""

from enum import StrEnum

import msgspec


class Level(StrEnum):
    """Severity, lowest first (OpenTelemetry's short names)."""

    TRACE = "trace"
    DEBUG = "debug"
    INFO = "info"
    WARN = "warn"
    ERROR = "error"
    FATAL = "fatal"
    UNKNOWN = "unknown"


class LogRecord(msgspec.Struct, frozen=True):
    """One record of a log. `time` is POSIX seconds, None where the line has none.

    `source` is the log's name, `service` who wrote the line; `fields` is everything
    else it said, as text; `trace_id` 32 lower-case hex digits where it names one; `more` the
    lines that follow it and belong to it, such as the trace of an error, in their order.
    """

    source: str
    time: float | None
    level: Level
    service: str
    message: str
    fields: dict[str, str] = {}
    trace_id: str | None = None
    more: tuple[str, ...] = ()


class LevelCount(msgspec.Struct, frozen=True):
    """How many lines a service wrote, and how many of them are warnings, and errors or worse."""

    service: str
    errors: int
    warnings: int
    lines: int

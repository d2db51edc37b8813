"""How bad a line is: one table of words, one of scales of numbers; what neither knows is unknown."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from sitegen.logs.model import Level

_WORDS = {
    form: level
    for level, words in {
        Level.TRACE: "trace trc trce finest finer silly all",
        Level.DEBUG: "debug dbg dbug deb d verbose vrb verb v fine",
        Level.INFO: "info inf i information informational notice note ntc n success ok config log http statement default",
        Level.WARN: "warn warning wrn wrng w",
        Level.ERROR: "error err eror e severe fail failure exception",
        Level.FATAL: "fatal ftl fata f critical crit crt c alert emerg emergency panic dpanic",
    }.items()
    for word in words.split()
    for form in (word, word.upper(), word.capitalize())
}
# `[WARN]`, `LogLevel.Warning`, OpenTelemetry's `WARN3`, slog's `WARN+1`.
_WORD = re.compile(
    r"[\[(<\s]*(?:[a-z]{1,20}\.)?([a-z]{1,20})(?:\d{1,2}|([+-])\d{1,3})?[\])>:\s]*", re.IGNORECASE
)
_NUMBER = re.compile(r"\s*(\d{1,4})(?:\.\d{1,6})?\s*")

_Scale = tuple[tuple[int, Level], ...]
"""The first number of each level, highest first; a number between two of them is the lower one."""


def _scale(*begins: int) -> _Scale:
    return tuple(
        zip(
            reversed(begins),
            (Level.FATAL, Level.ERROR, Level.WARN, Level.INFO, Level.DEBUG, Level.TRACE),
            strict=False,
        )
    )


BUNYAN = _scale(10, 20, 30, 40, 50, 60)
"""bunyan's and pino's."""
_PYTHON = _scale(1, 10, 20, 30, 40, 50)
_OTEL = _scale(1, 5, 9, 13, 17, 21)
"""SeverityNumber of OpenTelemetry's log data model."""
_MONOLOG = _scale(100, 200, 300, 400, 500)
_GOOGLE = _scale(100, 200, 400, 500, 600)
"""LogSeverity of Google Cloud."""
_SYSLOG: _Scale = ((7, Level.DEBUG), (5, Level.INFO), (4, Level.WARN), (3, Level.ERROR), (0, Level.FATAL))
"""RFC 5424, 6.2.1: the other way round, and closed at both ends."""
_ENDS = {BUNYAN: 99, _PYTHON: 99, _OTEL: 24, _MONOLOG: 600, _GOOGLE: 800, _SYSLOG: 7}

# The words that stand beside a number, and decide.
WORD_KEYS = (
    "level_name", "levelname", "levelName", "severityText", "severity_text", "SeverityText", "severity_label", "level.name",
)  # fmt: skip
LEVEL_KEYS = (
    "level", "severity", "log.level", "lvl", "loglevel", "logLevel", "log_level", "Level", "LogLevel", "Severity", "@l",
    "levelno", "severityNumber", "severity_number", "SeverityNumber", "PRIORITY", "syslog_severity", "log.syslog.severity.code",
)  # fmt: skip
LEVEL_RANKS = {key: rank for rank, key in enumerate((*WORD_KEYS, *LEVEL_KEYS))}
# By what key, and beside which other keys, a number is of which scale.
_BY_KEY = (
    dict.fromkeys(("severityNumber", "severity_number", "SeverityNumber"), _OTEL)
    | dict.fromkeys(("PRIORITY", "syslog_severity", "log.syslog.severity.code"), _SYSLOG)
    | {"levelno": _PYTHON}
)
_BESIDE = (
    ({"short_message", "SYSLOG_IDENTIFIER", "facility", "syslog_facility"}, _SYSLOG),
    ({"channel", "level_name"}, _MONOLOG),
    ({"lineno", "funcName", "pathname"}, _PYTHON),
    ({"observedTimestamp", "observed_timestamp", "timeUnixNano", "observedTimeUnixNano", "Body"}, _OTEL),
)

_TELLING = frozenset[str]().union(*(keys for keys, _ in _BESIDE))


def level_of_word(text: str) -> Level:
    """Return the level that a word names, UNKNOWN for any other.

    >>> level_of_word("WRN"), level_of_word("INFO2"), level_of_word("infinity")
    (<Level.WARN: 'warn'>, <Level.INFO: 'info'>, <Level.UNKNOWN: 'unknown'>)
    """
    found = _WORD.fullmatch(text)
    level = _WORDS.get(found[1].lower(), Level.UNKNOWN) if found else Level.UNKNOWN
    return Level.TRACE if found and found[2] == "-" and level is Level.DEBUG else level


def level_of(value: Any, key: str, beside: Collection[str]) -> Level:
    """Return the level that the value of `key` means, in a line that has the keys `beside` too."""
    if isinstance(value, str):
        named = _WORDS.get(value) or level_of_word(value)
        if named is not Level.UNKNOWN:
            return named
        found = _NUMBER.fullmatch(value)
        return named if found is None else _on_scale(int(found[1]), _scale_of(int(found[1]), key, beside))
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 10_000:
        return _on_scale(int(value), _scale_of(int(value), key, beside))
    return Level.UNKNOWN


def _scale_of(number: int, key: str, beside: Collection[str]) -> _Scale:
    """Return the scale of a number: by its key, by what stands beside it, by its range."""
    if key in _BY_KEY:
        return _BY_KEY[key]
    if not _TELLING.isdisjoint(beside):
        return next(scale for keys, scale in _BESIDE if not keys.isdisjoint(beside))
    if number < 100:
        return BUNYAN
    return _GOOGLE if key.lower() == "severity" else _MONOLOG


def _on_scale(number: int, scale: _Scale) -> Level:
    if number > _ENDS[scale]:
        return Level.UNKNOWN
    return next((level for begin, level in scale if number >= begin), Level.UNKNOWN)


def find_level(document: Mapping[str, Any], present: tuple[str, ...]) -> tuple[Level, tuple[str, ...]]:
    """Return the level of a line, and under which of its keys it stood; `present` are those of LEVEL_RANKS, in order.

    Of several the first that is understood counts, words before numbers. Where a line in Serilog's compact form has no
    `@l`, it is information (https://clef-json.org).
    """
    if len(present) == 1 and type(word := document[present[0]]) is str and word in _WORDS:
        return _WORDS[word], present  # nearly every line
    found: dict[str, Level] = {}
    for key in present:
        value = document[key]
        level = level_of(value, key, document)
        if level is not Level.UNKNOWN:
            found[key] = level
            if isinstance(value, str) and not value.isdecimal():
                return level, tuple(found)
    if found:
        return next(iter(found.values())), tuple(found)
    return (Level.INFO if "@t" in document and not present else Level.UNKNOWN), ()

"""The Log Parser: bytes in, redacted records out, in the order of the lines."""

from sitegen.logs.formats import parse_json_line, parse_plain_line
from sitegen.logs.model import LogRecord
from sitegen.redaction import Redactor

__all__ = ["parse"]

_LONGEST = 65_536
_CUT = " … cut"
_LONGEST_FIELD = 2_000


def parse(body: bytes, source: str, redactor: Redactor) -> tuple[LogRecord, ...]:
    """Read every line of `body`; a line that is no JSON object becomes a record of unknown level.

    Invalid UTF-8 is replaced, a line longer than 64 KB is cut with a mark, an empty
    line is passed over. Text is redacted here, before anything else sees it.
    """
    records = []
    for raw in body.split(b"\n"):
        line = raw.rstrip(b"\r")
        if not line.strip():
            continue
        text = line[:_LONGEST].decode("utf-8", "replace") + (_CUT if len(line) > _LONGEST else "")
        records.append(_redact(parse_json_line(text, source) or parse_plain_line(text, source), redactor))
    return tuple(records)


def _redact(record: LogRecord, redactor: Redactor) -> LogRecord:
    return LogRecord(
        source=record.source,
        time=record.time,
        level=record.level,
        service=redactor.text(record.service)[:_LONGEST_FIELD],
        message=redactor.text(record.message),
        fields={
            redactor.text(key)[:_LONGEST_FIELD]: _redact_field(key, value, redactor)
            for key, value in record.fields.items()
        },
        trace_id=record.trace_id,
    )


def _redact_field(key: str, value: str, redactor: Redactor) -> str:
    """Cut the value together with its key: `password` says more about its value than the value does."""
    prefix = f"{key}="
    joined = redactor.text(prefix + value)
    kept = joined.removeprefix(prefix) if joined.startswith(prefix) else redactor.text(value)
    return kept[:_LONGEST_FIELD]

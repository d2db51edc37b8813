"""The Log Parser: bytes in, redacted records out, in the order of the lines."""

from functools import lru_cache

import msgspec

from sitegen.logs.formats import Clean, parse_line, parse_plain_line
from sitegen.logs.model import LogRecord
from sitegen.redaction import LineRedactor, Redactor

_LONGEST = 65_536
_CUT = " … cut"
_OFTEN = 200


def parse(body: bytes, source: str, redactor: Redactor) -> tuple[LogRecord, ...]:
    """Parse every line of `body`; a line of no known format becomes a record of unknown level.

    Invalid UTF-8 is replaced, a line longer than 64 KB is cut with a mark, an empty
    line is passed over; control characters stay, for they are made visible where text
    is shown. Text is redacted here, before anything else sees it, and messages in their
    order: a private key or a password may go on over several lines.
    """
    clean = _cleaner(redactor, LineRedactor(redactor, body.decode("utf-8", "replace")))
    lines = (line.strip() for line in body.removeprefix(b"\xef\xbb\xbf").split(b"\n"))
    return tuple(_parse_line(line, source, clean) for line in lines if line)


def _parse_line(line: bytes, source: str, clean: Clean) -> LogRecord:
    if len(line) > _LONGEST:
        record = parse_plain_line(line[:_LONGEST].decode("utf-8", "replace"), source, clean)
        return msgspec.structs.replace(record, message=record.message + _CUT)
    return parse_line(line.decode("utf-8", "replace"), source, clean)


def _cleaner(redactor: Redactor, messages: LineRedactor) -> Clean:
    """Redact each short text once: methods, paths and names come again on every other line."""
    known = lru_cache(maxsize=4096)(redactor.field)

    def clean(key: str, text: str) -> str:
        if key == "message":
            return messages.text(text)
        return known(key, text) if len(text) < _OFTEN else redactor.field(key, text)

    return clean

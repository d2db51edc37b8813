"""Secrets that go on over lines: a private key, a password on the line after its name."""

import re

from sitegen.redaction.kinds import NAME_AT_END
from sitegen.redaction.layers import layers_of
from sitegen.redaction.redactor import Redactor

_KEY = re.compile(r"-{4,5} ?(BEGIN|END) [A-Z0-9 ]{0,40}PRIVATE KEY")
_BEGIN = "-----BEGIN " + "PRIVATE KEY-----\n"
# Lines with 120 characters of base64 each are those of the largest keys that are in use.
_MOST_LINES = 200
_PROSE = re.compile(r"\S+(?:\s+\S+){2,}\s+[a-z]{2,15}[.!?]?")
_LONGEST_NAME = 200
_ENDS = frozenset("=:>|-+,[{\"'`\\dDeEgGhHnNtTyYsSpPcCvVrR0123456789")


class LineRedactor:
    """Redacts the lines of one text in their order; `head` is its beginning, which may lie inside of a key."""

    def __init__(self, redactor: Redactor, head: str = "") -> None:
        self._redactor = redactor
        first = _KEY.search("\n".join(head.split("\n", _MOST_LINES)[:_MOST_LINES]))
        self._left = _MOST_LINES if first and first[1] == "END" else 0
        self._name = ""

    def text(self, line: str) -> str:
        """Return the line with every secret cut, those too that began on a line before it."""
        before, self._name = self._name, ""
        if self._left:
            return self._in_key(line)
        reading = _reading(line)
        if "PRIVATE" in reading:
            self._left = _MOST_LINES if _last_mark(reading) == "BEGIN" else 0
        elif reading.rstrip()[-1:] in _ENDS and (name := NAME_AT_END.search(reading[-_LONGEST_NAME:])):
            self._name = name[1] + "\n"
        return self._redactor.text(before + line).removeprefix(before)

    def _in_key(self, line: str) -> str:
        """Cut what belongs to a key; a sentence in between is another program's."""
        reading = _reading(line)
        self._left = 0 if _last_mark(reading) == "END" else self._left - 1
        whole = _KEY.search(reading) is None and _PROSE.fullmatch(reading) is not None
        return self._redactor.text(line if whole else _BEGIN + line)


def _reading(line: str) -> str:
    """Return what the line says in the end, all encodings taken off."""
    for layer in layers_of(line):
        line = layer.text
    return line


def _last_mark(reading: str) -> str:
    found: list[str] = _KEY.findall(reading)
    return found[-1] if found else ""

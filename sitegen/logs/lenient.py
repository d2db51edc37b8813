"""One JSON object of a log, strictly and fast where that can be, else as far as it can be read."""

import json
import re
from typing import Any

import msgspec

_decoder = msgspec.json.Decoder(dict[str, Any])
_tolerant = json.JSONDecoder(strict=False)
_KEY = re.compile(r'[\s,]*"((?:[^"\\]|\\.)*)"\s*:\s*', re.DOTALL)
# A text that lacks its end goes on to that of the line; what is no text, no table and no list is a word or a number.
_TEXT = re.compile(r'"((?:[^"\\]|\\.)*)(?:"|\\?\Z)', re.DOTALL)
_WORD = re.compile(r"[^,{}\[\]\"]*")
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|(.))", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_WORDS = {
    "null": None,
    "true": True,
    "false": False,
    "undefined": None,
    "None": None,
    "True": True,
    "False": False,
}


def decode_object(line: str) -> dict[str, Any] | None:
    r"""Return the object that a line is; None where it is none.

    RFC 8259 forbids half a surrogate pair, NaN, a raw tab, a zero before a number, a comma before the end, unknown
    escapes; logs have them all, and lines that were cut or go on behind the object. Such a part costs only itself.

    >>> decode_object('{"level":"error","n":007,"msg":"no \\x end')
    {'level': 'error', 'n': '007', 'msg': 'no x end'}
    """
    try:
        return _decoder.decode(line)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        pass
    try:
        found = json.loads(line, strict=False, parse_int=_integer)
    except (ValueError, RecursionError):
        return _read_pairs(line) or None
    return found if isinstance(found, dict) else None


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) < 20 else float(digits)


def _read_pairs(line: str) -> dict[str, Any]:
    """Return the pairs of an object up to its end, or to what cannot be told from a pair."""
    pairs, place = dict[str, Any](), 1
    while found := _KEY.match(line, place):
        try:
            value, place = _read_value(line, found.end())
        except (ValueError, RecursionError):
            break
        pairs[_unescaped(found[1])] = value
    return pairs


def _read_value(line: str, place: int) -> tuple[Any, int]:
    """Return a value and where it ends. Raises ValueError or RecursionError for a table or a list that cannot be read."""
    if text := _TEXT.match(line, place):
        return _unescaped(text[1]), text.end()
    if line[place : place + 1] in {"{", "["}:
        return _tolerant.raw_decode(line, place)
    found = _WORD.match(line, place)
    word = found[0].strip() if found else ""
    return _WORDS.get(word, word), found.end() if found else place


def _unescaped(text: str) -> str:
    """Return a text without its escapes; one that JSON does not know stands for its character."""

    def plain(found: re.Match[str]) -> str:
        return chr(int(found[1], 16)) if found[1] else _ESCAPED.get(found[2], found[2])

    if "\\" not in text:
        return text
    # The two halves of a character stand in two escapes.
    return _ESCAPE.sub(plain, text).encode("utf-16", "surrogatepass").decode("utf-16", "replace")

"""OTLP's JSON mapping (opentelemetry-proto, common.proto and trace.proto), down to spans as plain maps and values as text.

Each part is opened by itself, so that one that is malformed costs only itself. Names may be spelled as the mapping's own, as the
protocol's, with underscores, or otherwise cased; the scopes as before its version 0.15.
"""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from hashlib import blake2b
from itertools import islice
from typing import Any

import msgspec

Parts = dict[str, msgspec.Raw]
MALFORMED = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)
"""A nesting that is too deep for the decoder is as malformed as a missing bracket."""

_DOCUMENT = msgspec.json.Decoder(Parts)
_LIST = msgspec.json.Decoder(list[msgspec.Raw] | Parts | None)
_ANY = msgspec.json.Decoder()
_RESOURCES = frozenset({"resourcespans", "batches"})
# The Collector writes metrics and logs into the same file, if told to.
_KNOWN = _RESOURCES | {"resourcemetrics", "resourcelogs"}
_WRAPPED = frozenset({"trace", "traces", "data", "body"})
_SCALARS = ("stringvalue", "boolvalue", "intvalue", "doublevalue", "bytesvalue")
_DEEPEST = 200
_MOST_SOUGHT, _MOST_PIECES = 16_000_000, 100_000
"""Through how many malformed bytes documents are sought, and how many of them."""
_DIGEST = 16

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*(?:"|\\?\Z)|[{}\[\]]', re.DOTALL)
_ODD = re.compile(
    rb'\\(?:["\\/bfnrt]|u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2})'
    rb"|u[0-9a-fA-F]{4}|(?P<escape>.))|(?P<number>[:,\[]\s{0,9})(?:[-+]?(?:NaN|nan|Infinity|inf)|-?\d[\d.]{0,40}[eE]\+?\d{3,9})(?=\s{0,9}[,}\]])"
)
_RAW = bytes(max(byte, 32) for byte in range(256))
_AROUND = b" \t\r\0\x1e,\xef\xbb\xbf"
_NUMBER = re.compile(rb'"(-?\d{1,20})"')
_SPELLED = re.compile(rb'"(string|bool|int|double|array|kvlist|bytes)_value":')


def documents_of(body: bytes) -> Iterator[Parts | str]:
    """Yield the documents of a file (one, one a line, or one after another with whatever between), or what is wrong with a place of it.

    A line that is no document by itself is read with the lines after it: a document may stand on many lines.
    """
    body = _as_utf8(body)
    try:
        yield _DOCUMENT.decode(body)
    except MALFORMED:
        pending: list[bytes] = []
        lines = body.split(b"\n")
        for number, line in enumerate(lines, 1):
            document = _document(line.strip(_AROUND))
            if document is None and (pending or line.strip()):
                pending.append(line)
            if pending and (document is not None or number == len(lines)):
                whole = len(pending) == len(lines)
                first = number - len(pending) + (document is None)
                yield from _documents_in(b"\n".join(pending), "it" if whole else f"line {first}")
                pending = []
            if document is not None:
                yield document


def _as_utf8(body: bytes) -> bytes:
    """Return JSON of any Unicode encoding in UTF-8 without a mark, nor the NULs of a file that was laid out or cut."""
    padded = body.lstrip(b"\0") if body.startswith(b"\0\0\0\0") else body
    encoding = json.detect_encoding(padded[:4])
    text = padded if encoding == "utf-8" else padded.decode(encoding, "replace").encode()
    return text.strip(_AROUND + b"\n")


def _document(line: bytes) -> Parts | None:
    """Return a document that is known as such; what stands before its first brace is left out."""
    begin = line.find(b"{")
    try:
        found = _DOCUMENT.decode(line)
    except MALFORMED:
        try:
            found = _DOCUMENT.decode(_mended(line[begin:])) if begin >= 0 else {}
        except MALFORMED:
            return None
    return found if _KNOWN & set(map(plain, found)) else None


def _documents_in(body: bytes, where: str) -> Iterator[Parts | str]:
    """Yield one document, mended; else what stands in outermost braces, with every nesting that is too deep cut; or what is wrong."""
    if not body.strip(_AROUND + b"\n"):
        return
    if b"\n" in body:
        with suppress(*MALFORMED):
            yield _DOCUMENT.decode(_mended(body))
            return
    if len(body) > _MOST_SOUGHT:
        yield f"{where} is no OTLP JSON: {len(body) // 10**6} MB of it are malformed"
        return
    pieces = list(islice(_outermost(body), _MOST_PIECES))
    for piece in pieces:
        try:
            yield _DOCUMENT.decode(_mended(piece))
        except MALFORMED as error:
            yield f"{where} is no OTLP JSON: {reason_of(error)}"
    if len(pieces) in {0, _MOST_PIECES}:
        yield f"{where} is no OTLP JSON: it has {f'{_MOST_PIECES:,} maps or more' if pieces else 'no map'}"


def _outermost(body: bytes) -> Iterator[bytes]:
    """Yield each outermost map, without what is nested too deeply in it, and what is left of one that does not end."""
    kept: list[bytes] = []
    depth = begin = 0
    for token in _TOKEN.finditer(body):
        mark = token[0]
        if mark == b"{" or (mark == b"[" and depth):
            depth += 1
            if depth == 1:
                kept, begin = [], token.start()
            elif depth == _DEEPEST:
                kept.append(body[begin : token.start()])
        elif mark in {b"}", b"]"} and depth:
            depth -= 1
            if depth == _DEEPEST - 1:
                kept.append(b"null")
                begin = token.end()
            elif not depth:
                yield b"".join([*kept, body[begin : token.end()]])
    if depth:
        yield body[begin:]


def _mended(body: bytes) -> bytes:
    """Return JSON without what the decoder does not take: halves of characters (RFC 8259, 8.2), NaN, raw controls in texts."""
    text = body.translate(_RAW).decode("utf-8", "replace").encode()
    return _ODD.sub(_mend, text)


def _mend(found: re.Match[bytes]) -> bytes:
    if found["number"] is not None:
        return found["number"] + b"null"
    if found["half"] is not None:
        return b"\\ufffd"
    return found[0] if found["escape"] is None else found["escape"]


@lru_cache(maxsize=1024)
def plain(name: str) -> str:
    """Return the name of a field in one spelling: `traceId`, `trace_id` and `TraceID` are `traceid`."""
    return name.replace("_", "").lower()


def fields_of(given: object) -> dict[str, Any]:
    """Return a map by plain names; an empty one of what is no map."""
    return {plain(name): value for name, value in given.items()} if isinstance(given, dict) else {}


def items_of(given: object) -> list[Any]:
    """Return the items of a list; of a map by numbers, as PHP writes a list, its values; of any other value that alone."""
    if isinstance(given, dict):
        return list(given.values()) if all(name.isdigit() for name in given) else [given]
    return given if isinstance(given, list) else [] if given is None else [given]


def resources_of(document: Parts) -> list[msgspec.Raw] | None:
    """Return the entries of `resourceSpans`, None where a document has none of what the Collector writes. Raises one of MALFORMED."""
    known = _KNOWN & set(map(plain, document))
    if document and not known:
        for name, raw in document.items():
            if plain(name) in _WRAPPED and bytes(raw).lstrip().startswith(b"{"):
                return resources_of(_DOCUMENT.decode(raw))
        return None
    return _listed(document, _RESOURCES)


def scopes_of(entry: msgspec.Raw) -> tuple[msgspec.Raw | None, list[msgspec.Raw]]:
    """Return the resource of an entry of `resourceSpans`, and its scopes, also those of before. Raises one of MALFORMED."""
    parts = _DOCUMENT.decode(entry)
    resource = next((raw for name, raw in parts.items() if plain(name) == "resource"), None)
    return resource, _listed(parts, frozenset({"scopespans", "instrumentationlibraryspans"}))


def spans_of(scope: msgspec.Raw) -> list[msgspec.Raw]:
    """Return the spans of a scope. Raises one of MALFORMED."""
    return _listed(_DOCUMENT.decode(scope), frozenset({"spans"}))


def _listed(parts: Parts, names: frozenset[str]) -> list[msgspec.Raw]:
    """Return the items of the lists of these names. Raises DecodeError where only lists of other names are there."""
    found: list[msgspec.Raw] = []
    for name, raw in parts.items():
        if plain(name) in names:
            items = _LIST.decode(raw)
            is_map = isinstance(items, dict) and not all(map(str.isdigit, items))
            found += [raw] if is_map else items_of(items)
    others = [
        name
        for name, raw in parts.items()
        if plain(name) not in names | _KNOWN and bytes(memoryview(raw)[:1]) == b"["
    ]
    if others and not found:
        raise msgspec.DecodeError(f"it has {others[0][:40]!r} and no {max(names)}")
    return found


def decode_part(raw: msgspec.Raw | None) -> dict[str, Any]:
    """Return a part by plain names, mended where it must be. Raises one of MALFORMED."""
    try:
        found = _ANY.decode(raw or b"null")
    except MALFORMED:
        found = _ANY.decode(_mended(bytes(raw or b"")))
    return fields_of(found)


def attributes_of(given: object) -> tuple[dict[str, Any], bool]:
    """Return attributes by their keys, as far as they can be read, and whether all of them could."""
    if isinstance(given, dict) and not given.keys() & {"key", "Key"} and not all(map(str.isdigit, given)):
        return given, True
    found, whole = {}, not given or isinstance(given, list | dict)
    for item in items_of(given):
        pair = item if isinstance(item, dict) and "key" in item else fields_of(item)
        if isinstance(pair.get("key"), str):
            found[pair["key"]] = pair.get("value")
        else:
            whole = False
    return found, whole


def text_of(value: object) -> str:
    """Write an attribute's value as text; lists and maps as JSON."""
    known = value.get("stringValue") if isinstance(value, dict) else None
    bare = known if isinstance(known, str) else _bare(value, 0)
    return "" if bare is None else bare if isinstance(bare, str) else msgspec.json.encode(bare).decode()


def _bare(value: object, depth: int) -> Any:
    """Return a value without the names of its kind (common.proto, AnyValue)."""
    if isinstance(value, list):
        return [_bare(item, depth + 1) for item in value] if depth < _DEEPEST else None
    if not isinstance(value, dict) or depth >= _DEEPEST:
        return None if isinstance(value, dict) else value
    parts = fields_of(value)
    if (many := parts.get("arrayvalue")) is not None:
        return [
            _bare(item, depth + 1)
            for item in items_of(many.get("values") if isinstance(many, dict) else many)
        ]
    if (pairs := parts.get("kvlistvalue")) is not None:
        found, _ = attributes_of(pairs.get("values") if isinstance(pairs, dict) else pairs)
        return {key: _bare(item, depth + 1) for key, item in found.items()}
    number = parts.get("intvalue")
    if isinstance(number, float) and number.is_integer():
        return int(number)
    return next((parts[name] for name in _SCALARS if parts.get(name) is not None), None)


def digest_of(given: object) -> bytes:
    """Return a digest of a record, the same for each spelling of its numbers and its kinds of values."""
    try:
        body = msgspec.json.encode(given, order="deterministic")
    except (OverflowError, RecursionError, TypeError):
        body = repr(given).encode("utf-8", "surrogatepass")
    if b"_value" in body:
        body = _SPELLED.sub(rb'"\1Value":', body)
    return blake2b(_NUMBER.sub(rb"\1", body), digest_size=_DIGEST).digest()


def reason_of(error: Exception) -> str:
    """Return in words why a part cannot be read."""
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)

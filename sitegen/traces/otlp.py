"""The shapes of OTLP's JSON mapping (opentelemetry-proto, common.proto and trace.proto), as far as they are read.

Each part is opened by itself, so that one that is malformed costs only itself. Names may be spelled as the protocol's own,
with underscores, and the scopes as before its version 0.15.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, TypeVar

import msgspec

_MOST_REPAIRED = 16_000_000
_SURROGATE = re.compile("[\ud800-\udfff]")

T = TypeVar("T")


class AnyValue(msgspec.Struct, rename="camel"):
    """opentelemetry-proto, common.proto, AnyValue: one of these is set."""

    string_value: str | None = None
    bool_value: bool | None = None
    int_value: int | str | None = None
    double_value: float | str | None = None
    array_value: "Array | None" = None
    kvlist_value: "KeyValues | None" = None
    bytes_value: str | None = None


class KeyValue(msgspec.Struct):
    """An attribute (common.proto, KeyValue)."""

    key: str
    value: AnyValue | None = None


class Array(msgspec.Struct):
    """A list of values (common.proto, ArrayValue)."""

    values: list[AnyValue | None] | None = None


class KeyValues(msgspec.Struct):
    """A map of values (common.proto, KeyValueList)."""

    values: list[KeyValue] | None = None


class Status(msgspec.Struct):
    """How a span ended (trace.proto, Status)."""

    code: int | str | None = None


class Link(msgspec.Struct, rename="camel"):
    """Another span that this one has to do with (trace.proto, Span.Link)."""

    trace_id: str
    span_id: str


class WireSpan(msgspec.Struct, rename="camel"):
    """opentelemetry-proto, trace.proto, Span, as far as it is drawn; parts that may be odd are still undecoded."""

    trace_id: str
    span_id: str
    start_time_unix_nano: msgspec.Raw = msgspec.Raw(b"0")
    end_time_unix_nano: msgspec.Raw = msgspec.Raw(b"0")
    parent_span_id: msgspec.Raw = msgspec.Raw(b"null")
    name: msgspec.Raw = msgspec.Raw(b"null")
    kind: msgspec.Raw = msgspec.Raw(b"null")
    attributes: msgspec.Raw = msgspec.Raw(b"null")
    status: msgspec.Raw = msgspec.Raw(b"null")
    links: msgspec.Raw = msgspec.Raw(b"null")


_NULL = msgspec.Raw(b"null")

# A document is opened one level at a time.
document_decoder = msgspec.json.Decoder(dict[str, msgspec.Raw])
list_decoder = msgspec.json.Decoder(list[msgspec.Raw] | None)
pairs_decoder = msgspec.json.Decoder(list[KeyValue] | None)
pair_decoder = msgspec.json.Decoder(KeyValue | None)
links_decoder = msgspec.json.Decoder(list[Link] | None)
status_decoder = msgspec.json.Decoder(Status | int | str | None)
enum_decoder = msgspec.json.Decoder(int | str | None)
text_decoder = msgspec.json.Decoder(str | None)
_span_decoder = msgspec.json.Decoder(WireSpan)

MALFORMED = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)
"""A nesting that is too deep for the decoder is as malformed as a missing bracket."""


def decode_span(raw: msgspec.Raw) -> WireSpan:
    """Return a span, also one whose names are written with underscores. Raises one of MALFORMED."""
    try:
        return _span_decoder.decode(raw)
    except msgspec.ValidationError:
        parts = document_decoder.decode(raw)
        if "trace_id" not in parts:
            raise
        return _span_decoder.decode(msgspec.json.encode({_camel(key): value for key, value in parts.items()}))


def parts_of(raw: msgspec.Raw, *names: str) -> tuple[msgspec.Raw, ...]:
    """Return the parts of an object by their names in camelCase, `null` for what is not there. Raises one of MALFORMED."""
    found = document_decoder.decode(raw)
    camel = {_camel(key): value for key, value in found.items()}
    return tuple(camel.get(name, _NULL) for name in names)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def scopes_of(entry: msgspec.Raw) -> tuple[msgspec.Raw, list[msgspec.Raw]]:
    """Return the resource of an entry of `resourceSpans`, and its scopes' spans. Raises one of MALFORMED."""
    resource, new, old = parts_of(entry, "resource", "scopeSpans", "instrumentationLibrarySpans")
    scopes = [*(list_decoder.decode(new) or ()), *(list_decoder.decode(old) or ())]
    return resource, [parts_of(scope, "spans")[0] for scope in scopes]


def attributes_of(raw: msgspec.Raw) -> tuple[dict[str, AnyValue | None], bool]:
    """Return attributes by their keys, as far as they can be read, and whether all of them could."""
    try:
        return {pair.key: pair.value for pair in pairs_decoder.decode(raw) or ()}, True
    except MALFORMED:
        return {pair.key: pair.value for pair in _readable_pairs(raw)}, False


def _readable_pairs(raw: msgspec.Raw) -> Iterator[KeyValue]:
    for one in or_else(list_decoder, raw, None) or ():
        pair = or_else(pair_decoder, one, None)
        if pair is not None:
            yield pair


def or_else(decoder: "msgspec.json.Decoder[T]", raw: msgspec.Raw, other: T) -> T:
    """Return what can be decoded, else the other."""
    try:
        return decoder.decode(raw)
    except MALFORMED:
        return other


def repair(body: bytes) -> bytes:
    """Return JSON without what the decoder does not take: halves of characters, NaN, raw tabs in texts (RFC 8259, 8.2).

    Raises ValueError or RecursionError where it is no JSON all the same, or too much of it.
    """
    if len(body) > _MOST_REPAIRED:
        raise ValueError(f"more than {_MOST_REPAIRED // 10**6} MB")
    found = json.loads(body.decode("utf-8", "replace"), strict=False, parse_constant=lambda _: None)
    return _SURROGATE.sub("\ufffd", json.dumps(found, ensure_ascii=False, separators=(",", ":"))).encode()


def text_of(value: AnyValue | None) -> str:
    """Write an attribute's value as text; lists and maps as JSON."""
    plain = _plain(value)
    if plain is None:
        return ""
    return plain if isinstance(plain, str) else msgspec.json.encode(plain).decode()


def _plain(value: AnyValue | None) -> Any:
    if value is None:
        return None
    if value.array_value is not None:
        return [_plain(item) for item in value.array_value.values or ()]
    if value.kvlist_value is not None:
        return {pair.key: _plain(pair.value) for pair in value.kvlist_value.values or ()}
    if isinstance(value.int_value, str):
        return value.int_value
    known = (value.string_value, value.bool_value, value.int_value, value.double_value, value.bytes_value)
    return next((item for item in known if item is not None), None)

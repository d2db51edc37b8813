"""The shapes of OTLP's JSON mapping (opentelemetry-proto, common.proto and trace.proto), as far as they are read."""

from typing import Any

import msgspec


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


class Resource(msgspec.Struct):
    """Who made the spans (resource.proto)."""

    attributes: list[KeyValue] | None = None


class Status(msgspec.Struct):
    """How a span ended (trace.proto, Status)."""

    code: int | str | None = None


class WireSpan(msgspec.Struct, rename="camel"):
    """opentelemetry-proto, trace.proto, Span, as far as it is drawn."""

    trace_id: str
    span_id: str
    start_time_unix_nano: int | str
    end_time_unix_nano: int | str | None = None
    parent_span_id: str | None = None
    name: str | None = None
    kind: int | str | None = None
    attributes: list[KeyValue] | None = None
    status: Status | None = None


class ScopeSpans(msgspec.Struct):
    """The spans of one instrumentation scope, each still undecoded."""

    spans: list[msgspec.Raw] | None = None


class ResourceSpans(msgspec.Struct, rename="camel"):
    """The spans of one resource."""

    scope_spans: list[ScopeSpans] | None = None
    resource: Resource | None = None


# A document and a resource are opened one level at a time, so that a malformed part costs only itself.
document_decoder = msgspec.json.Decoder(dict[str, msgspec.Raw])
list_decoder = msgspec.json.Decoder(list[msgspec.Raw] | None)
resource_decoder = msgspec.json.Decoder(ResourceSpans)
span_decoder = msgspec.json.Decoder(WireSpan)


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

"""Span formats, one parser each: bytes in, spans out, with a sentence for each thing that cannot be used.

What becomes public is decided here: only the attributes of an allow-list are kept,
and every text passes the Redactor.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import msgspec

from sitegen.redaction import Redactor
from sitegen.traces.model import Span, SpanKind, SpanStatus
from sitegen.traces.names import public_name
from sitegen.traces.otlp import (
    MALFORMED,
    AnyValue,
    Status,
    WireSpan,
    attributes_of,
    decode_span,
    document_decoder,
    enum_decoder,
    links_decoder,
    list_decoder,
    or_else,
    parts_of,
    repair,
    scopes_of,
    status_decoder,
    text_decoder,
    text_of,
)

_NAMED_FAULTS = 5
_LONGEST_VALUE = 1_000
_MOST_LINKS = 20
_UNKNOWN_SERVICE = "unknown_service"
"""What OpenTelemetry's resource conventions call a service that does not say its name."""

_KINDS = tuple(SpanKind)
_STATUSES = tuple(SpanStatus)
_CALLING = frozenset({SpanKind.CLIENT, SpanKind.PRODUCER})
_SYSTEMS = ("db.system.name", "db.system")
# Names of kinds of systems are as public as names of services; names of hosts are not.
_PEER_KEYS = ("peer.service", *_SYSTEMS, "messaging.system")
_PEER_HOST_KEYS = ("server.address", "net.peer.name")
_HEX = re.compile(r"[0-9a-f]+")


def parse_otlp(
    body: bytes, allowed: frozenset[str], redactor: Redactor
) -> tuple[tuple[Span, ...], tuple[str, ...]]:
    """Parse OTLP JSON: one document, or one on each line as the Collector's file exporter writes them.

    The mapping is that of opentelemetry-proto ("JSON Protobuf Encoding"): ids in hex,
    64-bit integers as strings or numbers, enums as numbers (names are understood too),
    unknown fields ignored. `allowed` are the keys of span attributes to keep. Returns the
    spans, and a sentence for each malformed part; the other parts are kept.

    {"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},
     "scopeSpans":[{"spans":[{"traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"EEE19B7EC3C1B174",
     "name":"GET /cart","kind":2,"startTimeUnixNano":"1544712660000000000","endTimeUnixNano":"1544712661000000000",
     "attributes":[{"key":"http.route","value":{"stringValue":"/cart"}}],"status":{"code":2}}]}]}]}

    -> Span(trace_id="5b8efff798038103d269b633813fc60c", span_id="eee19b7ec3c1b174", parent_id=None,
            service="shop", name="GET /cart", kind=SERVER, start=1544712660000000000,
            duration=1000000000, status=ERROR, attributes={"http.route": "/cart"})
    """
    reader = _Reader(allowed, redactor)
    spans = tuple(reader.spans(body.removeprefix(b"\xef\xbb\xbf")))
    return spans, reader.faults()


class _Reader:
    """Reads one body; remembers what was malformed, and each text that was redacted already."""

    def __init__(self, allowed: frozenset[str], redactor: Redactor) -> None:
        self._allowed = allowed
        self._redactor = redactor
        self._redacted: dict[str, str] = {}
        self._faults: list[str] = []
        self._more_faults = 0

    def faults(self) -> tuple[str, ...]:
        """Return the first faults, and how many there were beyond."""
        more = (f"{self._more_faults} more malformed parts",) if self._more_faults else ()
        return (*self._faults, *more)

    def spans(self, body: bytes) -> Iterator[Span]:
        """Read a document, or one a line."""
        if not body.strip():
            return
        try:
            document = document_decoder.decode(body)
        except MALFORMED as error:
            yield from self._lines(body, error)
            return
        yield from self._document(document)

    @staticmethod
    def _line(line: bytes) -> dict[str, msgspec.Raw]:
        """Open a document that is one line, whatever is odd in its texts and numbers. Raises one of MALFORMED."""
        try:
            return document_decoder.decode(line)
        except MALFORMED:
            try:
                repaired = repair(line)
            except (ValueError, RecursionError):
                repaired = line
            return document_decoder.decode(repaired)

    def _lines(self, body: bytes, error: Exception) -> Iterator[Span]:
        faults, documents = [], []
        for number, line in enumerate(body.split(b"\n"), 1):
            if not line.strip():
                continue
            try:
                documents.append(self._line(line))
            except MALFORMED as line_error:
                faults.append(f"line {number} is no OTLP JSON: {_reason(line_error)}")
        if not documents:
            # One document over many lines, so its lines mean nothing.
            with suppress(*MALFORMED):
                documents, faults = [self._line(body)], []
        if not documents:
            self._fault(f"it is no OTLP JSON: {_reason(error)}")
            return
        for fault in faults:
            self._fault(fault)
        for document in documents:
            yield from self._document(document)

    def _document(self, document: dict[str, msgspec.Raw]) -> Iterator[Span]:
        # The Collector writes metrics and logs into the same file, if told to.
        known = {"resourceSpans", "resource_spans", "resourceMetrics", "resourceLogs"}
        if document and not document.keys() & known:
            self._fault("it holds no resourceSpans")
            return
        spans = document.get("resourceSpans", document.get("resource_spans", msgspec.Raw(b"[]")))
        for raw in self._opened(spans):
            try:
                resource, scopes = scopes_of(raw)
            except MALFORMED as error:
                self._fault(f"a resource is malformed: {_reason(error)}")
                continue
            service = self._service(resource)
            for scope in scopes:
                for span in self._opened(scope):
                    yield from self._span(span, service)

    def _opened(self, raw: msgspec.Raw) -> list[msgspec.Raw]:
        try:
            return list_decoder.decode(raw) or []
        except MALFORMED as error:
            self._fault(f"a list of spans is malformed: {_reason(error)}")
            return []

    def _service(self, resource: msgspec.Raw) -> str:
        """Return who made the spans: a service is its namespace and its name (semantic conventions, `service.*`)."""
        try:
            given = (
                self._attributes(parts_of(resource, "attributes")[0]) if bytes(resource) != b"null" else {}
            )
        except MALFORMED as error:
            self._fault(f"a resource is malformed: {_reason(error)}")
            given = {}
        name = text_of(given.get("service.name")) or _UNKNOWN_SERVICE
        space = text_of(given.get("service.namespace"))
        return self._name(f"{space}/{name}" if space else name)

    def _attributes(self, raw: msgspec.Raw) -> dict[str, AnyValue | None]:
        found, whole = attributes_of(raw)
        if not whole:
            self._fault("an attribute cannot be read")
        return found

    def _span(self, raw: msgspec.Raw, service: str) -> Iterator[Span]:
        try:
            yield self._convert(decode_span(raw), service)
        except (*MALFORMED, ValueError) as error:
            self._fault(f"a span is malformed: {_reason(error)}")

    def _convert(self, span: WireSpan, service: str) -> Span:
        trace_id, span_id = _identity(span.trace_id, 32), _identity(span.span_id, 16)
        if trace_id is None or span_id is None:
            raise ValueError("its traceId or spanId is empty or zero")
        start, end = self._instant(span.start_time_unix_nano), self._instant(span.end_time_unix_nano)
        attributes = self._attributes(span.attributes)
        kind = _choice(_KINDS, "SPAN_KIND_", or_else(enum_decoder, span.kind, None))
        system = next((text for key in _SYSTEMS if (text := text_of(attributes.get(key)))), "")
        return Span(
            trace_id=trace_id,
            span_id=span_id,
            parent_id=self._parent(span.parent_span_id),
            service=service,
            name=self._name(or_else(text_decoder, span.name, None) or "", system.lower()),
            kind=kind,
            start=start,
            # A span that is still open has no end yet.
            duration=end - start if end else 0,
            status=_choice(_STATUSES, "STATUS_CODE_", _code(or_else(status_decoder, span.status, None))),
            peer=self._peer(attributes) if kind in _CALLING else None,
            attributes=self._published(attributes),
            links=tuple(_links(span.links)),
        )

    def _instant(self, raw: msgspec.Raw) -> int:
        """Read nanoseconds; 0, which is protobuf's "not set", for what is none."""
        given = or_else(enum_decoder, raw, "?")
        try:
            return _integer(given or 0)
        except ValueError as error:
            self._fault(f"a span's time cannot be read: {error}")
            return 0

    def _parent(self, raw: msgspec.Raw) -> str | None:
        try:
            return _identity(or_else(text_decoder, raw, "?") or "", 16)
        except ValueError as error:
            self._fault(f"a span's parent cannot be read: {error}")
            return None

    def _name(self, name: str, system: str = "") -> str:
        """Return what a span, a service or a peer is called, as it may be published; the same ones come again."""
        key = f"{system}\0{name}"
        if key not in self._redacted:
            # Secrets first, while they are whole.
            safe = self._redactor.text(name[: 4 * _LONGEST_VALUE])
            self._redacted[key] = self._shortened(public_name(safe, system))
        return self._redacted[key]

    def _published(self, attributes: dict[str, AnyValue | None]) -> dict[str, str]:
        return {
            key: self._shortened(self._redactor.field(key, text_of(value)[: 4 * _LONGEST_VALUE]))
            for key, value in attributes.items()
            if key in self._allowed
        }

    def _peer(self, attributes: dict[str, AnyValue | None]) -> str | None:
        hosts = (key for key in _PEER_HOST_KEYS if key in self._allowed)
        names = (text_of(attributes.get(key)) for key in (*_PEER_KEYS, *hosts))
        return next((self._name(name) for name in names if name), None)

    @staticmethod
    def _shortened(text: str) -> str:
        return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}… ({len(text)} characters)"

    def _fault(self, sentence: str) -> None:
        if len(self._faults) < _NAMED_FAULTS:
            self._faults.append(self._redactor.text(sentence))
        else:
            self._more_faults += 1


def _reason(error: Exception) -> str:
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)


def _identity(text: str, digits: int) -> str | None:
    """Normalise an id to lower-case hex of full width; None where it is empty or zero.

    Some producers keep protobuf's own mapping of bytes, base64; its padding tells it apart.
    """
    identity = text.strip().lower()
    if text.endswith("=") and len(text) in {12, 24}:
        try:
            identity = base64.b64decode(text, validate=True).hex()
        except binascii.Error:
            raise ValueError(f"{text!r} is no id in base64") from None
    if identity and (len(identity) > digits or not _HEX.fullmatch(identity)):
        raise ValueError(f"{text[:40]!r} is no id of up to {digits} hex digits")
    return identity.zfill(digits) if identity.strip("0") else None


def _integer(value: int | str) -> int:
    """Read a 64-bit integer to the digit, from a number or a string."""
    number = value if isinstance(value, int) else int(value) if len(value) <= 20 else None
    if number is None or not 0 <= number < 1 << 64:
        raise ValueError(f"{str(value)[:40]!r} is no time in nanoseconds")
    return number


def _code(status: Status | int | str | None) -> int | str | None:
    return status.code if isinstance(status, Status) else status


def _links(raw: msgspec.Raw) -> Iterator[tuple[str, str]]:
    """Yield the trace and the span of each link that can be read."""
    for link in (or_else(links_decoder, raw, None) or ())[:_MOST_LINKS]:
        try:
            trace_id, span_id = _identity(link.trace_id, 32), _identity(link.span_id, 16)
        except ValueError:
            continue
        if trace_id and span_id:
            yield trace_id, span_id


def _choice(choices: tuple[Any, ...], prefix: str, value: int | str | None) -> Any:
    """Read an enum by its number or its name; what a later version of the protocol adds is the first choice."""
    if isinstance(value, str):
        name = value.upper().removeprefix(prefix).lower()
        if not name.isdigit():
            return next((choice for choice in choices if choice == name), choices[0])
        value = int(name) if len(name) < 4 else -1
    return choices[value] if value is not None and 0 <= value < len(choices) else choices[0]

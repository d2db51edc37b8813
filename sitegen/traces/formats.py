"""Span formats, one parser each: bytes in, spans out, with a sentence for each thing that cannot be used.

What becomes public is decided here: only the attributes of an allow-list are kept,
and every text passes the Redactor.
"""

import base64
import binascii
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache
from typing import Any, TypeVar

import msgspec

from sitegen.redaction import Redactor
from sitegen.traces import otlp
from sitegen.traces.model import Span, SpanKind, SpanStatus
from sitegen.traces.names import public_name

_NAMED_FAULTS = 5
_LOST = "a span is malformed"
_LONGEST_VALUE = 1_000
_UNKNOWN_SERVICE = "unknown_service"
"""What OpenTelemetry's resource conventions call a service that does not say its name."""

_KINDS = tuple(SpanKind)
_STATUSES = tuple(SpanStatus)
_CALLING = frozenset({SpanKind.CLIENT, SpanKind.PRODUCER})
# Names of kinds of systems are as public as names of services; names of hosts are not.
_PEER_KEYS = ("peer.service", "db.system.name", "db.system", "messaging.system")
_PEER_HOST_KEYS = ("server.address", "net.peer.name")
_STATEMENTS = frozenset({"db.query.text", "db.statement", "url.full", "url.query", "http.url", "http.target"})
"""Attributes that say what names say, and lose the same where they are published."""
T = TypeVar("T")
U = TypeVar("U")

_HEX = re.compile(r"[0-9a-f]+")
_DECIMAL = re.compile(r"\d{1,20}|\d{1,20}\.\d{0,20}(?:[eE]\+?\d{1,2})?|\d[eE]\+?\d{1,2}")
# What a terminal or a browser does not show: sequences of ECMA-48, controls, marks without width.
_UNSEEN = re.compile(
    r"\x1b(?:\[[0-?]{0,40}[ -/]{0,9}[@-~]|.)?|[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)


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
    return tuple(reader.spans(body)), reader.faults()


class _Reader:
    """Reads one body; remembers what was malformed, and each text that was redacted already."""

    def __init__(self, allowed: frozenset[str], redactor: Redactor) -> None:
        self._allowed = allowed
        self._redactor = redactor
        self._redacted: dict[str, str] = {}
        self._faults: Counter[str] = Counter()

    def faults(self) -> tuple[str, ...]:
        """Return the first faults, each with how often it was met, and how many there were beyond."""
        told = list(self._faults.items())
        lost = sum(times for sentence, times in told[_NAMED_FAULTS:] if sentence.startswith(_LOST))
        other = sum(times for _, times in told[_NAMED_FAULTS:]) - lost
        more = {f"{lost:,} more spans are malformed": lost, f"{other:,} more malformed parts": other}
        return (
            *(
                f"{sentence} ({times:,} times)" if times > 1 else sentence
                for sentence, times in told[:_NAMED_FAULTS]
            ),
            *(sentence for sentence, times in more.items() if times),
        )

    def spans(self, body: bytes) -> Iterator[Span]:
        """Read one document, or many."""
        if not body.strip():
            return
        for document in otlp.documents_of(body):
            if isinstance(document, str):
                self._fault(document)
                continue
            for entry in self._opened("a list of resources", otlp.resources_of, document) or ():
                yield from self._entry(entry)

    def _entry(self, entry: msgspec.Raw) -> Iterator[Span]:
        resource, scopes = self._opened("a resource", otlp.scopes_of, entry) or (None, [])
        parts = self._opened("a resource", otlp.decode_part, resource) or {}
        about = self._attributes(parts.get("attributes"))
        made = self._service(about), otlp.digest_of(about)
        for scope in scopes:
            for raw in self._opened("a scope", otlp.spans_of, scope) or ():
                try:
                    yield self._convert(otlp.decode_part(raw), *made)
                except (*otlp.MALFORMED, ValueError) as error:
                    self._fault(f"{_LOST}: {otlp.reason_of(error)}")

    def _opened(self, what: str, opener: Callable[[T], U], raw: T) -> U | None:
        try:
            found = opener(raw)
        except otlp.MALFORMED as error:
            self._fault(f"{what} is malformed: {otlp.reason_of(error)}")
            return None
        if found is None:
            self._fault("it holds no resourceSpans")
        return found

    def _service(self, about: dict[str, Any]) -> str:
        """Return who made the spans: a service is its namespace and its name (semantic conventions, `service.*`)."""
        space, name = (_seen(otlp.text_of(about.get(key))) for key in ("service.namespace", "service.name"))
        return self._name(f"{space}/{name or _UNKNOWN_SERVICE}" if space else name or _UNKNOWN_SERVICE)

    def _attributes(self, given: object) -> dict[str, Any]:
        found, whole = otlp.attributes_of(given)
        if not whole:
            self._fault("an attribute cannot be read")
        return found

    def _convert(self, span: dict[str, Any], service: str, about: bytes) -> Span:
        trace_id, span_id = _identity(span.pop("traceid", None), 32), _identity(span.pop("spanid", None), 16)
        if trace_id is None or span_id is None:
            raise ValueError("its traceId or spanId is empty or zero")
        attributes = self._attributes(span.pop("attributes", None))
        kind = _choice(_KINDS, span.pop("kind", None))
        told = span.pop("status", None)
        said = otlp.fields_of(told) or {"code": told}
        status = _choice(_STATUSES, said.pop("code", None))
        start, end = (
            self._instant(span.pop(name, None)) for name in ("starttimeunixnano", "endtimeunixnano")
        )
        parent, links = self._parent(span.pop("parentspanid", None)), _links(span.pop("links", None))
        rest = {name: value for name, value in span.items() if value and value != "0"}
        record = (about, parent, kind, start, end, status, list(links.items()), said, rest, attributes)
        system = otlp.text_of(attributes.get("db.system.name") or attributes.get("db.system"))
        return Span(
            trace_id=trace_id,
            span_id=span_id,
            parent_id=parent,
            service=service,
            name=self._name(_text(span.get("name")), system.lower()),
            kind=kind,
            start=start,
            # A span that is still open has no end yet.
            duration=end - start if end else 0,
            status=status,
            peer=self._peer(attributes) if kind in _CALLING else None,
            attributes=self._published(attributes),
            links=tuple(links),
            record=otlp.digest_of(record),
            timed=end >= start and end > 0,
        )

    def _instant(self, given: object) -> int:
        """Read nanoseconds; 0, which is protobuf's "not set", for what is none."""
        try:
            return _integer(given or 0)
        except ValueError as error:
            self._fault(f"a span's time cannot be read: {error}")
            return 0

    def _parent(self, given: object) -> str | None:
        try:
            return _identity(given or "", 16)
        except ValueError as error:
            self._fault(f"a span's parent cannot be read: {error}")
            return None

    def _name(self, name: str, system: str = "") -> str:
        """Return what a span, a service or a peer is called, as it may be published; the same ones come again."""
        key = f"{system}\0{name}"
        if key not in self._redacted:
            # Secrets first, while they are whole.
            safe = _seen(self._redactor.text(name[: 4 * _LONGEST_VALUE]))
            self._redacted[key] = self._shortened(public_name(safe, system))
        return self._redacted[key]

    def _published(self, attributes: dict[str, Any]) -> dict[str, str]:
        texts = {
            key: otlp.text_of(value)[: 4 * _LONGEST_VALUE]
            for key, value in attributes.items()
            if key in self._allowed
        }
        return {
            key: self._name(text, "sql" if key.startswith("db.") else "")
            if key in _STATEMENTS
            else self._shortened(self._redactor.field(key, text))
            for key, text in texts.items()
        }

    def _peer(self, attributes: dict[str, Any]) -> str | None:
        hosts = (key for key in _PEER_HOST_KEYS if key in self._allowed)
        names = (_seen(otlp.text_of(attributes[key])) for key in (*_PEER_KEYS, *hosts) if key in attributes)
        return next((self._name(name) for name in names if name), None)

    @staticmethod
    def _shortened(text: str) -> str:
        return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}… ({len(text)} characters)"

    def _fault(self, sentence: str) -> None:
        self._faults[self._redactor.text(sentence)] += 1


def _seen(text: str) -> str:
    return _UNSEEN.sub("", text).strip()


def _text(given: object) -> str:
    return given if isinstance(given, str) else str(given) if isinstance(given, int | float) else ""


def _identity(given: object, digits: int) -> str | None:
    """Return an id in lower-case hex of full width; None where it is empty or zero. Raises ValueError."""
    if not isinstance(given, str | None):
        raise ValueError(f"an id is {type(given).__name__}, and no text")  # noqa: TRY004 - a fault of the span
    return _normal(given or "", digits)


@lru_cache(maxsize=65_536)
def _normal(given: str, digits: int) -> str | None:
    """Normalise an id to lower-case hex of full width; None where it is empty or zero.

    Some producers keep protobuf's own mapping of bytes, base64, also that for addresses and without its padding.
    """
    text = given.strip()
    identity = text.lower().removeprefix("0x").replace("-", "")
    if not _HEX.fullmatch(identity) and len(text.rstrip("=")) == -(-digits * 2 // 3):
        with suppress(binascii.Error):
            coded = base64.b64decode(
                text.rstrip("=") + "=" * (digits // 16),
                b"-_" if {"-", "_"} & {*text} else None,
                validate=True,
            )
            identity = coded.hex() if len(coded) * 2 == digits else identity
    if identity and (len(identity) > digits or not _HEX.fullmatch(identity)):
        raise ValueError(f"{text[:40]!r} is no id of up to {digits} hex digits")
    return identity.zfill(digits) if identity.strip("0") else None


def _integer(given: object) -> int:
    """Read a 64-bit integer to the digit, from a number, a text or its halves, as older exporters of JavaScript write it."""
    if isinstance(given, str) and len(given) <= 19 and given.isdecimal():
        return int(given)
    halves = otlp.fields_of(given)
    if isinstance(halves.get("low"), int) and isinstance(halves.get("high"), int):
        given = ((halves["high"] & 0xFFFFFFFF) << 32) | (halves["low"] & 0xFFFFFFFF)
    if isinstance(given, str) and _DECIMAL.fullmatch(given.strip()):
        given = int(given) if given.strip().isdigit() else float(given)
    number = int(given) if isinstance(given, int | float) and 0 <= given < 1 << 64 else None
    if number is None or isinstance(given, bool):
        raise ValueError(f"{str(given)[:40]!r} is no time in nanoseconds")
    return number


def _links(given: object) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the attributes of each link that can be read, by its trace and span."""
    found = {}
    for link in map(otlp.fields_of, otlp.items_of(given)):
        with suppress(ValueError):
            trace_id, span_id = _identity(link.get("traceid"), 32), _identity(link.get("spanid"), 16)
            if trace_id and span_id:
                found[trace_id, span_id] = otlp.attributes_of(link.get("attributes"))[0]
    return found


def _choice(choices: tuple[Any, ...], given: Any) -> Any:
    """Read an enum by its number or its name; what a later version of the protocol adds is the first choice."""
    if isinstance(given, str):
        name = re.split(r"[_.]", given.strip().lower())[-1]
        if not name.isdigit():
            return next((choice for choice in choices if choice == name), choices[0])
        given = int(name) if len(name) < 4 else -1
    known = isinstance(given, int | float) and 0 <= given < len(choices)
    return choices[int(given)] if known else choices[0]

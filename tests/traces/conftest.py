import json

import pytest
from sitegen.traces.model import Span, SpanKind, SpanStatus

TRACE = "5b8efff798038103d269b633813fc60c"


@pytest.fixture
def make_span():
    """Makes a span from small numbers: `make_span(1, parent=2, start=0, duration=10)`."""

    def make(
        identity: int, *, parent: int | None = None, start: int = 0, duration: int = 10, **values
    ) -> Span:
        return Span(
            trace_id=values.pop("trace_id", TRACE),
            span_id=f"{identity:016x}",
            parent_id=None if parent is None else f"{parent:016x}",
            service=values.pop("service", "shop"),
            name=values.pop("name", f"op {identity}"),
            kind=values.pop("kind", SpanKind.INTERNAL),
            start=start,
            duration=duration,
            status=values.pop("status", SpanStatus.UNSET),
            **values,
        )

    return make


@pytest.fixture
def otlp_span():
    """Makes a span as OTLP JSON has it, with any field replaced."""

    def make(**fields) -> dict:
        return {
            "traceId": TRACE,
            "spanId": "eee19b7ec3c1b174",
            "name": "GET /cart",
            "kind": 2,
            "startTimeUnixNano": "1544712660000000001",
            "endTimeUnixNano": "1544712661000000003",
        } | fields

    return make


@pytest.fixture
def otlp():
    """Makes an OTLP JSON document of these spans."""

    def make(*spans: dict, service: str | None = "shop") -> bytes:
        attributes = [{"key": "service.name", "value": {"stringValue": service}}] if service else []
        return json.dumps(
            {
                "resourceSpans": [
                    {"resource": {"attributes": attributes}, "scopeSpans": [{"spans": list(spans)}]}
                ]
            }
        ).encode()

    return make

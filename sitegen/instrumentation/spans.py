"""A build as OTLP JSON (opentelemetry-proto, trace.proto and its JSON mapping), as any producer would write it.

{"resourceSpans":[{"resource":{...},"scopeSpans":[{"spans":[{"traceId":"4bf9...","spanId":"00f0...",
 "name":"build","kind":1,"startTimeUnixNano":"1795419810012000000","endTimeUnixNano":"...","status":{}}]}]}]}
"""

from hashlib import blake2b

import msgspec

from sitegen.instrumentation.records import BuildRecord, TaskRecord

__all__ = ["encode_build"]

_INTERNAL, _CLIENT = 1, 3
_ERROR = {"code": 2}
_Attribute = dict[str, str | dict[str, str | int]]
_Span = dict[str, str | int | list[_Attribute] | dict[str, int]]


def encode_build(record: BuildRecord) -> bytes:
    """Give the trace of a completed build: a root, a span for each section, one for each of their tasks."""
    root = _span_id(record.trace_id, "build")
    attributes: dict[str, str | int] = {
        "sitegen.generation": record.generation,
        "sitegen.status": record.status,
    }
    spans = [
        _span(record, "build", root, None, 0.0, record.duration, attributes, failed=record.status == "failed")
    ]
    for section in record.sections:
        own = [task for task in record.tasks if task.section == section]
        if own:
            spans += _section_spans(record, section, own, root)
    document = {
        "resourceSpans": [
            {
                "resource": {"attributes": [_attribute("service.name", "sitegen")]},
                "scopeSpans": [{"scope": {"name": "sitegen"}, "spans": spans}],
            }
        ]
    }
    return msgspec.json.encode(document)


def _section_spans(record: BuildRecord, section: str, own: list[TaskRecord], root: str) -> list[_Span]:
    parent = _span_id(record.trace_id, section)
    start, end = min(task.queued for task in own), max(task.ended for task in own)
    failed = record.sections[section].status == "failed"
    spans = [_span(record, section, parent, root, start, end, {"sitegen.tasks": len(own)}, failed=failed)]
    for index, task in enumerate(own):
        attributes: dict[str, str | int] = {"sitegen.pool": str(task.pool), "sitegen.worker": task.worker}
        if task.peer is not None:
            attributes["peer.service"] = task.peer
        identity = _span_id(record.trace_id, f"{section} {index}")
        spans.append(
            _span(
                record,
                f"{section} {task.task}",
                identity,
                parent,
                task.started,
                task.ended,
                attributes,
                failed=task.failed,
            )
        )
    return spans


def _span(  # noqa: PLR0917 - a span is what it is made of
    record: BuildRecord,
    name: str,
    identity: str,
    parent: str | None,
    start: float,
    end: float,
    attributes: dict[str, str | int],
    *,
    failed: bool,
) -> _Span:
    span: _Span = {
        "traceId": record.trace_id,
        "spanId": identity,
        "name": name,
        "kind": _CLIENT if "peer.service" in attributes else _INTERNAL,
        "startTimeUnixNano": _nanoseconds(record.started_at + start),
        "endTimeUnixNano": _nanoseconds(record.started_at + max(start, end)),
        "attributes": [_attribute(key, value) for key, value in attributes.items()],
        "status": _ERROR if failed else {},
    }
    return span if parent is None else span | {"parentSpanId": parent}


def _attribute(key: str, value: str | int) -> _Attribute:
    # The JSON mapping of int64 is a string.
    return {
        "key": key,
        "value": {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value},
    }


def _nanoseconds(instant: float) -> str:
    # Microseconds are what a double holds of an instant today.
    return str(round(instant * 1e6) * 1000)


def _span_id(trace_id: str, name: str) -> str:
    return blake2b(f"{trace_id} {name}".encode(), digest_size=8).hexdigest()

"""A build as OTLP JSON (opentelemetry-proto, trace.proto and its JSON mapping), as any producer would write it.

{"resourceSpans":[{"resource":{...},"scopeSpans":[{"spans":[{"traceId":"4bf9...","spanId":"00f0...",
 "name":"build","kind":1,"startTimeUnixNano":"1795419810012000000","endTimeUnixNano":"...","status":{}}]}]}]}
"""

from collections.abc import Mapping
from hashlib import blake2b
from itertools import islice
from types import MappingProxyType

import msgspec

from sitegen.instrumentation.records import PublicBuild, TaskRecord

_INTERNAL, _CLIENT = 1, 3
_ERROR = {"code": 2}
_Attribute = dict[str, str | dict[str, str | int]]
_Attributes = dict[str, str | int]
_Span = dict[str, str | int | list[_Attribute] | dict[str, int]]


def encode_build(record: PublicBuild) -> bytes:
    """Format the trace of a build: a root, in it a span for each stage, in that its sections, in those their tasks."""
    attributes: _Attributes = {"sitegen.generation": record.generation, "sitegen.status": record.status}
    failed = record.status == "failed"
    spans = [_span(record, "build", "build", (0.0, record.duration), attributes, failed=failed)]
    spans += [
        _span(record, f"build/{stage.name}", stage.name, (stage.started, stage.ended))
        for stage in record.stages
    ]
    groups: dict[str, list[TaskRecord]] = {}
    for task in record.tasks:
        groups.setdefault(f"{_stage_of(record, task)}/{task.section}", []).append(task)
    for path, tasks in groups.items():
        spans += _section_spans(record, path, tasks)
    document = {
        "resourceSpans": [
            {
                "resource": {"attributes": [_attribute("service.name", "sitegen")]},
                "scopeSpans": [{"scope": {"name": "sitegen"}, "spans": spans}],
            }
        ]
    }
    return msgspec.json.encode(document)


def _stage_of(record: PublicBuild, task: TaskRecord) -> str:
    """Return the path of the stage that a task was queued in; that of the build where it was in none."""
    begun = (stage.name for stage in reversed(record.stages) if stage.started <= task.queued)
    return "/".join(("build", *islice(begun, 1)))


def _section_spans(record: PublicBuild, path: str, tasks: list[TaskRecord]) -> list[_Span]:
    section = tasks[0].section
    time = (min(task.queued for task in tasks), max(task.ended for task in tasks))
    spans = [_span(record, path, section, time, {"sitegen.tasks": len(tasks)})]
    for index, task in enumerate(tasks):
        attributes: _Attributes = {"sitegen.pool": str(task.pool), "sitegen.worker": task.worker}
        if task.peer is not None:
            attributes["peer.service"] = task.peer
        # "render /slo/" says already which section it is of.
        name = task.task if task.task.startswith(f"{section} ") else f"{section} {task.task}"
        time = (task.started, task.ended)
        spans.append(_span(record, f"{path}/{index}", name, time, attributes, failed=task.failed))
    return spans


def _span(
    record: PublicBuild,
    path: str,
    name: str,
    time: tuple[float, float],
    attributes: Mapping[str, str | int] = MappingProxyType({}),
    *,
    failed: bool = False,
) -> _Span:
    """Format a span; `path` is its place in the trace, below that of its parent, `time` in seconds of the build."""
    start, end = time
    span: _Span = {
        "traceId": record.trace_id,
        "spanId": _span_id(record.trace_id, path),
        "name": name,
        "kind": _CLIENT if "peer.service" in attributes else _INTERNAL,
        "startTimeUnixNano": _nanoseconds(record.started_at + start),
        "endTimeUnixNano": _nanoseconds(record.started_at + max(start, end)),
        "attributes": [_attribute(key, value) for key, value in attributes.items()],
        "status": _ERROR if failed else {},
    }
    parent = path.rpartition("/")[0]
    return span | {"parentSpanId": _span_id(record.trace_id, parent)} if parent else span


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

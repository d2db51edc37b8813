"""The records of the traces room: a span, a trace in tree order, an edge of the service map."""

from enum import StrEnum

import msgspec


class SpanKind(StrEnum):
    """OpenTelemetry's span kinds (trace.proto, Span.SpanKind)."""

    UNSPECIFIED = "unspecified"
    INTERNAL = "internal"
    SERVER = "server"
    CLIENT = "client"
    PRODUCER = "producer"
    CONSUMER = "consumer"


class SpanStatus(StrEnum):
    """OpenTelemetry's status codes (trace.proto, Status.StatusCode)."""

    UNSET = "unset"
    OK = "ok"
    ERROR = "error"


class Span(msgspec.Struct, frozen=True):
    """One span. `start` is nanoseconds since the epoch, `duration` nanoseconds, both as the source gave them.

    `trace_id` is 32, `span_id` and `parent_id` 16 lower-case hex digits; `attributes`
    hold the span's own only, as text; `peer` names the other side of a client span; `links`
    are the traces and spans that it has to do with besides its parent; `record` is a digest of all that it was read from.
    Of one that is not `timed` (still open, ended before it began, or at a time that cannot be) no length is known.
    """

    trace_id: str
    span_id: str
    parent_id: str | None
    service: str
    name: str
    kind: SpanKind
    start: int
    duration: int
    status: SpanStatus
    peer: str | None = None
    attributes: dict[str, str] = {}
    links: tuple[tuple[str, str], ...] = ()
    record: bytes = b""
    timed: bool = True


class Node(msgspec.Struct, frozen=True):
    """A span in its place: `depth` from 0, `parent` the index of its parent's row (-1 for a root)."""

    span: Span
    depth: int
    parent: int
    self_time: int
    on_critical_path: bool = False


class Trace(msgspec.Struct, frozen=True):
    """All spans of one trace, each exactly once, parents before children, siblings by start.

    `warnings` hold a sentence for each repair (orphan, cycle, duplicate id, a time that cannot be); raw
    times are kept where they can be. `linked` are the ids of other traces with a page that links of
    spans lead to, or come from.
    """

    trace_id: str
    source: str
    nodes: tuple[Node, ...]
    warnings: tuple[str, ...] = ()
    linked: tuple[str, ...] = ()

    def __hash__(self) -> int:
        # A source holds a trace once; its spans' attributes could not be hashed.
        return hash((self.source, self.trace_id))

    @property
    def root(self) -> Span:
        """The first root."""
        return self.nodes[0].span

    @property
    def start(self) -> int:
        """The earliest start, nanoseconds since the epoch."""
        return min(node.span.start for node in self.nodes)

    @property
    def duration(self) -> int:
        """From the earliest start to the latest end, in nanoseconds."""
        return max(node.span.start + max(0, node.span.duration) for node in self.nodes) - self.start

    @property
    def services(self) -> tuple[str, ...]:
        """The services in it, in order of appearance."""
        return tuple(dict.fromkeys(node.span.service for node in self.nodes))

    @property
    def errors(self) -> int:
        """How many spans ended in error."""
        return sum(node.span.status is SpanStatus.ERROR for node in self.nodes)


class Edge(msgspec.Struct, frozen=True):
    """Calls from one service to another: how many, how many failed, p95 in nanoseconds; None where no call has a length."""

    caller: str
    callee: str
    calls: int
    errors: int
    p95: int | None

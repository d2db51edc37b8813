"""What traces say together: who calls whom, where the time goes, which of them are worth a page."""

import math
from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from itertools import chain, islice, zip_longest
from typing import NamedTuple

from msgspec.structs import replace

from sitegen.traces.model import Edge, Node, Span, SpanKind, SpanStatus, Trace

_CALLING = frozenset({SpanKind.CLIENT, SpanKind.PRODUCER})
_CALLED = frozenset({SpanKind.SERVER, SpanKind.CONSUMER})


_Link = tuple[str, str]


class _Call(NamedTuple):
    """One call: who calls whom, whether either half failed, the nanoseconds of the called one, else of the other; None for neither."""

    caller: str
    callee: str
    failed: bool
    length: int | None


def service_edges(traces: Sequence[Trace]) -> tuple[Edge, ...]:
    """Find the calls between services, sorted by caller and callee.

    A span whose parent belongs to another service is a call of it, and so is a server or consumer of the same service
    below a client or producer, whatever internal spans lie between. A span that links to another one was called by that
    one's service: a consumer in a trace of its own. A client or producer that names a peer, and has none of these, is a call
    of the peer (a database, a queue), which sends no spans of its own; nested ones of one peer are one call. A call failed
    if either half did; times are those of the called side where it is known.
    """
    calls: dict[tuple[str, str], list[_Call]] = defaultdict(list)
    spans = {(trace.trace_id, node.span.span_id): node.span for trace in traces for node in trace.nodes}
    linking = {place: call for trace in traces for place, call in _linking_in(trace, spans)}
    answered = {link for link, *_ in linking}
    for call in chain(linking.values(), *(_calls_in(trace, answered) for trace in traces)):
        calls[call.caller, call.callee].append(call)
    return tuple(
        Edge(
            caller=caller,
            callee=callee,
            calls=len(found),
            errors=sum(one.failed for one in found),
            p95=_p95([one.length for one in found if one.length is not None]),
        )
        for (caller, callee), found in sorted(calls.items())
    )


def _linking_in(trace: Trace, spans: Mapping[_Link, Span]) -> Iterator[tuple[tuple[_Link, str, str], _Call]]:
    """Yield the calls that links tell of, each with what makes it one: the span that asked, the trace and the service that served.

    The outermost of several spans of that service comes last, so it counts.
    """
    below = _find_asking(trace.nodes)
    for row in range(len(trace.nodes) - 1, -1, -1):
        span = trace.nodes[row].span
        for link in span.links:
            linked = spans.get(link)
            if linked is None or (link[0] == trace.trace_id and _is_called(trace.nodes, below, row)):
                continue
            if linked.service != span.service or (linked.kind in _CALLING and span.kind in _CALLED):
                yield (link, trace.trace_id, span.service), _call(linked, span)


def _calls_in(trace: Trace, linked: Container[_Link]) -> Iterator[_Call]:
    """Yield the calls within one trace; `linked` are the spans that were answered elsewhere. Parents stand before their children."""
    nodes = trace.nodes
    asking = _find_asking(nodes)
    called = [_is_called(nodes, asking, row) for row in range(len(nodes))]
    answered = [(trace.trace_id, node.span.span_id) in linked for node in nodes]
    for row in range(len(nodes) - 1, 0, -1):
        if nodes[row].parent >= 0 and (answered[row] or called[row]):
            answered[nodes[row].parent] = True
    # What a call of a peer does inside, and the nested calls of the same peer, are that call.
    inside: list[str | None] = []
    for row, node in enumerate(nodes):
        span, above = node.span, node.parent
        near = above >= 0 and nodes[above].span.service == span.service
        inside.append(inside[above] if near else None)
        if called[row]:
            yield _call(nodes[asking[above] if asking[above] >= 0 else above].span, span)
        if span.kind in _CALLING and span.peer not in {None, span.service, inside[row]} and not answered[row]:
            inside[row] = span.peer
            yield _call(span, replace(span, service=span.peer))


def _find_asking(nodes: Sequence[Node]) -> list[int]:
    """Return for each row the nearest client or producer of its own service at or above it, -1 where a server stands between or none."""
    asking: list[int] = []
    for row, node in enumerate(nodes):
        near = node.parent >= 0 and nodes[node.parent].span.service == node.span.service
        kind = node.span.kind
        asking.append(
            row if kind in _CALLING else asking[node.parent] if near and kind not in _CALLED else -1
        )
    return asking


def _is_called(nodes: Sequence[Node], asking: Sequence[int], row: int) -> bool:
    """Whether a span was called from above: its parent is of another service, or it serves what a client of its own asks."""
    span, above = nodes[row].span, nodes[row].parent
    return above >= 0 and (
        nodes[above].span.service != span.service or (span.kind in _CALLED and asking[above] >= 0)
    )


def _call(caller: Span, called: Span) -> _Call:
    """Return the call that two halves are; a caller that is no client tells of its own failure only."""
    halves = (called, *((caller,) if caller.kind in _CALLING else ()))
    length = next((max(0, half.duration) for half in halves if half.timed), None)
    return _Call(
        caller.service, called.service, any(half.status is SpanStatus.ERROR for half in halves), length
    )


def find_linked(traces: Sequence[Trace]) -> dict[str, tuple[str, ...]]:
    """Return by trace id the others of these that links of spans lead to or come from, in order."""
    known = {trace.trace_id for trace in traces}
    found: dict[str, set[str]] = defaultdict(set)
    for trace in traces:
        for other in {link[0] for node in trace.nodes for link in node.span.links} & known - {trace.trace_id}:
            found[trace.trace_id].add(other)
            found[other].add(trace.trace_id)
    return {trace_id: tuple(sorted(others)) for trace_id, others in found.items()}


def _p95(durations: list[int]) -> int | None:
    """Return the 95th percentile by nearest rank, a duration that was really seen; None of none."""
    return sorted(durations)[math.ceil(0.95 * len(durations)) - 1] if durations else None


def choose_traces(traces: Sequence[Trace], keep: int) -> tuple[Trace, ...]:
    """Choose up to `keep` traces to show in full: by turns the slowest, the latest failed, and the latest.

    A trace that ranks high twice leaves room for another. The result is the same for
    any order of `traces`.
    """
    newest = sorted(traces, key=lambda trace: (-trace.start, trace.trace_id, trace.source))
    slowest = sorted(newest, key=lambda trace: -trace.duration)
    failed = [trace for trace in newest if trace.errors]
    turns = chain.from_iterable(zip_longest(slowest, failed, newest))
    return tuple(islice(dict.fromkeys(trace for trace in turns if trace), max(0, keep)))

"""What traces say together: who calls whom, where the time goes, which of them are worth a page."""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sitegen.traces.model import Edge, Node, Span, SpanKind, SpanStatus, Trace

_CALLING = frozenset({SpanKind.CLIENT, SpanKind.PRODUCER})
_CALLED = frozenset({SpanKind.SERVER, SpanKind.CONSUMER})


class _Call(NamedTuple):
    """One call: what both halves say of its failure, and the nanoseconds of the called one where it is known."""

    failed: bool
    duration: int


def service_edges(traces: Sequence[Trace]) -> tuple[Edge, ...]:
    """Find the calls between services, sorted by caller and callee.

    A span whose parent belongs to another service is a call of it, and so is a server or consumer of the same service
    below a client or producer. A client or producer that names a peer, and has no such span below it whatever else of its
    own service is there, is a call of the peer (a database, a queue), which sends no spans of its own; nested ones of one
    peer are one call. A span that links to another one was called by that one's service. A call failed if either half
    did; times are those of the called side where it is known.
    """
    calls: dict[tuple[str, str], list[_Call]] = defaultdict(list)
    spans = {(trace.trace_id, node.span.span_id): node.span for trace in traces for node in trace.nodes}
    for trace in traces:
        for caller, callee, call in _calls_in(trace.nodes):
            calls[caller, callee].append(call)
        for node in trace.nodes:
            for link in node.span.links:
                linked = spans.get(link)
                if linked is not None and linked.service != node.span.service and link[0] != trace.trace_id:
                    calls[linked.service, node.span.service].append(_call(node.span))
    return tuple(
        Edge(
            caller=caller,
            callee=callee,
            calls=len(found),
            errors=sum(one.failed for one in found),
            p95=_p95([one.duration for one in found]),
        )
        for (caller, callee), found in sorted(calls.items())
    )


def _calls_in(nodes: Sequence[Node]) -> Iterator[tuple[str, str, _Call]]:
    """Yield the calls of one trace: the caller, the callee, the call. Parents stand before their children."""
    asking = _find_asking(nodes)
    answered = [False] * len(nodes)
    for row in range(len(nodes) - 1, 0, -1):
        above = nodes[row].parent
        if above >= 0 and (answered[row] or _is_called(nodes, row)):
            answered[above] = True
    inside = [False] * len(nodes)
    for row, node in enumerate(nodes):
        span, above = node.span, node.parent
        if _is_called(nodes, row):
            caller = nodes[asking[above]].span if asking[above] >= 0 else None
            yield nodes[above].span.service, span.service, _call(span, caller)
        silent = (
            span.kind in _CALLING
            and span.peer is not None
            and span.peer != span.service
            and not answered[row]
        )
        # What a call of a peer does inside, and the nested calls of the same peer, are that call.
        inside[row] = above >= 0 and inside[above] and nodes[above].span.service == span.service
        if silent and not inside[row]:
            inside[row] = True
            yield span.service, span.peer or "", _call(span)


def _find_asking(nodes: Sequence[Node]) -> list[int]:
    """Return for each row the nearest client or producer of its own service at or above it, -1 where there is none."""
    asking: list[int] = []
    for row, node in enumerate(nodes):
        near = node.parent >= 0 and nodes[node.parent].span.service == node.span.service
        asking.append(row if node.span.kind in _CALLING else asking[node.parent] if near else -1)
    return asking


def _is_called(nodes: Sequence[Node], row: int) -> bool:
    """Whether a span was called by its parent: it is of another service, or serves what a client of its own asks."""
    node = nodes[row]
    if node.parent < 0:
        return False
    parent = nodes[node.parent].span
    return parent.service != node.span.service or (node.span.kind in _CALLED and parent.kind in _CALLING)


def _call(called: Span, caller: Span | None = None) -> _Call:
    failed = called.status is SpanStatus.ERROR or (caller is not None and caller.status is SpanStatus.ERROR)
    return _Call(failed, max(0, called.duration))


def find_linked(traces: Sequence[Trace]) -> dict[str, tuple[str, ...]]:
    """Return by trace id the others of these that links of spans lead to or come from, in order."""
    known = {trace.trace_id for trace in traces}
    found: dict[str, set[str]] = defaultdict(set)
    for trace in traces:
        for other in {link[0] for node in trace.nodes for link in node.span.links} & known - {trace.trace_id}:
            found[trace.trace_id].add(other)
            found[other].add(trace.trace_id)
    return {trace_id: tuple(sorted(others)) for trace_id, others in found.items()}


def _p95(durations: list[int]) -> int:
    """Return the 95th percentile by nearest rank: a duration that was really seen."""
    return sorted(durations)[math.ceil(0.95 * len(durations)) - 1]


def choose_traces(traces: Sequence[Trace], keep: int) -> tuple[Trace, ...]:
    """Choose up to `keep` traces to show in full: by turns the slowest, the latest failed, and the latest.

    A trace that ranks high twice leaves room for another. The result is the same for
    any order of `traces`.
    """
    newest = sorted(traces, key=lambda trace: (-trace.start, trace.trace_id, trace.source))
    slowest = sorted(newest, key=lambda trace: -trace.duration)
    failed = [trace for trace in newest if trace.errors]
    chosen: dict[tuple[str, str], Trace] = {}
    for turn in range(len(newest)):
        for ranking in (slowest, failed, newest):
            if turn < len(ranking) and len(chosen) < keep:
                chosen.setdefault((ranking[turn].source, ranking[turn].trace_id), ranking[turn])
    return tuple(chosen.values())

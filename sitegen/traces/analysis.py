"""What traces say together: who calls whom, where the time goes, which of them are worth a page."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence

from sitegen.traces.model import Edge, Node, Span, SpanKind, SpanStatus, Trace


def service_edges(traces: Iterable[Trace]) -> tuple[Edge, ...]:
    """Find the calls between services, sorted by caller and callee.

    A span whose parent belongs to another service is a call of it. So is a client or
    producer span that names a peer and has no child: the peer (a database, a queue)
    sends no spans of its own. Times are those of the called side where it is known.
    """
    calls: dict[tuple[str, str], list[Span]] = defaultdict(list)
    for trace in traces:
        parents = {node.parent for node in trace.nodes}
        for row, node in enumerate(trace.nodes):
            caller = _caller(trace.nodes, node)
            if caller is not None and caller != node.span.service:
                calls[caller, node.span.service].append(node.span)
            if row not in parents and _calls_peer(node.span):
                calls[node.span.service, node.span.peer or ""].append(node.span)
    return tuple(
        Edge(
            caller=caller,
            callee=callee,
            calls=len(spans),
            errors=sum(span.status is SpanStatus.ERROR for span in spans),
            p95=_p95([max(0, span.duration) for span in spans]),
        )
        for (caller, callee), spans in sorted(calls.items())
    )


def _caller(nodes: Sequence[Node], node: Node) -> str | None:
    return None if node.parent < 0 else nodes[node.parent].span.service


def _calls_peer(span: Span) -> bool:
    calling = span.kind in {SpanKind.CLIENT, SpanKind.PRODUCER}
    return calling and span.peer is not None and span.peer != span.service


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

"""A trace's services: what they spent, and their colours, the same in its waterfall and where its time went."""

from collections import Counter
from collections.abc import Iterable, Sequence

from sitegen.traces.model import Span, Trace

OTHERS = "f0"
_OWN_COLOURS = 6


def rank_services(trace: Trace) -> list[tuple[str, int]]:
    """Return each service with the sum of its spans' self times (nanoseconds), the largest first, then by name."""
    spent: dict[str, int] = {}
    for node in trace.nodes:
        spent[node.span.service] = spent.get(node.span.service, 0) + max(0, node.self_time)
    return sorted(spent.items(), key=lambda entry: (-entry[1], entry[0]))


def paint_services(trace: Trace) -> dict[str, str]:
    """Return each service a class: `f1` to `f6` for those that took the most time, `f0` for all others."""
    return paint([service for service, _ in rank_services(trace)])


def paint(services: Sequence[str]) -> dict[str, str]:
    """Return each service a class: `f1` to `f6` for the first six, `f0` for all others."""
    return {
        service: f"f{place}" if place <= _OWN_COLOURS else OTHERS for place, service in enumerate(services, 1)
    }


def largest_roots(traces: Iterable[Trace]) -> list[str]:
    """Return the services of the roots whose traces took the most time together, as many as have colours, by name."""
    spent = Counter[str]()
    for trace in traces:
        spent[trace.root.service] += trace.duration
    return sorted(sorted(spent, key=lambda service: (-spent[service], service))[:_OWN_COLOURS])


def covered(spans: Iterable[Span]) -> int:
    """Return the nanoseconds in which at least one of the spans ran."""
    total, reached = 0, None
    for span in sorted(spans, key=lambda span: span.start):
        end = span.start + max(0, span.duration)
        begin = span.start if reached is None else max(span.start, reached)
        total += max(0, end - begin)
        reached = end if reached is None else max(reached, end)
    return total

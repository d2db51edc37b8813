"""The Trace Aggregator: puts spans together to traces, whatever their parents claim.

Every span comes out exactly once, below its parent where there is one. Nothing
recurses, so a chain of a hundred thousand spans is a trace like any other.
"""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from sitegen.traces.model import Node, Span, Trace

_ROOT = -1


_TWO_THOUSAND = 946_684_800 * 10**9
"""The first instant of the year 2000: no span is older, and a time that was not set is one of 1970."""
_DIFFERING = 30 * 10**9
"""So far may the clock of whoever made a span be ahead, in nanoseconds, before it counts as wrong."""


def aggregate(spans: Iterable[Span], source: str, now: int | None = None) -> tuple[Trace, ...]:
    """Group spans to traces, oldest first, each in tree order.

    Records that are equal in all fields are one, for exporters send again what was not confirmed. Other spans with the
    same id are all kept; the earliest of them is the parent of those that name it. A time that cannot be (not set, before
    2000, after `now` in nanoseconds, where that is given) is no time: its span stands without length where its parent
    begins, and a trace without any is left out. An orphan becomes a root, as does the earliest span of a cycle; each
    repair leaves a warning. Roots that were meant as such come before repaired ones, siblings stand by start, then by id.
    """
    groups: dict[str, dict[tuple[object, ...], Span]] = {}
    for span in spans:
        groups.setdefault(span.trace_id, {}).setdefault(_content(span), span)
    settled = ((trace_id, _settle(group.values(), now)) for trace_id, group in groups.items())
    traces = [_assemble(trace_id, *found, source) for trace_id, found in settled if found[0]]
    return tuple(sorted(traces, key=lambda trace: (trace.start, trace.trace_id)))


def _content(span: Span) -> tuple[object, ...]:
    """Return what makes a span one record: what it was read from, where that is known, or all its fields."""
    if span.record:
        return span.span_id, span.service, span.record
    return (span.span_id, span.parent_id, span.service, span.name, span.kind, span.start, span.duration, span.status, span.peer,
            span.links, frozenset(span.attributes.items()))  # fmt: skip


def _settle(spans: Iterable[Span], now: int | None) -> tuple[list[Span], list[str]]:
    """Return the spans with times that can be, none where no time of them can, and a warning for each that has none.

    One that has an end alone stands there where nothing else of its trace has a time.
    """
    known = list(spans)
    if now is None:
        return known, []
    latest = now + _DIFFERING
    starts = {span.span_id: span.start for span in known if _TWO_THOUSAND <= span.start <= latest}
    ends = (span.start + span.duration for span in known)
    first = min(
        starts.values(), default=min((end for end in ends if _TWO_THOUSAND <= end <= latest), default=None)
    )
    settled: list[Span] = []
    warnings: list[str] = []
    for span in known if first is not None else ():
        if not _TWO_THOUSAND <= span.start <= latest:
            start = starts.get(span.parent_id or "", first)
            said = "has no time that can be; it is shown without length where its parent begins."
        elif span.start + span.duration > latest:
            start, said = span.start, "ends after now; it is shown without length."
        else:
            settled.append(span)
            continue
        warnings.append(f"Span {span.span_id} {said}")
        settled.append(replace(span, start=start, duration=0, timed=False))
    return settled, warnings


def _assemble(trace_id: str, spans: Iterable[Span], noted: list[str], source: str) -> Trace:
    # In this order everywhere below: a lower index is an earlier span.
    ordered = sorted(
        spans,
        key=lambda span: (
            span.start,
            span.span_id,
            span.parent_id or "",
            span.service,
            span.name,
            span.duration,
        ),
    )
    parents, warnings = _link(ordered)
    children: list[list[int]] = [[] for _ in ordered]
    roots: list[int] = []
    for index, parent in enumerate(parents):
        (roots if parent == _ROOT else children[parent]).append(index)
    roots.sort(key=lambda index: (ordered[index].parent_id is not None, index))
    walk = _preorder(roots, children)
    critical = _critical_path(ordered, parents, children, walk)
    rows = {index: row for row, index in enumerate(walk)}
    depths = [0] * len(ordered)
    nodes = []
    for index in walk:
        parent = parents[index]
        depths[index] = 0 if parent == _ROOT else depths[parent] + 1
        nodes.append(
            Node(
                span=ordered[index],
                depth=depths[index],
                parent=_ROOT if parent == _ROOT else rows[parent],
                self_time=_self_time(ordered[index], [ordered[child] for child in children[index]]),
                on_critical_path=index in critical,
            )
        )
    return Trace(trace_id=trace_id, source=source, nodes=tuple(nodes), warnings=(*noted, *warnings))


def _link(spans: Sequence[Span]) -> tuple[list[int], list[str]]:
    """Return each span the index of its parent, and a warning for each repair."""
    warnings: list[str] = []
    indices: dict[str, int] = {}
    for index, span in enumerate(spans):
        if indices.setdefault(span.span_id, index) != index:
            warnings.append(f"Span {span.span_id} is not the only one with this id; each is shown.")
        if span.duration < 0:
            warnings.append(f"Span {span.span_id} ends before it starts; it is shown without length.")
    parents = []
    for span in spans:
        if span.parent_id is None or span.parent_id in indices:
            parents.append(_ROOT if span.parent_id is None else indices[span.parent_id])
        else:
            parents.append(_ROOT)
            warnings.append(f"Span {span.span_id} has a parent that is not here; it is shown as a root.")
    warnings += (
        f"Span {spans[index].span_id} is its own ancestor; it is shown as a root."
        for index in _cut_cycles(parents)
    )
    return parents, warnings


def _cut_cycles(parents: list[int]) -> list[int]:
    """Make the earliest span of each cycle a root, in place; give these spans."""
    cut = []
    finished = [False] * len(parents)
    for start in range(len(parents)):
        path: list[int] = []
        on_path: set[int] = set()
        index = start
        while index != _ROOT and not finished[index] and index not in on_path:
            path.append(index)
            on_path.add(index)
            index = parents[index]
        if index in on_path:
            earliest = min(path[path.index(index) :])
            parents[earliest] = _ROOT
            cut.append(earliest)
        for visited in path:
            finished[visited] = True
    return cut


def _preorder(roots: Sequence[int], children: Sequence[Sequence[int]]) -> list[int]:
    """Walk the trees: a parent, then each child with all below it."""
    walk = []
    stack = list(reversed(roots))
    while stack:
        index = stack.pop()
        walk.append(index)
        stack.extend(reversed(children[index]))
    return walk


def _self_time(span: Span, children: Sequence[Span]) -> int:
    """Return the nanoseconds in which the span ran and none of its children did.

    `children` come by start, so one pass joins their intervals.
    """
    end = span.start + span.duration
    covered, reached = 0, span.start
    for child in children:
        begun, ended = max(child.start, reached), min(child.start + child.duration, end)
        if ended > begun:
            covered += ended - begun
            reached = ended
    return max(0, span.duration - covered)


def _critical_path(
    spans: Sequence[Span], parents: Sequence[int], children: Sequence[Sequence[int]], walk: Sequence[int]
) -> set[int]:
    """Find the spans that the end of the trace waited for.

    The walk of CRISP (Zhang et al., USENIX ATC 2022) as Jaeger does it: from the end of
    a span to its child that finished last, through that child, from where it started
    to the sibling that finished last before then, and so on to the span's start. A
    child is clipped to its parent; one that lies outside of it is not waited for.
    Several roots are taken as children of one span above them, and so are the children of roots without a length.
    """
    loose: set[int] = set()
    for index in walk:
        if not spans[index].timed and (parents[index] == _ROOT or parents[index] in loose):
            loose.add(index)
    parents = [_ROOT if parent in loose else parent for parent in parents]
    starts, ends = _clip(spans, parents, walk)

    def by_end(indices: Iterable[int]) -> list[int]:
        """Sort for popping: the one that finished last at the end; of two, the longer one."""
        waited = (index for index in indices if index in ends)
        return sorted(waited, key=lambda index: (ends[index], -starts[index], -index))

    found: set[int] = set()
    levels = [by_end(index for index in walk if parents[index] == _ROOT)]
    # Until when each open level is already explained; the first is open to the end.
    explained = [max((ends[index] for index in levels[0]), default=0)]
    while levels:
        waiting = levels[-1]
        while waiting and ends[waiting[-1]] > explained[-1]:
            waiting.pop()
        if not waiting:
            levels.pop()
            explained.pop()
            continue
        last = waiting.pop()
        found.add(last)
        explained[-1] = starts[last]
        levels.append(by_end(children[last]))
        explained.append(ends[last])
    return found


def _clip(
    spans: Sequence[Span], parents: Sequence[int], walk: Sequence[int]
) -> tuple[dict[int, int], dict[int, int]]:
    """Clip each span to its parent, parents first; one that lies outside of it, or below such a one, is left out."""
    starts: dict[int, int] = {}
    ends: dict[int, int] = {}
    for index in walk:
        start = spans[index].start
        end = start + max(0, spans[index].duration)
        parent = parents[index]
        if parent != _ROOT:
            if (
                parent not in ends
                or start >= ends[parent]
                or (end <= starts[parent] and start < starts[parent])
            ):
                continue
            start, end = max(start, starts[parent]), min(end, ends[parent])
        starts[index], ends[index] = start, end
    return starts, ends

"""A trace as a waterfall: a table's rows, each with a bar on a grid of 1000.

A trace of more than 80 rows keeps those that matter (what leads to an error, then
the critical path, then the longest) and folds the rest into rows such as
"+12 spans", one for each parent. Nothing recurses: a trace may be a chain of a
hundred thousand spans.
"""

import heapq

import msgspec

from sitegen.traces.model import Node, SpanStatus, Trace
from sitegen.units import Quantity
from sitegen.visualization.diagrams.services import covered, paint_services
from sitegen.visualization.model import Waterfall, WaterfallRow
from sitegen.visualization.primitives.svg import Path, draw_path, stretched

__all__ = ["MOST_ROWS", "draw_waterfall"]

MOST_ROWS = 80
_WIDTH = 1000
_DEEPEST = 8
_ROOT = -1


class _Scene(msgspec.Struct, frozen=True):
    """A trace ready for drawing.

    `children` are the rows below each row in the trace's order (_ROOT for the roots),
    `failing` tells which rows lead to an error; `origin` and `length` are nanoseconds.
    """

    nodes: tuple[Node, ...]
    children: dict[int, list[int]]
    failing: list[bool]
    origin: int
    length: int


def draw_waterfall(trace: Trace) -> Waterfall:
    """Draw a trace that has at least one span."""
    scene = _set_scene(trace)
    shown = _choose(scene)
    paint = paint_services(trace)
    rows = [
        _fold(scene, folded) if folded else _row(scene, index, paint)
        for index, folded in _order(scene, shown)
    ]
    hidden = len(scene.nodes) - len(shown)
    return Waterfall(
        rows=tuple(rows),
        ticks=tuple(Quantity(scene.length * part / 4 / 1e9, "seconds") for part in range(5)),
        hidden=hidden,
        summary=(
            Quantity(len(scene.nodes), "spans"),
            " of ",
            Quantity(len(trace.services), "services"),
            " in ",
            Quantity(scene.length / 1e9, "seconds"),
            ", ",
            Quantity(trace.errors),
            " with an error; ",
            Quantity(hidden),
            " folded.",
        ),
    )


def _set_scene(trace: Trace) -> _Scene:
    nodes = trace.nodes
    children: dict[int, list[int]] = {}
    failing = [node.span.status is SpanStatus.ERROR for node in nodes]
    for index, node in enumerate(nodes):
        children.setdefault(node.parent, []).append(index)
    # Parents stand before their children, so one walk backwards reaches every ancestor.
    for index in range(len(nodes) - 1, -1, -1):
        if failing[index] and nodes[index].parent != _ROOT:
            failing[nodes[index].parent] = True
    return _Scene(nodes, children, failing, trace.start, max(0, trace.duration))


def _choose(scene: _Scene) -> set[int]:
    """Return the spans to show, parents before their children, so that with the folding rows they fit."""
    if len(scene.nodes) <= MOST_ROWS:
        return set(range(len(scene.nodes)))

    def rank(index: int) -> tuple[bool, bool, int, int]:
        node = scene.nodes[index]
        return not scene.failing[index], not node.on_critical_path, -node.span.duration, index

    waiting = [rank(root) for root in scene.children.get(_ROOT, ())]
    heapq.heapify(waiting)
    left = {parent: len(children) for parent, children in scene.children.items()}
    taken: list[int] = []
    folds, fitting = 1, 0
    while waiting and len(taken) < MOST_ROWS:
        index = heapq.heappop(waiting)[-1]
        taken.append(index)
        parent = scene.nodes[index].parent
        left[parent] -= 1
        folds += (index in left) - (left[parent] == 0)
        for child in scene.children.get(index, ()):
            heapq.heappush(waiting, rank(child))
        if len(taken) + folds <= MOST_ROWS:
            fitting = len(taken)
    return _unfold_single(scene, set(taken[:fitting]))


def _unfold_single(scene: _Scene, shown: set[int]) -> set[int]:
    """Show a span that would be the only one in its folding row: it takes the same room."""
    for parent in (_ROOT, *sorted(shown)):
        hidden = [child for child in scene.children.get(parent, ()) if child not in shown]
        if len(hidden) == 1 and hidden[0] not in scene.children:
            shown.add(hidden[0])
    return shown


def _order(scene: _Scene, shown: set[int]) -> list[tuple[int, list[int]]]:
    """Return the rows from top to bottom: (span, []), or (its parent, the children that are folded) after the others."""
    rows: list[tuple[int, list[int]]] = []
    stack: list[tuple[int, list[int]]] = [(_ROOT, [])]
    while stack:
        index, folded = stack.pop()
        if folded or index != _ROOT:
            rows.append((index, folded))
        if folded:
            continue
        children = scene.children.get(index, [])
        hidden = [child for child in children if child not in shown]
        if hidden:
            stack.append((index, hidden))
        stack.extend((child, []) for child in reversed(children) if child in shown)
    return rows


def _row(scene: _Scene, index: int, paint: dict[str, str]) -> WaterfallRow:
    node = scene.nodes[index]
    span, critical = node.span, node.on_critical_path
    start = span.start - scene.origin
    return WaterfallRow(
        depth=min(node.depth, _DEEPEST),
        service=span.service,
        name=span.name,
        start=Quantity(start / 1e9, "seconds"),
        duration=Quantity(span.duration / 1e9, "seconds"),
        svg=_bar(paint[span.service], start, start + span.duration, scene.length, critical=critical),
        error=span.status is SpanStatus.ERROR,
        critical=critical,
    )


def _fold(scene: _Scene, hidden: list[int]) -> WaterfallRow:
    """Fold children and all below them; the duration is the time in which at least one of the children ran."""
    nodes = [scene.nodes[child] for child in hidden]
    start = min(node.span.start for node in nodes) - scene.origin
    end = max(node.span.start + max(0, node.span.duration) for node in nodes) - scene.origin
    count = _count_below(scene, hidden)
    return WaterfallRow(
        depth=min(nodes[0].depth, _DEEPEST),
        service="",
        name=f"+{count} span{'s' if count > 1 else ''}",
        start=Quantity(start / 1e9, "seconds"),
        duration=Quantity(covered([node.span for node in nodes]) / 1e9, "seconds"),
        svg=_bar("u", start, end, scene.length, critical=False),
        error=any(scene.failing[child] for child in hidden),
        folded=count,
    )


def _count_below(scene: _Scene, roots: list[int]) -> int:
    count, stack = 0, list(roots)
    while stack:
        index = stack.pop()
        count += 1
        stack.extend(scene.children.get(index, ()))
    return count


def _bar(css: str, start: int, end: int, length: int, *, critical: bool) -> str:
    """Draw a bar of at least 2 units, and along it the critical path as a thin line."""
    left = min(_WIDTH - 2, round(start * _WIDTH / length)) if length else 0
    right = min(_WIDTH, round(end * _WIDTH / length)) if length else 0
    bar = Path().move(left, 1).line(max(right, left + 2), 1)
    return stretched(
        "wf", _WIDTH, 2, draw_path(css, bar), *((draw_path("cp", bar, width=0.3),) if critical else ())
    )

"""A trace as a waterfall: a table's rows, each with a bar at its place in the trace's time.

A trace of more than 80 rows keeps those that matter (what leads to an error, then
the critical path, then the longest) and folds the rest into rows such as
"+12 spans", one for each parent. Nothing recurses: a trace may be a chain of a
hundred thousand spans.
"""

import heapq
from collections.abc import Iterable, Sequence

import msgspec

from sitegen.traces.model import Node, SpanStatus, Trace
from sitegen.units import Quantity, even, format_quantity
from sitegen.visualization.diagrams.services import covered, paint_services
from sitegen.visualization.model import Waterfall, WaterfallRow
from sitegen.visualization.primitives.svg import (
    Markup,
    Path,
    draw_path,
    element,
    percent,
    stretched,
    text,
)

MOST_ROWS = 80
_DEEPEST = 8
_LEAST, _WIDE, _BESIDE = 0.002, 0.2, 0.008
"""Of a bar's width: the least; from where on its duration stands inside; the gap to words beside it."""
_STEP, _ROW = 4, 4
"""A step of depth (2ch) and a row on the grid of the guides."""
_ROOT = -1


class _Scene(msgspec.Struct, frozen=True):
    """A trace ready for drawing.

    `children` are the rows below each row in the trace's order (_ROOT for the roots),
    `failing` tells which rows lead to an error; `waited` has the stretches in which the
    trace's end waited for a span itself; `origin` and `length` are nanoseconds.
    """

    nodes: tuple[Node, ...]
    children: dict[int, list[int]]
    failing: list[bool]
    waited: dict[int, list[tuple[int, int]]]
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
    return Waterfall(
        rows=tuple(rows),
        ticks=even([Quantity(scene.length * part / 2 / 1e9, "seconds") for part in range(3)]),
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
    waited = _find_waits(nodes, children)
    return _Scene(nodes, children, failing, waited, trace.start, max(0, trace.duration))


def _find_waits(nodes: Sequence[Node], children: dict[int, list[int]]) -> dict[int, list[tuple[int, int]]]:
    """Return each span of the critical path its stretches of it: all of the span but what such a child covers."""
    kept: dict[int, tuple[int, int]] = {}
    for index, node in enumerate(nodes):
        if node.on_critical_path and node.span.timed:
            begin, end = node.span.start, node.span.start + max(0, node.span.duration)
            outer = kept.get(node.parent, (begin, end))
            kept[index] = max(begin, outer[0]), min(end, outer[1])
    return {
        index: list(
            _left_over(stretch, sorted(kept[child] for child in children.get(index, ()) if child in kept))
        )
        for index, stretch in kept.items()
    }


def _left_over(stretch: tuple[int, int], covered_: Sequence[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    begin = stretch[0]
    for start, end in (*covered_, (stretch[1], stretch[1])):
        if start > begin:
            yield begin, start
        begin = max(begin, end)


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
    span, waited = node.span, scene.waited.get(index)
    start, error = span.start - scene.origin, span.status is SpanStatus.ERROR
    colour, length = paint[span.service], max(0, span.duration)
    return WaterfallRow(
        depth=min(node.depth, _DEEPEST),
        service=span.service,
        name=span.name,
        start=Quantity(start / 1e9, "seconds"),
        duration=Quantity(length / 1e9 if span.timed else None, "seconds"),
        svg=_draw_bar(scene, "c" if error else colour, (start, start + length), waited or ()),
        colour=colour,
        error=error,
        critical=None
        if waited is None
        else Quantity(sum(end - begin for begin, end in waited) / 1e9, "seconds"),
        digits=_digits(scene),
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
        name=f"+{format_quantity(count, 'spans')}",
        start=Quantity(start / 1e9, "seconds"),
        duration=Quantity(covered([node.span for node in nodes]) / 1e9, "seconds"),
        svg=_draw_bar(scene, "f0", (start, end), ()),
        colour="f0",
        error=any(scene.failing[child] for child in hidden),
        folded=count,
        digits=_digits(scene),
    )


def _digits(scene: _Scene) -> int:
    return 1 if scene.length >= 10_000_000 else 3


def _count_below(scene: _Scene, roots: list[int]) -> int:
    count, stack = 0, list(roots)
    while stack:
        index = stack.pop()
        count += 1
        stack.extend(scene.children.get(index, ()))
    return count


def _draw_bar(scene: _Scene, css: str, reach: tuple[int, int], waited: Iterable[tuple[int, int]]) -> Markup:
    """Draw a bar with its duration at its end, and below it, as thin lines, where it is the critical path."""
    left, right = _place(scene, *reach)
    words = Quantity((reach[1] - reach[0]) / 1e9, "seconds").text
    if right - left >= _WIDE:
        label = text(words, percent(right - _BESIDE), "64%", "k xe")
    elif right <= 1 - _WIDE:
        label = text(words, percent(right + _BESIDE), "64%")
    else:
        label = text(words, percent(left - _BESIDE), "64%", "xe")
    lines = (
        _draw_rect("cp", *_place(scene, begin - scene.origin, end - scene.origin), "82%", "10%")
        for begin, end in waited
    )
    bar = _draw_rect(css, left, right, "8%", "66%")
    return element("svg", {"class": "wf", "aria-hidden": "true"}, bar, label, *lines)


def _place(scene: _Scene, start: int, end: int) -> tuple[float, float]:
    """Return where a stretch begins and ends, as shares of the trace; it is never too short to be seen."""
    if not scene.length:
        return 0.0, _LEAST
    left = min(1 - _LEAST, start / scene.length)
    return left, max(left + _LEAST, min(1.0, end / scene.length))


def _draw_rect(css: str, left: float, right: float, top: str, height: str) -> Markup:
    place = {"x": percent(left), "y": top, "width": percent(right - left), "height": height}
    return element("rect", {"class": css, **place})


def draw_guides(depths: Sequence[int]) -> Markup:
    """Draw one path from each row to those below it that are deeper, for rows of these depths from top to bottom."""
    guides = Path()
    open_rows: list[tuple[int, int]] = []
    last: dict[int, int] = {}
    for row, depth in enumerate(depths):
        while open_rows and open_rows[-1][1] >= depth:
            open_rows.pop()
        if open_rows:
            above, outer = open_rows[-1]
            x, y = outer * _STEP + 1, row * _ROW + 2
            guides.move(x, last.get(above, above * _ROW + 3)).line(x, y).line(depth * _STEP, y)
            last[above] = y
        open_rows.append((row, depth))
    return stretched("tr", 9 * _STEP, max(1, len(depths)) * _ROW, draw_path("e", guides, crisp=True))

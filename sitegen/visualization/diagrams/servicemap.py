"""Services and their calls as a layered map, from left to right.

The method of Sugiyama, Tagawa and Toda (1981): cycles are broken (Eades, Lin and
Smyth, 1993), a service stands one layer behind the last that calls it, edges over
several layers get a place in each, and places are ordered by the barycentre of
their neighbours.
"""

from collections.abc import Sequence

import msgspec

from sitegen.availability.model import ServiceState
from sitegen.traces.model import Edge
from sitegen.units import Quantity, format_quantity
from sitegen.visualization.primitives.naming import cut_apart
from sitegen.visualization.primitives.svg import (
    Markup,
    Path,
    columns_of,
    draw_path,
    element,
    number,
    percent,
    scaled,
    text,
)

MOST_SERVICES, MOST_EDGES = 24, 40
_LAYER, _BOX = 200, 150
_ROW, _TALL = 60, 46
_WIDE_EM, _TALL_EM = 17, 6
"""A layer's least width and a row's height, in the size of chart text."""
_LABEL = 17
_CURVE = 6
_SWEEPS = 6
_SLOW, _FAILING = 0.005, 0.05
_MARKS = {
    ServiceState.UP: "ok",
    ServiceState.DEGRADED: "w",
    ServiceState.DOWN: "c",
    ServiceState.NO_DATA: "u",
}

# A place in a layer: a service by name, or the passage of the edge of this number.
_Place = str | int


class _Service(msgspec.Struct, frozen=True):
    """What stands in a box: a name, how its calls went, and two lines of figures."""

    name: str
    state: ServiceState
    facts: tuple[str, str]


class _Way(msgspec.Struct, frozen=True):
    """An edge as it is drawn: from the left service to the right one, `back` where the call goes the other way; `width` in pixels."""

    left: str
    right: str
    back: bool
    css: str
    width: int


def draw_service_map(edges: Sequence[Edge]) -> str | None:
    """Draw the map; None where it is empty or has more than 24 services or 40 edges, which only a table can show.

    An edge's width tells its calls against the busiest edge's (above a third, above
    a tenth, fewer); its colour and dash tell where 0.5 % of them failed, and where 5 %.
    A box says how often its service was called, the slowest p95 of these kinds of calls,
    and how many failed. A service that calls itself has ↻ after its name.
    """
    services = sorted({name for edge in edges for name in (edge.caller, edge.callee)})
    if not services or len(services) > MOST_SERVICES or len(edges) > MOST_EDGES:
        return None
    between = sorted(
        (edge for edge in edges if edge.caller != edge.callee), key=lambda e: (e.caller, e.callee)
    )
    ranks = {service: rank for rank, service in enumerate(_sequence(services, between))}
    most = max(edge.calls for edge in edges)
    ways = [_lay_way(edge, ranks, most) for edge in between]
    depth = _find_layers(ways, ranks)
    layers = _order_layers(_fill_layers(ways, depth), ways, depth)
    height = max(map(len, layers)) * _ROW
    short = dict(zip(services, cut_apart(services, _LABEL - 2), strict=True))
    return _draw(
        layers, ways, height, {service: _sum_up(service, edges, short[service]) for service in services}
    )


def judge_calls(errors: int, calls: int) -> ServiceState:
    """Return what errors make of calls: down from 5 % on, degraded from 0.5 % on, up below; no data without calls."""
    if not calls:
        return ServiceState.NO_DATA
    share = errors / calls
    return (
        ServiceState.DOWN
        if share >= _FAILING
        else ServiceState.DEGRADED
        if share >= _SLOW
        else ServiceState.UP
    )


def _sum_up(service: str, edges: Sequence[Edge], short: str) -> _Service:
    """Sum up the calls of a service; one that nobody calls has those that it makes."""
    into = [edge for edge in edges if edge.callee == service]
    calls, errors = sum(edge.calls for edge in into), sum(edge.errors for edge in into)
    loops = any(edge.caller == service for edge in into)
    name = f"{short} ↻" if loops else service if columns_of(service) <= _LABEL else short
    if not into:
        made = sum(edge.calls for edge in edges if edge.caller == service)
        return _Service(
            name, ServiceState.NO_DATA, (f"makes {format_quantity(made, 'calls')}", "called by nobody")
        )
    lengths = [edge.p95 / 1e9 for edge in into if edge.p95 is not None]
    slowest = Quantity(max(lengths, default=None), "seconds").text
    failed = f"{Quantity(errors / calls, 'ratio').text} errors" if errors else "no errors"
    return _Service(name, judge_calls(errors, calls), (f"{calls:,} × p95 {slowest}", failed))


def _sequence(services: Sequence[str], edges: Sequence[Edge]) -> list[str]:
    """Order services so that few calls point backwards: callers of nobody last, called by nobody first."""
    left, front, back = set(services), [], []
    live = {(edge.caller, edge.callee) for edge in edges}
    while left:
        calls = {name: sum(caller == name for caller, _ in live) for name in left}
        called = {name: sum(callee == name for _, callee in live) for name in left}
        sinks = sorted(name for name in left if not calls[name] and called[name])
        sources = sorted(name for name in left if not called[name])
        if sinks:
            name = sinks[0]
            back.append(name)
        else:
            name = sources[0] if sources else min(left, key=lambda n: (called[n] - calls[n], n))
            front.append(name)
        left.discard(name)
        live = {pair for pair in live if name not in pair}
    return front + back[::-1]


def _lay_way(edge: Edge, ranks: dict[str, int], most: int) -> _Way:
    back = ranks[edge.caller] > ranks[edge.callee]
    left, right = (edge.callee, edge.caller) if back else (edge.caller, edge.callee)
    width = 4 if edge.calls * 3 > most else 2 if edge.calls * 10 > most else 1
    css = {ServiceState.DOWN: "tc", ServiceState.DEGRADED: "tw"}.get(
        judge_calls(edge.errors, edge.calls), "e"
    )
    return _Way(left, right, back, css, width)


def _find_layers(ways: Sequence[_Way], ranks: dict[str, int]) -> dict[str, int]:
    """Return each service its layer: one more than the deepest before it."""
    depth = dict.fromkeys(ranks, 0)
    for way in sorted(ways, key=lambda way: ranks[way.left]):
        depth[way.right] = max(depth[way.right], depth[way.left] + 1)
    return depth


def _fill_layers(ways: Sequence[_Way], depth: dict[str, int]) -> list[list[_Place]]:
    layers: list[list[_Place]] = [[] for _ in range(max(depth.values()) + 1)]
    for service in sorted(depth):
        layers[depth[service]].append(service)
    for index, way in enumerate(ways):
        for layer in range(depth[way.left] + 1, depth[way.right]):
            layers[layer].append(index)
    return layers


def _order_layers(
    layers: list[list[_Place]], ways: Sequence[_Way], depth: dict[str, int]
) -> list[list[_Place]]:
    """Sweep over the layers, there and back, and move each place to the middle of its neighbours."""
    for sweep in range(_SWEEPS):
        step = 1 if sweep % 2 == 0 else -1
        for layer in range(len(layers))[::step]:
            beside = layer - step
            if 0 <= beside < len(layers):
                near = _find_neighbours(beside, layer, ways, depth)
                layers[layer] = _sort_layer(layers[layer], _shares(layers[beside]), near)
    return layers


def _find_neighbours(
    beside: int, layer: int, ways: Sequence[_Way], depth: dict[str, int]
) -> dict[_Place, list[_Place]]:
    """Return, for each place of a layer, the places that it is joined to in the layer beside."""
    near: dict[_Place, list[_Place]] = {}
    for index, way in enumerate(ways):
        first, last = depth[way.left], depth[way.right]
        if first <= min(beside, layer) and max(beside, layer) <= last:
            ends: dict[int, _Place] = {first: way.left, last: way.right}
            near.setdefault(ends.get(layer, index), []).append(ends.get(beside, index))
    return near


def _sort_layer(
    places: Sequence[_Place], shares: dict[_Place, float], near: dict[_Place, list[_Place]]
) -> list[_Place]:
    own = _shares(places)

    def weigh(place: _Place) -> tuple[float, float]:
        joined = [shares[other] for other in near.get(place, ())]
        return (sum(joined) / len(joined) if joined else own[place]), own[place]

    return sorted(places, key=weigh)


def _shares(layer: Sequence[_Place]) -> dict[_Place, float]:
    return {place: (index + 0.5) / len(layer) for index, place in enumerate(layer)}


def _draw(
    layers: Sequence[Sequence[_Place]], ways: Sequence[_Way], height: int, services: dict[str, _Service]
) -> Markup:
    width = len(layers) * _LAYER
    inset = (_LAYER - _BOX) // 2
    at = {
        (place, layer): (layer * _LAYER + inset, round(share * height))
        for layer, places in enumerate(layers)
        for place, share in _shares(places).items()
    }
    where = {
        place: layer for layer, places in enumerate(layers) for place in places if isinstance(place, str)
    }
    boxes = {name: at[name, layer] for name, layer in where.items()}
    words = [
        _write_box(services[name], percent((x + 6) / width), percent(y / height))
        for name, (x, y) in boxes.items()
    ]
    names, facts, failed = (Markup("".join(part)) for part in zip(*words, strict=True))
    return element(
        "svg",
        {
            "class": "mp",
            "width": f"{len(layers) * _WIDE_EM}em",
            "height": f"{number(height / _ROW * _TALL_EM)}em",
            "aria-hidden": "true",
        },
        scaled(width, height, [*_draw_ways(ways, at, where), *_draw_boxes(boxes, services)]),
        element("g", {"class": "nt", "transform": "translate(0 -12)"}, names),
        element("g", {"transform": "translate(0 4)"}, facts),
        element("g", {"transform": "translate(0 20)"}, failed),
    )


def _write_box(service: _Service, x: str, y: str) -> tuple[Markup, Markup, Markup]:
    count, failed = service.facts
    bad = service.state in (ServiceState.DOWN, ServiceState.DEGRADED)
    return (
        text(f"{service.state.glyph} {service.name}", x, y),
        text(count, x, y),
        text(failed, x, y, _MARKS[service.state] if bad else ""),
    )


def _draw_boxes(boxes: dict[str, tuple[int, int]], services: dict[str, _Service]) -> list[Markup]:
    """Draw the boxes, each with a thick left side in the colour of its state."""
    frames: dict[str, Path] = {}
    sides: dict[str, Path] = {}
    ground = Path()
    for name, (x, y) in boxes.items():
        css = _MARKS[services[name].state]
        top, below = y - _TALL // 2, y + _TALL // 2
        for path in (ground, frames.setdefault(css, Path())):
            path.move(x, top).line(x + _BOX, top).line(x + _BOX, below).line(x, below).close()
        sides.setdefault(css, Path()).move(x + 1, top).line(x + 1, below)
    return [
        draw_path("nd", ground),
        *(draw_path(css, path, crisp=True) for css, path in frames.items()),
        *(draw_path(css, path, width=3) for css, path in sides.items()),
    ]


def _draw_ways(
    ways: Sequence[_Way], at: dict[tuple[_Place, int], tuple[int, int]], where: dict[str, int]
) -> list[Markup]:
    lines: dict[tuple[str, int], Path] = {}
    heads = Path()
    for index, way in enumerate(ways):
        passed = [at[index, layer] for layer in range(where[way.left] + 1, where[way.right])]
        ends = (at[way.left, where[way.left]], at[way.right, where[way.right]])
        _draw_way(lines.setdefault((way.css, way.width), Path()), heads, way, ends, passed)
    return [
        *(
            draw_path(css, line, width=width, crisp=True)
            for (css, width), line in sorted(lines.items(), key=lambda entry: entry[0])
        ),
        draw_path("hd", heads),
    ]


def _draw_way(
    line: Path,
    heads: Path,
    way: _Way,
    ends: tuple[tuple[int, int], tuple[int, int]],
    passed: Sequence[tuple[int, int]],
) -> None:
    """Draw from the left box through each passage to the right box, with the head where the call arrives."""
    (left, top), (right, bottom) = ends
    pen = (left + _BOX, top)
    line.move(*pen)
    for x, y in passed:
        _bend(line, pen, (x, y))
        pen = (x + _BOX, y)
        line.line(*pen)
    _bend(line, pen, (right, bottom))
    x, y, size = (left + _BOX, top, 6) if way.back else (right, bottom, -6)
    heads.move(x, y).line(x + size, y - 3).line(x + size, y + 3).close()


def _bend(line: Path, start: tuple[int, int], end: tuple[int, int]) -> None:
    """Draw a bend that leaves and arrives level: the cubic 3t² - 2t³ in straight steps."""
    (x, y), (right, bottom) = start, end
    for step in range(1, _CURVE + 1):
        share = step / _CURVE
        line.line(x + (right - x) * share, y + (bottom - y) * share * share * (3 - 2 * share))

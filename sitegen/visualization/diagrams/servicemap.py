"""Services and their calls as a layered map, from left to right.

The method of Sugiyama, Tagawa and Toda (1981): cycles are broken (Eades, Lin and
Smyth, 1993), a service stands one layer behind the last that calls it, edges over
several layers get a place in each, and places are ordered by the barycentre of
their neighbours.
"""

from collections.abc import Sequence

import msgspec

from sitegen.traces.model import Edge
from sitegen.visualization.primitives.svg import (
    Markup,
    Path,
    cut_label,
    draw_path,
    element,
    number,
    percent,
    scaled,
    text,
)

__all__ = ["MOST_EDGES", "MOST_SERVICES", "draw_service_map"]

MOST_SERVICES, MOST_EDGES = 24, 40
_LAYER, _BOX = 200, 140
_ROW, _TALL = 60, 36
_LABEL = 17
_SWEEPS = 6
_FAILING = 0.01

# A place in a layer: a service by name, or the passage of the edge of this number.
_Place = str | int


class _Way(msgspec.Struct, frozen=True):
    """An edge as it is drawn: from the left service to the right one, `back` where the call goes the other way."""

    left: str
    right: str
    back: bool
    css: str


def draw_service_map(edges: Sequence[Edge]) -> str | None:
    """Draw the map; None where it is empty or has more than 24 services or 40 edges, which only a table can show.

    An edge's width tells its calls against the busiest edge's (above a third, above
    a tenth, fewer); it is dashed where more than 1 % of them failed. A service that
    calls itself has ↻ after its name.
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
    looping = {edge.caller for edge in edges if edge.caller == edge.callee}
    return _draw(layers, ways, height, looping)


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
    width = 3 if edge.calls * 3 > most else 2 if edge.calls * 10 > most else 1
    failing = edge.errors > edge.calls * _FAILING
    return _Way(left, right, back, f"{'d' if failing else 'e'}{width}")


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


def _draw(layers: Sequence[Sequence[_Place]], ways: Sequence[_Way], height: int, looping: set[str]) -> Markup:
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
    lines: dict[str, Path] = {}
    heads, boxes, names = Path(), Path(), []
    for index, way in enumerate(ways):
        passed = [at[index, layer] for layer in range(where[way.left] + 1, where[way.right])]
        ends = (at[way.left, where[way.left]], at[way.right, where[way.right]])
        _draw_way(lines.setdefault(way.css, Path()), heads, way, ends, passed)
    for place, layer in where.items():
        x, y = at[place, layer]
        boxes.move(x, y - _TALL // 2).line(x + _BOX, y - _TALL // 2)
        boxes.line(x + _BOX, y + _TALL // 2).line(x, y + _TALL // 2).close()
        label = cut_label(place, _LABEL - 2) + " ↻" if place in looping else cut_label(place, _LABEL)
        names.append(text(label, percent((x + _BOX / 2) / width), percent(y / height)))
    marks = [draw_path(css, lines[css], crisp=True) for css in sorted(lines)]
    marks += [draw_path("ar", heads), draw_path("nd", boxes, crisp=True)]
    return element(
        "svg",
        {
            "class": "mp",
            "width": f"{len(layers) * 14}em",
            "height": f"{number(height / _ROW * 3)}em",
            "aria-hidden": "true",
        },
        scaled(width, height, marks),
        element("g", {"class": "nt", "transform": "translate(0 4)"}, *names),
    )


def _draw_way(
    line: Path,
    heads: Path,
    way: _Way,
    ends: tuple[tuple[int, int], tuple[int, int]],
    passed: Sequence[tuple[int, int]],
) -> None:
    """Draw from the left box through each passage to the right box, with the head where the call arrives."""
    (left, top), (right, bottom) = ends
    line.move(left + _BOX, top)
    for x, y in passed:
        line.line(x, y).line(x + _BOX, y)
    line.line(right, bottom)
    x, y, size = (left + _BOX, top, 8) if way.back else (right, bottom, -8)
    heads.move(x, y).line(x + size, y - 5).line(x + size, y + 5).close()

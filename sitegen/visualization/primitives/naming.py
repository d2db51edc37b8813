"""What a chart and its data file call the series."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from sitegen.metrics.model import Series
from sitegen.visualization.primitives.svg import columns_of, cut_label

LONGEST = 60
"""What a legend has room for."""

_MOST_PIECES, _BEFORE = 4, 8
"""How many stretches of a name are shown at most, and how much stands before the first place that differs."""
_FIELD = re.compile(r"\{\{([^{}]+)\}\}")
_METRIC = "__name__"


def name_series(
    series: Sequence[Series], template: str, alone: str, longest: int = LONGEST
) -> tuple[str, ...]:
    """Return each series a name of its own, at most `longest` columns wide but for the number of one that has its like.

    A template names labels: `{{job}} on {{instance}}`; a label that is not there is
    empty. Without a template, or where it gives nothing, the labels that differ
    between the series make the name, the metric's first: `up instance a:9090`. A
    series without any is called `alone`.
    """
    differing = _differing(series)
    wanted = [
        _fill(template, one.labels) or _spell(one, differing) or one.labels.get(_METRIC) or alone
        for one in series
    ]
    return tell_apart(cut_apart(wanted, longest))


def cut_apart(names: Sequence[str], width: int) -> list[str]:
    """Cut names to `width` columns: at the end, or where that would make two of them one, around what differs.

    >>> cut_apart(["worker-production-m2vbn", "worker-production-q7xkd", "api"], 12)
    ['…ction-m2vbn', '…ction-q7xkd', 'api']
    """
    found = {name: cut_label(name, width) for name in names}
    alike = Counter(found.values())
    long = sorted(name for name, short in found.items() if alike[short] > 1)
    longest = max(map(len, long), default=0)
    for name, places in zip(long, _branches(long), strict=True):
        found[name] = _cut_around(name, places, width, longest)
    return [found[name] for name in names]


def _branches(names: Sequence[str]) -> list[list[int]]:
    """Return for sorted, distinct names the places at which each first differs from any of the others."""
    branches: list[set[int]] = [set() for _ in names]
    for order in (range(len(names)), range(len(names) - 1, -1, -1)):
        open_places: list[int] = []
        for before, index in pairwise(order):
            one, other = names[before], names[index]
            place = next(
                (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
                min(len(one), len(other)),
            )
            while open_places and open_places[-1] >= place:
                open_places.pop()
            open_places.append(place)
            branches[index].update(open_places[:1], open_places[-_MOST_PIECES:])
    return [sorted(places) for places in branches]


def _cut_around(name: str, places: Sequence[int], width: int, longest: int) -> str:
    """Return what stands around these places: the end of the name, one stretch of it, or several.

    Ends begin at the same place as that of the longest name, so that names that are cut once more differ where they did.
    """
    room = max(3, width if len(name) == columns_of(name) else width // 2)
    first, last = places[0], places[-1]
    if first > len(name) - room:
        return "…" + name[max(len(name), min(longest, first - _BEFORE + room - 1)) + 1 - room :]
    if last - first < room - 2 - _BEFORE:
        begin = max(0, first - _BEFORE)
        return "…" + name[begin : begin + room - 2] + "…"
    several = [first, *places[1:][1 - _MOST_PIECES :]][: max(1, room // 4)]
    size = (room - 1) // len(several) - 1
    begins = [max(0, min(place - 1, len(name) - size)) for place in several]
    pieces = [name[begin : begin + size] for begin in begins]
    return "…" + "…".join(pieces) + ("" if begins[-1] + size >= len(name) else "…")


def tell_apart(names: Sequence[str]) -> tuple[str, ...]:
    """Return equal names told apart: `a`, `a (2)`, `a (3)`, without taking a name that another series has."""
    taken, used, unique = set(names), set[str](), []
    following = dict.fromkeys(names, 2)
    for name in names:
        candidate = name
        while candidate in used or (candidate != name and candidate in taken):
            candidate = f"{name} ({following[name]})"
            following[name] += 1
        used.add(candidate)
        unique.append(candidate)
    return tuple(unique)


def _fill(template: str, labels: dict[str, str]) -> str:
    return _FIELD.sub(lambda field: labels.get(field[1].strip(), ""), template).strip()


def _differing(series: Sequence[Series]) -> list[str]:
    labels = sorted({label for one in series for label in one.labels}, key=lambda key: (key != _METRIC, key))
    return [label for label in labels if len({one.labels.get(label, "") for one in series}) > 1]


def _spell(one: Series, labels: Sequence[str]) -> str:
    metric = one.labels.get(_METRIC, "") if _METRIC in labels else ""
    rest = [f"{label} {one.labels[label]}" for label in labels if label != _METRIC and one.labels.get(label)]
    return " ".join(filter(None, (metric, ", ".join(rest))))

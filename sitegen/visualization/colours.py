"""Which of the six colours a series has: it keeps its own while others come and go.

What comes anew takes a colour that nobody ever had; where all are known, that of the series that was not seen for longest.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2s
from statistics import fmean

from sitegen.metrics.analysis import key_of
from sitegen.metrics.model import PanelData, Series

COLOURS = range(1, 7)
"""Each has a dash of its own."""
_REMEMBERED = 12


def name_of(series: Series) -> str:
    """Return what a series is known by from build to build: a digest of its labels."""
    return blake2s(repr(key_of(series)).encode("utf-8", "replace"), digest_size=8).hexdigest()


def settle(wanted: Sequence[int | None], order: Iterable[int] = COLOURS) -> list[int]:
    """Return a colour for each of at most six: the one it wants, where it is the first, else the next free one in `order`."""
    taken, settled = set[int](), list[int]()
    for colour in wanted:
        settled.append(colour if colour is not None and colour in COLOURS and colour not in taken else 0)
        taken.add(settled[-1])
    free = (colour for colour in order if colour not in taken)
    return [colour or next(free) for colour in settled]


def assign(known: Mapping[str, int], groups: Iterable[Sequence[str]]) -> dict[str, int]:
    """Return the colours by name, those seen last at the end; each group is of names that are drawn together."""
    colours = dict(known)
    for group in groups:
        order = dict.fromkeys([*sorted(set(COLOURS) - set(colours.values())), *colours.values()])
        settled = settle([colours.get(name) for name in group], order)
        for name, colour in zip(group, settled, strict=True):
            colours.pop(name, None)
            colours[name] = colour
    return dict(list(colours.items())[-_REMEMBERED:])


def paint_panels(
    panels: Sequence[PanelData], kept: Mapping[str, Mapping[str, int]]
) -> dict[str, dict[str, int]]:
    """Return the colours by series of each panel; `kept` are those of the builds before."""
    groups: dict[str, list[list[str]]] = {}
    for data in panels:
        groups.setdefault(data.panel.id, []).append(_drawn_together(data))
    return {panel: assign(kept.get(panel, {}), own) for panel, own in groups.items()}


def _drawn_together(data: PanelData) -> list[str]:
    """Return the names of a panel's largest series, as many as it draws, in the order of its answer."""
    series = () if data.observed.value is None else data.observed.value.series
    known = [one for one in series if any(map(math.isfinite, one.values))]
    most = min(max(1, data.panel.top), len(COLOURS))
    if len(known) > most:
        means = [fmean(filter(math.isfinite, one.values)) for one in known]
        largest = sorted(range(len(known)), key=lambda place: (-means[place], place))[:most]
        known = [known[place] for place in sorted(largest)]
    return [name_of(one) for one in known]

"""The tiles of the overview: a panel's value now, or when it last had one, how it changed, its run behind it, its threshold around it."""

import math
from collections.abc import Mapping, Sequence

from sitegen.findings import BuildFindings
from sitegen.metrics.analysis import judge
from sitegen.metrics.model import OWN_TILES, PanelData, PanelKind
from sitegen.pages.drawn import Drawn
from sitegen.pages.fit import shortened
from sitegen.pages.views import Tile
from sitegen.pages.words import count
from sitegen.units import SIZED, Quantity, Sentence, format_duration, window_label
from sitegen.visualization.charts.stat import STATES
from sitegen.visualization.generator import draw_backdrop
from sitegen.visualization.model import Figure, Link
from sitegen.visualization.standing import stand_for
from sitegen.visualization.words import moment, show_value

MOST = 6
_TITLE = 60
_POINTS = "points"
_ABOVE = 44
"""The room for the words over a run, which takes 24 itself."""
_CLASSES = {"": "ok", "warn": "w", "crit": "c"}
_WHOLE = 0.9
"""From which share of a window on it counts as seen in full."""


def make_tiles(
    panels: Sequence[PanelData],
    build: BuildFindings,
    drawn: Drawn,
    places: Mapping[str, str],
    chosen: Sequence[str] = (),
) -> tuple[Tile, ...]:
    """Return the chosen tiles, or those of the first panels that have a value; a young site's own build fills the row."""
    firsts: dict[str, PanelData] = {}
    for data in panels:
        if (data.panel.id, data.span) in drawn.panels:
            firsts.setdefault(data.panel.id, data)
    tiles = {
        name: _tile(data, drawn.panels[data.panel.id, data.span], places) for name, data in firsts.items()
    }
    own = dict(zip(OWN_TILES, _own_tiles(build), strict=False))
    if chosen := [name for name in chosen if name in tiles or name in own]:
        return tuple((own | tiles)[name] for name in chosen[:MOST])
    known = [tile for tile in tiles.values() if tile.value.raw]
    unknown = [tile for tile in tiles.values() if not tile.value.raw]
    return tuple([*known, *own.values(), *unknown][:MOST])


def _own_tiles(build: BuildFindings) -> tuple[Tile, ...]:
    """Return what the last build says of itself: how long it took, and what it made."""
    record = build.record
    if build.so_far or record.clock_fixed:
        return ()
    runs = [past.took for past in reversed(build.history) if not past.clock_fixed]
    return (
        Tile(
            Link("build", "/build/"),
            Quantity(record.took, "seconds"),
            "",
            ("on ", *count(record.workers, "worker")),
            "ok",
            draw_backdrop(runs, _ABOVE),
        ),
        Tile(
            Link("site", "/build/"),
            Quantity(record.bytes_total, "bytes"),
            "",
            ("in ", *count(record.files_total, "file")),
            "ok",
            draw_backdrop([past.bytes_total for past in reversed(build.history)], _ABOVE),
        ),
    )


def _tile(data: PanelData, figure: Figure, places: Mapping[str, str]) -> Tile:
    panel = data.panel
    path = places.get(panel.id, "/metrics/")
    if panel.kind in (PanelKind.HEATMAP, PanelKind.HISTOGRAM):
        # Its series are counts of buckets, none of them a value of the panel: the median is, the first it tells.
        median = next((part for part in figure.summary if isinstance(part, Quantity)), Quantity(None))
        link, over = Link(shortened(panel.title, _TITLE), path), f"p50 over {window_label(data.span)}"
        return Tile(link, median, over, (), "ok" if median.raw else "u", "")
    shown = stand_for(data, now=True)
    known, state = (
        shown.value is not None and not math.isnan(shown.value),
        judge(panel.thresholds, shown.value),
    )
    return Tile(
        link=Link(shortened(panel.title, _TITLE), path),
        value=show_value(shown.value, panel.unit),
        name=_whose(shown.name),
        change=_change(shown.run, shown.value, data) if shown.value is not None else (),
        css=_CLASSES[state] if known else "u",
        svg="" if panel.unit == "timestamp" else draw_backdrop(shown.run, _ABOVE),
        last=None if shown.at is None or shown.value is None else moment(shown.at, data.window),
        state=STATES.get(state, ""),
    )


def _whose(name: str) -> str:
    """Return `max of 5: payments` as `payments, max of 5`: a tile is narrow, and the series must not be cut first."""
    rule, colon, series = name.partition(": ")
    return f"{series}, {rule}" if colon else name


def _change(values: Sequence[float | None], last: float, data: PanelData) -> Sentence:
    """Return the change against the first value there is, and the time that lies between."""
    unit, step = data.panel.unit, data.observed.value.query.window.step if data.observed.value else 1.0
    index, first = next(((i, value) for i, value in enumerate(values) if value is not None), (0, last))
    seen = (len(values) - 1 - index) * step
    if unit == "timestamp" or seen <= 0 or not (math.isfinite(first) and math.isfinite(last)):
        return ()
    over = window_label(data.span) if seen >= _WHOLE * data.span else format_duration(seen)
    if math.isclose(first, last) or show_value(first, unit).text == show_value(last, unit).text:
        return (f"unchanged in {over}",)
    size = abs(last - first)
    shown = {
        "ratio": Quantity(size * 100, _POINTS),
        "percent": Quantity(size, _POINTS),
    }.get(unit, Quantity(size, unit if unit in SIZED else ""))
    return ("▲ " if last > first else "▼ ", shown, f" in {over}")

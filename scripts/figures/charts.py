"""A chart of four lines in 120 columns, with its band, legend and table: how long it takes to draw, and its weight."""

import random
import time
from array import array
from collections.abc import Iterator

import brotli
from sitegen.freshness import observed
from sitegen.metrics.model import MetricResult, Panel, PanelData, PanelKind, Series
from sitegen.units import Window
from sitegen.visualization.generator import draw_panel

from figures.table import Figure, amount

__all__ = ["measure"]

_COLUMNS, _NOW = 120, 1_795_422_600.0


def measure(runs: int) -> Iterator[Figure]:
    """Return the best time of drawing it, and the bytes of the drawing as an edge sends them."""
    data = _panel(random.Random(1))
    best = float("inf")
    for _ in range(runs * 10):
        started = time.perf_counter()
        figure = draw_panel(data, _COLUMNS)
        best = min(best, time.perf_counter() - started)
    yield amount("draw_panel, 4 x 120 with band", best * 1000, "ms", 2.0)
    size = len(brotli.compress(figure.svg.encode(), quality=5))
    yield amount("its drawing, brotli 5", size, "bytes", 1150)


def _panel(chance: random.Random) -> PanelData:
    """Return four latencies that wander around a base, two samples a column."""
    window = Window.ending(_NOW, 3600.0, max_columns=2 * _COLUMNS)
    times = array("d", window.instants())
    series = tuple(
        Series({"q": str(base)}, times, array("d", (chance.gauss(base, base * 0.08) for _ in times)))
        for base in (0.021, 0.039, 0.061, 0.09)
    )
    panel = Panel(id="p", source="s", title="Latency", query="q", unit="seconds", kind=PanelKind.LINE)
    return PanelData(panel, 3600.0, window, observed(MetricResult("q", series), _NOW, _NOW, 30.0))

"""Time series as bars, side by side where there are several.

Every sample has a bar of at least one row, so that a zero differs from a gap.
"""

from collections.abc import Sequence

from sitegen.metrics.model import Threshold
from sitegen.units import Window
from sitegen.visualization.charts.line import draw_thresholds
from sitegen.visualization.primitives.axes import HEIGHT, draw_chart, note_origin
from sitegen.visualization.primitives.columns import Plotted
from sitegen.visualization.primitives.scales import ValueScale, column_ticks
from sitegen.visualization.primitives.svg import Markup, Path, draw_path

__all__ = ["MOST_BARS", "draw_bars"]

MOST_BARS = 60
_SHARE = 0.8
"""How much of a column its bars fill."""


def draw_bars(
    plotted: Sequence[Plotted],
    window: Window,
    scale: ValueScale,
    *,
    thresholds: Sequence[Threshold] = (),
    unit: str = "",
) -> Markup:
    """Draw at least one series, each column's mean as a bar from zero."""
    count = len(plotted[0].columns.mean)
    # Twelve units for each bar leave room for gaps on a grid of integers.
    column = 12 * len(plotted)
    width = column * count
    marks = [_draw_series(series, scale, column, len(plotted)) for series in plotted]
    lines, notes = draw_thresholds(thresholds, scale, width, unit)
    return draw_chart(
        (width, HEIGHT),
        [*marks, *lines],
        rows=scale.ticks,
        columns=column_ticks(window, count, plotted[0].columns.group),
        notes=(*note_origin(scale), *notes),
    )


def _draw_series(series: Plotted, scale: ValueScale, column: int, of: int) -> Markup:
    base = round((1 - scale.share(0.0)) * HEIGHT)
    path = Path()
    thick = column * _SHARE / of
    for index, value in enumerate(series.columns.mean):
        if value is None:
            continue
        x = (index + 0.5) * column + (series.number - (of + 1) / 2) * thick
        row = round((1 - scale.share(value)) * HEIGHT)
        if row == base:
            row = base - 1 if base > 0 else 1
        path.move(x, base).line(x, row)
    return draw_path(f"f{series.number}", path, width=thick)

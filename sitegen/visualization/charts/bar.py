"""Time series as bars, side by side where there are several.

A bar is the mean of its column. Where a series' least or greatest sample shares its
column with others, a thin line leads from the bar's end to it, so that the highest mark
is the highest sample there is. Every column with a sample has a bar of at least one row,
so that a zero differs from a gap.
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
    laid = plotted[0].laid
    count = len(laid.cuts) - 1
    # Twelve units for each bar leave room for gaps on a grid of integers.
    column = 12 * len(plotted)
    ends = Path()
    marks = [_draw_series(series, scale, len(plotted), ends) for series in plotted]
    lines, notes = draw_thresholds(thresholds, scale, column * count, unit)
    return draw_chart(
        (column * count, HEIGHT),
        [*marks, draw_path("pk", ends, crisp=True), *lines],
        rows=scale.ticks,
        columns=column_ticks(window, count, laid.group),
        notes=(*note_origin(scale), *notes),
    )


def _draw_series(series: Plotted, scale: ValueScale, of: int, ends: Path) -> Markup:
    """Draw the bars of one of so many series, and its extremes into `ends`."""
    base = scale.row(0.0, HEIGHT)
    path = Path()
    column = 12 * of
    thick = column * _SHARE / of
    rows = scale.rows(series.laid.means(), HEIGHT)

    def middle(index: int) -> float:
        return (index + 0.5) * column + (series.number - (of + 1) / 2) * thick

    for index, row in enumerate(rows):
        if row is not None:
            top = row if row != base else base - 1 if base > 0 else 1
            path.move(middle(index), base).line(middle(index), top)
    for sample in (series.laid.low, series.laid.high):
        if series.laid.shares_column(sample):
            x = middle(sample.column)
            ends.move(x, rows[sample.column] or 0).line(x, scale.row(sample.value, HEIGHT))
    return draw_path(f"f{series.number}", path, width=thick)

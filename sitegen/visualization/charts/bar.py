"""Time series as bars: on one another, or side by side.

A bar is the mean of its column. Where a series' least or greatest sample shares its
column with others, a thin line leads from the bar's end to it, so that the highest mark
is the highest sample there is. Every column with a sample has a bar of at least one row,
so that a zero differs from a gap.
"""

from collections.abc import Sequence

from sitegen.visualization.charts.line import name_layers
from sitegen.visualization.primitives.axes import HEIGHT, Frame, Name, Title, draw_chart
from sitegen.visualization.primitives.columns import Plotted
from sitegen.visualization.primitives.scales import column_ticks
from sitegen.visualization.primitives.svg import Markup, Path, draw_path

MOST_BARS = 60
_COLUMN = 12
"""Units for each bar: they leave room for gaps on a grid of integers."""
_SHARE = 0.8
"""How much of a column its bars fill."""


def draw_bars(plotted: Sequence[Plotted], frame: Frame) -> Markup:
    """Draw at least one series, each column's mean as a bar from zero, beside those of the others."""
    ends = Path()
    marks = [
        _draw_series(one, frame, (_COLUMN * len(plotted), _beside(index, len(plotted))), ends)
        for index, one in enumerate(plotted)
    ]
    names = [Name(one.name, frame.row(one.laid.last.value) / HEIGHT, f"s{one.number}") for one in plotted]
    return _draw_plot(plotted, frame, [*marks, draw_path("pk", ends, crisp=True)], names)


def _beside(index: int, count: int) -> float:
    """Return how far from the middle of a column the bar of one of its series stands."""
    return (index - (count - 1) / 2) * _COLUMN * _SHARE


def draw_stacked_bars(layers: Sequence[Plotted], frame: Frame) -> Markup:
    """Draw sums, the largest first: of each only what is above the next can be seen."""
    ends = Path()
    # The extremes of the whole are drawn, no others stand where they were.
    _draw_series(layers[0], frame, (_COLUMN, 0.0), ends)
    marks = [_draw_series(one, frame, (_COLUMN, 0.0), Path()) for one in layers]
    return _draw_plot(
        layers[:1], frame, [*marks, draw_path("pk", ends, crisp=True)], name_layers(layers, frame)
    )


def _draw_plot(
    plotted: Sequence[Plotted], frame: Frame, marks: Sequence[Markup], names: Sequence[Name]
) -> Markup:
    laid = plotted[0].laid
    count = len(laid.cuts) - 1
    width = _COLUMN * len(plotted) * count
    beside = {one.number: _beside(index, len(plotted)) for index, one in enumerate(plotted)}
    limits, limit_names = frame.limits(width)
    return draw_chart(
        (width, HEIGHT),
        [*marks, *limits],
        rows=frame.scale.ticks,
        columns=column_ticks(frame.window, count, laid.group),
        origin=frame.scale.origin,
        names=(*names, *limit_names),
        happened=frame.marks,
        titles=[
            Title(
                round((one.sample.column + 0.5) * _COLUMN * len(plotted) + beside[one.number]),
                frame.row(one.sample.value),
                one.words,
            )
            for one in frame.told
        ],
    )


def _draw_series(series: Plotted, frame: Frame, place: tuple[int, float], ends: Path) -> Markup:
    """Draw bars in columns so wide, so far from their middle, and the series' extremes into `ends`."""
    base = frame.row(0.0)
    path = Path()
    column, beside = place
    rows = frame.scale.rows(series.laid.means(), HEIGHT)

    def middle(index: int) -> float:
        return (index + 0.5) * column + beside

    for index, row in enumerate(rows):
        if row is not None:
            top = row if row != base else base - 1 if base > 0 else 1
            path.move(middle(index), base).line(middle(index), top)
    for sample in (series.laid.low, series.laid.high):
        if series.laid.shares_column(sample):
            x = middle(sample.column)
            ends.move(x, rows[sample.column] or 0).line(x, frame.row(sample.value))
    return draw_path(f"f{series.number}", path, width=_COLUMN * _SHARE)

"""Time series as lines or areas.

A line goes through the mean of each column, and through the series' own least and
greatest sample at their instants: they stand between the points of the columns beside
them, so the highest point of a drawing is the highest sample there is. A missing column
is a gap in the line; a sample alone between gaps is a short stroke. The series with the
highest sample has a band from the least to the greatest where columns hold several
samples (several bands on one another hide each other).

A series has at most two points more than columns and a point takes at most nine
characters, so noise cannot make a drawing larger than its page thought.
"""

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import NamedTuple

from sitegen.metrics.model import Panel, Threshold
from sitegen.units import Window
from sitegen.visualization.primitives.axes import HEIGHT, Frame, Name, Title, draw_chart
from sitegen.visualization.primitives.columns import Laid, Plotted, Sample, highest, runs
from sitegen.visualization.primitives.scales import (
    LIMIT,
    Ends,
    ValueScale,
    log_scale,
    time_ticks,
    value_scale,
)
from sitegen.visualization.primitives.svg import Markup, Path, draw_path

_WIDTH = 720
_FINE = 60
"""From how many columns on a band takes two at a time: it shows how far samples lie apart, and each step costs bytes."""

_Point = tuple[int, int]


class _Plot(NamedTuple):
    """Places on the grid: a column is `pitch` wide, the middle of the first is at `first`."""

    window: Window
    scale: ValueScale
    width: int
    pitch: int
    first: int

    @classmethod
    def over(cls, window: Window, laid: Laid, scale: ValueScale) -> "_Plot":
        """Make the plot from the window's first instant to its last; every column is as wide in whole units."""
        pitch = max(1, _WIDTH // max(1, len(laid.cuts) - 2))
        width = round(max(1, window.columns - 1) * pitch / laid.group)
        return cls(window, scale, width, pitch, (laid.group - 1) * pitch // (2 * laid.group))

    def place(self, sample: Sample) -> _Point:
        """Return the point of a single sample, at its own instant."""
        share = (sample.at - self.window.start) / max(self.window.step, self.window.end - self.window.start)
        return round(min(max(share, 0.0), 1.0) * self.width), self.scale.row(sample.value, HEIGHT)

    def strokes(
        self, values: Sequence[float | None], reach: int, extremes: Sequence[Sample] = ()
    ) -> list[list[_Point]]:
        """Return each stretch without a gap, with the extremes that lie within it."""
        rows = self.scale.rows(values, HEIGHT)
        strokes = []
        for begin, end in runs(values, reach):
            columns = range(self.first + begin * self.pitch, self.first + end * self.pitch, self.pitch)
            points = [
                (min(x, self.width), row)
                for x, row in zip(columns, rows[begin:end], strict=True)
                if row is not None
            ]
            if found := [self.place(sample) for sample in extremes if begin <= sample.column < end]:
                points = sorted(points + found, key=itemgetter(0))
            strokes.append(points)
        return strokes


def draw_line(plotted: Sequence[Plotted], frame: Frame) -> Markup:
    """Draw at least one series as lines over their window."""
    plot = _Plot.over(frame.window, plotted[0].laid, frame.scale)
    series = [_draw_series(f"s{one.number}", one.laid, plot) for one in plotted]
    names = [Name(one.name, frame.row(one.laid.last.value) / HEIGHT, f"s{one.number}") for one in plotted]
    return _draw_plot(plot, frame, [_draw_band(highest(plotted), plot), *series], names)


def draw_area(plotted: Sequence[Plotted], frame: Frame) -> Markup:
    """Draw at least one series as areas down to zero, on one another."""
    plot = _Plot.over(frame.window, plotted[0].laid, frame.scale)
    base = frame.row(0.0)
    series = [_draw_series(f"a{one.number}", one.laid, plot, base) for one in plotted]
    names = [Name(one.name, frame.row(one.laid.last.value) / HEIGHT, f"s{one.number}") for one in plotted]
    return _draw_plot(plot, frame, [_draw_band(highest(plotted), plot), *series], names)


def draw_layers(layers: Sequence[Plotted], frame: Frame) -> Markup:
    """Draw sums, the largest first: of each only the layer between it and the next can be seen."""
    plot = _Plot.over(frame.window, layers[0].laid, frame.scale)
    base = frame.row(0.0)
    series = [_draw_series(f"v{one.number}", one.laid, plot, base) for one in layers]
    return _draw_plot(plot, frame, series, name_layers(layers, frame))


def name_layers(layers: Sequence[Plotted], frame: Frame) -> list[Name]:
    """Return the name of each layer, beside its middle where it ends."""
    tops = [frame.row(one.laid.last.value) for one in layers]
    return [
        Name(one.name, (top + below) / 2 / HEIGHT, f"s{one.number}")
        for one, top, below in zip(layers, tops, [*tops[1:], frame.row(0.0)], strict=True)
    ]


def _draw_plot(plot: _Plot, frame: Frame, marks: Sequence[Markup], names: Sequence[Name]) -> Markup:
    limits, limit_names = frame.limits(plot.width)
    return draw_chart(
        (plot.width, HEIGHT),
        (*marks, *limits),
        rows=frame.scale.ticks,
        columns=time_ticks(frame.window.start, frame.window.end),
        origin=frame.scale.origin,
        names=(*names, *limit_names),
        happened=frame.marks,
        titles=[Title(*plot.place(one.sample), one.words) for one in frame.told],
    )


def scale_of(plotted: Sequence[Plotted], panel: Panel, *, from_zero: bool) -> ValueScale:
    """Return the scale that holds every sample and the thresholds in reach, and with `from_zero` zero too.

    A panel that wants a logarithm has it where every sample is above zero.
    """
    low = min(series.laid.low.value for series in plotted)
    high = max(series.laid.high.value for series in plotted)
    reached = [one.limit for one in panel.thresholds if _in_reach(one, low, high)]
    ends = Ends(panel.min, panel.max)
    if panel.scale == "log" and low > 1e-290 and high < LIMIT:
        return log_scale(
            min([low, *(limit for limit in reached if limit > 0)]),
            max(high, *reached, high),
            panel.unit,
            ends,
        )
    return value_scale(
        min(low, *reached, low), max(high, *reached, high), panel.unit, from_zero=from_zero, ends=ends
    )


def _in_reach(limit: Threshold, low: float, high: float) -> bool:
    """Return whether a threshold is near enough to be drawn without flattening the data."""
    reach = max(high - low, abs(high), abs(low))
    return low - reach <= limit.limit <= high + reach


def _draw_series(css: str, laid: Laid, plot: _Plot, base: int | None = None) -> Markup:
    """Draw a line, or down to the row `base` an area."""
    path = Path()
    extremes = [sample for sample in (laid.low, laid.high) if laid.shares_column(sample)]
    for points in plot.strokes(laid.means(), laid.reach, extremes):
        if len(set(points)) == 1:
            # One sample alone is drawn as wide as a column, else it could not be seen.
            x, y = points[0]
            half = max(1, plot.pitch // 2)
            points[:] = (max(0, x - half), y), (max(half, min(x + half, plot.width)), y)
        if base is None:
            path.move(*points[0]).through(points)
        else:
            path.move(points[0][0], base).through(points).line(points[-1][0], base).close()
    return draw_path(css, path, crisp=True)


def _draw_band(series: Plotted, plot: _Plot) -> Markup:
    """Draw from the least to the greatest of each stretch; nothing where no column holds several samples."""
    path, group = Path(), 2 if len(series.laid.cuts) > _FINE else 1
    if series.laid.crowded:
        wide = plot._replace(pitch=plot.pitch * group, first=plot.first + plot.pitch * (group - 1) // 2)
        reach = max(1, series.laid.reach // group)
        edges = (wide.strokes(_joined(series.laid.ends(end), group, end), reach) for end in (max, min))
        for upper, lower in zip(*edges, strict=True):
            path.move(*upper[0]).through(upper).through(reversed(lower)).close()
    return draw_path(f"b{series.number}", path)


def _joined(
    values: Sequence[float | None], group: int, end: Callable[[list[float]], float]
) -> list[float | None]:
    """Return the end of each so many values beside one another; None where none of them is known."""
    stretches = (values[begin : begin + group] for begin in range(0, len(values), group))
    known = ([value for value in stretch if value is not None] for stretch in stretches)
    return [end(found) if found else None for found in known]

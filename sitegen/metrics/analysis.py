"""The place of samples in a window."""

import math

from sitegen.metrics.model import Series
from sitegen.units import Window


def align(series: Series, window: Window) -> tuple[float | None, ...]:
    """Place the samples of a series on the columns of a window; None is where it has no sample.

    A sample counts for the nearest instant, a later one of the same instant wins,
    samples outside are left out. NaN and infinities stay what they are: they are
    samples, absence is none.
    """
    columns: list[float | None] = [None] * window.columns
    for time, value in zip(series.times, series.values, strict=True):
        column = math.floor((time - window.start) / window.step + 0.5)
        if 0 <= column < len(columns):
            columns[column] = value
    return tuple(columns)

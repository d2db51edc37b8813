"""From values and instants to places on an axis, and the labels that stand there.

Values step by round numbers (after Heckbert, "Nice Numbers for Graph Labels", Graphics
Gems, 1990), so that five or six ticks hold the data; instants by round seconds, minutes,
hours and days of UTC. Y starts at 0 unless the scale says `y from N`.
"""

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from sitegen.units import DAY, HOUR, MINUTE, PREFIXES, SIZED, Window, format_quantity

LIMIT = 1e300
"""Values beyond are drawn at the edge: near the largest double their differences overflow."""

_LAST_INSTANT = 253_402_300_799.0  # 9999-12-31T23:59:59Z, the last that datetime can write

_TIME_STEPS = (
    *(0.05, 0.1, 0.2, 0.5),
    *(float(n) for n in (1, 2, 5, 10, 15, 30)),
    *(n * MINUTE for n in (1, 2, 5, 10, 15, 30)),
    *(n * HOUR for n in (1, 2, 3, 4, 6, 12)),
    *(n * DAY for n in (1, 2, 5, 10, 30, 90, 180, 365)),
)

_STEPS = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)
_MOST_STEPS = 5


class Tick(msgspec.Struct, frozen=True):
    """A label on an axis; `share` is its place from the axis's start, 0 to 1."""

    share: float
    label: str


class ValueScale(msgspec.Struct, frozen=True):
    """A scale from `low` to `high`; `unit` is the word for the heading, `origin` says where y starts.

    With `log`, equal ratios are equally far apart; `low` is then above zero.
    """

    low: float
    high: float
    ticks: tuple[Tick, ...]
    unit: str = ""
    origin: str = ""
    log: bool = False

    def share(self, value: float) -> float:
        """Return a value's place from the bottom, 0 to 1; beyond the ends it stands at the end."""
        value = min(max(value, self.low), self.high)
        if self.log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def row(self, value: float, height: int) -> int:
        """Return a value's row from the top of a grid so many rows high; beyond the ends it stands at the end."""
        return round((1 - self.share(value)) * height)

    def rows(self, values: Sequence[float | None], height: int) -> list[int | None]:
        """Return the rows of values that lie on the scale; None stays None."""
        if self.log:
            return [None if value is None else self.row(value, height) for value in values]
        high, rows = self.high, height / (self.high - self.low)
        return [None if value is None else round((high - value) * rows) for value in values]


class Ends(NamedTuple):
    """Where an axis begins and ends, unless a value lies beyond."""

    least: float | None = None
    most: float | None = None


_FREE = Ends()


def value_scale(
    low: float, high: float, unit: str, *, from_zero: bool = False, ends: Ends = _FREE
) -> ValueScale:
    """Return the scale for finite values from `low` to `high` in a unit of `sitegen.units`.

    Its lowest tick is at or below the least value, its highest at or above the largest. It
    holds 0, unless all values lie within the last tenth below their largest: then it
    begins below the least, and says so. With `from_zero` (bars and areas,
    whose size is the message) it always holds 0.

    >>> [tick.label for tick in value_scale(0.011, 0.088, "seconds").ticks]
    ['0', '20', '40', '60', '80', '100']
    """
    low, high = max(low, -LIMIT), min(high, LIMIT)
    if unit == "timestamp" and 0 <= low <= high <= _LAST_INSTANT:
        return _calendar_scale(low, high)
    floor = ends.least if ends.least is not None and ends.least <= low else None
    ceiling = ends.most if ends.most is not None and ends.most >= high else None
    if floor is not None:
        low = floor
    elif low >= 0 and (from_zero or not _is_narrow(low, high)):
        low = 0.0
    elif high <= 0 and (from_zero or not _is_narrow(-high, -low)):
        high = 0.0
    high = high if ceiling is None else ceiling
    if high - low < 1e-290:
        low, high = min(low, 0.0), max(high, 0.0) if high > 1e-290 else low + 1.0
    factor, word, letter = _factor(max(abs(low), abs(high)), unit)
    step, first, last = _value_steps(low / factor, high / factor)
    low = first * step * factor if floor is None else low
    high = last * step * factor if ceiling is None else high
    places = [(index * step * factor - low) / (high - low) for index in range(first, last + 1)]
    ticks = [
        Tick(min(max(share, 0.0), 1.0), _tick_label((first + index) * step, step, letter))
        for index, share in enumerate(places)
        if -1e-9 <= share <= 1 + 1e-9
    ]
    begins = _tick_label(low / factor, step if floor is None else abs(low / factor), letter)
    begins = f"{begins}{' ' if word else ''}{word}"
    # A share that is set may be no multiple of the step, and 99.97 % would be 100.0 %.
    begins = format_quantity(floor, unit) if floor is not None and word == "%" else begins
    origin = f"y from {begins}" if low else ""
    return ValueScale(low, high, tuple(ticks), word, origin)


def log_scale(low: float, high: float, unit: str, ends: Ends = _FREE) -> ValueScale:
    """Return the scale by logarithm for finite values above zero, from one power of ten to another.

    Ticks carry their own units where these change with size, so that the heading has none.

    >>> [tick.label for tick in log_scale(0.002, 0.7, "seconds").ticks]
    ['1 ms', '10 ms', '100 ms', '1 s']
    """
    low = ends.least if ends.least is not None and 0 < ends.least <= low else low
    high = ends.most if ends.most is not None and ends.most >= high else high
    first, last = math.floor(math.log10(low) + 1e-9), math.ceil(math.log10(high) - 1e-9)
    every = -(-max(1, last - first) // _MOST_STEPS)
    last = first + every * -(-max(1, last - first) // every)
    known = unit if unit in SIZED else ""
    ticks = tuple(
        Tick((power - first) / (last - first), format_quantity(10.0**power, known))
        for power in range(first, last + 1, every)
    )
    word = "" if known else unit
    return ValueScale(
        10.0**first, 10.0**last, ticks, word, f"y from {format_quantity(10.0**first, unit)}, log", log=True
    )


def fixed(value: float, unit: str, decimals: int) -> str:
    """Format a value with so many decimals, in the unit that suits its size.

    >>> fixed(0.61512, "seconds", 1)
    '615.1 ms'
    """
    factor, word, letter = _factor(abs(value), unit) if value else (1.0, _factor(1.0, unit)[1], "")
    text = f"{value / factor:.{decimals}f}"
    if unit in {"ratio", "percent"} and abs(float(text)) in {0, 100} and float(text) != value / factor:
        # 100 % and 0 % are told of nothing else, however few decimals there are.
        return format_quantity(value, unit)
    return f"{text}{letter}{' ' if word else ''}{word}"


def _is_narrow(low: float, high: float) -> bool:
    return 1e-9 * high < high - low < 0.1 * high


def _value_steps(low: float, high: float) -> tuple[float, int, int]:
    """Return the least round step that holds both values in five steps, and the multiples of it around them."""
    power = 10.0 ** math.floor(math.log10((high - low) / _MOST_STEPS))
    for step in (power * n for n in (*_STEPS, *(10 * n for n in _STEPS))):
        # The small term forgives a value that is a hair beyond its multiple.
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        if last - first <= _MOST_STEPS:
            break
    return step, first, last


def _factor(size: float, unit: str) -> tuple[float, str, str]:
    """Return what to divide ticks by, the word for the heading, the letter for each tick."""
    if not 1e-12 < size < 1e21:
        return 1.0, {"seconds": "s", "bytes": "B", "ratio": ""}.get(unit, unit), ""
    for factor, word in SIZED.get(unit, ()):
        # 90 seconds read better than 1.5 minutes.
        if size >= (2 * factor if factor in (MINUTE, HOUR, DAY) else factor):
            return factor, word, ""
    if unit in SIZED:
        return *SIZED[unit][-1], ""
    for factor, letter in PREFIXES[:-1]:
        if size >= (1e4 if letter == "k" else factor):
            return factor, unit, letter
    return 1.0, unit, ""


def _tick_label(value: float, step: float, letter: str) -> str:
    """Write as many decimals as the step needs to tell ticks apart."""
    if value == 0:
        return "0"
    if not 1e-4 <= abs(value) < 1e6:
        digits = math.floor(math.log10(abs(value))) - math.floor(math.log10(step) + 1e-9) + 1
        return f"{value:.{max(1, digits)}g}"
    # The small term forgives a step that is a hair below its power of ten.
    places = max(0, -math.floor(math.log10(step) + 1e-9))
    # A step of 1.5 or 2.5 has one decimal more than its power of ten.
    places += round(step * 10**places, 6) % 1 > 0
    return f"{value:.{places}f}{letter}"


def _calendar_scale(low: float, high: float) -> ValueScale:
    if high - low < 1:
        low, high = max(0.0, low - 1), high + 1
    ticks = tuple(Tick(tick.share, tick.label) for tick in time_ticks(low, high))
    return ValueScale(low, high, ticks, "UTC", f"y from {_written(low, '%Y-%m-%d %H:%M')}")


def time_ticks(start: float, end: float, *, most: int = 6) -> tuple[Tick, ...]:
    """Return round instants from `start` to `end` (POSIX seconds), at most `most` and at most 4 with seconds.

    A label is the time of day; the first of a new day is the date instead.

    >>> [tick.label for tick in time_ticks(1795422600, 1795425600)]
    ['08:30', '08:40', '08:50', '09:00', '09:10', '09:20']
    """
    span = end - start
    if span <= 0 or not (-LIMIT < start < end < LIMIT):
        return (Tick(0.0, _written(start, "%H:%M")),) if math.isfinite(start) else ()
    step = next((s for s in _TIME_STEPS if _count(start, end, s) <= (most if s >= MINUTE else 4)), None)
    if step is None:
        step = math.ceil(span / most / DAY) * DAY
    first = math.ceil(start / step)
    instants = [index * step for index in range(first, math.floor(end / step) + 1)]
    return tuple(Tick((instant - start) / span, _time_label(instant, step)) for instant in instants)


def column_ticks(window: Window, columns: int, group: int, *, most: int = 6) -> tuple[Tick, ...]:
    """Return round instants for a drawing whose columns have a width; `group` steps make one.

    A step stands in its column's middle, so the plot begins half a step before the
    window and ends where its last column does.
    """
    steps = columns * group
    return tuple(
        Tick((tick.share * (window.columns - 1) + 0.5) / steps, tick.label)
        for tick in time_ticks(window.start, window.end, most=most)
    )


def _count(start: float, end: float, step: float) -> float:
    return math.floor(end / step) - math.ceil(start / step) + 1


def _time_label(instant: float, step: float) -> str:
    if step >= 30 * DAY:
        return _written(instant, "%Y-%m")
    if instant % DAY == 0:
        return _written(instant, "%m-%d")
    if step < 1:
        return f"{instant % MINUTE:.2f} s".replace("0 s", " s")
    return _written(instant, "%H:%M" if step >= MINUTE else "%H:%M:%S")


def _written(instant: float, form: str) -> str:
    if not 0 <= instant <= _LAST_INSTANT:
        return ""
    return datetime.fromtimestamp(instant, UTC).strftime(form)


def log_shares(bounds: Sequence[float]) -> tuple[float, ...]:
    """Return rising bounds their places from 0 to 1 by logarithm; evenly where one is not above 0.

    The places serve the bounds of a histogram: the first bound is the start of the
    first bucket, the last the end of the last.
    """
    if len(bounds) < 2:
        return tuple(0.0 for _ in bounds)
    if bounds[0] <= 0:
        return tuple(index / (len(bounds) - 1) for index in range(len(bounds)))
    start, span = math.log(bounds[0]), math.log(bounds[-1]) - math.log(bounds[0])
    return tuple((math.log(bound) - start) / span for bound in bounds)


def bound_label(bound: float, unit: str) -> str:
    """Write a bucket's bound: with its unit, as buckets reach over many powers of ten."""
    return "∞" if bound == math.inf else format_quantity(bound, unit)

"""What a chart says in words and figures: its sentence, its legend, its table, its notes."""

import math
from collections.abc import Callable, Sequence

import msgspec

from sitegen.freshness import Freshness, Observed
from sitegen.metrics.analysis import judge
from sitegen.metrics.model import MetricResult, PanelData
from sitegen.units import (
    DAY,
    SIZED,
    Instant,
    Part,
    Quantity,
    Sentence,
    Window,
    even,
    even_columns,
    format_duration,
    plain,
    window_label,
)
from sitegen.visualization.charts.histogram import Distribution
from sitegen.visualization.model import LegendEntry, Table
from sitegen.visualization.primitives.axes import Told
from sitegen.visualization.primitives.columns import Laid, Plotted, highest, stretches
from sitegen.visualization.primitives.scales import LIMIT, bound_label, fixed
from sitegen.visualization.primitives.svg import Markup
from sitegen.visualization.standing import Standing

_TABLE_ROWS = 12
_LAST_INSTANT = 253_402_300_799.0
_UNSET = (0.0, -62_135_596_800.0)
"""What a gauge is that nobody has set; the second is how Go writes an instant that it has not."""
_EARLY = 1e8
"""An instant before 1973 is rather a duration, or a count of days."""
_LONGEST = 1e21
"""From here on a number is written with an exponent."""
_FRACTIONS = {
    1e3: "milliseconds: divide by 1000",
    1e6: "microseconds: divide by 1e6",
    1e9: "nanoseconds: divide by 1e9",
}
_POINTS = "percentage points"
_WHOLE = 0.9


Show = Callable[[float | None], Quantity | Instant]
"""How a panel writes its values."""


class Drawing(msgspec.Struct, frozen=True):
    """A chart of one kind with its words; `unit` is the word for its heading, `now` the same with what is now, where that is known."""

    svg: Markup
    summary: Sentence
    legend: tuple[LegendEntry, ...] = ()
    table: Table | None = None
    notes: tuple[str, ...] = ()
    remarks: tuple[Sentence, ...] = ()
    unit: str = ""
    now: "Drawing | None" = None


def show_value(value: float | None, unit: str, decimals: int | None = None) -> Quantity | Instant:
    """Return a value as people should see it: timestamps as instants, all else with its unit.

    A timestamp of 0 is a gauge that nobody has set, and one that is no instant stays a number.
    """
    if value is not None and not math.isfinite(value):
        # No NaN equals another, and figures of the same data are equal.
        return (
            Quantity(None, unit, "NaN")
            if math.isnan(value)
            else Quantity(value, unit, "∞" if value > 0 else "-∞")
        )
    if unit == "timestamp" and value is not None:
        if is_instant(value):
            return Instant(value)
        number = f"{value:.0f}" if abs(value) < _LONGEST else ""
        return Quantity(value, "", "never" if value in _UNSET else number)
    # A ratio near the largest double has no percentage.
    unit = unit if value is None or abs(value) < LIMIT else ""
    return Quantity(value, unit, "" if value is None or decimals is None else fixed(value, unit, decimals))


def is_instant(value: float) -> bool:
    """Return whether a timestamp is an instant that somebody set, in seconds."""
    return 0 < value <= _LAST_INSTANT


def note_instants(several: Sequence[Laid], unit: str) -> tuple[str, ...]:
    """Return why timestamps are shown as numbers, with the unit of time that they may have."""
    values = [value for one in several for value in (one.low.value, one.high.value)]
    odd = next((value for value in values if value not in _UNSET and not is_instant(value)), None)
    if unit != "timestamp" or odd is None:
        early = unit == "timestamp" and any(0 < value < _EARLY for value in values)
        return ("So early an instant may be a duration, or a number of days.",) if early else ()
    perhaps = [words for factor, words in _FRACTIONS.items() if is_instant(odd / factor)]
    return (f"Not an instant in seconds since 1970{f'; perhaps {perhaps[0]}' if perhaps else ''}.",)


def show_bare(value: float | None, unit: str, decimals: int | None = None) -> Quantity | Instant:
    """Return a value as it stands under a heading that has its unit: without one that is a word."""
    return show_value(value, unit if unit in SIZED or unit == "timestamp" else "", decimals)


def summarise_series(
    plotted: Sequence[Plotted], shown: Standing, last: Standing, show: Show, window: Window
) -> Sentence:
    """Format what is shown of now, or else of the last samples, the largest sample with its instant, and the least."""
    low, high = min(series.laid.low.value for series in plotted), highest(plotted).laid.high
    value = _format_standing(shown, last, show, window)
    if low == high.value and shown.value in {None, low}:
        return (*value, " · unchanged")
    return (
        *value,
        *(" · max ", show(high.value), " ", brief(high.at, window)),
        # An instant of a fraction of a second takes the room.
        *((" · min ", show(low)) if window.step >= 1 else ()),
    )


def name_samples(plotted: Sequence[Plotted], summary: Sentence) -> tuple[Told, ...]:
    """Return the samples that a summary of these series names, each with the summary's own words for it.

    Of several series "now" is left out: it is where a line ends, beside its name, and costs bytes.
    """
    top = highest(plotted)
    lowest = min(plotted, key=lambda series: series.laid.low.value)
    samples = {
        "now": (top.number, top.laid.last),
        "last": (top.number, top.laid.last),
        "max": (top.number, top.laid.high),
        "min": (lowest.number, lowest.laid.low),
    }
    phrases = [(words.partition(" ")[0], words) for words in plain(summary).split(" · ")]
    wanted = samples if len(plotted) == 1 else {"max", "min"}
    return tuple(Told(*samples[first], words) for first, words in phrases if first in wanted)


def _format_standing(shown: Standing, last: Standing, show: Show, window: Window) -> Sentence:
    if shown.at is None and shown.value is not None and math.isfinite(shown.value):
        return ("now ", show(shown.value), *((f", {shown.name}",) if shown.name else ()))
    is_now = shown.at is None
    name = f", {last.name}" if last.name else ""
    said = (show(last.value), f"{name}, at ", moment(last.at or window.end, window))
    if is_now and shown.value is not None:
        return (show(shown.value), " now · last ", *said)
    return ("no data now · last " if is_now else "last ", *said)


def moment(at: float, window: Window) -> Instant:
    """Return when a value was: as `brief`, but with its time of day in any window."""
    return Instant(at, form="%m-%d %H:%M") if window.end - window.start > DAY else brief(at, window)


def brief(at: float, window: Window) -> Instant:
    """Return an instant as a window's own figures write it: the time of day, with the date in more than a day."""
    span = window.end - window.start
    if window.step < 1:
        return Instant(at, 3, "%H:%M:%S")
    if span > 30 * DAY:
        return Instant(at, form="%m-%d")
    return Instant(at, form="%m-%d %H:%M" if span > DAY else "%H:%M" if span >= 600 else "%H:%M:%S")


def tell_change(plotted: Sequence[Plotted], unit: str, span: float, window: Window) -> tuple[Sentence, ...]:
    """Return how far the series that moved most is from its first sample, however young the data."""
    changed = max(plotted, key=lambda series: _size(series.laid))
    laid = changed.laid
    first, last = laid.first.value, laid.last.value
    if unit == "timestamp" and not (is_instant(first) and is_instant(last)):
        return ()
    # What differs by its last bits alone was never counted: 100 % and 99.99999 % of a busy processor.
    if math.isclose(first, last) or show_value(first, unit).text == show_value(last, unit).text:
        return ()
    name = changed.name if len(plotted) > 1 else ""
    return ((f"{name} " if name else "", *_format_change(laid, unit, _format_over(laid, span, window)), "."),)


def _size(laid: Laid) -> float:
    """Return how far a series moved, halved: the difference of two huge numbers overflows."""
    return abs(laid.last.value / 2 - laid.first.value / 2)


def _format_over(laid: Laid, span: float, window: Window) -> str:
    """Return the time from a series' first sample to its last, and a window's own name where that is about all of it."""
    # A column of a fraction of a second is a mean, which begins before its instant.
    covered = laid.last.at - laid.first.at + (window.step if window.step < 1 else 0.0)
    if covered + window.step >= _WHOLE * span:
        return f" over {window_label(span)}"
    return f" over {covered:.1f} s" if covered < 10 else f" over {format_duration(covered)}"


def _format_change(laid: Laid, unit: str, over: str) -> Sentence:
    first, last = laid.first.value, laid.last.value
    change = abs(last - first)
    if not math.isfinite(change):
        return (("up" if last > first else "down") + over,)
    shown = {
        "ratio": Quantity(change * 100, _POINTS),
        "percent": Quantity(change, _POINTS),
        "timestamp": Quantity(change, "seconds"),
    }.get(unit, Quantity(change, unit))
    return "up " if last > first else "down ", shown, over


def label_series(
    plotted: Sequence[Plotted], show: Show, data: PanelData, *, now: bool
) -> tuple[LegendEntry, ...]:
    """Return each series' name and class, with its value now or at the window's end, its least, its largest and when that was.

    What is no longer fresh has its last value. It is judged by the panel's thresholds.
    """
    entries = []
    for series in plotted:
        last, low, high = series.laid.last, series.laid.low, series.laid.high
        is_last = series.current or data.observed.status is not Freshness.FRESH
        value = series.now if now else last.value if is_last else series.ending
        cells = (show(value), show(low.value), show(high.value), brief(high.at, data.window))
        state = judge(data.panel.thresholds, value)
        entries.append(LegendEntry(series.name, f"s{series.number}", cells=cells, state=state))
    return tuple(entries)


def tabulate_series(plotted: Sequence[Plotted], show: Show, window: Window, unit: str) -> Table:
    """Return at most 12 rows: the means of even stretches of columns; of timestamps, which have no mean, the last."""
    first = plotted[0].laid
    count = len(first.cuts) - 1
    cuts = stretches(count, _TABLE_ROWS)
    exact = len(cuts) == count and first.group == 1
    of = "last value" if unit == "timestamp" else "mean"
    return Table(
        head=("time", *(series.name for series in plotted)),
        rows=even_columns(
            [
                (
                    brief(window.start + begin * first.group * window.step, window),
                    *(show(_stand_for(series.laid, begin, end, unit)) for series in plotted),
                )
                for begin, end in cuts
            ]
        ),
        numeric=(False, *(True for _ in plotted)),
        caption="" if exact else f"Each row is the {of} from its time up to the next row's.",
    )


def _stand_for(laid: Laid, begin: int, end: int, unit: str) -> float | None:
    if unit != "timestamp":
        mean = laid.mean(begin, end)
        if mean is None:
            return None
        # A mean has no more digits than what it is made of: six are more than anybody reads, and weigh less.
        short = float(f"{mean:.6g}")
        return mean if abs(short) in {1, 100} else short
    return laid.values[laid.cuts[end] - 1] if laid.cuts[begin] < laid.cuts[end] else None


def summarise_distribution(distribution: Distribution, unit: str) -> Sentence:
    """Format p50, p95 and p99."""
    parts: list[Part] = []
    for name, value, words in distribution.spell(unit):
        parts += [f"{' · ' if parts else ''}{name} ", Quantity(value, unit, words)]
    return even(parts)


def tell_fullest(distribution: Distribution, unit: str) -> tuple[Sentence, ...]:
    """Return in which bucket most are; nothing where none has any."""
    fullest = max(range(len(distribution.counts)), key=lambda index: distribution.counts[index])
    if distribution.counts[fullest] <= 0:
        return ()
    return ((f"Most are {_name_bucket(distribution, fullest, unit)}.",),)


def _name_bucket(distribution: Distribution, index: int, unit: str) -> str:
    low, high = distribution.edges[index], distribution.edges[index + 1]
    if math.isinf(high):
        return f"above {bound_label(low, unit)}" if math.isfinite(low) else "anywhere"
    return (
        f"up to {bound_label(high, unit)}"
        if low == -math.inf or (low == 0 and index == 0)
        else (f"above {bound_label(low, unit)} up to {bound_label(high, unit)}")
    )


def tabulate_distribution(distribution: Distribution, unit: str) -> Table:
    """Return the fullest 12 buckets in rising order, with their counts and shares."""
    counts, total = distribution.counts, sum(distribution.counts)
    kept = sorted(sorted(range(len(counts)), key=lambda index: -counts[index])[:_TABLE_ROWS])
    left = f" The {len(kept)} fullest of {len(counts)} buckets." if len(kept) < len(counts) else ""
    return Table(
        head=("bucket", "count", "share"),
        rows=even_columns(
            [
                (
                    _name_bucket(distribution, index, unit),
                    Quantity(counts[index]),
                    Quantity(counts[index] / total if total else None, "ratio"),
                )
                for index in kept
            ]
        ),
        numeric=(False, True, True),
        caption=f"Mean counts over the window.{left}",
    )


def note_observed(observed: Observed[MetricResult]) -> tuple[str, ...]:
    """Return what went wrong on the way, and what the answer lacks."""
    result = observed.value
    notes = [notice.text for notice in observed.notices]
    if result is not None:
        if result.partial:
            notes.append("partial: the source did not answer in full")
        notes += result.not_shown
    return tuple(notes)


_AGES = {Freshness.FRESH: "●", Freshness.STALE: "▲", Freshness.EXPIRED: "✖"}


def format_age(observed: Observed[MetricResult]) -> Sentence:
    """Format a last known answer's class and when it was fetched; nothing of an answer that came in this build.

    An answer of this build has no problems beside it, and its instant would change the page with every cycle.
    """
    if observed.value is None or observed.taken_at is None:
        return ()
    if observed.status is Freshness.FRESH and not observed.notices:
        return ()
    words = f"{_AGES[observed.status]} {observed.status}: last known values, fetched "
    return (words, Instant(observed.taken_at))

"""What a chart says in words and figures: its sentence, its legend, its table, its notes."""

import math
from collections.abc import Sequence

import msgspec

from sitegen.freshness import Freshness, Observed
from sitegen.metrics.model import MetricResult
from sitegen.units import Instant, Part, Quantity, Sentence, Window, format_duration, window_label
from sitegen.visualization.charts.histogram import QUANTILES, Distribution
from sitegen.visualization.model import LegendEntry, Table
from sitegen.visualization.primitives.columns import Laid, Plotted, highest, stretches
from sitegen.visualization.primitives.scales import LIMIT, bound_label
from sitegen.visualization.primitives.svg import Markup

__all__ = [
    "Drawing", "format_age", "label_series", "note_observed", "show_value", "summarise_distribution",
    "summarise_series", "tabulate_distribution", "tabulate_series",
]  # fmt: skip

_TABLE_ROWS = 12
_LAST_INSTANT = 253_402_300_799.0
_POINTS = "percentage points"
_WHOLE = 0.9
_NAMED = 2
"""So many series have their last values told one by one; more would make a sentence that nobody reads."""


class Drawing(msgspec.Struct, frozen=True):
    """A chart of one kind with its words; `unit` is the word for its heading."""

    svg: Markup
    summary: Sentence
    legend: tuple[LegendEntry, ...] = ()
    table: Table | None = None
    notes: tuple[str, ...] = ()
    unit: str = ""


def show_value(value: float | None, unit: str) -> Quantity | Instant:
    """Return a value as people should see it: timestamps as instants, all else with its unit."""
    if unit == "timestamp":
        known = value is not None and 0 <= value <= _LAST_INSTANT
        return Instant(value) if known and value is not None else Quantity(value if known else None)
    # A ratio near the largest double has no percentage.
    return Quantity(value, unit if value is None or abs(value) < LIMIT else "")


def summarise_series(plotted: Sequence[Plotted], unit: str, span: float, window: Window) -> Sentence:
    """Format the values now, the least and the largest with their instants, and the change over the window.

    A window that is shorter than its `span` (seconds) is one of a young site: it is told by its samples.
    """
    several = len(plotted) > 1
    parts: list[Part] = [
        *(_format_range(plotted, unit) if len(plotted) > _NAMED else _format_lasts(plotted, unit))
    ]
    lowest = min(plotted, key=lambda series: series.laid.low.value)
    top = highest(plotted)
    if lowest.laid.low.value == top.laid.high.value:
        over = _format_over(top.laid, span, window)
        return (*parts, f"; unchanged{over}." if over else ".")
    for word, series, sample in (
        ("lowest", lowest, lowest.laid.low),
        ("highest", top, top.laid.high),
    ):
        name = f"{series.name} " if several else ""
        parts += [f"; {word} {name}", show_value(sample.value, unit), " at ", _instant(sample.at, window)]
    changed = max(plotted, key=lambda series: _size(series.laid))
    parts += [
        "; ",
        f"{changed.name} " if several else "",
        *_format_change(changed.laid, unit, _format_over(changed.laid, span, window)),
        ".",
    ]
    return tuple(part for part in parts if part != "")


def _format_lasts(plotted: Sequence[Plotted], unit: str) -> Sentence:
    """Format the last value of each series."""
    parts: list[Part] = []
    for series in plotted:
        parts += [
            ", " if parts else "",
            f"{series.name} " if len(plotted) > 1 else "",
            *_format_last(series, unit, alone=len(plotted) == 1),
        ]
    return tuple(parts)


def _format_range(plotted: Sequence[Plotted], unit: str) -> Sentence:
    """Format between what the last values lie; the legend has each of them."""
    current = sorted((series.laid.last.value, series.name) for series in plotted if series.current)
    if not current:
        return ("No data now",)
    (low, lowest), (high, highest) = current[0], current[-1]
    silent = len(plotted) - len(current)
    rest = f", no data of {silent} series now" if silent else ""
    if low == high:
        return "Now ", show_value(low, unit), " each", rest
    return "Now ", show_value(low, unit), f" ({lowest}) to ", show_value(high, unit), f" ({highest})", rest


def _format_last(series: Plotted, unit: str, *, alone: bool) -> Sentence:
    last = series.laid.last
    value = show_value(last.value, unit)
    if series.current:
        return "Now " if alone else "now ", value
    return f"{'N' if alone else 'n'}o data now, last ", value, " at ", Instant(last.at)


def _size(laid: Laid) -> float:
    """Return how far a series moved, halved: the difference of two huge numbers overflows."""
    return abs(laid.last.value / 2 - laid.first.value / 2)


def _instant(at: float, window: Window) -> Instant:
    return Instant(at, digits=3 if window.step < 1 else 0)


def _format_over(laid: Laid, span: float, window: Window) -> str:
    if window.end - window.start + window.step >= _WHOLE * span:
        return f" over {window_label(span)}"
    # A column of a fraction of a second is a mean, which begins before its instant.
    covered = laid.last.at - laid.first.at + (window.step if window.step < 1 else 0.0)
    return (
        f" over {covered:.1f} s" if 0 < covered < 10 else f" over {format_duration(covered)}" * (covered > 0)
    )


def _format_change(laid: Laid, unit: str, over: str) -> Sentence:
    first, last = laid.first.value, laid.last.value
    if first == last:
        return (f"unchanged{over}",)
    change = abs(last - first)
    if not math.isfinite(change):
        return (("up" if last > first else "down") + over,)
    shown = {
        "ratio": Quantity(change * 100, _POINTS),
        "percent": Quantity(change, _POINTS),
        "timestamp": Quantity(change, "seconds"),
    }.get(unit, Quantity(change, unit))
    return "up " if last > first else "down ", shown, over


def label_series(plotted: Sequence[Plotted], unit: str, letter: str) -> tuple[LegendEntry, ...]:
    """Return each series' name with the class of its sample (a letter of `svg.py`'s table) and its last value."""
    entries = []
    for series in plotted:
        last = series.laid.last
        value: Sentence = (show_value(last.value, unit),)
        if not series.current:
            value = ("last ", *value, " at ", Instant(last.at))
        entries.append(LegendEntry(series.name, f"{letter}{series.number}", value))
    return tuple(entries)


def tabulate_series(plotted: Sequence[Plotted], window: Window, unit: str) -> Table:
    """Return at most 12 rows: the means of even stretches of columns; of timestamps, which have no mean, the last."""
    first = plotted[0].laid
    count = len(first.cuts) - 1
    cuts = stretches(count, _TABLE_ROWS)
    exact = len(cuts) == count and first.group == 1
    of = "last value" if unit == "timestamp" else "mean"
    return Table(
        head=("time", *(series.name for series in plotted)),
        rows=tuple(
            (
                _instant(window.start + begin * first.group * window.step, window),
                *(show_value(_stand_for(series.laid, begin, end, unit), unit) for series in plotted),
            )
            for begin, end in cuts
        ),
        numeric=(False, *(True for _ in plotted)),
        caption="" if exact else f"Each row is the {of} from its time up to the next row's.",
    )


def _stand_for(laid: Laid, begin: int, end: int, unit: str) -> float | None:
    if unit != "timestamp":
        return laid.mean(begin, end)
    return laid.values[laid.cuts[end] - 1] if laid.cuts[begin] < laid.cuts[end] else None


def summarise_distribution(distribution: Distribution, unit: str) -> Sentence:
    """Format p50, p95 and p99 and the fullest bucket."""
    parts: list[Part] = []
    for share, value in zip(QUANTILES, distribution.quantiles, strict=True):
        parts += [f"{', ' if parts else ''}p{share * 100:g} ", Quantity(value, unit)]
    fullest = max(range(len(distribution.counts)), key=lambda index: distribution.counts[index])
    if distribution.counts[fullest] > 0:
        parts += [f"; most are {_name_bucket(distribution, fullest, unit)}"]
    return (*parts, ".")


def _name_bucket(distribution: Distribution, index: int, unit: str) -> str:
    low, high = distribution.edges[index], distribution.edges[index + 1]
    if math.isinf(high):
        return f"above {bound_label(low, unit)}" if math.isfinite(low) else "anywhere"
    return (
        f"up to {bound_label(high, unit)}"
        if low in {0, -math.inf}
        else (f"above {bound_label(low, unit)} up to {bound_label(high, unit)}")
    )


def tabulate_distribution(distribution: Distribution, unit: str) -> Table:
    """Return the fullest 12 buckets in rising order, with their counts and shares."""
    counts, total = distribution.counts, sum(distribution.counts)
    kept = sorted(sorted(range(len(counts)), key=lambda index: -counts[index])[:_TABLE_ROWS])
    left = f" The {len(kept)} fullest of {len(counts)} buckets." if len(kept) < len(counts) else ""
    return Table(
        head=("bucket", "count", "share"),
        rows=tuple(
            (
                _name_bucket(distribution, index, unit),
                Quantity(counts[index]),
                Quantity(counts[index] / total if total else None, "ratio"),
            )
            for index in kept
        ),
        numeric=(False, True, True),
        caption=f"Mean counts over the window.{left}",
    )


def note_observed(observed: Observed[MetricResult]) -> tuple[str, ...]:
    """Return what went wrong on the way, and what the source said beside its answer."""
    result = observed.value
    notes = [problem.message for problem in observed.problems]
    if result is not None:
        notes += [f"partial: {warning}" for warning in result.warnings]
        if result.partial and not result.warnings:
            notes.append("partial: the source did not answer in full")
        notes += [f"info: {info}" for info in result.infos]
        notes += result.not_shown
    return tuple(notes)


_AGES = {Freshness.FRESH: "●", Freshness.STALE: "▲", Freshness.EXPIRED: "✖"}


def format_age(observed: Observed[MetricResult]) -> Sentence:
    """Format a last known answer's class and when it was fetched; nothing of an answer that came in this build.

    An answer of this build has no problems beside it, and its instant would change the page with every cycle.
    """
    if observed.value is None or observed.taken_at is None:
        return ()
    if observed.status is Freshness.FRESH and not observed.problems:
        return ()
    words = f"{_AGES[observed.status]} {observed.status}: last known values, fetched "
    return (words, Instant(observed.taken_at))

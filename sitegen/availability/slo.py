"""Objectives: what was attained, how much of the error budget is left, how fast it burns.

The arithmetic of Google's SRE workbook, chapter 5 ("Alerting on SLOs"): a burn rate
of 1 spends exactly the budget within the objective's window.

    error rate = bad / total            attained = 1 - error rate
    error budget = (1 - target) * total
    burn rate = error rate / (1 - target)

From a probe, total is the observed seconds and bad those that it was down; from two
queries they are requests, bad being total - good.
"""

import math
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from sitegen.availability.counting import Counts
from sitegen.availability.model import Interval, Slo
from sitegen.availability.uptime import uptime
from sitegen.units import DAY, HOUR, Quantity, Sentence, window_label

BURN_ALERTS = {HOUR: 14.4, 6 * HOUR: 6.0, 3 * DAY: 1.0}
"""From which burn rate on someone is called, by window in seconds: table 5-8 of the chapter, for a budget of 30 days."""
_RULES = (("page", 14.4, HOUR, 300.0), ("page", 6.0, 6 * HOUR, 1800.0), ("ticket", 1.0, 3 * DAY, 6 * HOUR))
"""Whom a burn rate calls that is reached over a long window and a short one, in seconds: the same table, figure 5-6."""
BURN_WINDOWS = tuple(dict.fromkeys((*BURN_ALERTS, *(short for *_, short in _RULES))))
"""One hour, six hours, three days, and the short ones beside them: five minutes, half an hour; in seconds."""


_WORDS = {"seconds": ("observed", "were down"), "requests": ("counted", "were not good")}
_COVERAGE = {
    "seconds": "",
    "requests": " Coverage is the share of the window in which the total was there to be counted.",
}


_FUZZ = 1e-12


class BurnRate(msgspec.Struct, frozen=True):
    """How fast the budget went over the last `window` seconds; None where nothing was seen."""

    window: float
    rate: float | None


class SloReport(msgspec.Struct, frozen=True):
    """An objective and how it is met; budgets are in `unit` (seconds or requests).

    `attained` and all that follows from it are None where nothing was observed;
    `budget_left` is below zero when the budget is overspent, and `left_ratio` is its
    share of the total. `alert` is page, ticket or fine by the burn rates, "" where none is known.
    `coverage` is the observed share of the window, None where it is unknown.
    """

    slo: Slo
    unit: str
    burn_rates: tuple[BurnRate, ...]
    coverage: float | None
    formula: Sentence
    attained: float | None = None
    budget_total: float | None = None
    budget_used: float | None = None
    budget_left: float | None = None
    left_ratio: float | None = None
    alert: str = ""

    @property
    def is_met(self) -> bool | None:
        """Whether the objective is met, None where nothing was observed; what binary fractions cannot hold misses nothing."""
        return None if self.attained is None else self.attained >= self.slo.target - _FUZZ


def slo_from_intervals(slo: Slo, intervals: Sequence[Interval], now: float) -> SloReport:
    """Report an objective over one probe's intervals; degraded meets it, no data and maintenance do not count."""
    windows = {window: uptime(intervals, now - window, now) for window in (slo.window, *BURN_WINDOWS)}
    counts = {window: Counts(one.observed - one.down, one.observed) for window, one in windows.items()}
    return _report(slo, "seconds", counts, windows[slo.window].coverage)


def slo_from_counts(slo: Slo, counts: Mapping[float, Counts], coverage: float | None = None) -> SloReport:
    """Report an objective over counters; `counts` has the objective's own window and each of BURN_WINDOWS."""
    return _report(slo, "requests", counts, coverage)


def _report(slo: Slo, unit: str, counts: Mapping[float, Counts], coverage: float | None) -> SloReport:
    total, bad = _total_and_bad(counts.get(slo.window))
    allowed = 1.0 - slo.target
    burnt = {window: _burn_rate(counts.get(window), allowed) for window in BURN_WINDOWS}
    rates = tuple(BurnRate(window, burnt[window]) for window in BURN_ALERTS)
    if total is None or bad is None:
        return SloReport(slo, unit, rates, coverage, (f"Nothing was {_WORDS[unit][0]} in this window yet.",))
    budget = allowed * total
    return SloReport(
        slo=slo,
        unit=unit,
        attained=1.0 - bad / total,
        budget_total=budget,
        budget_used=bad,
        budget_left=budget - bad,
        left_ratio=(budget - bad) / budget if budget > 0 else None,
        burn_rates=rates,
        alert=judge_burn(burnt),
        coverage=coverage,
        formula=_formula(slo, unit, total, bad, budget),
    )


def _total_and_bad(counts: Counts | None) -> tuple[float | None, float | None]:
    """Return what counts, where there is anything; rates are extrapolated, so good may be a little above total."""
    if counts is None or counts.good is None or counts.total is None:
        return None, None
    if not (math.isfinite(counts.good) and math.isfinite(counts.total)) or counts.total <= 0:
        return None, None
    return counts.total, min(counts.total, max(0.0, counts.total - counts.good))


def _burn_rate(counts: Counts | None, allowed: float) -> float | None:
    total, bad = _total_and_bad(counts)
    if total is None or bad is None or allowed <= 0:
        return None
    return bad / total / allowed


def judge_burn(rates: Mapping[float, float | None]) -> str:
    """Return whom these burn rates, by window in seconds, call: page, ticket or fine (nobody); "" where none is known.

    The multiwindow, multi-burn-rate rule of the SRE workbook, chapter 5: the short window tells that it goes on.
    """
    known = {window: rate for window, rate in rates.items() if rate is not None}
    called = (
        word
        for word, least, long, short in _RULES
        if known.get(long, 0.0) >= least and known.get(short, 0.0) >= least
    )
    return next(called, "fine" if known else "")


def _formula(slo: Slo, unit: str, total: float, bad: float, budget: float) -> Sentence:
    """Spell the arithmetic with its numbers."""
    window, target = window_label(slo.window), Quantity(slo.target, "ratio")
    seen, failed, allowed = Quantity(total, unit), Quantity(bad, unit), Quantity(budget, unit)
    attained, (counted, went_bad) = Quantity(1.0 - bad / total, "ratio"), _WORDS[unit]
    start: Sentence = (
        *(f"In the last {window}, ", seen, f" were {counted} and ", failed, f" {went_bad}. Attained: 1 − "),
        *(failed, " / ", seen, " = ", attained, ". The target of ", target),
        *(" allows (1 − ", target, ") × ", seen, " = ", allowed),
    )
    if budget <= 0:
        return (*start, ", so there is no budget to spend.")
    used, left = Quantity(bad / budget, "ratio"), Quantity(abs(budget - bad), unit)
    end = f". A burn rate is the share that failed, divided by 1 − target; at 1 the budget lasts {window}."
    outcome = " of it is used, which leaves " if bad <= budget else " of it is used, which overspends it by "
    return (*start, "; ", used, outcome, left, end, _COVERAGE[unit])


def burn_down_counts(
    report: SloReport, columns: Sequence[tuple[float, float, float]]
) -> list[tuple[float, float]]:
    """Return the share of the budget that was left at the end of each column (POSIX seconds, good, total), as `burn_down` does.

    Increases are extrapolated, so those of the columns are brought to the sum that the whole window has.
    """
    bad = [min(total, max(0.0, total - good)) for _, good, total in columns]
    if not columns or report.budget_used is None or not report.budget_total:
        return []
    spent, points = 0.0, [(columns[0][0] - (columns[-1][0] - columns[0][0]) / max(1, len(columns) - 1), 1.0)]
    scale = report.budget_used / sum(bad) if sum(bad) > 0 else 0.0
    for (at, *_), one in zip(columns, bad, strict=True):
        spent += one * scale
        points.append((at, 1.0 - spent / report.budget_total))
    return points


def burn_down(
    slo: Slo, intervals: Iterable[Interval], now: float, columns: int = 60
) -> list[tuple[float, float]]:
    """Return the share of the budget that was left at `columns` instants up to now: (POSIX seconds, share).

    The budget is that of the whole window as observed, so the line starts at 1, only
    falls, and ends at `left_ratio`. Empty where nothing was observed.
    """
    start = now - slo.window
    known = list(intervals)
    budget = (1.0 - slo.target) * uptime(known, start, now).observed
    if budget <= 0:
        return []
    instants = [start + slo.window * index / (columns - 1) for index in range(columns - 1)] + [now]
    points, used, before = list[tuple[float, float]](), 0.0, start
    for instant in instants:
        used += uptime(known, before, instant).down
        points.append((instant, 1.0 - used / budget))
        before = instant
    return points

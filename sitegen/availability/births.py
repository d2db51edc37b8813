"""Births of counters: what `increase` misses of a series that began within its window.

`increase` takes the first sample of a series as its beginning, so it cannot see what the counter already had then,
and counters of errors are born late, with the first errors. A counter that is born holds what happened since:

    errors_total: no sample for 25 days, then 40, 40, 41 -> increase 1, at birth 40

A series is born in a window where it was not there before it and others of the same objective were: before the window
as well, or in it but earlier (a server's memory may be shorter than the window). One that appeared with its target
and whose process is older than the window is not: what it did before, nobody saw.

Source: the documentation of Prometheus, "Query functions", `increase`, `resets`, and "Writing client libraries",
`process_start_time_seconds`.
"""

import msgspec

from sitegen.units import DAY, window_label

_LEAST_PAST, _MOST_PAST = 3 * DAY, 30 * DAY
"""How far before a window a series is looked for: one that was there comes back, and is not born."""
_TARGET = "on(job, instance)"


class _Span(msgspec.Struct, frozen=True):
    """One window in PromQL, the time before it, and the steps at which first samples are looked for."""

    window: str
    past: str
    step: str
    fine: str
    margin: float

    def first(self, series: str) -> str:
        """Return the expression for the instant of each series' first sample, in steps."""
        return f"min_over_time((0 * {series} + time())[{self.window}:{self.step}])"

    def value(self, series: str) -> str:
        """Return the expression for each series' value at its first fine step."""
        return f"min_over_time(({series} unless {series} offset {self.fine})[{self.window}:{self.fine}])"

    def before(self, series: str) -> str:
        """Return the expression for the series that were there before the window."""
        return f"last_over_time({series}[{self.past}] offset {self.window})"


def spell_births(counter: str, total: str, window: float, scrape: float) -> str:
    """Return the expression for what `sum(increase(counter[window]))` misses of the counters that were born.

    `counter` and `total` are selectors, all times in seconds, `scrape` is that between two samples. Without resets
    the whole count of a series is its last value; with them, what is missed is its value at a first step.
    """
    step = max(60.0, window / 60 // 60 * 60)
    fine = max(min(300.0, step), window / 720 // 60 * 60)
    past = min(_MOST_PAST, max(_LEAST_PAST, 3 * window))
    margin = max(300.0, 4 * scrape, 2 * step)
    labels = [window_label(seconds) for seconds in (window, past, step, fine)]
    span = _Span(labels[0], labels[1], labels[2], labels[3], margin)
    over = f"{counter}[{span.window}]"
    whole = f"(max_over_time({over}) - increase({over})) unless resets({over}) > 0"
    missed = f"{whole} or {span.value(counter)} or last_over_time({over})"
    # One that lived for less than a step is at none, and counts as late.
    appeared = f"({span.first(counter)} or 0 * last_over_time({over}) + time())"
    known_since = f"min(0 * {span.before(total)} or {span.first(total)} + {margin:g})"
    return (
        f"sum(({missed}) and {appeared} > scalar({known_since})"
        f" unless {span.before(counter)} unless ({_came_with_an_old_target(counter, window, span)}))"
    )


def _came_with_an_old_target(counter: str, window: float, span: _Span) -> str:
    """Return the expression for the series that appeared with their target, whose process is older than the window."""
    appeared = f"min by(job, instance)({span.first('up')}) + {span.margin:g}"
    older = f"min_over_time(process_start_time_seconds[{span.window}]) < time() - {window:g}"
    return (
        f"{span.first(counter)} <= {_TARGET} group_left() ({appeared})"
        f" and {_TARGET} {older} unless {_TARGET} {span.before('up')}"
    )

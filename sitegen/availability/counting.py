"""An objective over counters: how its `good` and `total` queries are asked, and what is known of their answers.

http_requests_total{code="200"} over 30d -> sum(increase(http_requests_total{code="200"}[30d]))
sum(rate(errors_total[$window])) over 1h -> sum(rate(errors_total[1h]))

A query with the variables of `sitegen.metrics.variables` comes with them filled in: its step is the window.
"""

import re

import msgspec

from sitegen.units import DAY, Window, window_label

_PLACE = "$window"
# A quote that is never closed reaches to the end, so that no part of a query is read again and again.
_QUOTED = re.compile(
    r"""(?:"(?:[^"\\]|\\.)*(?:"|\\?\Z)|'(?:[^'\\]|\\.)*(?:'|\\?\Z)|`[^`]*(?:`|\Z))""", re.DOTALL
)
_MOST_COLUMNS, _LEAST_STEP = 60, 300.0


class Counts(msgspec.Struct, frozen=True):
    """What two counters rose by in one window; None where a source had no answer."""

    good: float | None
    total: float | None


class Counted(msgspec.Struct, frozen=True):
    """The counts of an objective by window in seconds, and the share of its own window in which `total` was there.

    `coverage` is None where that could not be asked; `lacks` say what the answers lack. `columns` part its own window,
    oldest first: (their end in POSIX seconds, good, total).
    """

    windows: dict[float, Counts]
    coverage: float | None = None
    lacks: tuple[str, ...] = ()
    columns: tuple[tuple[float, float, float], ...] = ()


def check_query(query: str) -> None:
    """Refuse a query that would give the same number over every window: raises ValueError with a sentence."""
    if not (_PLACE in query or selects(query)):
        raise ValueError(
            'is asked over several windows, so it either selects counters, like http_requests_total{code="200"},'
            f" or has [{_PLACE}] in the place of its range"
        )


def spell_query(query: str, window: float) -> str:
    """Return the expression that counts over the last `window` seconds."""
    label = window_label(window)
    return f"sum(increase({query}[{label}]))" if selects(query) else query.replace(_PLACE, label)


def spell_coverage(query: str, window: float, scrape: float) -> tuple[str, int]:
    """Return the expression that counts the steps of a window in which there was anything, and how many steps it has.

    sum(increase(total[5m])) over 7d -> count_over_time((sum(increase(total[5m])))[7d:5m]), 2016

    A step is a minute, or five where the window is longer than a day: that reads each sample once. An increase takes
    two samples, so it is of five minutes, or of four scrapes where these are slower; `scrape` is their distance.
    """
    step = 60.0 if window <= DAY else _LEAST_STEP
    inner = spell_query(query, max(_LEAST_STEP, 4 * scrape))
    return f"count_over_time(({inner})[{window_label(window)}:{window_label(step)}])", max(
        1, int(window // step)
    )


def selects(query: str) -> bool:
    """Return whether a query selects series, without a function or a range; text in quotes may hold anything."""
    return _PLACE not in query and not re.search(r"[(\[]", _QUOTED.sub("", query))


def columns_of(window: float, at: float) -> Window:
    """Part the `window` seconds up to `at` into at most 60 columns, none shorter than five minutes.

    An increase needs two samples: in a shorter column a slow scrape would seem to be missing.
    """
    columns = max(1, min(_MOST_COLUMNS, int(window // _LEAST_STEP)))
    step = window / columns
    return Window(start=at - step * (columns - 1), end=at, step=step)

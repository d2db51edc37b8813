"""The data behind a panel as CSV (RFC 4180), for scripts and spreadsheets.

    time,code 200,code 500
    2026-11-23T07:42:00Z,12.5,
    2026-11-23T07:43:00Z,13.25,0.5

`time` is RFC 3339 UTC, each further column one series by its name in the legend, numbers have the shortest digits
that give the same double. An empty cell means that there is no sample; a sample may be
`NaN`, `Inf` or `-Inf`. Lines end with CRLF.
"""

import csv
import io
import math
from collections.abc import Iterable, Sequence

from sitegen.metrics.model import MetricResult, PanelData
from sitegen.redaction import visible
from sitegen.units import Quantity, rfc3339
from sitegen.visualization.primitives.naming import name_series, tell_apart

__all__ = ["panel_csv", "write_csv"]

_LONGEST = 1_000
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def panel_csv(data: PanelData) -> bytes:
    """Write a panel in one of its windows: a row for each instant of the window that was asked for.

    Samples between the instants have rows of their own. While a source is down, the
    file stays what it was: the last known good answer. Without one, it is the head alone.
    """
    result = data.observed.value
    if result is None:
        return write_csv(("time",), ())
    # Names may become equal once their control characters are visible.
    names = name_series(result.series, data.panel.legend, data.panel.title or "value", _LONGEST)
    names = tell_apart([_harmless(name) for name in names])
    return write_csv(("time", *names), _rows(result))


def _rows(result: MetricResult) -> Iterable[tuple[str, ...]]:
    """Return the cells of each row, oldest first; instants are told apart by their milliseconds."""
    cells: dict[int, dict[int, str]] = {round(at * 1000): {} for at in result.query.window.instants()}
    for column, series in enumerate(result.series):
        for time, value in zip(series.times, series.values, strict=True):
            cells.setdefault(round(time * 1000), {})[column] = _number(value)
    for at in sorted(cells):
        instant = rfc3339(at / 1000, digits=3 if at % 1000 else 0)
        yield (instant, *(cells[at].get(column, "") for column in range(len(result.series))))


def _number(value: float) -> str:
    if math.isfinite(value):
        return Quantity(value).raw
    return "NaN" if math.isnan(value) else "Inf" if value > 0 else "-Inf"


def write_csv(head: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Write a table whose head may be foreign text.

    Control characters of the head become visible, and a name that a spreadsheet would
    take for a formula gets an apostrophe before it (OWASP, CSV injection); the rows are
    numbers and instants and stay as they are.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([_harmless(name) for name in head])
    writer.writerows(rows)
    return text.getvalue().encode()


def _harmless(name: str) -> str:
    shown = visible(name)
    return f"'{shown}" if shown.startswith(_FORMULA) else shown

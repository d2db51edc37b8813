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
from typing import NamedTuple

from sitegen.metrics.model import MetricResult, PanelData
from sitegen.redaction import visible
from sitegen.units import Quantity, rfc3339
from sitegen.visualization.primitives.naming import name_series, tell_apart

_LONGEST = 1_000
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


class PanelCsv(NamedTuple):
    """The file of a panel, and how many of its series it leaves out for being too large."""

    body: bytes
    left_out: int = 0


def panel_csv(data: PanelData, most: float = math.inf) -> PanelCsv:
    """Write a panel in one of its windows: a row for each instant of the window that was asked for.

    Samples between the instants have rows of their own. While a source is down, the
    file stays what it was: the last known good answer. Without one, it is the head alone.
    What would be more than `most` bytes has the panel's `top` series alone, those with the
    largest means; fewer of them where these are too many too.
    """
    result = data.observed.value
    if result is None:
        return PanelCsv(b"time\r\n")
    # Names may become equal once their control characters are visible.
    names = name_series(result.series, data.panel.legend, data.panel.title or "value", _LONGEST)
    names = tell_apart([_harmless(name) for name in names])
    ranked = sorted(range(len(names)), key=lambda column: -_mean(result.series[column].values))
    for count in (len(names), *range(min(data.panel.top, len(names) - 1), 0, -1)):
        columns = sorted(ranked[:count])
        body = write_csv(("time", *(names[one] for one in columns)), _rows(result, columns), most)
        if body is not None:
            return PanelCsv(body, len(names) - count)
    return PanelCsv(b"time\r\n", len(names))


def share_bytes(sizes: Sequence[int], most: int) -> float:
    """Return the size that files are cut to, so that all of them together are at most `most` bytes: the largest first.

    >>> share_bytes([1, 5, 9], 11)
    5.0
    """
    left, count = float(most), len(sizes)
    for size in sorted(sizes):
        if size * count > left:
            return left / count
        left, count = left - size, count - 1
    return math.inf


def _mean(values: Sequence[float]) -> float:
    finite = [value for value in values if math.isfinite(value)]
    # Each is divided first: the sum of the largest doubles is none.
    return math.fsum(value / len(finite) for value in finite) if finite else -math.inf


def _rows(result: MetricResult, columns: Sequence[int]) -> Iterable[tuple[str, ...]]:
    """Return the cells of each row, oldest first; instants are told apart by their milliseconds."""
    cells: dict[int, dict[int, str]] = {round(at * 1000): {} for at in result.query.window.instants()}
    for column in columns:
        series = result.series[column]
        for time, value in zip(series.times, series.values, strict=True):
            cells.setdefault(round(time * 1000), {})[column] = _number(value)
    for at in sorted(cells):
        instant = rfc3339(at / 1000, digits=3 if at % 1000 else 0)
        yield (instant, *(cells[at].get(column, "") for column in columns))


def _number(value: float) -> str:
    if math.isfinite(value):
        return Quantity(value).raw
    return "NaN" if math.isnan(value) else "Inf" if value > 0 else "-Inf"


def write_csv(head: Sequence[str], rows: Iterable[Sequence[str]], most: float = math.inf) -> bytes | None:
    """Write a table whose head may be foreign text; None as soon as it has more than `most` bytes.

    Control characters of the head become visible, and a name that a spreadsheet would
    take for a formula gets an apostrophe before it (OWASP, CSV injection); the rows are
    numbers and instants and stay as they are.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([_harmless(name) for name in head])
    for row in rows:
        if text.tell() > most:
            return None
        writer.writerow(row)
    body = text.getvalue().encode()
    return body if len(body) <= most else None


def _harmless(name: str) -> str:
    shown = visible(name)
    return f"'{shown}" if shown.startswith(_FORMULA) else shown

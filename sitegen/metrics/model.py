"""The records of the metrics room: a query, its series, its answer, and a panel with its answers."""

import sys
from array import array
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from sitegen.freshness import Observed
from sitegen.keys import Form, Key
from sitegen.units import Window

SELF = "self"
"""The source that is always there: sitegen's own history, traces and log."""

if TYPE_CHECKING:
    Column = array[float]
else:  # before Python 3.12 it cannot be subscripted, and msgspec reads annotations when the program runs
    Column = array


class PanelKind(StrEnum):
    """How a panel is drawn."""

    LINE = "line"
    AREA = "area"
    BAR = "bar"
    HEATMAP = "heatmap"
    HISTOGRAM = "histogram"
    STAT = "stat"


# fmt: off
class Threshold(msgspec.Struct, frozen=True):
    """A line across a chart: `above` it, or `below`, the panel is `status` (warn or crit); one of the two is given."""

    value: Annotated[float | None, Key("The same as `above`.", 0.5, unit="the panel's")] = None
    status: Annotated[Literal["warn", "crit"], Key("What the panel is from there on: word, glyph and colour of its values say it.", "crit")] = "warn"
    above: Annotated[float | None, Key("From which value on, in the panel's unit.", 0.5, unit="the panel's")] = None
    below: Annotated[float | None, Key("Below which value, in the panel's unit.", 0.99, unit="the panel's")] = None

    @property
    def limit(self) -> float:
        """Where the line is."""
        return next((one for one in (self.value, self.above, self.below) if one is not None), 0.0)

    def is_reached(self, value: float) -> bool:
        """Return whether a value lies on the wrong side of it; no NaN does."""
        return value >= self.limit if self.below is None else value < self.below


class Panel(msgspec.Struct, frozen=True):
    """A panel of `[[metrics.panels]]`; `windows` are seconds, the first is shown on `/metrics/`."""

    id: Annotated[str, Key("Its name in URLs.", "p95", Form.SLUG)]
    source: Annotated[str, Key("The source that it asks.", "self", absent="the first of `[[metrics.sources]]`, or else `self`")]
    title: Annotated[str, Key("What stands above the chart.", "Request latency", least=1, most=120)]
    query: Annotated[str, Key("What is asked: PromQL, a metric of CloudWatch with its dimensions, or a series of sitegen's own.", 'sitegen_asset_bytes{kind="html"}', least=1, most=100_000)]
    unit: Annotated[str, Key("What its values are, of the units listed below.", "seconds", Form.UNIT)] = ""
    kind: Annotated[PanelKind, Key("How it is drawn.", "area")] = PanelKind.LINE
    windows: Annotated[tuple[float, ...], Key("The times that it shows, the first on `/metrics/`.", ["6h", "7d"], Form.DURATION)] = (3600.0, 86_400.0, 604_800.0)
    legend: Annotated[str, Key("What a line is called, with its labels in braces.", "{{kind}}")] = ""
    thresholds: Annotated[tuple[Threshold, ...], Key("Lines across the chart, each with what it means.", {"above": 0.5, "status": "warn"})] = ()
    top: Annotated[int, Key("How many lines are drawn at most.", 3, unit="lines", least=1)] = 5
    value: Annotated[Literal["max", "min", "sum", "mean", "first"], Key("What stands for several series on the overview and in a `stat`; the page says which it is.", "sum")] = "max"
    stack: Annotated[bool, Key("Whether areas and bars of several series stand on one another; else each stands on zero.", example=False)] = True
    description: Annotated[str, Key("What stands below the chart.", "Ten runs of the same page.", least=1, most=300)] = ""
    group: Annotated[str, Key("The heading that it stands under, with the panels beside it that have the same.", "latency", least=1, most=60)] = ""
    scale: Annotated[Literal["linear", "log"], Key("How values lie on the axis; `log` needs values above zero, and areas and bars have none.", "log")] = "linear"
    min: Annotated[float | None, Key("Where the axis begins, unless a value lies below.", 0.0, unit="the panel's")] = None
    max: Annotated[float | None, Key("Where the axis ends, unless a value lies above.", 100.0, unit="the panel's")] = None
    decimals: Annotated[int | None, Key("How many decimals its values have; else three digits count.", 1, unit="digits", least=0, most=9)] = None
    sort: Annotated[Literal["name", "now", "max", "mean"], Key("What the legend goes by: names, or the largest first.", "max")] = "name"


OWN_TILES = ("build", "site")
"""The tiles that need no panel: how long the last build took, and what it made."""


class Overview(msgspec.Struct, frozen=True):
    """`[overview]`: ids of panels, in their order on the page."""

    tiles: Annotated[tuple[str, ...], Key("What stands in the tiles, at most six: panels, and `build` and `site` for the last build's time and size. The first panels with a value if left out.", ["speed", "build"], Form.SLUG)] = ()
    charts: Annotated[tuple[str, ...], Key("The panels that are drawn large, at most four; the first chart and the first heatmap when left out.", ["speed"], Form.SLUG)] = ()


# fmt: on


class MetricQuery(msgspec.Struct, frozen=True):
    """One expression over one window, asked of one source; and at one instant, `now`, where that is wanted and the source can."""

    source: str
    expression: str
    window: Window
    now: float | None = None


class Series(msgspec.Struct, frozen=True):
    """One line of a chart in two columns of doubles.

    `times` are POSIX seconds in rising order, `values` are finite or NaN/±Inf as the
    source said; an instant that the source left out is not there at all.
    """

    labels: dict[str, str]
    times: Column
    values: Column


class MetricResult(msgspec.Struct, frozen=True):
    """What a source answered: its series in label order, and what it said beside them.

    `partial` says that the source itself called the answer incomplete (warnings,
    or a truncated list); `not_shown` counts series that cannot be drawn and says why.
    `warnings` and `infos` are for operators: the server's own words, and which series those are.
    What is kept or shown has neither. `now` has each series with its one sample at that instant, None where nobody told.
    """

    query: MetricQuery
    series: tuple[Series, ...]
    warnings: tuple[str, ...] = ()
    infos: tuple[str, ...] = ()
    partial: bool = False
    not_shown: tuple[str, ...] = ()
    now: tuple[Series, ...] | None = None


class PanelData(msgspec.Struct, frozen=True):
    """A panel in one of its windows with what is known for it.

    `now` has each series with its one sample at the build's own time, and no series that has ended; None where nobody
    told. It changes with every build, so only pages show it that do so anyway: `moves` says that the window does.
    `colours` has the number of a series' colour by its name in `visualization.colours`.
    """

    panel: Panel
    span: float
    window: Window
    observed: Observed[MetricResult]
    now: tuple[Series, ...] | None = None
    moves: bool = False
    colours: dict[str, int] = {}


def pack_column(column: Column) -> bytes:
    """Format a column of doubles for storing: eight bytes each, IEEE 754, the lowest first."""
    if sys.byteorder == "big":
        column = array("d", column)
        column.byteswap()
    return column.tobytes()


def unpack_column(data: bytes) -> Column:
    """Parse what `pack_column` wrote. Raises ValueError where the bytes are no whole number of doubles."""
    column = array("d")
    column.frombytes(data)
    if sys.byteorder == "big":
        column.byteswap()
    return column

"""The records of the metrics room: a query, its series, its answer, and a panel with its answers."""

from array import array
from enum import StrEnum

import msgspec

from sitegen.freshness import Observed
from sitegen.units import Window

__all__ = ["MetricQuery", "MetricResult", "Panel", "PanelData", "PanelKind", "Series", "Threshold"]


class PanelKind(StrEnum):
    """How a panel is drawn."""

    LINE = "line"
    AREA = "area"
    BAR = "bar"
    HEATMAP = "heatmap"
    HISTOGRAM = "histogram"
    STAT = "stat"


class Threshold(msgspec.Struct, frozen=True):
    """A line across a chart: from `value` on, the panel is `status` (warn or crit)."""

    value: float
    status: str


class Panel(msgspec.Struct, frozen=True):
    """A panel of `[[metrics.panels]]`; `windows` are seconds, the first is shown on `/metrics/`."""

    id: str
    source: str
    title: str
    query: str
    unit: str = ""
    kind: PanelKind = PanelKind.LINE
    windows: tuple[float, ...] = (3600.0, 86_400.0, 604_800.0)
    legend: str = ""
    thresholds: tuple[Threshold, ...] = ()
    top: int = 5


class MetricQuery(msgspec.Struct, frozen=True):
    """One expression over one window, asked of one source."""

    source: str
    expression: str
    window: Window


class Series(msgspec.Struct, frozen=True):
    """One line of a chart in two columns of doubles.

    `times` are POSIX seconds in rising order, `values` are finite or NaN/±Inf as the
    source said; an instant that the source left out is not there at all.
    """

    labels: dict[str, str]
    times: "array[float]"
    values: "array[float]"


class MetricResult(msgspec.Struct, frozen=True):
    """What a source answered: its series in label order, and what it said beside them.

    `partial` says that the source itself called the answer incomplete (warnings,
    or a truncated list); `not_shown` counts series that cannot be drawn and says why.
    """

    query: MetricQuery
    series: tuple[Series, ...]
    warnings: tuple[str, ...] = ()
    infos: tuple[str, ...] = ()
    partial: bool = False
    not_shown: tuple[str, ...] = ()


class PanelData(msgspec.Struct, frozen=True):
    """A panel in one of its windows with what is known for it now; so many panels, itself included, share its page."""

    panel: Panel
    span: float
    window: Window
    observed: Observed[MetricResult]
    sharing: int = 1

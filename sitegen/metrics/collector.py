"""The Metric Collector: which queries a build needs, and how an answer is kept.

`encode` and `decode` carry an answer through the last-known-good cache.
"""

import math
from collections.abc import Collection, Mapping, Sequence

import msgspec
from msgspec.structs import astuple, replace

from sitegen.metrics.model import (
    SELF,
    Column,
    MetricQuery,
    MetricResult,
    Panel,
    PanelKind,
    Series,
    pack_column,
    unpack_column,
)
from sitegen.metrics.variables import fill_in
from sitegen.units import Window, nice_step

CALM_WINDOW = 6 * 3600.0
CALM_CYCLES = 4
CALM_STEP = 300.0
FITTED_CYCLES = 2
"""In a young site's own windows a column spans two cycles, so that one lost cycle breaks no line."""
HOST_YOUTH, HOST_REST = 5, 16
SETTLE = 2.0
"""Windows end this many seconds ago: a scrape that is being stored would change an answer after it was drawn."""
_COLUMNS, _FEWEST = 240, 10


class Past(msgspec.Struct, frozen=True):
    """What the history of sitegen itself holds, in POSIX seconds.

    `begun` is the slot of the first build, `calm` the instant up to which its pages look.
    """

    begun: float
    calm: float


def query_of(  # noqa: PLR0917 - a panel, its window and the clock
    panel: Panel, span: float, now: float, cycle: float, least_step: float = 1.0, past: Past | None = None
) -> MetricQuery:
    """Return the query of a panel in its window of `span` seconds; all times in seconds.

    The history of sitegen itself gains a point each cycle. In its windows up to six hours
    a column spans at least four cycles, so that these pages do not change every cycle.
    A site that is younger than one column has its windows end at what it has instead of at
    a multiple of the step: its first hours would be three hours of "no data".
    """
    if panel.source == SELF and span <= CALM_WINDOW:
        least_step = max(least_step, CALM_CYCLES * cycle)
    window = Window.ending(now, span, least_step=least_step)
    if panel.source == SELF and past is not None and past.begun <= past.calm:
        end = _young_end(past, cycle) if window.end < past.begun else window.end
        window = _fit(window, end, past.begun, FITTED_CYCLES * cycle)
    return MetricQuery(source=panel.source, expression=panel.query, window=window)


def _fit(window: Window, end: float, begun: float, least_step: float) -> Window:
    """Return a window that ends at `end` and reaches back no further than there is anything, but for ten columns."""
    late = end - window.end
    if window.start + late >= begun:
        return Window(start=window.start + late, end=end, step=window.step)
    step = nice_step(max(least_step, (end - begun) / _COLUMNS))
    columns = max(_FEWEST, math.floor((end - begun) / step) + 1)
    return Window(start=end - (columns - 1) * step, end=end, step=step)


def host_window(span: float, now: float, cycle: float, begun: float, first: Window) -> Window:
    """Return the window of a panel on the machine that builds; all times in seconds.

    Through five cycles that is the `first` half second, which was read closely; then these five
    cycles, and then all that there is up to each sixteenth cycle: with a column a cycle,
    moving more often would change too many objects.
    """
    youth = HOST_YOUTH * cycle
    if now - begun < youth:
        return first
    rest = max(cycle, min(HOST_REST * cycle, span / 4))
    window = Window.ending((now - SETTLE) // rest * rest, span, least_step=cycle)
    return _fit(window, max(window.end, begun + youth), begun, cycle)


def _young_end(past: Past, cycle: float) -> float:
    """Return where a young past is looked at to: its first slot, then 10, 20, 40 minutes, so that pages rest.

    The cycle that begins at that instant is left out: it stores its sample only after this.
    """
    age = past.calm - past.begun
    if age < 2 * CALM_STEP:
        return past.begun
    return past.begun + CALM_STEP * 2.0 ** math.floor(math.log2(age / CALM_STEP)) - cycle


def plan_queries(  # noqa: PLR0917 - panels, the clock, and what is known of their sources
    panels: Sequence[Panel],
    now: float,
    cycle: float,
    least_steps: Mapping[str, float] | None = None,
    past: Past | None = None,
    unseen: Collection[str] = (),
    scrapes: Mapping[str, float] | None = None,
) -> dict[tuple[str, float], MetricQuery]:
    """Return the query of each panel's id and window in seconds; panels that ask the same have equal ones.

    `least_steps` names, by source, the shortest step in seconds that it can answer;
    `past` is None where no build is on record. `unseen` are the panels on series that
    no build has stored yet: their windows rest where the past begins. `scrapes` are the seconds between two
    samples of the sources whose queries have variables.
    """
    shortest, seconds = least_steps or {}, scrapes or {}

    def ask(panel: Panel, span: float) -> MetricQuery:
        if past and panel.id in unseen:
            return query_of(panel, span, past.begun, cycle)
        query = query_of(panel, span, now, cycle, shortest.get(panel.source, 1.0), past)
        if panel.source not in seconds:
            return query
        return replace(query, expression=fill_in(panel.query, query.window.step, span, seconds[panel.source]))

    return {(panel.id, span): ask(panel, span) for panel in panels for span in panel.windows}


def ask_now(
    panels: Sequence[Panel],
    plan: Mapping[tuple[str, float], MetricQuery],
    now: float,
    sources: Collection[str],
) -> dict[tuple[str, float], MetricQuery]:
    """Return the plan in which the first window of each panel on one of these sources also asks what is `now`.

    Buckets do not: what a histogram tells is of its whole window. Queries that were equal still are.
    """
    buckets = {PanelKind.HEATMAP, PanelKind.HISTOGRAM}
    firsts = {
        plan[panel.id, panel.windows[0]]
        for panel in panels
        if panel.source in sources and panel.kind not in buckets
    }
    return {key: replace(query, now=now) if query in firsts else query for key, query in plan.items()}


_VERSION = 1
_Cached = tuple[
    int, MetricQuery, tuple[tuple[dict[str, str], Column, Column], ...], tuple[str, ...], tuple[str, ...], bool, tuple[str, ...]
]  # fmt: skip
"""An answer in the cache: the version of this form, then the fields of `MetricResult` and of its series in their order.

A server's own words have their places, and are neither kept nor read: an earlier sitegen kept them.
"""

_ENCODER = msgspec.msgpack.Encoder(enc_hook=pack_column)
_DECODER = msgspec.msgpack.Decoder(_Cached, dec_hook=lambda _, data: unpack_column(data))


def encode(result: MetricResult) -> bytes:
    """Format an answer for the cache."""
    series = [astuple(one) for one in result.series]
    said = ((), (), result.partial, result.not_shown)
    return _ENCODER.encode((_VERSION, replace(result.query, now=None), series, *said))


def decode(data: bytes) -> MetricResult | None:
    """Parse an answer from the cache; what is damaged, or of another version, is None."""
    try:
        version, query, columns, _, _, partial, not_shown = _DECODER.decode(data)
    except (ValueError, RecursionError):
        return None
    series = tuple(Series(*one) for one in columns)
    if version != _VERSION or any(len(one.times) != len(one.values) for one in series):
        return None
    return MetricResult(query, series, partial=partial, not_shown=not_shown)

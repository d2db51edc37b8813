"""The section of metrics: what is known of each panel in each of its windows, and what it is now."""

from collections.abc import Awaitable

from msgspec.structs import replace

from sitegen.config import Config
from sitegen.config.model import CloudWatch
from sitegen.findings import BuildContext, MetricFindings
from sitegen.freshness import Freshness, Observed
from sitegen.metrics.analysis import key_of, newest, still_current
from sitegen.metrics.cloudwatch import LEAST_STEP
from sitegen.metrics.model import MetricQuery, MetricResult, Panel, PanelData, Series
from sitegen.pipeline.gather.sources import Answered
from sitegen.pipeline.run import Section

_NEW = 600.0
"""For how many seconds the newest sample of a source that tells no instants is what it is now."""


async def gather_metrics(
    config: Config, answers: Awaitable[Answered], context: BuildContext
) -> Section[MetricFindings]:
    """Wait for what was answered, and put it together with the panels that asked."""
    answered = await answers
    # Its newest minute comes with its window; what a server tells of the instant is new in every build.
    paces = {one.name: LEAST_STEP for one in config.metric_sources if isinstance(one, CloudWatch)}
    panels = tuple(
        panel_data(
            panel,
            span,
            answered.queries[panel.id, span],
            answered.panels[panel.id, span],
            context,
            paces.get(panel.source, 0.0),
        )
        for panel in config.panels
        for span in panel.windows
        if (panel.id, span) in answered.queries
    )
    return Section(
        MetricFindings(panels, answered.rows), (*answered.warnings, *answered.faults), answered.remarks
    )


def panel_data(  # noqa: PLR0917 - a panel, its answer, the clock
    panel: Panel,
    span: float,
    query: MetricQuery,
    observed: Observed[MetricResult],
    context: BuildContext,
    pace: float = 0.0,
) -> PanelData:
    """Put a panel and its answer together, without the query: nothing that is shown or recorded needs it.

    An answer is drawn in its own window, so that last known values stay where they were. In the first window it has
    what is now: as the source said it, or else its newest samples. It moves where its step is no longer than its
    `pace` in seconds.
    """
    is_first, is_told = span == panel.windows[0], query.now is not None
    now = _now(observed, None if is_told else context.now - _NEW, context.now) if is_first else None
    moves = is_first and query.window.step <= (context.cycle if is_told else pace)
    if (result := observed.value) is not None:
        query = replace(result.query, expression="", now=None)
        observed = replace(observed, value=replace(result, query=query, now=None))
    return PanelData(replace(panel, query=""), span, query.window, observed, now, moves)


def _now(observed: Observed[MetricResult], since: float | None, now: float) -> tuple[Series, ...] | None:
    """Return what an answer says of now, or its samples that are not older than `since`; None where nothing is known.

    What comes seldom is still what it was at its last sample.
    """
    if observed.value is None or observed.status is not Freshness.FRESH:
        return None
    result = observed.value
    told = result.now if since is None else newest(result.series, since) or None
    known = {key_of(one) for one in told or ()}
    seldom = still_current(result.series, result.query.window.step, now)
    late = tuple(one for one in seldom if key_of(one) not in known)
    return (*(told or ()), *late) if late else told

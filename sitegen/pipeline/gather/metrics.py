"""The section of metrics: what is known of each panel in each of its windows."""

from collections.abc import Awaitable

from msgspec.structs import replace

from sitegen.config import Config
from sitegen.findings import MetricFindings
from sitegen.freshness import Observed
from sitegen.metrics.model import MetricQuery, MetricResult, Panel, PanelData
from sitegen.pipeline.gather.sources import Answered
from sitegen.pipeline.run import Section


async def gather_metrics(config: Config, answers: Awaitable[Answered]) -> Section[MetricFindings]:
    """Wait for what was answered, and put it together with the panels that asked."""
    answered = await answers
    panels = tuple(
        panel_data(panel, span, answered.queries[panel.id, span], answered.panels[panel.id, span])
        for panel in config.panels
        for span in panel.windows
        if (panel.id, span) in answered.queries
    )
    return Section(
        MetricFindings(panels, answered.rows), (*answered.warnings, *answered.faults), answered.remarks
    )


def panel_data(panel: Panel, span: float, query: MetricQuery, observed: Observed[MetricResult]) -> PanelData:
    """Put a panel and its answer together, without the query: nothing that is shown or recorded needs it.

    An answer is drawn in its own window, so that last known values stay where they were.
    """
    if (result := observed.value) is not None:
        query = replace(result.query, expression="")
        observed = replace(observed, value=replace(result, query=query))
    return PanelData(panel=replace(panel, query=""), span=span, window=query.window, observed=observed)

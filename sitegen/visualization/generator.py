"""The Visualization Generator's front door: a panel's data in, a figure out.

The other drawings take the records of their own rooms; they stand here beside it.
"""

from collections.abc import Sequence

from msgspec import structs

from sitegen.metrics.model import PanelData, PanelKind
from sitegen.units import window_label
from sitegen.visualization.charts.bucket_panel import draw_bucket_panel
from sitegen.visualization.charts.burndown import draw_burndown, draw_gauge
from sitegen.visualization.charts.runs import draw_runs
from sitegen.visualization.charts.series_panel import draw_series_panel
from sitegen.visualization.charts.share import draw_share
from sitegen.visualization.charts.sparkline import draw_backdrop
from sitegen.visualization.charts.uptime import draw_months, draw_uptime
from sitegen.visualization.diagrams.breakdown import draw_breakdown
from sitegen.visualization.diagrams.lanes import draw_lanes, draw_load
from sitegen.visualization.diagrams.servicemap import draw_service_map
from sitegen.visualization.diagrams.waterfall import draw_guides, draw_waterfall
from sitegen.visualization.marks import Event, place_marks
from sitegen.visualization.model import Figure
from sitegen.visualization.primitives.axes import draw_empty
from sitegen.visualization.words import Drawing, format_age, note_observed

__all__ = [
    "draw_backdrop", "draw_breakdown", "draw_burndown", "draw_gauge", "draw_guides", "draw_lanes", "draw_load", "draw_months", "draw_panel", "draw_runs", "draw_service_map", "draw_share",
    "draw_uptime", "draw_waterfall",
]  # fmt: skip


def draw_panel(data: PanelData, columns: int, events: Sequence[Event] = (), not_in_csv: int = 0) -> Figure:
    """Draw a panel in its window, on at most so many columns, with everything that says the same in words.

    What of the events lies in the window is marked. The heading carries the unit of the axis. Without anything to draw the figure says
    so, and its notes say why; the data file is named where there was an answer, with the series it lacks.
    """
    panel = data.panel
    drawing = _draw(data, columns, events, in_csv=not not_in_csv)
    figure = Figure(
        id=panel.id,
        title=f"{panel.title}, {drawing.unit}" if drawing.unit else panel.title,
        summary=drawing.summary,
        svg=drawing.svg,
        legend=drawing.legend,
        table=drawing.table,
        csv=f"/metrics/{panel.id}.{window_label(data.span)}.csv" if data.observed.value else None,
        notes=(*note_observed(data.observed), *drawing.notes),
        remarks=(
            *(((panel.description,),) if panel.description else ()),
            *drawing.remarks,
            *(
                ((f"The CSV lacks {not_in_csv} series, those with the smallest means.",),)
                if not_in_csv
                else ()
            ),
        ),
        age=format_age(data.observed),
    )
    if (now := drawing.now) is None:
        return figure
    told = structs.replace(figure, summary=now.summary, svg=now.svg, legend=now.legend, column="now")
    return structs.replace(figure, now=told)


def _draw(data: PanelData, columns: int, events: Sequence[Event], *, in_csv: bool) -> Drawing:
    result, kind = data.observed.value, data.panel.kind
    if result is None or not result.series:
        # Series that cannot be shown are named by the notes of the answer.
        why = ("The query gave no series.",) if result and not result.not_shown else ()
        return Drawing(
            svg=draw_empty("st" if kind is PanelKind.STAT else "ch"), summary=("no data",), notes=why
        )
    if kind in {PanelKind.HEATMAP, PanelKind.HISTOGRAM}:
        return draw_bucket_panel(data, result.series)
    return draw_series_panel(data, result.series, columns, place_marks(events, data.window), in_csv=in_csv)

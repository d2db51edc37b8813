"""What is drawn in a worker: one value in, everything drawn from it out."""

from sitegen.feeds.csv import panel_csv
from sitegen.metrics.model import PanelData
from sitegen.output import OutputFile
from sitegen.pages.findings import PanelDrawing
from sitegen.pages.trace import trace_view
from sitegen.pages.views import TraceView
from sitegen.traces.model import Edge, Trace
from sitegen.units import window_label
from sitegen.visualization.generator import draw_breakdown, draw_panel, draw_service_map, draw_waterfall

__all__ = ["draw_map", "draw_panel_files", "draw_trace"]


def draw_panel_files(order: tuple[PanelData, int]) -> PanelDrawing:
    """Draw a panel in its number of columns and write its CSV."""
    data, columns = order
    path = f"metrics/{data.panel.id}.{window_label(data.span)}.csv"
    return PanelDrawing(data=data, figure=draw_panel(data, columns), csv=OutputFile(path, panel_csv(data)))


def draw_trace(trace: Trace) -> TraceView:
    """Draw a trace's waterfall and where its time went, and put them on its page."""
    return trace_view(trace, draw_waterfall(trace), draw_breakdown(trace))


def draw_map(edges: tuple[Edge, ...]) -> str | None:
    """Draw the service map, where it is small enough to be read."""
    return draw_service_map(edges)

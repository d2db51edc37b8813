"""The stage of drawing: values in, figures out; what takes long is drawn in processes."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from sitegen.concurrency.manager import Manager
from sitegen.concurrency.visualizer import draw_build
from sitegen.errors import Problem
from sitegen.feeds.csv import panel_csv
from sitegen.findings import Findings
from sitegen.metrics.model import PanelData
from sitegen.output import OutputFile
from sitegen.pages.drawn import Drawn, TraceDrawing
from sitegen.pages.metrics import count_columns
from sitegen.traces.model import Edge, Trace
from sitegen.units import window_label
from sitegen.visualization.generator import (
    draw_breakdown,
    draw_burndown,
    draw_panel,
    draw_service_map,
    draw_uptime,
    draw_waterfall,
)
from sitegen.visualization.marks import Event, list_events
from sitegen.visualization.model import Figure

__all__ = ["PanelDrawing", "draw", "draw_map", "draw_panel_files", "draw_trace"]


class PanelDrawing(NamedTuple):
    """A panel's figure, and its data as CSV."""

    figure: Figure
    csv: OutputFile


async def draw(manager: Manager, findings: Findings) -> Drawn:
    """Draw everything that was found; what could not be drawn is left out and told as a problem."""
    found = findings.traces
    panels = findings.metrics.panels
    columns = count_columns(list({data.panel.id: data.panel for data in panels}.values()))
    events = list_events(findings)
    orders = [(data, columns[_key(data)], events) for data in panels]
    traces = [trace for trace in found.traces if trace.trace_id in found.paged]
    edges = [found.edges] if found.edges else []
    figures, waterfalls, maps = await asyncio.gather(
        manager.cpu("metrics", draw_panel_files, orders, name=_panel_name),
        manager.cpu("traces", draw_trace, traces, name=lambda trace: f"draw {trace.trace_id[:8]}"),
        manager.cpu("traces", draw_map, edges, name=lambda _: "draw service map"),
    )
    drawn = [
        (_key(data), one) for data, one in zip(panels, figures, strict=True) if isinstance(one, PanelDrawing)
    ]
    return Drawn(
        lanes=draw_build(findings.build.record),
        panels={key: one.figure for key, one in drawn},
        files=tuple(one.csv for _, one in drawn),
        traces={
            trace.trace_id: one
            for trace, one in zip(traces, waterfalls, strict=True)
            if isinstance(one, TraceDrawing)
        },
        map=next((one for one in maps if isinstance(one, str)), None),
        bars={one.status.id: draw_uptime(one.days) for one in findings.availability.services},
        burndowns={
            one.report.slo.id: draw_burndown(one.remaining) for one in findings.availability.objectives
        },
        problems={"metrics": _problems(figures), "traces": _problems([*waterfalls, *maps])},
    )


def draw_panel_files(order: tuple[PanelData, int, tuple[Event, ...]]) -> PanelDrawing:
    """Draw a panel in its number of columns with what happened meanwhile, and write its CSV."""
    data, columns, events = order
    path = f"metrics/{data.panel.id}.{window_label(data.span)}.csv"
    return PanelDrawing(draw_panel(data, columns, events), OutputFile(path, panel_csv(data)))


def draw_trace(trace: Trace) -> TraceDrawing:
    """Draw a trace's waterfall and where its time went."""
    return TraceDrawing(draw_waterfall(trace), draw_breakdown(trace))


def draw_map(edges: tuple[Edge, ...]) -> str | None:
    """Draw the service map, where it is small enough to be read."""
    return draw_service_map(edges)


def _problems(results: Sequence[object]) -> tuple[Problem, ...]:
    return tuple(one for one in results if isinstance(one, Problem))


def _key(data: PanelData) -> tuple[str, float]:
    return data.panel.id, data.span


def _panel_name(order: tuple[PanelData, int, tuple[Event, ...]]) -> str:
    data, *_ = order
    return f"draw {data.panel.id} {window_label(data.span)}"

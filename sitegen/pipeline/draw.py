"""The stage of drawing: values in, figures out; what takes long is drawn in processes."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from sitegen.concurrency.manager import Manager
from sitegen.concurrency.visualizer import draw_build
from sitegen.errors import Problem, notices_of
from sitegen.feeds.csv import panel_csv, share_bytes
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

_CSV, _ALL_CSV = 1_000_000, 16_000_000
"""Bytes of one CSV file, and of all of them together, at most."""


class PanelOrder(NamedTuple):
    """A panel to draw: its data, how many columns it may have, what happened meanwhile, and the most bytes of its CSV."""

    data: PanelData
    columns: int
    events: tuple[Event, ...]
    most: float = _CSV


class PanelDrawing(NamedTuple):
    """A panel's figure, its data as CSV, and how many series that lacks."""

    figure: Figure
    csv: OutputFile
    left_out: int = 0


async def draw(manager: Manager, findings: Findings) -> tuple[Drawn, dict[str, tuple[Problem, ...]]]:
    """Draw everything that was found; return it, and by section the problems of what is left out."""
    found = findings.traces
    panels = findings.metrics.panels
    columns = count_columns(list({data.panel.id: data.panel for data in panels}.values()))
    events = list_events(findings)
    orders = [PanelOrder(data, columns[_key(data)], events) for data in panels]
    traces = [trace for trace in found.traces if trace.trace_id in found.paged]
    edges = [found.edges] if found.edges else []
    figures, waterfalls, maps = await asyncio.gather(
        _draw_panels(manager, orders),
        manager.cpu("traces", draw_trace, traces, name=lambda trace: f"draw {trace.trace_id[:8]}"),
        manager.cpu("traces", draw_map, edges, name=lambda _: "draw service map"),
    )
    drawn = [
        (_key(data), one) for data, one in zip(panels, figures, strict=True) if isinstance(one, PanelDrawing)
    ]
    problems = {
        "metrics": (*_problems(figures), *_cut(panels, figures)),
        "traces": _problems([*waterfalls, *maps]),
    }
    everything = Drawn(
        lanes=draw_build(findings.build.record),
        panels={key: one.figure for key, one in drawn},
        files=tuple(one.csv for _, one in drawn),
        traces={
            trace.trace_id: one
            for trace, one in zip(traces, waterfalls, strict=True)
            if isinstance(one, TraceDrawing)
        },
        map=next((one for one in maps if isinstance(one, str)), None),
        bars={one.status.id: draw_uptime(one.days, one.downtimes) for one in findings.availability.services},
        burndowns={
            one.report.slo.id: draw_burndown(one.remaining) for one in findings.availability.objectives
        },
        notices={name: notices_of(found) for name, found in problems.items()},
    )
    return everything, problems


async def _draw_panels(manager: Manager, orders: Sequence[PanelOrder]) -> list[PanelDrawing | Problem]:
    """Draw every panel; where all CSV files together are too much, those that are too large again, with less."""
    drawn = await manager.cpu("metrics", draw_panel_files, orders, name=_panel_name)
    sizes = [len(one.csv.body) if isinstance(one, PanelDrawing) else 0 for one in drawn]
    share = share_bytes(sizes, _ALL_CSV)
    large = [place for place, size in enumerate(sizes) if size > share]
    again = [orders[place]._replace(most=share) for place in large]
    smaller = await manager.cpu("metrics", draw_panel_files, again, name=_panel_name) if again else []
    for place, one in zip(large, smaller, strict=True):
        drawn[place] = one
    return drawn


def draw_panel_files(order: PanelOrder) -> PanelDrawing:
    """Draw a panel in its number of columns with what happened meanwhile, and write its CSV."""
    data = order.data
    path = f"metrics/{data.panel.id}.{window_label(data.span)}.csv"
    csv = panel_csv(data, order.most)
    figure = draw_panel(data, order.columns, order.events, csv.left_out)
    return PanelDrawing(figure, OutputFile(path, csv.body), csv.left_out)


def _cut(panels: Sequence[PanelData], figures: Sequence[PanelDrawing | Problem]) -> tuple[Problem, ...]:
    """Return a problem for each CSV that lacks series; a query that gives fewer mends it."""
    return tuple(
        Problem(
            f"metrics.{data.panel.id}",
            f"the CSV of {window_label(data.span)} lacks {one.left_out} of its series, for a file is at most 1 MB and all "
            "are 16 MB; a query that aggregates gives fewer",
            f"has a CSV of {window_label(data.span)} that lacks {one.left_out} of its series",
        )
        for data, one in zip(panels, figures, strict=True)
        if isinstance(one, PanelDrawing) and one.left_out
    )


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


def _panel_name(order: PanelOrder) -> str:
    return f"draw {order.data.panel.id} {window_label(order.data.span)}"

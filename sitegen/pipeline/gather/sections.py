"""The sections of a site: what each is called, who gathers it, and what it is when it is left out."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, NamedTuple

from sitegen.config import Config
from sitegen.findings import (
    AvailabilityFindings,
    ContentFindings,
    LogFindings,
    MetricFindings,
    TraceFindings,
)
from sitegen.pipeline.gather.availability import gather_availability
from sitegen.pipeline.gather.content import gather_content
from sitegen.pipeline.gather.logs import gather_logs
from sitegen.pipeline.gather.metrics import gather_metrics
from sitegen.pipeline.gather.traces import gather_traces
from sitegen.pipeline.run import Run, Section

__all__ = ["SECTIONS", "gather_sections"]


class _Entry(NamedTuple):
    """A section: its name, which is a field of `Findings`, its gatherer, and what it has when it is left out."""

    name: str
    gather: Callable[[Run, Config], Coroutine[Any, Any, Section[Any]]]
    empty: object


SECTIONS = (
    _Entry("metrics", gather_metrics, MetricFindings()),
    _Entry("traces", gather_traces, TraceFindings()),
    _Entry("logs", gather_logs, LogFindings()),
    _Entry("availability", gather_availability, AvailabilityFindings()),
    _Entry("content", gather_content, ContentFindings(made_at=0.0)),
)


async def gather_sections(run: Run, config: Config, only: Sequence[str]) -> dict[str, Section[Any]]:
    """Run the sections side by side; `only` names those that are wanted, none means all."""
    async with asyncio.TaskGroup() as group:
        tasks = {
            entry.name: group.create_task(entry.gather(run, config))
            for entry in SECTIONS
            if not only or entry.name in only
        }
    return {
        entry.name: tasks[entry.name].result() if entry.name in tasks else Section(entry.empty)
        for entry in SECTIONS
    }

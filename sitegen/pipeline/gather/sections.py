"""The sections of a site: what each is called, who gathers it, and what it is when it is left out."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, NamedTuple

from sitegen.config import Config
from sitegen.findings import AvailabilityFindings, ContentFindings, LogFindings, MetricFindings, TraceFindings
from sitegen.pipeline.gather.availability import gather_availability
from sitegen.pipeline.gather.content import gather_content
from sitegen.pipeline.gather.host import gather_host
from sitegen.pipeline.gather.logs import gather_logs
from sitegen.pipeline.gather.metrics import gather_metrics
from sitegen.pipeline.gather.sources import Answered, ask_sources
from sitegen.pipeline.gather.traces import gather_traces
from sitegen.pipeline.run import Run, Section


class _Entry(NamedTuple):
    """A section: its name, which is a field of `Findings`, its gatherer, and what it has when it is left out."""

    name: str
    gather: Callable[[Run, Config, Awaitable[Answered]], Coroutine[Any, Any, Section[Any]]]
    empty: object


SECTIONS = (
    _Entry(
        "metrics", lambda run, config, answers: gather_metrics(config, answers, run.context), MetricFindings()
    ),
    _Entry("traces", lambda run, config, _: gather_traces(run, config), TraceFindings()),
    _Entry("logs", lambda run, config, _: gather_logs(run, config), LogFindings()),
    _Entry("availability", gather_availability, AvailabilityFindings()),
    _Entry("content", lambda run, config, _: gather_content(run, config), ContentFindings(made_at=0.0)),
)


async def gather_sections(run: Run, config: Config, only: Sequence[str]) -> dict[str, Section[Any]]:
    """Run the sections side by side; `only` names those that are wanted, none means all.

    The sources of metrics are asked once, for whoever waits for their answers.
    """
    began = run.clock.monotonic()
    async with asyncio.TaskGroup() as group:
        answers = group.create_task(ask_sources(run, config, only))
        tasks = {
            entry.name: group.create_task(entry.gather(run, config, answers))
            for entry in SECTIONS
            if not only or entry.name in only
        }
    found: dict[str, Section[Any]] = {
        entry.name: tasks[entry.name].result() if entry.name in tasks else Section(entry.empty)
        for entry in SECTIONS
    }
    if "metrics" in tasks:
        found["metrics"] = await gather_host(run, config, found["metrics"], began)
    return found

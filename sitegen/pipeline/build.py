"""One cycle, in the words of the specification.

The Scheduler ticks. The Concurrency Manager hands out the work. The Metric Collector,
the Trace Aggregator, the Log Parser and the Prober gather. The Visualization Generator
draws. The Template Engine renders. The Static Asset Optimizer shrinks. The writer
publishes the whole generation at once. The Concurrency Visualizer shows how the work ran.
"""

import asyncio
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Protocol

from sitegen.concurrency.manager import Manager
from sitegen.concurrency.sampler import Sampler
from sitegen.config import Config
from sitegen.errors import SitegenError
from sitegen.findings import Findings
from sitegen.instrumentation.clock import Clock, Deadline, FixedClock
from sitegen.instrumentation.recorder import Recorder
from sitegen.instrumentation.records import BuildRecord
from sitegen.metrics.host_series import Reading
from sitegen.output import OutputFile
from sitegen.pipeline.cycle import Cycle
from sitegen.pipeline.draw import draw
from sitegen.pipeline.host import watch_host
from sitegen.pipeline.outcome import Outcome, close_sections
from sitegen.pipeline.planning import Options, Plan
from sitegen.pipeline.recording import read_recording
from sitegen.pipeline.rendering import inspect, render
from sitegen.pipeline.replay import Replay
from sitegen.publishing.model import Manifest
from sitegen.publishing.writer import Published, check_layout
from sitegen.state.folder import State
from sitegen.state.lock import hold

__all__ = ["Options", "build", "replay"]

Announce = Callable[[str], None]
"""Is told the name of each stage as it begins."""


class Origin(Protocol):
    """Where findings come from, and where what is made of them goes: a cycle, or a recording."""

    def plan(self) -> Plan: ...
    async def gather(self, manager: Manager, deadline: Deadline) -> Findings: ...
    def publish(self, files: tuple[OutputFile, ...], manifest: Manifest) -> Published: ...
    def record(self, findings: Findings, outcome: Outcome) -> BuildRecord: ...


def build(
    config: Config,
    options: Options,
    clock: Clock,
    announce: Announce,
    host: Sampler[Reading] | None = None,
) -> BuildRecord:
    """Run one cycle and return its record.

    `host` is what `watch_host` started before this module was imported; without it, it is started here.
    Raises BusyError while another run holds the lock, GateError where something must not
    be published, SitegenError where it cannot be; the published site is untouched then, and
    after a NewerLayoutError the state as well.
    """
    with host or watch_host(config, clock) or nullcontext() as watched, hold(config.site.state, clock.now()):
        check_layout(config.site.state)
        with State.open(config.site.state, clock.now()) as state:
            recorder = Recorder(clock, announce, options.started)
            cycle = Cycle(config, options, clock, state, recorder, host=watched)
            try:
                return asyncio.run(_run(cycle, recorder))
            except SitegenError as error:
                cycle.fail(error)
                raise


def replay(file: Path, config: Config | None, options: Options, announce: Announce) -> BuildRecord:
    """Build the site of a recording, under its clock, and return the record of that; no state is read or changed.

    Raises SitegenError for a file that is no recording, and as `build` does for the rest.
    """
    recording = read_recording(file)
    clock = FixedClock(recording.findings.context.now)
    recorder = Recorder(clock, announce, options.started)
    return asyncio.run(_run(Replay(recording, config, options, clock, recorder), recorder))


async def _run(origin: Origin, recorder: Recorder) -> BuildRecord:
    """Gather, draw, render, inspect, publish, record."""
    stage, plan = recorder.stage, origin.plan()
    with Manager(plan.sizes, recorder, plan.deadline) as manager:
        with stage("gather"):
            findings = await origin.gather(manager, plan.deadline)
        with stage("draw"):
            drawn = await draw(manager, findings)
            close_sections(recorder, drawn.problems)
        with stage("render"):
            generation = await render(manager, findings, drawn, plan)
        with stage("inspect"), manager.task("gate", "inspect the site"):
            inspect(generation, plan.site.base_url, plan.canaries)
        with stage("publish"), manager.task("publish", "stage and swap"):
            files, context = generation.files, findings.context
            published = origin.publish(files, Manifest.of(context.generation, context.now, files))
        with stage("record"):
            pages = tuple(page.record for page in generation.pages)
            return origin.record(findings, Outcome(published, pages, files))

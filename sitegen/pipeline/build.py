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

import msgspec

from sitegen.concurrency.manager import Manager
from sitegen.concurrency.sampler import Sampler
from sitegen.concurrency.watchdog import LATE, watch
from sitegen.config import Config
from sitegen.errors import SitegenError
from sitegen.findings import Findings
from sitegen.instrumentation.clock import Clock, Deadline, FixedClock
from sitegen.instrumentation.recorder import Recorder
from sitegen.instrumentation.records import BuildRecord
from sitegen.limits import Limit, OutOfTimeError
from sitegen.metrics.host_series import Reading
from sitegen.output import OutputFile
from sitegen.pipeline.cycle import Cycle
from sitegen.pipeline.draw import draw
from sitegen.pipeline.host import watch_host
from sitegen.pipeline.outcome import Outcome
from sitegen.pipeline.planning import Options, Plan, spare_words
from sitegen.pipeline.recording import read_recording
from sitegen.pipeline.rendering import inspect, render
from sitegen.pipeline.replay import Replay
from sitegen.pipeline.report import summarise
from sitegen.publishing.model import Manifest
from sitegen.publishing.writer import Published, check_layout
from sitegen.state.folder import State
from sitegen.state.lock import hold

__all__ = ["Options", "build", "replay"]

Announce = Callable[[str], None]
"""Is told the name of each stage as it begins."""

_PUBLISHING = ("publish", "record")

GiveUp = Callable[[SitegenError], None]
"""Ends the process of a build whose main thread cannot, with this error as its reason."""


class Origin(Protocol):
    """Where findings come from, and where what is made of them goes: a cycle, or a recording."""

    def plan(self) -> Plan: ...
    async def gather(self, manager: Manager, deadline: Deadline) -> Findings: ...
    def publish(self, files: tuple[OutputFile, ...], manifest: Manifest) -> Published: ...
    def record(self, findings: Findings, outcome: Outcome) -> BuildRecord: ...
    def fail(self, error: BaseException) -> BuildRecord: ...


def build(
    config: Config,
    options: Options,
    clock: Clock,
    announce: Announce,
    host: Sampler[Reading] | None = None,
    *,
    give_up: GiveUp | None = None,
) -> BuildRecord:
    """Run one cycle and return its record.

    `host` is what `watch_host` started before this module was imported; without it, it is started here.
    `give_up` ends the process of a build that does not end by its deadline, where that is to be done.
    Raises BusyError while another run holds the lock, GateError where something must not
    be published, SitegenError where it cannot be; the published site is untouched then, and
    after a NewerLayoutError the state as well.
    """
    with host or watch_host(config, clock) or nullcontext() as watched, hold(config.site.state, clock.now()):
        check_layout(config.site.state)
        with State.open(config.site.state, clock.now()) as state:
            recorder = Recorder(clock, announce, options.started)
            cycle = Cycle(config, options, clock, state, recorder, host=watched)
            return _finish(cycle, recorder, give_up)


def replay(
    file: Path, config: Config | None, options: Options, announce: Announce, *, give_up: GiveUp | None = None
) -> BuildRecord:
    """Build the site of a recording, under its clock, and return the record of that; no state is read or changed.

    Raises SitegenError for a file that is no recording, and as `build` does for the rest.
    """
    recording = read_recording(file)
    clock = FixedClock(recording.findings.context.now)
    recorder = Recorder(clock, announce, options.started)
    return _finish(Replay(recording, config, options, clock, recorder), recorder, give_up)


def _finish(origin: Origin, recorder: Recorder, give_up: GiveUp | None) -> BuildRecord:
    """Run a build to its end, or to that of its time."""
    plan = origin.plan()
    limit = Limit(wall=plan.deadline.remaining() + LATE)

    def late() -> SitegenError:
        where = recorder.stages[-1].name if recorder.stages else "plan"
        more = "give it more time with `deadline` under [build], or less to do"
        left = "the site is whole, old or new" if where in _PUBLISHING else "the old site stays"
        return SitegenError(f"the build had not ended by its deadline (stage: {where}); {more}; {left}")

    def fail(error: SitegenError) -> SitegenError:
        error.report = summarise(origin.fail(error))
        return error

    watched = nullcontext() if give_up is None else watch(plan.deadline, lambda: give_up(fail(late())))
    try:
        with watched:
            return limit.run(lambda: asyncio.run(_run(origin, plan, recorder, limit)))
    except OutOfTimeError:
        raise fail(late()) from None
    except SitegenError as error:
        raise fail(error)  # noqa: B904 - it is the same
    # Whatever ends a build: what it leaves behind may not go on to say that all is well.
    except (Exception, KeyboardInterrupt) as error:
        origin.fail(error)
        raise


async def _run(origin: Origin, plan: Plan, recorder: Recorder, limit: Limit) -> BuildRecord:
    """Gather, draw, render, inspect, publish, record."""
    stage = recorder.stage
    with Manager(plan.sizes, recorder, plan.deadline) as manager:
        with stage("gather"):
            findings = await origin.gather(manager, plan.deadline)
        authored = (*findings.content.pages, *findings.content.former)
        plan = plan._replace(canaries=spare_words(plan.canaries, authored))
        with stage("draw"):
            drawn, problems = await draw(manager, findings)
            recorder.close_sections(problems)
        with stage("render"):
            generation = await render(manager, findings, drawn, plan)
            recorder.close_sections(generation.problems)
            findings = msgspec.structs.replace(findings, content=generation.content)
        with stage("inspect"), manager.task("gate", "inspect the site"):
            inspect(generation, plan.site.base_url, plan.canaries)
        limit.lift()  # what is being published is not interrupted: it could be told neither old nor new
        with stage("publish"), manager.task("publish", "stage and swap"):
            files, context = generation.files, findings.context
            ends = {f"traces/{name}/": end for name, end in findings.traces.ends.items()}
            published = origin.publish(files, Manifest.of(context.generation, context.now, files, ends))
        with stage("record"):
            pages = tuple(page.record for page in generation.pages)
            outcome = Outcome(
                published, pages, files, styles=generation.styles, notes=findings.content.waiting
            )
            return origin.record(findings, outcome)

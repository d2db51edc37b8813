"""One cycle, in the words of the specification.

The Scheduler ticks. The Concurrency Manager hands out the work. The Metric Collector,
the Trace Aggregator, the Log Parser and the Prober gather. The Visualization Generator
draws. The Template Engine renders. The Static Asset Optimizer shrinks. The writer
publishes the whole generation at once. The Concurrency Visualizer shows how the work ran.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

import msgspec
from msgspec.structs import replace

from sitegen.concurrency.manager import Manager
from sitegen.config import Config
from sitegen.errors import Problem, SitegenError
from sitegen.findings import BuildFindings, Findings
from sitegen.gate.leaks import Canaries
from sitegen.instrumentation.clock import Clock, Deadline
from sitegen.instrumentation.journal import Journal
from sitegen.instrumentation.recorder import Recorder, new_trace_id
from sitegen.instrumentation.records import BuildRecord
from sitegen.pages.drawn import Drawn
from sitegen.pipeline.draw import draw
from sitegen.pipeline.gather.sections import gather_sections
from sitegen.pipeline.outcome import Outcome, make_record
from sitegen.pipeline.own_samples import asset_samples, build_samples, probe_samples, request_samples
from sitegen.pipeline.planning import make_redactor, plan_pool_sizes, public_samples, start_tick
from sitegen.pipeline.record import record_build, record_failure
from sitegen.pipeline.rendering import Generation, inspect, render
from sitegen.pipeline.run import Run
from sitegen.pipeline.selection import Selection
from sitegen.publishing.model import Manifest
from sitegen.publishing.writer import check_layout, publish
from sitegen.state.folder import State
from sitegen.state.lock import hold

__all__ = ["Options", "build"]

_GATHERING = 2 / 3
"""The most that gathering may take of a build's time."""

_SHOWN_BUILDS = 30

_OWN_FAILURES = (1, 3)
"""Exit codes that make a cycle a failed one; a build that was busy or refused never began."""


class Options(msgspec.Struct, frozen=True):
    """What the command line said beside the configuration; `only` empty means all sections."""

    output: Path
    only: tuple[str, ...] = ()
    jobs: int | None = None
    deadline: float | None = None


def build(config: Config, options: Options, clock: Clock, announce: Callable[[str], None]) -> BuildRecord:
    """Run one cycle and return its record; `announce` is told the name of each stage.

    Raises BusyError while another run holds the lock, GateError where something must not
    be published, SitegenError where it cannot be; the published site is untouched then, and
    after a NewerLayoutError the state as well.
    """
    with hold(config.site.state, clock.now()):
        check_layout(config.site.state)
        with State.open(config.site.state, clock.now()) as state:
            cycle = Cycle(config, options, clock, state, announce)
            try:
                return asyncio.run(cycle.run())
            except SitegenError as error:
                cycle.fail(error)
                raise


class Cycle:
    """One build from its tick to its record."""

    def __init__(
        self, config: Config, options: Options, clock: Clock, state: State, announce: Callable[[str], None]
    ) -> None:
        self._config = config
        self._options = options
        self._clock = clock
        self._state = state
        self._recorder = Recorder(clock, announce)
        self._trace_id = new_trace_id(clock)
        self._redactor = make_redactor(config)
        self._journal = Journal(config.site.state / "log" / "sitegen.jsonl", clock, self._redactor)
        self._last = state.history.last_completed()
        self._context = start_tick(clock, config.build.cycle, self._last, state.history, self._journal)
        self._problems: tuple[Problem, ...] = ()

    async def run(self) -> BuildRecord:
        """Gather, draw, render, inspect, publish, record."""
        site, stage = self._config.site, self._recorder.stage
        canaries = Canaries(secrets=self._config.secrets)
        deadline = Deadline(self._clock, self._options.deadline or self._config.build.deadline)
        sizes = plan_pool_sizes(self._config, self._options.jobs, self._last)
        with Manager(sizes, self._recorder, deadline) as manager:
            with stage("gather"):
                findings = await self._gather(manager, deadline)
            with stage("draw"):
                drawn = await draw(manager, findings)
                self._close_sections(findings, drawn)
            with stage("render"):
                selection = Selection(self._options.only, self._options.output)
                generation = await render(manager, findings, drawn, site, selection, canaries)
            with stage("inspect"), manager.task("gate", "inspect the site"):
                inspect(generation, site.base_url, canaries)
            with stage("publish"), manager.task("publish", "stage and swap"):
                manifest = Manifest.of(self._context.generation, self._context.now, generation.files)
                published = publish(generation.files, self._options.output, site.state, manifest)
            with stage("record"):
                pages = tuple(page.record for page in generation.pages)
                record = self._record(Outcome(manager.workers, published, pages, generation.files))
                return self._remember(record, findings, generation)

    async def _gather(self, manager: Manager, deadline: Deadline) -> Findings:
        """Ask every source, and put what it said together with what is known."""
        manager.warm()
        seconds = self._options.deadline or self._config.build.deadline
        run = Run(
            context=self._context,
            clock=self._clock,
            manager=manager,
            state=self._state,
            redactor=self._redactor,
            # What is gathered must still be drawn and published.
            gathering=deadline.sooner(min(self._config.build.gather, _GATHERING * seconds)),
        )
        sections = await gather_sections(run, self._config, self._options.only)
        problems = {name: section.problems for name, section in sections.items()}
        problems["state"] = self._state.problems
        self._problems = _distinct(problems["state"], *(section.problems for section in sections.values()))
        return Findings(
            context=self._context,
            build=self._build_findings(),
            problems=problems,
            samples=public_samples(self._state.history, self._context),
            **{name: section.found for name, section in sections.items()},
        )

    def _build_findings(self) -> BuildFindings:
        """Return the last completed build; on the very first, this one so far."""
        history = self._state.history.last_builds(_SHOWN_BUILDS)
        return BuildFindings(
            record=self._last or self._record(Outcome()),
            so_far=self._last is None,
            history=tuple(replace(record, tasks=(), pages=()) for record in history),
        )

    def _close_sections(self, findings: Findings, drawn: Drawn) -> None:
        for name in findings.problems.keys() - {"state"}:
            undrawn = (problem for problem in drawn.problems if problem.where == name)
            problems = (*findings.problems[name], *undrawn)
            self._recorder.close_section(name, "degraded" if problems else "ok", problems)
        self._problems = _distinct(self._problems, drawn.problems)

    def _remember(self, record: BuildRecord, findings: Findings, generation: Generation) -> BuildRecord:
        """Keep what the next builds show of this one."""
        samples = build_samples(record) | asset_samples(generation.files)
        samples |= probe_samples(findings.availability.results)
        counted = {slot: request_samples(found) for slot, found in findings.logs.requests.items()}
        folder, cycle = self._config.site.state, self._context.cycle
        return record_build(folder, self._state, self._journal, record, samples, counted, cycle)

    def fail(self, error: SitegenError) -> None:
        """Remember that this cycle failed."""
        if error.exit_code in _OWN_FAILURES:
            record = self._record(Outcome(failure=Problem("build", str(error))))
            record_failure(
                self._config.site.state, self._state, self._journal, record, error, self._context.cycle
            )

    def _record(self, outcome: Outcome) -> BuildRecord:
        problems = _distinct(self._state.problems, self._problems)
        return make_record(self._recorder, self._context, self._trace_id, self._clock, problems, outcome)


def _distinct(*found: tuple[Problem, ...]) -> tuple[Problem, ...]:
    return tuple(dict.fromkeys(problem for problems in found for problem in problems))

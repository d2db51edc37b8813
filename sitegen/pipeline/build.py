"""One cycle, in the words of the specification.

The Scheduler ticks. The Concurrency Manager hands out the work. The Metric Collector,
the Trace Aggregator, the Log Parser and the Prober gather. The Visualization Generator
draws. The Template Engine renders. The Static Asset Optimizer shrinks. The writer
publishes the whole generation at once. The Concurrency Visualizer shows how the work ran.
"""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from sitegen import __version__
from sitegen.assets.optimizer import optimise
from sitegen.concurrency.manager import Manager
from sitegen.concurrency.visualizer import draw_build
from sitegen.config import Config
from sitegen.errors import Problem, SitegenError
from sitegen.gate.leaks import Canaries
from sitegen.instrumentation.clock import Clock, Deadline
from sitegen.instrumentation.journal import Journal
from sitegen.instrumentation.recorder import Recorder, new_trace_id
from sitegen.instrumentation.records import BuildRecord
from sitegen.pages.findings import (
    AvailabilityFindings,
    BuildFindings,
    ContentFindings,
    Findings,
    LogFindings,
    MetricFindings,
    TraceFindings,
)
from sitegen.pages.sitemap import site_files, site_map
from sitegen.pipeline.gather.availability import gather_availability
from sitegen.pipeline.gather.content import gather_content
from sitegen.pipeline.gather.logs import gather_logs
from sitegen.pipeline.gather.metrics import gather_metrics
from sitegen.pipeline.gather.traces import gather_traces
from sitegen.pipeline.outcome import Outcome, make_record
from sitegen.pipeline.own_samples import asset_samples, build_samples, probe_samples, request_samples
from sitegen.pipeline.planning import make_redactor, plan_pool_sizes, public_samples, tell_moment
from sitegen.pipeline.record import remember, remember_failure
from sitegen.pipeline.rendering import gate, make_frame, render_pages
from sitegen.pipeline.run import Run, Section, nothing
from sitegen.pipeline.selection import carry, is_chosen
from sitegen.publishing.model import Manifest
from sitegen.publishing.writer import check_layout, publish
from sitegen.state.folder import State
from sitegen.state.lock import hold

__all__ = ["Options", "build"]

T = TypeVar("T")

_GATHERING = 2 / 3
"""The most that gathering may take of a build's time."""

_OWN_FAILURES = (1, 3)
"""Exit codes that make a cycle a failed one; a build that was busy or refused never began."""


class Options(msgspec.Struct, frozen=True):
    """What the command line said beside the configuration; `only` empty means all sections."""

    output: Path
    only: tuple[str, ...] = ()
    jobs: int | None = None
    deadline: float | None = None


def build(config: Config, options: Options, clock: Clock, say: Callable[[str], None]) -> BuildRecord:
    """Run one cycle and give its record.

    Raises BusyError while another run holds the lock, GateError where something must not
    be published, SitegenError where it cannot be; the published site is untouched then, and
    after a NewerLayoutError the state as well.
    """
    with hold(config.site.state, clock.now()):
        check_layout(config.site.state)
        with State.open(config.site.state, clock.now()) as state:
            cycle = Cycle(config, options, clock, state, say)
            try:
                return asyncio.run(cycle.run())
            except SitegenError as error:
                cycle.fail(error)
                raise


class Cycle:
    """One build from its tick to its record."""

    def __init__(
        self, config: Config, options: Options, clock: Clock, state: State, say: Callable[[str], None]
    ) -> None:
        self._config = config
        self._options = options
        self._clock = clock
        self._state = state
        self._say = say
        self._recorder = Recorder(clock)
        self._trace_id = new_trace_id(clock)
        self._redactor = make_redactor(config)
        self._journal = Journal(config.site.state / "log" / "sitegen.jsonl", clock, self._redactor)
        self._last = state.history.last_completed()
        self._moment = tell_moment(clock, config.build.cycle, self._last, state.history, self._journal)

    async def run(self) -> BuildRecord:
        """Gather, draw, render, shrink, publish, remember."""
        site, options = self._config.site, self._options
        seconds = options.deadline or self._config.build.deadline
        deadline = Deadline(self._clock, seconds)
        with Manager(
            plan_pool_sizes(self._config, options.jobs, self._last), self._recorder, deadline
        ) as manager:
            manager.warm()
            run = Run(
                moment=self._moment,
                clock=self._clock,
                manager=manager,
                state=self._state,
                redactor=self._redactor,
                # What is gathered must still be drawn and published.
                gathering=deadline.sooner(min(self._config.build.gather, _GATHERING * seconds)),
            )
            self._say("gathering")
            made_at, findings = await self.gather(run)
            self._say("rendering")
            with self._recorder.task("site", "map the pages"):
                everywhere = site_map(findings, made_at, site.title, site.description)
                pages = [page for page in everywhere if is_chosen(page.path, options.only)]
                frame = make_frame(site, self._config.build.cycle)
            canaries = Canaries(secrets=self._config.secrets)
            rendered = await render_pages(run, pages, frame, str(site.state / "cache"), canaries)
            with self._recorder.task("site", "write the twins"):
                files = site_files(findings, everywhere, self._status(), site.title, site.base_url)
                others = [optimise(file) for file in files if is_chosen(file.path, options.only)]
                made = {file.path for file in (*(page.file for page in rendered), *others)}
                carried = carry(options.output, made, options.only)
            with self._recorder.task("gate", "inspect the site"):
                gate(rendered, others, [file.path for file in carried], site.base_url, canaries)
            self._say("publishing")
            with self._recorder.task("publish", "stage and swap"):
                everything = (*(page.file for page in rendered), *others, *carried)
                manifest = Manifest.of(self._moment.generation, self._moment.now, everything)
                published = publish(everything, options.output, site.state, manifest)
            record = self._record(
                Outcome(manager.workers, published, tuple(page.record for page in rendered), everything)
            )
        samples = build_samples(record) | asset_samples(everything) | probe_samples(self._probed)
        counted = {slot: request_samples(requests) for slot, requests in self._requests.items()}
        return remember(
            site.state, self._state, self._journal, record, samples, counted, self._config.build.cycle
        )

    async def gather(self, run: Run) -> tuple[float, Findings]:
        """Run the sections side by side; each returns what it found together with its problems."""
        config = self._config
        async with asyncio.TaskGroup() as group:
            metrics = self._start(
                group,
                "metrics",
                gather_metrics(run, config.panels, config.metric_sources, self._threads("metrics")),
                MetricFindings(),
            )
            traces = self._start(
                group,
                "traces",
                gather_traces(
                    run, config.site.state, config.trace_sources, config.trace_attributes, config.traces_kept
                ),
                TraceFindings(),
            )
            logs = self._start(
                group, "logs", gather_logs(run, config.site.state, config.log_sources), (LogFindings(), {})
            )
            availability = self._start(
                group,
                "availability",
                gather_availability(
                    run, config.probes, config.maintenance, config.slos, config.metric_sources
                ),
                (AvailabilityFindings(), ()),
            )
            content = self._start(
                group,
                "content",
                gather_content(run, config.site.content, config.site.base_path, __version__),
                (self._moment.now, ContentFindings()),
            )
        self._requests = logs.result().found[1]
        self._probed = availability.result().found[1]
        made_at, author = self._close("content", content.result())
        findings = Findings(
            moment=self._moment,
            metrics=self._close("metrics", metrics.result()),
            traces=self._close("traces", traces.result()),
            logs=self._close("logs", logs.result())[0],
            availability=self._close("availability", availability.result())[0],
            content=author,
            build=self._build_findings(),
            samples=public_samples(self._state.history, self._moment),
        )
        return made_at, findings

    def fail(self, error: SitegenError) -> None:
        """Remember that this cycle failed."""
        if error.exit_code in _OWN_FAILURES:
            record = self._record(Outcome(failure=Problem("build", str(error))))
            remember_failure(
                self._config.site.state, self._state, self._journal, record, error, self._config.build.cycle
            )

    def _threads(self, section: str) -> int | None:
        widths = self._config.sections.get(section)
        return widths.threads if widths else None

    def _start(
        self, group: asyncio.TaskGroup, name: str, work: Coroutine[Any, Any, Section[T]], empty: T
    ) -> asyncio.Task[Section[T]]:
        """Start a section beside the others; one that `--only` leaves out finds nothing."""
        if not self._options.only or name in self._options.only:
            return group.create_task(work)
        work.close()
        return group.create_task(nothing(empty))

    def _close(self, name: str, section: Section[T]) -> T:
        self._recorder.close_section(name, "degraded" if section.problems else "ok", section.problems)
        return section.found

    def _status(self) -> str:
        return "degraded" if self._problems() else "ok"

    def _problems(self) -> tuple[Problem, ...]:
        found = [problem for section in self._recorder.sections.values() for problem in section.problems]
        return tuple(dict.fromkeys((*self._state.problems, *found)))

    def _build_findings(self) -> BuildFindings:
        """Show the last completed build; on the very first, this one so far."""
        record = self._last or self._record(Outcome())
        history = self._state.history.last_builds(30)
        return BuildFindings(
            record=record, so_far=self._last is None, lanes=draw_build(record), history=history
        )

    def _record(self, outcome: Outcome) -> BuildRecord:
        return make_record(
            self._recorder, self._moment, self._trace_id, self._clock, self._problems(), outcome
        )

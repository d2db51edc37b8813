"""One cycle, in the words of the specification.

The Scheduler ticks. The Concurrency Manager hands out the work. The Metric Collector,
the Trace Aggregator, the Log Parser and the Prober gather. The Visualization Generator
draws. The Template Engine renders. The Static Asset Optimizer shrinks. The writer
publishes the whole generation at once. The Concurrency Visualizer shows how the work ran.
"""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec

from sitegen import __version__
from sitegen.assets.optimizer import optimise
from sitegen.concurrency.manager import Manager, Widths, choose_processes
from sitegen.concurrency.visualizer import draw_build
from sitegen.config import Config
from sitegen.errors import Problem, SitegenError
from sitegen.gate.leaks import Canaries
from sitegen.instrumentation.clock import Clock, Deadline
from sitegen.instrumentation.journal import Journal
from sitegen.instrumentation.recorder import Recorder, new_trace_id
from sitegen.instrumentation.records import BuildRecord
from sitegen.pipeline.availability import gather_availability
from sitegen.pipeline.content import gather_content
from sitegen.pipeline.logs import gather_logs
from sitegen.pipeline.memory import OWN_PROBE, remember, remember_failure
from sitegen.pipeline.metrics import gather_metrics
from sitegen.pipeline.rendering import Rendered, gate, make_frame, render_pages
from sitegen.pipeline.run import Run, Section, calm_instant
from sitegen.pipeline.selection import carry, is_chosen
from sitegen.pipeline.traces import gather_traces
from sitegen.redaction import Redactor
from sitegen.scheduler.tick import tick
from sitegen.site.findings import BuildFindings, Findings, Moment
from sitegen.site.model import Manifest, OutputFile
from sitegen.site.pages import site_files, site_map
from sitegen.site.telemetry import OWN_SERIES, asset_samples, build_samples, probe_samples
from sitegen.site.writer import Published, publish
from sitegen.state.folder import State
from sitegen.state.lock import hold
from sitegen.units import Window

__all__ = ["Options", "build"]

T = TypeVar("T")

_STARTUP_SECONDS = 0.2
"""What the first worker process costs: measured on two cores, fork server with its imports."""


class Options(msgspec.Struct, frozen=True):
    """What the command line said beside the configuration; `only` empty means all sections."""

    output: Path
    only: tuple[str, ...] = ()
    jobs: int | None = None
    deadline: float | None = None


def build(config: Config, options: Options, clock: Clock, say: Callable[[str], None]) -> BuildRecord:
    """Run one cycle and give its record.

    Raises BusyError while another run holds the lock, GateError where something must not
    be published, SitegenError where it cannot be; the published site is untouched then.
    """
    with hold(config.site.state, clock.now()), State.open(config.site.state, clock.now()) as state:
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
        self._redactor = _redactor(config)
        self._journal = Journal(config.site.state / "log" / "sitegen.jsonl", clock, self._redactor)
        self._last = state.history.last_completed()
        self._moment = self._tick()

    async def run(self) -> BuildRecord:
        """Gather, draw, render, shrink, publish, remember."""
        site, options = self._config.site, self._options
        deadline = Deadline(self._clock, options.deadline or self._config.build.deadline)
        with Manager(self._widths(), self._recorder, deadline) as manager:
            manager.warm()
            run = Run(
                moment=self._moment,
                clock=self._clock,
                manager=manager,
                state=self._state,
                redactor=self._redactor,
                gathering=deadline.sooner(self._config.build.gather),
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
            record = self._record(manager.workers, published, rendered, everything)
        samples = (
            build_samples(record, self._requests) | asset_samples(everything) | probe_samples(self._probed)
        )
        remember(site.state, self._state, self._journal, record, samples, self._config.build.cycle)
        return record

    async def gather(self, run: Run) -> tuple[float, Findings]:
        """Run the sections side by side; each returns what it found together with its problems."""
        config = self._config
        async with asyncio.TaskGroup() as group:
            metrics = group.create_task(
                gather_metrics(run, config.panels, config.metric_sources, self._threads("metrics"))
            )
            traces = group.create_task(
                gather_traces(
                    run, config.site.state, config.trace_sources, config.trace_attributes, config.traces_kept
                )
            )
            logs = group.create_task(gather_logs(run, config.site.state, config.log_sources))
            availability = group.create_task(
                gather_availability(
                    run, config.probes, config.maintenance, config.slos, config.metric_sources
                )
            )
            content = group.create_task(
                gather_content(run, config.site.content, config.site.base_path, __version__)
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
            samples=self._public_samples(),
        )
        return made_at, findings

    def fail(self, error: SitegenError) -> None:
        """Remember that this cycle failed."""
        if self._state_is_usable(error):
            record = self._record(0, None, (), (), Problem("build", str(error)))
            remember_failure(
                self._config.site.state, self._state, self._journal, record, error, self._config.build.cycle
            )

    def _state_is_usable(self, error: SitegenError) -> bool:
        return error.exit_code in (1, 3)

    def _tick(self) -> Moment:
        now, cycle = self._clock.now(), self._config.build.cycle
        last_slot = self._last.slot if self._last else None
        ticked = tick(now, cycle, last_slot)
        runs = self._state.history.probe_intervals(OWN_PROBE, now - 400 * 86_400, now + cycle)
        if ticked.missed:
            self._journal.write(
                "warn", f"{ticked.missed} cycles before this one did not run", missed=ticked.missed
            )
        return Moment(
            now=now,
            slot=ticked.slot,
            cycle=cycle,
            generation=self._state.history.next_generation(),
            calm=calm_instant(now, min(runs[0][0] + cycle, now) if runs else None),
        )

    def _widths(self) -> Widths:
        sections = self._config.sections
        asked = self._options.jobs or self._config.build.workers
        if asked == 1:
            return Widths.alone()
        work = (
            None
            if self._last is None
            else sum(task.cpu_seconds for task in self._last.tasks if task.pool != "thread")
        )
        return Widths(
            shared=asked or choose_processes(os.cpu_count() or 1, work, _STARTUP_SECONDS),
            threads={name: section.threads for name, section in sections.items() if section.threads},
            processes={name: section.processes for name, section in sections.items() if section.processes},
        )

    def _threads(self, section: str) -> int | None:
        widths = self._config.sections.get(section)
        return widths.threads if widths else None

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
        record = self._last or self._record(0, None, (), ())
        history = self._state.history.last_builds(30)
        return BuildFindings(
            record=record, so_far=self._last is None, lanes=draw_build(record), history=history
        )

    def _public_samples(self) -> dict[str, float]:
        """Give sitegen's own series as of the calm instant, each as one column of five minutes."""
        window = Window(start=self._moment.calm, end=self._moment.calm, step=300.0)
        history = self._state.history
        columns = {
            name: history.series(name, window)[1] for name in history.names() if _family(name) in OWN_SERIES
        }
        return {name: values[-1] for name, values in columns.items() if len(values)}

    def _record(
        self,
        workers: int,
        published: Published | None,
        rendered: "tuple[Rendered, ...] | list[Rendered]",
        files: tuple[OutputFile, ...],
        failure: Problem | None = None,
    ) -> BuildRecord:
        problems = (
            *self._problems(),
            *(published.problems if published else ()),
            *([failure] if failure else []),
        )
        return BuildRecord(
            generation=self._moment.generation,
            trace_id=self._trace_id,
            slot=self._moment.slot,
            started_at=self._recorder.started_at,
            duration=self._recorder.elapsed(),
            status="failed" if failure else "degraded" if problems else "ok",
            clock_fixed=self._clock.fixed,
            workers=workers,
            files_total=len(files),
            files_changed=len(published.changed) if published else 0,
            bytes_total=sum(len(file.body) for file in files),
            sections=dict(self._recorder.sections),
            tasks=tuple(self._recorder.tasks),
            pages=tuple(page.record for page in rendered),
            problems=problems,
        )


def _family(series: str) -> str:
    return series.partition("{")[0].removesuffix("_total")


def _redactor(config: Config) -> Redactor:
    return Redactor(
        rules=config.redaction.rules,
        allow=config.redaction.allow,
        show_ip=config.redaction.show_ip,
        show_email=config.redaction.show_email,
        canaries=config.secrets,
    )

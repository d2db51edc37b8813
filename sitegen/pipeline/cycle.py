"""A cycle: a build that asks its sources, and keeps what the next one needs in the state folder."""

from typing import Any

from msgspec.structs import replace

from sitegen.concurrency.manager import Manager
from sitegen.concurrency.sampler import Sampler
from sitegen.config import Config
from sitegen.errors import Problem, SitegenError
from sitegen.findings import BuildFindings, Findings
from sitegen.gate.leaks import Canaries
from sitegen.instrumentation.clock import Clock, Deadline
from sitegen.instrumentation.journal import Journal
from sitegen.instrumentation.recorder import Recorder
from sitegen.instrumentation.records import BuildRecord
from sitegen.metrics.host_series import Reading
from sitegen.output import OutputFile
from sitegen.pipeline.gather.sections import gather_sections
from sitegen.pipeline.outcome import Outcome, close_sections, make_record
from sitegen.pipeline.own_samples import asset_samples, build_samples, probe_samples, request_samples
from sitegen.pipeline.planning import (
    Options,
    Plan,
    make_redactor,
    plan_pool_sizes,
    public_samples,
    start_tick,
)
from sitegen.pipeline.record import Storage, record_build, record_failure
from sitegen.pipeline.recording import PublicSite, Recording, write_recording
from sitegen.pipeline.run import Run, Section
from sitegen.pipeline.selection import Selection
from sitegen.publishing.model import Manifest
from sitegen.publishing.writer import Published, publish
from sitegen.state.folder import State

__all__ = ["Cycle"]

_GATHERING = 2 / 3
"""The most that gathering may take of a build's time."""

_SHOWN_BUILDS = 100
_SHOWN_DEPLOYS = 100

_OWN_FAILURES = (1, 3)
"""Exit codes that make a cycle a failed one; a build that was busy or refused never began."""


class Cycle:
    """One cycle from its tick to its record."""

    def __init__(
        self,
        config: Config,
        options: Options,
        clock: Clock,
        state: State,
        recorder: Recorder,
        *,
        host: Sampler[Reading] | None,
    ) -> None:
        self._host = host
        self._config = config
        self._options = options
        self._clock = clock
        self._state = state
        self._recorder = recorder
        self._redactor = make_redactor(config)
        folder, cycle = config.site.state, config.build.cycle
        journal = Journal(folder / "log" / "sitegen.jsonl", clock, self._redactor)
        self._storage = Storage(folder, state, journal, cycle)
        self._last = state.builds.last_completed()
        self._context = start_tick(clock, cycle, self._last, state, journal)

    def plan(self) -> Plan:
        """How this build runs, and what its site is to be like."""
        config, options = self._config, self._options
        asked = options.jobs or (None if config.build.workers == "auto" else config.build.workers)
        return Plan(
            sizes=plan_pool_sizes(asked, config.sections, self._last),
            deadline=Deadline(self._clock, options.deadline or config.build.deadline),
            site=config.site,
            cache=str(config.site.state / "cache"),
            selection=Selection(options.only, options.output),
            canaries=Canaries(secrets=config.secrets),
            overview=config.overview,
            is_new=config.is_new,
        )

    async def gather(self, manager: Manager, deadline: Deadline) -> Findings:
        """Ask every source, and put what it said together with what is known; keep it where that was asked for."""
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
            host=self._host,
        )
        findings = self._put_together(await gather_sections(run, self._config, self._options.only))
        if self._options.recording is not None:
            config = self._config
            recording = Recording(PublicSite.of(config.site), findings, config.overview, config.is_new)
            write_recording(self._options.recording, recording)
        return findings

    def _put_together(self, sections: dict[str, Section[Any]]) -> Findings:
        problems = {name: section.problems for name, section in sections.items()}
        close_sections(self._recorder, problems)
        return Findings(
            context=self._context,
            build=self._build_findings(),
            problems=problems,
            unkept=self._state.problems,
            samples=public_samples(self._state, self._context),
            **{name: section.found for name, section in sections.items()},
        )

    def _build_findings(self) -> BuildFindings:
        """Return the last completed build; before there is one, the gathering of this one."""
        history = self._state.builds.last(_SHOWN_BUILDS)
        return BuildFindings(
            record=self._last or self._record(Outcome()),
            so_far=self._last is None,
            # All that is shown of builds before the last one is a row; its last problem is why it failed.
            history=tuple(
                replace(past, sections={}, tasks=(), pages=(), problems=past.problems[-1:])
                for past in history
            ),
            deploys=tuple(
                (past.at, "deploy")
                for past in reversed(self._state.deploys.last(_SHOWN_DEPLOYS))
                if past.status == "ok"
            ),
        )

    def publish(self, files: tuple[OutputFile, ...], manifest: Manifest) -> Published:
        """Put the site in the place of the last one."""
        return publish(files, self._options.output, self._config.site.state, manifest)

    def record(self, findings: Findings, outcome: Outcome) -> BuildRecord:
        """Keep what the next builds show of this one."""
        record = self._record(outcome)
        samples = build_samples(record) | asset_samples(outcome.files)
        samples |= probe_samples(findings.availability.results)
        counted = {slot: request_samples(found) for slot, found in findings.logs.requests.items()}
        return record_build(self._storage, record, samples, counted)

    def fail(self, error: SitegenError) -> None:
        """Remember that this cycle failed."""
        if error.exit_code in _OWN_FAILURES:
            record = self._record(Outcome(failure=Problem("build", str(error))))
            record_failure(self._storage, record, error)

    def _record(self, outcome: Outcome) -> BuildRecord:
        return make_record(self._recorder, self._context, self._state.problems, outcome)

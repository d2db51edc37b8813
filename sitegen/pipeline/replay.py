"""A replay: a build from a recording, byte for byte the same, without a source, a state or a network."""

from sitegen.concurrency.manager import Manager
from sitegen.config import Config
from sitegen.config.schema import Site
from sitegen.errors import Problem
from sitegen.findings import Findings
from sitegen.gate.leaks import NO_CANARIES
from sitegen.instrumentation.clock import Clock, Deadline
from sitegen.instrumentation.recorder import Recorder
from sitegen.instrumentation.records import BuildRecord
from sitegen.output import OutputFile
from sitegen.pipeline.outcome import Outcome, make_record
from sitegen.pipeline.planning import Options, Plan, allow_name, make_canaries, plan_pool_sizes
from sitegen.pipeline.recording import Recording
from sitegen.pipeline.selection import Selection
from sitegen.publishing.model import Manifest
from sitegen.publishing.writer import Published, publish, publish_apart

_PATIENCE = 3600.0
"""Seconds for a replay that was given no deadline: nobody waits for the next cycle."""


class Replay:
    """One replay; `config` is that of the folder it runs in, where there is one."""

    def __init__(
        self, recording: Recording, config: Config | None, options: Options, clock: Clock, recorder: Recorder
    ) -> None:
        self._recording = recording
        self._findings = recording.findings
        self._config = config
        self._options = options
        self._clock = clock
        self._recorder = recorder

    def plan(self) -> Plan:
        """How this build runs, and what its site is to be like: as recorded, but in its own folders."""
        config, options = self._config, self._options
        return Plan(
            sizes=plan_pool_sizes(options.jobs, {}, self._findings.build.record),
            deadline=Deadline(self._clock, options.deadline or _PATIENCE),
            site=self._recording.site.put_into(config.site if config else Site()),
            cache=None,
            selection=Selection(options.only, options.output),
            # What was recorded is public, whatever this machine is called.
            canaries=allow_name(make_canaries(config)) if config else NO_CANARIES,
            overview=self._recording.overview,
            is_new=self._recording.is_new,
        )

    async def gather(self, manager: Manager, deadline: Deadline) -> Findings:  # noqa: ARG002 - nothing is asked
        """Return what was gathered when it was recorded."""
        manager.warm()
        found = self._findings.notices.items()
        self._recorder.close_sections(
            {name: tuple(notice.problem for notice in notices) for name, notices in found}
        )
        return self._findings

    def publish(self, files: tuple[OutputFile, ...], manifest: Manifest) -> Published:
        """Put the site in the place of the last one."""
        if self._options.state is not None:
            return publish(files, self._options.output, self._options.state, manifest)
        own = self._config.site.state if self._config else None
        return publish_apart(files, self._options.output, manifest, own)

    def fail(self, error: BaseException) -> BuildRecord:
        """Return the record of this build, which failed; nothing is kept of it."""
        failure = Problem("build", str(error))
        return make_record(self._recorder, self._findings.context, (), Outcome(failure=failure))

    def record(self, findings: Findings, outcome: Outcome) -> BuildRecord:
        """Return the record of this build; nothing is kept of it."""
        return make_record(
            self._recorder, findings.context, tuple(notice.problem for notice in findings.unkept), outcome
        )

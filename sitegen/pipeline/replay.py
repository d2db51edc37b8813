"""A replay: a build from a recording, byte for byte the same, without a source, a state or a network."""

from sitegen.concurrency.manager import Manager
from sitegen.config import Config
from sitegen.config.schema import Site
from sitegen.findings import Findings
from sitegen.gate.leaks import Canaries
from sitegen.instrumentation.clock import Clock, Deadline
from sitegen.instrumentation.recorder import Recorder
from sitegen.instrumentation.records import BuildRecord
from sitegen.output import OutputFile
from sitegen.pipeline.outcome import Outcome, close_sections, make_record
from sitegen.pipeline.planning import Options, Plan, plan_pool_sizes
from sitegen.pipeline.recording import Recording
from sitegen.pipeline.selection import Selection
from sitegen.publishing.model import Manifest
from sitegen.publishing.writer import Published, publish_apart

__all__ = ["Replay"]

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
            canaries=Canaries(secrets=config.secrets if config else ()),
            overview=self._recording.overview,
            is_new=self._recording.is_new,
        )

    async def gather(self, manager: Manager, deadline: Deadline) -> Findings:  # noqa: ARG002 - nothing is asked
        """Return what was gathered when it was recorded."""
        manager.warm()
        close_sections(self._recorder, self._findings.problems)
        return self._findings

    def publish(self, files: tuple[OutputFile, ...], manifest: Manifest) -> Published:
        """Put the site in the place of the last one."""
        return publish_apart(files, self._options.output, manifest)

    def record(self, findings: Findings, outcome: Outcome) -> BuildRecord:
        """Return the record of this build; nothing is kept of it."""
        return make_record(self._recorder, findings.context, findings.unkept, outcome)

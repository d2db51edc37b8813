"""A cycle: a build that asks its sources, and keeps what the next one needs in the state folder."""

from secrets import token_hex
from typing import Any

from msgspec.structs import replace

from sitegen.availability.model import ProbeResult
from sitegen.concurrency.manager import Manager
from sitegen.concurrency.sampler import Sampler
from sitegen.config import Config
from sitegen.errors import Problem, SitegenError, notices_of
from sitegen.feeds.atom import digest_of
from sitegen.findings import BuildFindings, Findings, LastDeploy
from sitegen.instrumentation.clock import Clock, Deadline
from sitegen.instrumentation.journal import Journal
from sitegen.instrumentation.recorder import Recorder
from sitegen.instrumentation.records import BuildRecord
from sitegen.metrics.host_series import Reading
from sitegen.output import OutputFile
from sitegen.pipeline.gather.content import keep_good
from sitegen.pipeline.gather.sections import gather_sections
from sitegen.pipeline.outcome import Outcome, make_record
from sitegen.pipeline.own_samples import asset_samples, build_samples, request_samples, state_samples
from sitegen.pipeline.painting import paint
from sitegen.pipeline.planning import (
    Options,
    Plan,
    make_canaries,
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
from sitegen.publishing.writer import Published, publish, read_manifest
from sitegen.redaction import PatientRedactor
from sitegen.redaction.patience import LATE
from sitegen.state.deploys import DeployRecord
from sitegen.state.folder import State
from sitegen.state.site import Identity

_GATHERING = 2 / 3
"""The most that gathering may take of a build's time."""

_SHOWN_BUILDS = 100
_SHOWN_DEPLOYS = 100

_RENUMBERED = (
    "what hosts and people are called in labels was lost with the history; they are numbered anew, and series"
    " that were called host-1 may be called otherwise now"
)


def _innermost(error: BaseException) -> str:
    """Return the name of a bug: groups of tasks wrap what was raised in them."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return type(error).__name__


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
        self._redactor = make_redactor(config, state.pseudonyms.name)
        folder, cycle = config.site.state, config.build.cycle
        journal = Journal(folder / "log" / "sitegen.jsonl", clock, self._redactor)
        self._storage = Storage(folder, state, journal, cycle)
        self._last = state.builds.last_completed()
        self._was_published = self._last is None and read_manifest(folder) is not None
        self._results: tuple[ProbeResult, ...] = ()
        context = start_tick(clock, cycle, self._last, state, journal)
        self._context = replace(context, timezone=config.site.timezone)

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
            canaries=make_canaries(config),
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
        sections = await gather_sections(run, self._config, self._options.only)
        self._state.pseudonyms.save()
        self._results = sections["availability"].found.results
        findings = self._put_together(sections)
        if isinstance(self._redactor, PatientRedactor) and self._redactor.late:
            self._recorder.problems.append(Problem("redaction", LATE))
        if self._options.recording is not None:
            config = self._config
            recording = Recording(PublicSite.of(config.site), findings, config.overview, config.is_new)
            write_recording(self._options.recording, recording)
        return findings

    def _put_together(self, sections: dict[str, Section[Any]]) -> Findings:
        self._recorder.close_sections(
            {name: section.problems for name, section in sections.items()},
            {name: section.remarks for name, section in sections.items()},
        )
        identity, found = self._identify(), {name: section.found for name, section in sections.items()}
        painted = paint(found["metrics"], found["traces"], self._state.answers, self._context.now)
        found["metrics"], found["traces"] = painted
        return Findings(
            context=self._context,
            build=self._build_findings(),
            notices={name: notices_of(section.problems) for name, section in sections.items()},
            unkept=notices_of(self._unkept()),
            site_id=identity.digest,
            ids_since=identity.since,
            samples=state_samples(public_samples(self._state, self._context), self._results),
            **found,
        )

    def _identify(self) -> Identity:
        """Return what tells the site from every other, for good: its first address, else chance; under a fixed clock none."""
        known, context, site = self._state.site.identity(), self._context, self._config.site
        name, published = site.base_url or site.title, context.first_slot is not None
        if known is None:
            fixed = digest_of(f"{site.title} {context.now}") if self._clock.fixed else token_hex(32)
            # What an earlier sitegen published has ids of its own.
            digest = digest_of(site.base_url) if site.base_url or published else fixed
            known = Identity(digest, context.now if published else 0.0, "")
        if known.name != name:
            known = known._replace(name=name)
            self._state.site.keep_identity(known)
        return known

    def _build_findings(self) -> BuildFindings:
        """Return the last completed build; before there is one, the gathering of this one."""
        history = self._state.builds.last(_SHOWN_BUILDS)
        record = self._last or self._record(Outcome())
        return BuildFindings(
            record=record.public,
            so_far=self._last is None,
            # All that is shown of builds before the last one is a row.
            history=tuple(replace(past.public, tasks=(), pages=()) for past in history),
            deploys=tuple(
                (past.at, "deploy")
                for past in reversed(self._state.deploys.last(_SHOWN_DEPLOYS))
                if past.status == "ok"
            ),
            notices=notices_of(record.problems),
            last_deploys=tuple(_last_deploy(past) for past in self._state.deploys.last_each()),
        )

    def publish(self, files: tuple[OutputFile, ...], manifest: Manifest) -> Published:
        """Put the site in the place of the last one."""
        return publish(files, self._options.output, self._config.site.state, manifest)

    def record(self, findings: Findings, outcome: Outcome) -> BuildRecord:
        """Keep what the next builds show of this one."""
        record = self._record(outcome)
        if not self._options.only or "content" in self._options.only:
            keep_good(self._state, self._config.site.base_path, findings.content.pages, self._context.now)
        samples = build_samples(record) | asset_samples(outcome.files)
        counted = {slot: request_samples(found) for slot, found in findings.logs.requests.items()}
        return record_build(self._storage, record, samples, self._results, counted)

    def fail(self, error: BaseException) -> BuildRecord:
        """Return the record of this cycle, which failed, and remember it, whatever ended it."""
        ours = isinstance(error, SitegenError)
        why = str(error) if ours else f"a bug in sitegen: {_innermost(error)}"
        if isinstance(error, KeyboardInterrupt):
            why = "interrupted before the end"
        record = self._record(Outcome(failure=Problem("build", why)))
        record_failure(self._storage, record, why, self._results)
        return record

    def _record(self, outcome: Outcome) -> BuildRecord:
        record = make_record(self._recorder, self._context, self._unkept(), outcome)
        return replace(record, sampling=self._sampling())

    def _unkept(self) -> tuple[Problem, ...]:
        """Return what was lost of what builds keep, once: where a site was published before, its labels change now."""
        problems = self._state.problems
        if not (self._state.pseudonyms.began and self._was_published):
            return problems
        return (*problems, Problem("state.pseudonyms", _RENUMBERED, "were lost and begin anew"))

    def _sampling(self) -> tuple[float, float, int] | None:
        """Return when the machine was read first and last, in seconds of the build, and how often; that has ended by now."""
        if self._host is None:
            return None
        readings, began = self._host.stop(), self._recorder.started_at
        return readings[0].at - began, readings[-1].at - began, len(readings)


def _last_deploy(past: DeployRecord) -> LastDeploy:
    told = past.told
    if told.refusal is not None:
        return LastDeploy(past.target, past.at, past.status, told.refusal.reason)
    return LastDeploy(past.target, past.at, past.status, usd_month=told.projected_usd_month)

"""What is decided before a build begins: its context, the width of its pools, what it may say."""

import os
from collections.abc import Iterable, Mapping
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from sitegen.concurrency.manager import PoolSizes, choose_processes
from sitegen.config import Config
from sitegen.config.schema import Section, Site
from sitegen.content.authored import ContentPage
from sitegen.errors import ConfigError
from sitegen.findings import BuildContext
from sitegen.gate.leaks import Canaries
from sitegen.instrumentation.clock import Clock, Deadline
from sitegen.instrumentation.journal import Journal
from sitegen.instrumentation.own_series import OWN_SERIES
from sitegen.instrumentation.records import BuildRecord, Pool, PublicBuild
from sitegen.metrics.model import Overview
from sitegen.pipeline.builder import find_builder
from sitegen.pipeline.run import OWN_PROBE, REST, stable_instant
from sitegen.pipeline.selection import Selection
from sitegen.redaction import Names, PatientRedactor, Redactor
from sitegen.scheduler.tick import tick
from sitegen.state.folder import State
from sitegen.units import YEAR, Window, format_quantity

_LAST_LINE = 1.0
_STARTUP_SECONDS = 0.2
"""What the first worker process costs: measured on two cores, fork server with its imports."""


class Options(msgspec.Struct, frozen=True):
    """What the command line said beside the configuration; `only` empty means all sections.

    `recording` is the file to keep what was gathered in, `started` when the process
    started (on the monotonic clock) where it does nothing else. `state` keeps what a replay
    published, where it is a demonstration that is made again and again.
    """

    output: Path
    only: tuple[str, ...] = ()
    jobs: int | None = None
    deadline: float | None = None
    recording: Path | None = None
    started: float | None = None
    state: Path | None = None

    def __post_init__(self) -> None:
        """Refuse a name that no manifest can hold: raises ConfigError."""
        if str(self.output).encode("utf-8", "replace") != os.fsencode(self.output):
            raise ConfigError(f"{self.output} has a name that is not UTF-8; publish to another folder")


class Plan(NamedTuple):
    """How a build runs and what its site is to be like; `cache` keeps compiled templates, None keeps none.

    `is_new` says that the site shows itself alone so far.
    """

    sizes: PoolSizes
    deadline: Deadline
    site: Site
    cache: str | None
    selection: Selection
    canaries: Canaries
    overview: Overview = Overview()
    is_new: bool = False


def start_tick(
    clock: Clock, cycle: float, last: BuildRecord | None, state: State, journal: Journal
) -> BuildContext:
    """Return when and what this build is; cycles that did not run before it are written to the log."""
    now = clock.now()
    ticked = tick(now, cycle, last.slot if last else None)
    if ticked.missed:
        missed = f"{format_quantity(ticked.missed, 'cycles')} before this one did not run"
        journal.write("warn", missed, missed, missed=ticked.missed)
    return BuildContext(
        now=now,
        slot=ticked.slot,
        cycle=cycle,
        generation=state.builds.next_generation(),
        stable_until=stable_instant(now, _first_end(state, now)),
        first_slot=_first_slot(state, now, cycle),
    )


def _first_slot(state: State, now: float, cycle: float) -> float | None:
    """Return the slot of the first build, which runs tell for a year; then the oldest hour that is kept."""
    runs = [start for start, _, _ in state.probes.intervals(OWN_PROBE, now - YEAR, now + cycle)]
    hour = state.series.oldest("sitegen_up")
    return min([*runs, hour] if hour is not None and hour <= now else runs, default=None)


def _first_end(state: State, now: float) -> float | None:
    """Return when the first build had ended and written its last line, the same for all builds after it."""
    first = state.builds.first()
    if first is None:
        return None
    took = 0.0 if first.clock_fixed else first.duration
    return min(now, first.started_at + took + _LAST_LINE)


def plan_pool_sizes(
    asked: int | None, sections: Mapping[str, Section], last: PublicBuild | None
) -> PoolSizes:
    """Return the width of the pools: as asked for, else by what the last build's work in line or in processes cost."""
    if asked == 1:
        return PoolSizes.alone()
    work = (
        None if last is None else sum(task.cpu_seconds for task in last.tasks if task.pool is not Pool.THREAD)
    )
    return PoolSizes(
        shared=asked or choose_processes(os.cpu_count() or 1, work, _STARTUP_SECONDS),
        threads={name: section.threads for name, section in sections.items() if section.threads},
        processes={name: section.processes for name, section in sections.items() if section.processes},
    )


def make_redactor(config: Config, names: Names | None = None) -> Redactor:
    """Make the redactor that the configuration asks for; its own secrets are cut everywhere, `names` are for labels."""
    authored = bool(config.redaction.rules or config.redaction.allow)
    return (PatientRedactor if authored else Redactor)(
        rules=config.redaction.rules,
        allow=config.redaction.allow,
        show_ip=config.redaction.ip == "show",
        show_email=config.redaction.email == "show",
        canaries=config.secrets,
        names=names,
        builder=find_builder(config),
    )


def make_canaries(config: Config) -> Canaries:
    """Return what must not occur on the site, and what may although it looks like a secret."""
    return Canaries(secrets=config.secrets, builder=find_builder(config), allow=config.redaction.allow)


def allow_name(canaries: Canaries) -> Canaries:
    """Return what must not occur where this machine's name may."""
    return replace(canaries, builder=replace(canaries.builder, names=()))


def spare_words(canaries: Canaries, pages: Iterable[ContentPage]) -> Canaries:
    """Return what must not occur on the site where an author wrote these pages: a name in them is theirs to tell."""
    shown = [(page.path, page.title, page.description, *page.front.tags, page.body_html) for page in pages]
    paths = [f"{page[0]}/" for page in shown]
    words = "\n".join(chain.from_iterable(shown))
    return replace(canaries, builder=canaries.builder.without(words, paths))


def public_samples(state: State, context: BuildContext) -> dict[str, float]:
    """Return sitegen's own series as of the stable instant, each as one column of five minutes.

    The cycle that begins at that instant stores its sample only after this.
    """
    end = max(context.stable_until - context.cycle, context.first_slot or 0.0)
    window = Window(start=end, end=end, step=REST)
    known = [
        name for name in state.series.names() if name.partition("{")[0].removesuffix("_total") in OWN_SERIES
    ]
    columns = {name: state.series.columns(name, window)[1] for name in known}
    return {name: values[-1] for name, values in columns.items() if len(values)}

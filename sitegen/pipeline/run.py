"""What every section of one build works with."""

from collections.abc import Sequence
from typing import Generic, NamedTuple, TypeVar

import msgspec
from msgspec.structs import replace

from sitegen.concurrency.manager import Manager
from sitegen.concurrency.sampler import Sampler
from sitegen.config.model import SELF
from sitegen.errors import Notice, Problem, Reason
from sitegen.findings import BuildContext, SourceRow
from sitegen.freshness import Freshness
from sitegen.instrumentation.clock import Clock, Deadline
from sitegen.metrics.host_series import Reading
from sitegen.redaction import Redactor
from sitegen.state.folder import State
from sitegen.state.sources import SourceRecord
from sitegen.units import Instant

T = TypeVar("T")

REST = 300.0
"""Pages on sitegen itself rest this long: each object that changes every cycle costs $0.43 a month and region."""

OWN_PROBE = "@cycles"
"""The name under which the history keeps sitegen's own cycles, as if each answered a probe; no probe's id can be it."""


class Run(NamedTuple):
    """The hands and the clock of a build; `gathering` is the deadline of everything that waits for others.

    `host` reads the machine that builds, until gathering ends; None where no source asks for it.
    """

    context: BuildContext
    clock: Clock
    manager: Manager
    state: State
    redactor: Redactor
    gathering: Deadline
    host: Sampler[Reading] | None


class Section(msgspec.Struct, Generic[T], frozen=True):
    """What a section found, the faults it met on the way, and what else operators read. It never raises for the world's faults."""

    found: T
    problems: tuple[Problem, ...] = ()
    remarks: tuple[Problem, ...] = ()


class Gathered(msgspec.Struct, Generic[T], frozen=True):
    """Results that came, and problems in the place of those that did not."""

    values: tuple[T, ...]
    problems: tuple[Problem, ...]


def split(results: "list[T | Problem]") -> Gathered[T]:
    """Separate results from problems; the order stays."""
    return Gathered(
        values=tuple(result for result in results if not isinstance(result, Problem)),
        problems=tuple(result for result in results if isinstance(result, Problem)),
    )


def note_files(run: Run, section: str, name: str, *, found: bool, problems: Sequence[Problem]) -> SourceRow:
    """Keep how a source of files has fared, and return its row: it answers where anything was found in it.

    Sitegen's own is fresh even while it is empty, and needs no keeping.
    """
    answers = found or name == SELF
    fault = next((problem.message for problem in problems), "")
    record = run.state.sources.known(section).get(name, SourceRecord())
    record = record.after(run.context.now, healthy=answers, answered=answers, asked=1, fault=fault)
    if name != SELF:
        run.state.sources.save(section, {name: record})
    fetched = None if record.answered_at is None else Instant(record.answered_at)
    return SourceRow(name, Freshness.FRESH if answers else Freshness.MISSING, fetched, reasons_of(problems))


def unread(lost: Problem, section: str, name: str) -> Problem:
    """Return why a source of files was not read at all: the one who waited for it does not know what it is called."""
    return replace(lost, where=f"{section}.{name}", reason=Reason.LATE)


def reasons_of(problems: Sequence[Problem | Notice]) -> tuple[str, ...]:
    """Return what keeps a source's answers away, the first two classes."""
    return tuple(dict.fromkeys(problem.reason for problem in problems))[:2]


def stable_instant(now: float, first_end: float | None) -> float:
    """Return the instant up to which pages that rest look: the last full five minutes.

    On a young site that would be before anything happened; then it is the end of the
    first build, so that the second one already has something to show.
    """
    rested = now // REST * REST
    return rested if first_end is None else max(rested, first_end)

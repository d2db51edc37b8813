"""What became of a build, and the record that is made of it."""

from typing import NamedTuple

from sitegen.errors import Problem
from sitegen.findings import BuildContext
from sitegen.instrumentation.clock import Clock
from sitegen.instrumentation.recorder import Recorder
from sitegen.instrumentation.records import BuildRecord, PageRecord
from sitegen.output import OutputFile
from sitegen.publishing.writer import Published

__all__ = ["Outcome", "make_record"]


class Outcome(NamedTuple):
    """How a build ended; of one that is still running, or that failed, only what there is."""

    workers: int = 0
    published: Published | None = None
    pages: tuple[PageRecord, ...] = ()
    files: tuple[OutputFile, ...] = ()
    failure: Problem | None = None


def make_record(  # noqa: PLR0917 - a record is what it is made of
    recorder: Recorder,
    context: BuildContext,
    trace_id: str,
    clock: Clock,
    problems: tuple[Problem, ...],
    outcome: Outcome,
) -> BuildRecord:
    """Give the record of a build as it stands now."""
    published, failure = outcome.published, outcome.failure
    found = (*problems, *(published.problems if published else ()), *([failure] if failure else []))
    return BuildRecord(
        generation=context.generation,
        trace_id=trace_id,
        slot=context.slot,
        started_at=recorder.started_at,
        duration=recorder.elapsed(),
        status="failed" if failure else "degraded" if found else "ok",
        clock_fixed=clock.fixed,
        workers=outcome.workers,
        files_total=len(outcome.files),
        files_changed=len(published.changed) if published else 0,
        bytes_total=sum(len(file.body) for file in outcome.files),
        sections=dict(recorder.sections),
        stages=recorder.stages,
        tasks=tuple(recorder.tasks),
        pages=outcome.pages,
        problems=found,
    )

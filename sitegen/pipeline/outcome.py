"""What became of a build, and the record that is made of it."""

from typing import NamedTuple

from sitegen.errors import Problem
from sitegen.findings import BuildContext
from sitegen.instrumentation.recorder import Recorder
from sitegen.instrumentation.records import BuildRecord, PageRecord
from sitegen.output import OutputFile
from sitegen.publishing.writer import Published


class Outcome(NamedTuple):
    """How a build ended; of one that is still running, or that failed, only what there is."""

    published: Published | None = None
    pages: tuple[PageRecord, ...] = ()
    files: tuple[OutputFile, ...] = ()
    failure: Problem | None = None
    styles: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def make_record(
    recorder: Recorder, context: BuildContext, unkept: tuple[Problem, ...], outcome: Outcome
) -> BuildRecord:
    """Return the record of a build as it stands now; `unkept` are the problems of its state."""
    published, failure = outcome.published, outcome.failure
    known = (problem for section in recorder.sections.values() for problem in section.problems)
    found = (
        *dict.fromkeys((*unkept, *known, *recorder.problems)),
        *(published.problems if published else ()),
        *([failure] if failure else []),
    )
    return BuildRecord(
        generation=context.generation,
        trace_id=recorder.trace_id,
        slot=context.slot,
        started_at=recorder.started_at,
        duration=recorder.elapsed(),
        status="failed" if failure else "degraded" if found else "ok",
        clock_fixed=recorder.clock_fixed,
        workers=len({task.lane for task in recorder.tasks}),
        files_total=len(outcome.files),
        files_changed=len(published.changed) if published else 0,
        bytes_total=sum(len(file.body) for file in outcome.files),
        sections=dict(recorder.sections),
        stages=recorder.stages,
        tasks=tuple(recorder.tasks),
        pages=outcome.pages,
        problems=found,
        process_seconds=recorder.process_seconds,
        style_hashes=outcome.styles,
        notes=outcome.notes,
    )

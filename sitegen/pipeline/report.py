"""The report of a build: what `--format json` prints and `.sitegen/report.json` keeps."""

import msgspec

from sitegen.errors import Problem
from sitegen.instrumentation.records import BuildRecord
from sitegen.units import rfc3339


class Files(msgspec.Struct, frozen=True):
    """How many files the site has, how many of them changed, and their bytes."""

    total: int
    changed: int
    bytes: int


class SectionReport(msgspec.Struct, frozen=True):
    """One section, as its record says."""

    status: str
    tasks: int
    duration_seconds: float
    problems: tuple[Problem, ...]
    remarks: tuple[Problem, ...]


class StageReport(msgspec.Struct, frozen=True):
    """One stage of the build, in the order in which they ran."""

    name: str
    duration_seconds: float


class Concurrency(msgspec.Struct, frozen=True):
    """How the work ran: `busy_seconds` is the sum of all tasks, `workers` how many did any."""

    wall_seconds: float
    busy_seconds: float
    cpu_seconds: float
    workers: int


class Report(msgspec.Struct, frozen=True):
    """The machine-readable outcome of one build, version 1 of its shape.

    `style_hashes` are the digests of all style sheets of its pages and drawings, as a policy names them.
    """

    version: int
    status: str
    generation: int
    started_at: str
    slot: str
    drift_seconds: float
    duration_seconds: float
    process_seconds: float
    files: Files
    stages: tuple[StageReport, ...]
    style_hashes: tuple[str, ...]
    sections: dict[str, SectionReport]
    problems: tuple[Problem, ...]
    concurrency: Concurrency


def summarise(record: BuildRecord) -> Report:
    """Return the report of a build."""
    return Report(
        version=1,
        status=record.status,
        generation=record.generation,
        started_at=rfc3339(record.started_at, digits=3),
        slot=rfc3339(record.slot),
        drift_seconds=round(max(0.0, record.started_at - record.slot), 6),
        duration_seconds=round(record.duration, 6),
        process_seconds=round(record.took, 6),
        files=Files(total=record.files_total, changed=record.files_changed, bytes=record.bytes_total),
        stages=tuple(
            StageReport(stage.name, round(stage.ended - stage.started, 6)) for stage in record.stages
        ),
        style_hashes=record.style_hashes,
        sections={
            name: SectionReport(
                section.status,
                section.tasks,
                round(section.duration_seconds, 6),
                section.problems,
                section.remarks,
            )
            for name, section in record.sections.items()
        },
        problems=record.problems,
        concurrency=Concurrency(
            wall_seconds=round(record.duration, 6),
            busy_seconds=round(sum(task.ended - task.started for task in record.tasks), 6),
            cpu_seconds=round(sum(task.cpu_seconds for task in record.tasks), 6),
            workers=record.workers,
        ),
    )

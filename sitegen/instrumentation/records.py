"""The records of a build: its tasks, its sections, its pages, and the build as a whole."""

from enum import StrEnum

import msgspec

from sitegen.errors import Problem

__all__ = ["BuildRecord", "PageRecord", "Pool", "SectionRecord", "StageRecord", "TaskRecord"]


class Pool(StrEnum):
    """Where a task ran."""

    THREAD = "thread"
    PROCESS = "process"
    INLINE = "inline"


class TaskRecord(msgspec.Struct, frozen=True):
    """One task of a build. Times are seconds since the build's start, on the monotonic clock.

    `worker` numbers the workers of one pool of one section from 0; `cpu_seconds` is
    the worker's own CPU time; `bytes_moved` what crossed a process border for it;
    `peer` names the server that the task talked to.
    """

    section: str
    task: str
    pool: Pool
    worker: int
    queued: float
    started: float
    ended: float
    cpu_seconds: float
    bytes_moved: int
    failed: bool = False
    peer: str | None = None

    @property
    def lane(self) -> tuple[str, Pool, int]:
        """Which worker took it: threads belong to a section, processes and the building process itself to all."""
        return (self.section if self.pool is Pool.THREAD else "", self.pool, self.worker)

    @property
    def lane_name(self) -> str:
        """That worker's name: `main`, `metrics 0`, `process 3`."""
        if self.pool is Pool.INLINE:
            return "main"
        return f"{self.section if self.pool is Pool.THREAD else self.pool} {self.worker}"


class StageRecord(msgspec.Struct, frozen=True):
    """One stage of a build. Times are seconds since the build's start, on the monotonic clock."""

    name: str
    started: float
    ended: float


class SectionRecord(msgspec.Struct, frozen=True):
    """One section of a build: `status` ok, degraded or failed; seconds from its first to its last moment."""

    status: str
    tasks: int
    duration_seconds: float
    problems: tuple[Problem, ...] = ()


class PageRecord(msgspec.Struct, frozen=True):
    """The size of one page of a build: bytes as they are, in brotli, and the cap of these that the gate holds it to.

    `compressed` is 0 in a record of an earlier sitegen, which kept another size.
    """

    path: str
    raw: int
    cap: int
    compressed: int = 0


class BuildRecord(msgspec.Struct, frozen=True):
    """Everything a build knows about itself once it is over; instants in POSIX seconds, durations in seconds.

    `duration` is that of the build itself, `process_seconds` from the start of the process
    (None where that had other tasks). `clock_fixed` says that the wall clock stood still, so that nothing measured may be
    published from this record.
    """

    generation: int
    trace_id: str
    slot: float
    started_at: float
    duration: float
    status: str
    clock_fixed: bool
    workers: int
    files_total: int
    files_changed: int
    bytes_total: int
    sections: dict[str, SectionRecord]
    tasks: tuple[TaskRecord, ...]
    pages: tuple[PageRecord, ...]
    problems: tuple[Problem, ...]
    stages: tuple[StageRecord, ...] = ()
    process_seconds: float | None = None

    @property
    def took(self) -> float:
        """What a timer pays for the build, as far as it is known, in seconds."""
        return self.duration if self.process_seconds is None else self.process_seconds

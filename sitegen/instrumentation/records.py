"""The records of a build: its tasks, its sections, its pages, and the build as a whole."""

from enum import StrEnum

import msgspec

from sitegen.errors import Problem


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
    """One section of a build: `status` ok, degraded or failed; seconds from its first to its last moment.

    `remarks` are for operators too, but no fault of the build: why a service is down, a server's own words.
    """

    status: str
    tasks: int
    duration_seconds: float
    problems: tuple[Problem, ...] = ()
    remarks: tuple[Problem, ...] = ()


class PageRecord(msgspec.Struct, frozen=True):
    """The size of one page of a build: bytes as they are, in brotli, and the cap of these that the gate holds it to.

    `compressed` is 0 in a record of an earlier sitegen, which kept another size.
    """

    path: str
    raw: int
    cap: int
    compressed: int = 0


class PublicBuild(msgspec.Struct, frozen=True, kw_only=True):
    """What anybody may know of a build: how it ran and what it made; instants in POSIX seconds, durations in seconds.

    `duration` is that of the build itself, `process_seconds` from the start of the process
    (None where that had other tasks). `sampling` is when the first and the last reading of the machine
    were taken, in seconds since the build's start, and how many there were. `clock_fixed` says that the wall clock
    stood still, so that nothing measured may be published from this record. `style_hashes` are the digests of the site's style sheets, as its policies name them.
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
    tasks: tuple[TaskRecord, ...]
    pages: tuple[PageRecord, ...]
    stages: tuple[StageRecord, ...] = ()
    process_seconds: float | None = None
    style_hashes: tuple[str, ...] = ()
    sampling: tuple[float, float, int] | None = None

    @property
    def lead(self) -> float:
        """How long the process had been there when the build itself began, in seconds."""
        return max(0.0, self.took - self.duration)

    @property
    def took(self) -> float:
        """What a timer pays for the build, as far as it is known, in seconds."""
        return self.duration if self.process_seconds is None else self.process_seconds


class BuildRecord(PublicBuild, frozen=True, kw_only=True):
    """Everything a build knows about itself once it is over; what went wrong is for operators.

    `notes` are worth a word to them, and no problem.
    """

    sections: dict[str, SectionRecord]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...] = ()

    @property
    def public(self) -> PublicBuild:
        """What may become public of it."""
        return PublicBuild(**{name: getattr(self, name) for name in PublicBuild.__struct_fields__})

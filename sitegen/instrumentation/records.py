"""The record of one task, as the Concurrency Visualizer and the build's own trace read it."""

from enum import StrEnum

import msgspec

__all__ = ["Pool", "TaskRecord"]


class Pool(StrEnum):
    """Where a task ran."""

    THREAD = "thread"
    PROCESS = "process"
    INLINE = "inline"


class TaskRecord(msgspec.Struct, frozen=True):
    """One task of a build. Times are seconds since the build's start, on the monotonic clock.

    `worker` numbers the workers of one pool of one section from 0; `cpu_seconds` is
    the worker's own CPU time; `bytes_moved` what crossed a process border for it.
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

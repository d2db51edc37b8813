"""The record of the build that is running: its tasks and sections, written by the main thread only."""

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

from sitegen.errors import Problem
from sitegen.instrumentation.clock import Clock
from sitegen.instrumentation.records import Pool, SectionRecord, StageRecord, TaskRecord

Problems = tuple[Problem, ...]


def new_trace_id(clock: Clock) -> str:
    """Return 32 lower-case hex digits; a fixed clock gives the same ones each time, so that builds are reproducible."""
    return f"{round(clock.now() * 1e9):032x}" if clock.fixed else secrets.token_hex(16)


class Recorder:
    """Collects what a build learns about itself. Times in it are seconds since it was made.

    `announce` is told the name of each stage; `process_started` is when the process
    started, on the monotonic clock, None where it has other tasks than this build.
    """

    def __init__(
        self,
        clock: Clock,
        announce: Callable[[str], None] = lambda _: None,
        process_started: float | None = None,
    ) -> None:
        self._clock = clock
        self._announce = announce
        self._process_started = process_started
        self.clock_fixed = clock.fixed
        self.trace_id = new_trace_id(clock)
        self._ended: list[StageRecord] = []
        self._running: tuple[str, float] | None = None
        self._zero = clock.monotonic()
        self.started_at = clock.now()
        self.tasks: list[TaskRecord] = []
        self.sections: dict[str, SectionRecord] = {}
        self.problems: list[Problem] = []

    def elapsed(self, instant: float | None = None) -> float:
        """Return seconds since the start, of an instant on the monotonic clock or of now."""
        return (self._clock.monotonic() if instant is None else instant) - self._zero

    @property
    def process_seconds(self) -> float | None:
        """How long the process has been there, where it is known."""
        return None if self._process_started is None else self._clock.monotonic() - self._process_started

    @property
    def stages(self) -> tuple[StageRecord, ...]:
        """The stages in the order in which they ran; the one that is running has lasted until now."""
        if self._running is None:
            return tuple(self._ended)
        return (*self._ended, StageRecord(*self._running, self.elapsed()))

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Announce a stage, time it, and close it however it ends."""
        self._announce(name)
        self._running = (name, self.elapsed())
        try:
            yield
        finally:
            self._ended.append(StageRecord(*self._running, self.elapsed()))
            self._running = None

    @contextmanager
    def task(self, section: str, name: str) -> Iterator[None]:
        """Record what the main thread does itself."""
        started, cpu = self.elapsed(), self._clock.thread_cpu()
        failed = True
        try:
            yield
            failed = False
        finally:
            ended, used = self.elapsed(), self._clock.thread_cpu() - cpu
            self.tasks.append(
                TaskRecord(section, name, Pool.INLINE, 0, started, started, ended, used, 0, failed=failed)
            )

    def close_sections(
        self, faults: Mapping[str, Problems], told: Mapping[str, Problems] = MappingProxyType({})
    ) -> None:
        """Sum up these sections as they stand now, with the faults and the remarks since they were last summed up."""
        for name, new in faults.items():
            known = self.sections.get(name) or SectionRecord("ok", 0, 0.0)
            problems, remarks = (*known.problems, *new), (*known.remarks, *told.get(name, ()))
            own = [task for task in self.tasks if task.section == name]
            span = max(task.ended for task in own) - min(task.queued for task in own) if own else 0.0
            status = "degraded" if problems else "ok"
            self.sections[name] = SectionRecord(status, len(own), span, problems, remarks)

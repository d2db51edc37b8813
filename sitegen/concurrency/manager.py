"""The Concurrency Manager: the only owner of pools.

Each section has a thread pool of its own for I/O; its CPU work goes to processes, to
a pool of its own where the configuration gives it a width, else to one that the
sections share. With one worker there is no pool at all: the same calls run in line,
in the same order. Functions never learn where they run. Work that crosses a process
border is pickled once, and its bytes are counted.

A task that is not done by the deadline, or that raises, comes back as a `Problem` in
its place, so one fault never takes the others with it.
"""

import asyncio
import multiprocessing
import pickle
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import forkserver
from typing import Any, NamedTuple, Self, TypeVar

import msgspec

from sitegen.concurrency.worker import Stamps, follow_parent, run_pickled, run_timed
from sitegen.errors import Problem
from sitegen.instrumentation.clock import Deadline
from sitegen.instrumentation.recorder import Recorder
from sitegen.instrumentation.records import Pool, TaskRecord

__all__ = ["Manager", "Widths", "choose_processes", "run_all"]

Item = TypeVar("Item")
Result = TypeVar("Result")

# What every worker needs; imported once by the fork server while the network is being waited for.
_PRELOAD = ["sitegen.templating.engine", "sitegen.visualization.generator", "sitegen.gate.inspection"]


class Widths(msgspec.Struct, frozen=True):
    """How wide the pools are: threads by section, processes by section (a pool of its own), and the shared pool.

    A `shared` pool of one process is none: its work runs in line. `default_threads` of
    0 does the same for threads; `alone()` is both, for `--jobs 1`.
    """

    shared: int
    threads: dict[str, int] = {}
    processes: dict[str, int] = {}
    default_threads: int = 8

    @classmethod
    def alone(cls) -> "Widths":
        """No pools at all."""
        return cls(shared=1, default_threads=0)


class _Job(NamedTuple):
    section: str
    task: str
    peer: str | None
    queued: float


def choose_processes(cores: int, cpu_seconds: float | None, startup_seconds: float) -> int:
    """Decide how many processes draw and render, from the CPU seconds that the last build's work took.

    A pool of n pays when `startup + work / n` is less than `work` in line. Without a
    record of an earlier build there is nothing to decide by: the machine's width.
    """
    if cores < 2 or cpu_seconds is None:
        return max(1, cores)
    return cores if startup_seconds + cpu_seconds / cores < cpu_seconds else 1


class Manager:
    """Hands out work. A context manager: leaving it ends the pools without waiting for what hangs."""

    def __init__(self, widths: Widths, recorder: Recorder, deadline: Deadline) -> None:
        self._widths = widths
        self._recorder = recorder
        self._deadline = deadline
        self._threads: dict[str, ThreadPoolExecutor] = {}
        self._processes: dict[str, ProcessPoolExecutor] = {}
        self._numbers: dict[tuple[str, Pool], dict[int, int]] = {}
        self.stuck = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for pool in self._threads.values():
            pool.shutdown(wait=False, cancel_futures=True)
        for processes in self._processes.values():
            _end(processes, kill=self.stuck)

    @property
    def workers(self) -> int:
        """How many workers have done something so far."""
        return sum(len(numbers) for numbers in self._numbers.values())

    def warm(self) -> None:
        """Start the process that forks the workers now, so that it imports while the network is waited for."""
        if self._pooled(None) and _START_METHOD == "forkserver":
            multiprocessing.set_forkserver_preload(_PRELOAD)
            forkserver.ensure_running()

    async def io(
        self,
        section: str,
        function: Callable[[Item], Result],
        items: Sequence[Item],
        *,
        name: Callable[[Item], str],
        peer: Callable[[Item], str | None] = lambda _: None,
        pool: str | None = None,
        width: int | None = None,
        deadline: Deadline | None = None,
    ) -> list[Result | Problem]:
        """Run `function` over the items in the section's threads; results in the items' order.

        A section that asks several servers gives each a `pool` of its own (`width`
        threads), so that one that hangs holds up no other.
        """
        jobs = [_Job(section, name(item), peer(item), self._recorder.elapsed()) for item in items]
        deadline = deadline or self._deadline
        if not jobs or (self._widths.default_threads == 0 and section not in self._widths.threads):
            return self._in_line(function, items, jobs, deadline)
        threads = self._thread_pool(pool or section, width or self._widths.threads.get(section))
        calls = [threads.submit(run_timed, function, item) for item in items]
        return await self._collect(Pool.THREAD, calls, jobs, deadline)

    async def cpu(
        self,
        section: str,
        function: Callable[[Item], Result],
        items: Sequence[Item],
        *,
        name: Callable[[Item], str],
    ) -> list[Result | Problem]:
        """Run `function` (of a module, so that it pickles) over the items in processes; results in order."""
        jobs = [_Job(section, name(item), None, self._recorder.elapsed()) for item in items]
        if not jobs or not self._pooled(section):
            return self._in_line(function, items, jobs, self._deadline)
        # Submitting waits for the fork server's imports: a thread waits, not the event loop.
        calls = await asyncio.to_thread(self._submit_pickled, section, function, items)
        return await self._collect(Pool.PROCESS, calls, jobs, self._deadline)

    def _pooled(self, section: str | None) -> bool:
        return self._widths.shared > 1 or self._widths.processes.get(section or "", 0) > 1

    def _thread_pool(self, name: str, width: int | None) -> ThreadPoolExecutor:
        if name not in self._threads:
            threads = width or self._widths.default_threads
            self._threads[name] = ThreadPoolExecutor(threads, thread_name_prefix=f"sitegen-{name}")
        return self._threads[name]

    def _submit_pickled(
        self, section: str, function: Callable[[Item], Result], items: Sequence[Item]
    ) -> list["Future[tuple[Result | None, Stamps]]"]:
        key = section if section in self._widths.processes else ""
        width = self._widths.processes.get(section, self._widths.shared)
        if key not in self._processes:
            context = multiprocessing.get_context(_START_METHOD)
            self._processes[key] = ProcessPoolExecutor(width, mp_context=context, initializer=follow_parent)
        pool = self._processes[key]
        return [pool.submit(run_pickled, pickle.dumps((function, item), 5)) for item in items]

    async def _collect(
        self,
        pool: Pool,
        calls: Sequence["Future[tuple[Result | None, Stamps]]"],
        jobs: Sequence[_Job],
        deadline: Deadline,
    ) -> list[Result | Problem]:
        await asyncio.wait([asyncio.wrap_future(call) for call in calls], timeout=deadline.remaining())
        return [self._settle(pool, call, job) for call, job in zip(calls, jobs, strict=True)]

    def _settle(self, pool: Pool, call: "Future[tuple[Any, Stamps]]", job: _Job) -> Any:
        if not call.done():
            self.stuck = True
            call.cancel()
            return self._lost(pool, job, "not finished by the deadline; shown without it")
        failure = call.exception()
        if failure is not None:
            return self._lost(pool, job, f"its worker died ({type(failure).__name__}); shown without it")
        return self._note(pool, job, *call.result())

    def _in_line(
        self,
        function: Callable[[Item], Result],
        items: Sequence[Item],
        jobs: Sequence[_Job],
        deadline: Deadline,
    ) -> list[Result | Problem]:
        return [
            self._lost(Pool.INLINE, job, "not started by the deadline; shown without it")
            if deadline.passed
            else self._note(Pool.INLINE, job, *run_timed(function, item))
            for item, job in zip(items, jobs, strict=True)
        ]

    def _lost(self, pool: Pool, job: _Job, why: str) -> Problem:
        now = self._recorder.elapsed()
        self._recorder.add_task(
            TaskRecord(
                job.section,
                job.task,
                pool,
                0,
                job.queued,
                job.queued,
                now,
                0.0,
                0,
                failed=True,
                peer=job.peer,
            )
        )
        return Problem(job.section, f"{job.task}: {why}")

    def _note(self, pool: Pool, job: _Job, value: Result | None, stamps: Stamps) -> Result | Problem:
        numbers = self._numbers.setdefault((job.section if pool is Pool.THREAD else "", pool), {})
        worker = numbers.setdefault(stamps.worker, len(numbers))
        started, ended = self._recorder.elapsed(stamps.started), self._recorder.elapsed(stamps.ended)
        self._recorder.add_task(
            TaskRecord(
                section=job.section,
                task=job.task,
                pool=pool,
                worker=worker,
                queued=min(job.queued, started),
                started=started,
                ended=ended,
                cpu_seconds=stamps.cpu,
                bytes_moved=stamps.moved,
                failed=stamps.error is not None or isinstance(value, Problem),
                peer=job.peer,
            )
        )
        if stamps.error is not None:
            return Problem(job.section, f"{job.task}: a bug in sitegen: {stamps.error}")
        return value  # type: ignore[return-value]  # without an error there is a value


_START_METHOD = "forkserver" if sys.platform == "linux" else "spawn"


def _end(pool: Executor, *, kill: bool) -> None:
    workers = list((getattr(pool, "_processes", None) or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    if kill:
        for worker in workers:
            worker.kill()


def run_all(function: Callable[[Item], Result], items: Sequence[Item], width: int) -> list[Result]:
    """Call the function for every item in up to `width` threads; an exception of one is raised when all are done."""
    if len(items) <= 1 or width <= 1:
        return [function(item) for item in items]
    with ThreadPoolExecutor(min(width, len(items)), thread_name_prefix="sitegen-deploy") as pool:
        return list(pool.map(function, items))

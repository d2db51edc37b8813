"""The Concurrency Manager: the only owner of pools.

Each section has a thread pool of its own for I/O; its CPU work goes to processes, to
a pool of its own where the configuration gives it a width, else to one that the
sections share. With one worker there is no pool at all: the same calls run in line,
in the same order. Functions never learn where they run. Work that crosses a process
border is pickled once, and its bytes are counted.

A task that is not done by the deadline or in the time that it has, or that raises, comes
back as a `Problem` in its place, so one fault never takes the others with it. Where no
process and no thread can be started, the work is done in line too.
"""

import asyncio
import pickle
import queue
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeVar

from sitegen.concurrency.calls import Call, wait
from sitegen.concurrency.pool_sizes import PoolSizes, choose_processes
from sitegen.concurrency.worker import TaskTiming, run_timed
from sitegen.errors import Problem
from sitegen.instrumentation.clock import Deadline
from sitegen.instrumentation.recorder import Recorder
from sitegen.instrumentation.records import Pool, TaskRecord
from sitegen.limits import TASK_SECONDS, Limit, main_thread

if TYPE_CHECKING:
    from sitegen.concurrency.processes import ProcessPools

__all__ = ["Manager", "PoolSizes", "choose_processes", "run_all", "run_beside"]

Item = TypeVar("Item")
Result = TypeVar("Result")


_GRACE = 0.2
"""Seconds that a thread gets beyond the deadline: it keeps to it by itself, and then has to say what it waited for."""


class _Job(NamedTuple):
    section: str
    task: str
    peer: str | None
    queued: float


class Manager:
    """Hands out work. A context manager: leaving it ends the pools without waiting for what hangs."""

    def __init__(self, sizes: PoolSizes, recorder: Recorder, deadline: Deadline) -> None:
        self._sizes = sizes
        self._recorder = recorder
        self._deadline = deadline
        self._threads: dict[str, ThreadPoolExecutor] = {}
        self._processes: ProcessPools | None = None
        self._numbers: dict[tuple[str, Pool], dict[int, int]] = {}
        self._alone = False
        self.stuck = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for pool in self._threads.values():
            pool.shutdown(wait=False, cancel_futures=True)
        if self._processes is not None:
            self._processes.end(kill=self.stuck)

    def warm(self) -> None:
        """Start the process that forks the workers now, so that it imports while the network is waited for."""
        if self._pooled(None):
            from sitegen.concurrency.processes import NoWorkerError  # noqa: PLC0415 - a build in line does without multiprocessing

            try:
                self._process_pools().warm()
            except NoWorkerError as error:
                self._do_without(error)

    def task(self, section: str, name: str) -> AbstractContextManager[None]:
        """Record what the building process itself does inside the `with`."""
        return self._recorder.task(section, name)

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
        if not jobs or (self._sizes.default_threads == 0 and section not in self._sizes.threads):
            return self._in_line(function, items, jobs, deadline)
        threads = self._thread_pool(pool or section, width or self._sizes.threads.get(section))
        call_here = _calls_into(asyncio.get_running_loop(), deadline)
        try:
            calls = [threads.submit(_run_in_thread, call_here, function, item) for item in items]
        except RuntimeError as error:
            self._do_without(error)
            return self._in_line(function, items, jobs, deadline)
        await wait(calls, deadline, _GRACE)
        return [self._settle(Pool.THREAD, call, job) for call, job in zip(calls, jobs, strict=True)]

    async def cpu(
        self,
        section: str,
        function: Callable[[Item], Result],
        items: Sequence[Item],
        *,
        name: Callable[[Item], str],
        seconds: float | None = TASK_SECONDS,
        deadline: Deadline | None = None,
    ) -> list[Result | Problem]:
        """Run `function` (of a module, so that it pickles) over the items in processes; results in order.

        Each has so many CPU `seconds`; None leaves it all that are left to the build.
        """
        jobs = [_Job(section, name(item), None, self._recorder.elapsed()) for item in items]
        deadline = deadline or self._deadline
        if not jobs or not self._pooled(section):
            return self._in_line(function, items, jobs, deadline, seconds)
        from sitegen.concurrency.processes import NoWorkerError  # noqa: PLC0415 - a build in line does without multiprocessing

        try:
            calls = await self._process_pools().run(section, function, items, seconds, deadline)
        except (NoWorkerError, BrokenExecutor) as error:
            self._do_without(error)
            return self._in_line(function, items, jobs, deadline, seconds)
        found: list[Result | Problem] = []
        for call, item, job in zip(calls, items, jobs, strict=True):
            if call.done() and not call.cancelled() and isinstance(call.exception(), NoWorkerError):
                self._do_without(call.exception())
                found += self._in_line(function, [item], [job], deadline, seconds)
            else:
                found.append(self._settle(Pool.PROCESS, call, job))
        return found

    def _pooled(self, section: str | None) -> bool:
        wide = self._sizes.shared > 1 or self._sizes.processes.get(section or "", 0) > 1
        return wide and not self._alone

    def _do_without(self, error: BaseException | None) -> None:
        """Do all further work in line that processes would do, and note why, once."""
        if not self._alone:
            sentence = (
                f"the system starts no further process or thread ({error}); their work was done in line"
            )
            self._recorder.problems.append(Problem("concurrency", sentence))
        self._alone = True

    def _process_pools(self) -> "ProcessPools":
        if self._processes is None:
            from sitegen.concurrency.processes import ProcessPools  # noqa: PLC0415 - a build in line does without multiprocessing

            self._processes = ProcessPools(self._sizes, self._deadline)
        return self._processes

    def _thread_pool(self, name: str, width: int | None) -> ThreadPoolExecutor:
        if name not in self._threads:
            threads = width or self._sizes.default_threads
            self._threads[name] = ThreadPoolExecutor(threads, thread_name_prefix=f"sitegen-{name}")
        return self._threads[name]

    def _settle(self, pool: Pool, call: Call, job: _Job) -> Any:
        if not call.done() or call.cancelled():
            self.stuck = True
            call.cancel()
            return self._lost(pool, job, "not finished by the deadline; shown without it")
        if (failure := call.exception()) is not None:
            died = isinstance(failure, BrokenExecutor)
            why = "its worker died" if died else f"a bug in sitegen: {type(failure).__name__}"
            return self._lost(pool, job, f"{why}; shown without it")
        value, timing = call.result()
        return self._note(pool, job, pickle.loads(value) if pool is Pool.PROCESS else value, timing)  # noqa: S301 - a worker of ours wrote it

    def _in_line(
        self,
        function: Callable[[Item], Result],
        items: Sequence[Item],
        jobs: Sequence[_Job],
        deadline: Deadline,
        seconds: float | None = None,
    ) -> list[Result | Problem]:
        return [
            self._lost(Pool.INLINE, job, "not started by the deadline; shown without it")
            if deadline.passed
            else self._note(
                Pool.INLINE,
                job,
                *run_timed(function, item, Limit(cpu=seconds, wall=deadline.remaining() + _GRACE)),
            )
            for item, job in zip(items, jobs, strict=True)
        ]

    def _lost(self, pool: Pool, job: _Job, why: str) -> Problem:
        now = self._recorder.elapsed()
        lost = TaskRecord(
            job.section, job.task, pool, 0, job.queued, job.queued, now, 0.0, 0, failed=True, peer=job.peer
        )
        self._recorder.tasks.append(lost)
        return Problem(job.section, f"{job.task}: {why}")

    def _note(self, pool: Pool, job: _Job, value: Result | None, timing: TaskTiming) -> Result | Problem:
        numbers = self._numbers.setdefault((job.section if pool is Pool.THREAD else "", pool), {})
        worker = numbers.setdefault(timing.worker, len(numbers))
        started, ended = self._recorder.elapsed(timing.started), self._recorder.elapsed(timing.ended)
        self._recorder.tasks.append(
            TaskRecord(
                section=job.section,
                task=job.task,
                pool=pool,
                worker=worker,
                queued=min(job.queued, started),
                started=started,
                ended=ended,
                cpu_seconds=timing.cpu,
                bytes_moved=timing.moved,
                failed=timing.error is not None or isinstance(value, Problem),
                peer=job.peer,
            )
        )
        if timing.error is not None:
            return Problem(job.section, f"{job.task}: {timing.error}")
        return value  # type: ignore[return-value]  # without an error there is a value


_Call = Callable[[], object]


def _calls_into(loop: asyncio.AbstractEventLoop, deadline: Deadline) -> Callable[[_Call], object]:
    """Return what has something called by the thread that runs the loop, and waits for what it returns or raises."""

    def call_there(call: _Call) -> object:
        answers: queue.SimpleQueue[tuple[object, BaseException | None]] = queue.SimpleQueue()

        def answer() -> None:
            try:
                answers.put((call(), None))
            except Exception as error:  # noqa: BLE001 - it is raised where it was asked for
                answers.put((None, error))

        try:
            loop.call_soon_threadsafe(answer)
            value, error = answers.get(timeout=deadline.remaining() + _GRACE)
        except (queue.Empty, RuntimeError):  # the loop is closed: the build is over
            raise TimeoutError("the build did not wait for this") from None
        if error is not None:
            raise error
        return value

    return call_there


def _run_in_thread(
    call_there: Callable[[_Call], object], function: Callable[[Item], Result], item: Item
) -> tuple[Result | None, TaskTiming]:
    main_thread.set(call_there)
    return run_timed(function, item)


def run_all(function: Callable[[Item], Result], items: Sequence[Item], width: int) -> list[Result]:
    """Call the function for every item in up to `width` threads; an exception of one is raised when all are done."""
    if len(items) <= 1 or width <= 1:
        return [function(item) for item in items]
    with ThreadPoolExecutor(min(width, len(items)), thread_name_prefix="sitegen-deploy") as pool:
        return list(pool.map(function, items))


def run_beside(calls: Sequence[Callable[[], None]], deadline: Deadline) -> list[bool]:
    """Make each call in a thread of its own; return which had ended by the deadline.

    The others are left behind: whoever called ends the process. What one raises is raised here.
    """
    pool = ThreadPoolExecutor(len(calls), thread_name_prefix="sitegen-copy")
    futures = [pool.submit(call) for call in calls]
    done, _ = wait_for(futures, timeout=deadline.remaining() + _GRACE)
    pool.shutdown(wait=False, cancel_futures=True)
    for future in done:
        future.result()
    return [future in done for future in futures]

"""The pools of processes that the manager owns: how they start, take work, and end without a word.

Work crosses the border pickled once.
"""

import asyncio
import contextlib
import multiprocessing
import pickle
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from multiprocessing import forkserver, resource_tracker, util
from multiprocessing.process import BaseProcess
from threading import Lock
from typing import TypeVar

from sitegen.concurrency.calls import Call, wait
from sitegen.concurrency.pool_sizes import PoolSizes
from sitegen.concurrency.worker import follow_parent, run_pickled
from sitegen.concurrency.workers import FORKED, worker_context
from sitegen.instrumentation.clock import Deadline

__all__ = ["ProcessPools"]

Item = TypeVar("Item")
Result = TypeVar("Result")

# What every worker needs; imported once by the fork server while the network is being waited for.
_PRELOAD = ["sitegen.templating.engine", "sitegen.visualization.generator", "sitegen.gate.inspection"]
_GRACE = 1.0


class ProcessPools:
    """The pools of processes of one build: one for each section that has a width of its own, one that the others share."""

    def __init__(self, sizes: PoolSizes, deadline: Deadline) -> None:
        self._sizes = sizes
        self._deadline = deadline
        self._pools: dict[str, ProcessPoolExecutor] = {}
        self._spare: ProcessPoolExecutor | None = None
        self._lock = Lock()
        self._retrying = asyncio.Lock()

    def warm(self) -> None:
        """Start the process that forks the workers, where there is one."""
        if FORKED:
            multiprocessing.set_forkserver_preload(_PRELOAD)
            with _deaf_to_signals():
                forkserver.ensure_running()

    async def run(
        self, section: str, function: Callable[[Item], Result], items: Sequence[Item]
    ) -> list[Call]:
        """Return the calls in the items' order: done, failed, or cancelled at the deadline."""
        # Pickling and submitting may take a while: a thread waits for them, not the event loop.
        pool, calls = await asyncio.to_thread(self._submit_all, section, function, items)
        await wait(calls, self._deadline)
        if not any(map(_died, calls)):
            return calls
        self._drop(pool)
        return [
            await self._retry(function, item) if _died(call) else call
            for call, item in zip(calls, items, strict=True)
        ]

    def end(self, *, kill: bool) -> None:
        """End all pools once their workers are done with what they are at; `kill` ends them where they are."""
        try:
            with self._lock:  # a pool that a thread is just making is waited for
                for pool in (*self._pools.values(), *([self._spare] if self._spare else [])):
                    _end(pool, kill=kill)
        finally:
            # What Python does at exit, for which a build does not wait: it would complain of semaphores that are left.
            util._run_finalizers(0)  # type: ignore[attr-defined]  # noqa: SLF001

    def _submit_all(
        self, section: str, function: Callable[[Item], Result], items: Sequence[Item]
    ) -> tuple[ProcessPoolExecutor, list[Call]]:
        key = section if section in self._sizes.processes else ""
        # Sections submit side by side; the pool that they share is made once.
        with self._lock:
            if key not in self._pools:
                self._pools[key] = _start(self._sizes.processes.get(section, self._sizes.shared))
            pool = self._pools[key]
            return pool, [_submit(pool, function, item) for item in items]

    def _drop(self, broken: ProcessPoolExecutor) -> None:
        """Forget a pool of which a worker died; the next section to need one gets a new one."""
        with self._lock:
            self._pools = {key: pool for key, pool in self._pools.items() if pool is not broken}
        _end(broken, kill=True)

    async def _retry(self, function: Callable[[Item], Result], item: Item) -> Call:
        """Run once more what was lost when a worker died.

        A dying worker takes with it what all others of its pool are doing. Here each task has a
        worker to itself, so that only the one that kills its worker is lost for good.
        """
        async with self._retrying:
            if self._spare is None:
                self._spare = await asyncio.to_thread(_start, 1)
            call = await asyncio.to_thread(_submit, self._spare, function, item)
            await wait([call], self._deadline)
            if not call.done() or _died(call):
                _end(self._spare, kill=True)
                self._spare = None
            return call


def _start(width: int) -> ProcessPoolExecutor:
    """Return a pool of so many workers; they start with the first work."""
    return ProcessPoolExecutor(width, mp_context=worker_context(), initializer=follow_parent)


def _submit(pool: ProcessPoolExecutor, function: Callable[[Item], Result], item: Item) -> Call:
    """Hand a task to a pool; where that is not possible, return a call that failed."""
    try:
        with _deaf_to_signals():
            return pool.submit(run_pickled, pickle.dumps((function, item), 5))
    except Exception as error:  # noqa: BLE001 - the pool may be broken, or the item's own code for pickling
        call: Call = Future()
        call.set_exception(error)
        return call


def _died(call: Call) -> bool:
    """Whether a call was lost with its worker, or with another one of the same pool."""
    return call.done() and not call.cancelled() and isinstance(call.exception(), BrokenExecutor)


def _end(pool: ProcessPoolExecutor, *, kill: bool) -> None:
    """End a pool once its workers are done with what they are at; `kill` ends them where they are."""
    workers = list((getattr(pool, "_processes", None) or {}).values())
    keeper = getattr(pool, "_executor_manager_thread", None)
    if kill:
        _kill(workers)
    pool.shutdown(wait=False, cancel_futures=True)
    if keeper is None:
        return
    # A pool that is collected before its keeper has ended waits for the lock that the keeper holds, maybe forever.
    keeper.pool = pool
    # Also of workers that were killed, for it closes their queue: what ends next must not close it first.
    keeper.join(_GRACE)
    if keeper.is_alive():  # one that died idle took the lock of the others' queue with it
        _kill(workers)


def _kill(workers: Sequence[BaseProcess]) -> None:
    for worker in workers:
        worker.kill()


@contextlib.contextmanager
def _deaf_to_signals() -> Iterator[None]:
    """Start processes that Ctrl-C and a service manager do not reach: their parent hears it, and they follow."""
    resource_tracker.ensure_running()  # its own start would take the block away again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)

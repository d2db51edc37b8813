"""The pools of processes that the manager owns: how they start, take work, and end without a word.

Work crosses the border pickled once.
"""

import asyncio
import contextlib
import multiprocessing
import os
import pickle
import shutil
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import forkserver, resource_tracker, util
from multiprocessing.process import BaseProcess
from threading import Lock
from typing import Any, NamedTuple, TypeVar

from sitegen.concurrency.calls import Call, wait
from sitegen.concurrency.pool_sizes import PoolSizes
from sitegen.concurrency.worker import follow_parent, run_pickled
from sitegen.concurrency.workers import FORKED, worker_context
from sitegen.instrumentation.clock import Deadline

Item = TypeVar("Item")
Result = TypeVar("Result")

# What every worker needs; imported once by the fork server while the network is being waited for.
_PRELOAD = [
    "sitegen.concurrency.forking",
    "sitegen.templating.engine",
    "sitegen.visualization.generator",
    "sitegen.gate.inspection",
]
_GRACE = 1.0
_UNTOLD = "ignore:resource_tracker:UserWarning"
_HUNG_UP = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


class NoWorkerError(Exception):
    """No process can be started, or none that is started answers: the sentence is the reason."""


class ProcessPools:
    """The pools of processes of one build: one for each section that has a width of its own, one that the others share."""

    def __init__(self, sizes: PoolSizes, deadline: Deadline) -> None:
        self._sizes = sizes
        self._deadline = deadline
        self._pools: dict[str, ProcessPoolExecutor] = {}
        self._spare: ProcessPoolExecutor | None = None
        # The event loop's own threads cannot be ended without one more.
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="sitegen-pools")
        self._lock = Lock()
        self._retrying = asyncio.Lock()

    def warm(self) -> None:
        """Start the process that forks the workers, where there is one. Raises NoWorkerError."""
        if FORKED:
            multiprocessing.set_forkserver_preload(_PRELOAD)
            with _starting(), _deaf_to_signals():
                forkserver.ensure_running()

    async def run(
        self,
        section: str,
        function: Callable[[Item], Result],
        items: Sequence[Item],
        seconds: float | None,
        deadline: Deadline,
    ) -> list[Call]:
        """Return the calls in the items' order: done, failed, or cancelled at the deadline.

        A task ends after that many CPU `seconds`. One for which no worker can be started has failed with NoWorkerError.
        """
        payloads = [_Payload(function, item, seconds) for item in items]
        # Pickling and submitting may take a while: a thread waits for them, not the event loop.
        with _starting():
            pool, calls = await self._apart(self._submit_all, section, payloads)
        await wait(calls, deadline)
        if not any(map(_died, calls)):
            return calls
        self._drop(pool)
        return [
            await self._retry(payload, deadline) if _died(call) else call
            for call, payload in zip(calls, payloads, strict=True)
        ]

    def end(self, *, kill: bool) -> None:
        """End all pools once their workers are done with what they are at; `kill` ends them where they are."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        try:
            with self._lock:  # a pool that a thread is just making is waited for
                for pool in (*self._pools.values(), *([self._spare] if self._spare else [])):
                    _end(pool, kill=kill)
        finally:
            # What Python does at exit, for which a build does not wait: it would complain of semaphores that are left.
            util._run_finalizers(0)  # type: ignore[attr-defined]  # noqa: SLF001

    def _submit_all(
        self, section: str, payloads: "Sequence[_Payload]"
    ) -> tuple[ProcessPoolExecutor, list[Call]]:
        key = section if section in self._sizes.processes else ""
        # Sections submit side by side; the pool that they share is made once.
        with self._lock:
            if key not in self._pools:
                self._pools[key] = self._start(self._sizes.processes.get(section, self._sizes.shared))
            pool = self._pools[key]
            return pool, [_submit(pool, payload) for payload in payloads]

    def _start(self, width: int) -> ProcessPoolExecutor:
        """Return a pool of so many workers, of which one has answered. Raises NoWorkerError."""
        with _starting():
            left = self._deadline.remaining()
            pool = ProcessPoolExecutor(
                width, mp_context=worker_context(), initializer=follow_parent, initargs=(left + _GRACE,)
            )
            try:
                with _deaf_to_signals():
                    first = pool.submit(os.getpid)
                first.result(left)
            except BaseException:
                _end(pool, kill=True)
                raise
            return pool

    async def _apart(self, function: Callable[..., Result], *arguments: Any) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)

    def _drop(self, broken: ProcessPoolExecutor) -> None:
        """Forget a pool of which a worker died; the next section to need one gets a new one."""
        with self._lock:
            self._pools = {key: pool for key, pool in self._pools.items() if pool is not broken}
        _end(broken, kill=True)

    async def _retry(self, payload: "_Payload", deadline: Deadline) -> Call:
        """Run once more what was lost when a worker died.

        A dying worker takes with it what all others of its pool are doing. Here each task has a
        worker to itself, so that only the one that kills its worker is lost for good.
        """
        async with self._retrying:
            if self._spare is None:
                self._spare = await self._apart(self._start, 1)
            call = await self._apart(_submit, self._spare, payload)
            await wait([call], deadline)
            if not call.done() or _died(call):
                _end(self._spare, kill=True)
                self._spare = None
            return call


class _Payload(NamedTuple):
    """One task as a worker gets it."""

    function: Callable[[Any], Any]
    item: Any
    seconds: float | None


def _submit(pool: ProcessPoolExecutor, payload: _Payload) -> Call:
    """Hand a task to a pool; where that is not possible, return a call that failed."""
    failed: Call = Future()
    try:
        packed = pickle.dumps(tuple(payload), 5)
        with _starting(), _deaf_to_signals():
            return pool.submit(run_pickled, packed)
    except Exception as error:  # noqa: BLE001 - the pool may be broken, or the item's own code for pickling
        failed.set_exception(error)
    return failed


@contextlib.contextmanager
def _starting() -> Iterator[None]:
    """Raise NoWorkerError for all that a system does instead of starting a process or a thread."""
    try:
        yield
    except (OSError, RuntimeError, EOFError) as error:
        # A broken pool is a RuntimeError too, and means a worker that died at its work.
        if isinstance(error, BrokenExecutor):
            raise
        raise NoWorkerError(getattr(error, "strerror", None) or str(error) or "it ended at once") from error


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
    if keeper is None or keeper.ident is None:  # it could not be started
        return
    # A pool that is collected before its keeper has ended waits for the lock that the keeper holds, maybe forever.
    keeper.pool = pool
    # Also of workers that were killed, for it closes their queue: what ends next must not close it first.
    keeper.join(_GRACE)
    if keeper.is_alive():
        # One that died idle took the lock of the others' queue with it; of what one was just telling when it was
        # killed the rest never comes, and the keeper reads on while anybody holds the other end, we too.
        _kill(list(keeper.processes.values()))
        keeper.result_queue._writer.close()  # noqa: SLF001 - nothing is written there by the keeper's side
        keeper.join(_GRACE)


def _kill(workers: Sequence[BaseProcess]) -> None:
    for worker in workers:
        worker.kill()


@contextlib.contextmanager
def _deaf_to_signals() -> Iterator[None]:
    """Start processes that Ctrl-C and a service manager do not reach: their parent hears it, and they follow."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _HUNG_UP)
    try:
        # Of what a build that was ended at once has left it is to tell nobody.
        if _UNTOLD not in sys.warnoptions:
            sys.warnoptions.append(_UNTOLD)
        resource_tracker.ensure_running()  # its own start takes the block of two of them away again
        signal.pthread_sigmask(signal.SIG_BLOCK, _HUNG_UP)
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def clear_up() -> None:
    """Leave nothing behind, however a command ended: its processes and the folder of their socket go at once.

    For the end of a process: Python's own finalizers wait for what may hang.
    """
    _kill(multiprocessing.active_children())
    util._run_finalizers(0)  # type: ignore[attr-defined]  # noqa: SLF001 - the semaphores
    if folder := multiprocessing.current_process()._config.get("tempdir"):  # type: ignore[attr-defined]  # noqa: SLF001
        shutil.rmtree(folder, ignore_errors=True)

"""The pools of processes that the manager owns: how they start, take work, and end without a word.

Workers come from a fork server on Linux and are spawned on macOS; nothing is forked
beside threads. Work crosses the border pickled once.
"""

import contextlib
import multiprocessing
import pickle
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from multiprocessing import forkserver, resource_tracker, util
from typing import Any, TypeAlias, TypeVar

from sitegen.concurrency.worker import TaskTiming, follow_parent, run_pickled

__all__ = ["Call", "died", "end", "forget_semaphores", "start", "submit", "warm"]

Item = TypeVar("Item")
Result = TypeVar("Result")

Call: TypeAlias = "Future[tuple[Any, TaskTiming]]"

# What every worker needs; imported once by the fork server while the network is being waited for.
_PRELOAD = ["sitegen.templating.engine", "sitegen.visualization.generator", "sitegen.gate.inspection"]
_START_METHOD = "forkserver" if sys.platform == "linux" else "spawn"
_GRACE = 1.0


def warm() -> None:
    """Start the process that forks the workers, where there is one."""
    if _START_METHOD == "forkserver":
        multiprocessing.set_forkserver_preload(_PRELOAD)
        with _deaf_to_signals():
            forkserver.ensure_running()


def start(width: int) -> ProcessPoolExecutor:
    """Give a pool of so many workers; they start with the first work."""
    context = multiprocessing.get_context(_START_METHOD)
    return ProcessPoolExecutor(width, mp_context=context, initializer=follow_parent)


def submit(pool: ProcessPoolExecutor, function: Callable[[Item], Result], item: Item) -> Call:
    """Hand a task to a pool; where that is not possible, give a call that failed."""
    try:
        with _deaf_to_signals():
            return pool.submit(run_pickled, pickle.dumps((function, item), 5))
    except Exception as error:  # noqa: BLE001 - the pool may be broken, or the item's own code for pickling
        call: Call = Future()
        call.set_exception(error)
        return call


def died(call: Call) -> bool:
    """Tell whether a call was lost with its worker, or with another one of the same pool."""
    return call.done() and not call.cancelled() and isinstance(call.exception(), BrokenExecutor)


def end(pool: ProcessPoolExecutor, *, kill: bool) -> None:
    """End a pool once its workers are done with what they are at; `kill` ends them where they are."""
    workers = list((getattr(pool, "_processes", None) or {}).values())
    keeper = getattr(pool, "_executor_manager_thread", None)
    pool.shutdown(wait=False, cancel_futures=True)
    if kill:
        for worker in workers:
            worker.kill()
    elif keeper is not None:  # it ends when the workers have
        keeper.join(_GRACE)


def forget_semaphores() -> None:
    """Do what Python does at exit, for which a build does not wait: it would complain of semaphores that are left."""
    util._run_finalizers(0)  # type: ignore[attr-defined]  # noqa: SLF001


@contextlib.contextmanager
def _deaf_to_signals() -> Iterator[None]:
    """Start processes that Ctrl-C and a service manager do not reach: their parent hears it, and they follow."""
    resource_tracker.ensure_running()  # its own start would take the block away again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)

"""What runs inside a worker: one task, timed, with its result pickled once.

A worker of a process pool ends when its parent does, so a killed build leaves no
process behind.
"""

import os
import pickle
import threading
import time
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from sitegen.errors import SitegenError

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

__all__ = ["TaskTiming", "follow_parent", "run_pickled", "run_timed"]

Item = TypeVar("Item")
Result = TypeVar("Result")


class TaskTiming(NamedTuple):
    """Who did a task, when (monotonic seconds), at what cost, and the sentence of what ended it, if anything did."""

    worker: int
    started: float
    ended: float
    cpu: float
    moved: int
    error: str | None


def run_timed(function: Callable[[Item], Result], item: Item) -> tuple[Result | None, TaskTiming]:
    """Call the function; an exception it raises becomes a sentence in the timing, and is a bug unless it is one of ours."""
    started, cpu = time.monotonic(), time.thread_time()
    value: Result | None = None
    error: str | None = None
    try:
        value = function(item)
    except SitegenError as failure:
        error = str(failure)
    except Exception as failure:  # noqa: BLE001 - a bug in one task must not take the build with it
        frame = traceback.extract_tb(failure.__traceback__)[-1]
        error = f"a bug in sitegen: {type(failure).__name__} in {frame.name} ({os.path.basename(frame.filename)}:{frame.lineno})"  # noqa: PTH119
    timing = TaskTiming(threading.get_ident(), started, time.monotonic(), time.thread_time() - cpu, 0, error)
    return value, timing


def run_pickled(payload: bytes) -> tuple[bytes, TaskTiming]:
    """Run a pickled `(function, item)` and return the pickled result; the timing counts the bytes both ways.

    A result that cannot be pickled is a bug like an exception.
    """
    function, item = pickle.loads(payload)  # noqa: S301 - our own bytes, made by the parent a moment ago
    value, timing = run_timed(function, item)
    try:
        answer = pickle.dumps(value, 5)
    except Exception as failure:  # noqa: BLE001 - pickling runs the value's own code, which may raise anything
        answer = pickle.dumps(None, 5)
        timing = timing._replace(
            error=f"a bug in sitegen: its result cannot be pickled ({type(failure).__name__})"
        )
    return answer, timing._replace(worker=os.getpid(), moved=len(payload) + len(answer))


def follow_parent() -> None:
    """End this worker when its parent is gone: a killed build leaves no process behind."""
    from multiprocessing import parent_process  # noqa: PLC0415 - a worker process has it; a build in line does without

    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: "BaseProcess") -> None:
    parent.join()
    os._exit(1)

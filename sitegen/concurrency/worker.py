"""What runs inside a worker: one task, timed, with its result pickled once.

A worker of a process pool ends when its parent does, so a killed build leaves no
process behind.
"""

import contextlib
import faulthandler
import os
import pickle
import shutil
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from sitegen.errors import SitegenError
from sitegen.instrumentation.clock import steady
from sitegen.limits import Limit, OutOfTimeError

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

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


def run_timed(
    function: Callable[[Item], Result], item: Item, limit: Limit | None = None
) -> tuple[Result | None, TaskTiming]:
    """Call the function; an exception it raises becomes a sentence in the timing, and is a bug unless it is one of ours.

    So does the end of its time, where it has a limit.
    """
    limit = limit or Limit()
    started, cpu = steady(), time.thread_time()
    value: Result | None = None
    error: str | None = None
    try:
        value = limit.run(lambda: function(item))
    except SitegenError as failure:
        error = str(failure)
    except OutOfTimeError:
        if not limit.passed:
            raise  # of the whole build
        error = f"{limit.sentence}; shown without it"
    except SystemExit:
        error = "it asked the program to end, which is not its to say; shown without it"
    except Exception as failure:  # noqa: BLE001 - a bug in one task must not take the build with it
        frame = traceback.extract_tb(failure.__traceback__)[-1]
        error = f"a bug in sitegen: {type(failure).__name__} in {frame.name} ({os.path.basename(frame.filename)}:{frame.lineno})"  # noqa: PTH119
    timing = TaskTiming(threading.get_ident(), started, steady(), time.thread_time() - cpu, 0, error)
    return value, timing


def run_pickled(payload: bytes) -> tuple[bytes, TaskTiming]:
    """Run a pickled `(function, item, CPU seconds)` and return the pickled result; the timing counts the bytes both ways.

    A result that cannot be pickled is a bug like an exception.
    """
    function, item, seconds = pickle.loads(payload)  # noqa: S301 - our own bytes, made by the parent a moment ago
    value, timing = run_timed(function, item, Limit(cpu=seconds))
    try:
        answer = pickle.dumps(value, 5)
    except Exception as failure:  # noqa: BLE001 - pickling runs the value's own code, which may raise anything
        answer = pickle.dumps(None, 5)
        timing = timing._replace(
            error=f"a bug in sitegen: its result cannot be pickled ({type(failure).__name__})"
        )
    return answer, timing._replace(worker=os.getpid(), moved=len(payload) + len(answer))


def follow_parent(seconds: float) -> None:
    """End this worker when its parent is gone, or that many seconds have passed: no build leaves a process behind."""
    from multiprocessing import parent_process  # noqa: PLC0415 - a worker process has it; a build in line does without

    # What it meets it gives back as a value; all else would be a traceback in the middle of the command's one line.
    sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - it is open as long as the worker lives
    with contextlib.suppress(RuntimeError):  # there may be no further thread
        faulthandler.dump_traceback_later(seconds, exit=True, file=sys.stderr)
        threading.Thread(target=_end_with, args=(parent_process(),), daemon=True).start()


def _end_with(parent: "BaseProcess") -> None:
    from multiprocessing import util  # noqa: PLC0415 - as above

    parent.join()
    # A parent that was killed could not remove its folder; every worker knows its name.
    shutil.rmtree(util.get_temp_dir(), ignore_errors=True)
    os._exit(1)

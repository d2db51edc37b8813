"""Worker processes: how they start, and how an executor ends them.

They come from a fork server on Linux and are spawned on macOS; nothing is forked beside threads.
"""

import sys
from multiprocessing import context

FORKED = sys.platform == "linux"


class _ForkedWorker(context.ForkServerProcess):
    """A worker that ends when it is told to.

    Workers are deaf to SIGTERM, which `ProcessPoolExecutor` sends to those of a broken pool; from
    Python 3.13 on it then holds the lock of the pool until they have ended.
    """

    terminate = context.ForkServerProcess.kill


class _SpawnedWorker(context.SpawnProcess):
    """The same where workers are spawned."""

    terminate = context.SpawnProcess.kill


class _Forked(context.ForkServerContext):
    Process = _ForkedWorker


class _Spawned(context.SpawnContext):
    Process = _SpawnedWorker


def worker_context() -> context.BaseContext:
    """Return what an executor starts its workers with."""
    return _Forked() if FORKED else _Spawned()

"""Calls that run elsewhere, in a thread or in a process, and how long the event loop waits for them."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any, TypeAlias

from sitegen.concurrency.worker import TaskTiming
from sitegen.instrumentation.clock import Deadline

Call: TypeAlias = "Future[tuple[Any, TaskTiming]]"


async def wait(calls: Sequence[Call], deadline: Deadline, grace: float = 0.0) -> None:
    """Wait until all are done or the deadline has passed; what is left is cancelled where it has not begun."""
    waiting = [asyncio.wrap_future(call) for call in calls]
    done, late = await asyncio.wait(waiting, timeout=deadline.remaining() + grace)
    for future in late:
        future.cancel()
    for future in done:
        # An exception that nobody asks for is printed when the future is forgotten.
        if not future.cancelled():
            future.exception()

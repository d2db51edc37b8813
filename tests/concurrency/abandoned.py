"""A build that will be killed: prints the pids of its workers once they are at work."""

import asyncio
import multiprocessing
import sys

from sitegen.concurrency.manager import Manager, PoolSizes
from sitegen.instrumentation.clock import Deadline, SystemClock
from sitegen.instrumentation.recorder import Recorder
from tests.concurrency.work import slow, where


async def work():
    clock = SystemClock()
    with Manager(PoolSizes(shared=2), Recorder(clock), Deadline(clock, 60)) as manager:
        manager.warm()
        first = await manager.cpu("s", where, range(8), name=str)
        pids = {pid for pid, _ in first} | {child.pid for child in multiprocessing.active_children()}
        print(*sorted(pids), flush=True)
        await manager.cpu("s", slow, [50.0, 50.0], name=str)


if __name__ == "__main__":
    sys.exit(asyncio.run(work()))

"""The end of pools of processes, whatever their workers were at."""

import os
import time

from sitegen.concurrency.pool_sizes import PoolSizes
from sitegen.concurrency.processes import ProcessPools
from sitegen.instrumentation.clock import Deadline, SystemClock


def test_what_a_worker_was_telling_when_it_was_killed_holds_up_no_end():
    pools = ProcessPools(PoolSizes(shared=2), Deadline(SystemClock(), 60))
    pool, _ = pools._submit_all("render", [])
    keeper = pool._executor_manager_thread
    pool.submit(time.sleep, 60)
    # The head of a message of 256 bytes, and three of them.
    os.write(pool._result_queue._writer.fileno(), b"\0\0\1\0abc")
    pools.end(kill=True)
    assert not keeper.is_alive()

import asyncio
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from sitegen.concurrency.manager import Manager, PoolSizes, choose_processes, run_all
from sitegen.errors import Problem
from sitegen.instrumentation.clock import Deadline, SystemClock
from sitegen.instrumentation.recorder import Recorder
from sitegen.instrumentation.records import Pool
from tests.concurrency import work
from tests.waiting import wait_for

CHECKOUT = Path(__file__).resolve().parents[2]
CLOCK = SystemClock()


def run(call, widths, seconds=30.0):
    """Run a coroutine function over a manager; give its result and the manager's record."""
    recorder = Recorder(CLOCK)

    async def inside():
        with Manager(widths, recorder, Deadline(CLOCK, seconds)) as manager:
            return await call(manager)

    return asyncio.run(inside()), recorder


def io(function, items, **options):
    return lambda manager: manager.io("logs", function, items, name=lambda item: f"task {item}", **options)


def cpu(function, items):
    return lambda manager: manager.cpu("render", function, items, name=lambda item: f"task {item}")


@pytest.mark.parametrize(
    "widths", [PoolSizes.alone(), PoolSizes(shared=1), PoolSizes(shared=2), PoolSizes(shared=4)], ids=str
)
@pytest.mark.parametrize("kind", [io, cpu])
def test_results_come_in_the_order_of_their_items_whatever_the_width(widths, kind):
    results, recorder = run(kind(work.double, list(range(20))), widths)
    assert results == [2 * number for number in range(20)]
    assert [record.task for record in recorder.tasks] == [f"task {number}" for number in range(20)]


def test_a_slow_first_item_does_not_change_the_order():
    results, _ = run(io(work.slow, [0.2, 0.0, 0.1]), PoolSizes(shared=2))
    assert results == [0.2, 0.0, 0.1]


@pytest.mark.parametrize("kind", [io, cpu])
def test_no_items_give_no_results(kind):
    assert run(kind(work.double, []), PoolSizes(shared=2))[0] == []


def test_alone_there_is_no_pool_at_all():
    threads, children = set(threading.enumerate()), set(multiprocessing.active_children())

    async def both(manager):
        manager.warm()
        found = await io(work.where, range(4))(manager)
        found += await cpu(work.where, range(4))(manager)
        assert set(threading.enumerate()) <= threads  # one of an earlier test may end meanwhile
        assert set(multiprocessing.active_children()) <= children
        return found

    found, recorder = run(both, PoolSizes.alone())
    assert set(found) == {(os.getpid(), threading.get_ident())}
    assert {(record.pool, record.worker, record.bytes_moved) for record in recorder.tasks} == {
        (Pool.INLINE, 0, 0)
    }


def test_threads_of_a_section_are_its_own_and_as_many_as_it_asks_for():
    async def two(manager):
        first = manager.io(
            "logs", lambda _: (time.sleep(0.05), threading.current_thread().name)[1], range(9), name=str
        )
        second = manager.io("traces", lambda _: threading.current_thread().name, range(9), name=str)
        return await asyncio.gather(first, second)

    (logs, traces), _ = run(two, PoolSizes(shared=2, threads={"logs": 3}))
    assert len(set(logs)) == 3
    assert not set(logs) & set(traces)


def test_a_server_that_hangs_holds_up_no_other_server_of_its_section():
    async def two(manager):
        hanging = manager.io(
            "metrics", work.slow, [1.5] * 3, name=str, pool="a", width=1, deadline=Deadline(CLOCK, 0.2)
        )
        quick = manager.io("metrics", work.slow, [0.0] * 3, name=str, pool="b", width=1)
        return await asyncio.gather(hanging, quick)

    (hanging, quick), _ = run(two, PoolSizes(shared=2, threads={"metrics": 1}))
    assert all(isinstance(result, Problem) for result in hanging)
    assert quick == [0.0, 0.0, 0.0]


def test_a_thread_that_hangs_delays_nobody_beyond_the_deadline_and_is_a_problem_in_its_place():
    gate = threading.Event()
    results, recorder = run(
        io(lambda item: gate.wait() if item == "hung" else item, ["a", "hung", "b"]),
        PoolSizes(shared=2),
        seconds=0.4,
    )
    gate.set()
    assert results[0::2] == ["a", "b"]
    assert results[1] == Problem("logs", "task hung: not finished by the deadline; shown without it")
    assert [(record.task, record.failed) for record in recorder.tasks] == [
        ("task a", False),
        ("task hung", True),
        ("task b", False),
    ]


def test_a_process_that_hangs_is_a_problem_and_is_killed_on_leaving():
    results, _ = run(cpu(work.slow, [0.0, 30.0]), PoolSizes(shared=2), seconds=4)
    assert results == [0.0, Problem("render", "task 30.0: not finished by the deadline; shown without it")]
    wait_for(lambda: not multiprocessing.active_children(), "the end of the worker that hangs")


def test_a_thread_that_itself_ends_at_the_deadline_has_time_to_say_so():
    results, _ = run(io(work.slow, [0.3, 0.3]), PoolSizes(shared=2), seconds=0.28)
    assert results == [0.3, 0.3]


def test_in_line_nothing_is_started_after_the_deadline():
    results, _ = run(io(work.slow, [30.0, 0.0]), PoolSizes.alone(), seconds=0.1)
    assert results == [
        Problem("logs", "task 30.0: not finished by the deadline; shown without it"),
        Problem("logs", "task 0.0: not started by the deadline; shown without it"),
    ]


@pytest.mark.parametrize("widths", [PoolSizes.alone(), PoolSizes(shared=2)], ids=["alone", "pooled"])
@pytest.mark.parametrize("kind", [io, cpu])
def test_an_exception_is_a_problem_that_names_its_task_and_not_what_it_said(widths, kind):
    results, recorder = run(kind(work.fail_at_three, range(5)), widths)
    section = recorder.tasks[0].section
    assert [*results[:3], results[4]] == [0, 1, 2, 4]
    assert results[3].where == section
    assert results[3].message.startswith("task 3: a bug in sitegen: ValueError in fail_at_three (work.py:")
    assert "secret" not in results[3].message
    assert [record.failed for record in recorder.tasks] == [False, False, False, True, False]


def test_a_worker_that_is_killed_costs_its_own_task_alone():
    results, recorder = run(cpu(work.die_at_three, range(8)), PoolSizes(shared=2))
    assert results == [0, 1, 2, Problem("render", "task 3: its worker died; shown without it"), 4, 5, 6, 7]
    assert [record.task for record in recorder.tasks if record.failed] == ["task 3"]
    assert len(recorder.tasks) == 8


def test_many_killed_workers_still_cost_only_their_own_tasks_and_the_next_section_works():
    async def both(manager):
        return await cpu(work.die_at_odd, range(5))(manager), await cpu(work.double, range(5))(manager)

    (first, second), _ = run(both, PoolSizes(shared=2))
    assert [isinstance(result, Problem) for result in first] == [False, True, False, True, False]
    assert second == [0, 2, 4, 6, 8]


def test_sections_that_share_a_pool_survive_the_death_of_anothers_worker():
    async def both(manager):
        return await asyncio.gather(
            cpu(work.die_at_three, range(6))(manager), cpu(work.double, range(30))(manager)
        )

    (first, second), _ = run(both, PoolSizes(shared=2))
    assert [result for result in first if not isinstance(result, Problem)] == [0, 1, 2, 4, 5]
    assert second == [2 * number for number in range(30)]


def test_a_worker_that_dies_while_work_is_still_handed_out_holds_up_nobody():
    results, _ = run(
        lambda manager: manager.cpu("render", work.die_at_three, [3, work.Late()], name=str),
        PoolSizes(shared=2),
    )
    assert isinstance(results[0], Problem)
    assert results[1] == 7


@pytest.mark.parametrize("meanwhile", [0.0, 0.5], ids=["at the end", "before it"])
def test_a_worker_that_dies_idle_holds_up_no_end(meanwhile):
    async def kill_one(manager):
        ((killed, _), *_) = await cpu(work.where, range(6))(manager)
        os.kill(killed, signal.SIGKILL)
        await asyncio.sleep(meanwhile)

    run(kill_one, PoolSizes(shared=2))
    wait_for(lambda: not multiprocessing.active_children(), "the end of the other worker")
    wait_for(
        lambda: not any("ExecutorManager" in type(thread).__name__ for thread in threading.enumerate()),
        "the end of what kept the pool",
    )


@pytest.mark.parametrize("shared", [2, 4])
def test_a_result_that_cannot_be_pickled_is_a_problem(shared):
    results, _ = run(cpu(work.give_lock, range(3)), PoolSizes(shared=shared))
    assert results[0::2] == [0, 2]
    assert results[1] == Problem(
        "render", "task 1: a bug in sitegen: its result cannot be pickled (TypeError)"
    )


def test_an_item_that_cannot_be_pickled_is_a_problem():
    results, _ = run(
        lambda manager: manager.cpu(
            "render", work.where, [work.Clumsy(), 1], name=lambda item: type(item).__name__
        ),
        PoolSizes(shared=2),
    )
    assert results[0] == Problem("render", "Clumsy: a bug in sitegen: TypeError; shown without it")
    assert results[1][0] != os.getpid()


def test_the_record_of_a_process_task_says_when_where_and_how_many_bytes_crossed_the_border():
    results, recorder = run(cpu(work.give_bytes, [100_000, 10]), PoolSizes(shared=2))
    assert [len(result) for result in results] == [100_000, 10]
    large, small = recorder.tasks
    assert (large.section, large.pool, large.failed, large.peer) == ("render", Pool.PROCESS, False, None)
    assert 100_000 < large.bytes_moved < 100_500
    assert 10 < small.bytes_moved < 500
    for record in recorder.tasks:
        assert 0 <= record.queued <= record.started <= record.ended
        assert record.cpu_seconds >= 0
        assert record.worker in {0, 1}


def test_the_record_of_a_thread_task_names_its_peer():
    _, recorder = run(io(work.double, [1], peer=lambda item: f"server-{item}"), PoolSizes(shared=2))
    (record,) = recorder.tasks
    assert (record.peer, record.pool, record.bytes_moved) == ("server-1", Pool.THREAD, 0)


def test_a_section_with_a_width_of_its_own_gets_a_pool_of_its_own():
    async def both(manager):
        own = await manager.cpu("metrics", work.where, range(6), name=str)
        shared = await manager.cpu("render", work.where, range(6), name=str)
        return own, shared

    (own, shared), _ = run(both, PoolSizes(shared=2, processes={"metrics": 2}))
    assert not {pid for pid, _ in own} & {pid for pid, _ in shared}
    assert os.getpid() not in {pid for pid, _ in (*own, *shared)}


def test_workers_are_counted_once_each():
    async def both(manager):
        await io(work.slow, [0.05] * 3)(manager)
        await io(work.double, [1])(manager)

    _, recorder = run(both, PoolSizes(shared=1, threads={"logs": 3}))
    assert len({task.lane for task in recorder.tasks}) == 3


@pytest.mark.parametrize(
    ("cores", "cpu_seconds", "startup", "processes"),
    [
        pytest.param(4, None, 0.2, 4, id="without a record the machine's width"),
        pytest.param(1, None, 0.2, 1, id="one core has no use for a pool"),
        pytest.param(1, 99.0, 0.2, 1, id="not even for much work"),
        pytest.param(0, None, 0.2, 1, id="a machine that hides its cores has one"),
        pytest.param(4, 0.1, 0.2, 1, id="work shorter than starting workers runs in line"),
        pytest.param(2, 0.39, 0.2, 1, id="two cores save half of the work, which start-up eats here"),
        pytest.param(2, 0.41, 0.2, 2, id="and here no longer"),
        pytest.param(4, 5.0, 0.2, 4, id="much work uses all cores"),
        pytest.param(4, 0.0, 0.2, 1, id="no work needs no pool"),
    ],
)
def test_a_pool_is_used_where_it_pays(cores, cpu_seconds, startup, processes):
    assert choose_processes(cores, cpu_seconds, startup) == processes


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at the process table of Linux")
def test_a_killed_build_leaves_no_worker_behind():
    parent = subprocess.Popen(
        [sys.executable, "-m", "tests.concurrency.abandoned"], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True
    )
    pids = [int(pid) for pid in parent.stdout.readline().split()]
    assert len(pids) >= 2
    assert all(map(alive, pids))
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    wait_for(lambda: not any(map(alive, pids)), "the end of every worker")


def alive(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_run_all_gives_results_in_order_with_and_without_threads():
    assert run_all(work.double, [3, 1, 2], 4) == [6, 2, 4]
    assert run_all(work.double, [3, 1, 2], 1) == [6, 2, 4]
    assert run_all(work.double, [], 4) == []
    assert {thread for _, thread in run_all(work.where, [1, 2], 1)} == {threading.get_ident()}


def test_run_all_raises_what_one_call_raised():
    with pytest.raises(ValueError, match="secret"):
        run_all(work.fail_at_three, range(5), 4)

import re

import pytest
from sitegen.errors import Problem
from sitegen.instrumentation.clock import FixedClock, SystemClock
from sitegen.instrumentation.recorder import Recorder, new_trace_id
from sitegen.instrumentation.records import Pool, SectionRecord, TaskRecord


def task(section, queued, ended):
    return TaskRecord(section, "t", Pool.THREAD, 0, queued, queued, ended, 0.0, 0)


def test_times_are_seconds_since_the_recorder_was_made():
    clock = SystemClock()
    recorder = Recorder(clock)
    assert recorder.elapsed(clock.monotonic()) >= 0
    assert recorder.elapsed(clock.monotonic() - 100) < 0
    assert recorder.elapsed() >= 0


def test_what_the_main_thread_does_itself_is_a_task_in_line():
    recorder = Recorder(SystemClock())
    with recorder.task("site", "map the pages"):
        assert recorder.tasks == []
    (record,) = recorder.tasks
    assert (record.section, record.task, record.pool, record.worker) == ("site", "map the pages", "inline", 0)
    assert 0 <= record.queued == record.started <= record.ended
    assert (record.bytes_moved, record.failed) == (0, False)


def test_what_fails_in_the_main_thread_is_recorded_as_failed_and_still_raises():
    recorder = Recorder(SystemClock())
    with pytest.raises(ZeroDivisionError), recorder.task("gate", "inspect"):
        raise ZeroDivisionError
    assert [record.failed for record in recorder.tasks] == [True]


def test_a_section_is_summed_up_from_its_first_to_its_last_moment():
    recorder = Recorder(SystemClock())
    for record in (task("metrics", 1.0, 3.0), task("logs", 0.0, 9.0), task("metrics", 0.5, 2.0)):
        recorder.tasks.append(record)
    problems = (Problem("metrics.p", "no answer"),)
    recorder.close_sections({"metrics": problems})
    assert recorder.sections == {"metrics": SectionRecord("degraded", 2, 2.5, problems)}


def test_a_section_without_tasks_took_no_time():
    recorder = Recorder(SystemClock())
    recorder.close_sections({"traces": ()})
    assert recorder.sections["traces"] == SectionRecord("ok", 0, 0.0)


def test_trace_ids_are_random_but_under_a_fixed_clock_always_the_same():
    first, second = new_trace_id(SystemClock()), new_trace_id(SystemClock())
    assert first != second
    assert new_trace_id(FixedClock(1_795_419_810.0)) == new_trace_id(FixedClock(1_795_419_810.0))
    for trace_id in (first, new_trace_id(FixedClock(1_795_419_810.0))):
        assert re.fullmatch(r"[0-9a-f]{32}", trace_id)
        assert trace_id.strip("0")


def test_a_stage_is_announced_and_timed_and_closed_however_it_ends():
    announced = []
    recorder = Recorder(SystemClock(), announced.append)
    with recorder.stage("gather"):
        (running,) = recorder.stages
    with pytest.raises(ZeroDivisionError), recorder.stage("draw"):
        raise ZeroDivisionError
    gather, draw = recorder.stages
    assert announced == ["gather", "draw"] == [gather.name, draw.name]
    assert (running.name, running.started) == (gather.name, gather.started)
    assert 0 <= gather.started <= running.ended <= gather.ended <= draw.started <= draw.ended

from xml.etree import ElementTree as ET

import pytest
from sitegen.concurrency.visualizer import draw_build, lanes_of
from sitegen.instrumentation.records import BuildRecord, Pool, TaskRecord
from sitegen.units import Quantity, plain
from sitegen.visualization.model import LaneState, Segment


def task(section, number, where, times, *, failed=False):
    (pool, worker), (queued, started, ended) = where, times
    return TaskRecord(
        section, f"t{number}", pool, worker, queued, started, ended, (ended - started) / 2, 0, failed
    )


TASKS = (
    task("metrics", 0, (Pool.THREAD, 0), (0.0, 0.0, 0.1)),
    task("metrics", 1, (Pool.THREAD, 1), (0.0, 0.01, 0.2)),
    task("metrics", 2, (Pool.THREAD, 0), (0.0, 0.1, 0.3), failed=True),
    task("content", 3, (Pool.PROCESS, 0), (0.05, 0.1, 0.4)),
    task("availability", 4, (Pool.INLINE, 0), (0.4, 0.4, 0.5)),
)


def record(tasks=TASKS, *, clock_fixed=False, workers=4):
    return BuildRecord(7, "0" * 32, 0.0, 0.0, 0.5, "ok", clock_fixed, workers, 9, 2, 100, {}, tasks, (), ())


def test_each_thread_of_a_section_has_a_lane_then_each_process_then_the_main_one():
    labels = [lane.label for lane in lanes_of(TASKS)]
    assert labels == ["metrics io 0", "metrics io 1", "cpu 0", "main"]


def test_a_lane_holds_waits_runs_and_failures():
    first = lanes_of(TASKS)[0]
    assert first.segments == (
        Segment(0.0, 0.1, LaneState.IO),
        Segment(0.0, 0.1, LaneState.WAIT),
        Segment(0.1, 0.3, LaneState.FAILED),
    )


def test_the_sentence_gives_wall_busy_utilisation_speed_up_and_the_longest_wait():
    figure = draw_build(record())
    assert plain(figure.summary) == (
        "5 tasks on 4 workers in 500 ms; busy 890 ms, 44.5 % of their time, speed-up 1.78;"
        " longest wait 100 ms (metrics: t2)."
    )
    assert [entry.series_class for entry in figure.legend] == ["lr", "li", "lf", "lw"]


def test_the_table_has_a_row_for_each_section():
    rows = draw_build(record()).table.rows
    assert [(row[0], row[1].value, *(cell.text for cell in row[2:])) for row in rows] == [
        ("metrics", 3, "490 ms", "245 ms", "200 ms"),
        ("content", 1, "300 ms", "150 ms", "300 ms"),
        ("availability", 1, "100 ms", "50 ms", "100 ms"),
    ]


def test_the_drawing_is_well_formed_and_has_a_row_for_each_lane():
    root = ET.fromstring(draw_build(record()).svg)  # noqa: S314  # sitegen wrote it
    assert root.get("height") == "5em"
    assert [text.text for text in root.iter("text")][:4] == [lane.label for lane in lanes_of(TASKS)]


@pytest.mark.parametrize("workers", [1, 4])
def test_with_a_fixed_clock_only_counts_are_given_whatever_the_workers(workers):
    inline = tuple(task(t.section, n, (Pool.INLINE, 0), (0.0, n, n + 1)) for n, t in enumerate(TASKS))
    tasks = inline if workers == 1 else TASKS
    figure = draw_build(record(tasks, clock_fixed=True, workers=workers))
    assert figure == draw_build(record(clock_fixed=True))
    assert plain(figure.summary) == "5 tasks in 3 sections."
    cells = [cell for row in figure.table.rows for cell in row if isinstance(cell, Quantity)]
    assert {cell.unit for cell in cells} == {""}
    assert figure.notes == ("The clock stood still, so nothing that was measured is shown.",)


def test_a_build_without_tasks_can_be_drawn():
    figure = draw_build(record(()))
    assert (figure.table, figure.notes) == (None, ("No task ran.",))


def test_many_workers_share_rows_with_a_note():
    many = tuple(task("metrics", n, (Pool.THREAD, n), (0.0, n / 100, n / 100 + 0.1)) for n in range(40))
    figure = draw_build(record(many))
    assert "40 workers" in figure.notes[0]
    assert ET.fromstring(figure.svg).get("height") == "17.5em"  # noqa: S314  # sitegen wrote it


def test_the_same_record_gives_the_same_bytes_whatever_the_order_of_tasks():
    assert draw_build(record()) == draw_build(record(TASKS[::-1]))

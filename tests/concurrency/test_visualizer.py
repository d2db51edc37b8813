from xml.etree import ElementTree as ET

import pytest
from msgspec.structs import replace
from sitegen.concurrency.visualizer import draw_build, lanes_of, paint_sections
from sitegen.instrumentation.records import Pool, PublicBuild, TaskRecord
from sitegen.units import Quantity, plain
from sitegen.visualization.model import Segment


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
    return PublicBuild(
        generation=7, trace_id="0" * 32, slot=0.0, started_at=0.0, duration=0.5, status="ok", clock_fixed=clock_fixed,
        workers=workers, files_total=9, files_changed=2, bytes_total=100, tasks=tasks, pages=(),
    )  # fmt: skip


def test_the_main_lane_comes_first_then_each_thread_of_a_section_then_each_process():
    labels = [lane.label for lane in lanes_of(TASKS)]
    assert labels == ["main", "metrics 0", "metrics 1", "process 0"]


def test_a_bar_has_the_colour_of_its_section_and_the_name_of_its_task():
    first = lanes_of(TASKS)[1]
    assert first.segments == (Segment(0.0, 0.1, "f1", "t0"), Segment(0.1, 0.3, "lf", "✖ t2"))


def test_a_name_leaves_out_the_verb_that_its_colour_tells():
    [lane] = lanes_of(
        [replace(TASKS[0], task="ask prometheus 1h"), replace(TASKS[0], task="write the feeds")]
    )
    assert [segment.name for segment in lane.segments] == ["prometheus 1h", "write the feeds"]


def test_the_busiest_sections_have_colours_of_their_own():
    tasks = [task(f"s{number}", 0, (Pool.THREAD, 0), (0.0, 0.0, 1.0 + number)) for number in range(8)]
    colours = paint_sections(tasks)
    assert [colours[f"s{number}"] for number in (7, 6, 3, 2, 0)] == ["f1", "f2", "f5", "f6", "f6"]


def test_the_heading_gives_tasks_workers_utilisation_and_the_longest_wait():
    figure = draw_build(record())
    assert plain(figure.summary) == "5 tasks · 4 workers · busy 44.5 % · longest wait 100 ms"
    assert [entry.series_class for entry in figure.legend] == ["f1", "f2", "f3", "lf", "lr", "lw"]
    assert [plain(entry.value) for entry in figure.legend[:2]] == ["490 ms, 3 tasks", "300 ms, 1 task"]


def test_the_table_has_a_row_for_each_section():
    rows = draw_build(record()).table.rows
    assert [(row[0], row[1].value, *(cell.text for cell in row[2:])) for row in rows] == [
        ("metrics", 3, "490 ms", "245 ms", "200 ms"),
        ("content", 1, "300 ms", "150 ms", "300 ms"),
        ("availability", 1, "100 ms", "50 ms", "100 ms"),
    ]


def test_the_drawing_is_well_formed_and_has_a_row_for_each_lane():
    root, load = ET.fromstring(f"<g>{draw_build(record()).svg}</g>")  # noqa: S314  # sitegen wrote it
    assert (root.get("height"), load.get("height")) == ("7em", "7em")
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
    assert 'height="24.5em"' in figure.svg


def test_the_same_record_gives_the_same_bytes_whatever_the_order_of_tasks():
    assert draw_build(record()) == draw_build(record(TASKS[::-1]))

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.concurrency.visualizer import draw_build
from sitegen.content.authored import Excerpt
from sitegen.errors import Notice, Reason
from sitegen.findings import BuildFindings, SourceRow
from sitegen.freshness import Freshness
from sitegen.instrumentation.records import (
    PageRecord,
    Pool,
    PublicBuild,
    StageRecord,
    TaskRecord,
)
from sitegen.pages.build import build_page
from sitegen.units import Instant, Quantity, plain
from tests.pages.samples import CONTEXT, NOW, Maker, Size, excesses, made

seconds = st.floats(0, 1e4, allow_nan=False)
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
tasks = st.builds(
    lambda section, task, pool, worker, queued, wait, run, cpu, moved, failed: TaskRecord(
        section, task, pool, worker, queued, queued + wait, queued + wait + run, cpu, moved, failed
    ),
    words, words, st.sampled_from(Pool), st.integers(0, 99), seconds, seconds, seconds, seconds, st.integers(0, 10**12),
    st.booleans(),
)  # fmt: skip
notices = st.lists(st.builds(Notice, words, words), max_size=20).map(tuple)
records = st.builds(
    PublicBuild,
    generation=st.integers(1, 10**12), trace_id=st.just("0" * 32), slot=st.just(NOW), started_at=st.just(NOW + 0.1),
    duration=seconds, status=st.sampled_from(["ok", "degraded", "failed"]), clock_fixed=st.booleans(),
    workers=st.integers(0, 99), files_total=st.integers(0, 10**9), files_changed=st.integers(0, 10**9),
    bytes_total=st.integers(0, 10**15),
    tasks=st.lists(tasks, max_size=60).map(tuple),
    pages=st.lists(
        st.builds(PageRecord, st.integers(0, 10**9).map("/p/{}/".format), *[st.integers(0, 10**7)] * 3), max_size=30
    ).map(tuple),
)  # fmt: skip


def page_of(record, history=(), *, so_far=False, notices=()):
    found = BuildFindings(record, so_far=so_far, history=history, notices=notices)
    (page,) = made([build_page(found, (), draw_build(record), CONTEXT)])
    return page


@settings(deadline=None, max_examples=15)
@given(records, st.lists(records, max_size=5).map(tuple), st.booleans(), notices)
def test_a_build_of_any_kind_keeps_the_budget(record, history, so_far, notices):
    assert excesses([page_of(record, history, so_far=so_far, notices=notices)]) == []


@pytest.mark.parametrize("count", [1, 6, 40])
def test_sources_that_are_left_alone_say_until_when_and_why_and_keep_the_budget(count):
    silent = [
        SourceRow(f"prom-{number}-{'x' * 90}", Freshness.STALE, None, (Reason.SILENT,), 3 + number)
        for number in range(count)
    ]
    asked = SourceRow("fine", Freshness.STALE, Instant(NOW), (Reason.LATE,))
    record = Maker(Size()).record(7)
    found = BuildFindings(record, so_far=False, history=())
    pages = made([build_page(found, (), draw_build(record), CONTEXT, (asked, *silent))])
    told = [(name, plain(said)) for name, said in pages[0].view.facts if isinstance(said, tuple)]
    assert len(told) == min(count, 6)
    assert told[0][0].startswith("prom-0-x")
    assert told[0][1] == f"left alone until {Instant(CONTEXT.next_due).text} after 3 tries: does not answer"
    assert excesses(pages) == []


def tiles_of(page):
    return {name: (figure.text, plain(beneath), css) for name, figure, beneath, css in page.view.tiles}


def test_a_usual_build_shows_its_lanes_its_pages_and_the_builds_before():
    found = Maker(Size()).build()
    page = page_of(found.record, found.history)
    assert draw_build(found.record).svg[:200] in page.text
    assert len(page.values("history")) == 8
    weights = [cells[3].value for cells, _ in page.values("pages")]
    assert len(weights) == 12
    assert weights == sorted(weights, reverse=True)
    assert plain(page.view.shell.sentence) == "Build 41: 61 files, 3 changed in 3 s on 11 workers."


def test_tiles_tell_time_tasks_workers_and_what_came_of_it():
    record = msgspec.structs.replace(Maker(Size(tasks=6)).record(41), process_seconds=3.5)
    assert tiles_of(page_of(record, (msgspec.structs.replace(record, duration=2.0),))) == {
        "build": ("3 s", "median 2 s", "ok"),
        "process": ("3.5 s", "from start to end", "ok"),
        "tasks": ("6", "✖ 1 failed", "c"),
        "workers": ("11", "with 2 processes", "ok"),
        "changed": ("3", "of 61 files", "ok"),
        "size": ("512 kB", "in 60 pages", "ok"),
    }
    assert "busy" in tiles_of(page_of(msgspec.structs.replace(record, process_seconds=None)))


def test_stages_and_the_longest_tasks_are_told_with_their_durations():
    stages = (StageRecord("gather", 0.0, 0.25), StageRecord("draw", 0.25, 1.0))
    task = TaskRecord("metrics", "ask prometheus", Pool.THREAD, 2, 0.0, 0.1, 0.4, 0.0, 0)
    record = msgspec.structs.replace(
        Maker(Size(tasks=0)).record(41), tasks=(task, msgspec.structs.replace(task, ended=9.0)), stages=stages
    )
    view = page_of(record).view
    assert [(name, took.text) for name, _, took in view.stages.rows] == [
        ("gather", "250 ms"),
        ("draw", "750 ms"),
    ]
    assert [(row[1], row[2].text, row[3].text) for row in view.tasks.rows] == [
        ("metrics 2", "100 ms", "8.9 s"),
        ("metrics 2", "100 ms", "300 ms"),
    ]


def test_the_last_builds_are_a_strip_that_says_what_became_of_them():
    record = Maker(Size(tasks=0)).record(41)
    failed = msgspec.structs.replace(record, generation=40, status="failed")
    slow = msgspec.structs.replace(record, generation=39, status="degraded")
    strip = page_of(record, (record, failed, slow)).view.strip
    assert plain(strip.summary) == "● 1 whole, ▲ 1 degraded, ✖ 1 failed"
    assert [plain(sentence) for sentence in strip.under] == [
        "build 39, 2026-11-23 07:43:00 UTC", "✖ 40 failed: the old site stayed", "41, the last",
    ]  # fmt: skip
    assert page_of(record).view.strip is None


def test_the_techniques_are_listed_with_where_their_code_is_quoted():
    found = Maker(Size()).build()
    techniques = [("one atomic swap", "Readers see one generation.", Excerpt("sitegen/x.py", 1, 2, ""))]
    (page,) = made([build_page(found, techniques, draw_build(found.record), CONTEXT)])
    assert 'techniques/#t0">one atomic swap</a> Readers see one generation.' in page.text


def test_the_first_build_is_shown_as_far_as_it_has_come():
    page = page_of(Maker(Size()).record(1), so_far=True)
    assert "the gathering of the first one" in plain(page.view.shell.sentence)
    assert page.view.shell.built.duration is None
    assert "changed" not in tiles_of(page)


def test_with_a_clock_that_stood_still_nothing_that_was_measured_is_shown():
    record = msgspec.structs.replace(Maker(Size()).record(7), clock_fixed=True)
    page = page_of(record, (record,))
    assert plain(page.view.shell.sentence).endswith("Its clock stood still, so nothing was measured.")
    assert set(tiles_of(page)) == {"tasks", "changed", "size"}
    assert set(dict(page.view.facts)) == {"status", "generation", "slot"}
    assert page.view.stages.rows == page.view.tasks.rows == ()
    assert page.values("history")[0][0][4] == Quantity(None, "seconds")


def test_problems_are_told_once_each_and_those_that_are_left_out_are_counted():
    notices = tuple(Notice(f"metrics.prom-{number}", Reason.SILENT) for number in range(11))
    page = page_of(Maker(Size()).record(7), notices=(*notices, *notices))
    assert page.values("problems") == [f"prom-{number} does not answer" for number in range(8)]
    assert plain(page.view.more_problems) == "and 3 more problems"


@pytest.mark.parametrize("tasks", [0, 1, 5000])
def test_any_number_of_tasks_keeps_the_budget(tasks):
    assert excesses([page_of(Maker(replace(Size(), tasks=tasks)).record(41))]) == []


def test_lanes_that_no_page_could_hold_are_replaced_by_words():
    found = Maker(Size()).build()
    lanes = msgspec.structs.replace(
        draw_build(found.record), svg='<svg class="ln">' + "<g/>" * 1_500 + "</svg>"
    )
    (page,) = made([build_page(found, (), lanes, CONTEXT)])
    assert "too large for a page" in page.text
    assert len(page.values("pages")) == 12
    assert excesses([page]) == []


RECORD = Maker(Size(tasks=0)).record(41)


def timed(number, late, took=1.0):
    slot = NOW - 30 * number
    return msgspec.structs.replace(RECORD, slot=slot, started_at=slot + late, duration=took)


def timing_of(*history):
    told = page_of(RECORD, history).view.timing
    return [(plain(one[0]), one[2].text) for one in told.lateness.rows], plain(told.said)


def test_builds_are_counted_by_how_late_they_began():
    rows, said = timing_of(timed(1, 0.15), timed(2, 0.2), timed(3, 1.9), timed(4, 0.05))
    assert [(late, n) for late, n in rows if n != "0"] == [
        ("up to 100 ms", "1"),
        ("up to 200 ms", "2"),
        ("up to 2 s", "1"),
    ]
    assert said == "175 ms late as a rule, 1.9 s at most; no tick missed"


def test_lost_ticks_are_told_with_those_that_a_build_at_work_cost():
    rows, said = timing_of(timed(1, 0.2), timed(6, 0.2, took=70.0))
    assert rows[-1] == ("up to 200 ms", "2")
    assert said.endswith("; 4 ticks missed, 2 of them while a build was still at work")


def test_where_the_clock_stood_still_no_timing_is_told():
    assert page_of(RECORD, (msgspec.structs.replace(RECORD, clock_fixed=True),)).view.timing is None

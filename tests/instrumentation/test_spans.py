import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.instrumentation.records import Pool, PublicBuild, StageRecord, TaskRecord
from sitegen.instrumentation.spans import encode_build
from sitegen.redaction import Redactor
from sitegen.traces.formats import parse_otlp
from sitegen.traces.model import SpanKind, SpanStatus

NOW = 1_795_419_810.412
ATTRIBUTES = frozenset(
    {"sitegen.generation", "sitegen.pool", "sitegen.worker", "sitegen.tasks", "sitegen.status"}
)

times = st.floats(0, 60, allow_nan=False)
tasks = st.lists(
    st.builds(
        lambda section, name, pool, worker, queued, wait, run, failed, peer: TaskRecord(
            section, name, pool, worker, queued, queued + wait, queued + wait + run, run, 0, failed, peer
        ),
        st.sampled_from(["metrics", "traces"]), st.text(max_size=9), st.sampled_from(Pool), st.integers(0, 9),
        times, times, times, st.booleans(), st.sampled_from([None, "prometheus"]),
    ),
    max_size=12,
)  # fmt: skip


def record(tasks=(), status="ok", **changes):
    return PublicBuild(
        generation=7,
        trace_id="4bf92f3577b34da6a3ce929d0e0e4736",
        slot=NOW,
        started_at=NOW,
        duration=0.5,
        status=status,
        clock_fixed=False,
        workers=4,
        files_total=9,
        files_changed=2,
        bytes_total=100,
        tasks=tuple(tasks),
        pages=(),
        **changes,
    )


def read(build):
    spans, faults = parse_otlp(encode_build(build), ATTRIBUTES, Redactor())
    assert faults == ()
    return spans


def micros(seconds):
    return round((NOW + seconds) * 1e6)


@settings(deadline=None, max_examples=60)
@given(tasks)
def test_what_is_written_reads_back_as_the_same_spans_to_the_microsecond(found):
    root, *rest = read(record(found))
    assert (root.name, root.parent_id, root.service) == ("build", None, "sitegen")
    assert (root.start // 1000, root.duration // 1000) == (micros(0), micros(0.5) - micros(0))
    sections = {span.span_id: span.name for span in rest if span.parent_id == root.span_id}
    assert set(sections.values()) == {task.section for task in found}
    spans = [span for span in rest if span.parent_id in sections]
    names = dict.fromkeys(task.section for task in found)
    ordered = [task for name in names for task in found if task.section == name]
    assert len(spans) == len(ordered)
    for span, task in zip(spans, ordered, strict=True):
        assert sections[span.parent_id] == task.section
        assert span.start // 1000 == micros(task.started)
        assert (span.start + span.duration) // 1000 == micros(task.ended)
        assert span.kind is (SpanKind.CLIENT if task.peer else SpanKind.INTERNAL)
        assert span.status is (SpanStatus.ERROR if task.failed else SpanStatus.UNSET)
        assert span.attributes["sitegen.worker"] == str(task.worker)
        assert span.attributes["sitegen.pool"] == task.pool
        assert span.peer == task.peer
    assert len({span.span_id for span in rest}) == len(rest)
    assert {span.trace_id for span in rest} <= {root.trace_id}


def test_a_section_spans_its_tasks_from_the_first_one_queued():
    found = [
        TaskRecord("metrics", "a", Pool.THREAD, 0, 0.1, 0.2, 0.4, 0.1, 0),
        TaskRecord("metrics", "b", Pool.THREAD, 1, 0.1, 0.15, 0.3, 0.1, 0),
    ]
    section = read(record(found))[1]
    assert (section.name, section.attributes["sitegen.tasks"]) == ("metrics", "2")
    assert (section.start // 1000, (section.start + section.duration) // 1000) == (micros(0.1), micros(0.4))


def test_a_task_lies_in_its_section_and_that_in_the_stage_in_which_it_was_queued():
    found = [
        TaskRecord("metrics", "ask", Pool.THREAD, 0, 0.1, 0.1, 0.2, 0.1, 0),
        TaskRecord("metrics", "draw", Pool.PROCESS, 0, 0.3, 0.4, 0.45, 0.1, 0),
    ]
    stages = (StageRecord("gather", 0.0, 0.25), StageRecord("draw", 0.25, 0.5))
    spans = read(record(found, stages=stages))
    names = {span.span_id: span.name for span in spans}
    assert [(span.name, names.get(span.parent_id)) for span in spans] == [
        ("build", None), ("gather", "build"), ("draw", "build"),
        ("metrics", "gather"), ("metrics ask", "metrics"), ("metrics", "draw"), ("metrics draw", "metrics"),
    ]  # fmt: skip
    assert (spans[2].start // 1000, spans[2].duration // 1000) == (micros(0.25), micros(0.5) - micros(0.25))


@pytest.mark.parametrize(
    ("status", "expected"),
    [("ok", SpanStatus.UNSET), ("degraded", SpanStatus.UNSET), ("failed", SpanStatus.ERROR)],
)
def test_a_failed_build_is_a_root_in_error(status, expected):
    assert read(record(status=status))[0].status is expected


def test_a_build_that_did_nothing_is_a_root_alone():
    assert [span.name for span in read(record())] == ["build"]


def test_the_document_is_otlp_json_with_hex_ids_and_times_as_strings():
    document = json.loads(encode_build(record()))
    (span,) = document["resourceSpans"][0]["scopeSpans"][0]["spans"]
    assert span["traceId"] == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert len(span["spanId"]) == 16
    assert span["startTimeUnixNano"] == str(micros(0) * 1000)
    assert span["attributes"][0] == {"key": "sitegen.generation", "value": {"intValue": "7"}}


def test_the_same_record_gives_the_same_bytes():
    assert encode_build(record()) == encode_build(record())

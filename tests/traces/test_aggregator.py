import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.traces.aggregator import aggregate
from sitegen.traces.model import Span, SpanKind, SpanStatus


def only(spans):
    (trace,) = aggregate(spans, "files")
    return trace


def ids(trace):
    return [int(node.span.span_id, 16) for node in trace.nodes]


def critical(trace):
    return {int(node.span.span_id, 16) for node in trace.nodes if node.on_critical_path}


def self_times(trace):
    return {int(node.span.span_id, 16): node.self_time for node in trace.nodes}


def test_spans_are_grouped_to_traces_oldest_first(make_span):
    a, b = "a" * 32, "b" * 32
    traces = aggregate(
        [
            make_span(1, trace_id=b, start=50),
            make_span(2, trace_id=a, start=70),
            make_span(3, trace_id=b, start=90),
        ],
        "files",
    )
    assert [(trace.trace_id, trace.source, len(trace.nodes)) for trace in traces] == [
        (b, "files", 2),
        (a, "files", 1),
    ]


def test_parents_come_before_children_and_siblings_by_start_then_id(make_span):
    trace = only(
        [
            make_span(5, parent=2, start=7),
            make_span(4, parent=1, start=3),
            make_span(3, parent=1, start=3),
            make_span(2, parent=1, start=2),
            make_span(1, start=0, duration=20),
        ]
    )
    assert ids(trace) == [1, 2, 5, 3, 4]
    assert [(node.depth, node.parent) for node in trace.nodes] == [(0, -1), (1, 0), (2, 1), (1, 0), (1, 0)]
    assert trace.warnings == ()


def test_no_spans_are_no_traces():
    assert aggregate([], "files") == ()


def test_an_orphan_becomes_a_root_after_the_true_one(make_span):
    trace = only([make_span(1, parent=9, start=0), make_span(2, start=5), make_span(3, parent=1, start=6)])
    assert ids(trace) == [2, 1, 3]
    assert trace.warnings == ("Span 0000000000000001 has a parent that is not here; it is shown as a root.",)


def test_a_cycle_is_cut_at_its_earliest_span(make_span):
    trace = only(
        [
            make_span(1, parent=3, start=5),
            make_span(2, parent=1, start=2),
            make_span(3, parent=2, start=9),
            make_span(4, parent=3),
        ]
    )
    assert ids(trace) == [2, 3, 4, 1]
    assert trace.warnings == ("Span 0000000000000002 is its own ancestor; it is shown as a root.",)


def test_a_span_that_is_its_own_parent_becomes_a_root(make_span):
    trace = only([make_span(1, parent=1), make_span(2, parent=1)])
    assert ids(trace) == [1, 2]
    assert len(trace.warnings) == 1


def test_spans_with_one_id_are_each_shown_once_and_the_earliest_is_the_parent(make_span):
    trace = only(
        [
            make_span(1),
            make_span(2, parent=1, start=5, name="late"),
            make_span(2, parent=1, start=1, name="early"),
            make_span(3, parent=2, start=6),
        ]
    )
    assert [node.span.name for node in trace.nodes] == ["op 1", "early", "op 3", "late"]
    assert len(trace.warnings) == 1


def test_a_negative_duration_is_kept_and_warned_about(make_span):
    trace = only([make_span(1, duration=10), make_span(2, parent=1, start=5, duration=-3)])
    assert trace.nodes[1].span.duration == -3
    assert trace.nodes[1].self_time == 0
    assert trace.warnings == ("Span 0000000000000002 ends before it starts; it is shown without length.",)


@pytest.mark.parametrize(
    ("children", "expected"),
    [
        ([], 100),
        ([(10, 20)], 80),
        ([(10, 20), (40, 20)], 60),
        ([(10, 40), (30, 40)], 40),
        ([(10, 80), (30, 10)], 20),
        ([(-50, 60), (90, 60)], 80),
        ([(-50, 20), (100, 20), (200, 5)], 100),
        ([(-50, 500)], 0),
        ([(50, -20)], 100),
        ([(50, 0)], 100),
    ],
)
def test_self_time_is_what_no_child_covers(make_span, children, expected):
    spans = [make_span(1, start=0, duration=100)]
    spans += (
        make_span(number, parent=1, start=start, duration=length)
        for number, (start, length) in enumerate(children, 2)
    )
    assert self_times(only(spans))[1] == expected


def test_the_critical_path_goes_back_from_the_child_that_finished_last(make_span):
    # 1 ├────────────────────────────┤ 0-100
    # 2   ├──────┤                     5-40     before 4 started: waited for
    # 3      ├────────────────┤        10-70    still running when 4 started: not waited for
    # 4               ├──────────┤     50-90    finished last
    # 5                 ├──┤           60-70    within 4
    trace = only(
        [
            make_span(1, start=0, duration=100),
            make_span(2, parent=1, start=5, duration=35),
            make_span(3, parent=1, start=10, duration=60),
            make_span(4, parent=1, start=50, duration=40),
            make_span(5, parent=4, start=60, duration=10),
        ]
    )
    assert critical(trace) == {1, 2, 4, 5}


def test_steps_that_follow_each_other_at_once_are_all_waited_for(make_span):
    spans = [make_span(1, start=0, duration=30)]
    spans += (make_span(number, parent=1, start=10 * (number - 2), duration=10) for number in (2, 3, 4))
    assert critical(only(spans)) == {1, 2, 3, 4}


def test_a_child_outside_of_its_parent_is_not_waited_for(make_span):
    trace = only(
        [
            make_span(1, start=0, duration=100),
            make_span(2, parent=1, start=100, duration=50),
            make_span(3, parent=2, start=110, duration=10),
            make_span(4, parent=1, start=-50, duration=20),
            make_span(5, parent=1, start=20, duration=30),
        ]
    )
    assert critical(trace) == {1, 5}


def test_a_child_that_outlives_its_parent_counts_until_the_parents_end(make_span):
    trace = only(
        [
            make_span(1, start=0, duration=100),
            make_span(2, parent=1, start=40, duration=500),
            make_span(3, parent=1, start=10, duration=30),
            make_span(4, parent=1, start=10, duration=60),
        ]
    )
    assert critical(trace) == {1, 2, 3}


def test_several_roots_are_waited_for_in_turn(make_span):
    trace = only(
        [
            make_span(1, start=0, duration=10),
            make_span(2, start=20, duration=10),
            make_span(3, start=5, duration=20),
        ]
    )
    assert critical(trace) == {1, 2}


@pytest.mark.parametrize("shape", ["chain", "fan", "ring"])
def test_a_hundred_thousand_spans_in_any_shape_are_one_trace(make_span, shape):
    count = 100_000
    parent = {
        "chain": lambda number: number - 1 or None,
        "fan": lambda number: 1 if number > 1 else None,
        "ring": lambda number: number - 1 or count,
    }[shape]
    trace = only(
        [
            make_span(number, parent=parent(number), start=number, duration=count)
            for number in range(1, count + 1)
        ]
    )
    assert sorted(ids(trace)) == list(range(1, count + 1))
    assert max(node.depth for node in trace.nodes) == (1 if shape == "fan" else count - 1)
    assert len(trace.warnings) == (shape == "ring")


def test_any_order_of_spans_gives_the_same_traces(make_span):
    spans = [
        make_span(number % 37, parent=number * 7 % 41, start=number * 13 % 17, duration=number % 9 - 2)
        for number in range(1, 80)
    ]
    shuffled = spans[:]
    random.Random(1).shuffle(shuffled)
    assert aggregate(spans, "files") == aggregate(shuffled, "files")


SPANS = st.lists(
    st.builds(
        lambda identity, parent, start, duration, service: Span(
            trace_id="a" * 32,
            span_id=f"{identity:016x}",
            parent_id=None if parent == 0 else f"{parent:016x}",
            service=service,
            name="x",
            kind=SpanKind.INTERNAL,
            start=start,
            duration=duration,
            status=SpanStatus.UNSET,
        ),
        st.integers(1, 12),
        st.integers(0, 14),
        st.integers(0, 30),
        st.integers(-5, 30),
        st.sampled_from(["a", "b"]),
    ),
    min_size=1,
    max_size=14,
)


@given(SPANS)
@settings(deadline=None, max_examples=400)
def test_every_graph_comes_out_whole(spans):
    trace = only(spans)
    spans = list({repr(span): span for span in spans}.values())  # what was sent twice counts once
    shown = [node.span for node in trace.nodes]
    order = lambda span: (span.start, span.span_id, span.parent_id or "", span.duration, span.service)  # noqa: E731
    assert sorted(shown, key=order) == sorted(spans, key=order)
    for row, node in enumerate(trace.nodes):
        assert node.parent < row
        if node.parent >= 0:
            parent = trace.nodes[node.parent]
            assert node.depth == parent.depth + 1
            assert node.span.parent_id == parent.span.span_id
        else:
            assert node.depth == 0
        assert 0 <= node.self_time <= max(0, node.span.duration)
        assert node.self_time == brute_self_time(
            node.span, [other.span for other in trace.nodes if other.parent == row]
        )
        if node.on_critical_path and node.parent >= 0:
            assert trace.nodes[node.parent].on_critical_path
    repaired = sum(node.parent < 0 and node.span.parent_id is not None for node in trace.nodes)
    duplicates = len(spans) - len({span.span_id for span in spans})
    negative = sum(span.duration < 0 for span in spans)
    assert len(trace.warnings) == repaired + duplicates + negative
    assert any(node.on_critical_path for node in trace.nodes)


def brute_self_time(span, children):
    inside = set(range(span.start, span.start + max(0, span.duration)))
    for child in children:
        inside -= set(range(child.start, child.start + max(0, child.duration)))
    return len(inside)


@given(SPANS)
@settings(deadline=None, max_examples=200)
def test_no_two_siblings_on_the_critical_path_overlap(spans):
    trace = only(spans)
    extents: list[tuple[int, int]] = []
    waited: dict[int, list[tuple[int, int]]] = {}
    for node in trace.nodes:
        start, end = node.span.start, node.span.start + max(0, node.span.duration)
        if node.parent >= 0:
            start, end = max(start, extents[node.parent][0]), min(end, extents[node.parent][1])
        extents.append((start, end))
        if node.on_critical_path:
            waited.setdefault(node.parent, []).append((start, end))
    for siblings in waited.values():
        siblings.sort()
        for (_, earlier_end), (later_start, _) in pairwise(siblings):
            assert earlier_end <= later_start


NOW = 1_795_600_800 * 10**9


def in_time(span_id: int, parent: int, start: int, duration: int = 10):
    return Span(
        "a" * 32, f"{span_id:016x}", f"{parent:016x}" if parent else None, "a", "x", SpanKind.INTERNAL, start, duration, SpanStatus.UNSET
    )  # fmt: skip


@pytest.mark.parametrize("start", [0, 5, 946_684_799 * 10**9, NOW + 120 * 10**9, (1 << 64) - 1])
def test_a_time_that_cannot_be_is_the_basis_of_nothing(start):
    spans = [in_time(1, 0, NOW - 1_000, 500), in_time(2, 1, start)]
    (trace,) = aggregate(spans, "a", NOW)
    assert (trace.start, trace.duration, len(trace.nodes)) == (NOW - 1_000, 500, 2)
    (warning,) = trace.warnings
    assert "0000000000000002 has no time that can be" in warning
    assert (trace.nodes[1].span.start, trace.nodes[1].span.duration) == (NOW - 1_000, 0)


def test_a_span_that_ends_after_now_has_no_length():
    (trace,) = aggregate([in_time(1, 0, NOW - 1_000, 1 << 62)], "a", NOW)
    assert (trace.duration, len(trace.warnings)) == (0, 1)


def test_a_trace_without_any_time_that_can_be_is_left_out():
    assert aggregate([in_time(1, 0, 0), in_time(2, 1, 7)], "a", NOW) == ()


def test_what_was_sent_twice_counts_once_and_another_with_its_id_stays():
    one, again, other = in_time(1, 0, NOW), in_time(1, 0, NOW), in_time(1, 0, NOW, 11)
    (trace,) = aggregate([one, again, other], "a", NOW)
    assert len(trace.nodes) == 2
    assert any("is not the only one with this id" in warning for warning in trace.warnings)

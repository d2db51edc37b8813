import random

from sitegen.traces.aggregator import aggregate
from sitegen.traces.analysis import choose_traces, find_linked, service_edges
from sitegen.traces.model import Edge, SpanKind, SpanStatus


def test_a_child_of_another_service_is_a_call(make_span):
    traces = aggregate(
        [
            make_span(1, service="web", duration=100),
            make_span(2, parent=1, service="web", start=5),
            make_span(3, parent=2, service="api", start=6, duration=7, status=SpanStatus.ERROR),
            make_span(4, parent=1, service="api", start=7, duration=9),
        ],
        "files",
    )
    assert service_edges(traces) == (Edge(caller="web", callee="api", calls=2, errors=1, p95=9),)


def test_a_client_span_without_children_calls_its_peer(make_span):
    client = {"kind": SpanKind.CLIENT, "service": "api"}
    traces = aggregate(
        [
            make_span(1, service="api", duration=100),
            make_span(2, parent=1, start=1, peer="postgresql", duration=20, **client),
            make_span(3, parent=1, start=2, peer="bank", duration=30, **client),
            make_span(4, parent=3, start=3, service="bank", duration=25, kind=SpanKind.SERVER),
            make_span(5, parent=1, start=4, peer="api", **client),
            make_span(6, parent=1, start=5, peer="ignored", service="api", kind=SpanKind.SERVER),
        ],
        "files",
    )
    assert service_edges(traces) == (
        Edge(caller="api", callee="bank", calls=1, errors=0, p95=25),
        Edge(caller="api", callee="postgresql", calls=1, errors=0, p95=20),
    )


def test_the_percentile_is_a_duration_that_was_seen(make_span):
    spans = [make_span(1, service="web", duration=1000)]
    spans += (
        make_span(number + 1, parent=1, service="api", start=number, duration=number)
        for number in range(1, 101)
    )
    (edge,) = service_edges(aggregate(spans, "files"))
    assert (edge.calls, edge.p95) == (100, 95)


def test_a_negative_duration_does_not_pull_the_percentile_below_zero(make_span):
    spans = [make_span(1, service="web"), make_span(2, parent=1, service="api", duration=-5)]
    assert service_edges(aggregate(spans, "files"))[0].p95 == 0


def test_no_traces_have_no_edges():
    assert service_edges(()) == ()


def traces_of(make_span, rows):
    return aggregate(
        [
            make_span(
                1,
                trace_id=f"{number:032x}",
                start=start,
                duration=duration,
                status=SpanStatus.ERROR if failed else SpanStatus.OK,
            )
            for number, (start, duration, failed) in enumerate(rows, 1)
        ],
        "files",
    )


def test_the_slowest_the_failed_and_the_latest_are_chosen_by_turns(make_span):
    rows = [(10, 500, False), (20, 5, True), (30, 6, False), (40, 400, False), (50, 7, True), (60, 8, False)]
    traces = traces_of(make_span, rows)
    chosen = [int(trace.trace_id, 16) for trace in choose_traces(traces, 4)]
    assert chosen == [1, 5, 6, 4]


def test_as_many_as_there_are_and_no_more_than_asked_for_are_chosen(make_span):
    traces = traces_of(make_span, [(start, start % 7, start % 3 == 0) for start in range(30)])
    assert len(choose_traces(traces, 7)) == 7
    assert len(set(choose_traces(traces, 100))) == 30
    assert choose_traces(traces, 0) == ()


def test_the_choice_does_not_depend_on_the_order(make_span):
    traces = list(traces_of(make_span, [(start % 5, start % 4, start % 3 == 0) for start in range(30)]))
    shuffled = traces[:]
    random.Random(1).shuffle(shuffled)
    assert choose_traces(traces, 9) == choose_traces(shuffled, 9)


def test_a_call_of_a_silent_peer_counts_whatever_its_own_service_does_inside(make_span):
    client = {"kind": SpanKind.CLIENT, "service": "api", "peer": "postgresql"}
    traces = aggregate(
        [
            make_span(1, service="api", duration=100),
            make_span(2, parent=1, start=1, duration=40, **client),
            make_span(3, parent=2, start=2, service="api"),
            make_span(4, parent=3, start=3, duration=9, **client),
        ],
        "files",
    )
    assert service_edges(traces) == (Edge(caller="api", callee="postgresql", calls=1, errors=0, p95=40),)


def test_a_call_failed_if_either_half_did_and_counts_once(make_span):
    traces = aggregate(
        [
            make_span(1, service="web"),
            make_span(
                2, parent=1, start=1, service="web", kind=SpanKind.CLIENT, peer="api", status=SpanStatus.ERROR
            ),
            make_span(3, parent=2, start=2, service="web"),
            make_span(4, parent=3, start=3, duration=7, service="api", kind=SpanKind.SERVER),
        ],
        "files",
    )
    assert service_edges(traces) == (Edge(caller="web", callee="api", calls=1, errors=1, p95=7),)


def test_a_service_may_call_itself(make_span):
    traces = aggregate(
        [
            make_span(1, service="web", kind=SpanKind.CLIENT, peer="gateway"),
            make_span(2, parent=1, start=1, duration=7, service="web", kind=SpanKind.SERVER),
        ],
        "files",
    )
    assert service_edges(traces) == (Edge(caller="web", callee="web", calls=1, errors=0, p95=7),)


def test_a_link_is_a_call_of_another_trace_and_both_know_each_other(make_span):
    there, here = "a" * 32, "b" * 32
    publish = make_span(1, trace_id=there, service="shop", kind=SpanKind.PRODUCER)
    consume = make_span(
        2,
        trace_id=here,
        service="mail",
        kind=SpanKind.CONSUMER,
        duration=9,
        links=((there, publish.span_id),),
    )
    traces = aggregate([publish, consume], "files")
    assert service_edges(traces) == (Edge(caller="shop", callee="mail", calls=1, errors=0, p95=9),)
    assert find_linked(traces) == {there: (here,), here: (there,)}

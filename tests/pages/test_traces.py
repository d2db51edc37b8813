from dataclasses import replace

import msgspec
import pytest
from sitegen.findings import TraceFindings
from sitegen.pages.trace import longest_rows, trace_view
from sitegen.pages.traces import trace_pages
from sitegen.pipeline.draw import draw_trace
from sitegen.traces.model import Edge
from sitegen.units import Quantity, plain
from tests.pages.samples import (
    CONTEXT,
    Familiar,
    Maker,
    Size,
    drawn_of,
    excesses,
    findings_of,
    finished,
    skeleton,
)

SMALL = Size(traces=60, spans=3, attributes=0, word=8, failing=0.0)


def findings(**changes):
    return Maker(replace(SMALL, **changes)).traces()


def pages_of(found):
    return trace_pages(found, drawn_of(findings_of(traces=found)), CONTEXT)


def pages_by_path(found):
    return {page.path: page for page in pages_of(found)}


def page_of(trace):
    return trace_view(trace, draw_trace(trace))


def test_the_list_shows_the_fifty_longest_traces_first():
    found = Familiar(replace(SMALL, traces=80)).traces()
    view = pages_by_path(found)["/traces/"].view
    durations = [row.duration.value for row in view.slowest]
    assert len(durations) == 50
    assert durations == sorted((trace.duration / 1e9 for trace in found.traces), reverse=True)[:50]
    assert plain(view.shell.sentence) == "80 traces, 0 with errors."


def test_the_list_shows_the_latest_traces_with_errors():
    found = findings(traces=30, failing=1.0)
    view = pages_by_path(found)["/traces/"].view
    starts = [row.start.at for row in view.failed]
    assert starts == sorted((trace.start / 1e9 for trace in found.traces), reverse=True)[: len(starts)]
    assert len(starts) >= 3
    assert all(row.errors == 3 for row in view.failed)


def test_a_full_list_keeps_its_budget_and_shows_all_its_rows():
    found = Familiar(replace(SMALL, traces=200, spans=12, failing=0.02)).traces()
    page = pages_by_path(found)["/traces/"]
    assert len(page.view.slowest) == 50
    assert len(page.view.failed) >= 3
    assert excesses([page]) == []


def test_names_of_any_length_keep_the_budget_of_the_list():
    page = pages_by_path(findings(traces=60, word=700, failing=0.5))["/traces/"]
    assert len(page.view.slowest) >= 10
    assert excesses([page]) == []


def test_a_short_list_has_a_bar_in_every_row():
    page = pages_by_path(findings(traces=8))["/traces/"]
    assert all(row.bar for row in page.view.slowest)


def test_each_trace_that_is_kept_has_a_page_and_is_linked():
    found = findings(traces=12)
    kept = frozenset(sorted(found.paged)[:5])
    pages = pages_by_path(msgspec.structs.replace(found, paged=kept))
    assert {path for path in pages if path.count("/") == 3} == {f"/traces/{trace_id}/" for trace_id in kept}
    rows = {row.path for row in pages["/traces/"].view.slowest}
    assert rows == {None, *(f"/traces/{trace_id}/" for trace_id in kept)}


def test_without_traces_the_list_and_the_map_say_so():
    pages = pages_by_path(TraceFindings())
    assert b"no traces yet" in finished(pages["/traces/"]).body
    assert b"no calls between services seen yet" in finished(pages["/deps/"]).body


# --- One trace ------------------------------------------------------------------------


@pytest.mark.parametrize("failing", [0.0, 0.2, 1.0])
@pytest.mark.parametrize("spans", [1, 20, 60, 80, 300])
def test_a_trace_of_any_size_keeps_its_budget(spans, failing):
    pages = pages_of(findings(traces=1, spans=spans, failing=failing, attributes=9, word=12))
    assert excesses(pages) == []


def test_sixty_spans_are_all_shown():
    trace = Maker(replace(SMALL, spans=60, word=12, failing=0.05)).trace(1)
    view = page_of(trace)
    assert (len(view.waterfall.rows), view.waterfall.hidden) == (60, 0)
    assert not any("left out" in note for note in view.notes)


@pytest.mark.parametrize("spans", [80, 200])
def test_shown_and_hidden_spans_add_up_to_all(spans):
    view = page_of(Maker(replace(SMALL, spans=spans, word=12, failing=0.1)).trace(1))
    shown = sum(not row.folded for row in view.waterfall.rows)
    assert shown + view.waterfall.hidden == spans
    assert shown >= 50


def test_errors_and_the_critical_path_are_kept_before_the_longest():
    trace = Maker(replace(SMALL, spans=60, failing=0.1)).trace(3)
    whole = draw_trace(trace).waterfall
    errors = [row for row in whole.rows if row.error]
    few = longest_rows(whole, len(errors) + 1)
    assert [row for row in few.rows if row.error] == errors
    assert few.rows[0] == whole.rows[0]
    assert few.hidden == 60 - len(few.rows)


def test_rows_that_are_left_out_do_not_change_the_order_of_the_others():
    whole = draw_trace(Maker(replace(SMALL, spans=40)).trace(2)).waterfall
    few = longest_rows(whole, 10).rows
    assert [row for row in whole.rows if row in few] == list(few)


def test_spans_in_error_come_first_among_those_that_tell_their_attributes():
    trace = Maker(replace(SMALL, spans=20, attributes=2, failing=0.2)).trace(5)
    view = page_of(trace)
    failed = {f"{node.span.service} {node.span.name}" for node in trace.nodes if node.span.status == "error"}
    assert 0 < len(failed) < 10
    names = [name.rpartition(",")[0] for name, _ in view.details]
    assert set(names[: len(failed)]) == failed


def test_a_span_with_a_thousand_attributes_of_any_length_keeps_the_budget():
    maker = Maker(replace(SMALL, spans=8, attributes=400, word=900))
    trace = maker.trace(1)
    pages = pages_of(TraceFindings(traces=(trace,), paged=frozenset({trace.trace_id})))
    assert excesses(pages) == []


# --- The service map ---------------------------------------------------------------------


def edges(number, word="service"):
    return tuple(
        Edge(f"{word}-{n}", f"{word}-{n + 1}", 1000 - n, n % 7, 39_000_000 + n) for n in range(number)
    )


@pytest.mark.parametrize("number", [1, 20, 40, 41, 400])
def test_any_number_of_calls_keeps_the_budget(number):
    found = TraceFindings(edges=edges(number))
    page = pages_by_path(found)["/deps/"]
    assert excesses([page]) == []
    left = number - len(page.view.edges.rows)
    assert any(f"{left} kinds of calls" in note for note in page.view.notes) == (left > 0)
    calls = [row[2] for row in page.view.edges.rows]
    assert calls == [Quantity(1000 - n) for n in range(len(calls))]


def test_twelve_services_and_their_calls_stand_whole_on_the_page():
    found = TraceFindings(edges=edges(20))
    page = pages_by_path(found)["/deps/"]
    assert len(page.view.edges.rows) == 20
    assert page.view.map is not None
    tags, text = skeleton(finished(page).body.decode())
    assert ("svg", ("class", "width", "height", "aria-hidden")) in tags
    assert "service-19" in text


def test_too_many_services_to_draw_are_told():
    page = pages_by_path(TraceFindings(edges=edges(60)))["/deps/"]
    assert page.view.map is None
    assert page.view.notes[0] == "too many services to draw: the table has the busiest calls"

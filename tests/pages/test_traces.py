from dataclasses import replace

import msgspec
import pytest
from sitegen.findings import TraceFindings
from sitegen.pages.trace import rank_rows
from sitegen.pages.trace import trace_pages as one_trace
from sitegen.pages.traces import trace_pages
from sitegen.pipeline.draw import draw_trace
from sitegen.traces.model import Edge
from sitegen.units import Instant, Quantity, plain
from tests.pages.samples import (
    CONTEXT,
    Familiar,
    Maker,
    Size,
    drawn_of,
    excesses,
    findings_of,
    made,
    skeleton,
)

SMALL = Size(traces=60, spans=3, attributes=0, word=8, failing=0.0)


def findings(**changes):
    return Maker(replace(SMALL, **changes)).traces()


def pages_of(found, *templates):
    drawn = drawn_of(findings_of(traces=found))
    alone = (
        one_trace(trace, drawn.traces[trace.trace_id])
        for trace in found.traces
        if trace.trace_id in drawn.traces
    )
    lists = (*trace_pages(found, drawn, CONTEXT), *alone)
    return made(pages for pages in lists if not templates or pages.template in templates)


def pages_by_path(found, *templates):
    return {page.path: page for page in pages_of(found, *templates)}


def pages_of_one(trace):
    return made([one_trace(trace, draw_trace(trace))])


def test_the_list_shows_the_fifty_longest_traces_first():
    found = Familiar(replace(SMALL, traces=80)).traces()
    page = pages_by_path(found, "traces.mako")["/traces/"]
    durations = [row.duration.value for row in page.values("slowest")]
    assert len(durations) == 50
    assert durations == sorted((trace.duration / 1e9 for trace in found.traces), reverse=True)[:50]
    assert (
        plain(page.view.shell.sentence)
        == "80 traces · ✖ 0 with errors · listed are the 50 slowest and 0 with errors"
    )


def test_the_list_shows_the_latest_traces_with_errors():
    found = findings(traces=30, failing=1.0)
    page = pages_by_path(found, "traces.mako")["/traces/"]
    starts = [row.start.at for row in page.values("failed")]
    assert starts == sorted((trace.start / 1e9 for trace in found.traces), reverse=True)[:20]
    assert all(row.errors == 3 for row in page.values("failed"))


def test_a_full_list_keeps_its_budget_and_shows_all_its_rows():
    found = Familiar(replace(SMALL, traces=200, spans=12, failing=0.02)).traces()
    page = pages_by_path(found, "traces.mako")["/traces/"]
    assert len(page.values("slowest")) == 50
    assert len(page.values("failed")) >= 3
    assert excesses([page]) == []


def test_names_of_any_length_keep_the_budget_of_the_list():
    pages = [
        one for one in pages_of(findings(traces=60, word=700, failing=0.5)) if one.template == "traces.mako"
    ]
    assert sum(len(page.shown) for page in pages) == 70
    assert excesses(pages) == []


def test_a_short_list_has_a_bar_in_every_row():
    page = pages_by_path(findings(traces=8))["/traces/"]
    assert all(row.bar for row in page.values("slowest"))


def test_each_trace_that_is_kept_has_a_page_and_is_linked():
    found = findings(traces=12)
    kept = frozenset(sorted(found.paged)[:5])
    pages = pages_by_path(msgspec.structs.replace(found, paged=kept))
    assert {path for path in pages if path.count("/") == 3} == {f"/traces/{trace_id}/" for trace_id in kept}
    rows = {row.path for row in pages["/traces/"].values("slowest")}
    assert rows == {None, *(f"/traces/{trace_id}/" for trace_id in kept)}


def test_without_traces_the_list_and_the_map_say_so():
    pages = pages_by_path(TraceFindings())
    assert "no traces yet" in pages["/traces/"].text
    assert "no calls between services seen yet" in pages["/deps/"].text


# --- One trace ------------------------------------------------------------------------


@pytest.mark.parametrize("failing", [0.0, 1.0])
@pytest.mark.parametrize("spans", [1, 80, 300])
def test_a_trace_of_any_size_keeps_its_budget(spans, failing):
    pages = pages_of(findings(traces=1, spans=spans, failing=failing, attributes=9, word=12))
    assert excesses(pages) == []


def test_sixty_spans_are_all_shown_on_one_page():
    (page,) = pages_of_one(Maker(replace(SMALL, spans=60, word=12, failing=0.05)).trace(1))
    assert len(page.values("spans")) == 60


def test_what_one_page_of_a_trace_cannot_hold_goes_on_at_the_next_and_nothing_is_lost():
    trace = Maker(replace(SMALL, spans=80, attributes=12, word=120)).trace(1)
    pages = pages_of_one(trace)
    assert [page.path for page in pages] == [
        f"/traces/{trace.trace_id}/{'' if n == 1 else f'{n}/'}" for n in range(1, len(pages) + 1)
    ]
    assert sum(len(page.values("spans")) for page in pages) == 80
    assert sum(len(page.values("details")) for page in pages) == 10
    assert len(pages) > 1
    assert len({page.view.shell.title for page in pages}) == len(pages)
    assert ["where the time went" in page.text for page in pages] == [True] + [False] * (len(pages) - 1)
    assert excesses(pages) == []


@pytest.mark.parametrize("spans", [80, 200])
def test_shown_and_hidden_spans_add_up_to_all(spans):
    trace = Maker(replace(SMALL, spans=spans, word=12, failing=0.1)).trace(1)
    shown = sum(not row.folded for page in pages_of_one(trace) for row in page.values("spans"))
    assert shown + sum(row.folded for row in draw_trace(trace).waterfall.rows) == spans
    assert shown >= 50


def test_errors_and_the_critical_path_rank_before_the_longest():
    whole = draw_trace(Maker(replace(SMALL, spans=60, failing=0.1)).trace(3)).waterfall
    ranked = rank_rows(whole)
    assert sorted(place for place, _ in ranked) == list(range(len(whole.rows)))
    assert ranked[0][0] == 0
    errors = [row.error for _, row in ranked[1:]]
    assert errors == sorted(errors, reverse=True)


def test_spans_in_error_come_first_among_those_that_tell_their_attributes():
    trace = Maker(replace(SMALL, spans=20, attributes=2, failing=0.2)).trace(5)
    details = [entry for page in pages_of_one(trace) for entry in page.values("details")]
    failed = {f"{node.span.service} {node.span.name}" for node in trace.nodes if node.span.status == "error"}
    assert 0 < len(failed) < 10
    names = [name.rpartition(",")[0] for name, _ in details]
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


def deps_of(number):
    return pages_of(TraceFindings(edges=edges(number)), "deps.mako")


@pytest.mark.parametrize("number", [1, 40, 400])
def test_any_number_of_calls_keeps_the_budget_and_none_is_lost(number):
    pages = deps_of(number)
    assert excesses(pages) == []
    calls = [row.calls for page in pages for row in page.values("calls")]
    assert sorted(calls, key=lambda one: -one.value) == [Quantity(1000 - n) for n in range(number)]
    assert (len(pages) == 1) == (number <= 40)


def test_twelve_services_and_their_calls_stand_whole_on_the_page():
    (page,) = deps_of(20)
    assert len(page.values("calls")) == 20
    assert page.view.map is not None
    tags, text = skeleton(page.text)
    assert ("svg", ("class", "width", "height", "aria-hidden")) in tags
    assert any("service-19" in part for part in text)


def test_the_calls_of_which_most_fail_come_first_with_a_glyph_of_their_state():
    found = (Edge("a", "b", 1000, 0, 5), Edge("a", "c", 1000, 6, 5), Edge("a", "d", 100, 5, 5))
    (page,) = pages_of(TraceFindings(edges=found), "deps.mako")
    rows = page.values("calls")
    assert [(row.callee, row.state) for row in rows] == [("d", "down"), ("c", "degraded"), ("b", "up")]
    for shown in ("✖ <data", "▲ <data"):
        assert shown in page.text
    assert "● <data" not in page.text


def test_a_list_that_spans_days_tells_the_day_of_each_trace():
    found = findings(traces=3)
    rows = pages_by_path(found)["/traces/"].values("slowest")
    assert {row.dated for row in rows} == {len({row.start.raw[:10] for row in rows}) > 1}
    long_ago = msgspec.structs.replace(
        found.traces[0],
        nodes=tuple(
            msgspec.structs.replace(
                node, span=msgspec.structs.replace(node.span, start=node.span.start - 10**15)
            )
            for node in found.traces[0].nodes
        ),
    )
    spread = msgspec.structs.replace(found, traces=(long_ago, *found.traces[1:]))
    page = pages_by_path(spread)["/traces/"]
    assert all(row.dated for row in page.values("slowest"))
    assert long_ago_day(long_ago) in page.text


def long_ago_day(trace):
    return Instant(trace.start / 1e9).raw[5:10] + " "


def test_the_services_of_roots_that_took_the_most_time_have_colours():
    rows = pages_by_path(findings(traces=8))["/traces/"].values("slowest")
    colours = {row.service: row.colour for row in rows}
    assert rows[0].colour in {"f1", "f2"}
    assert len(set(colours.values())) == min(len(colours), 7)


def test_too_many_services_to_draw_are_told():
    page = deps_of(60)[0]
    assert page.view.map is None
    assert page.view.notes[0] == "too many services to draw: the table has every call"

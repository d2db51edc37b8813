"""The Metric Collector: the plan, what is known in the end, and the last-known-good cache."""

import math
import struct
from array import array

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.metrics.collector import Past, decode, encode, host_window, plan_queries, query_of
from sitegen.metrics.model import MetricQuery, MetricResult, Panel, Series
from sitegen.units import MAX_POINTS, Window, nice_step

NOW = 1_750_000_777.0
QUERY = MetricQuery("prom", "up", Window(0.0, 60.0, 15.0))


def panel(**settings) -> Panel:
    return Panel(**{"id": "p", "source": "prom", "title": "P", "query": "up"} | settings)


def result(values: list[float] | None = None) -> MetricResult:
    values = [1.0] if values is None else values
    times = array("d", range(len(values)))
    return MetricResult(query=QUERY, series=(Series({"job": "a"}, times, array("d", values)),))


def asked(*arguments, **options):
    """Each query of the plan once, in order."""
    return list(dict.fromkeys(plan_queries(*arguments, **options).values()))


# --- The plan ---------------------------------------------------------------------


def test_each_panel_is_asked_in_each_of_its_windows():
    plan = asked(
        [panel(windows=(3600.0, 86_400.0)), panel(id="q", query="down", windows=(3600.0,))], NOW, 30.0
    )
    assert [(query.expression, query.window.step) for query in plan] == [
        ("up", 15.0),
        ("up", 360.0),
        ("down", 15.0),
    ]


def test_a_query_that_two_panels_share_is_asked_once():
    assert len(asked([panel(id="a"), panel(id="b", title="other", unit="seconds")], NOW, 30.0)) == 3


def test_the_same_expression_of_two_sources_is_asked_of_both():
    plan = asked([panel(windows=(60.0,)), panel(id="q", source="other", windows=(60.0,))], NOW, 30.0)
    assert [query.source for query in plan] == ["prom", "other"]


def test_variables_have_the_length_of_each_windows_step_and_the_own_history_has_none():
    panels = [
        panel(query="rate(x[$__rate_interval])", windows=(3600.0, 604_800.0)),
        panel(id="q", source="self", query="$__range"),
    ]
    plan = asked(panels, NOW, 30.0, scrapes={"prom": 60.0})
    assert [query.expression for query in plan] == ["rate(x[4m])", "rate(x[61m])", *["$__range"] * 3]


@pytest.mark.parametrize(
    ("span", "step"), [(3600.0, 120.0), (6 * 3600.0, 120.0), (86_400.0, 360.0), (604_800.0, 3600.0)]
)
def test_short_windows_of_the_own_history_do_not_move_every_cycle(span, step):
    assert query_of(panel(source="self"), span, NOW, 30.0).window.step == step


def test_a_page_of_the_own_history_changes_at_most_every_fourth_cycle():
    windows = {query_of(panel(source="self"), 3600.0, NOW + 30 * cycle, 30.0).window for cycle in range(40)}
    assert len(windows) <= 11


@pytest.mark.parametrize(
    ("age", "end"), [(30, 0), (599, 0), (600, 570), (1199, 570), (1200, 1170), (2399, 1170), (9600, 9570)]
)
def test_a_site_that_is_younger_than_a_column_is_looked_at_up_to_half_its_age_at_least(age, end):
    begun = NOW // 10_800 * 10_800 + 600
    past = Past(begun, begun + age)
    window = query_of(panel(source="self"), 30 * 86_400.0, begun + age + 9, 30.0, past=past).window
    assert window.end - begun == end
    assert (window.step, window.columns) == (max(60, nice_step(end / 240)), max(10, 1 + end // window.step))


def test_a_window_reaches_back_no_further_than_the_site_does():
    begun = NOW // 10_800 * 10_800
    windows = [
        query_of(panel(source="self"), 86_400.0, begun + age, 30.0, past=Past(begun, begun + age)).window
        for age in range(1800, 2 * 86_400, 1800)
    ]
    assert all(window.start >= begun and window.end - window.start <= 86_400 for window in windows)
    assert [window.step for window in windows] == sorted(window.step for window in windows)
    assert windows[-1] == Window.ending(begun + 2 * 86_400 - 1800, 86_400.0)


FIRST = Window(start=NOW - 0.5, end=NOW - 0.025, step=0.025)


def host(age, span=3600.0):
    begun = NOW // 30 * 30
    window = host_window(span, begun + age, 30.0, begun, FIRST)
    return window if window == FIRST else (window.start - begun, window.end - begun, window.step)


def test_the_machine_is_seen_closely_until_five_cycles_have_run_and_then_over_minutes():
    assert {host(age) for age in range(150)} == {FIRST}
    start, end, step = host(150)
    assert (end, step) == (150, 30)
    assert start >= -150


def test_a_window_of_the_machine_rests_between_its_ends():
    ends = [host(age)[1] for age in range(150, 4 * 3600, 30)]
    assert ends == sorted(ends)
    assert len({host(age) for age in range(150, 750, 30)}) <= 3
    assert (
        max(age - end for age, end in zip(range(900, 4 * 3600, 30), ends[25:], strict=False)) <= 16 * 30 + 30
    )


@pytest.mark.parametrize("span", [3600.0, 86_400.0, 604_800.0])
def test_a_window_of_the_machine_has_all_there_is_up_to_its_end_and_no_more_than_its_span(span):
    for age in (150, 299, 300, 1199, 3599, 7200, 40_000, 90_000, 10**6):
        start, end, step = host(age, span)
        assert start <= step or end - start >= span - 2 * step
        assert end - start <= span


def test_a_site_that_has_a_whole_column_is_looked_at_in_whole_ones():
    begun = NOW // 10_800 * 10_800 + 600
    past = Past(begun, begun + 10_800)
    window = query_of(panel(source="self"), 30 * 86_400.0, begun + 10_860, 30.0, past=past).window
    assert window.end == begun - 600 + 10_800


def test_a_series_that_no_build_has_stored_yet_is_asked_for_where_the_past_begins():
    past, quiet = Past(NOW - 7200, NOW), panel(id="quiet", source="self")
    windows = {
        query.window
        for later in range(0, 3600, 30)
        for query in asked([quiet], NOW + later, 30.0, {}, past, {"quiet"})
    }
    assert len(windows) == len(quiet.windows)
    assert asked([quiet], NOW, 30.0, {}, None, {"quiet"}) == asked([quiet], NOW, 30.0)


def test_only_the_own_history_is_young():
    past = Past(NOW + 30, NOW + 30)
    foreign = panel(windows=(86_400.0,))
    assert asked([foreign], NOW + 60, 30.0, past=past) == asked([foreign], NOW + 60, 30.0)


def test_a_source_that_reports_by_the_minute_is_not_asked_for_less():
    [query] = asked([panel(windows=(3600.0,))], NOW, 30.0, {"prom": 60.0})
    assert query.window.step == 60.0


@settings(deadline=None, max_examples=300)
@given(
    span=st.floats(1.0, 10 * 366 * 86_400.0),
    least_step=st.floats(0.001, 366 * 86_400.0),
    now=st.floats(0.0, 4e9),
    source=st.sampled_from(["self", "prom"]),
)
def test_no_query_ever_asks_for_more_points_than_prometheus_allows(span, least_step, now, source):
    [query] = asked([panel(source=source, windows=(span,))], now, 30.0, {source: least_step})
    window = query.window
    assert 1 <= (window.end - window.start) / window.step + 1 <= MAX_POINTS
    assert window.end <= now < window.end + window.step
    assert window.step >= least_step


# --- The cache --------------------------------------------------------------------

TEXT = st.text(st.characters(codec="utf-8"))


def bits(series: Series) -> tuple[bytes, bytes]:
    return series.times.tobytes(), series.values.tobytes()


@settings(deadline=None, max_examples=100)
@given(
    columns=st.lists(st.lists(st.tuples(st.floats(), st.floats()), max_size=10), max_size=4),
    labels=st.dictionaries(TEXT, TEXT, max_size=3),
    texts=st.tuples(st.lists(TEXT, max_size=2), st.lists(TEXT, max_size=2), st.lists(TEXT, max_size=2)),
    partial=st.booleans(),
)
def test_an_answer_comes_back_from_the_cache_bit_by_bit_without_the_words_of_its_server(
    columns, labels, texts, partial
):
    series = tuple(
        Series(labels, array("d", [time for time, _ in column]), array("d", [value for _, value in column]))
        for column in columns
    )
    warnings, infos, not_shown = map(tuple, texts)
    before = MetricResult(QUERY, series, warnings, infos, partial, not_shown)
    after = decode(encode(before))
    assert isinstance(after, MetricResult)
    assert [bits(one) for one in after.series] == [bits(one) for one in before.series]
    assert [one.labels for one in after.series] == [one.labels for one in before.series]
    assert msgspec.structs.replace(after, series=()) == MetricResult(
        QUERY, (), partial=partial, not_shown=not_shown
    )


def test_every_nan_keeps_its_bits():
    stale = struct.unpack("<d", struct.pack("<Q", 0x7FF0000000000002))[0]
    values = array("d", [math.nan])
    values.frombytes(struct.pack("<Q", 0x7FF0000000000002))
    before = MetricResult(QUERY, (Series({}, array("d", [1.0, 2.0]), values),))
    after = decode(encode(before))
    assert math.isnan(stale)
    assert after.series[0].values.tobytes() == values.tobytes()


def test_a_damaged_cache_is_nothing_and_never_an_exception():
    data = encode(result([1.0, math.nan]))
    for length in range(len(data)):
        assert decode(data[:length]) is None
    for position in range(len(data)):
        assert isinstance(decode(data[:position] + b"\xff" + data[position + 1 :]), MetricResult | None)
    assert decode(b"\xdd\xff\xff\xff\xff") is None


def test_columns_of_unequal_length_are_nothing():
    uneven = MetricResult(QUERY, (Series({}, array("d", [1.0]), array("d")),))
    assert decode(encode(uneven)) is None

import math
from array import array

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.errors import Notice, Reason
from sitegen.freshness import Freshness, Observed, missing
from sitegen.metrics.model import MetricResult, PanelKind, Series, Threshold
from sitegen.units import Instant, Quantity, Window, plain
from sitegen.visualization.generator import draw_panel

KINDS = list(PanelKind)
UNITS = ["", "seconds", "bytes", "ratio", "percent", "timestamp", "requests/s"]
HOSTILE = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</svg>", "&lt;", "\x1b[2J", "\u202etxt", "style='x'"]  # fmt: skip

window = Window(1_795_422_000.0, 1_795_422_590.0, 10.0)
values = (
    st.floats()
    | st.floats(-1e3, 1e3)
    | st.sampled_from([0.0, 1e308, -1e308, 5e-324, math.nan, math.inf, -math.inf])
)
any_series = st.builds(
    lambda points, labels: Series(labels, array("d", sorted(points)), array("d", points.values())),
    st.dictionaries(st.integers(-20, 620).map(lambda n: window.start + n), values, max_size=40),
    st.dictionaries(st.sampled_from(["a", "le", "__name__"]), st.text(max_size=8) | st.sampled_from(["+Inf", "1", "2.5"])),
)  # fmt: skip


@settings(deadline=None, max_examples=250)
@given(
    series=st.lists(any_series, max_size=8),
    kind=st.sampled_from(KINDS),
    unit=st.sampled_from(UNITS),
    limits=st.lists(
        st.builds(Threshold, st.floats(-1e6, 1e6), st.sampled_from(["warn", "crit"])), max_size=2
    ),
    columns=st.sampled_from([1, 7, 60, 120, 240]),
)
def test_any_series_give_a_well_formed_drawing_of_finite_numbers(  # noqa: PLR0917
    kit, series, kind, unit, limits, columns
):
    data = kit.panel(series, kind, window, unit=unit, thresholds=tuple(limits))
    figure = draw_panel(data, columns)
    kit.read_svg(figure.svg)
    assert plain(figure.summary)
    assert figure == draw_panel(data, columns)
    if figure.table:
        assert len(figure.table.rows) <= 12
        assert all(
            len(row) == len(figure.table.head) == len(figure.table.numeric) for row in figure.table.rows
        )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("hostile", HOSTILE)
def test_foreign_text_never_becomes_markup(kit, kind, hostile):
    series = [kit.series([float(n)] * 240, le=bound, x=hostile) for n, bound in enumerate(("1", "2", "+Inf"))]
    limit = Threshold(1.5, hostile)
    data = kit.panel(series, kind, unit=hostile, legend="{{x}}", title=hostile, thresholds=(limit,))
    kit.read_svg(draw_panel(data, 240).svg)


def told(figure):
    return " ".join(plain(remark) for remark in figure.remarks)


def test_the_frame_says_now_the_largest_with_its_time_and_the_least(kit):
    values = [3.0] * 240
    values[0], values[60], values[120], values[239] = 2.0, 1.0, 9.0, 4.0
    figure = draw_panel(kit.panel([kit.series(values)], unit="seconds"), 240)
    assert plain(figure.now.summary) == "now 4 s · max 9 s 08:00 · min 1 s"
    instants = [part.at for part in figure.now.summary if isinstance(part, Instant)]
    assert instants == [kit.window.start + 120 * 15]
    assert Quantity(4.0, "seconds", "4 s") in figure.now.summary
    assert told(figure) == "up 2 s over 1h."


def test_a_page_that_rests_says_when_the_last_sample_was_and_its_legend_too(kit):
    week = Window.ending(kit.end, 604_800)
    for window, when in ((kit.window, "08:30"), (week, "11-23 08:00")):
        figure = draw_panel(kit.panel([kit.series([1.0, 2.0] * 120, window)], window=window), 240)
        assert plain(figure.summary).startswith(f"last {2 - window.columns % 2}, at {when} · max 2 ")
        assert (figure.column, figure.now.column) == ("last", "now")


def test_what_is_now_is_what_the_source_said_of_now_and_not_the_last_sample_of_the_window(kit):
    data = kit.panel([kit.series([1.0, 2.0] * 120, q=name) for name in "abc"], legend="{{q}}")
    told = tuple(
        kit.series([value], Window(kit.end, kit.end, 15.0), q=name)
        for name, value in (("c", 7.0), ("a", 4.0))
    )
    figure = draw_panel(msgspec.structs.replace(data, now=told), 240)
    assert plain(figure.now.summary) == "now 7, max of 2: c · max 2 07:30 · min 1"
    assert [entry.cells[0].value for entry in figure.now.legend] == [4.0, None, 7.0]
    assert [entry.cells[0].value for entry in figure.legend] == [2.0, 2.0, 2.0]
    assert figure.now.svg == figure.svg
    assert figure.now.table == figure.table


def test_of_several_series_the_frame_follows_the_highest_and_the_legend_has_the_figures_of_each(kit):
    values = [[float(n)] * 240 for n in (1, 3, 2)]
    values[1][100], values[2][7] = 5.0, 0.5
    figure = draw_panel(kit.panel([kit.series(one, q=str(n)) for n, one in enumerate(values)]), 240)
    assert plain(figure.now.summary) == "now 3.0, max of 3: q 1 · max 5.0 07:55 · min 0.5"
    assert [
        (entry.name, entry.series_class, *(cell.text for cell in entry.cells)) for entry in figure.legend
    ] == [
        ("q 0", "s1", "1.0", "1.0", "1.0", "07:30"),
        ("q 1", "s2", "3.0", "3.0", "5.0", "07:55"),
        ("q 2", "s3", "2.0", "0.5", "2.0", "07:30"),
    ]


def test_a_word_of_a_unit_stands_in_the_heading_alone(kit):
    figure = draw_panel(kit.panel([kit.series([5.0] * 239 + [6.0])], unit="requests/s"), 240)
    assert figure.title == "Latency, requests/s"
    assert plain(figure.now.summary) == "now 6 · max 6 08:30 · min 5"
    assert figure.legend[0].cells[0].value == 6.0


def test_values_that_never_moved_are_told_once(kit):
    figure = draw_panel(kit.panel([kit.series([5.0] * 240)]), 240)
    assert plain(figure.now.summary) == "now 5 · unchanged"
    assert told(figure) == ""


@pytest.mark.parametrize(("samples", "over"), [(61, "15 min"), (5, "1 min"), (240, "1h")])
def test_change_is_told_against_the_first_sample_there_is(kit, samples, over):
    values = [None] * (240 - samples) + [float(n) for n in range(samples)]
    assert told(draw_panel(kit.panel([kit.series(values)]), 240)) == f"up {samples - 1} over {over}."


def test_areas_and_bars_stand_on_one_another_and_the_frame_tells_their_sum(kit):
    values = [[1.0] * 240, [2.0] * 240, [4.0] * 239 + [5.0]]
    series = [kit.series(one, q=str(n)) for n, one in enumerate(values)]
    for kind in ("area", "bar"):
        figure = draw_panel(kit.panel(series, kind), 240)
        assert plain(figure.now.summary) == "now 8, sum of 3 · max 8 08:30 · min 7"
        assert plain(figure.summary) == "last 8, sum of 3, at 08:30 · max 8 08:30 · min 7"
        assert [entry.cells[0].value for entry in figure.legend] == [1, 2, 5]
        beside = draw_panel(kit.panel(series, kind, stack=False), 240)
        assert plain(beside.now.summary) == "now 5, max of 3: q 2 · max 5 08:30 · min 1"


@pytest.mark.parametrize("kind", ["line", "area", "bar"])
def test_fewer_columns_make_a_smaller_drawing_that_says_the_same_and_tells_what_a_point_is(kit, kind):
    noisy = [kit.series([float((7 * n * n + k) % 101) for n in range(240)], q=str(k)) for k in range(4)]
    data = kit.panel(noisy, kind, stack=False)
    wide, narrow = draw_panel(data, 240), draw_panel(data, 24)
    assert len(narrow.svg) < len(wide.svg) / 1.3
    assert (narrow.summary, narrow.legend, narrow.table) == (wide.summary, wide.legend, wide.table)
    for number in range(1, 5):
        assert f"{ {'area': 'a', 'bar': 'f'}.get(kind, 's') }{number}" in narrow.svg
    assert "are means" in told(narrow)


def test_a_ratio_changes_by_percentage_points(kit):
    figure = draw_panel(kit.panel([kit.series([0.5] * 239 + [0.25])], unit="ratio"), 240)
    assert told(figure) == "down 25 percentage points over 1h."


@pytest.mark.parametrize(
    ("first", "last"), [(1.0, 1.0 - 2e-11), (0.3, 0.1 + 0.2), (1e300, 1e300 * (1 + 1e-12))]
)
@pytest.mark.parametrize("unit", ["ratio", "percent", "seconds", ""])
def test_what_differs_by_its_last_bits_alone_has_not_changed(kit, first, last, unit):
    assert told(draw_panel(kit.panel([kit.series([first] * 239 + [last])], unit=unit), 240)) == ""


def test_a_series_that_ended_has_no_data_now(kit):
    figure = draw_panel(kit.panel([kit.series([5.0] * 120 + [None] * 120)]), 240)
    assert plain(figure.now.summary) == "no data now · last 5, at 08:00 · unchanged"
    assert plain(figure.summary) == "last 5, at 08:00 · unchanged"
    assert figure.now.legend[0].cells[0] == Quantity(None)
    assert figure.legend[0].cells[0] == Quantity(None)


def test_what_is_no_longer_fresh_has_its_last_value_in_the_legend(kit):
    data = kit.panel([kit.series([5.0] * 240)])
    figure = draw_panel(
        msgspec.structs.replace(
            data, observed=msgspec.structs.replace(data.observed, status=Freshness.STALE)
        ),
        240,
    )
    assert figure.legend[0].cells[0] == Quantity(5.0, shown="5")


def test_stacked_instants_are_not_added(kit):
    series = [kit.series([1.79e9] * 240, job=job) for job in "ab"]
    figure = draw_panel(kit.panel(series, "bar", unit="timestamp"), 240)
    assert "sum" not in plain(figure.summary)


def test_a_table_tells_a_mean_near_a_hundred_from_it_on_both_sides(kit):
    rows = [draw_panel(kit.panel([kit.series([value] * 240)], unit="percent"), 240).table.rows[0][1].text for value in (-100.00001, 99.9999999999999)]  # fmt: skip
    assert rows == ["-100.00001 %", "99.99999 %"]


def test_the_table_has_means_of_even_stretches(kit):
    figure = draw_panel(kit.panel([kit.series([float(n) for n in range(240)])]), 240)
    rows = figure.table.rows
    assert len(rows) == 12
    assert rows[0] == (Instant(kit.window.start, form="%H:%M"), Quantity(9.5, shown="9.5"))
    assert rows[-1] == (Instant(kit.window.start + 220 * 15, form="%H:%M"), Quantity(229.5, shown="229.5"))
    assert figure.table.numeric == (False, True)


def test_a_stretch_without_samples_is_no_data_in_the_table(kit):
    figure = draw_panel(kit.panel([kit.series([None] * 120 + [1.0] * 120)]), 240)
    assert figure.table.rows[0][1] == Quantity(None)
    assert figure.table.rows[0][1].text == "no data"


def test_a_row_is_the_mean_of_its_samples_however_many_of_them_share_a_bar(kit):
    # Four steps make a bar: one sample of 0 in the first, four of 10 in the second.
    figure = draw_panel(kit.panel([kit.series([0.0, None, None, None, *[10.0] * 236])], kind="bar"), 240)
    assert figure.table.rows[0][1].value == 9.41176


def test_a_table_of_buckets_has_the_fullest_twelve_and_says_so(kit):
    bounds = [float(bound) for bound in range(1, 15)]
    figure = draw_panel(kit.panel(kit.buckets([list(range(1, 15))] * 240, bounds), kind="histogram"), 240)
    assert len(figure.table.rows) == 12
    assert "The 12 fullest of 14 buckets." in figure.table.caption


def test_a_row_of_timestamps_is_the_last_of_its_stretch(kit):
    figure = draw_panel(kit.panel([kit.series([1e9 + n for n in range(240)])], unit="timestamp"), 60)
    assert [row[1].at for row in figure.table.rows] == [1e9 + 20 * n + 19 for n in range(12)]


def test_a_short_window_stands_in_the_table_as_it_is(kit):
    short = Window(kit.end - 20, kit.end, 10)
    figure = draw_panel(kit.panel([kit.series([1.0, 2.5, 4.0], short)], window=short), 240)
    assert [row[1].value for row in figure.table.rows] == [1.0, 2.5, 4.0]
    assert figure.table.caption == ""


def test_the_largest_series_are_shown_and_the_others_counted(kit):
    many = [kit.series([float(n % 7)] * 240, n=f"{n:02d}") for n in range(17)]
    figure = draw_panel(kit.panel(many, top=3), 240)
    assert [entry.name for entry in figure.legend] == ["n 05", "n 06", "n 13"]
    assert "14 more series are in the CSV." in told(figure)
    assert len(draw_panel(kit.panel(many, top=99), 240).legend) == 6


def test_the_colours_of_series_do_not_depend_on_their_values(kit):
    one = [kit.series([1.0] * 240, q="a"), kit.series([2.0] * 240, q="b")]
    other = [kit.series([2.0] * 240, q="a"), kit.series([1.0] * 240, q="b")]
    assert [
        [(e.name, e.series_class) for e in draw_panel(kit.panel(s), 240).legend] for s in (one, other)
    ] == [[("q a", "s1"), ("q b", "s2")]] * 2


def test_notes_tell_problems_and_what_the_answer_lacks_without_the_words_of_the_server(kit):
    data = kit.panel(
        [kit.series([1.0] * 240)],
        warnings=("cut",),
        infos=("rate on gauge",),
        not_shown=("2 native histograms",),
    )
    value = msgspec.structs.replace(data.observed.value, partial=True)
    observed = msgspec.structs.replace(
        data.observed, value=value, notices=(Notice("metrics.p", Reason.LATE),)
    )
    figure = draw_panel(msgspec.structs.replace(data, observed=observed), 240)
    assert figure.notes == (
        "p does not answer in time",
        "partial: the source did not answer in full",
        "2 native histograms",
    )


@pytest.mark.parametrize("status", [Freshness.STALE, Freshness.EXPIRED])
def test_old_values_say_when_they_were_fetched(kit, status):
    data = kit.panel([kit.series([1.0] * 240)])
    observed = Observed(data.observed.value, kit.end - 100, status)
    figure = draw_panel(msgspec.structs.replace(data, observed=observed), 240)
    assert plain(figure.age).endswith(f" {status}: last known values, fetched 2026-11-23 08:28:20 UTC")
    assert Instant(kit.end - 100) in figure.age


def test_an_answer_of_this_build_has_no_age_and_a_last_known_one_has_it_though_it_is_still_fresh(kit):
    data = kit.panel([kit.series([1.0] * 240)])
    known = Observed(
        data.observed.value, kit.end - 30, Freshness.FRESH, (Notice("metrics.prom", Reason.SILENT),)
    )
    assert draw_panel(data, 240).age == ()
    figure = draw_panel(msgspec.structs.replace(data, observed=known), 240)
    assert plain(figure.age) == "● fresh: last known values, fetched 2026-11-23 08:29:30 UTC"


@pytest.mark.parametrize("kind", KINDS)
def test_no_answer_is_an_honest_figure_with_the_reason(kit, kind):
    data = msgspec.structs.replace(
        kit.panel([], kind), observed=missing(Notice("metrics.prom", Reason.SILENT))
    )
    figure = draw_panel(data, 240)
    assert [text.text for text in kit.read_svg(figure.svg).iter("text")] == ["no data"]
    assert plain(figure.summary) == "no data"
    assert figure.notes == ("prom does not answer",)
    assert (figure.table, figure.csv, figure.legend) == (None, None, ())


@pytest.mark.parametrize(
    ("series", "note"),
    [
        ([], "The query gave no series."),
        ([Series({}, array("d", [1.0]), array("d", [5.0]))], "No finite sample lies in this window."),
    ],
)
def test_an_answer_with_nothing_to_draw_says_why(kit, series, note):
    figure = draw_panel(kit.panel(series), 240)
    assert note in figure.notes
    assert "no data" in figure.svg


def test_an_answer_of_which_nothing_can_be_shown_is_not_called_empty(kit):
    figure = draw_panel(kit.panel([], not_shown=("2 series with native histograms",)), 240)
    assert figure.notes == ("2 series with native histograms",)
    assert plain(figure.summary) == "no data"


def test_the_data_file_is_named_after_the_panel_and_its_window(kit):
    data = kit.panel([kit.series([1.0] * 240)], id="p95")
    assert draw_panel(data, 240).csv == "/metrics/p95.1h.csv"
    assert draw_panel(msgspec.structs.replace(data, span=604_800.0), 240).csv == "/metrics/p95.7d.csv"


def test_a_result_is_not_changed_by_the_order_of_labels(kit):
    one = kit.series([1.0] * 240, a="1", b="2")
    other = Series(dict(reversed(one.labels.items())), one.times, one.values)
    assert draw_panel(kit.panel([one]), 240) == draw_panel(kit.panel([other]), 240)
    assert isinstance(kit.panel([one]).observed.value, MetricResult)


def test_of_an_answer_that_is_old_nothing_is_now(kit):
    fresh = kit.panel([kit.series([5.0] * 240)])
    old = msgspec.structs.replace(fresh.observed, status=Freshness.STALE)
    figure = draw_panel(msgspec.structs.replace(fresh, observed=old, now=None), 240)
    assert plain(figure.summary) == "last 5, at 08:30 · unchanged"
    assert figure.now is None


def test_an_axis_begins_and_ends_where_the_panel_says_unless_a_value_lies_beyond(kit):
    values = [60.0 + n % 20 for n in range(240)]

    def ticks(**panel):
        root = kit.read_svg(draw_panel(kit.panel([kit.series(values)], **panel), 240).svg)
        (group,) = (one for one in root.iter("g") if one.get("class") == "y")
        return [text.text for text in group]

    assert ticks(min=50.0, max=100.0) == ["50", "60", "70", "80", "90", "100"]
    assert ticks(min=70.0, max=75.0)[0] == "0"
    assert float(ticks(min=70.0, max=75.0)[-1]) >= 79


def test_by_logarithm_equal_ratios_are_equally_far_apart(kit):
    values = [10.0 ** (n % 4) for n in range(240)]
    figure = draw_panel(kit.panel([kit.series(values)], scale="log"), 240)
    root = kit.read_svg(figure.svg)
    (line,) = (path.get("d") for path in root.iter("path") if path.get("class") == "s1")
    rows = sorted({y for stroke in kit.points_of(line) for _, y in stroke})
    assert rows == [0, 67, 133, 200]
    flat = draw_panel(kit.panel([kit.series([0.0, *values[1:]])], scale="log"), 240)
    assert "Not every value is above zero, so the axis is linear." in told(flat)


def test_a_panel_says_how_many_decimals_its_values_have(kit):
    figure = draw_panel(kit.panel([kit.series([0.6] * 239 + [0.61512])], unit="seconds", decimals=1), 240)
    assert plain(figure.now.summary) == "now 615.1 ms · max 615.1 ms 08:30 · min 600.0 ms"
    assert [cell.text for cell in figure.legend[0].cells[:2]] == ["615.1 ms", "600.0 ms"]
    assert figure.legend[0].cells[0].value == 0.61512


@pytest.mark.parametrize(
    ("sort", "names"), [("name", "abc"), ("now", "bca"), ("max", "cab"), ("mean", "cba")]
)
def test_a_legend_is_sorted_as_the_panel_says_and_colours_stay(kit, sort, names):
    values = {"a": [1.0] * 238 + [8.0, 1.0], "b": [4.0] * 239 + [7.0], "c": [5.0] * 238 + [9.0, 6.0]}
    figure = draw_panel(
        kit.panel([kit.series(one, q=name) for name, one in values.items()], legend="{{q}}", sort=sort), 240
    )
    assert "".join(entry.name for entry in figure.legend) == names
    assert {entry.name: entry.series_class for entry in figure.legend} == {"a": "s1", "b": "s2", "c": "s3"}


def test_a_description_stands_below_the_chart_first_of_all_remarks(kit):
    figure = draw_panel(kit.panel([kit.series([1.0, 2.0] * 120)], description="Of the whole shop."), 240)
    assert figure.remarks[0] == ("Of the whole shop.",)

import re
from array import array
from dataclasses import replace

import msgspec
import pytest
from msgspec import structs
from sitegen.availability.model import WORST_FIRST, Interval, ServiceState, ServiceStatus
from sitegen.findings import AvailabilityFindings, SourceRow
from sitegen.freshness import Freshness
from sitegen.metrics.analysis import newest
from sitegen.metrics.model import Overview, PanelKind, Series, Threshold
from sitegen.pages.overview import FrontPage, front_pages, sources
from sitegen.pages.tiles import make_tiles
from sitegen.units import Instant, Quantity, format_duration, plain
from tests.pages.samples import (
    DAY,
    NOW,
    Familiar,
    Maker,
    Size,
    drawn_of,
    excesses,
    findings_of,
    made,
    pages_of,
    service_of,
)


def findings(**changes):
    return Familiar(replace(Size(panels=3, points=60, traces=3, spans=20), **changes)).findings()


def front(found, drawn=None):
    return made(front_pages(found, drawn or drawn_of(found), FrontPage(), {}))[0]


def view_of(found):
    return front(found).view


def with_panels(found, **changes):
    panels = tuple(
        msgspec.structs.replace(one, panel=msgspec.structs.replace(one.panel, **changes))
        for one in found.metrics.panels
    )
    return msgspec.structs.replace(found, metrics=msgspec.structs.replace(found.metrics, panels=panels))


def with_figures(drawn, **changes):
    panels = {
        key: msgspec.structs.replace(figure, now=None, **changes) for key, figure in drawn.panels.items()
    }
    return msgspec.structs.replace(drawn, panels=panels)


def test_the_sentence_of_truth_counts_services_and_says_when():
    view = view_of(findings(services=5))
    assert plain(view.shell.sentence) == ("● 1 up, ▲ 1 degraded, ✖ 1 down, ■ 1 maintenance, ○ 1 no data")
    assert view.shell.built.at == Instant(NOW)
    assert (view.shell.built.duration.value, view.shell.built.next_due.at) == (3.0, NOW + 30)


def test_the_duration_is_not_shown_where_it_was_not_measured():
    found = findings()
    record = msgspec.structs.replace(found.build.record, clock_fixed=True)
    still = msgspec.structs.replace(found, build=msgspec.structs.replace(found.build, record=record))
    assert view_of(still).shell.built.duration is None
    first = msgspec.structs.replace(found, build=msgspec.structs.replace(found.build, so_far=True))
    assert view_of(first).shell.built.duration is None


def test_a_small_site_is_shown_whole():
    found = findings(services=4, sources=2, lines=8)
    page = front(found)
    assert page.left == ()
    assert page.view.more_services == ()
    assert len(page.values("sources")) == len(sources(found)) == 6
    counts = {group: len(page.values(group)) for group in ("services", "tiles", "charts", "spans", "lines")}
    assert counts == {"services": 4, "tiles": 5, "charts": 2, "spans": 12, "lines": 8}


def test_what_is_worst_comes_first_and_what_does_not_fit_is_counted():
    page = front(findings(services=100, sources=30))
    states = [row.status.state for row in page.values("services")]
    assert states == sorted(states, key=WORST_FIRST.index)
    assert states.count(ServiceState.DOWN) == min(20, len(states))
    assert plain(page.view.more_services) == f"and {100 - len(states)} more services that are no worse"
    assert ">all services</a>" in page.text


def test_a_chart_that_the_page_cannot_hold_makes_way_for_what_comes_after_it():
    found = findings()
    drawn = with_figures(drawn_of(found), svg='<svg class="ch">' + '<path d="m0 0"/>' * 1_500 + "</svg>")
    page = front(found, drawn)
    assert "too large for the overview" in page.text
    assert (len(page.values("spans")), len(page.values("lines"))) == (12, 12)
    assert excesses([page]) == []


@pytest.mark.parametrize("word", [8, 60, 900])
def test_the_overview_keeps_its_budget_whatever_there_is(word):
    found = Maker(
        Size(
            services=100, sources=40, panels=9, series=6, traces=4, spans=200, lines=60, fields=20, word=word
        )
    ).findings()
    pages = made(front_pages(found, drawn_of(found), FrontPage(), {}))
    assert [page.path for page in pages] == ["/", "/follow/"]
    assert excesses(pages) == []


def test_one_name_of_several_kinds_of_sources_is_as_old_as_the_oldest_of_them():
    found = findings()
    old = SourceRow("self", Freshness.EXPIRED, Instant(NOW - 9000))
    new = SourceRow("self", Freshness.FRESH, Instant(NOW))
    both = msgspec.structs.replace(
        found,
        metrics=msgspec.structs.replace(found.metrics, sources=(new,)),
        logs=msgspec.structs.replace(found.logs, sources=(old,)),
        traces=msgspec.structs.replace(found.traces, sources=(new,)),
    )
    assert sources(both) == (old,)


def tiles_of(found, drawn=None, chosen=()):
    return make_tiles(found.metrics.panels, found.build, drawn or drawn_of(found), {}, chosen)


def test_a_tile_is_the_largest_of_its_series_and_leads_to_its_panel():
    found = findings(panels=12)
    pages = pages_of(found)
    places = {
        page.path: {figure.id for figure in page.values("figures")}
        for page in pages
        if page.template == "metrics.mako"
    }
    tiles = pages[0].values("tiles")
    assert len(tiles) == 6
    for tile, data in zip(tiles, found.metrics.panels, strict=False):
        path, _, identity = tile.link.path.partition("#")
        assert identity == data.panel.id
        assert identity in places[path]
        assert tile.value.value == max(one.values[-1] for one in data.observed.value.series)
        assert tile.name.endswith(f", max of {len(data.observed.value.series)}")
        assert tile.last is None


def test_a_tile_whose_source_said_nothing_of_now_says_when_its_value_was():
    found = findings(panels=1, series=1)
    (data,) = found.metrics.panels
    silent = structs.replace(found.metrics, panels=(structs.replace(data, now=None),))
    (tile,) = tiles_of(structs.replace(found, metrics=silent), chosen=("panel-0",))
    assert tile.value.value == data.observed.value.series[0].values[-1]
    assert tile.last.at == data.window.end
    assert tile.words.endswith(f", last, at {Instant(data.window.end).text}")


def test_a_tile_whose_series_have_ended_has_no_value():
    found = findings(panels=1, series=2)
    (data,) = found.metrics.panels
    ended = structs.replace(found.metrics, panels=(structs.replace(data, now=()),))
    (tile,) = tiles_of(structs.replace(found, metrics=ended), chosen=("panel-0",))
    assert (tile.value.raw, tile.css, tile.last) == ("", "u", None)


def test_tiles_are_those_that_are_chosen_in_their_order():
    found = findings(panels=4)
    assert [tile.link.text for tile in tiles_of(found, chosen=("panel-2", "panel-0"))] == [
        found.metrics.panels[index].panel.title for index in (2, 0)
    ]


def test_a_tile_says_its_change_against_the_first_value_and_over_the_time_that_was_seen():
    found = findings(panels=1, series=1)
    (data,) = found.metrics.panels
    window, series = data.window, data.observed.value.series[0]
    late = Series(series.labels, array("d", window.instants()[-16:]), array("d", [3.0] * 15 + [2.0]))
    result = msgspec.structs.replace(data.observed.value, series=(late,))
    observed = msgspec.structs.replace(data.observed, value=result)
    young = msgspec.structs.replace(data, observed=observed, now=newest((late,), window.end))
    change = tiles_of(
        msgspec.structs.replace(found, metrics=msgspec.structs.replace(found.metrics, panels=(young,)))
    )[0].change
    assert plain(change) == f"▼ 1 s in {format_duration(15 * window.step)}"


@pytest.mark.parametrize(("value", "css"), [(0.4, "ok"), (0.5, "w"), (2.0, "c"), (None, "u")])
def test_a_tile_has_the_state_of_the_threshold_that_its_value_has_reached(value, css):
    found = with_panels(
        findings(panels=1, series=1), thresholds=(Threshold(2.0, "crit"), Threshold(0.5, "warn"))
    )
    (data,) = found.metrics.panels
    times = array("d", data.window.instants())
    series = Series({}, times, array("d", [value or 0.1] * len(times)))
    result = msgspec.structs.replace(data.observed.value, series=(series,))
    observed = msgspec.structs.replace(data.observed, value=result)
    now = newest((series,), data.window.end) if value is not None else ()
    known = msgspec.structs.replace(data, observed=observed, now=now)
    found = msgspec.structs.replace(found, metrics=msgspec.structs.replace(found.metrics, panels=(known,)))
    (tile,) = tiles_of(found, chosen=("panel-0",))
    assert tile.css == css
    assert tile.state == {"w": "▲ warn", "c": "✖ crit"}.get(css, "")
    assert not tile.state or f">{tile.state}</span>" in front(found).text


def test_a_row_of_tiles_that_few_panels_leave_open_is_filled_by_the_last_build():
    tiles = tiles_of(findings(panels=1))
    assert [(tile.link.text, tile.value.text) for tile in tiles[1:]] == [("build", "3 s"), ("site", "512 kB")]


def test_a_tile_that_is_an_instant_is_shown_as_one():
    timed = with_panels(findings(), unit="timestamp")
    assert {type(tile.value) for tile in front(timed).values("tiles")[:3]} == {Instant}


@pytest.mark.parametrize("kind", [PanelKind.HEATMAP, PanelKind.HISTOGRAM])
@pytest.mark.parametrize(
    ("summary", "shown"), [(("p50 ", Quantity(0.2, "seconds"), "."), 0.2), (("No data.",), None)]
)
def test_the_tile_of_a_histogram_is_its_median_and_no_count_of_a_bucket(kind, summary, shown):
    found = findings()
    drawn = with_figures(drawn_of(found), summary=summary)
    tiles = tiles_of(with_panels(found, kind=kind), drawn, ("panel-0", "panel-1", "panel-2"))
    assert [(tile.value.value, tile.name[:9]) for tile in tiles] == [(shown, "p50 over ")] * 3


def test_the_chart_has_an_id_of_its_own_whatever_its_panel_is_called():
    found = findings()
    drawn = with_figures(drawn_of(found), id="services")
    assert {chart.id for chart in front(found, drawn).values("charts")} == {"panel-services"}


def test_charts_are_those_that_are_chosen():
    found = findings()
    chosen = FrontPage(overview=Overview(charts=("panel-2",)))
    (page, _) = made(front_pages(found, drawn_of(found), chosen, {}))
    assert [chart.id for chart in page.values("charts")] == ["panel-panel-2"]


def test_a_chart_of_a_server_comes_before_one_of_sitegen_itself():
    found = findings(panels=2)
    own, foreign = found.metrics.panels
    own = msgspec.structs.replace(own, panel=msgspec.structs.replace(own.panel, source="self"))
    both = msgspec.structs.replace(
        found, metrics=msgspec.structs.replace(found.metrics, panels=(own, foreign))
    )
    charts = front(both).values("charts")
    assert [chart.id for chart in charts] == [f"panel-{data.panel.id}" for data in (foreign, own)]


def test_the_slowest_trace_that_has_a_page_is_shown_by_its_longest_spans():
    found = findings(traces=5, spans=60)
    page = front(found)
    slowest = max(found.traces.traces, key=lambda trace: trace.duration)
    assert page.view.slowest_link.path == f"/traces/{slowest.trace_id}/"
    assert len(page.values("spans")) == 12
    assert page.values("spans")[0].depth == 0


def test_a_service_that_was_seen_for_minutes_tells_its_cycles_and_no_percentage():
    interval = Interval(NOW - 30, NOW, ServiceState.UP)
    young = service_of(ServiceStatus("own", "sitegen", ServiceState.UP, NOW - 30), [interval])
    found = findings_of(availability=AvailabilityFindings(services=(young,), counted_to=NOW))
    (row,) = front(found).values("services")
    assert (plain(row.uptime), row.lasts.text) == ("1 of 1 cycle", "30 s")


def test_a_service_that_was_seen_for_days_tells_its_share_to_two_places():
    intervals = [
        Interval(NOW - 5 * DAY, NOW - 60, ServiceState.UP),
        Interval(NOW - 60, NOW, ServiceState.DOWN),
    ]
    service = service_of(ServiceStatus("shop", "shop", ServiceState.DOWN, NOW - 60), intervals)
    found = findings_of(availability=AvailabilityFindings(services=(service,), counted_to=NOW))
    (row,) = front(found).values("services")
    assert plain(row.uptime) == "99.98 %"


def test_every_service_leads_to_where_its_availability_is_told():
    page, *others = pages_of(findings(services=9))
    anchors = {(other.path, block.anchor) for other in others for block in other.shown}
    rows = page.values("services")
    assert len(rows) == 9
    assert all(tuple(row.link.path.split("#")) in anchors for row in rows)


def test_a_site_that_is_not_to_be_followed_has_one_overview():
    found = findings()
    pages = made(front_pages(found, drawn_of(found), FrontPage(follows=False), {}))
    assert [page.path for page in pages] == ["/"]


def test_a_newcomer_is_told_what_to_do_next_and_nobody_else_is():
    found = findings()
    drawn = drawn_of(found)
    new, old = (made(front_pages(found, drawn, FrontPage(leads_on=new), {}))[0] for new in (True, False))
    commands = re.findall(r"<dt><b>\$ (sitegen [a-z ]+)</b>", new.text)
    assert commands == ["sitegen serve", "sitegen demo", "sitegen check"]
    assert 'id="next"' not in old.text

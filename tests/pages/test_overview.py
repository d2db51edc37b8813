from dataclasses import replace

import msgspec
import pytest
from sitegen.availability.model import ServiceState
from sitegen.findings import SourceRow
from sitegen.freshness import Freshness
from sitegen.metrics.model import PanelKind
from sitegen.pages.overview import front_pages, key_metrics, sources
from sitegen.units import Instant, Quantity, plain
from tests.pages.samples import NOW, Familiar, Maker, Size, drawn_of, excesses, made, pages_of


def findings(**changes):
    return Familiar(replace(Size(panels=3, points=60, traces=3, spans=20), **changes)).findings()


def front(found, drawn=None):
    page, _ = made(front_pages(found, drawn or drawn_of(found), "", {}))
    return page


def view_of(found):
    return front(found).view


def with_panels(found, **changes):
    panels = tuple(
        msgspec.structs.replace(one, panel=msgspec.structs.replace(one.panel, **changes))
        for one in found.metrics.panels
    )
    return msgspec.structs.replace(found, metrics=msgspec.structs.replace(found.metrics, panels=panels))


def with_figures(drawn, **changes):
    panels = {key: msgspec.structs.replace(figure, **changes) for key, figure in drawn.panels.items()}
    return msgspec.structs.replace(drawn, panels=panels)


def test_the_sentence_of_truth_counts_services_and_says_when():
    view = view_of(findings(services=5))
    assert plain(view.shell.sentence) == (
        "● 1 up, ▲ 1 degraded, ✖ 1 down, ■ 1 maintenance, ○ 1 no data. Snapshot of 2026-11-23 07:43:30 UTC"
    )
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
    assert (page.view.more_services, page.view.more_sources) == ((), ())
    assert len(page.values("sources")) == len(sources(found)) == 6
    counts = {group: len(page.values(group)) for group in ("services", "stats", "chart", "spans", "lines")}
    assert counts == {"services": 4, "stats": 3, "chart": 1, "spans": 12, "lines": 8}


def test_what_is_worst_is_shown_where_not_everything_fits_and_the_rest_is_counted():
    found = findings(services=100, sources=30)
    page = front(found)
    states = [row.status.state for row in page.values("services")]
    assert states.count(ServiceState.DOWN) == min(20, len(states))
    shown = [row.status.id for row in page.values("services")]
    assert shown == sorted(shown, key=lambda name: int(name[1:]))
    assert plain(page.view.more_services) == f"and {100 - len(states)} more services that are no worse"
    left = 90 - len(page.values("sources"))
    assert plain(page.view.more_sources) == f"and {left} more sources that are no worse"
    assert all(f">{name}</a>" in page.text for name in ("all services", "all sources"))


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
    pages = made(front_pages(found, drawn_of(found), "", {}))
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


def test_a_key_metric_is_the_largest_of_its_series_and_leads_to_its_panel():
    found = findings(panels=12)
    pages = pages_of(found)
    places = {
        page.path: {figure.id for figure in page.values("figures")}
        for page in pages
        if page.template == "metrics.mako"
    }
    stats = pages[0].values("stats")
    assert stats
    for stat, data in zip(stats, found.metrics.panels, strict=False):
        path, _, identity = stat.link.path.partition("#")
        assert identity == data.panel.id
        assert identity in places[path]
        assert stat.value.value == max(series.values[-1] for series in data.observed.value.series)


def test_a_key_metric_that_is_an_instant_is_shown_as_one():
    found = findings()
    timed = with_panels(found, unit="timestamp")
    assert {type(stat.value) for stat in front(timed).values("stats")} == {Instant}


@pytest.mark.parametrize("kind", [PanelKind.HEATMAP, PanelKind.HISTOGRAM])
@pytest.mark.parametrize(
    ("summary", "shown"), [(("p50 ", Quantity(0.2, "seconds"), "."), 0.2), (("No data.",), None)]
)
def test_the_key_metric_of_a_histogram_is_its_median_and_no_count_of_a_bucket(kind, summary, shown):
    found = findings()
    drawn = with_figures(drawn_of(found), summary=summary)
    stats = key_metrics(with_panels(found, kind=kind).metrics.panels, drawn, {})
    assert [(stat.value.value, stat.link.text[-5:]) for stat in stats] == [(shown, ", p50")] * 3


def test_the_chart_has_an_id_of_its_own_whatever_its_panel_is_called():
    found = findings()
    drawn = with_figures(drawn_of(found), id="services")
    (chart,) = front(found, drawn).values("chart")
    assert chart.id == "panel-services"


def test_a_chart_of_a_server_comes_before_one_of_sitegen_itself():
    found = findings(panels=2)
    own, foreign = found.metrics.panels
    own = msgspec.structs.replace(own, panel=msgspec.structs.replace(own.panel, source="self"))
    both = msgspec.structs.replace(
        found, metrics=msgspec.structs.replace(found.metrics, panels=(own, foreign))
    )
    (chart,) = front(both).values("chart")
    assert chart.id == f"panel-{foreign.panel.id}"


def test_the_slowest_trace_that_has_a_page_is_shown_by_its_longest_spans():
    found = findings(traces=5, spans=60)
    page = front(found)
    slowest = max(found.traces.traces, key=lambda trace: trace.duration)
    assert page.view.slowest_link.path == f"/traces/{slowest.trace_id}/"
    assert len(page.values("spans")) == 12
    assert page.values("spans")[0].depth == 0

import re
from dataclasses import replace

import msgspec
import pytest
from sitegen.freshness import Freshness
from sitegen.gate.leaks import Canaries
from sitegen.metrics.model import Panel
from sitegen.pages.metrics import count_columns, metrics_pages
from sitegen.pipeline.rendering import RenderJob, finish_pages, places_of
from sitegen.units import plain
from tests.pages.samples import (
    CONTEXT,
    Maker,
    Size,
    cache_folder,
    drawn_of,
    excesses,
    findings_of,
    frame,
    made,
)

HOUR, DAY, WEEK = 3600.0, 86_400.0, 604_800.0
SMALL = Size(series=1, points=12, word=6)


def metrics(**changes):
    return Maker(replace(SMALL, **changes)).metrics()


def pages_of(found, figures=None):
    return made(metrics_pages(found, figures or figures_of(found), CONTEXT))


def ids(page):
    return [figure.id for figure in page.values("figures")]


def figures_of(found):
    return drawn_of(findings_of(metrics=found)).panels


def paths(pages):
    return [page.path for page in pages]


def test_at_most_eight_panels_stand_on_a_page_and_the_rest_on_the_next():
    pages = pages_of(metrics(panels=19))
    assert paths(pages) == ["/metrics/", "/metrics/2/", "/metrics/3/"]
    assert [len(page.shown) for page in pages] == [8, 8, 3]
    assert [one for page in pages for one in ids(page)] == [f"panel-{n}" for n in range(19)]
    assert [[here for _, here in page.view.pages] for page in pages] == [
        [number == own for number in range(3)] for own in range(3)
    ]


def test_every_further_window_has_pages_of_its_own():
    pages = pages_of(metrics(panels=9, windows=(HOUR, DAY, WEEK)))
    assert paths(pages) == [
        "/metrics/",
        "/metrics/2/",
        "/metrics/24h/",
        "/metrics/24h/2/",
        "/metrics/7d/",
        "/metrics/7d/2/",
    ]
    for page in pages:
        assert [(link.text, link.path) for link, _ in page.view.windows] == [
            ("1h", "/metrics/"),
            ("24h", "/metrics/24h/"),
            ("7d", "/metrics/7d/"),
        ]
        assert sum(here for _, here in page.view.windows) == 1


def test_the_first_page_shows_each_panel_in_its_own_first_window():
    first, second = metrics(panels=1, windows=(HOUR, DAY)), metrics(panels=1, windows=(DAY, WEEK))
    renamed = tuple(
        msgspec.structs.replace(one, panel=msgspec.structs.replace(one.panel, id="other"))
        for one in second.panels
    )
    pages = pages_of(msgspec.structs.replace(first, panels=(*first.panels, *renamed)))
    shown = {page.path: ids(page) for page in pages}
    assert shown == {
        "/metrics/": ["panel-0", "other"],
        "/metrics/24h/": ["panel-0", "other"],
        "/metrics/7d/": ["other"],
    }
    assert pages[0].view.shell.title == "metrics, default"


def test_without_panels_there_is_a_page_that_says_so():
    (page,) = pages_of(metrics(panels=0))
    assert (page.path, page.shown, plain(page.view.shell.sentence)) == ("/metrics/", (), "0 panels.")


@pytest.mark.parametrize("kinds", [("line",), ("area",), ("bar",), ("stat",), ("heatmap",), ("histogram",)])
def test_crowded_pages_keep_their_budget_for_every_kind_of_panel(kinds):
    pages = pages_of(Maker(Size(panels=8, series=5, points=240, kinds=kinds)).metrics())
    assert excesses(pages) == []
    assert sum(len(page.shown) for page in pages) == 8


@pytest.mark.parametrize("kind", ["line", "area", "bar", "stat"])
@pytest.mark.parametrize("series", [1, 2, 3, 5])
def test_no_drawing_and_no_table_is_lost_however_noisy_series_are(kind, series):
    pages = pages_of(Maker(Size(panels=8, series=series, kinds=(kind,), word=12)).metrics())
    figures = [figure for page in pages for figure in page.values("figures")]
    assert len(figures) == 8
    assert all(figure.svg and figure.csv and len(figure.table.rows) == 12 for figure in figures)
    assert len(pages) <= 2 or series > 1
    assert excesses(pages) == []


def test_a_panel_that_has_a_page_to_itself_has_twice_the_columns():
    nine = [
        Panel(id=f"p{n}", source="s", title="", query="q", windows=(DAY, HOUR) if n else (HOUR,))
        for n in range(9)
    ]
    columns = count_columns(nine)
    assert [columns[f"p{n}", DAY if n else HOUR] for n in range(9)] == [120] * 8 + [240]
    assert [columns[f"p{n}", HOUR] for n in range(1, 9)] == [120] * 8
    assert count_columns(nine[:1]) == {("p0", HOUR): 240}


def test_fifty_crowded_panels_keep_every_budget_and_none_is_lost():
    pages = pages_of(Maker(Size(panels=50, series=5, points=120, kinds=("line",), word=9)).metrics())
    assert excesses(pages) == []
    assert [one for page in pages for one in ids(page)] == [f"panel-{n}" for n in range(50)]


def test_a_page_is_parted_before_a_table_is_cut():
    found = metrics(panels=8, series=5, points=240, kinds=("line",))
    drawn = figures_of(found)
    pages = pages_of(found, drawn)
    assert len(pages) > 1
    assert excesses(pages) == []
    shown = [figure for page in pages for figure in page.values("figures")]
    assert [figure.table for figure in shown] == [figure.table for figure in drawn.values()]
    assert {len(figure.table.rows) for figure in shown} == {12}


def test_a_drawing_that_no_page_could_hold_is_replaced_by_words():
    found = metrics(panels=2)
    drawn = figures_of(found)
    monster = msgspec.structs.replace(
        drawn["panel-0", HOUR],
        svg='<svg class="ch">' + '<path class="s1" d="m0 0"/>' * 1_900 + "</svg>",
        now=None,
    )
    pages = pages_of(found, drawn | {("panel-0", HOUR): monster})
    assert [one for page in pages for one in ids(page)] == ["panel-0", "panel-1"]
    panel = pages[0].text.partition('id="panel-0"')[2].partition("</section>")[0]
    assert "<svg" not in panel
    assert "too large for a page" in panel
    assert "metrics/panel-0.1h.csv" in panel
    assert excesses(pages) == []


def test_the_sentence_tells_what_is_old_and_what_is_missing():
    found = metrics(panels=4)
    states = (Freshness.FRESH, Freshness.STALE, Freshness.EXPIRED, Freshness.MISSING)
    panels = tuple(
        msgspec.structs.replace(one, observed=msgspec.structs.replace(one.observed, status=state))
        for one, state in zip(found.panels, states, strict=True)
    )
    (page,) = pages_of(msgspec.structs.replace(found, panels=panels), figures_of(found))
    assert plain(page.view.shell.sentence) == ("4 panels; ▲ 2 show their last known values; ○ 1 has no data.")
    (fresh,) = pages_of(found)
    assert plain(fresh.view.shell.sentence) == "4 panels, all fresh."


def test_a_page_is_as_old_as_its_data():
    found = metrics(panels=2)
    (page,) = pages_of(found)
    assert page.view.shell.made_at.at == max(one.window.end for one in found.panels)


def test_every_panels_place_is_the_first_page_that_shows_it():
    found = metrics(panels=9, windows=(HOUR, DAY))
    lists = metrics_pages(found, figures_of(found), CONTEXT)
    rendered = [
        page for one in lists for page in finish_pages(RenderJob(one, frame(), cache_folder(), Canaries()))
    ]
    places = places_of(rendered)
    assert places["panel-0"] == "/metrics/#panel-0"
    assert places["panel-8"] == "/metrics/2/#panel-8"


def grouped(*groups):
    """Give metrics of small panels, each in its group."""
    found = metrics(panels=len(groups))
    panels = tuple(
        msgspec.structs.replace(one, panel=msgspec.structs.replace(one.panel, group=group))
        for one, group in zip(found.panels, groups, strict=True)
    )
    return msgspec.structs.replace(found, panels=panels)


def test_a_group_has_one_heading_above_its_panels_and_they_stand_together():
    (page,) = pages_of(grouped("latency", "errors", "latency"))
    headings = re.findall(r"<h2[^>]*>([^<]*)</h2>", page.text)
    assert [one for one in headings if one in ("latency", "errors")] == ["latency", "errors"]
    assert re.findall(r'id="(panel-\d)"', page.text) == ["panel-0", "panel-2", "panel-1"]


def test_a_group_is_kept_together_where_a_page_holds_it():
    pages = pages_of(grouped(*["a"] * 6, *["b"] * 4))
    assert [len(page.shown) for page in pages] == [6, 4]


def test_a_group_that_no_page_holds_goes_on_under_its_own_heading():
    first, second = pages_of(grouped(*["a"] * 11))
    assert [len(page.shown) for page in (first, second)] == [8, 3]
    assert second.view.goes_on == "a"
    assert "a, continued</h2>" in second.text
    assert first.view.goes_on == ""


def told(pages):
    """What the frame of each panel begins with, by path."""
    return {page.path: re.findall(r"</h2><p>(now|last)", page.text) for page in pages}


def test_only_the_first_page_of_the_first_window_tells_what_is_now():
    pages = pages_of(metrics(panels=9, kinds=("line",), windows=(HOUR, DAY)))
    assert told(pages) == {
        "/metrics/": ["now"] * 8,
        "/metrics/2/": ["last"],
        "/metrics/24h/": ["last"] * 8,
        "/metrics/24h/2/": ["last"],
    }


@pytest.mark.parametrize(("moving", "word"), [((), "last"), ((2,), "now"), ((0, 1, 2), "now")])
def test_a_first_page_that_rests_tells_no_now_and_one_panel_that_moves_moves_it(moving, word):
    found = metrics(panels=3, kinds=("line",))
    panels = tuple(
        msgspec.structs.replace(data, moves=number in moving) for number, data in enumerate(found.panels)
    )
    pages = pages_of(msgspec.structs.replace(found, panels=panels))
    assert told(pages) == {"/metrics/": [word] * 3}

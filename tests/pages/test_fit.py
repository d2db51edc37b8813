from dataclasses import replace
from typing import NamedTuple

import brotli
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.gate.budgets import budget_of
from sitegen.output import Page
from sitegen.pages import author, build, fit, logs, metrics, overview_fit, slo, trace, traces
from sitegen.pages.drafts import draft_figure
from sitegen.pages.fit import Room, elements_of, shortened, thinned, trimmed
from sitegen.templating.engine import output_path
from sitegen.units import Instant, Quantity
from sitegen.visualization.model import Figure, Table
from tests.pages.samples import Maker, Size, elements, excesses, finished, frame, pages_of

DRAFTS = {
    "overview.mako": overview_fit._draft,
    "metrics.mako": lambda view: metrics._draft(
        view.shell, map(draft_figure, view.figures), view.windows, view.pages
    ),
    "traces.mako": traces._draft_list,
    "trace.mako": trace._draft,
    "deps.mako": traces._draft_deps,
    "logs.mako": logs._draft,
    "build.mako": build._draft,
    "slo.mako": slo._draft,
    "about.mako": author._draft_about,
    "projects.mako": author._draft_projects,
}
ROOMS = {
    "/": fit.OVERVIEW,
    "/follow/": fit.OVERVIEW,
    "/metrics/": fit.METRICS,
    "/metrics/24h/2/": fit.METRICS,
    "/traces/": fit.TRACES,
    "/traces/0123/": fit.TRACE,
    "/deps/": fit.DEPS,
    "/logs/2/": fit.LOGS,
    "/build/": fit.BUILD,
    "/slo/": fit.SLO,
    "/slo/2/": fit.SLO,
    "/about/": fit.ABOUT,
    "/projects/": fit.ABOUT,
}

EMPTY = Size(
    panels=0,
    traces=0,
    services=0,
    objectives=0,
    lines=0,
    sources=0,
    projects=0,
    tasks=0,
    builds=0,
    problems=0,
)
SIZES = {
    "empty": EMPTY,
    "usual": Size(),
    "a starter": replace(EMPTY, panels=5, series=1, sources=1, services=1, tasks=30, builds=3),
    "many windows": Size(windows=(HOUR := 3600.0, 24 * HOUR), panels=9),
    "crowded": Size(
        panels=12, series=6, traces=52, spans=9, attributes=20, services=12, objectives=6, incidents=30, lines=600,
        fields=8, sources=20, projects=80, tasks=900, builds=30, problems=30, word=40,
    ),
    "long words": Size(
        panels=4, traces=9, spans=150, services=60, objectives=20, incidents=10, lines=150, fields=20, sources=30,
        projects=40, problems=9, word=900, failing=0.6,
    ),
    "deep traces": replace(EMPTY, traces=4, spans=150, word=16),
    "buckets": Size(panels=8, kinds=("heatmap", "histogram")),
}  # fmt: skip


class Made(NamedTuple):
    """A page as it became, and the draft of its view."""

    page: Page
    body: str
    compressed: int
    draft: str | None


def make(page):
    body = finished(page).body
    draft = DRAFTS[page.template](page.view) if page.template in DRAFTS else None
    return Made(page, body.decode(), len(brotli.compress(body, quality=11)), draft)


@pytest.fixture(scope="module", params=SIZES.values(), ids=SIZES.keys())
def site(request):
    return list(map(make, pages_of(Maker(request.param).findings())))


def test_no_page_is_over_its_budget_however_much_there_is_to_show(site):
    for page, body, compressed, _ in site:
        budget = budget_of(output_path(page.path))
        assert compressed <= budget.brotli, page.path
        assert len(body.encode()) <= budget.raw, page.path
        assert elements(body) <= budget.elements, page.path


def test_a_draft_has_exactly_as_many_elements_as_the_page_that_is_made_of_its_view(site):
    for page, body, _, draft in site:
        if draft is not None:
            drafted = fit._FRAME_ELEMENTS + elements_of(draft)
            assert (page.path, drafted) == (page.path, elements(body))


def test_a_page_compresses_to_no_more_than_its_draft_promises(site):
    for page, _, compressed, draft in site:
        if draft is not None:
            drawn = page.template not in {
                "traces.mako",
                "logs.mako",
                "slo.mako",
                "about.mako",
                "projects.mako",
            }
            assert not Room(10_000, compressed - 1, drawn=drawn).holds(draft), page.path


def test_every_room_has_the_caps_of_the_gate():
    for path, room in ROOMS.items():
        budget = budget_of(output_path(path))
        assert (path, room.elements, room.compressed) == (path, budget.elements, budget.brotli)
        assert budget.raw == fit._RAW


@settings(deadline=None, max_examples=8)
@given(
    st.builds(
        Size,
        panels=st.integers(0, 12), series=st.integers(0, 7), points=st.integers(1, 240), traces=st.integers(0, 3),
        spans=st.integers(1, 120), attributes=st.integers(0, 30), failing=st.floats(0, 1), services=st.integers(0, 40),
        objectives=st.integers(0, 20), incidents=st.integers(0, 20), lines=st.integers(0, 220), fields=st.integers(0, 20),
        sources=st.integers(0, 20), projects=st.integers(0, 40), tasks=st.integers(0, 300), builds=st.integers(0, 6),
        problems=st.integers(0, 12), word=st.integers(1, 700), seed=st.integers(0, 99),
    )
)  # fmt: skip
def test_a_site_of_any_size_keeps_every_budget(size):
    assert excesses(pages_of(Maker(size).findings())) == []


def test_a_room_chooses_the_richest_view_that_it_holds_and_the_last_where_none_fits():
    room = Room(fit._FRAME_ELEMENTS + 5, 9_000)
    assert room.choose(range(9, 0, -1), lambda number: "<p>" * number) == 5
    assert room.choose((9, 8, 7), lambda number: "<p>" * number) == 7


def test_a_room_without_candidates_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="nothing to choose"):
        Room(100, 9_000).choose((), str)


def test_a_room_fills_pages_in_order_and_keeps_room_for_their_links():
    room = Room(fit._FRAME_ELEMENTS + 10, 9_000)

    def draft(pages, chosen):
        return "<a>" * (pages if pages > 1 else 0) + "<p>" * len(chosen)

    assert room.fill(list("abcdefghij"), 20, draft) == (list("abcdefghij"),)
    chunks = room.fill(list(range(24)), 20, draft)
    assert [item for chunk in chunks for item in chunk] == list(range(24))
    assert all(len(chunk) <= 10 - len(chunks) for chunk in chunks)
    assert [len(chunk) for chunk in room.fill(list(range(7)), 3, draft)] == [3, 3, 1]
    assert room.fill([], 3, draft) == ([],)


def test_an_item_that_fits_no_page_still_has_one_of_its_own():
    assert Room(1, 1).fill(["a", "b"], 8, lambda pages, chosen: "<p>") == (["a"], ["b"])


def figure(rows):
    cells = tuple((Instant(60.0 * n), Quantity(float(n))) for n in range(rows))
    return Figure("p", "t", (), "<svg/>", table=Table(("time", "v"), cells, (False, True), f"{rows} rows"))


def test_a_table_of_more_rows_than_a_page_shows_has_its_first_ones_and_says_so():
    assert thinned(figure(12), 12) == figure(12)
    table = thinned(figure(12), 3).table
    assert table.rows == figure(12).table.rows[:3]
    assert table.caption == "3 of 12 rows."


def test_a_figure_may_have_no_table():
    assert thinned(figure(12), 0).table is None
    assert thinned(msgspec.structs.replace(figure(12), table=None), 3).table is None


def test_text_is_cut_to_its_length_with_an_ellipsis():
    assert shortened("a" * 10, 10) == "a" * 10
    assert shortened("a" * 11, 10) == "a" * 9 + "…"
    assert shortened("word " * 10, 7) == "word w…"


def test_a_figures_notes_and_title_are_cut_to_what_a_page_can_hold():
    long = Figure("p", "t" * 500, ("s" * 999, Quantity(1.0)), "<svg/>", notes=("n" * 999,) * 50)
    cut = trimmed(long)
    assert len(cut.title) == 80
    assert len(cut.summary[0]) == 200
    assert [len(note) for note in cut.notes] == [200] * 6


def test_the_frame_of_a_page_is_not_heavier_than_rooms_think():
    style = len((frame().theme.css + frame().theme.drawings_css).encode())
    assert style <= 8_000
    assert style + 1_900 <= fit._FRAME_RAW

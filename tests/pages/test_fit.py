import shutil
from dataclasses import replace
from functools import partial

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.output import Block
from sitegen.pages.fit import PageList, Slice, pack, shortened, single, trimmed
from sitegen.units import Quantity
from sitegen.visualization.model import Figure
from tests.pages.samples import Maker, Size, elements, excesses, frame, lists_of, made, pages_of

EMPTY = Size(
    panels=0, traces=0, services=0, objectives=0, lines=0, sources=0, projects=0, tasks=0, builds=0, problems=0
)  # fmt: skip
SIZES = {
    "empty": EMPTY,
    "many windows": Size(windows=(HOUR := 3600.0, 24 * HOUR), panels=9),
    "crowded": Size(
        panels=12, series=6, traces=5, spans=9, attributes=20, services=12, objectives=6, incidents=30, lines=300,
        fields=8, sources=20, projects=40, tasks=900, builds=30, problems=30, word=40,
    ),
    "long words": Size(
        panels=4, traces=2, spans=150, services=40, objectives=20, incidents=10, lines=60, fields=20, sources=30,
        projects=20, problems=9, word=900, failing=0.6,
    ),
    "buckets": Size(panels=8, traces=1, kinds=("heatmap", "histogram")),
}  # fmt: skip


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES.keys())
def test_no_page_is_over_its_budget_and_no_block_is_lost_however_much_there_is_to_show(size):
    for pages in lists_of(Maker(size).findings()):
        packed = made([pages])
        assert excesses(packed) == []
        shown = [block for page in packed for block in page.shown]
        left = () if pages.goes_on else packed[-1].left
        assert (*shown, *left) == pages.blocks
        assert all(page.shown for page in packed[1:])
        assert all(elements(page.text) == page.weight.elements for page in packed[:1])


@settings(deadline=None, max_examples=3)
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


# --- Packing alone: a block is as heavy as its number, a page holds 10, a link to a page is 1 ----


class Box(msgspec.Struct, frozen=True):
    path: str
    number: int
    links: int
    extra: int


def compose(extra: int, page: Slice) -> Box:
    return Box("", page.number, len(page.links), extra if page.number == 1 else 0)


def blocks_of(weights, lighter=None):
    return tuple(
        Block("g", "p", weight, place=place, lighter=lighter) for place, weight in enumerate(weights)
    )


def packed(weights, most=100, extra=0, lighter=None, **options):
    """Return the weights on each page, and check that none holds more than it may."""

    def load(page):
        links = page.view.links if page.view.links > 1 else 0
        return (sum(map(int, page.blocks.get("g", "").split())) + links + page.view.extra) / 10

    pages = pack(
        PageList("/x/", "x.mako", partial(compose, extra), blocks_of(weights, lighter), most, **options),
        lambda blocks: [f"{block.value} " for block in blocks],
        lambda page: page,
        load,
    )
    assert [page.path for page in pages] == ["/x/", *(f"/x/{n}/" for n in range(2, len(pages) + 1))]
    assert all(page.view.links == len(pages) for page in pages)
    chunks = [[int(word) for word in page.blocks.get("g", "").split()] for page in pages]
    alone = [len(chunk) <= 1 for chunk in chunks]
    assert all(load(page) <= 1 or single for page, single in zip(pages, alone, strict=True))
    return chunks


@given(st.lists(st.integers(1, 6), max_size=30), st.integers(1, 9))
def test_order_is_kept_nothing_is_lost_and_no_page_is_too_full(weights, most):
    chunks = packed(weights, most)
    assert [weight for chunk in chunks for weight in chunk] == weights
    assert all(0 < len(chunk) <= most for chunk in chunks if weights)


def test_a_page_takes_as_many_blocks_as_fit_and_keeps_room_for_links():
    assert packed([1] * 10) == [[1] * 10]
    assert packed([1] * 11) == [[1] * 8, [1] * 3]
    assert packed([1] * 7, most=3) == [[1] * 3, [1] * 3, [1]]
    assert packed([]) == [[]]


def test_a_block_that_fits_no_page_has_one_of_its_own_unless_it_has_a_lighter_form():
    assert packed([1, 50, 1]) == [[1], [50], [1]]
    assert packed([1, 50, 1], lighter=2) == [[1, 2, 1]]


def test_where_the_first_page_has_no_room_for_any_block_they_begin_on_the_second():
    assert packed([5, 1], extra=7) == [[], [5, 1]]
    assert packed([1, 1], extra=7) == [[1, 1]]


def test_a_list_that_does_not_go_on_keeps_its_first_blocks():
    assert packed([4, 4, 4], goes_on=False) == [[4, 4]]
    assert packed([4, 4, 4, 1], goes_on=False, lighter=1) == [[4, 4, 1, 1]]
    assert packed([50], goes_on=False) == [[]]


def test_a_page_that_fits_is_made_once():
    tried = []
    pages = PageList("/x/", "x.mako", partial(compose, 0), blocks_of([1] * 25), most=5)
    pack(pages, lambda blocks: ["m"] * len(blocks), tried.append, lambda _: 0.0)
    assert len(tried) == 5


def test_blocks_of_a_group_stand_in_order_of_their_place_whatever_their_importance():
    blocks = (Block("a", "p", "2", 2), Block("b", "p", "x"), Block("a", "p", "1", 1))
    (page,) = pack(
        PageList("/x/", "x.mako", partial(compose, 0), blocks),
        lambda found: [block.value for block in found],
        lambda page: page,
        lambda _: 0.0,
    )
    assert page.blocks == {"a": "12", "b": "x"}


def test_a_single_page_shows_its_view():
    view = Box("", 1, 1, 0)
    (page,) = pack(single("/x/", "x.mako", view), lambda _: [], lambda page: page, lambda _: 0.0)
    assert (page.path, page.view, page.blocks) == ("/x/", view, {})


@pytest.mark.parametrize(
    ("added", "fewer"), [("<div><div><div>{}</div></div></div>", False), ("{}" + "<p></p>" * 250, True)]
)
def test_a_theme_with_more_elements_a_panel_builds_with_fewer_panels_a_page(tmp_path, added, fewer):
    folder = shutil.copytree(frame().theme.folder, tmp_path / "mine")
    parts = (folder / "blocks.mako").read_text(encoding="utf-8")
    wrapped = parts.replace("${parts.figure(drawn)}", added.format("${parts.figure(drawn)}"))
    assert wrapped != parts
    (folder / "blocks.mako").write_text(wrapped, encoding="utf-8")
    theme = msgspec.structs.replace(frame().theme, folder=str(folder), digest=tmp_path.name)
    own = msgspec.structs.replace(frame(), theme=theme)
    lists = [
        pages for pages in lists_of(Maker(replace(EMPTY, panels=8)).findings()) if pages.path == "/metrics/"
    ]
    plain, heavy = made(lists), made(lists, own)
    assert excesses(heavy) == []
    assert sum(len(page.shown) for page in heavy) == 8
    assert all(page.text.count('<svg class="ch"') or "stat" in page.text for page in heavy)
    assert (len(heavy[0].shown) < len(plain[0].shown)) == fewer


# --- Words ------------------------------------------------------------------------------------


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

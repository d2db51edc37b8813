"""What stands on the first screen of the demonstration's overview, and that it fits every width, in a browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from tests.acceptance.serving import preview
from tests.acceptance.sites import Site
from tests.page_checks.visits import OVERFLOW

pytestmark = [pytest.mark.timeout(300), pytest.mark.needs("chromium")]


@pytest.fixture(scope="module")
def page(browser: Browser, demonstration: Site) -> Iterator[Page]:
    with preview(demonstration, "--no-build") as origin, browser.new_page() as opened:
        opened.set_viewport_size({"width": 1280, "height": 900})
        opened.goto(f"{origin}/")
        yield opened


def bottom(page: Page, selector: str) -> list[float]:
    """Where each such element ends, in CSS pixels from the top of the page."""
    return page.eval_on_selector_all(
        selector, "found => found.map(one => one.getBoundingClientRect().bottom)"
    )


def test_title_banner_six_tiles_and_eight_services_end_on_the_first_screen(page: Page):
    found = {one: bottom(page, one) for one in ("h1", ".bn", ".tiles > div", ".sv tbody tr")}
    assert {name: len(ends) for name, ends in found.items()} == {
        "h1": 1,
        ".bn": 1,
        ".tiles > div": 6,
        ".sv tbody tr": 8,
    }
    assert max(max(ends) for ends in found.values()) < 900


def test_the_first_drawing_begins_above_the_fold_of_300(page: Page):
    tops = page.eval_on_selector_all("main svg", "found => found.map(one => one.getBoundingClientRect().top)")
    assert min(tops) < 300


def test_the_banner_has_the_colour_of_the_worst_state(page: Page):
    colour = "selector => getComputedStyle(document.querySelector(selector)).color"
    assert page.evaluate(colour, ".bn") == page.evaluate(colour, ".sv .down")


@pytest.mark.parametrize("width", [390, 720, 1280, 1920])
def test_nothing_scrolls_sideways(page: Page, width: int):
    page.set_viewport_size({"width": width, "height": 900})
    assert page.evaluate(OVERFLOW) == 0
    page.set_viewport_size({"width": 1280, "height": 900})


def test_on_a_phone_each_service_shows_its_name_its_figure_and_its_days(page: Page):
    page.set_viewport_size({"width": 390, "height": 900})
    seen = page.eval_on_selector_all(
        ".sv tbody tr",
        "rows => rows.map(row => ['a', 'td:nth-of-type(3)', 'svg.up'].every(one => {"
        "const box = row.querySelector(one).getBoundingClientRect();"
        "return box.width > 20 && box.height > 5 && box.left >= 0 && box.right <= 390}))",
    )
    assert seen == [True] * 8
    page.set_viewport_size({"width": 1280, "height": 900})

"""What stands on the first screens of the demonstration and of the starter, and that they fit every width, in a browser."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from fnmatch import fnmatch
from pathlib import Path
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Browser, Page
from tests.acceptance.conftest import MakeOnce
from tests.acceptance.documents import parse
from tests.acceptance.serving import preview
from tests.acceptance.sites import Site, make_site
from tests.page_checks.visits import OVERFLOW

pytestmark = [pytest.mark.timeout(300), pytest.mark.needs("chromium")]


@pytest.fixture(scope="module")
def page(browser: Browser, demonstration: Site) -> Iterator[Page]:
    with preview(demonstration, "--no-build") as origin, browser.new_page() as opened:
        opened.set_viewport_size({"width": 1280, "height": 900})
        opened.goto(f"{origin}/")
        yield opened


@contextmanager
def sized(page: Page, width: int) -> Iterator[None]:
    """Show the page in a window of another width."""
    page.set_viewport_size({"width": width, "height": 900})
    yield
    page.set_viewport_size({"width": 1280, "height": 900})


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
    with sized(page, width):
        assert page.evaluate(OVERFLOW) == 0


def test_on_a_wide_screen_panels_fill_the_width_in_three_columns(page: Page):
    with sized(page, 1920):
        boxes = page.eval_on_selector_all(
            ".grid section",
            "found => found.map(one => one.getBoundingClientRect()).map(({x, y, width}) => [x, y, width])",
        )
    rows: dict[float, list[float]] = {}
    for _, y, width in boxes:
        rows.setdefault(y, []).append(width)
    assert max(map(len, rows.values())) == 3
    assert all(sum(widths) >= 0.95 * 1920 for widths in rows.values())


def test_the_tallest_mark_of_a_service_is_its_day_with_most_down_time(page: Page, demonstration: Site):
    """Hold the drawn bars against the outages that the page of availability tells."""
    down: dict[str, Counter[date]] = {}
    until = datetime.fromisoformat(demonstration.status["generated_at"])
    (told,) = [
        one
        for one in parse(demonstration.page("/slo/")).all("section")
        if one.attributes.get("aria-labelledby") == "incidents"
    ]
    for row in told.one("tbody").all("tr"):
        if "✖ down" in row.text:
            start, *end = [datetime.fromisoformat(one.attributes["datetime"]) for one in row.all("time")]
            count_days(down.setdefault(row.one("th").text, Counter()), start, end[0] if end else until)
    assert len(down) >= 6
    drawn = dict(page.eval_on_selector_all(
        ".sv tbody tr",
        """rows => rows.map(row => [row.querySelector("a").textContent,
            row.querySelector("svg.up path.c")?.getAttribute("d") ?? ""])""",
    ))  # fmt: skip
    for service, seconds in down.items():
        worst = {day for day, count in seconds.items() if count == max(seconds.values())}
        assert tallest(drawn[service]) == {89 - (until.date() - day).days for day in worst}, service


def count_days(seconds: Counter[date], start: datetime, end: datetime) -> None:
    while start < end:
        midnight = start.replace(hour=0, minute=0, second=0) + timedelta(days=1)
        seconds[start.date()] += (min(end, midnight) - start).total_seconds()
        start = midnight


def tallest(data: str) -> set[int]:
    """The numbers of the days whose strokes are the longest."""
    x, lengths = 0, dict[int, int]()
    for move, length in re.findall(r"m(\d+)(?: | ?-)\d+v(-?\d+)", data):
        x += int(move)
        lengths[(x - 2) // 4] = abs(int(length))
    return {day for day, length in lengths.items() if length == max(lengths.values())}


LISTS = {
    "services": ("/", ".sv tbody tr", "th", "td:nth-of-type(3)", "svg.up"),
    "days": ("/slo/", ".dy tbody tr", "th", "td.n", "svg.up"),
    "traces": ("/traces/", ".lst tbody tr", "th", "td.n", "svg"),
    "spans": ("/traces/*/", ".wft tbody tr", "th", "td.n:not(.hide)", "svg.wf"),
    "calls": ("/deps/", "[aria-labelledby=calls] tbody tr", "th", "td.n:not(.hide)", "svg.bd"),
    "pages": ("/build/", "[aria-labelledby=pages] tbody tr", "th", "td:last-child", "svg.bd"),
}


@pytest.mark.parametrize("name", LISTS)
def test_on_a_phone_each_list_shows_name_figure_and_bar(page: Page, demonstration: Site, name: str):
    pattern, rows, *parts = LISTS[name]
    home = page.url
    page.goto(urljoin(home, next(one for one in demonstration.addresses() if fnmatch(one, pattern))))
    with sized(page, 390):
        seen = page.eval_on_selector_all(
            rows,
            """(rows, parts) => rows.map(row => parts.every(one => {
                const box = row.querySelector(one)?.getBoundingClientRect();
                return box && box.width > 5 && box.height > 4 && box.left >= 0 && box.right <= 390}))""",
            parts,
        )
    page.goto(home)
    assert len(seen) >= 4
    assert all(seen), seen


# --- The starter, as `make site` leaves it ------------------------------------------


@pytest.fixture(scope="module")
def starting(browser: Browser, made_once: MakeOnce) -> Iterator[Page]:
    def make(folder: Path) -> None:
        site = make_site(folder)
        assert [site.run_apart("build").code for _ in range(2)] == [0, 0]

    with preview(Site(made_once("started", make)), "--no-build") as origin, browser.new_page() as opened:
        opened.set_viewport_size({"width": 1280, "height": 900})
        opened.goto(f"{origin}/")
        yield opened


def test_title_banner_six_tiles_and_the_lanes_of_a_starter_end_on_the_first_screen(starting: Page):
    found = {
        one: bottom(starting, one) for one in ("h1", ".bn", ".tiles > div", "[aria-labelledby=build] svg.ln")
    }
    assert [len(ends) for ends in found.values()] == [1, 1, 6, 2]
    assert max(max(ends) for ends in found.values()) < 900


def test_a_starter_shows_forty_values_and_700_pixels_of_drawings(starting: Page):
    assert starting.locator("main data[value]").count() >= 40
    boxes = starting.eval_on_selector_all(
        "main svg",
        "found => found.map(one => one.getBoundingClientRect()).map(({top, bottom}) => [top, bottom])",
    )
    covered, reached = 0.0, 0.0
    for top, end in sorted(map(tuple, boxes)):
        covered += max(0.0, end - max(top, reached))
        reached = max(reached, end)
    assert covered >= 700


def test_a_starter_draws_its_lanes_from_the_start_of_the_process_and_each_reading_of_the_machine(
    starting: Page,
):
    texts = starting.locator("[aria-labelledby=build] svg.ln").first.locator("text").all_text_contents()
    assert texts[0] == "main"
    assert re.fullmatch(r"sampler ×\d\d+", texts[1])
    assert "start" in texts


@pytest.mark.parametrize("width", [390, 720, 1920])
def test_nothing_of_a_starter_scrolls_sideways(starting: Page, width: int):
    with sized(starting, width):
        assert starting.evaluate(OVERFLOW) == 0

"""The demonstration's pages on paper, in forced colours, enlarged, without colours, and by keyboard alone."""

from collections.abc import Iterator
from io import BytesIO
from itertools import combinations, pairwise

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page
from tests.acceptance.documents import parse
from tests.acceptance.serving import preview
from tests.acceptance.sites import Site
from tests.page_checks.visits import OVERFLOW

pytestmark = [pytest.mark.timeout(300), pytest.mark.needs("chromium")]
PAPER = 718  # CSS pixels between margins of 1 cm on A4
BLACK, PALE = 64, 224
CLIPPED = """() => [...document.querySelectorAll('pre, .box, .ti dd, .ti dt')]
    .filter(one => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).textOverflow == 'clip')
    .map(one => one.className + one.textContent.slice(0, 60))"""
SLICED = """() => [...document.querySelectorAll('main section')]
    .filter(one => one.querySelector('h2').getBoundingClientRect().top < one.getBoundingClientRect().top)
    .map(one => one.textContent.slice(0, 60))"""
# Words that reach over the edge of their tile, and are not cut with a mark.
COVERED = """() => [...document.querySelectorAll('.ti dd, .ti dt, h1, h2, .kv dd')]
    .filter(one => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX != 'hidden')
    .map(one => one.textContent.slice(0, 60))"""
# By the class of a series, the dashes of its line and those of its sample: "6px 2px".
DASHES = """() => Object.fromEntries([...document.querySelectorAll('.lg i')].map(one => {
    const line = one.closest('section').querySelector(`path.${one.className}`), style = getComputedStyle(one);
    return line && [one.className, [getComputedStyle(line).strokeDasharray,
        `${style.getPropertyValue('--d')} ${style.getPropertyValue('--e')}`]]}).filter(Boolean))"""
STOPS = """() => [...document.querySelectorAll('a, summary, input:checked, [tabindex="0"]')]
    .filter(one => one.checkVisibility() && one.closest('svg') === null).length"""
FOCUS = """() => {const one = document.activeElement, style = getComputedStyle(one);
    return [[...document.querySelectorAll('*')].indexOf(one), `${style.outlineStyle} ${style.outlineWidth} ${style.outlineColor}`]}"""
FOLDED = """() => [...document.querySelectorAll('details')]
    .filter(one => !one.lastElementChild.checkVisibility({contentVisibilityAuto: true}))
    .map(one => one.textContent.slice(0, 60))"""


@pytest.fixture(scope="module")
def origin(demonstration: Site) -> Iterator[str]:
    with preview(demonstration, "--no-build") as address:
        yield address


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with browser.new_page(viewport={"width": 1280, "height": 900}) as opened:
        yield opened


def templates(site: Site) -> list[str]:
    """A page of each template."""
    trace = next(one for one in site.addresses() if one.startswith("/traces/") and len(one) > 30)
    sections = (
        "metrics",
        "traces",
        "deps",
        "logs",
        "build",
        "slo",
        "projects",
        "about",
        "techniques",
        "posts",
    )
    return ["/", "/404.html", trace, "/posts/breaker/", *(f"/{one}/" for one in sections)]


def test_on_paper_no_title_is_sliced_no_table_folded_no_line_clipped(
    page: Page, origin: str, demonstration: Site
):
    page.set_viewport_size({"width": PAPER, "height": 1000})
    page.emulate_media(media="print")
    for address in templates(demonstration):
        page.goto(origin + address)
        found = [page.evaluate(one) for one in (OVERFLOW, SLICED, FOLDED, CLIPPED)]
        assert found == [0, [], [], []], address


def test_on_paper_the_ground_is_pale_and_little_of_it_is_black(page: Page, origin: str, demonstration: Site):
    page.set_viewport_size({"width": PAPER, "height": 1000})
    page.emulate_media(media="print")
    for address in templates(demonstration):
        page.goto(origin + address)
        counts = Image.open(BytesIO(page.screenshot())).convert("L").histogram()
        assert sum(counts[PALE:]) / sum(counts) > 0.7, address
        assert sum(counts[:BLACK]) / sum(counts) < 0.1, address


# --- Enlarged ------------------------------------------------------------------------


def test_enlarged_to_twice_the_size_nothing_scrolls_sideways_and_no_word_is_cut_or_covered(
    page: Page, origin: str, demonstration: Site
):
    page.set_viewport_size({"width": 640, "height": 450})  # 1280 by 900 at 200 % (WCAG 1.4.4)
    for address in templates(demonstration):
        page.goto(origin + address)
        assert [page.evaluate(one) for one in (OVERFLOW, COVERED)] == [0, []], address


# --- Forced colours, no colours ----------------------------------------------------------


def test_in_forced_colours_the_current_tab_has_a_frame_and_every_series_its_sample(page: Page, origin: str):
    page.emulate_media(forced_colors="active")
    page.goto(f"{origin}/metrics/")
    current, other = (
        page.eval_on_selector(f"nav li a{which}", "one => getComputedStyle(one).outline")
        for which in ("[aria-current]", ":not([aria-current])")
    )
    assert "solid" in current
    assert "solid" not in other
    samples = page.eval_on_selector_all(
        ".lg i",
        "all => all.map(one => {const style = getComputedStyle(one), box = one.getBoundingClientRect();"
        "return [style.backgroundImage + style.backgroundColor, box.width, box.height]})",
    )
    assert len(samples) > 5
    assert all("rgb" in ground.replace("rgba(0, 0, 0, 0)", "") for ground, _, _ in samples), samples
    assert all(width > 20 and height >= 2 for _, width, height in samples), samples


def test_a_line_has_the_dashes_of_its_sample_in_the_legend(page: Page, origin: str):
    page.emulate_media(forced_colors="active")
    page.goto(f"{origin}/metrics/")
    dashes = page.evaluate(DASHES)
    assert set(dashes) >= {"s1", "s2", "s3", "s4", "s5"}
    assert dashes.pop("s1") == ["none", " "]
    for line, sample in dashes.values():
        assert line.replace(",", "") == sample
    assert len({sample for _, sample in dashes.values()}) == len(dashes), "each its own"


def test_states_are_told_apart_by_those_who_see_no_colours(page: Page, origin: str):
    page.context.new_cdp_session(page).send(
        "Emulation.setEmulatedVisionDeficiency", {"type": "achromatopsia"}
    )
    page.goto(f"{origin}/")
    glyphs = {
        state: Image.open(BytesIO(page.locator(f".sv th .{state}").first.screenshot())).convert("1")
        for state in ("up", "degraded", "down", "maintenance")
    }
    for one, other in combinations(glyphs, 2):
        assert glyphs[one].tobytes() != glyphs[other].tobytes(), (one, other)


def test_every_word_of_a_state_has_its_glyph_or_stands_alone(demonstration: Site):
    glyphs = {"up": "●", "degraded": "▲", "down": "✖", "maintenance": "■"}
    for address in templates(demonstration):
        for element in parse(demonstration.page(address)).walk():
            state = next((one for one in element.attributes.get("class", "").split() if one in glyphs), None)
            if state and element.tag in ("span", "b") and element.text.strip():
                assert glyphs[state] in element.text or state in element.text, (address, element.text)


# --- By keyboard, by ear ------------------------------------------------------------------


def test_every_link_is_reached_by_tab_with_a_visible_focus(page: Page, origin: str, demonstration: Site):
    for address in ("/", "/logs/", "/deps/"):
        page.goto(origin + address)
        seen = []
        for _ in range(page.evaluate(STOPS)):
            page.keyboard.press("Tab")
            seen.append(page.evaluate(FOCUS))
        assert len({number for number, _ in seen}) == len(seen), address
        assert len({outline for _, outline in seen}) == 1, address
        assert seen[0][1].startswith("solid 2px rgb("), "no transparent one"


def test_the_first_stop_leads_past_the_tabs_and_is_seen_then(page: Page, origin: str):
    page.goto(f"{origin}/slo/")
    page.keyboard.press("Tab")
    assert page.locator(".sk").bounding_box()["width"] > 100
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_each_tab_has_a_key_of_its_own(page: Page, origin: str):
    page.goto(f"{origin}/")
    keys = page.eval_on_selector_all("nav li a", "all => all.map(one => one.accessKey)")
    assert keys == [str(number) for number in range(len(keys))]


def test_headings_say_the_order_of_a_page_and_skip_no_level(demonstration: Site):
    for address in templates(demonstration):
        main = parse(demonstration.page(address)).one("body")
        levels = [int(one.tag[1]) for one in main.walk() if one.tag in ("h1", "h2", "h3", "h4")]
        assert levels[0] == 1, address
        assert levels.count(1) == 1, address
        assert all(after <= before + 1 for before, after in pairwise(levels)), address

"""Every page of three whole sites, the starter's, a rich one and the demonstration, as browsers and checkers see it."""

import pickle
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from tests.acceptance.documents import parse
from tests.acceptance.serving import preview
from tests.acceptance.sites import Site, file_at, make_site
from tests.page_checks.budgets import weigh
from tests.page_checks.lighthouse import median_report, run_lighthouse
from tests.page_checks.markup import check_markup
from tests.page_checks.visits import Visit, visit, watch

# One of these makes the pass over all pages, and those of other workers wait for it.
pytestmark = pytest.mark.timeout(300)
SITES = ("starter", "rich", "demonstration")
# axe's best practices forbid what the page is for: it says so, reloads no faster than every 30 s and can be left.
ALLOWED = {"/follow/": {"meta-refresh", "meta-refresh-no-exceptions"}}
# One page of each template; a trace is the first of its kind. The soak has axe look at every kind of page of all.
TEMPLATES = (
    "/", "/404.html", "/about/", "/build/", "/deps/", "/logs/", "/metrics/", "/posts/", "/posts/breaker/", "/projects/", "/slo/",
    "/techniques/", "/traces/", "/traces/*/",
)  # fmt: skip
WITH_AXE = {"rich": ("/metrics/",), "starter": ("/follow/",), "demonstration": TEMPLATES}
SCORES = {"performance": 100, "accessibility": 100, "best-practices": 100, "seo": 100}
CANARY = "<script>document.title='ran'</script><p style='color:red' onclick='alert(1)'>canary</p></main>"


@dataclass(frozen=True)
class Served:
    """A site and the address at which `sitegen serve` shows it."""

    site: Site
    origin: str


@pytest.fixture(scope="module")
def served_starter(starter: Site) -> Iterator[Served]:
    with preview(starter, "--no-build") as origin:
        yield Served(starter, origin)


@pytest.fixture(scope="module")
def served_rich(rich: Site) -> Iterator[Served]:
    with preview(rich, "--no-build") as origin:
        yield Served(rich, origin)


@pytest.fixture(scope="module")
def served_demonstration(demonstration: Site) -> Iterator[Served]:
    with preview(demonstration, "--no-build") as origin:
        yield Served(demonstration, origin)


@pytest.fixture(params=SITES)
def site(request: pytest.FixtureRequest) -> Site:
    return request.getfixturevalue(request.param)


def some(site: Site) -> list[str]:
    """One page of each kind: those that differ by number or id alone look alike."""
    return sorted({kind_of(address): address for address in reversed(site.addresses())}.values())


def kind_of(address: str) -> str:
    return re.sub(r"[0-9a-f]{32}|(?<=/)\d+(?=/)", "*", address)


# --- Checkers ---------------------------------------------------------------------


@pytest.mark.needs("java", "npm")
@pytest.mark.parametrize("choose", [some, pytest.param(Site.addresses, marks=pytest.mark.slow)])
def test_the_nu_checker_has_no_complaint_about_any_page(
    starter: Site, rich: Site, demonstration: Site, choose
):
    sites = (starter, rich, demonstration)
    files = [one.dist / file_at(address) for one in sites for address in choose(one)]
    drawings = [one.dist / path for one in sites for path in one.tree() if path.endswith(".svg")]

    complaints = check_markup([*files, *drawings])

    assert complaints == []


def test_every_page_is_within_its_budgets(site: Site):
    excesses = [
        excess
        for address in site.addresses()
        for excess in weigh(site.page(address).encode()).excesses(address)
    ]
    assert excesses == []


def test_every_link_leads_to_a_file_and_every_fragment_to_an_element(site: Site):
    tree = site.tree()
    pages = {address: parse(site.page(address)) for address in site.addresses()}
    for address, page in pages.items():
        for link in page.all("a"):
            path, _, fragment = link.attributes["href"].partition("#")
            if "://" in path:
                continue
            target = path or address
            assert file_at(target) in tree, f"{address} links to {path}"
            if fragment:
                assert any(one.attributes.get("id") == fragment for one in pages[target].walk()), (
                    link.attributes
                )


@pytest.mark.needs("chromium", "npm")
def test_axe_finds_no_violation_on_a_light_site(browser: Browser, tmp_path: Path):
    site = make_site(tmp_path)
    text = (tmp_path / "sitegen.toml").read_text()
    (tmp_path / "sitegen.toml").write_text(text.replace("[site]\n", '[site]\nmode = "light"\n', 1))
    site.build()
    site.build()

    with preview(site, "--no-build") as origin:
        assert '<meta name="color-scheme" content="light">' in site.page("/")
        assert visit(browser, f"{origin}/techniques/", axe=True).violations == ()


@pytest.mark.needs("chromium", "npm")
@pytest.mark.parametrize(
    "kind", ["/", *(pytest.param(one, marks=pytest.mark.slow) for one in TEMPLATES if one != "/")]
)
def test_lighthouse_gives_each_template_full_marks(chromium: str, served_demonstration: Served, kind: str):
    (address,) = [one for one in some(served_demonstration.site) if kind_of(one) == kind]
    report = run_lighthouse(served_demonstration.origin + address, chromium)

    assert report.scores | {"performance": 100} == SCORES, report
    assert report.scores["performance"] >= 95, "on a busy machine too"
    assert report.metrics["cls"] == 0


@pytest.mark.slow
@pytest.mark.needs("chromium", "npm")
@pytest.mark.parametrize("kind", ["/", "/metrics/", "/traces/*/", "/logs/", "/slo/", "/build/"])
def test_lighthouse_finds_every_kind_of_page_as_fast_as_its_budget_says(
    chromium: str, served_demonstration: Served, kind: str
):
    (address,) = [one for one in some(served_demonstration.site) if kind_of(one) == kind]
    report = median_report(served_demonstration.origin + address, chromium)

    assert report.scores == SCORES, report
    assert max(report.metrics[name] for name in ("fcp", "lcp", "speed_index")) <= 900
    assert (report.metrics["tbt"], report.metrics["cls"]) == (0, 0)


# --- Visits -----------------------------------------------------------------------


@pytest.fixture
def visits(request: pytest.FixtureRequest, made_once, name: str) -> dict[str, Visit]:
    """One visit of each kind of page of the site of this name, by address: one pass for all workers."""

    def look(folder: Path) -> None:
        browser = request.getfixturevalue("browser")
        served = request.getfixturevalue(f"served_{name}")
        found = {
            address: visit(
                browser,
                served.origin + address,
                axe=kind_of(address) in WITH_AXE[name],
                allow=ALLOWED.get(address, ()),
            )
            for address in some(served.site)
        }
        folder.mkdir()
        (folder / "visits").write_bytes(pickle.dumps(found))

    return pickle.loads((made_once(f"visits-{name}", look) / "visits").read_bytes())  # noqa: S301 - written above


def check_requests(site: Site, address: str, seen: Visit) -> None:
    """A page is one request, and its pictures are assets of the same origin."""
    first, *more = seen.requests
    pictures = [one.attributes["src"] for one in parse(site.page(address)).all("img")]
    assert first.endswith(address)
    assert all(one.startswith(f"{first.removesuffix(address)}/_a/") for one in more), seen.requests
    assert len(more) <= len(pictures), seen.requests


@pytest.mark.needs("chromium", "npm")
@pytest.mark.parametrize("name", SITES)
def test_a_page_is_one_request_to_its_origin(visits, request: pytest.FixtureRequest, name: str):
    for address, seen in visits.items():
        check_requests(request.getfixturevalue(name), address, seen)


@pytest.mark.needs("chromium", "npm")
@pytest.mark.parametrize("name", SITES)
def test_no_page_says_a_word_on_the_console(visits):
    assert {address: seen.complaints for address, seen in visits.items() if seen.complaints} == {}


@pytest.mark.needs("chromium", "npm")
@pytest.mark.parametrize("name", SITES)
def test_no_page_is_wider_than_the_window_at_any_width(visits):
    assert {address: seen.overflow for address, seen in visits.items() if any(seen.overflow.values())} == {}


@pytest.mark.needs("chromium", "npm")
@pytest.mark.parametrize("name", SITES)
def test_axe_finds_no_violation_in_any_look_at_any_width(visits, name: str):
    assert set(WITH_AXE[name]) <= set(map(kind_of, visits))
    assert {address: seen.violations for address, seen in visits.items() if seen.violations} == {}


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.needs("chromium", "npm")
@pytest.mark.parametrize("name", SITES)
def test_every_single_page_is_as_the_pages_of_its_kind_and_has_its_picture_taken(
    browser: Browser, request: pytest.FixtureRequest, artefacts: Path, name: str
):
    served = request.getfixturevalue(f"served_{name}")
    for address in served.site.addresses():
        pictures, known = None, address in some(served.site)
        if known:
            title = re.sub(r"[^a-z0-9]+", "-", address).strip("-")[:40] or "overview"
            pictures = artefacts / name / title
            pictures.mkdir(parents=True, exist_ok=True)
        seen = visit(
            browser,
            served.origin + address,
            axe=known,
            allow=ALLOWED.get(address, ()),
            pictures=pictures,
        )
        check_requests(served.site, address, seen)
        assert (seen.complaints, any(seen.overflow.values()), seen.violations) == ((), False, ()), address


@pytest.mark.needs("chromium")
def test_everything_works_with_javascript_switched_off(browser: Browser, served_starter: Served):
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{served_starter.origin}/build/")
        summary = page.locator("details > summary").first
        table = page.locator("details table").first
        assert not table.is_visible()
        summary.click()
        assert table.is_visible()
        page.locator("nav a", has_text="logs").first.click()
        assert page.url == f"{served_starter.origin}/logs/"
        assert page.locator("ol.log li:has(b.info)").first.is_visible()
        page.get_by_label("errors", exact=True).check()
        assert page.locator("ol.log li:has(b.info)").first.is_hidden()


@pytest.mark.needs("chromium")
def test_the_print_of_a_page_has_its_words_and_the_tables_that_the_screen_folds(
    browser: Browser, served_starter: Served
):
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{served_starter.origin}/build/")
        page.emulate_media(media="print")
        assert page.pdf(format="A4").startswith(b"%PDF-")
        table = page.locator("details table").first
        assert table.is_visible(), "paper cannot be unfolded"
        assert page.locator("h1").is_visible()


@pytest.mark.needs("chromium")
def test_a_script_that_got_into_a_page_would_be_refused_by_the_policy(browser: Browser, built: Site):
    page_file = built.dist / "about" / "index.html"
    page_file.unlink()  # it may share its bytes with the generation before
    page_file.write_text(built.page("/").replace("</main>", CANARY))
    with (
        preview(built, "--no-build") as origin,
        browser.new_context() as context,
        watch(context) as watched,
    ):
        watched.page.goto(f"{origin}/about/")

        assert watched.page.title() != "ran"
        assert watched.page.locator("text=canary").is_visible()
        watched.page.locator("text=canary").click()
        refused = " ".join(watched.complaints)
        assert "script" in refused
        assert "Content Security Policy" in refused
        assert [one for one in watched.requests if not one.startswith("data:")] == [f"{origin}/about/"]


def test_the_following_page_reloads_itself_and_no_other_page_does(site: Site):
    for address in site.addresses():
        refreshes = [
            one.attributes
            for one in parse(site.page(address)).all("meta")
            if one.attributes.get("http-equiv") == "refresh"
        ]
        expected = [{"http-equiv": "refresh", "content": "30"}] if address == "/follow/" else []
        assert refreshes == expected, address


def test_no_page_has_a_script_a_style_attribute_or_an_event_handler(site: Site):
    for address in site.addresses():
        for element in parse(site.page(address)).walk():
            assert element.tag not in ("script", "iframe", "object", "embed", "form"), address
            bad = [name for name in element.attributes if name == "style" or name.startswith("on")]
            assert bad == [], address


def test_no_page_asks_another_origin_for_anything(site: Site):
    for address in site.addresses():
        page = parse(site.page(address))
        for element in page.walk():
            asked = [
                element.attributes.get(name, "") for name in ("src", "srcset", "poster", "data", "action")
            ]
            if element.tag != "a":
                asked.append(element.attributes.get("href", ""))
            assert not any("//" in one for one in asked if not one.startswith("data:image/svg+xml,")), address
        for style in page.all("style"):
            assert not re.search(r"url\(|@import|@font-face", style.text), address

"""Every page of two whole sites, the starter's and a rich one, as browsers and checkers see it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request
from tests.acceptance.documents import parse
from tests.acceptance.rich import rich_site
from tests.acceptance.serving import preview
from tests.acceptance.sites import Site, file_at, make_site
from tests.page_checks.accessibility import check_accessibility
from tests.page_checks.budgets import weigh
from tests.page_checks.lighthouse import median_report, run_lighthouse
from tests.page_checks.markup import check_markup

SITES = ("starter", "rich")
# axe's best practices forbid what the page is for: it says so, reloads no faster than every 30 s and can be left.
ALLOWED = {"/follow/": {"meta-refresh", "meta-refresh-no-exceptions"}}
SCORES = {"performance": 100, "accessibility": 100, "best-practices": 100, "seo": 100}
CANARY = "<script>document.title='ran'</script><p style='color:red' onclick='alert(1)'>canary</p></main>"


@dataclass(frozen=True)
class Served:
    """A site and the address at which `sitegen serve` shows it."""

    site: Site
    origin: str


@pytest.fixture(scope="module")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    site = make_site(tmp_path_factory.mktemp("starter"))
    for _ in range(3):
        site.build()
    with preview(site, "--no-build") as origin:
        yield Served(site, origin)


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with rich_site(tmp_path_factory.mktemp("rich")) as site, preview(site, "--no-build") as origin:
        yield Served(site, origin)


@pytest.fixture(params=SITES)
def served(request: pytest.FixtureRequest) -> Served:
    return request.getfixturevalue(request.param)


def some(site: Site) -> list[str]:
    """One page of each kind: those that differ by number or id alone look alike."""
    kinds = {re.sub(r"[0-9a-f]{32}|\b\d+\b", "*", address): address for address in reversed(site.addresses())}
    return sorted(kinds.values())


# --- Checkers ---------------------------------------------------------------------


@pytest.mark.needs("java", "npm")
def test_the_nu_checker_has_no_complaint_about_any_page(served):
    files = [served.site.dist / path for path in served.site.tree() if path.endswith((".html", ".svg"))]

    complaints = check_markup(files)

    assert [complaint for complaint in complaints if complaint.kind == "error"] == []


def test_every_page_is_within_its_budgets(served):
    excesses = [
        excess
        for address in served.site.addresses()
        for excess in weigh(served.site.page(address).encode()).excesses(address)
    ]
    assert excesses == []


def test_every_link_leads_to_a_file_and_every_fragment_to_an_element(served):
    tree = served.site.tree()
    pages = {address: parse(served.site.page(address)) for address in served.site.addresses()}
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
@pytest.mark.parametrize(
    ("name", "addresses"),
    [
        ("rich", ["/", f"/traces/{1:032x}/", "/logs/"]),
        ("starter", ["/follow/", "/404.html"]),
        pytest.param("rich", None, marks=pytest.mark.slow),
        pytest.param("starter", None, marks=pytest.mark.slow),
    ],
)
def test_axe_finds_no_violation_in_any_look_at_any_width(browser: Browser, request, name, addresses):
    served = request.getfixturevalue(name)
    violations = [
        (address, violation)
        for address in addresses or some(served.site)
        for violation in check_accessibility(browser, served.origin + address, allow=ALLOWED.get(address, ()))
    ]
    assert violations == []


@pytest.mark.needs("chromium", "npm")
def test_axe_finds_no_violation_on_a_light_site(browser: Browser, tmp_path: Path):
    site = make_site(tmp_path)
    text = (tmp_path / "sitegen.toml").read_text()
    (tmp_path / "sitegen.toml").write_text(text.replace('# mode = "dark" ', 'mode = "light" '))
    site.build()
    site.build()

    with preview(site, "--no-build") as origin:
        assert '<meta name="color-scheme" content="light">' in site.page("/")
        assert check_accessibility(browser, f"{origin}/techniques/") == []


@pytest.mark.needs("chromium", "npm")
def test_lighthouse_gives_the_overview_full_marks(chromium: str, starter):
    report = run_lighthouse(f"{starter.origin}/", chromium)

    assert report.scores | {"performance": 100} == SCORES, report
    assert report.scores["performance"] >= 95, "on a busy machine too"
    assert report.metrics["cls"] == 0


@pytest.mark.slow
@pytest.mark.needs("chromium", "npm")
@pytest.mark.parametrize("address", ["/", "/metrics/", "/logs/", f"/traces/{1:032x}/"])
def test_lighthouse_finds_every_kind_of_page_as_fast_as_its_budget_says(chromium: str, rich, address: str):
    report = median_report(rich.origin + address, chromium)

    assert report.scores == SCORES, report
    assert max(report.metrics[name] for name in ("fcp", "lcp", "speed_index")) <= 900
    assert (report.metrics["tbt"], report.metrics["cls"]) == (0, 0)


# --- Visits -----------------------------------------------------------------------


@dataclass
class Watched:
    """A page that was opened, with all that the browser asked for and said."""

    page: Page
    requests: list[Request]
    words: list[str]

    @property
    def asked(self) -> list[str]:
        return [one.url for one in self.requests if not one.url.startswith("data:")]


def watch(page: Page) -> Watched:
    watched = Watched(page, [], [])
    page.on("request", lambda request: watched.requests.append(request))  # noqa: PLW0108 - playwright wants a function
    page.on("console", lambda line: watched.words.append(line.text))
    page.on("pageerror", lambda error: watched.words.append(str(error)))
    page.on("dialog", lambda dialog: (watched.words.append(dialog.message), dialog.dismiss()))
    return watched


@pytest.mark.needs("chromium")
@pytest.mark.parametrize("width", [1280, 390])
def test_a_page_is_one_request_to_its_origin_without_a_word_on_the_console_and_without_overflow(
    browser: Browser, served, width: int, artefacts: Path
):
    with browser.new_context(viewport={"width": width, "height": 900}) as context:
        watched = watch(context.new_page())
        for address in served.site.addresses():
            watched.requests.clear()
            url = served.origin + address
            watched.page.goto(url, wait_until="load")
            pictures = [
                served.origin + one.attributes["src"] for one in parse(served.site.page(address)).all("img")
            ]
            assert watched.asked[0] == url
            assert all(one.startswith(f"{served.origin}/_a/") for one in watched.asked[1:]), watched.asked
            assert len(watched.asked) - 1 <= len(pictures), watched.asked
            assert watched.words == [], address
            wider = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
            assert watched.page.evaluate(wider) <= 0, address
            if address in some(served.site):
                name = re.sub(r"[^a-z0-9]+", "-", address).strip("-")[:40] or "overview"
                folder = artefacts / f"{'starter' if len(served.site.addresses()) < 40 else 'rich'}-{width}"
                folder.mkdir(exist_ok=True)
                watched.page.screenshot(path=folder / f"{name}.png", full_page=True)


@pytest.mark.needs("chromium")
def test_everything_works_with_javascript_switched_off(browser: Browser, starter):
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{starter.origin}/build/")
        summary = page.locator("details > summary").first
        table = page.locator("details table").first
        assert not table.is_visible()
        summary.click()
        assert table.is_visible()
        page.locator("nav a", has_text="logs").first.click()
        assert page.url == f"{starter.origin}/logs/"
        page.get_by_label("error", exact=True).check()
        assert page.locator("ol.log li.info").first.is_hidden()


@pytest.mark.needs("chromium")
def test_the_print_of_a_page_has_its_words_and_the_tables_that_the_screen_folds(browser: Browser, starter):
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{starter.origin}/build/")
        page.emulate_media(media="print")
        assert page.pdf(format="A4").startswith(b"%PDF-")
        table = page.locator("details table").first
        assert table.is_visible(), "paper cannot be unfolded"
        assert page.locator("h1").is_visible()


@pytest.mark.needs("chromium")
def test_a_script_that_got_into_a_page_would_be_refused_by_the_policy(browser: Browser, tmp_path: Path):
    site = make_site(tmp_path)
    site.build()
    page_file = site.dist / "about" / "index.html"
    page_file.unlink()  # it may share its bytes with the generation before
    page_file.write_text(site.page("/").replace("</main>", CANARY))
    with preview(site, "--no-build") as origin, browser.new_context() as context:
        watched = watch(context.new_page())
        watched.page.goto(f"{origin}/about/")

        assert watched.page.title() != "ran"
        assert watched.page.locator("text=canary").is_visible()
        watched.page.locator("text=canary").click()
        refused = " ".join(watched.words)
        assert "script" in refused
        assert "Content Security Policy" in refused
        assert watched.asked == [f"{origin}/about/"]


@pytest.mark.needs("chromium")
def test_the_following_page_reloads_itself_and_no_other_page_does(served):
    for address in served.site.addresses():
        refreshes = [
            one.attributes
            for one in parse(served.site.page(address)).all("meta")
            if "http-equiv" in one.attributes
        ]
        expected = [{"http-equiv": "refresh", "content": "30"}] if address == "/follow/" else []
        assert refreshes == expected, address


def test_no_page_has_a_script_a_style_attribute_or_an_event_handler(served):
    for address in served.site.addresses():
        for element in parse(served.site.page(address)).walk():
            assert element.tag not in ("script", "iframe", "object", "embed", "form"), address
            bad = [name for name in element.attributes if name == "style" or name.startswith("on")]
            assert bad == [], address

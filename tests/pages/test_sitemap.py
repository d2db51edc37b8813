import re
from dataclasses import replace

import pytest
from sitegen.gate.inspection import inspect_site
from sitegen.pages.sitemap import NAVIGATION, site_files
from sitegen.templating.policy import policy, style_hashes
from tests.pages.samples import BASE_PATH, NOW, Maker, Size, drawn_of, frame, pages_of

FIRST_BUILD = Size(
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
    "first build": FIRST_BUILD,
    "usual": Size(),
    "large": Size(panels=20, services=30, lines=250, traces=20, projects=30, windows=(3600.0, 86_400.0)),
}


@pytest.fixture(scope="module", params=SIZES.values(), ids=SIZES.keys())
def site(request):
    findings = Maker(request.param).findings()
    drawn = drawn_of(findings)
    pages = pages_of(findings, drawn)
    files = site_files(findings, drawn, [page.path for page in pages], "Status", frame().base_url)
    return pages, {page.path: page.text for page in pages}, files


def test_every_page_has_exactly_one_heading_of_the_first_rank(site):
    _, bodies, _ = site
    for path, body in bodies.items():
        assert (path, len(re.findall(r"<h1\b", body))) == (path, 1)


def test_every_page_marks_its_own_tab_and_no_other(site):
    pages, bodies, _ = site
    tabs = dict(NAVIGATION)
    for page in pages:
        nav = bodies[page.path].partition('<nav aria-label="pages"')[2].partition("</nav>")[0]
        marked = re.findall(r'<a accesskey="\d" href="([^"]*)" aria-current="page">', nav)
        section = page.view.shell.section
        assert (page.path, marked) == (page.path, [BASE_PATH + tabs[section]] if section in tabs else [])
        assert nav.count("<a ") == len(tabs)


def test_the_pages_of_the_contract_are_all_there(site):
    pages, _, _ = site
    paths = [page.path for page in pages]
    assert len(paths) == len(set(paths))
    assert {
        "/", "/follow/", "/404.html", "/metrics/", "/traces/", "/deps/", "/logs/", "/slo/", "/build/", "/techniques/",
        "/about/", "/projects/",
    } <= set(paths)  # fmt: skip


def test_the_gate_has_nothing_against_the_whole_site(site):
    pages, _, files = site
    tree = {file.path: file.body for file in (page.file for page in pages)} | {
        file.path: file.body for file in files
    }
    assert [str(finding) for finding in inspect_site(tree, base_url=frame().base_url)] == []


def test_each_page_carries_the_policy_of_its_own_style_sheet(site):
    pages, _, _ = site
    for page in pages:
        body = page.file.body
        (style,) = style_hashes(body)
        element = f'<meta http-equiv="Content-Security-Policy" content="{policy([style])}">'.encode()
        assert 0 < body.index(element) < body.index(b"<style>")


def test_every_title_is_its_own(site):
    _, bodies, _ = site
    titles = [
        re.search(r"<title>(.*?)</title>", body)[1]
        for path, body in bodies.items()
        if "/projects/p" not in path
    ]
    assert len(titles) == len(set(titles))


def test_only_the_follow_page_reloads_itself_and_hides_from_search_engines(site):
    _, bodies, _ = site
    reloading = [path for path, body in bodies.items() if 'http-equiv="refresh"' in body]
    hidden = [path for path, body in bodies.items() if "noindex" in body]
    assert reloading == ["/follow/"]
    assert sorted(hidden) == ["/404.html", "/follow/"]
    assert f'<link rel="canonical" href="{frame().base_url}">' in bodies["/follow/"]
    assert 'content="30"' in bodies["/follow/"]


def test_every_page_says_when_its_content_was_made_and_a_few_when_the_next_is_due(site):
    pages, bodies, _ = site
    for page in pages:
        footer = bodies[page.path].partition("<footer>")[2]
        assert re.search(r'<time datetime="\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ">', footer)
        assert ("next due" in footer) == (page.path in {"/", "/follow/", "/build/"})


def test_a_page_changes_only_when_what_it_shows_did():
    size = replace(SIZES["usual"], panels=2)
    before, after = (Maker(size).findings() for _ in range(2))
    moved = replace_context(after, 30.0)
    changed = {
        page.path
        for page, other in zip(pages_of(before), pages_of(moved), strict=True)
        if page.file != other.file
    }
    assert changed == {"/", "/follow/", "/build/"}


def replace_context(findings, seconds):
    import msgspec

    context = msgspec.structs.replace(findings.context, now=NOW + seconds, slot=NOW + seconds)
    return msgspec.structs.replace(findings, context=context)

from dataclasses import replace

import msgspec
import pytest
from sitegen.availability.model import ServiceState, ServiceStatus
from sitegen.content.authored import ContentKind, ContentPage, FrontMatter
from sitegen.findings import ContentFindings
from sitegen.pages.author import author_pages, authored_page
from sitegen.pages.sitemap import NAVIGATION, navigation
from sitegen.units import plain
from tests.pages.samples import NOW, Maker, Size, excesses, findings_of, made

DAY = 86_400.0


def page(kind, path, **front):
    return ContentPage(
        path, kind, FrontMatter(**({"title": path} | front)), "<section><h2>x</h2><p>prose</p></section>"
    )


def pages_of(content, title="Site", description="About it all.", services=()):
    alone = (authored_page(one, services, content.made_at) for one in content.pages if one.path != "/about/")
    return {one.path: one for one in made([*author_pages(content, services, title, description), *alone])}


def test_without_content_the_authors_pages_stand_all_the_same():
    pages = pages_of(ContentFindings(NOW))
    assert list(pages) == ["/about/", "/projects/", "/techniques/", "/404.html"]
    assert pages["/about/"].view.shell.description == "About it all."
    assert "no projects yet" in pages["/projects/"].text
    assert excesses(pages.values()) == []


def test_lists_are_sorted_by_weight_then_newest_first():
    content = ContentFindings(
        NOW,
        pages=(
            page(ContentKind.PROJECT, "/projects/old/", date=NOW - 9 * DAY),
            page(ContentKind.PROJECT, "/projects/heavy/", date=NOW, weight=9),
            page(ContentKind.PROJECT, "/projects/new/", date=NOW - DAY),
            page(ContentKind.PROJECT, "/projects/undated/"),
            page(ContentKind.POST, "/posts/a/", date=NOW),
        ),
    )
    pages = pages_of(content)
    listed = [entry.path for entry in pages["/projects/"].values("rows")]
    assert listed == ["/projects/new/", "/projects/old/", "/projects/undated/", "/projects/heavy/"]
    assert [entry.path for entry in pages["/projects/"].values("cards")] == listed
    assert [entry.path for entry in pages["/about/"].values("posts")] == ["/posts/a/"]


TRACER = page(
    ContentKind.PROJECT, "/projects/tracer/", title="tracer", description="a tracer in 300 lines", status="stable",
    tags=("python", "tracing"), url="https://tracer.example/?a=1&b", repository="https://git.example/t", probe="api",
)  # fmt: skip


@pytest.mark.parametrize("path", ["/projects/", "/projects/tracer/"])
def test_a_project_shows_what_its_front_matter_says_and_the_state_of_its_probe(path):
    down = ServiceStatus("api", "API", ServiceState.DOWN, NOW)
    text = pages_of(ContentFindings(NOW, pages=(TRACER,)), services=(down,))[path].text
    assert '<b class="chip">stable</b>' in text
    assert '<span class="tag">python</span> <span class="tag">tracing</span>' in text
    assert '<a rel="noopener noreferrer" href="https://tracer.example/?a=1&amp;b">site</a>' in text
    assert '<a rel="noopener noreferrer" href="https://git.example/t">source</a>' in text
    assert '<span class="down">✖ down</span> since <time' in text


def test_a_card_is_a_page_of_a_manual_and_the_listing_has_its_size():
    told = msgspec.structs.replace(TRACER, synopsis="tracer --port 1", summary="Keeps a ring of <spans>.")
    pages = pages_of(ContentFindings(NOW, pages=(told,)))
    text = pages["/projects/"].text
    assert "<dt>synopsis</dt><dd><code>$ tracer --port 1</code></dd>" in text
    assert "<dt>description</dt><dd>Keeps a ring of &lt;spans&gt;.</dd>" in text
    assert "tracer</a>(1)</h2>" in text
    assert f'drwxr-xr-x</td><td class="n hide"><data value="{len(TRACER.body_html)}">' in text
    # On its own page the whole manual stands below.
    assert "<dt>synopsis</dt>" not in pages["/projects/tracer/"].text


def test_a_project_whose_probe_is_not_known_has_no_data_and_one_without_a_probe_no_state():
    bare = page(ContentKind.PROJECT, "/projects/bare/")
    pages = pages_of(ContentFindings(NOW, pages=(TRACER, bare)))
    assert plain(pages["/projects/"].view.shell.sentence) == "2 projects, ○ 1 no data"
    assert "no data" not in pages["/projects/bare/"].text


def test_projects_have_a_tab_of_their_own_where_there_are_any():
    content = ContentFindings(NOW, pages=(TRACER,))
    tabs = [name for name, _ in navigation(findings_of(content=content))]
    assert tabs == [name for name, _ in NAVIGATION]
    assert [name for name, _ in navigation(findings_of())] == [name for name in tabs if name != "projects"]
    assert pages_of(content)["/projects/tracer/"].view.shell.section == "projects"


def test_posts_are_listed_newest_first_with_their_days():
    content = ContentFindings(
        NOW, pages=tuple(page(ContentKind.POST, f"/posts/{n}/", date=NOW - n * DAY) for n in (2, 1))
    )
    index = pages_of(content)["/posts/"]
    assert [entry.path for entry in index.values("posts")] == ["/posts/1/", "/posts/2/"]
    assert '<time datetime="2026-11-22T07:43:30Z">2026-11-22</time>' in index.text
    assert "/posts/" not in pages_of(ContentFindings(NOW))


def test_every_project_and_post_has_a_page_with_its_prose_and_its_date():
    content = ContentFindings(
        NOW, pages=(page(ContentKind.POST, "/posts/a/", title="Hello", description="Hi", date=NOW),)
    )
    post = pages_of(content)["/posts/a/"]
    assert plain(post.view.shell.sentence) == "of 2026-11-23"
    body = post.text
    assert "<h1>Hello</h1>" in body
    assert "<p>prose</p>" in body


def test_the_authors_own_page_about_is_shown_with_its_lists():
    content = ContentFindings(
        NOW, pages=(page(ContentKind.ABOUT, "/about/", title="Me", description="Who I am"),)
    )
    about = pages_of(content)["/about/"]
    assert (about.view.shell.title, about.view.shell.description) == ("Me", "Who I am")
    assert "<p>prose</p>" in about.text


@pytest.mark.parametrize(("number", "word"), [(12, 10), (60, 60), (90, 400)])
def test_lists_of_any_length_keep_the_budget_and_nothing_is_left_out(number, word):
    content = Maker(replace(Size(), projects=number, word=word)).content()
    pages = pages_of(content)
    assert excesses(pages.values()) == []
    for start, groups in (("/projects/", 2), ("/posts/", 1), ("/about/", 2)):
        listing = [one for path, one in pages.items() if path.startswith(start) and "/p" not in path[6:]]
        assert [one.path for one in listing] == [
            start if n == 1 else f"{start}{n}/" for n in range(1, len(listing) + 1)
        ]
        assert sum(len(one.shown) for one in listing) == groups * number
    assert (number < 60) == ("/about/2/" not in pages)


def test_a_short_list_is_told_in_full():
    content = Maker(replace(Size(), projects=4, word=20)).content()
    assert [entry.description for entry in pages_of(content)["/projects/"].values("rows")] == [
        one.description for one in content.pages if one.kind is ContentKind.PROJECT
    ]


def test_titles_and_descriptions_of_any_length_keep_the_budget():
    front = FrontMatter("t" * 5000, "d" * 9000)
    content = ContentFindings(
        NOW, pages=(msgspec.structs.replace(page(ContentKind.ABOUT, "/about/"), front=front),)
    )
    assert excesses([pages_of(content)["/about/"]]) == []


def test_the_page_of_techniques_quotes_code_with_its_place():
    content = Maker(Size()).content()
    view = pages_of(content)["/techniques/"].view
    body = pages_of(content)["/techniques/"].text
    assert plain(view.shell.sentence) == "How this site is built: 1 pattern, each with the code that does it."
    assert "<pre><code>x = 1</code></pre>" in body
    assert "sitegen/x.py, from line 3" in body


def test_the_page_of_what_is_not_there_leads_on():
    pages = pages_of(ContentFindings(NOW))
    assert [link.path for link in pages["/404.html"].view.likely] == ["/", "/metrics/", "/traces/", "/about/"]

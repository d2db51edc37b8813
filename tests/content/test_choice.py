"""Which version of an author's page is published: the one just read, the last good one, or none."""

import pytest
from sitegen.content.authored import ContentKind, ContentPage, FrontMatter, PageLink
from sitegen.content.choice import choose_pages
from sitegen.content.links import Site
from sitegen.content.model import Content, Draft, Fault, MadePage

NOW = 1_795_000_000.0


def page(source, body="<p>new</p>", *, date=NOW - 1, kind=ContentKind.POST, links=(), ids=()):
    path = f"/{source.removesuffix('.md').lower()}/"
    return ContentPage(path, kind, FrontMatter("T", date=date), body, (), source, links, ids)


def made(source, *faults, **how):
    return MadePage(source, page(source, **how), tuple(Fault(source, 1, fault) for fault in faults))


def choose(*pages, good=(), unread=(), late=(), site=None):
    sources = sorted([one.source for one in pages] + list(late))
    content = Content(tuple(Draft(source, b"") for source in sources), unread=unread)
    return choose_pages(
        content, {one.source: one for one in pages}, {one.path: one for one in good}, site or Site(), NOW
    )


def bodies(choice):
    return {one.path: one.body_html for one in choice.pages}


OLD = page("posts/a.md", "<p>old</p>")


def test_a_page_without_a_fault_is_published_and_its_last_good_version_is_at_hand():
    choice = choose(made("posts/a.md"), good=[OLD])
    assert bodies(choice) == {"/posts/a/": "<p>new</p>"}
    assert choice.former == (OLD,)


@pytest.mark.parametrize("how", ["fault", "late", "unread file", "unread folder", "no page"])
def test_a_page_that_cannot_be_used_or_read_or_finished_stays_as_it_was(how):
    choice = {
        "fault": lambda: choose(made("posts/a.md", "bad"), good=[OLD]),
        "late": lambda: choose(late=["posts/a.md"], good=[OLD]),
        "unread file": lambda: choose(unread=["posts/a.md"], good=[OLD]),
        "unread folder": lambda: choose(unread=["posts"], good=[OLD]),
        "no page": lambda: choose(MadePage("posts/a.md", None, (Fault("posts/a.md", 1, "bad"),)), good=[OLD]),
    }[how]()
    assert bodies(choice) == {"/posts/a/": "<p>old</p>"}


def test_a_page_whose_file_is_gone_is_gone():
    assert choose(made("posts/b.md"), good=[OLD]).pages == (page("posts/b.md"),)


@pytest.mark.parametrize("one", [MadePage("posts/a.md", None), made("posts/a.md", date=NOW + 60)])
def test_a_page_that_became_a_draft_or_waits_for_its_date_leaves_the_site(one):
    choice = choose(one, good=[OLD])
    assert (choice.pages, choice.faults) == ((), ())
    assert [fault.sentence for fault in choice.waiting] == (
        ["scheduled for 2026-11-18T11:07:40Z"] if one.page else []
    )


@pytest.mark.parametrize("one", [MadePage("posts/a.md", None), made("posts/a.md", date=NOW + 60)])
def test_a_link_to_a_page_that_is_held_back_is_text_and_told_and_no_mistake(one):
    body = '<p><a href="/posts/a/">soon</a> <a href="/posts/c/">now</a></p>'
    links = (PageLink("/posts/a/", 4, "a.md"), PageLink("/posts/c/", 4, "c.md"))
    choice = choose(one, made("posts/b.md", body=body, links=links), made("posts/c.md"))
    assert bodies(choice)["/posts/b/"] == '<p>soon <a href="/posts/c/">now</a></p>'
    assert choice.faults == ()
    assert choice.waiting[-1] == Fault(
        "posts/b.md", 4, "the link to 'a.md' is text until that page is published"
    )


def test_a_page_about_the_author_waits_for_no_date():
    one = made("about.md", kind=ContentKind.ABOUT, date=NOW + 60)
    assert [page.path for page in choose(one).pages] == ["/about/"]


def test_of_two_files_at_one_address_the_one_that_was_there_stays_and_the_other_is_named():
    pages = made("posts/A.md", body="<p>A</p>"), made("posts/a.md", body="<p>a</p>")
    assert bodies(choose(*pages)) == {"/posts/a/": "<p>A</p>"}
    choice = choose(*pages, good=[OLD])
    assert bodies(choice) == {"/posts/a/": "<p>a</p>"}
    assert [fault.sentence for fault in choice.faults] == [
        "has the address /posts/a/, as posts/a.md has; rename one of them"
    ]


LINKED = '<p><a href="{}">words</a></p>'


def linking(address, source="posts/b.md"):
    return made(source, body=LINKED.format(address), links=(PageLink(address, 7, address),))


@pytest.mark.parametrize(
    "address",
    ["/nowhere/", "/posts/nowhere/", "../nowhere/", "/posts/a", "/posts/a/#nowhere", "/metrics/9d/", "/traces/nowhere/", "http://[", "/_a/x.png", "https://example.org/obs/nowhere/"],
)  # fmt: skip
def test_a_link_that_leads_nowhere_is_a_fault_with_its_line(address):
    site = Site("https://example.org/obs/", frozenset({"1h"}))
    address = f"/obs{address}" if address.startswith("/") else address
    choice = choose(made("posts/a.md"), linking(address), site=site)
    assert [(fault.source, fault.line) for fault in choice.faults] == [("posts/b.md", 7)]
    assert [one.path for one in choice.pages] == ["/posts/a/"]


@pytest.mark.parametrize(
    "address",
    ["/obs/posts/a/", "../a/", "#top", "/obs/posts/a/#part", "/obs/", "/obs/metrics/1h/2/", "/obs/metrics/x.1h.csv", "/obs/traces/0123456789abcdef0123456789abcdef/", "/obs/status.json", "/obs/logs/7/", "https://example.org/elsewhere/", "https://example.com/", "https://example.org/obs/posts/a/"],
)  # fmt: skip
def test_a_link_that_may_lead_somewhere_is_none(address):
    site = Site("https://example.org/obs/", frozenset({"1h"}))
    choice = choose(made("posts/a.md", ids=("part",)), linking(address), site=site)
    assert choice.faults == ()
    assert LINKED.format(address) in bodies(choice)["/posts/b/"]


def test_a_link_to_a_page_that_is_not_published_by_its_own_fault_is_text():
    choice = choose(made("posts/a.md", "bad", ids=("x",)), linking("/posts/a/#x"))
    assert bodies(choice) == {"/posts/b/": "<p>words</p>"}
    assert [fault.source for fault in choice.faults] == ["posts/a.md"]


def test_a_link_to_a_heading_that_only_the_faulty_version_has_leads_to_the_page():
    choice = choose(made("posts/a.md", "bad", ids=("x",)), linking("/posts/a/#x"), good=[OLD])
    assert bodies(choice)["/posts/b/"] == LINKED.format("/posts/a/")


def test_a_page_in_a_folder_that_cannot_be_read_can_be_linked_to():
    choice = choose(linking("/posts/a/", "projects/b.md"), unread=["posts"], good=[OLD])
    assert choice.faults == ()
    assert bodies(choice)["/projects/b/"] == LINKED.format("/posts/a/")

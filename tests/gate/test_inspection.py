from sitegen.gate.inspection import inspect_file, inspect_site, inspect_tree
from sitegen.gate.leaks import Canaries


def test_a_page_is_held_to_markup_and_leaks(page):
    body = page('<p onclick=x>hunter2-hunter2</p><a href="/gone/">x</a>')
    found = inspect_file("404.html", body, Canaries(secrets=("hunter2-hunter2",)))
    assert {finding.rule for finding in found} == {"handler", "secret"}


def test_text_is_held_to_leaks_alone():
    body = b'message,"<script>alert(1)</script> hunter2-hunter2"'
    (finding,) = inspect_file("metrics/a.1h.csv", body, Canaries(secrets=("hunter2-hunter2",)))
    assert finding.rule == "secret"


def test_a_feed_is_held_to_markup_without_the_outline():
    feed = b'<?xml version="1.0"?><feed><title>t</title><link href="https://example.org/"/><summary>&lt;p&gt;</summary></feed>'
    assert inspect_file("feed.xml", feed) == ()
    scripted = feed.replace(b"</feed>", b"<script/></feed>")
    assert [finding.rule for finding in inspect_file("feed.xml", scripted)] == ["script"]


def test_a_picture_is_not_read_as_text():
    assert inspect_file("_a/cat.png", b"\x89PNG<script>") == ()


def test_a_whole_site_that_keeps_the_rules_has_no_findings(page):
    files = {
        "index.html": page('<a href="/metrics/">m</a>'),
        "metrics/index.html": page('<a href="a.1h.csv">csv</a><a href="/">home</a>'),
        "metrics/a.1h.csv": b"time,a\n",
        "404.html": page('<a href="/">home</a>'),
    }
    assert inspect_site(files) == ()


def test_a_site_needs_its_first_page_its_not_found_page_and_plain_names(page):
    found = inspect_tree({}, ("Ünsafe name.html", "a/../b.html", "metrics/index.html"))
    assert sorted(finding.path for finding in found) == [
        "404.html",
        "a/../b.html",
        "index.html",
        "Ünsafe name.html",
    ]


def test_two_files_of_one_path_are_found():
    found = inspect_tree({}, ["index.html", "404.html", "projects/2/index.html", "projects/2/index.html"])
    assert [(finding.path, finding.rule) for finding in found] == [("projects/2/index.html", "file")]


def test_findings_of_a_site_come_sorted_and_read_as_sentences(page):
    files = {"index.html": page('<a href="/gone/">x</a><p style=x>'), "404.html": page("<p onclick=x>")}
    assert [str(finding) for finding in inspect_site(files)] == [
        "404.html: handler: <p> has the event handler onclick=",
        "index.html: link: '/gone/' leads to no file",
        "index.html: style: <p> has a style attribute",
    ]

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.deployment.headers import headers_for, is_key, key_for, kinds_of, path_for
from sitegen.deployment.model import Headers, Kind

NAMES = st.text(string.ascii_lowercase + string.digits + "_-", min_size=1, max_size=8)
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("index.html", "index.html"),
        ("metrics/index.html", "metrics/"),
        ("projects/x/index.html", "projects/x/"),
        ("404.html", "404.html"),
        ("metrics/p95.1h.csv", "metrics/p95.1h.csv"),
        ("a/myindex.html", "a/myindex.html"),
        ("_a/theme.0123456789abcdef.css", "_a/theme.0123456789abcdef.css"),
    ],
)
def test_a_page_gets_the_key_that_its_url_asks_for_and_all_else_keeps_its_path(path, key):
    assert key_for(path) == key


@given(PATHS, st.sampled_from(["", "/index.html", ".html", ".css"]))
@settings(deadline=None, max_examples=100)
def test_a_key_leads_back_to_its_path_and_is_a_key(folder, ending):
    path = folder + ending
    assert path_for(key_for(path)) == path
    assert is_key(key_for(path))


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/",
        "/x",
        "../x",
        "a/../b",
        "a//b",
        "./a",
        "A",
        "a b",
        "ä",
        "a~b",
        "a%20",
        "a\n",
        "a+b",
        "a" * 1000,
    ],
)
def test_what_needs_escaping_or_leads_elsewhere_is_no_key(key):
    assert not is_key(key)


@pytest.mark.parametrize("key", ["index.html", "metrics/", ".well-known/security.txt", "_a/x.css", "a-b_c.1"])
def test_plain_names_are_keys(key):
    assert is_key(key)


def test_files_are_told_apart_by_what_depends_on_what():
    assert kinds_of(
        [
            "_a/theme.css", "_a/deep/index.html", "about/index.html", "about/me.png", "badge.svg", "feed.xml",
            "404.html", "index.html", "follow/index.html", "metrics.txt", "metrics/index.html",
            "metrics/24h/index.html", "metrics/p95.1h.csv", "posts/a/b/index.html", "sitemap.xml", "page.html",
        ]
    ) == {
        "_a/theme.css": Kind.ASSET,
        "_a/deep/index.html": Kind.ASSET,
        "about/index.html": Kind.LEAF,
        "about/me.png": Kind.FILE,
        "badge.svg": Kind.FILE,
        "feed.xml": Kind.HUB,
        "404.html": Kind.HUB,
        "index.html": Kind.HUB,
        "follow/index.html": Kind.HUB,
        "metrics.txt": Kind.HUB,
        "metrics/index.html": Kind.HUB,
        "metrics/24h/index.html": Kind.LEAF,
        "metrics/p95.1h.csv": Kind.FILE,
        "posts/a/b/index.html": Kind.LEAF,
        "sitemap.xml": Kind.HUB,
        "page.html": Kind.LEAF,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("a.html", "text/html; charset=utf-8"),
        ("a.css", "text/css; charset=utf-8"),
        ("a.csv", "text/csv; charset=utf-8"),
        ("a.txt", "text/plain; charset=utf-8"),
        ("feed.xml", "application/xml; charset=utf-8"),
        ("status.json", "application/json"),
        ("badge.svg", "image/svg+xml"),
        ("a.png", "image/png"),
        ("a.woff2", "font/woff2"),
        ("a.unknown", "application/octet-stream"),
        ("html", "application/octet-stream"),
        ("folder.html/file", "application/octet-stream"),
    ],
)
def test_each_type_is_named_and_text_says_its_charset(path, content_type):
    assert headers_for(path, Kind.FILE).content_type == content_type


@pytest.mark.parametrize("kind", [Kind.FILE, Kind.LEAF, Kind.HUB])
def test_only_assets_are_cached_for_ever(kind):
    assert "immutable" in headers_for("_a/x.css", Kind.ASSET).cache_control
    lifetimes = headers_for("x.html", kind).cache_control.split(", ")
    assert lifetimes[1:] == [
        "max-age=0",
        "s-maxage=10",
        "stale-while-revalidate=10",
        "stale-if-error=604800",
    ]


def test_the_digest_changes_with_either_header():
    digests = {Headers("a", "b").digest, Headers("a", "c").digest, Headers("c", "b").digest}
    assert len(digests) == 3

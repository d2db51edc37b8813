import pytest
from sitegen.gate.links import broken_links

PAGES = ("index.html", "metrics/index.html", "metrics/24h/index.html", "404.html")


def check(link: str, path: str = "metrics/index.html", base_url: str = "", attribute: str = "href"):
    pages = dict.fromkeys(PAGES, b"<h1 id=head>x</h1>")
    pages[path] += f'<a {attribute}="{link}">x</a><p id="own"></p>'.encode()
    files = (*PAGES, "metrics/p95.1h.csv", "_a/theme.css", "cat pic.png")
    return [finding.rule for finding in broken_links(pages, files, base_url)]


@pytest.mark.parametrize(
    "link",
    [
        "/", "", "#own", "#", "#top", "/metrics/", "/metrics/#head", "24h/", "p95.1h.csv", "../", "../_a/theme.css", "./",
        "/metrics/24h/?x=1", "/metrics/p95.1h.csv", "/cat%20pic.png", "https://example.org/nowhere", "//example.org/x",
        "mailto:a@b.example", "/metrics/index.html", "data:image/svg+xml,x",
    ],
)  # fmt: skip
def test_a_link_to_a_file_of_the_site_holds(link):
    assert check(link) == []


@pytest.mark.parametrize(
    "link",
    [
        "/nowhere/",
        "nowhere.csv",
        "/metrics",
        "24h",
        "../../nowhere/",
        "/metrics/7d/",
        "/Metrics/",
        "/_a/",
        "?/../x/",
    ],
)
def test_a_link_to_no_file_is_found(link):
    assert check(link) == ([] if link.startswith("?") else ["link"])


def test_the_finding_says_when_only_the_slash_is_missing():
    pages = {"index.html": b'<a href="/metrics">x</a>'}
    (finding,) = broken_links(pages, ("index.html", "metrics/index.html"))
    assert finding.message == "'/metrics' leads to no file; write /metrics/"


@pytest.mark.parametrize("attribute", ["src", "xlink:href", "srcset"])
def test_pictures_are_links_too(attribute):
    assert check("/_a/theme.css", attribute=attribute) == []
    assert check("/_a/gone.png", attribute=attribute) == ["link"]


def test_a_fragment_must_name_an_id_of_its_page():
    assert check("#gone") == ["fragment"]
    assert check("/metrics/24h/#gone") == ["fragment"]
    assert check("/#head") == []


@pytest.mark.parametrize("base_url", ["https://example.org/obs/", "https://example.org/obs"])
def test_links_keep_to_the_base_path(base_url):
    assert check("/obs/metrics/", base_url=base_url) == []
    assert check("/obs/", base_url=base_url) == []
    assert check("../", base_url=base_url) == []
    assert check("https://example.org/obs/metrics/24h/", base_url=base_url) == []
    assert check("https://example.org/other/", base_url=base_url) == []
    assert check("/metrics/", base_url=base_url) == ["link"]
    assert check("../../", base_url=base_url) == ["link"]
    assert check("https://example.org/obs/gone/", base_url=base_url) == ["link"]


def test_the_not_found_page_links_absolutely():
    assert check("/metrics/", "404.html") == []
    assert check("#own", "404.html") == []
    assert check("metrics/", "404.html") == ["link"]


def test_each_broken_link_of_a_page_is_named_once():
    pages = {"index.html": b'<a href="/a/">1</a> <a href="/a/">2</a> <a href="/b/">3</a>'}
    assert [finding.message for finding in broken_links(pages, ("index.html",))] == [
        "'/a/' leads to no file",
        "'/b/' leads to no file",
    ]


def test_something_that_is_no_url_is_a_finding():
    assert check("http://[::1") == ["link"]

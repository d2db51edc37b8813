"""What users of other tools reported of an author's pages: more of the kinds of `site/`, in one site that is built once."""

import re
import shutil
from io import BytesIO
from pathlib import Path
from urllib.parse import unquote

import pytest
import requests
from PIL import Image
from tests.acceptance.serving import preview
from tests.acceptance.sites import Site, make_site
from tests.reports.test_site import HEAD, copy, write

HIDDEN = """
# In a heading <!-- HIDDEN -->

- `a tick
- <!-- HIDDEN --> another `

> a quote <!-- HIDDEN
>
> HIDDEN --> goes on

| ` a | <!-- HIDDEN --> ` |
|-|-|
| b <!-- HIDDEN --> | c |

[a link](/about/ "its title <!-- HIDDEN -->"), `<!-- code -->`

```html
<!-- a block of code -->
```

The end. <!-- HIDDEN

HIDDEN
"""

NAMES = ("日本語", "🎉", "12", "___", "e\u0301", "Привет", "第1章", "第1節", "Версия 2", "Выпуск 2")
MANUAL = """A manual\nof *two* <b>lines</b>\n---

### Größe & `Farbe`\n\n### हिन्दी\n\n### ²\n\n### Main\n\n### Projects\n\n### Main
"""
ANCHORS = ("größe--farbe", "हिन्दी", "section", "main", "projects", "Main-1")
USAGE = "# Usage\n\n- [whole](#usage)\n- [part](#usage-1)\n\n## Usage\n"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site in which nothing is wrong, built under --strict."""
    site = make_site(tmp_path_factory.mktemp("pages") / "site")
    head = 'title = "A post <!-- HIDDEN -->"\ndescription = "It says <!-- HIDDEN --> little"\n# HIDDEN\ndate = 2026-02-01'
    write(site, "posts/hidden.md", f"+++\n{head}\n+++\n{HIDDEN}")
    write(site, "projects/hidden.md", f"---\ntitle: A project\ntags: [one <!-- HIDDEN -->]\n---\n{HIDDEN}")
    for name in ("p3.png", "adobe.png"):
        copy("14-colour-profile", name, site, f"posts/{name}")
    write(site, "posts/colours.md", HEAD.format("colours") + "![p3](p3.png) ![adobe](adobe.png)")
    for name in NAMES:
        write(site, f"posts/{name}.md", f"+++\ndate = 2026-02-01\n+++\nText of {name}.\n")
    write(site, "posts/manual.md", "+++\ndate = 2026-02-01\n+++\n" + MANUAL)
    links = " ".join(f"[{number}](../posts/manual.md#{anchor})" for number, anchor in enumerate(ANCHORS))
    write(site, "projects/links.md", "# Links\n\n" + links)
    write(site, "projects/usage.md", USAGE)
    write(site, "projects/of-usage.md", "# Of it\n\n[whole](usage.md#usage) [part](usage.md#usage-1)")
    outcome = site.run("build", "--jobs", "1", "--deadline", "60s", "--strict", "-v")
    assert (outcome.code, outcome.stderr) == (0, ""), outcome
    return site


def test_html_comments_are_published_from_no_place_and_code_from_each(site: Site):
    for path, body in site.tree().items():
        assert b"HIDDEN" not in body, path
    page = site.page("/posts/hidden/")
    assert "The end." in page
    assert "another `" in page
    assert page.count("&lt;!--") == 2
    assert "<title>A post</title>" in (site.dist / "feed.xml").read_text()
    assert "It says little" in (site.dist / "feed.xml").read_text()


def test_anchors_of_other_pages_are_those_of_github_in_every_script_also_where_templates_have_such_words(
    site: Site,
):
    targets = re.findall(r'href="/posts/manual/#([^"]+)"', site.page("/projects/links/"))
    assert [unquote(target) for target in targets] == [anchor.lower() for anchor in ANCHORS]
    ids = re.findall(r'<h\d id="([a-zß-\uffff][^"]*)"', site.page("/posts/manual/"))
    assert ids == [anchor.lower() for anchor in ANCHORS]


def test_the_heading_that_is_the_title_has_an_anchor_and_counts(site: Site):
    page = site.page("/projects/usage/")
    assert re.findall(r'<(\w+) id="(usage[^"]*)"', page) == [("div", "usage"), ("h2", "usage-1")]
    assert re.findall(r'href="#(usage[^"]*)"', page) == ["usage", "usage-1"]
    other = site.page("/projects/of-usage/")
    assert re.findall(r'href="/projects/usage/#([^"]*)"', other) == ["usage", "usage-1"]


def test_title_markup_is_gone_from_an_underlined_heading_of_the_second_level_too(site: Site):
    page = site.page("/posts/manual/")
    assert "<h1>A manual of two lines</h1>" in page
    assert page.count("A manual") == page.count("A manual of two lines")
    assert "<title>A manual of two lines</title>" in (site.dist / "feed.xml").read_text()


def test_a_file_name_without_latin_letters_is_a_page_of_its_own(site: Site):
    pages = {
        path: body.decode()
        for path, body in site.tree().items()
        if re.fullmatch(r"posts/[a-z0-9-]+/index\.html", path)
    }
    for name in NAMES:
        assert sum(f"Text of {name}." in page for page in pages.values()) == 1
    assert "<h1>日本語</h1>" in "".join(pages.values())


@pytest.mark.parametrize(("name", "wanted"), [("p3", (0, 163, 41)), ("adobe", (0, 161, 47))])
def test_colour_profiles_go_when_every_published_file_has_the_samples_of_srgb(
    site: Site, name: str, wanted: tuple
):
    files = re.findall(rf'"/(_a/{name}\.[^"]+)"', site.page("/posts/colours/"))
    assert files
    for file in files:
        shown = Image.open(BytesIO((site.dist / file).read_bytes()))
        assert "icc_profile" not in shown.info
        pixel = shown.convert("RGB").getpixel((0, 0))
        assert all(abs(one - other) <= 2 for one, other in zip(pixel, wanted, strict=True))


def test_a_future_post_is_public_from_its_midnight_in_the_zone_of_the_site_with_all_that_is_its(
    site: Site, tmp_path: Path
):
    later = Site(Path(shutil.copytree(site.folder, tmp_path / "site", symlinks=True)))
    path = later.folder / "sitegen.toml"
    path.write_text(path.read_text("utf-8").replace("[site]", '[site]\ntimezone = "Asia/Tokyo"'), "utf-8")
    Image.new("RGB", (8, 8), "teal").save(later.folder / "content" / "posts" / "look.png")
    write(later, "posts/v5.md", "---\ntitle: Version 5\ndate: 2098-01-01\n---\n![a look](look.png)\n")
    write(later, "projects/soon.md", "# Soon\n\nSee [what comes](../posts/v5.md).\n")
    arguments = ("build", "--jobs", "1", "--deadline", "60s", "--strict", "-v", "--clock")
    before = later.run(*arguments, "2097-12-31T14:59:59Z")
    assert before.code == 0, before
    assert "content/posts/v5.md: scheduled for 2097-12-31T15:00:00Z" in before.stdout
    assert (
        "content/projects/soon.md:3: the link to '../posts/v5.md' is text until that page is published"
        in before.stdout
    )
    assert not [path for path, body in later.tree().items() if "look" in path or b"Version 5" in body]
    assert "See what comes." in later.page("/projects/soon/")
    assert later.run(*arguments, "2097-12-31T15:00:00Z").code == 0
    assert '<a href="/posts/v5/">what comes</a>' in later.page("/projects/soon/")
    assert "<img" in later.page("/posts/v5/")
    day = '<time datetime="2097-12-31T15:00:00Z">2098-01-01</time>'
    for address in ("/posts/v5/", "/posts/"):
        assert day in later.page(address)
    assert "<updated>2097-12-31T15:00:00Z</updated>" in (later.dist / "feed.xml").read_text()


def test_the_preview_of_a_site_below_a_path_is_that_site(site: Site, tmp_path: Path):
    below = Site(Path(shutil.copytree(site.folder, tmp_path / "site", symlinks=True)))
    path = below.folder / "sitegen.toml"
    path.write_text(
        path.read_text("utf-8").replace("[site]", '[site]\nbase_url = "https://example.org/a/obs/"'), "utf-8"
    )
    assert below.run("build", "--jobs", "1", "--deadline", "60s", "--strict").code == 0
    with preview(below, "--no-build") as origin, requests.Session() as client:
        for entrance in ("/", "/a/obs", "/?from=mail"):
            assert client.get(f"{origin}{entrance}").url == f"{origin}/a/obs/"
        assert client.get(f"{origin}/metrics/").status_code == 404
        links = set(
            re.findall(r'(?:href|src)="(/[^"#]*)', client.get(origin).text + below.page("/posts/colours/"))
        )
        assert len(links) > 10
        assert {(link, client.get(f"{origin}{link}").status_code) for link in links} == {
            (link, 200) for link in links
        }
        answers = [
            client.get(origin + "/a/obs/feed.xml", headers={"If-Match": tag}) for tag in ("*", '"another"')
        ]
        assert [(one.status_code, bool(one.content)) for one in answers] == [(200, True), (412, False)]
        robots = client.get(f"{origin}/a/obs/robots.txt").text
    assert "Disallow: /a/obs/follow/\n" in robots
    assert "Sitemap: https://example.org/a/obs/sitemap.xml" in robots

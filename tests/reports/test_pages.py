"""What users of other tools reported of an author's pages: more of the kinds of `site/`, in one site that is built once."""

import re
from io import BytesIO
from urllib.parse import unquote

import pytest
from PIL import Image
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

NAMES = ("日本語", "🎉", "12", "___", "e\u0301", "Привет")
MANUAL = """A manual\nof *two* <b>lines</b>\n---

### Größe & `Farbe`\n\n### हिन्दी\n\n### ²\n\n### Main\n\n### Projects\n\n### Main
"""
ANCHORS = ("größe--farbe", "हिन्दी", "section", "main", "projects", "Main-1")


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

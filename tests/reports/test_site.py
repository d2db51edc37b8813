"""What users of other tools reported of content and pictures: each case of `site/` with its right value, and more of its kind."""

import json
import re
import shutil
import unicodedata
from pathlib import Path

import pytest
from PIL import Image
from tests.acceptance.sites import Site, make_site

CASES = Path(__file__).parent / "site"
HEAD = '+++\ntitle = "{}"\ndate = 2026-02-01\n+++\n'


def write(site: Site, name: str, text: str) -> None:
    path = site.folder / "content" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def copy(case: str, name: str, site: Site, to: str) -> None:
    target = site.folder / "content" / to
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(CASES / case / name, target)


def build(site: Site, *arguments: str) -> tuple[int, list[str]]:
    """Build, and return the exit code and what was wrong."""
    outcome = site.run("build", "--jobs", "1", "--deadline", "60s", "--format", "json", *arguments)
    return outcome.code, [problem["message"] for problem in json.loads(outcome.stdout)["problems"]]


LONG = "".join(f"Word {n * 7919 % 9973:x} of a read-me.\n\n" for n in range(250))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site with every case in which nothing is wrong, built under --strict."""
    site = make_site(tmp_path_factory.mktemp("reports") / "site")
    for to in ("posts/logo.png", "posts/Logo.png", "projects/logo.png"):
        copy("02-same-picture-twice", "logo.png", site, to)
    Image.new("RGB", (8, 8), "navy").save(site.folder / "content" / "posts" / "flat.png")
    Image.new("RGB", (8, 8), "navy").save(site.folder / "content" / "posts" / "flat.webp", lossless=True)
    twice = "![the logo](logo.png) ![again](Logo.png) ![flat](flat.png) ![flat](flat.webp)"
    write(site, "posts/same.md", HEAD.format("same") + twice)
    write(site, "projects/same.md", '+++\ntitle = "same"\n+++\n![the logo](logo.png)')
    copy("04-html-comments", "comment.md", site, "posts/comment.md")
    copy("17-title-markup", "inline.md", site, "posts/inline.md")
    copy("17-title-markup", "setext.md", site, "posts/setext.md")
    for name in ("größe.png", "Ångström.png", "각.png"):
        copy("12-nfd-picture", "picture.png", site, f"posts/{unicodedata.normalize('NFD', name)}")
    pictures = "![a](größe.png) ![b](Ångström.png) ![c](각.png) [d](übung.md)"
    write(site, "posts/names.md", HEAD.format("names") + unicodedata.normalize("NFC", pictures))
    write(site, f"posts/{unicodedata.normalize('NFD', 'übung.md')}", HEAD.format("Exercise"))
    write(
        site,
        "posts/anchors.md",
        HEAD.format("anchors")
        + "See [how](../about.md#description), [b](names.MD), [c](#größe--mehr).\n\n## Größe & mehr\n\n[d](scripts.md#日本語) [e](scripts.md#title-1)",
    )
    write(site, "posts/scripts.markdown", HEAD.format("scripts") + "## 日本語\n\n## Title\n\n## Title\n")
    write(site, "posts/scripts.md".replace("scripts.md", "日本.mdown"), HEAD.format("no letters"))
    write(site, "projects/readme.md", "# A long read-me\n\n" + LONG)
    outcome = site.run("build", "--jobs", "1", "--deadline", "60s", "--strict", "-v")
    assert (outcome.code, outcome.stderr) == (0, ""), outcome
    return site


def test_the_same_picture_in_two_folders_is_one_file_that_both_pages_show(site: Site):
    shown = {
        *re.findall(
            r'<img src="([^"]+)" alt="the logo"', site.page("/posts/same/") + site.page("/projects/same/")
        )
    }
    assert len(shown) == 1
    assert (site.dist / shown.pop().lstrip("/")).is_file()
    assert site.page("/posts/same/").count("<img") == 4


def test_no_byte_of_a_comment_is_published(site: Site):
    assert "The shop is faster now." in site.page("/posts/comment/")
    for path, body in site.tree().items():
        for hidden in (b"Northwind", b"inline remark", b"several", b"in a list"):
            assert hidden not in body, path


def test_names_are_equal_when_their_composed_forms_are(site: Site):
    assert site.page("/posts/names/").count("<img") == 3
    assert 'href="/posts/u-bung/"' in site.page("/posts/names/")


@pytest.mark.parametrize(
    ("path", "title"),
    [("inline", "The run command &amp; why it matters"), ("setext", "A title underlined")],
)
def test_a_title_is_the_text_of_its_heading_in_all_four_places_and_once(site: Site, path: str, title: str):
    page = site.page(f"/posts/{path}/")
    assert f"<title>{title}" in page
    assert f"<h1>{title}</h1>" in page
    assert page.count("nderlined") == page.count("underlined")
    assert not re.search(r"<h2[^>]*>A title", page)
    for place in ("posts/index.html", "about/index.html"):
        assert title in (site.dist / place).read_text()
    assert f"<title>{title}</title>" in (site.dist / "feed.xml").read_text()


def test_a_link_leads_to_a_heading_of_its_own_and_of_another_page(site: Site):
    page = site.page("/posts/anchors/")
    assert '<a href="/about/#description">' in page
    assert re.search(r"<h2 id=\"description\"", site.page("/about/"))
    links = re.findall(r'<a href="([^"]*#[^"]+)">[cde]</a>', page)
    assert links == [
        "#gr%C3%B6%C3%9Fe--mehr",
        "/posts/scripts/#%E6%97%A5%E6%9C%AC%E8%AA%9E",
        "/posts/scripts/#title-1",
    ]
    assert 'id="größe--mehr"' in page
    assert 'id="日本語"' in site.page("/posts/scripts/")
    assert 'id="title-1"' in site.page("/posts/scripts/")


def test_a_long_read_me_is_a_page_like_any_other(site: Site):
    assert "<h1>A long read-me</h1>" in site.page("/projects/readme/")


def test_what_waits_for_its_date_is_nowhere_before_and_there_after_it(site: Site, tmp_path: Path):
    later = Site(Path(shutil.copytree(site.folder, tmp_path / "site", symlinks=True)))
    for name, date in {"v5": "2099-01-01", "v6": "2099-01-01T12:00:00Z", "yaml": "2099-01-02"}.items():
        write(later, f"posts/{name}.md", f"---\ntitle: Version {name}\ndate: {date}\n---\nNot yet.\n")
    outcome = later.run("build", "--jobs", "1", "--deadline", "60s", "--strict", "-v")
    assert outcome.code == 0, outcome
    assert "content/posts/v5.md: scheduled for 2099-01-01T00:00:00Z" in outcome.stdout + outcome.stderr
    later.build("--jobs", "1", "--deadline", "60s")  # which shows the build before it
    hidden = (b"Version v", b"2099-", b"v5.md")
    assert not [path for path, body in later.tree().items() if any(one in body for one in hidden)]
    assert build(later, "--clock", "2099-01-01T00:00:00Z")[0] == 0
    feed = (later.dist / "feed.xml").read_text()
    assert "<updated>2099-01-01T00:00:00Z</updated>" in feed
    assert (later.dist / "posts" / "v5").is_dir()
    assert not (later.dist / "posts" / "v6").exists()


@pytest.mark.parametrize("name", ["film.webp", "film2.png", "film.gif"])
def test_an_animation_is_one_problem_and_its_page_is_published(site: Site, tmp_path: Path, name: str):
    own = Site(Path(shutil.copytree(site.folder, tmp_path / "site", symlinks=True)))
    if name == "film.gif":
        frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "lime", "blue")]
        frames[0].save(own.folder / "content" / "posts" / name, save_all=True, append_images=frames[1:])
    else:
        copy("15-animation", name, own, f"posts/{name}")
    write(own, "posts/film.md", HEAD.format("film") + f"![a film]({name})\n")
    assert build(own, "--strict") == (
        4,
        [f"content/posts/{name}: is animated; only its first frame is shown"],
    )
    assert "<img" in own.page("/posts/film/")


# --- A passing failure is not a result ------------------------------------------


def configure(site: Site, gather: str) -> None:
    path = site.folder / "sitegen.toml"
    kept = re.sub(r'gather = "\w+"\n', "", path.read_text(encoding="utf-8"))
    kept = kept if "\n[build]\n" in kept else f"{kept}\n[build]\n"
    path.write_text(kept.replace("\n[build]\n", f'\n[build]\ngather = "{gather}"\n'), encoding="utf-8")


def posts(site: Site) -> int:
    return len([path for path in site.tree() if re.fullmatch(r"posts/p\d+/index.html", path)])


def test_what_ran_out_of_time_is_made_by_the_next_build_that_has_it_and_good_pages_stay(tmp_path: Path):
    site = make_site(tmp_path / "site")
    for number in range(12):
        write(site, f"posts/p{number}.md", HEAD.format(f"p{number}") + "```python\nx = 1\n```\n")
    configure(site, "1ms")
    code, told = build(site)
    assert code == 0
    assert "content/posts/p0.md: not started by the deadline; shown without it" in told
    assert [one for one in told if one.startswith("quote ")]
    assert posts(site) == 0
    configure(site, "10s")
    assert build(site) == (0, [])
    assert posts(site) == 12
    assert "take" in site.page("/techniques/")
    write(site, "posts/p3.md", HEAD.format("p3") + "news\n")
    write(site, "posts/p12.md", HEAD.format("p12") + "news\n")
    configure(site, "1ms")
    assert [one for one in build(site)[1] if one.startswith("content/")] == [
        "content/posts/p12.md: not started by the deadline; shown without it",
        "content/posts/p3.md: not started by the deadline; shown without it",
    ]
    assert posts(site) == 12
    assert "news" not in site.page("/posts/p3/")
    configure(site, "10s")
    assert build(site) == (0, [])
    assert posts(site) == 13
    assert "news" in site.page("/posts/p3/")

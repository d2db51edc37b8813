"""An author's mistake costs a page its news, never the site its telemetry: the last good version stays, and it is named."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from PIL import Image
from tests.acceptance.sites import Site, make_site

HEAD = '+++\ntitle = "{}"\ndate = 2026-02-01\n+++\n'
FIRST, NEXT = "2026-03-01T12:00:00Z", "2026-03-01T12:00:30Z"


class Mistake(NamedTuple):
    """What an author writes into a page, and what is said of it after its file."""

    text: str | bytes
    said: str


def head(*lines: str) -> str:
    return "\n".join(["+++", 'title = "x"', *lines, "+++", "new text", ""])


def yaml(*lines: str) -> str:
    return "\n".join(["---", "title: x", *lines, "---", "new text", ""])


DATED = "date = 2026-02-01"
MISTAKES = {
    "no-date": Mistake(head(), ":1: a post needs a date"),
    "unknown-key": Mistake(head(DATED, "tagz = []"), ":4: unknown key 'tagz'; did you mean 'tags'?"),
    "key-of-another-tool": Mistake(head(DATED, 'layout = "post"'), ":4: unknown key 'layout'"),
    "key-twice": Mistake(head(DATED, 'title = "y"'), ":4: Cannot overwrite a value"),
    "text-as-date": Mistake(head('date = "soon"'), ":3: date: 'soon' is no date"),
    "number-as-title": Mistake("+++\ntitle = 7\ndate = 2026-02-01\n+++\n", ":2: title: Expected str"),
    "tags-as-text": Mistake(head(DATED, 'tags = "a"'), ":4: tags: Expected array"),
    "open-quote": Mistake(head(DATED, 'status = "open'), ":4: "),
    "no-value": Mistake(head(DATED, "status ="), ":4: Invalid value"),
    "head-without-end": Mistake('+++\ntitle = "x"\n\nnew text\n', ":1: the front matter never ends"),
    "script-as-address": Mistake(head(DATED, 'url = "javascript:x"'), ":4: url: write it like"),
    "yaml-unknown-key": Mistake(yaml("date: 2026-02-01", "titel: y"), ":4: unknown key 'titel'; did you mean 'title'?"),
    "yaml-key-twice": Mistake(yaml("title: y"), ":3: the key 'title' stands here a second time"),
    "yaml-colon": Mistake(yaml("status: a: b"), ":3: mapping values are not allowed here"),
    "yaml-impossible-day": Mistake(yaml("date: 2026-02-31"), ":3: date: '2026-02-31' cannot be"),
    "yaml-alias": Mistake(yaml("tags: &a [x]", "status: *a"), ":4: aliases are not read here"),
    "yaml-no-date": Mistake(yaml(), ":1: a post needs a date"),
    "yaml-list": Mistake("---\n- x\n---\n", ":2: the front matter has no keys"),
    "yaml-without-end": Mistake("---\ntitle: x\n", ":1: the front matter never ends"),
    "latin-1": Mistake(HEAD.format("x").encode() + b"caf\xe9\n", ":5: this is not UTF-8"),
    "utf-16": Mistake((HEAD.format("x") + "new\n").encode("utf-16"), ":1: this is not UTF-8"),
    "link-to-no-file": Mistake(HEAD.format("x") + "\nnew [x](nowhere.md)\n", ":6: the link to 'nowhere.md' leads nowhere"),
    "link-to-no-page": Mistake(HEAD.format("x") + "new [x](/posts/nowhere/)\n", ":5: the link to '/posts/nowhere/' leads nowhere"),
    "link-to-no-heading": Mistake(HEAD.format("x") + "new\n[x](#nowhere)\n", ":6: the link to '#nowhere' leads nowhere"),
    "link-to-no-heading-there": Mistake(HEAD.format("x") + "new [x](../about.md#nowhere)\n", ":5: the link to '../about.md#nowhere' leads nowhere"),
    "link-out-of-the-site": Mistake(HEAD.format("x") + "new [x](../../../../x)\n", ":5: the link to '../../../../x' leads nowhere"),
    "link-to-a-script": Mistake(HEAD.format("x") + "new [x](javascript:x)\n", ":5: the address 'javascript:x' is neither"),
    "picture-missing": Mistake(HEAD.format("x") + "new\n\n![x](nowhere.png)\n", ":7: the picture 'nowhere.png' is not a PNG"),
    "picture-broken": Mistake(HEAD.format("x") + "new ![x](broken.png)\n", ":5: the picture 'broken.png' cannot be shown"),
    "picture-from-elsewhere": Mistake(HEAD.format("x") + "new ![x](https://example.org/x.png)\n", ":5: the picture 'https://example.org/x.png' is not a PNG"),
    "too-long": Mistake(HEAD.format("x") + "".join(f"new {n * 7919 % 99991:x}\n\n" for n in range(4000)), ": is too long for one page ("),
    "quotes-in-quotes": Mistake(HEAD.format("x") + "> " * 16 + "new\n", ": is too long for one page ("),
    "a-secret": Mistake(HEAD.format("x") + "new\nkey AKIA" + "IOSFODNN7EXAMPLQ\n", ":6: holds what looks like a secret"),
    "no-text-at-all": Mistake(b"", ":1: a post needs a date"),
}  # fmt: skip


def write(site: Site, name: str, text: str | bytes) -> Path:
    path = site.folder / "content" / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def good(name: str) -> str:
    return HEAD.format(name) + f"old text of {name}\n\n![old picture](old.png)\n"


def build(site: Site, *arguments: str) -> dict:
    outcome = site.run("build", "--jobs", "1", "--deadline", "60s", "--format", "json", *arguments)
    assert outcome.stdout, outcome
    return json.loads(outcome.stdout) | {"code": outcome.code}


def messages(report: dict) -> list[str]:
    return [problem["message"] for problem in report["problems"]]


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site with a page for each mistake, all of them good."""
    site = make_site(tmp_path_factory.mktemp("authors") / "site")
    Image.new("RGB", (40, 30), "navy").save(site.folder / "content" / "posts" / "old.png")
    for name in MISTAKES:
        write(site, f"posts/{name}.md", good(name))
    assert build(site, "--clock", FIRST)["status"] == "ok"
    return site


@pytest.fixture(scope="module")
def after(before: Site, tmp_path_factory: pytest.TempPathFactory) -> tuple[Site, dict]:
    """The same after all mistakes were made: in pages that were good, and in new ones."""
    site = Site(
        Path(shutil.copytree(before.folder, tmp_path_factory.mktemp("mistaken") / "site", symlinks=True))
    )
    write(site, "posts/broken.png", (site.folder / "content/posts/old.png").read_bytes()[:60])
    for name, mistake in MISTAKES.items():
        write(site, f"posts/{name}.md", mistake.text)
        write(site, f"projects/new-{name}.md", mistake.text)
    links = "".join(f"[to {name}](../projects/new-{name}.md)\n" for name in MISTAKES if "date" not in name)
    write(site, "posts/links.md", HEAD.format("links") + links)
    return site, build(site, "--clock", NEXT)


def test_telemetry_is_fresh_whatever_authors_do_and_the_build_is_degraded(after):
    site, report = after
    assert (report["code"], report["status"]) == (0, "degraded")
    assert site.status["generated_at"] == NEXT
    assert json.loads((site.state / "report.json").read_bytes())["problems"] == report["problems"]
    history = json.loads(site.run("status", "--format", "json").stdout)["builds"][0]
    assert (history["status"], history["problems"]) == ("degraded", report["problems"])


@pytest.mark.parametrize("name", MISTAKES)
def test_a_page_with_a_mistake_stays_as_it_was_and_is_named_with_file_and_line(after, name: str):
    site, report = after
    page = site.page(f"/posts/{name}/")
    assert f"old text of {name}" in page
    assert "<img" in page
    assert f"/posts/{name}/" in site.page("/posts/")
    own = [one for one in messages(report) if one.startswith(f"content/posts/{name}.md")]
    assert len(own) == 1
    assert own[0].startswith(f"content/posts/{name}.md{MISTAKES[name].said}")


# A project needs no date, and no words.
DATELESS = {"no-date", "yaml-no-date", "no-text-at-all"}


@pytest.mark.parametrize("name", sorted({*MISTAKES} - DATELESS))
def test_a_page_that_never_was_good_is_nowhere_and_links_to_it_are_text(after, name: str):
    site, report = after
    for place in ("projects/index.html", "sitemap.xml", "feed.xml", "index.txt", "posts/links/index.html"):
        assert f"projects/new-{name}/" not in (site.dist / place).read_text()
    assert not (site.dist / "projects" / f"new-{name}").exists()
    assert [one for one in messages(report) if one.startswith(f"content/projects/new-{name}.md")]


def test_the_page_with_the_links_is_published_without_them(after):
    site, report = after
    assert "to unknown-key" in site.page("/posts/links/")
    assert not [one for one in messages(report) if "links.md" in one]


def test_strict_is_4_and_check_is_3_with_line_and_nearest_key(after):
    site, _ = after
    assert build(site, "--strict")["code"] == 4
    checked = site.run("check", "config", "--format", "json")
    assert checked.code == 3
    found = {(one["where"], one["line"], one["nearest"]) for one in json.loads(checked.stdout)["findings"]}
    assert ("content/posts/unknown-key.md", 4, "tags") in found
    assert {place for place, _, _ in found} >= {f"content/posts/{name}.md" for name in MISTAKES}


def test_the_old_pages_stay_while_others_change_and_a_page_that_is_mended_is_new(after):
    site, _ = after
    write(site, "posts/hello.md", HEAD.format("hello") + "Changed.\n")
    write(site, "posts/latin-1.md", HEAD.format("x") + "café\n")
    report = build(site)
    assert "Changed." in site.page("/posts/hello/")
    assert "café" in site.page("/posts/latin-1/")
    assert "old text of utf-16" in site.page("/posts/utf-16/")
    assert not [one for one in messages(report) if "posts/latin-1.md" in one]


def vanish(content: Path) -> None:
    content.rename(content.with_name("gone"))


def empty(content: Path) -> None:
    vanish(content)
    content.mkdir()


def become_a_file(content: Path) -> None:
    vanish(content)
    content.write_text("x")


def dangle(content: Path) -> None:
    vanish(content)
    content.symlink_to("nowhere")


def turn_in_circles(content: Path) -> None:
    vanish(content)
    content.symlink_to("content")


def lose_a_part(content: Path) -> None:
    (content / "posts").rename(content.with_name("posts"))
    (content / "posts").symlink_to("nowhere")


@pytest.mark.parametrize("fault", [vanish, empty, become_a_file, dangle, turn_in_circles, lose_a_part])
def test_a_folder_that_cannot_be_read_keeps_its_last_pages_and_is_named(
    before: Site, tmp_path: Path, fault: Callable[[Path], None]
):
    site = Site(Path(shutil.copytree(before.folder, tmp_path / "site", symlinks=True)))
    fault(site.folder / "content")
    report = build(site, "--clock", NEXT)
    assert (report["code"], report["status"]) == (0, "degraded")
    assert [
        one
        for one in messages(report)
        if (one.startswith("content") and "its last pages stay" in one) or "cannot be read" in one
    ]
    assert site.status["generated_at"] == NEXT
    for name in ("no-date", "latin-1"):
        assert f"old text of {name}" in site.page(f"/posts/{name}/")
    assert site.run("check", "config").code == 3


def test_a_site_that_never_had_a_page_misses_none(tmp_path: Path):
    site = make_site(tmp_path / "site")
    shutil.rmtree(site.folder / "content")
    assert build(site)["status"] == "ok"
    assert site.run("check", "config").code == 0


def test_files_of_static_are_published_as_they_are_and_what_may_not_be_costs_nothing_else(tmp_path: Path):
    site = make_site(tmp_path / "site")
    drawing = b'<svg xmlns="http://www.w3.org/2000/svg"> <path d="M 0 0"/> </svg>\n'
    files = {
        "papers/cv.pdf": b"%PDF-1.4 ...",
        "drawing.svg": drawing,
        "notes/one.txt": b"a note\n",
        ".well-known/security.txt": b"Contact: mailto:x@example.org\n",
        "bad.svg": drawing.replace(b"<path", b"<script>x</script><path"),
        "robots.txt": b"mine",
        "about": b"a file where a folder is",
        "status.json/x.txt": b"a folder where a file is",
    }
    for name, body in files.items():
        path = site.folder / "static" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    page = site.folder / "content" / "posts" / "papers.md"
    page.write_text(
        HEAD.format("papers") + "[cv](/papers/cv.pdf), [again](../../papers/cv.pdf)\n", encoding="utf-8"
    )
    report = site.build("--jobs", "1", "--deadline", "60s")
    assert [problem["message"] for problem in report["problems"]] == [
        "static/bad.svg: holds a script element; it is left out",
        "static/about: the site has a file of its own in this place; rename it",
        "static/robots.txt: the site has a file of its own in this place; rename it",
        "static/status.json/x.txt: the site has a file of its own in this place; rename it",
    ]
    tree = site.tree()
    assert {name: tree.get(name) for name in list(files)[:4]} == dict(list(files.items())[:4])
    assert b"Disallow" in tree["robots.txt"]
    assert "bad.svg" not in tree
    assert site.page("/posts/papers/").count("cv.pdf") == 2
    assert "bad.svg: holds a script element" in site.run("check", "config").stderr
    site.build("--only", "metrics", "--deadline", "60s")
    assert set(site.tree()) == set(tree)


def test_a_page_anywhere_below_the_folder_stands_at_its_path_and_is_linked_listed_and_kept(tmp_path: Path):
    site = make_site(tmp_path / "site")
    pages = {
        "docs/index.md": "# Handbook\n\nSee [the set-up](setup/Debian.md#packages), [me](../about.md).\n",
        "docs/setup/Debian.md": "# On Debian\n\n## Packages\n\n![a picture](look.png), [back](../index.md)\n",
        "imprint.md": "# Imprint\n\n[docs](/docs/)\n",
        "posts/2026/first.md": HEAD.format("First") + "[docs](../../docs/index.md)\n",
    }
    for name, text in pages.items():
        path = site.folder / "content" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    Image.new("RGB", (8, 8), "teal").save(site.folder / "content" / "docs" / "setup" / "look.png")
    assert site.build("--jobs", "1", "--deadline", "60s", "--strict")["problems"] == []
    assert '<a href="/docs/setup/debian/#packages">the set-up</a>, <a href="/about/">me</a>' in site.page(
        "/docs/"
    )
    assert "<img" in site.page("/docs/setup/debian/")
    assert "First" in site.page("/posts/")
    listed = (site.dist / "sitemap.xml").read_text()
    for address in ("/docs/", "/docs/setup/debian/", "/imprint/", "/posts/2026/first/"):
        assert f"<loc>{address}</loc>" in listed
    tree = set(site.tree())
    (site.folder / "content" / "imprint.md").write_text("# Imprint\n\nnews\n", encoding="utf-8")
    site.build("--jobs", "1", "--only", "metrics", "--deadline", "60s")
    assert "news" not in site.page("/imprint/")
    site.build("--jobs", "1", "--only", "content", "--deadline", "60s")
    assert "news" in site.page("/imprint/")
    assert set(site.tree()) == tree
    assert site.run("check").code == 0

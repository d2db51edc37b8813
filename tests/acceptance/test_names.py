"""Whose folder, which name: links to a configuration, and folders with the signs of patterns in their names."""

import json
import os
import re
from pathlib import Path

import pytest
from PIL import Image
from tests.acceptance.sites import make_site
from tests.acceptance.stepping import at

LINE = {"time": "2026-11-23T07:59:00Z", "level": "info", "service": "shop", "message": "a line of the shop"}
SOURCES = """
[[logs.sources]]
name = "shop"
path = "{}"
[[logs.sources]]
name = "none"
path = "lines/*.nothing"
[[traces.sources]]
name = "spans"
type = "otlp-file"
path = "lines/*.nothing"
"""


def linked_as_a_config_map(folder: Path) -> None:
    (folder / "..2026_11_25").mkdir()
    (folder / "sitegen.toml").rename(folder / "..2026_11_25" / "sitegen.toml")
    (folder / "..data").symlink_to("..2026_11_25")
    (folder / "sitegen.toml").symlink_to("..data/sitegen.toml")


def linked_from_a_store(folder: Path) -> None:
    store = folder.parent / "store"
    store.mkdir()
    (folder / "sitegen.toml").rename(store / "abc-sitegen.toml")
    (folder / "sitegen.toml").symlink_to(store / "abc-sitegen.toml")


def linked_with_its_folder(folder: Path) -> None:
    """As a whole: then the name that was given leads through a link."""
    real = folder.with_name("real")
    folder.rename(real)
    folder.symlink_to(real)


@pytest.mark.parametrize("link", [linked_as_a_config_map, linked_from_a_store, linked_with_its_folder])
def test_a_relative_path_counts_from_the_folder_of_the_name_that_was_given(tmp_path: Path, link):
    site = make_site(tmp_path / "site")
    link(site.folder)

    report = site.build("--clock", at(0))

    assert report["status"] == "ok"
    assert {"/posts/hello/", "/projects/this-site/"} <= set(site.addresses())
    assert (site.state / "state.db").is_file()
    assert {path.name for path in tmp_path.rglob("dist")} == {"dist"}
    assert len([*tmp_path.rglob("state.db")]) == 1
    timer = site.run("timer", "print", "--kind", "cron", env={"HOME": str(tmp_path)}).stdout
    # A process knows its own folder by its real name.
    assert str(Path(os.path.realpath(site.folder)) / "sitegen.toml") in timer


@pytest.mark.parametrize("name", ["[prod] shop", "what?", "*"])
@pytest.mark.parametrize("path", ["lines/*.jsonl", "./lines/../lines/a.jsonl", "{folder}/lines/a.jsonl"])
def test_only_what_the_author_wrote_is_a_pattern(tmp_path: Path, name: str, path: str):
    if "{" in path and glob_signs(name):
        pytest.skip("there the author wrote the folder too")
    site = make_site(tmp_path / name / "site")
    (site.folder / "lines").mkdir()
    (site.folder / "lines" / "a.jsonl").write_text(json.dumps(LINE) + "\n")
    with (site.folder / "sitegen.toml").open("a") as config:
        config.write(SOURCES.format(path.format(folder=site.folder)))

    report = site.build("--clock", at(0))

    assert [problem["where"] for problem in report["problems"]] == ["traces.spans", "logs.none"]
    assert all("no file matches *.nothing" in problem["message"] for problem in report["problems"])
    assert LINE["message"] in site.page("/logs/")


def test_a_sites_own_log_and_traces_are_read_whatever_the_folders_above_are_called(tmp_path: Path):
    site = make_site(tmp_path / "[prod] shop?" / "site")
    for _ in range(2):
        assert site.build()["problems"] == []
    assert [address for address in site.addresses() if re.fullmatch(r"/traces/[0-9a-f]{32}/", address)]


def glob_signs(name: str) -> bool:
    return any(sign in name for sign in "*?[")


def test_a_folder_whose_name_is_a_pattern_reads_no_folder_beside_it(tmp_path: Path):
    other = tmp_path / "shop1"
    (other / "lines").mkdir(parents=True)
    (other / "lines" / "a.jsonl").write_text(json.dumps(LINE | {"message": "of somebody else"}) + "\n")
    site = make_site(tmp_path / "shop?")
    (site.folder / "lines").mkdir()
    with (site.folder / "sitegen.toml").open("a") as config:
        config.write(SOURCES.format("lines/*.jsonl"))
    site.build("--clock", at(0))
    assert "of somebody else" not in site.page("/logs/")


@pytest.mark.parametrize(
    ("form", "other"), [("gro\u0308\u00dfe", "gr\u00f6\u00dfe"), ("gr\u00f6\u00dfe", "gro\u0308\u00dfe"), ("e\u0301te\u0301", "\u00e9t\u00e9")]
)  # fmt: skip
def test_names_are_equal_when_their_composed_forms_are(tmp_path: Path, form: str, other: str):
    site = make_site(tmp_path / "site")
    posts = site.folder / "content" / "posts"
    Image.new("RGB", (40, 30), (10, 20, 30)).save(posts / f"{form}.png")
    (posts / f"{form}.md").write_text("+++\ntitle = 'named'\ndate = 2026-02-01\n+++\ntext\n")
    (posts / "x.md").write_text(
        f"+++\ntitle = 'x'\ndate = 2026-02-01\n+++\n![the size]({other}.png) [there]({other}.md)\n"
    )
    report = site.build("--clock", at(0))
    assert report["problems"] == []
    assert site.page("/posts/x/").count("<img") == 1
    assert ">there</a>" in site.page("/posts/x/")


def test_every_file_of_the_content_is_read_or_named(tmp_path: Path):
    site = make_site(tmp_path / "site")
    posts = site.folder / "content" / "posts"
    head = "+++\ntitle = 'T'\ndate = 2026-02-01\n+++\ntext\n"
    for name in ("a.markdown", "b.mdown", "c.MD"):
        (posts / name).write_text(head)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "d.md").write_text(head)
    (posts / "d.md").symlink_to(tmp_path / "elsewhere" / "d.md")
    (posts / "again").symlink_to(posts)
    for name in ("notes.docx", "data.csv", ".hidden"):
        (posts / name).write_text("x")
    report = site.build("--clock", at(0))
    assert {f"/posts/{name}/" for name in "abcd"} <= set(site.addresses())
    said = [problem["message"] for problem in report["problems"]]
    assert [any(name in one for one in said) for name in ("notes.docx", "data.csv", "again", ".hidden")] == [
        True, True, True, False,
    ]  # fmt: skip
    assert len(said) == 3
    assert os.path.lexists(posts / "again")

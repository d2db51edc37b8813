"""`sitegen demo`: a full site of a shop that does not exist, in a folder of its own."""

import json
import urllib.request
from pathlib import Path

import pytest
from tests.acceptance.serving import preview
from tests.acceptance.sites import Site, read_tree
from tests.program import Outcome, Runner
from tests.waiting import wait_for

CLOCK = ("--clock", "2026-11-24T02:04:30Z")
MARK = "simulated"


@pytest.fixture
def made(sitegen: Runner, tmp_path: Path) -> Outcome:
    outcome = sitegen("demo", "--no-serve", "shop", *CLOCK)
    assert (outcome.code, outcome.stderr) == (0, "")
    return outcome


def test_every_page_and_every_feed_that_people_read_says_that_it_is_simulated(made: Outcome, tmp_path: Path):
    tree = read_tree(tmp_path / "shop" / "dist")
    pages = {path: body.decode() for path, body in tree.items() if path.endswith(".html")}

    assert len(pages) > 50
    assert [path for path, text in pages.items() if MARK not in text.partition("<main")[0]] == []
    assert MARK in tree["index.txt"].decode().partition("\n")[0]
    assert b"(simulated)</title>" in tree["feed.xml"]
    assert json.loads(tree["status.json"])["simulated"] is True


def test_a_site_that_is_not_simulated_does_not_say_so(sitegen: Runner, tmp_path: Path):
    sitegen("init", ".")
    sitegen("build")
    tree = read_tree(tmp_path / "dist")
    # A newcomer is told of the demonstration, in the panel of what to do next.
    said = [path for path, body in tree.items() if MARK.encode() in body.replace(b"a simulated shop", b"")]
    assert said == []


def test_its_recording_builds_the_same_site_again(made: Outcome, sitegen: Runner, tmp_path: Path):
    outcome = sitegen("build", "--replay", "shop/demo.recording", "-o", "again")
    assert (outcome.code, outcome.stderr) == (0, "")
    assert read_tree(tmp_path / "again") == read_tree(tmp_path / "shop" / "dist")


def test_a_demonstration_is_made_anew_over_an_older_one(made: Outcome, sitegen: Runner, tmp_path: Path):
    before = read_tree(tmp_path / "shop" / "dist")
    outcome = sitegen("demo", "shop", "--no-serve", "--clock", "2026-11-24T02:05:00Z", "--format", "json")
    assert (outcome.code, json.loads(outcome.stdout)["status"]) == (0, "ok")
    assert read_tree(tmp_path / "shop" / "dist") != before


@pytest.mark.parametrize("name", ["notes.txt", "demo.recording", "dist"])
def test_a_folder_of_somebody_elses_is_refused(sitegen: Runner, tmp_path: Path, name: str):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / name).write_text("mine\n")

    outcome = sitegen("demo", "home", "--no-serve")

    assert outcome.code == 6
    assert "is not empty and holds no demonstration" in outcome.stderr
    assert {path.name: path.read_text() for path in (tmp_path / "home").iterdir()} == {name: "mine\n"}


def test_a_folder_that_cannot_be_made_is_one_sentence(sitegen: Runner, tmp_path: Path):
    (tmp_path / "file").write_text("")
    outcome = sitegen("demo", "file/shop", "--no-serve")
    assert (outcome.code, outcome.stderr.count("\n")) == (1, 1)


def test_it_is_served(tmp_path: Path):
    with preview(Site(tmp_path), "shop", *CLOCK, command="demo") as origin:
        with urllib.request.urlopen(f"{origin}/", timeout=10) as answer:  # noqa: S310 - loopback
            assert (answer.status, MARK in answer.read().decode()) == (200, True)


def test_it_is_made_anew_while_it_is_served(tmp_path: Path):
    recording = tmp_path / "demo" / "demo.recording"
    with preview(Site(tmp_path), command="demo"):
        first = recording.stat().st_ino
        wait_for(lambda: recording.stat().st_ino != first, "a second recording", 60)

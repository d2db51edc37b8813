"""The published generation, held still while it is sent."""

import errno
import os
import re

import pytest
from sitegen.deployment.snapshot import hold_still
from sitegen.errors import ConfigError, GateError, RefusedError, SitegenError
from sitegen.output import OutputFile
from sitegen.publishing.model import Manifest
from sitegen.publishing.writer import publish
from tests.deployment.house import files_below

NAMES = ("index.html", "404.html", "a/index.html", "a/b/index.html", "badge.svg", "c.csv")


@pytest.fixture
def dist(tmp_path):
    return tmp_path / "dist"


@pytest.fixture
def state(tmp_path, dist):
    folder = tmp_path / ".sitegen"
    release(dist, folder, 1)
    return folder


def bodies(number, names=NAMES):
    return {name: f"<p>{name} of {number}".encode() for name in names}


def sent(still):
    """What a deploy would send of a snapshot."""
    assert {path.name for path in still.root.iterdir()} == {*still.places.values()}
    return {path: still.read(path) for path in still.manifest.files}


def release(dist, state, number, names=NAMES):
    files = tuple(OutputFile(path, body) for path, body in bodies(number, names).items())
    publish(files, dist, state, Manifest.of(number, float(number), files))


def test_a_generation_stays_as_it_was_while_others_are_published(dist, state):
    with hold_still(dist, state) as still:
        for number in (2, 3, 4):
            release(dist, state, number)
        assert (still.manifest.generation, sent(still)) == (1, bodies(1))
    assert files_below(dist) == bodies(4)


def test_its_files_are_links_and_are_gone_afterwards_whatever_happened(dist, state):
    with hold_still(dist, state) as still:
        assert (still.root / still.places["index.html"]).samefile(dist / "index.html")
    assert not (state / "deploying").exists()
    with pytest.raises(ZeroDivisionError):
        with hold_still(dist, state):
            raise ZeroDivisionError
    assert not (state / "deploying").exists()


def test_what_a_killed_deploy_left_is_in_nobodys_way(dist, state):
    (state / "deploying" / "a").mkdir(parents=True)
    (state / "deploying" / "old.html").write_text("old")
    release(dist, state, 2)
    assert (state / "deploying" / "old.html").exists()
    with hold_still(dist, state) as still:
        assert sent(still) == bodies(2)


def test_files_are_copied_where_they_cannot_be_linked(dist, state, monkeypatch):
    def refuse(*_, **__):
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    with hold_still(dist, state) as still:
        assert sent(still) == bodies(1)
        assert not (still.root / still.places["index.html"]).samefile(dist / "index.html")


def test_builds_that_take_the_tree_away_while_links_are_made_are_followed(dist, state, monkeypatch):
    real, builds = os.link, [2, 3]

    def link(name, *rest, **more):
        if name == "404.html" and builds:
            with monkeypatch.context() as patch:
                patch.setattr(os, "link", real)
                while builds:
                    release(dist, state, builds.pop(0))
        real(name, *rest, **more)

    monkeypatch.setattr(os, "link", link)
    with hold_still(dist, state) as still:
        assert (still.manifest.generation, sent(still)) == (3, bodies(3))


def test_what_no_build_wrote_is_left_out_and_named(dist, state):
    for name in (".env", "a/.index.html.swp", "theirs/x.html"):
        (dist / name).parent.mkdir(exist_ok=True)
        (dist / name).write_text("theirs")
    (dist / "link").symlink_to("/etc")
    with hold_still(dist, state) as still:
        assert sent(still) == bodies(1)
    assert still.left_out == (".env", "a/.index.html.swp", "link", "theirs/x.html")
    assert "'.env' was not written by a build, so it was left out" in still.problems[0].message


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a/index.html", "edited", "a/index.html has other bytes than the build gave it"),
        ("index.html", "<SCRIPT>", "index.html has other bytes .* holds a script element"),
        ("new.html", "<script>", "new.html holds a script element, and no build wrote it"),
        ("_sitegen/manifest.json", "{}", "lies where the deploy keeps its own manifest"),
    ],
)
def test_a_tree_that_somebody_changed_is_not_held(dist, state, name, text, said):
    (dist / name).parent.mkdir(exist_ok=True)
    (dist / name).unlink(missing_ok=True)
    (dist / name).write_text(text)
    with pytest.raises(GateError, match=said):
        with hold_still(dist, state):
            pytest.fail("held")
    assert not (state / "deploying").exists()


def test_a_tree_that_lost_a_page_or_all_is_not_held(dist, state):
    (dist / "c.csv").unlink()
    with pytest.raises(GateError, match=r"c\.csv is missing"):
        with hold_still(dist, state):
            pytest.fail("held")
    for name in NAMES[:5]:
        (dist / name).unlink()
    with pytest.raises(GateError, match=re.escape("and 1 more")):
        with hold_still(dist, state):
            pytest.fail("held")


def test_half_a_tree_is_refused_with_what_brings_it_back(dist, state):
    for name in NAMES[3:]:
        (dist / name).unlink()
    with pytest.raises(RefusedError, match=r"holds 3 of the 6 files that were built; .*`sitegen build`"):
        with hold_still(dist, state):
            pytest.fail("held")


def test_no_tree_and_no_manifest_are_sentences(tmp_path, dist, state):
    with pytest.raises(ConfigError, match="is not a folder; run `sitegen build`"):
        with hold_still(tmp_path / "nowhere", state):
            pytest.fail("held")
    with pytest.raises(SitegenError, match="has no generation that sitegen knows"):
        with hold_still(dist, tmp_path / "other"):
            pytest.fail("held")

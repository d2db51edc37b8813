"""A branch of a repository as a target, with real git and bare repositories beside the site."""

import os
import shutil
import socket
import subprocess
from itertools import count

import pytest
from msgspec.structs import replace
from sitegen.deployment.git import GitBranch, hide_password
from sitegen.deployment.job import Job, Place
from sitegen.deployment.model import DeployOptions, Target
from sitegen.deployment.run import run_deploy, run_rollback
from sitegen.errors import BusyError, RefusedError, SitegenError
from sitegen.instrumentation.clock import Deadline
from sitegen.output import OutputFile
from sitegen.publishing.model import Manifest
from sitegen.publishing.writer import publish
from sitegen.state.lock import hold
from tests.deployment.house import NOW, SteppingClock, inline, page

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def git(repository, *arguments) -> str:
    done = subprocess.run(
        ["git", "-C", str(repository), *arguments],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "LC_ALL": "C"},
    )
    return done.stdout


class Site:
    """A site on a machine of its own, built and deployed to one branch of one repository."""

    def __init__(self, folder, url) -> None:
        self.dist, self.state = folder / "dist", folder / ".sitegen"
        self.target = Target(name="pages", git=str(url))
        self.numbers = count(1)
        self.now = NOW
        self.built: dict[str, bytes] = {}

    def build(self, text: str, *names: str) -> dict[str, bytes]:
        texts = {
            "index.html": page(text, *(f"{name}/" for name in names)),
            "404.html": page("not found", "/"),
            **{f"{name}/index.html": page(name) for name in names},
        }
        self.built = {path: body.encode() for path, body in texts.items()}
        files = tuple(OutputFile(path, body) for path, body in self.built.items())
        with hold(self.state, self.now):
            publish(files, self.dist, self.state, Manifest.of(next(self.numbers), self.now, files))
        return self.built

    def job(self, seconds: float = 30.0, **options) -> Job:
        clock = SteppingClock(self.now)
        place = Place(self.dist, self.state)
        return Job(place, self.target, DeployOptions(**options), clock, Deadline(clock, seconds), inline)

    def deploy(self, **options):
        return run_deploy(self.job(**options))


@pytest.fixture
def repository(tmp_path):
    place = tmp_path / "origin.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(place)], check=True)
    return place


@pytest.fixture
def site(tmp_path, repository):
    return Site(tmp_path / "site", repository)


def there(repository, branch="gh-pages") -> dict[str, bytes]:
    names = git(repository, "ls-tree", "-r", "--name-only", branch).split()
    return {
        name: subprocess.run(
            ["git", "-C", str(repository), "show", f"{branch}:{name}"], capture_output=True, check=True
        ).stdout
        for name in names
    }


def test_the_branch_holds_the_tree_as_folders_with_an_index_in_one_commit(site, repository):
    built = site.build("one", "about")
    report = site.deploy()
    assert (report.status, len(report.uploaded), report.copies[0].name) == ("ok", 3, "gh-pages")
    assert there(repository) == built | {".nojekyll": b""}
    assert git(repository, "rev-list", "--count", "gh-pages").strip() == "1"


def test_the_next_generation_takes_the_place_of_the_last_and_the_repository_does_not_grow(site, repository):
    site.build("one", "about", "old")
    site.deploy()
    site.now += 600
    built = site.build("two", "about", "new")
    report = site.deploy()
    assert {(line.key, line.reason) for line in report.uploaded} == {
        ("index.html", "changed"),
        ("new/index.html", "new"),
    }
    assert report.deleted_keys == ("old/index.html",)
    assert there(repository) == built | {".nojekyll": b""}
    assert git(repository, "rev-list", "--count", "gh-pages").strip() == "1"


def test_where_nothing_changed_nothing_is_pushed(site, repository):
    site.build("one")
    site.deploy()
    before = git(repository, "rev-parse", "gh-pages")
    site.now += 3600
    site.build("one")
    report = site.deploy()
    assert (report.status, report.uploaded) == ("ok", ())
    assert git(repository, "rev-parse", "gh-pages") == before


def test_a_commit_comes_every_ten_minutes_at_most_and_that_is_said(site, repository):
    site.build("one")
    site.deploy()
    site.now += 300
    site.build("two")
    report = site.deploy()
    assert report.uploaded == ()
    assert "the next is due in 300 s" in report.problems[0].message
    site.now += 300
    built = site.build("three")
    site.deploy()
    assert there(repository)["index.html"] == built["index.html"]


@pytest.mark.parametrize("options", [{}, {"force": True}])
def test_a_branch_that_somebody_else_wrote_is_refused(site, repository, tmp_path, options):
    work = tmp_path / "work"
    git(tmp_path, "clone", "--quiet", str(repository), str(work))
    (work / "thesis.tex").write_text("years of work")
    git(work, "add", ".")
    git(work, "-c", "user.name=me", "-c", "user.email=me@x", "commit", "--quiet", "-m", "mine")
    git(work, "push", "--quiet", "origin", "HEAD:gh-pages")
    before = git(repository, "rev-parse", "gh-pages")
    site.build("one")
    with pytest.raises(RefusedError, match="a commit that sitegen did not write") as caught:
        site.deploy(**options)
    assert (caught.value.reason, "--" in str(caught.value)) == ("ownership", False)
    assert git(repository, "rev-parse", "gh-pages") == before


def test_a_newer_build_is_not_replaced(site, repository, tmp_path):
    site.build("one")
    older = Site(tmp_path / "older", repository)
    older.build("older")
    site.now += 700
    site.build("newer")
    site.deploy()
    older.now += 710
    with pytest.raises(BusyError, match="newer than this one"):
        older.deploy()


def test_of_two_that_meet_the_second_stops_by_its_lease(site, repository, tmp_path, monkeypatch):
    site.build("one")
    site.deploy()
    other = Site(tmp_path / "other", repository)
    site.now += 700
    other.now += 700
    site.build("two")
    other.build("of the other")
    original, done = GitBranch.push, []

    def late(self, *arguments):
        if not done:
            done.append("the other one comes right before")
            other.deploy()
        return original(self, *arguments)

    monkeypatch.setattr(GitBranch, "push", late)
    with pytest.raises(BusyError, match="by another run meanwhile"):
        site.deploy()
    assert there(repository)["index.html"] == other.built["index.html"]


def test_the_guards_hold_here_too(site, repository):
    site.build("one", *(f"p{number}" for number in range(60)))
    site.deploy()
    site.now += 700
    site.build("two", *(f"p{number}" for number in range(32)))
    with pytest.raises(RefusedError, match="28 published objects would be deleted"):
        site.deploy()
    assert site.deploy(max_deletes=28).status == "ok"


def test_a_generation_comes_back(site, repository):
    first = site.build("one")
    site.deploy()
    site.now += 700
    site.build("two")
    site.deploy()
    site.now += 30
    assert run_rollback(site.job(), None).generation == 1
    assert there(repository)["index.html"] == first["index.html"]
    with pytest.raises(RefusedError, match="by hand"):
        site.deploy()


def test_a_dry_run_pushes_nothing(site, repository):
    site.build("one")
    assert len(site.deploy(dry_run=True).uploaded) == 2
    assert git(repository, "branch", "--list").strip() == ""


def test_no_hook_and_no_setting_of_the_user_is_part_of_it(site, repository, tmp_path, monkeypatch):
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("pre-push", "post-index-change", "reference-transaction", "post-commit"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/hooked\n")
        (hooks / name).chmod(0o755)
    (tmp_path / ".gitconfig").write_text(
        f"[core]\nhooksPath = {hooks}\nautocrlf = true\n[commit]\ngpgSign = true\n[user]\nname = Private Person\n"
    )
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    built = site.build("one\r\ntwo")
    site.deploy()
    monkeypatch.delenv("GIT_DIR")
    monkeypatch.delenv("HOME")
    assert not (tmp_path / "hooked").exists()
    assert there(repository)["index.html"] == built["index.html"]
    assert "Private Person" not in git(repository, "log", "--format=full", "gh-pages")


@pytest.mark.parametrize("url", ["/nowhere/at/all.git", "http://127.0.0.1:9/x.git", "ext::sh -c true"])
def test_a_repository_that_is_not_there_is_one_line(site, url):
    site.target = replace(site.target, git=url)
    site.build("one")
    with pytest.raises(SitegenError, match="git ls-remote says") as caught:
        site.deploy()
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 1


def test_a_repository_that_hangs_ends_at_the_deadline(site):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        site.target = replace(site.target, git=f"http://127.0.0.1:{silent.getsockname()[1]}/x.git")
        site.build("one")
        with pytest.raises(SitegenError, match="no answer by the deadline"):
            site.deploy(seconds=1.0)


def test_a_password_in_the_address_is_told_nobody(site):
    site.target = replace(site.target, git="http://me:s3cr3t@127.0.0.1:9/x.git")
    site.build("one")
    with pytest.raises(SitegenError) as caught:
        site.deploy()
    assert "s3cr3t" not in str(caught.value)
    assert hide_password("fatal: https://a:b@h/x") == "fatal: https://h/x"

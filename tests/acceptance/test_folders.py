"""Other people's folders: none is replaced, nothing in one's own is lost, and what is published is for others to read."""

import os
import random
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.acceptance.sites import Site, make_site, read_tree
from tests.acceptance.stepping import at

STRAYS: dict[str, Callable[[Path], object]] = {
    ".DS_Store": lambda path: path.write_bytes(b"\0\0\0\1Bud1"),
    ".index.html.swp": lambda path: path.write_bytes(b"b0VIM 8.2"),
    "index.html~": lambda path: path.write_text("saved before"),
    "#index.html#": lambda path: path.write_text("saved by itself"),
    ".well-known/acme-challenge/token": lambda path: path.write_text("token.thumbprint"),
    "google1234.html": lambda path: path.write_text("google-site-verification: google1234.html"),
    "CNAME": lambda path: path.write_text("status.example.org"),
    ".nojekyll": lambda path: path.touch(),
    ".htaccess": lambda path: path.write_text("Require all granted"),
    ".git/HEAD": lambda path: path.write_text("ref: refs/heads/main"),
    "metrics/notes.txt": lambda path: path.write_text("between our pages"),
    "metrics/old/index.html": lambda path: path.write_text("a folder between ours"),
    "Thumbs.db": lambda path: path.write_bytes(b"\xd0\xcf\x11\xe0"),
    "bücher.html": lambda path: path.write_text("a name that no page of ours has"),
    "empty.log": lambda path: path.touch(),
    "link": lambda path: path.symlink_to("/etc/hostname"),
    "broken": lambda path: path.symlink_to("nowhere"),
    "folder-link": lambda path: path.symlink_to("/etc"),
    "secret.key": lambda path: (path.write_text("for its owner alone"), path.chmod(0)),
    "pipe": os.mkfifo,
}  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Site:
    site = make_site(tmp_path_factory.mktemp("folders") / "site")
    site.build("--clock", at(0))
    return site


@pytest.fixture
def site(built: Site, tmp_path: Path) -> Site:
    shutil.copytree(built.folder, tmp_path / "site", symlinks=True)
    site = Site(tmp_path / "site")
    site.build("--clock", at(30))  # a copy is a project that was moved, and known by its digests
    return site


# --- Of others ------------------------------------------------------------------------


def somebody_elses(folder: Path, chance: random.Random, site: Site) -> None:
    """Fill a folder with what has the names of a site's files, or is one of them, and something of its owner's own."""
    ours = sorted(read_tree(site.dist).items())
    for path, body in chance.sample(ours, chance.randrange(len(ours))):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(body)
    path = folder / chance.choice(
        ["projects/x", "index.html", "metrics/index.html", "notes.txt", ".git/HEAD"]
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("precious")


@pytest.mark.parametrize("count", [6, pytest.param(200, marks=[pytest.mark.slow, pytest.mark.timeout(900)])])
def test_a_folder_of_somebody_elses_is_refused_with_6_and_loses_no_file(
    site: Site, tmp_path: Path, count: int
):
    for seed in range(count):
        folder = tmp_path / f"theirs-{seed}"
        somebody_elses(folder, random.Random(seed), site)
        before = read_tree(folder)
        for _ in range(2):
            outcome = site.run("build", "-o", folder)
            assert (outcome.code, "which sitegen did not write" in outcome.stderr) == (6, True), outcome
        assert read_tree(folder) == before


@pytest.mark.parametrize("variable", [None, "SITEGEN_OUTPUT"], ids=["option", "variable"])
@pytest.mark.parametrize("folder", ["content", ".", "..", "content/posts", "content/new"])
def test_a_folder_that_the_configuration_may_not_name_may_no_option_and_no_variable(
    site: Site, folder: str, variable: str | None
):
    before = read_tree(site.folder / "content")
    outcome = site.run("build", env={variable: folder}) if variable else site.run("build", "-o", folder)
    assert outcome.code == 6, outcome
    assert outcome.stderr.count("\n") == 1
    assert read_tree(site.folder / "content") == before


def test_an_empty_folder_is_taken_over_and_so_is_a_moved_site(site: Site, tmp_path: Path):
    (tmp_path / "empty").mkdir()
    assert site.run("build", "-o", tmp_path / "empty").code == 0
    assert (tmp_path / "empty" / "index.html").is_file()
    site.dist.rename(tmp_path / "moved")
    assert site.run("build", "-o", tmp_path / "moved").code == 0


def test_a_site_whose_state_is_lost_is_refused_with_the_way_out(site: Site):
    shutil.rmtree(site.state)
    before = read_tree(site.dist)
    outcome = site.run("build")
    assert outcome.code == 6
    assert "empty this one first" in outcome.stderr
    assert read_tree(site.dist) == before


# --- In one's own ---------------------------------------------------------------------


# The others are of the kinds of these, and stand beside one another in the test after next.
SOME = (".DS_Store", ".well-known/acme-challenge/token", "folder-link", "pipe")


@pytest.mark.parametrize(
    "name", [one if one in SOME else pytest.param(one, marks=pytest.mark.slow) for one in STRAYS]
)
def test_a_stray_is_kept_and_named_and_publishing_goes_on(site: Site, name: str):
    path = site.dist / name
    path.parent.mkdir(parents=True, exist_ok=True)
    STRAYS[name](path)
    seen = os.lstat(path)

    report = site.build("--clock", at(60))

    (problem,) = [one for one in report["problems"] if one["where"] == "site.output"]
    kept = site.state / "foreign" / "2" / name
    assert str(kept.parents[name.count("/")]) in problem["message"]
    assert (os.lstat(kept).st_size, stat.S_IFMT(os.lstat(kept).st_mode)) == (
        seen.st_size,
        stat.S_IFMT(seen.st_mode),
    )
    assert report["status"] == "degraded"
    assert not os.path.lexists(path)
    assert site.build("--clock", at(90))["status"] == "ok"


def test_a_page_that_was_touched_by_hand_is_kept_and_made_good(site: Site):
    page = site.dist / "about" / "index.html"
    page.write_text("mine")
    report = site.build("--clock", at(60))
    assert report["status"] == "degraded"
    assert (site.state / "foreign" / "2" / "about" / "index.html").read_text() == "mine"
    assert page.read_text() != "mine"
    site.build("--clock", at(90))
    # A visitor reads that there was something, and neither where nor what.
    told = site.page("/build/")
    assert "held files of somebody else" in told
    assert "foreign" not in told
    assert str(site.folder) not in told


def test_all_strays_at_once_are_kept_in_one_folder(site: Site):
    for name, make in STRAYS.items():
        (site.dist / name).parent.mkdir(parents=True, exist_ok=True)
        make(site.dist / name)
    site.build("--clock", at(60))
    kept = site.state / "foreign" / "2"
    assert [name for name in STRAYS if not os.path.lexists(kept / name)] == []


# --- For others to read ---------------------------------------------------------------


def modes(root: Path) -> set[tuple[bool, str]]:
    return {(path.is_dir(), oct(path.stat().st_mode & 0o7777)) for path in (root, *root.rglob("*"))}


@pytest.mark.parametrize("umask", [0o077, 0o027, 0o000, 0o777])
def test_every_file_and_folder_is_for_others_to_read_whatever_the_umask_and_the_generations_before(
    site: Site, umask: int
):
    for path in site.dist.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    site.dist.chmod(0o700)
    assert "mode: others cannot read it" in site.run("check", "site").stderr
    before = os.umask(umask)
    try:
        report = site.build("--clock", at(60))
    finally:
        os.umask(before)
    assert report["problems"] == []
    assert modes(site.dist) == {(True, "0o755"), (False, "0o644")}
    assert site.run("check", "site").code == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a folder any group")
def test_the_group_of_the_folder_stays(site: Site):
    os.chown(site.dist, -1, 4321)
    for seconds in (60, 90):
        site.build("--clock", at(seconds))
        assert {path.stat().st_gid for path in (site.dist, *site.dist.rglob("*"))} == {4321}


def test_a_folder_as_a_target_is_for_others_to_read_too_and_no_link_in_it_is_followed(
    site: Site, tmp_path: Path
):
    target = tmp_path / "www"
    with (site.folder / "sitegen.toml").open("a") as config:
        config.write(f'\n[deploy.targets.www]\npath = "{target}"\n')
    before = os.umask(0o077)
    try:
        assert site.run("deploy").code == 0
    finally:
        os.umask(before)
    assert modes(target / "metrics") == {(True, "0o755"), (False, "0o644")}
    shutil.rmtree(target / "about")
    (tmp_path / "elsewhere").mkdir()
    (target / "about").symlink_to(tmp_path / "elsewhere")
    outcome = site.run("deploy", "--reconcile")
    assert "about is a symbolic link" in outcome.stdout + outcome.stderr
    assert [*(tmp_path / "elsewhere").iterdir()] == []


# --- Mounted --------------------------------------------------------------------------


@pytest.mark.parametrize("command", [("init", "--help"), ("build", "--help")])
def test_who_would_mount_the_output_is_told_of_the_target_that_may_be(site: Site, command: tuple[str, ...]):
    said = " ".join(site.run(*command).stdout.split())
    assert "mount" in said
    assert "[deploy.targets.www]" in said
    assert "may not be mounted" in (site.folder / "sitegen.toml").read_text()


def test_a_server_in_a_folder_that_is_a_target_has_the_newest_generation_after_each_deploy(
    site: Site, tmp_path: Path
):
    target = tmp_path / "www"
    with (site.folder / "sitegen.toml").open("a") as config:
        config.write(f'\n[deploy.targets.www]\npath = "{target}"\n')
    assert site.run("deploy").code == 0
    held = os.open(target, os.O_RDONLY)  # as a bind mount and a working folder hold it
    try:
        for seconds in (60, 90, 120):
            site.build("--clock", at(seconds))
            assert site.run("deploy").code == 0
            served = Path(f"/proc/self/fd/{held}/index.html").read_bytes()
            assert served == (site.dist / "index.html").read_bytes()
    finally:
        os.close(held)

"""Sites that were built once for all tests of a run, to be read as they are or copied."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.acceptance.rich import rich_site
from tests.acceptance.sites import Site, make_site

MakeOnce = Callable[[str, Callable[[Path], object]], Path]


def build_starter(folder: Path, builds: int) -> None:
    site = make_site(folder)
    for _ in range(builds):
        site.build()


@pytest.fixture(scope="session")
def starter(made_once: MakeOnce) -> Site:
    """The starter's site after three builds; for reading alone."""
    return Site(made_once("starter", lambda folder: build_starter(folder, 3)))


@pytest.fixture(scope="session")
def rich(made_once: MakeOnce) -> Site:
    """A site with as much on it as one may have, whose sources are silent by now; for reading alone."""
    return Site(made_once("rich", rich_site))


def make_demonstration(folder: Path) -> None:
    site = Site(folder)
    folder.mkdir()
    made = site.run("demo", ".", "--no-serve", "--clock", "2026-11-24T02:04:30Z")
    assert made.code == 0, made
    (folder / "sitegen.toml").write_text('[site]\ntitle = "shop"\n')  # for `sitegen serve`


@pytest.fixture(scope="session")
def demonstration(made_once: MakeOnce) -> Site:
    """The site that `sitegen demo` makes; for reading alone."""
    return Site(made_once("demonstration", make_demonstration))


@pytest.fixture
def built(made_once: MakeOnce, tmp_path: Path) -> Site:
    """The starter's site after its first build: a copy of the test's own."""
    first = made_once("built", lambda folder: build_starter(folder, 1))
    shutil.copytree(first, tmp_path / "site", symlinks=True)
    return Site(tmp_path / "site")

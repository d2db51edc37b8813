"""Deploys and builds side by side: neither waits for the other, nor touches what is the other's."""

import threading
import time

import pytest
from sitegen.deployment.job import Job, Place
from sitegen.deployment.model import DeployOptions, Target
from sitegen.deployment.run import run_deploy
from sitegen.errors import BusyError
from sitegen.instrumentation.clock import Deadline, SystemClock
from sitegen.output import OutputFile
from sitegen.publishing.model import Manifest
from sitegen.publishing.writer import publish
from sitegen.state.files import Owner, write_atomically
from sitegen.state.lock import hold
from tests.deployment.house import files_below, page
from tests.waiting import wait_for

LEAVES = 12


def generation(number: int) -> dict[str, bytes]:
    """A site every page of which says of which generation it is."""
    leaves = [f"p{leaf}/index.html" for leaf in range(LEAVES)]
    links = [f"p{leaf}/" for leaf in range(LEAVES)]
    pages = {path: page(f"{path} of {number}") for path in ("404.html", *leaves)}
    return {path: text.encode() for path, text in (pages | {"index.html": page(str(number), *links)}).items()}


def job(place, target, run_all) -> Job:
    clock = SystemClock()
    return Job(place, target, DeployOptions(), clock, Deadline(clock, 60), run_all)


class Site:
    """A folder with a site that is built and deployed; a deploy takes as long as it is told to."""

    def __init__(self, folder) -> None:
        self.dist, self.state, self.mirror = folder / "dist", folder / ".sitegen", folder / "mirror"
        self.built: dict[int, dict[str, bytes]] = {}

    def build(self, number: int) -> None:
        """What a build does to its folders: lock, sweep, publish, write its files."""
        with hold(self.state, SystemClock().now()):
            self.built[number] = generation(number)
            files = tuple(OutputFile(path, body) for path, body in self.built[number].items())
            publish(files, self.dist, self.state, Manifest.of(number, 1e9 + number, files))
            write_atomically(self.state / "metrics.prom", b"up 1\n")

    def deploy(self, pause: float = 0.0):
        def slowly(function, items):
            time.sleep(pause)
            return [function(item) for item in items]

        target = Target(name="mirror", path=self.mirror)
        return run_deploy(job(Place(self.dist, self.state), target, slowly))


@pytest.fixture
def site(tmp_path) -> Site:
    made = Site(tmp_path)
    made.build(1)
    return made


@pytest.mark.parametrize("count", [6, pytest.param(60, marks=pytest.mark.slow)])
def test_builds_and_slow_deploys_side_by_side_are_never_busy_mixed_or_robbed(site: Site, count: int):
    failed: list[BaseException] = []
    seen = []

    def deploy_all() -> None:
        try:
            for _ in range(count):
                site.deploy(pause=0.02)
                seen.append(files_below(site.mirror))
        except BaseException as error:
            failed.append(error)

    deploys = threading.Thread(target=deploy_all)
    deploys.start()
    number = 1
    while deploys.is_alive() or number < count:
        number += 1
        site.build(number)
    deploys.join()
    assert failed == []
    assert number >= count
    assert len(seen) == count
    assert all(tree in site.built.values() for tree in seen)
    assert {path.name for path in site.state.iterdir()} >= {"lock", "deploy.lock", "manifest.json"}
    assert not [path for path in site.state.rglob("*") if path.suffix == ".tmp" or path.name == "deploying"]


def test_a_second_deploy_is_busy_and_a_build_is_not(site: Site):
    begun, end = threading.Event(), threading.Event()

    def wait(function, items):
        begun.set()
        assert end.wait(20)
        return [function(item) for item in items]

    target = Target(name="mirror", path=site.mirror)
    first = threading.Thread(target=lambda: run_deploy(job(Place(site.dist, site.state), target, wait)))
    first.start()
    wait_for(begun.is_set, "the deploy begins")
    site.build(2)
    with pytest.raises(BusyError):
        site.deploy()
    end.set()
    first.join()
    assert files_below(site.mirror) == site.built[1]


@pytest.mark.parametrize("owner", list(Owner))
def test_a_killed_runs_half_written_files_are_swept_by_the_next_of_its_kind_alone(site: Site, owner: Owner):
    strays = {
        Owner.BUILD: site.state / ".metrics.prom.0a1b2c3d.tmp",
        Owner.DEPLOY: site.state / ".deploy.prom.0a1b2c3d.tmp",
    }
    for path in strays.values():
        path.write_bytes(b"half")
    with hold(site.state, 1.0, owner):
        assert [kind for kind, path in strays.items() if path.exists()] == [
            kind for kind in Owner if kind is not owner
        ]

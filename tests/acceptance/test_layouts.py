"""An upgrade keeps everything that a site had; a downgrade is refused with one sentence and touches nothing."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer
from sitegen.state.schema import LAYOUT
from tests.acceptance.documents import parse
from tests.acceptance.sites import Site, read_tree
from tests.acceptance.sources import figure_of
from tests.acceptance.stepping import at, build_at
from tests.state.layouts.reading import LAYOUTS, held_of, read_held, unpack

KEYS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@pytest.fixture(params=LAYOUTS, ids=lambda layout: f"layout {layout}")
def layout(request: pytest.FixtureRequest) -> int:
    return request.param


@pytest.fixture
def site(layout: int, tmp_path: Path) -> Site:
    """A site as a sitegen of each layout left it; nothing that it asked is there any more."""
    return Site(unpack(layout, tmp_path))


@pytest.fixture
def held(layout: int) -> dict:
    """What it held."""
    return held_of(layout)


@pytest.fixture
def bucket(site: Site) -> Iterator[tuple[str, object]]:
    """The address of an S3 on loopback with the bucket that the site was deployed to, and a client."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    url = "http://{}:{}".format(*server.get_host_and_port())
    client = boto3.client(
        "s3",
        region_name="us-east-1",
        endpoint_url=url,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )
    client.create_bucket(Bucket="observed")
    kept = site.folder / "bucket"
    for key, carried in json.loads((kept / "objects.json").read_bytes()).items():
        body = (kept / carried.pop("body")).read_bytes()
        client.put_object(Bucket="observed", Key=key, Body=body, **carried)
    yield url, client
    for entry in client.list_objects_v2(Bucket="observed")["Contents"]:
        client.delete_object(Bucket="observed", Key=entry["Key"])
    client.delete_bucket(Bucket="observed")
    client.close()
    server.stop()


def make_newer(site: Site, layout: int = LAYOUT + 1) -> None:
    with closing(sqlite3.connect(site.state / "state.db", isolation_level=None)) as database:
        database.execute(f"PRAGMA user_version = {layout}")


def everything(site: Site) -> dict[str, bytes]:
    """Every file of the site's folder but the lock, which says who held it last."""
    return {path: body for path, body in read_tree(site.folder).items() if path != ".sitegen/lock"}


# --- Upgrades -----------------------------------------------------------------


def test_the_next_build_goes_on_where_the_last_one_ended(site: Site, held: dict):
    report = build_at(site, 180)

    assert report["generation"] == held["generation"] + 1
    assert not [one for one in report["problems"] if one["where"] == "state.history"]
    assert {one["name"]: one["fetched_at"][:19] for one in site.status["sources"]} == {
        "shop": at(150)[:19],
        "lost": at(0)[:19],
        "self": at(180)[:19],
    }
    # The last known good of both sources is drawn, and the one that was down still is: operators read the old words.
    for name in ("load", "queue"):
        assert parse(site.page("/metrics/")).one("main").text.count(name) > 0
        assert figure_of(site, name).all("svg")
    assert held["faults"]["lost"] in [one["message"] for one in report["problems"]]
    assert "lost does not answer" in figure_of(site, "queue").text


def test_an_upgrade_loses_nothing_of_what_was_kept(site: Site, held: dict):
    build_at(site, 180)
    now = read_held(site.folder)
    assert now["uptimes"] == held["uptimes"]
    assert now["builds"][1:] == held["builds"]
    assert now["deploys"] == held["deploys"]
    assert now["last_known_good"] == held["last_known_good"]
    failures, since = held["breakers"]["lost"]
    assert now["breakers"]["lost"] == [failures + 1, since]


def test_status_alone_migrates_and_the_build_after_it_goes_on(site: Site):
    outcome = site.run("status", "--format", "json")
    assert outcome.code == 0, outcome.stderr
    document = json.loads(outcome.stdout)
    assert [one["generation"] for one in document["builds"]] == [6, 5, 4, 3, 2]
    assert len(document["deploys"]) == 4
    assert build_at(site, 180)["generation"] == 7


def test_a_deploy_to_the_bucket_of_an_earlier_sitegen_sends_what_changed_and_no_more(site: Site, bucket):
    url, _ = bucket
    arguments = ("deploy", "--endpoint-url", url, "--format", "json", "--deadline", "60s", "--target")
    for target in ("production", "mirror"):
        outcome = site.run(*arguments, target, env=KEYS)
        assert outcome.code == 0, outcome.stderr
        report = json.loads(outcome.stdout)
        assert (report["uploaded"], report["deleted"], report["requests"]["put"]) == ([], 0, 0)


# --- Downgrades ---------------------------------------------------------------


@pytest.mark.parametrize("newer", [LAYOUT + 1, 9999])
@pytest.mark.parametrize(
    "command", [("build",), ("status",), ("deploy", "--target", "mirror")], ids=lambda command: command[0]
)
def test_a_state_of_a_newer_layout_is_refused_with_one_sentence(
    site: Site, command: tuple[str, ...], newer: int
):
    make_newer(site, newer)
    before = everything(site)
    outcome = site.run(*command)
    assert (outcome.code, outcome.stdout, outcome.stderr.count("\n")) == (1, "", 1)
    assert f"{site.state / 'state.db'} has layout {newer}" in outcome.stderr
    assert f"knows layout {LAYOUT} at most" in outcome.stderr
    assert "install the sitegen that wrote it" in outcome.stderr
    assert everything(site) == before


def test_a_check_finds_a_state_of_a_newer_layout_and_touches_nothing(site: Site):
    make_newer(site)
    before = everything(site)
    outcome = site.run("check", "config")
    assert outcome.code == 3
    assert f"{site.state / 'state.db'} has layout {LAYOUT + 1}" in outcome.stderr
    assert everything(site) == before


def test_the_preview_says_why_it_cannot_build_and_serves_what_is_there(site: Site):
    make_newer(site)
    before = site.tree()
    run = site.start("serve", "--port", "0")
    lines = []
    while not lines or "written by a newer sitegen" not in lines[-1]:
        lines.append(run.stdout.readline() or run.stderr.readline())
        assert lines[-1]
    run.terminate()
    run.communicate(timeout=20)
    assert site.tree() == before


@pytest.mark.parametrize(
    "command", [("build",), ("deploy", "--target", "mirror")], ids=lambda command: command[0]
)
def test_a_manifest_of_a_newer_layout_beside_the_state_is_refused(site: Site, command: tuple[str, ...]):
    manifest = site.state / "manifest.json"
    manifest.write_bytes(b'{"layout":2,"trees":[]}')
    before = everything(site)
    outcome = site.run(*command)
    assert (outcome.code, outcome.stderr.count("\n")) == (1, 1)
    assert f"{manifest} has layout 2 and was written by a newer sitegen" in outcome.stderr
    assert everything(site) == before


def test_a_folder_that_a_newer_sitegen_deployed_to_is_refused(site: Site):
    manifest = site.folder / "mirror" / "_sitegen" / "manifest.json"
    manifest.write_bytes(b'{"version":2,"objects":[]}')
    before = read_tree(site.folder / "mirror")
    for arguments in ((), ("--force",), ("--reconcile",), ("--dry-run",)):
        outcome = site.run("deploy", "--target", "mirror", *arguments)
        assert (outcome.code, outcome.stderr.count("\n")) == (1, 1)
        assert "mirror/_sitegen/manifest.json has layout 2" in outcome.stderr
        assert read_tree(site.folder / "mirror") == before


def test_a_bucket_that_a_newer_sitegen_deployed_to_is_refused(site: Site, bucket):
    url, client = bucket
    client.put_object(Bucket="observed", Key="_sitegen/manifest.json", Body=b'{"version":2,"objects":[]}')

    def tags() -> dict[str, str]:
        return {one["Key"]: one["ETag"] for one in client.list_objects_v2(Bucket="observed")["Contents"]}

    before = tags()
    outcome = site.run("deploy", "--target", "production", "--endpoint-url", url, env=KEYS)
    assert (outcome.code, outcome.stderr.count("\n")) == (1, 1)
    assert "s3://observed/_sitegen/manifest.json has layout 2" in outcome.stderr
    assert tags() == before

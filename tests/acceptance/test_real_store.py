"""What stores answer in their own way, asked by the program itself: of moto with every commit, of AWS where somebody lends buckets.

Two buckets that may be emptied, with versions, and optionally the id of a distribution:

    SITEGEN_AWS_BUCKETS=one@us-east-2,two@us-west-2 SITEGEN_AWS_DISTRIBUTION=E123 pytest tests/acceptance/test_real_store.py

moto is the dry run of the same questions. AWS answers some of them otherwise: it redirects between regions, verifies the
checksum of every upload, keeps versions, and lets one of two conditional writes win.
"""

import json
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer
from tests.acceptance.sites import make_site
from tests.program import Outcome

PREFIX = "sitegen-tests"
LENT = os.environ.get("SITEGEN_AWS_BUCKETS", "")
DISTRIBUTION = os.environ.get("SITEGEN_AWS_DISTRIBUTION", "")
PASSED_ON = (
    "AWS_PROFILE",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_CONFIG_FILE",
)


@dataclass(frozen=True)
class Store:
    """Two buckets by their regions, and the variables that open them."""

    buckets: dict[str, str]
    endpoint: str | None = None
    variables: dict[str, str] = field(default_factory=dict)

    def config(self, buckets: Mapping[str, str]) -> str:
        named = ", ".join(f'{{ name = "{name}", region = "{region}" }}' for name, region in buckets.items())
        lines = [f"[deploy.targets.production]\nbuckets = [{named}]", f'prefix = "{PREFIX}"']
        lines += [f'endpoint_url = "{self.endpoint}"'] if self.endpoint else []
        lines += [f'distribution_id = "{DISTRIBUTION}"'] if DISTRIBUTION and not self.endpoint else []
        return "\n".join(lines) + "\n"

    def clients(self) -> Iterator:
        session = boto3.session.Session(
            self.variables.get("AWS_ACCESS_KEY_ID"), self.variables.get("AWS_SECRET_ACCESS_KEY")
        )
        for name, region in self.buckets.items():
            client = session.client("s3", region_name=region, endpoint_url=self.endpoint)
            yield name, client
            client.close()

    def empty(self) -> None:
        """Remove every version below the prefix."""
        for name, client in self.clients():
            for page in client.get_paginator("list_object_versions").paginate(Bucket=name, Prefix=PREFIX):
                for one in [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]:
                    client.delete_object(Bucket=name, Key=one["Key"], VersionId=one["VersionId"])

    def bodies(self, bucket: str) -> dict[str, bytes]:
        client = next(client for name, client in self.clients() if name == bucket)
        found = client.list_objects_v2(Bucket=bucket, Prefix=PREFIX).get("Contents", ())
        return {
            one["Key"].removeprefix(f"{PREFIX}/"): client.get_object(Bucket=bucket, Key=one["Key"])[
                "Body"
            ].read()
            for one in found
        }


@pytest.fixture(scope="module")
def moto() -> Iterator[Store]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    keys = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
    store = Store({"lent-a": "us-east-2", "lent-b": "us-west-2"}, f"http://{host}:{port}", keys)
    for name, client in store.clients():
        place = {"LocationConstraint": store.buckets[name]}
        client.create_bucket(Bucket=name, CreateBucketConfiguration=place)
        client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    yield store
    server.stop()


@pytest.fixture(params=["moto", *(["aws"] if LENT else ())])
def store(request) -> Iterator[Store]:
    if request.param == "moto":
        found = request.getfixturevalue("moto")
    else:
        request.getfixturevalue("socket_enabled")
        found = Store(dict(one.split("@") for one in LENT.split(",")), variables=lent_variables())
    found.empty()
    yield found
    found.empty()


def lent_variables() -> dict[str, str]:
    home = Path.home() / ".aws" / "config"
    given = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return {
        "AWS_CONFIG_FILE": str(home),
        "AWS_SHARED_CREDENTIALS_FILE": str(home.with_name("credentials")),
        **given,
    }


class Owner:
    """Whoever builds the site on one machine and deploys it to the store."""

    def __init__(self, folder: Path, store: Store) -> None:
        self.store = store
        self.site = make_site(folder)
        self.start = (folder / "sitegen.toml").read_text(encoding="utf-8")
        self.configure(store.buckets)

    def configure(self, buckets: Mapping[str, str]) -> None:
        text = self.start + "\n" + self.store.config(buckets)
        (self.site.folder / "sitegen.toml").write_text(text, encoding="utf-8")

    def __call__(self, *words: str) -> Outcome:
        return self.site.run(*words, env=self.store.variables)

    def deploy(self, *words: str) -> dict:
        done = self("deploy", "--deadline", "120s", "--format", "json", *words)
        assert done.code == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture
def owner(tmp_path, store) -> Owner:
    made = Owner(tmp_path / "a", store)
    made.site.build()
    return made


def test_every_copy_holds_the_bytes_of_the_tree_and_nothing_is_sent_twice(owner, store):
    first = owner.deploy()
    wanted = {
        path.removesuffix("index.html") or "index.html": body for path, body in owner.site.tree().items()
    }
    for bucket in store.buckets:
        found = store.bodies(bucket)
        assert {key: body for key, body in found.items() if not key.startswith("_sitegen/")} == wanted
    again = owner.deploy()
    assert first["requests"]["put"] > again["requests"]["put"] == 0


def test_a_target_can_be_tried_before_the_first_deploy(owner):
    assert owner("check", "target").code == 0


def test_a_changed_page_goes_out_and_a_rollback_brings_the_old_bytes_back(owner, store):
    owner.deploy()
    bucket = next(iter(store.buckets))
    before = store.bodies(bucket)["about/"]
    about = owner.site.folder / "content" / "about.md"
    about.write_text(about.read_text() + "\nAnother sentence.\n")
    owner.site.build()
    owner.deploy()
    assert store.bodies(bucket)["about/"] != before
    done = owner("rollback", "--format", "json")
    assert done.code == 0, done.stderr
    assert all(store.bodies(name)["about/"] == before for name in store.buckets)


def test_of_two_deployers_at_once_neither_mixes_two_generations(tmp_path, owner, store):
    other = Owner(tmp_path / "b", store)
    other.site.build()
    with ThreadPoolExecutor(2) as pool:
        done = list(
            pool.map(
                lambda one: one.site.run_apart("deploy", "--deadline", "120s", env=store.variables),
                (owner, other),
            )
        )
    assert {one.code for one in done} <= {0, 5}, [one.stderr for one in done]
    owner.site.build()
    owner.deploy("--reconcile")
    wanted = {
        path.removesuffix("index.html") or "index.html": body for path, body in owner.site.tree().items()
    }
    for bucket in store.buckets:
        found = store.bodies(bucket)
        assert {key: body for key, body in found.items() if not key.startswith("_sitegen/")} == wanted


def test_of_two_pushes_of_a_state_one_is_stored_and_the_other_is_told(tmp_path, owner, store):
    other = Owner(tmp_path / "b", store)
    assert owner("state", "pull").code in {0, 6}
    other("state", "pull")
    other.site.build()
    assert sorted([other("state", "push").code, owner("state", "push").code]) == [0, 5]


def test_a_bucket_that_is_not_there_is_told_as_that(owner, store):
    first, _ = store.buckets.items()
    owner.configure(dict([first, ("sitegen-tests-of-a-bucket-that-never-was", "us-east-2")]))
    report = owner.deploy()
    assert (report["status"], [one["status"] for one in report["copies"]]) == (
        "degraded",
        ["current", "failed"],
    )
    assert "the bucket does not exist" in report["copies"][1]["reason"]


@pytest.mark.skipif(
    not LENT, reason="asks AWS where SITEGEN_AWS_BUCKETS names two buckets that may be emptied"
)
def test_a_bucket_in_another_region_is_told_as_that(owner, store):
    owner.configure(dict.fromkeys(store.buckets, "eu-west-1"))
    done = owner("deploy")
    assert done.code == 1
    assert "another region" in done.stderr


@pytest.mark.skipif(
    not DISTRIBUTION, reason="asks CloudFront where SITEGEN_AWS_DISTRIBUTION names a distribution"
)
def test_an_invalidation_is_taken(owner):
    config = owner.site.folder / "sitegen.toml"
    config.write_text(config.read_text() + '\n[deploy]\ninvalidation = "budgeted"\n')
    assert owner.deploy()["invalidated"]

"""What is built is what is deployed, byte for byte, over HTTP."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer
from tests.acceptance.sites import Site, make_site

KEYS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_EC2_METADATA_DISABLED": "true",
}
BUCKETS = {"obs-a": "us-east-2", "obs-b": "us-west-2"}
TARGET = """
[deploy.targets.production]
buckets = [{ name = "obs-a", region = "us-east-2" }, { name = "obs-b", region = "us-west-2" }]
"""


@dataclass(frozen=True)
class Cloud:
    """An S3 on loopback with two buckets, and a client of each one's region."""

    url: str
    clients: dict[str, Any]

    def objects(self, bucket: str) -> dict[str, dict]:
        client = self.clients[bucket]
        return {key: client.get_object(Bucket=bucket, Key=key) for key in keys_of(client, bucket)}


def keys_of(client, bucket: str) -> list[str]:
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return [entry["Key"] for page in pages for entry in page.get("Contents", [])]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def clients(endpoint: str) -> Iterator[dict[str, Any]]:
    session = boto3.session.Session(aws_access_key_id="testing", aws_secret_access_key="testing")
    made = {
        name: session.client("s3", region_name=region, endpoint_url=endpoint)
        for name, region in BUCKETS.items()
    }
    yield made
    for client in made.values():
        client.close()


@pytest.fixture
def cloud(endpoint: str, clients: dict[str, Any]) -> Iterator[Cloud]:
    for name, region in BUCKETS.items():
        clients[name].create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": region})
    yield Cloud(endpoint, clients)
    for name, client in clients.items():
        for key in keys_of(client, name):
            client.delete_object(Bucket=name, Key=key)
        client.delete_bucket(Bucket=name)


@pytest.fixture
def site(built: Site) -> Site:
    with (built.folder / "sitegen.toml").open("a", encoding="utf-8") as config:
        config.write(TARGET)
    return built


def deploy(site: Site, cloud: Cloud, *arguments: str) -> dict:
    outcome = site.run("deploy", "--endpoint-url", cloud.url, "--format", "json", *arguments, env=KEYS)
    assert outcome.code == 0, outcome.stderr
    return json.loads(outcome.stdout)


def key_of(path: str) -> str:
    return path.removesuffix("index.html") if path != "index.html" else path


def test_what_is_uploaded_equals_what_was_built_byte_for_byte_in_every_bucket(site: Site, cloud: Cloud):
    deploy(site, cloud)
    for bucket in BUCKETS:
        found = {
            key: answer["Body"].read()
            for key, answer in cloud.objects(bucket).items()
            if not key.startswith("_sitegen/")
        }
        assert found == {key_of(path): body for path, body in site.tree().items()}, bucket


def test_every_object_has_its_type_and_how_long_it_may_be_kept(site: Site, cloud: Cloud):
    deploy(site, cloud)
    objects = cloud.objects("obs-a")
    types = {
        key: objects[key]["ContentType"]
        for key in ("index.html", "metrics/", "status.json", "index.txt", "badge.svg")
    }
    assert {key: value.partition(";")[0] for key, value in types.items()} == {
        "index.html": "text/html",
        "metrics/": "text/html",
        "status.json": "application/json",
        "index.txt": "text/plain",
        "badge.svg": "image/svg+xml",
    }
    assert all("charset=utf-8" in types[key] for key in ("index.html", "metrics/", "index.txt"))
    assert "s-maxage=10" in objects["metrics/"]["CacheControl"]
    assert all("immutable" in objects[key]["CacheControl"] for key in objects if key.startswith("_a/"))


def test_a_second_deploy_of_the_same_tree_writes_nothing(site: Site, cloud: Cloud):
    first = deploy(site, cloud)
    second = deploy(site, cloud)
    assert len(first["uploaded"]) == len(site.tree())
    assert (second["uploaded"], second["deleted"], second["requests"]["put"], second["requests"]["list"]) == (
        [],
        0,
        0,
        0,
    )


def test_a_deploy_after_the_next_build_sends_what_changed_and_no_more(site: Site, cloud: Cloud):
    deploy(site, cloud)
    before = site.tree()
    site.build()
    changed = {key_of(path) for path, body in site.tree().items() if before.get(path) != body}
    assert {entry["key"] for entry in deploy(site, cloud)["uploaded"]} == changed


def test_a_dry_run_tells_what_a_deploy_would_do_and_does_nothing(site: Site, cloud: Cloud):
    told = deploy(site, cloud, "--dry-run")
    assert {entry["key"] for entry in told["uploaded"]} == {key_of(path) for path in site.tree()}
    assert told["requests"]["put"] == 0
    assert cloud.objects("obs-a") == {}


def test_the_report_of_a_deploy_has_the_fields_of_the_contract(site: Site, cloud: Cloud):
    report = deploy(site, cloud)
    assert set(report) >= {
        "target", "status", "uploaded", "deleted", "skipped", "invalidated", "requests", "projected_usd_month",
        "duration_seconds",
    }  # fmt: skip
    assert set(report["requests"]) == {"put", "get", "head", "list", "delete"}
    assert set(report["uploaded"][0]) == {"key", "reason", "bytes"}


def test_a_folder_is_a_target_too(site: Site, tmp_path: Path):
    config = site.folder / "sitegen.toml"
    text = config.read_text(encoding="utf-8").replace(
        TARGET, f'\n[deploy.targets.web]\npath = "{tmp_path / "www"}"\n'
    )
    config.write_text(text, encoding="utf-8")
    outcome = site.run("deploy")
    assert outcome.code == 0, outcome.stderr
    published = site.tree()
    assert {path: (tmp_path / "www" / path).read_bytes() for path in published} == published


def test_without_a_target_a_deploy_says_where_to_add_one(tmp_path: Path):
    site = make_site(tmp_path / "site")
    outcome = site.run("deploy")
    assert outcome.code == 2
    assert "deploy.targets" in outcome.stderr
    assert len(outcome.stderr.splitlines()) == 1


def test_a_bucket_that_is_not_there_ends_in_one_sentence(site: Site, cloud: Cloud):
    config = site.folder / "sitegen.toml"
    config.write_text(
        config.read_text(encoding="utf-8").replace("obs-a", "obs-x").replace("obs-b", "obs-y"),
        encoding="utf-8",
    )
    outcome = site.run("deploy", "--endpoint-url", cloud.url, env=KEYS)
    assert outcome.code in (1, 2)
    assert len(outcome.stderr.splitlines()) == 1
    assert "obs-x" in outcome.stderr


def test_twenty_cycles_in_a_row_change_at_most_eight_objects_each(tmp_path: Path):
    site = make_site(tmp_path / "site")
    clocks = [f"2026-11-23T08:{minute:02d}:{second:02d}Z" for minute in range(11) for second in (0, 30)][:21]
    trees = []
    for clock in clocks:
        site.build("--clock", clock)
        trees.append(site.tree())
    changes = [
        sum(after.get(path) != before.get(path) for path in {*before, *after})
        for before, after in pairwise(trees)
    ]
    assert sum(changes) / len(changes) <= 8, changes


def test_twenty_builds_without_a_pause_change_at_most_eight_objects_each(tmp_path: Path):
    site = make_site(tmp_path / "site")
    trees = []
    for _ in range(21):
        site.build()
        trees.append(site.tree())
    changes = [
        sum(after.get(path) != before.get(path) for path in {*before, *after})
        for before, after in pairwise(trees)
    ]
    assert sum(changes) / len(changes) <= 8, changes

"""What users of other tools reported of stores, by the real command against an S3 on loopback: each case of `site/`."""

import json
import shutil
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import pytest
from moto.server import ThreadedMotoServer
from tests.acceptance.sites import Site, make_site
from tests.deployment.wire import BEFORE, Wire, handler_of

KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
REFUSED = (501, b"<Error><Code>NotImplemented</Code><Message>A header is not implemented</Message></Error>")


class Store(NamedTuple):
    """An S3: its address, the wire to it, a client."""

    url: str
    wire: Wire
    client: Any

    def keys(self, bucket: str) -> list[str]:
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        return [item["Key"] for page in pages for item in page.get("Contents", ())]


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    moto = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    moto.start()
    port = moto.get_host_and_port()[1]
    wire = Wire(port)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(wire))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    session = boto3.session.Session(aws_access_key_id="testing", aws_secret_access_key="testing")
    client = session.client("s3", region_name="us-east-1", endpoint_url=f"http://127.0.0.1:{port}")
    yield Store(f"http://127.0.0.1:{server.server_port}", wire, client)
    client.close()
    server.shutdown()
    server.server_close()
    thread.join()
    moto.stop()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Site:
    site = make_site(tmp_path_factory.mktemp("deploying") / "site")
    site.build("--jobs", "1", "--deadline", "60s")
    return site


def site_with(made: Site, folder: Path, store: Store, bucket: str, *, more: str = "", url: str = "") -> Site:
    """A copy of the site that deploys to a bucket, which is made where it is missing."""
    site = Site(Path(shutil.copytree(made.folder, folder, symlinks=True)))
    store.client.create_bucket(Bucket=bucket)
    with (site.folder / "sitegen.toml").open("a", encoding="utf-8") as file:
        file.write(
            f'\n[deploy.targets.p]\nbuckets = [{{ name = "{bucket}" }}]\nendpoint_url = "{url or store.url}"\n{more}\n'
        )
    return site


def deploy(site: Site, *arguments: str) -> dict:
    outcome = site.run("deploy", "--deadline", "60s", "--format", "json", *arguments, env=KEYS)
    assert outcome.code == 0, outcome
    return json.loads(outcome.stdout)


def test_a_neighbour_in_the_bucket_keeps_its_objects_when_the_other_site_is_reconciled(
    made: Site, store: Store, tmp_path: Path
):
    outer = site_with(made, tmp_path / "a", store, "shared")
    inner = site_with(made, tmp_path / "b", store, "shared", more='prefix = "blog/"')
    for site in (outer, inner):
        deploy(site)
    before = [key for key in store.keys("shared") if key.startswith("blog/")]
    assert len(before) > 20
    for post in (outer.folder / "content" / "posts").iterdir():
        post.unlink()
    outer.build("--jobs", "1", "--deadline", "60s")
    deploy(outer, "--reconcile", "--force")
    assert [key for key in store.keys("shared") if key.startswith("blog/")] == before


@pytest.mark.parametrize("url", ["{}/obs-web", "http://obs-web.localhost:9000"])
def test_an_endpoint_with_the_bucket_in_it_is_refused_and_nothing_written(
    made: Site, store: Store, tmp_path: Path, url: str
):
    site = site_with(made, tmp_path / "s", store, "obs-web", url=url.format(store.url))
    outcome = site.run("deploy", env=KEYS)
    assert outcome.code == 2
    assert "s with the bucket's name, obs-web; leave it out" in outcome.stderr
    assert store.keys("obs-web") == []


def test_a_checksum_header_that_a_store_does_not_know_is_left_out_and_told_in_one_line(
    made: Site, store: Store, tmp_path: Path
):
    site = site_with(made, tmp_path / "s", store, "plain")
    store.wire.answer = REFUSED
    store.wire.fails = lambda call: (
        BEFORE if call.method == "PUT" and "x-amz-checksum-sha256" in map(str.lower, call.headers) else None
    )
    try:
        first = deploy(site)
        again = deploy(site)
    finally:
        store.wire.forget()
        store.wire.fails = lambda call: None
    assert (first["status"], again["status"]) == ("ok", "ok")
    assert len(store.keys("plain")) > 20
    assert len([problem for problem in first["problems"] if "checksum" in str(problem)]) == 1


@pytest.mark.parametrize("index", ["index.html", "both"])
def test_a_website_endpoint_has_every_page_where_the_target_says_so(
    made: Site, store: Store, tmp_path: Path, index: str
):
    site = site_with(made, tmp_path / "s", store, f"web-{index.partition('.')[0]}", more=f'index = "{index}"')
    deploy(site)
    keys = set(store.keys(f"web-{index.partition('.')[0]}"))
    pages = {path for path in site.tree() if path.endswith("index.html")}
    assert len(pages) > 10
    assert pages <= keys
    assert any(key.endswith("/") for key in keys) == (index == "both")

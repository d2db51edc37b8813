"""Stores of other kinds: what one lacks is found out one by one, said, and done without; each asks for pages in its own way."""

import shutil
import socket
import subprocess

import pytest
from msgspec.structs import replace
from sitegen.aws import s3_client
from sitegen.deployment.headers import keys_for
from sitegen.deployment.model import Bucket, Index, Target, endpoint_fault
from sitegen.errors import RefusedError, SitegenError
from tests.conftest import PAGE_CHECKERS
from tests.deployment.house import Bucketful, Deployer, tree_bodies, write_site
from tests.deployment.wire import BEFORE
from tests.waiting import wait_for

S3RVER = PAGE_CHECKERS / ".bin" / "s3rver"
DAY = 86_400

REFUSALS = {
    "501": (
        501,
        b"<Error><Code>NotImplemented</Code><Message>A header is not implemented.</Message></Error>",
    ),
    "400": (400, b"<Error><Code>InvalidArgument</Code><Message>Unsupported header</Message></Error>"),
    "400 with a code of its own": (400, b"<Error><Code>bad_request</Code><Message>Unknown</Message></Error>"),
}
CHECKSUMS = ("x-amz-checksum-sha256", "x-amz-checksum-mode")
CONDITIONS = ("if-match", "if-none-match")


def refuse(wire, names, answer, methods=("PUT", "DELETE", "HEAD")):
    """Let a store not know these headers."""
    wire.answer = answer
    wire.fails = lambda call: (
        BEFORE if call.method in methods and set(names) & {name.lower() for name in call.headers} else None
    )


def lacks_of(report):
    return [problem.message.partition(":")[0] for problem in report.problems]


def live(deployer, bucket, dist):
    """Deploy, change, delete: what a store has to go along with."""
    first = deployer()
    write_site(dist, css="i{}", note="changed", traces=("aa",))
    shutil.rmtree(dist / "traces/bb")
    second = deployer()
    third = deployer(after=9 * DAY)
    assert [report.status for report in (first, second, third)] == ["ok"] * 3
    assert third.deleted == 2
    assert bucket.bodies() == tree_bodies(dist)
    assert lacks_of(first) == lacks_of(third)
    return first


@pytest.mark.parametrize("answer", REFUSALS)
def test_a_store_that_knows_no_checksum_header_gets_the_md5_and_keeps_its_conditions(
    deployer, bucket, wire, dist, answer
):
    refuse(wire, CHECKSUMS, REFUSALS[answer])
    report = live(deployer, bucket, dist)
    assert lacks_of(report) == ["the store lacks checksums"]
    written = [call for call in wire.of("PUT") if call.status == 200]
    assert all({"If-Match", "If-None-Match"} & call.headers.keys() for call in written)
    assert all("Content-MD5" in call.headers for call in written)


@pytest.mark.parametrize("answer", REFUSALS)
def test_a_store_that_knows_no_conditions_is_written_to_without_them_and_verifies_checksums(
    deployer, bucket, wire, dist, answer
):
    refuse(wire, CONDITIONS, REFUSALS[answer])
    report = live(deployer, bucket, dist)
    assert lacks_of(report) == ["the store lacks conditions"]
    written = [call for call in wire.of("PUT") if call.status == 200]
    assert all("x-amz-checksum-sha256" in {name.lower() for name in call.headers} for call in written)


@pytest.mark.parametrize("answer", REFUSALS)
def test_a_store_of_2015_knows_neither(deployer, bucket, wire, dist, answer):
    refuse(wire, CHECKSUMS + CONDITIONS, REFUSALS[answer])
    assert lacks_of(live(deployer, bucket, dist)) == [
        "the store lacks checksums",
        "the store lacks conditions",
    ]


def test_what_a_store_lacks_is_remembered_and_not_tried_again(deployer, wire, dist):
    refuse(wire, CHECKSUMS, REFUSALS["501"])
    deployer()
    wire.calls.clear()
    write_site(dist, note="changed")
    deployer()
    assert [call.status for call in wire.of("PUT")] == [200, 200]


def test_a_store_that_refuses_for_another_reason_lacks_nothing(deployer, wire):
    wire.answer = (403, b"<Error><Code>AccessDenied</Code></Error>")
    wire.fails = lambda call: BEFORE if call.method == "PUT" else None
    with pytest.raises(SitegenError, match="access was denied"):
        deployer()
    assert len(wire.of("PUT")) == 1


def test_where_conditions_are_not_kept_somebody_elses_object_is_still_not_replaced(deployer, bucket, wire):
    refuse(wire, CONDITIONS, REFUSALS["501"])
    bucket.put("about/", b"made by hand")
    bucket.put("index.html", b"made by hand")
    with pytest.raises(RefusedError, match="this site has not written it"):
        deployer()
    assert bucket.body("about/") == b"made by hand"


# --- s3rver: another hand's S3, which looks at no conditions ------------------------------


@pytest.fixture
def other_store(tmp_path, credentials, monkeypatch):
    if not S3RVER.exists():
        pytest.skip("s3rver is not installed: scripts/install-components")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "S3RVER")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "S3RVER")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        S3RVER,
        "-a",
        "127.0.0.1",
        "-p",
        str(port),
        "-d",
        tmp_path / "store",
        "--silent",
        "--configure-bucket",
        "obs",
    ]
    server = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    client = s3_client("us-east-1", f"http://127.0.0.1:{port}")

    def answers():
        with socket.socket() as trial:
            return trial.connect_ex(("127.0.0.1", port)) == 0

    try:
        wait_for(answers, "s3rver listens")
        yield Bucketful(client, "obs"), f"http://127.0.0.1:{port}"
    finally:
        client.close()
        server.kill()
        server.wait()


@pytest.mark.parametrize("index", list(Index))
def test_a_store_that_keeps_no_conditions_holds_the_site_and_that_is_said(other_store, dist, index):
    bucket, address = other_store
    target = Target(name="other", buckets=(Bucket("obs"),), endpoint_url=address, index=index)
    deployer = Deployer(target, dist)
    report = deployer()
    assert lacks_of(report) == ["the store lacks conditions"]
    write_site(dist, note="changed")
    assert deployer().status == "ok"
    paths = {path.relative_to(dist).as_posix(): path for path in dist.rglob("*") if path.is_file()}
    for path, file in paths.items():
        for key in keys_for(path, index):
            assert bucket.body(key) == file.read_bytes()
    assert deployer().requests.put == 0


# --- How pages are asked for --------------------------------------------------------------


@pytest.mark.parametrize(
    ("index", "keys"),
    [
        (Index.FOLDER, ["metrics/"]),
        (Index.FILE, ["metrics/index.html"]),
        (Index.BOTH, ["metrics/index.html", "metrics/"]),
    ],
)
def test_a_page_is_stored_as_its_store_is_asked_for_it(index, keys):
    assert keys_for("metrics/index.html", index) == keys
    assert keys_for("index.html", index) == ["index.html"]
    assert keys_for("feed.xml", index) == ["feed.xml"]


@pytest.mark.parametrize("index", list(Index))
def test_every_page_is_where_it_is_asked_for_and_a_change_comes_and_goes(deployer, bucket, dist, index):
    deployer.target = replace(deployer.target, index=index)
    deployer()
    write_site(dist, note="changed", traces=("aa",))
    shutil.rmtree(dist / "traces/bb")
    deployer()
    deployer(after=9 * DAY)
    paths = [path.relative_to(dist).as_posix() for path in dist.rglob("*") if path.is_file()]
    expected = {key: (dist / path).read_bytes() for path in paths for key in keys_for(path, index)}
    assert bucket.bodies() == expected
    assert deployer(after=3600).requests.put == 0


def test_a_target_that_changes_how_it_is_served_moves_its_pages(deployer, bucket, dist):
    deployer()
    deployer.target = replace(deployer.target, index=Index.FILE)
    deployer()
    deployer(after=9 * DAY)
    assert "metrics/" not in bucket.all_keys()
    assert "metrics/index.html" in bucket.all_keys()


# --- Addresses ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("endpoint", "fault"),
    [
        ("http://127.0.0.1:5601/obs-web", "ends with the bucket's name, obs-web; leave it out"),
        ("https://acc.example/obs-web/", "ends with the bucket's name, obs-web; leave it out"),
        ("https://obs-web.s3.example/", "begins with the bucket's name, obs-web; leave it out"),
        (
            "https://acc.example/obs%2Dweb/blog/",
            "goes on after the bucket's name, obs-web; leave both out, and write what follows it as `prefix`",
        ),
        ("https://acc.example/gateway/s3", None),
        ("https://acc.example/", None),
        ("https://acc.example/obs-web-2", None),
        ("https://obs-webs.example/", None),
    ],
)
def test_an_endpoint_with_the_buckets_name_in_it_is_none(endpoint, fault):
    assert endpoint_fault(endpoint, ["other", "obs-web"]) == fault


def test_each_bucket_may_lie_behind_an_endpoint_of_its_own(proxy, moto, wire, buckets, dist):
    first, second = buckets
    places = (Bucket(first.name), Bucket(second.name, endpoint_url=f"http://127.0.0.1:{moto}"))
    report = Deployer(Target(name="two", buckets=places, endpoint_url=proxy[1]), dist)()
    assert report.status == "ok"
    assert {call.bucket for call in wire.calls} == {first.name}
    assert all(bucket.bodies() == tree_bodies(dist) for bucket in buckets)


@pytest.mark.parametrize(
    ("endpoint", "addressing", "style"),
    [
        (None, None, "auto"),
        ("http://127.0.0.1:9", None, "path"),
        ("http://127.0.0.1:9", "virtual", "virtual"),
        (None, "path", "path"),
    ],
)
def test_where_the_buckets_name_stands_can_be_said(credentials, endpoint, addressing, style):
    client = s3_client("us-east-1", endpoint, addressing=addressing)
    try:
        assert client.meta.config.s3["addressing_style"] == style
    finally:
        client.close()

"""What a bucket looks like when a deploy dies, and how deploys that meet in it get along."""

import re

import msgspec
import pytest
from sitegen.deployment.model import MANIFEST_KEY, RemoteManifest
from sitegen.errors import BusyError, SitegenError
from sitegen.state.layouts import NewerLayoutError
from tests.deployment.house import asset_name, page, tree_bodies
from tests.deployment.wire import AFTER, BEFORE

CONFLICT = b"<Error><Code>ConditionalRequestConflict</Code></Error>"
LINK = re.compile(rb'<a href="/?(t\d+/)"')
SHEET = re.compile(rb'<link rel="stylesheet" href="/([^"]*)"')


def write_version(dist, number: int) -> None:
    """Write a site of one asset, a leaf that is new, a hub that lists it, and the two pages of every site."""
    css = f"body{{order:{number}}}"
    style = "/" + asset_name(css)
    for old in (*dist.glob("_a/*"), *dist.glob("t*/index.html")):
        old.unlink()
    files = {
        style[1:]: css,
        f"t{number}/index.html": page(f"leaf {number}", style=style),
        "index.html": page(f"overview {number}", f"/t{number}/", style=style),
        "404.html": page(f"not found {number}", style=style),
    }
    for path, text in files.items():
        (dist / path).parent.mkdir(parents=True, exist_ok=True)
        (dist / path).write_text(text)


@pytest.fixture
def dist(tmp_path):
    folder = tmp_path / "dist"
    write_version(folder, 0)
    return folder


def assert_whole(bucket) -> None:
    """Every page's style sheet is there, every leaf that a hub lists too, and the manifest speaks the truth."""
    bodies = bucket.bodies()
    for key, body in bodies.items():
        if not key.startswith("_a/"):
            assert {sheet.decode() for sheet in SHEET.findall(body)} <= bodies.keys(), key
            assert {leaf.decode() for leaf in LINK.findall(body)} <= bodies.keys(), key
    if MANIFEST_KEY in bucket.all_keys():
        manifest = msgspec.json.decode(bucket.body(MANIFEST_KEY), type=RemoteManifest)
        assert manifest.entries.keys() <= bodies.keys()


# --- Cut off ----------------------------------------------------------------------


@pytest.mark.parametrize("cut", [1, 2, 3, 5])
def test_a_first_deploy_that_was_cut_off_is_finished_by_the_next(deployer, bucket, wire, dist, cut):
    wire.fails = lambda call: AFTER if len(wire.of("PUT")) >= cut else None
    with pytest.raises(SitegenError):
        deployer()
    assert_whole(bucket)
    wire.forget()
    assert deployer().status == "ok"
    assert bucket.bodies() == tree_bodies(dist)


def test_after_a_failed_upload_no_later_stage_begins_and_nothing_is_deleted(deployer, wire, dist):
    deployer()
    write_version(dist, 1)
    deployer()
    write_version(dist, 2)
    wire.forget()
    wire.fails = lambda call: BEFORE if call.key == "t2/" else None
    with pytest.raises(SitegenError):
        deployer(after=9 * 86_400)
    assert wire.keys("PUT") == [asset_name("body{order:2}"), "t2/"]
    assert wire.of("DELETE") == []


@pytest.mark.parametrize("mode", [BEFORE, AFTER])
def test_deletes_that_are_cut_off_are_finished_by_the_next_deploy(deployer, bucket, wire, dist, mode):
    deployer()
    write_version(dist, 1)
    deployer()
    wire.fails = lambda call: mode if call.method == "DELETE" else None
    with pytest.raises(SitegenError):
        deployer(after=9 * 86_400)
    assert tree_bodies(dist).items() <= bucket.bodies().items()
    wire.forget()
    assert deployer().deleted == 2
    assert bucket.bodies() == tree_bodies(dist)
    assert deployer().requests.get == 1


# --- Faults that pass ---------------------------------------------------------------


def first(wire, call, key: str) -> bool:
    """Whether this is the first time that the key is written."""
    return call.method == "PUT" and call.key == key and wire.keys("PUT").count(key) == 1


def test_an_upload_whose_answer_was_lost_is_recognised_as_ones_own(deployer, bucket, wire, dist):
    wire.answer = (500, b"<Error><Code>InternalError</Code></Error>")
    wire.fails = lambda call: AFTER if first(wire, call, "index.html") else None
    report = deployer()
    wire.answer = (403, b"")
    assert report.status == "ok"
    assert [call.status for call in wire.of("PUT") if call.key == "index.html"] == [500, 412]
    assert bucket.bodies() == tree_bodies(dist)
    assert deployer().requests.put == 0


def test_a_manifest_whose_answer_was_lost_is_recognised_as_ones_own(deployer, wire):
    wire.answer = (500, b"<Error><Code>InternalError</Code></Error>")
    wire.fails = lambda call: AFTER if first(wire, call, MANIFEST_KEY) else None
    assert deployer().status == "ok"
    wire.answer = (403, b"")
    assert deployer().requests.put == 0


def test_a_conflict_of_conditional_writes_is_tried_again(deployer, bucket, wire, dist):
    wire.answer = (409, CONFLICT)
    wire.fails = lambda call: BEFORE if first(wire, call, "t0/") else None
    assert deployer().status == "ok"
    wire.answer = (403, b"")
    assert bucket.bodies() == tree_bodies(dist)


def test_a_store_without_conditional_writes_is_written_to_without_conditions(deployer, bucket, wire, dist):
    conditions = {"If-Match", "If-None-Match"}
    wire.answer = (501, b"<Error><Code>NotImplemented</Code></Error>")
    wire.fails = lambda call: BEFORE if call.method != "GET" and conditions & call.headers.keys() else None
    assert deployer().status == "ok"
    write_version(dist, 1)
    assert deployer().status == "ok"
    assert tree_bodies(dist).items() <= bucket.bodies().items()
    assert deployer(after=9 * 86_400).deleted == 2
    wire.answer = (403, b"")


# --- Other hands in the bucket --------------------------------------------------------


def once(function):
    """Call the function the first time only."""
    left = [function]
    return lambda: left.pop()() if left else None


def test_an_object_that_a_newer_build_wrote_meanwhile_ends_the_deploy(deployer, bucket, wire, dist):
    deployer()
    write_version(dist, 1)
    theirs = once(
        lambda: bucket.put(
            "index.html",
            b"theirs",
            Metadata={"sitegen-sha256": "0" * 64, "sitegen-built-at": "2025-11-23T07:44:45.000Z"},
        )
    )
    wire.arrives = lambda call: theirs() if (call.method, call.key) == ("PUT", "index.html") else None
    with pytest.raises(BusyError, match="comes from a newer build"):
        deployer()
    assert bucket.body("index.html") == b"theirs"
    assert wire.keys("PUT")[-1] == "index.html"


def test_an_object_that_an_older_build_wrote_meanwhile_is_replaced(deployer, bucket, wire, dist):
    deployer()
    write_version(dist, 1)
    theirs = once(
        lambda: bucket.put(
            "index.html",
            b"theirs",
            Metadata={"sitegen-sha256": "0" * 64, "sitegen-built-at": "2020-01-01T00:00:00.000Z"},
        )
    )
    wire.arrives = lambda call: theirs() if (call.method, call.key) == ("PUT", "index.html") else None
    assert deployer().status == "ok"
    assert bucket.body("index.html") == tree_bodies(dist)["index.html"]


def test_an_object_that_vanished_meanwhile_is_written_anew(deployer, bucket, wire, dist):
    deployer()
    write_version(dist, 1)
    bucket.drop("404.html")
    assert deployer().status == "ok"
    assert bucket.body("404.html") == tree_bodies(dist)["404.html"]


def test_a_deploy_that_another_one_overtook_stops_before_it_touches_a_page(deployer, bucket, wire, dist):
    """The other one changes only what this one leaves alone, so that no object's own condition fails."""
    deployer()
    write_version(dist, 1)
    before = bucket.bodies()
    content = bucket.body(MANIFEST_KEY)
    overtake = once(lambda: bucket.put(MANIFEST_KEY, content + b" "))
    wire.arrives = lambda call: overtake() if call.key.startswith("_a/") else None
    with pytest.raises(BusyError, match="was deployed to by another run meanwhile"):
        deployer()
    assert {key: body for key, body in bucket.bodies().items() if key in before} == before
    assert deployer().status == "ok"


def test_a_manifest_that_changed_at_the_last_moment_is_not_overwritten(deployer, bucket, wire, dist):
    deployer()
    write_version(dist, 1)
    content = bucket.body(MANIFEST_KEY)
    overtake = once(lambda: bucket.put(MANIFEST_KEY, content + b" "))
    wire.arrives = lambda call: overtake() if (call.method, call.key) == ("PUT", "index.html") else None
    with pytest.raises(SitegenError, match="changed while it was being deployed"):
        deployer()
    assert bucket.body(MANIFEST_KEY) == content + b" "
    assert deployer().status == "ok"
    assert tree_bodies(dist).items() <= bucket.bodies().items()


def test_a_bucket_that_was_edited_by_hand_is_healed_when_asked(deployer, bucket, wire, dist):
    deployer()
    bucket.put("index.html", b"edited")
    bucket.drop("t0/")
    assert deployer().requests.put == 0
    report = deployer(reconcile=True)
    assert {line.key: line.reason for line in report.uploaded} == {
        "t0/": "new",
        "index.html": "changed in the bucket",
    }
    assert report.requests.list == 1
    assert report.requests.head == 1
    assert bucket.bodies() == tree_bodies(dist)
    assert deployer(reconcile=True).requests.put == 0


@pytest.mark.parametrize("lost", ["gone", "garbage"])
def test_a_lost_manifest_is_rebuilt_from_one_listing_without_uploading_again(deployer, bucket, dist, lost):
    deployer()
    write_version(dist, 1)
    deployer()
    bucket.drop(MANIFEST_KEY) if lost == "gone" else bucket.put(MANIFEST_KEY, b"{")
    report = deployer()
    assert (report.uploaded, report.requests.list, report.requests.put) == ((), 1, 1)
    # This machine remembers what the site has there.
    assert deployer(after=9 * 86_400).deleted == 2
    assert bucket.bodies() == tree_bodies(dist)


@pytest.mark.parametrize("lost", ["gone", "garbage"])
def test_after_a_lost_manifest_another_machine_deletes_nothing_that_no_manifest_names(
    deployer, bucket, dist, lost
):
    deployer()
    write_version(dist, 1)
    deployer()
    bucket.drop(MANIFEST_KEY) if lost == "gone" else bucket.put(MANIFEST_KEY, b"{")
    deployer.move()
    report = deployer()
    assert (report.uploaded, report.requests.list, report.requests.put) == ((), 1, 1)
    assert deployer(after=9 * 86_400).deleted == 0
    assert bucket.bodies().items() >= tree_bodies(dist).items()


def test_a_manifest_of_a_later_version_of_sitegen_is_left_alone(deployer, bucket, wire):
    deployer()
    bucket.put(MANIFEST_KEY, bucket.body(MANIFEST_KEY).replace(b'"version":1', b'"version":2'))
    wire.forget()
    with pytest.raises(SitegenError, match="written by a newer sitegen"):
        deployer()
    assert wire.of("PUT") == []


def test_where_a_later_sitegen_deployed_to_one_copy_no_copy_is_touched(twin_deployer, buckets, dist, wire):
    twin_deployer()
    newer = buckets[1].body(MANIFEST_KEY).replace(b'"version":1', b'"version":2')
    buckets[1].put(MANIFEST_KEY, newer)
    write_version(dist, 1)
    wire.forget()
    with pytest.raises(NewerLayoutError, match=f"s3://{buckets[1].name}/{MANIFEST_KEY} has layout 2 "):
        twin_deployer(force=True)
    assert (wire.of("PUT"), wire.of("DELETE")) == ([], [])


@pytest.mark.parametrize("layout", [b"0", b"-1", b'"9"', b"1e300", b"null"])
def test_a_manifest_with_a_number_that_no_sitegen_wrote_is_rebuilt(deployer, bucket, layout):
    deployer()
    bucket.put(MANIFEST_KEY, bucket.body(MANIFEST_KEY).replace(b'"version":1', b'"version":' + layout))
    assert (deployer().uploaded, deployer().requests.put) == ((), 0)
    assert b'"version":1' in bucket.body(MANIFEST_KEY)


def test_a_manifest_of_the_first_layout_without_its_number_is_read(deployer, bucket):
    deployer()
    bucket.put(MANIFEST_KEY, bucket.body(MANIFEST_KEY).replace(b',"version":1', b""))
    report = deployer()
    assert (report.uploaded, report.requests.list) == ((), 0)

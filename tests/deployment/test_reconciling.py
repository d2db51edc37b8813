"""What other hands do to a bucket is found and mended, without a flag and without a guard in its way."""

import re

import pytest
from sitegen.deployment.model import MANIFEST_KEY
from sitegen.errors import BusyError
from tests.deployment.house import asset_name, side_by_side, tree_bodies, write_site

HOUR = 3600
OLD = {"sitegen-sha256": "0" * 64, "sitegen-built-at": "2025-11-23T07:43:00.000Z"}
FUTURE = {"sitegen-sha256": "0" * 64, "sitegen-built-at": "2031-01-01T00:00:00.000Z"}
ASSET = asset_name("body{}")


def drop_all(bucket, keys):
    for key in keys:
        bucket.drop(key)


def pages(bucket):
    return {key for key in bucket.all_keys() if not key.startswith(("_a/", "_sitegen/"))}


DRIFTS = {
    "a page edited": lambda bucket: bucket.put("about/", b"edited"),
    "a page emptied": lambda bucket: bucket.put("about/", b""),
    "a page cut off": lambda bucket: bucket.put("index.html", bucket.body("index.html")[:40]),
    "a page deleted": lambda bucket: bucket.drop("traces/aa/"),
    "the overview deleted": lambda bucket: bucket.drop("index.html"),
    "the page for errors deleted": lambda bucket: bucket.drop("404.html"),
    "a list deleted": lambda bucket: bucket.drop("traces/"),
    "a file deleted": lambda bucket: bucket.drop("metrics/p95.1h.csv"),
    "a picture replaced": lambda bucket: bucket.put("about/me.png", b"another"),
    "a style sheet deleted": lambda bucket: bucket.drop(ASSET),
    "a style sheet replaced": lambda bucket: bucket.put(ASSET, b"p{}"),
    "half of it deleted": lambda bucket: drop_all(bucket, sorted(bucket.all_keys())[::2]),
    "every page deleted": lambda bucket: drop_all(bucket, pages(bucket)),
    "all but the manifest deleted": lambda bucket: drop_all(bucket, bucket.all_keys() - {MANIFEST_KEY}),
    "all deleted": lambda bucket: drop_all(bucket, bucket.all_keys()),
    "the manifest deleted": lambda bucket: bucket.drop(MANIFEST_KEY),
    "the manifest cut off": lambda bucket: bucket.put(MANIFEST_KEY, bucket.body(MANIFEST_KEY)[:99]),
    "manifest and overview deleted": lambda bucket: drop_all(bucket, [MANIFEST_KEY, "index.html"]),
    "a late write of an older build": lambda bucket: bucket.put("about/", b"older", Metadata=OLD),
    "a late write of a list": lambda bucket: bucket.put("traces/", b"older", Metadata=OLD),
    "a write from the future": lambda bucket: bucket.put("about/", b"later", Metadata=FUTURE),
    "a foreign object": lambda bucket: bucket.put("notes/", b"somebody's"),
}


@pytest.mark.parametrize("drift", DRIFTS)
def test_drift_in_a_bucket_is_mended_within_an_hour(deployer, bucket, dist, drift):
    deployer.run_all = side_by_side
    deployer()
    deployer()
    DRIFTS[drift](bucket)
    foreign = {key: bucket.body(key) for key in bucket.all_keys() if key == "notes/"}

    assert deployer(after=HOUR).status == "ok"

    assert bucket.bodies() == tree_bodies(dist) | foreign
    assert deployer().requests.put == 0


@pytest.mark.parametrize("drift", ["half of it deleted", "a page deleted", "a late write of an older build"])
def test_what_changes_at_the_same_time_is_mended_too(deployer, bucket, dist, drift):
    deployer.run_all = side_by_side
    deployer()
    DRIFTS[drift](bucket)
    write_site(dist, css="i{}", note="changed")
    deployer()
    assert deployer(after=HOUR).status == "ok"
    assert tree_bodies(dist).items() <= bucket.bodies().items()


def test_a_bucket_is_listed_once_an_hour_and_not_between(deployer):
    first = deployer()
    lists = [deployer(after=1200).requests.list for _ in range(9)]
    assert first.requests.list == 0
    assert lists == [0, 0, 1, 0, 0, 1, 0, 0, 1]


def test_a_machine_that_remembers_nothing_compares_at_once(deployer):
    deployer()
    deployer.move()
    assert (deployer().requests.list, deployer().requests.list) == (1, 0)


def test_neighbours_that_do_not_concern_the_site_are_not_asked_for(deployer, bucket):
    deployer()
    for number in range(5):
        bucket.put(f"notes/{number}/", b"somebody's")
    report = deployer(after=HOUR)
    assert (report.requests.list, report.requests.head) == (1, 0)


def test_after_a_lost_race_the_next_deploy_compares(deployer, bucket, wire, dist):
    deployer()
    write_site(dist, css="i{}", note="changed")
    content, left = bucket.body(MANIFEST_KEY), [1]
    # Another one commits while this one uploads its assets, and writes a page that stays as it was for this one.
    wire.arrives = lambda call: (
        [bucket.put(MANIFEST_KEY, content + b" "), bucket.put("feed.xml", b"theirs", Metadata=OLD)]
        if call.key.startswith("_a/") and left and left.pop()
        else None
    )
    with pytest.raises(Exception, match="by another run meanwhile"):
        deployer()
    wire.forget()
    report = deployer()
    assert report.requests.list == 1
    assert bucket.bodies().items() >= tree_bodies(dist).items()


def test_what_a_newer_build_left_that_was_cut_off_is_found_and_not_replaced(deployer, bucket, wire):
    deployer()
    newer = {"sitegen-sha256": "0" * 64, "sitegen-built-at": "2025-11-23T07:45:05.000Z"}
    bucket.put("404.html", b"newer", Metadata=newer)
    wire.forget()
    with pytest.raises(BusyError, match="newer than this one"):
        deployer(reconcile=True)
    assert wire.of("PUT") == []


def test_a_build_from_the_future_that_was_deployed_does_not_freeze_the_site(deployer, bucket, dist):
    deployer()
    manifest = bucket.body(MANIFEST_KEY)
    bucket.put(MANIFEST_KEY, re.sub(rb'"built_at":[0-9.]+', b'"built_at":1863883810.0', manifest))
    write_site(dist, note="now")
    assert deployer().status == "ok"
    assert bucket.bodies() == tree_bodies(dist)


def test_a_build_that_says_it_comes_from_the_future_is_refused(deployer, wire):
    with pytest.raises(Exception, match="which is still to come") as caught:
        deployer(built_at=deployer.now + 3600)
    assert (caught.value.exit_code, caught.value.reason) == (6, "clock")
    assert wire.calls == []


def test_two_hosts_may_differ_by_a_cycle(deployer):
    assert deployer(built_at=deployer.now + 30 + 50).status == "ok"

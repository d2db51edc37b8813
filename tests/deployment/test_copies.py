"""Two copies, one of which is ill: the other is current after every deploy, and the ill one follows when it is well."""

import re
import threading
import time

import pytest
from sitegen.deployment.model import Bucket, Target
from sitegen.errors import BusyError
from tests.deployment.house import Deployer, side_by_side, tree_bodies, wait_for_the_left_behind, write_site
from tests.deployment.wire import AFTER, BEFORE, DRIP, HANG, PORTAL, RESET

FAULTS = {
    "hangs": HANG,
    "drips": DRIP,
    "resets": RESET,
    "is a portal": PORTAL,
    "is denied": BEFORE,
    "loses answers": AFTER,
    "hangs at writes": HANG,
    "answers slowly": None,
}
SECONDS = 5.0


@pytest.fixture
def twins(twin_deployer):
    twin_deployer.run_all = side_by_side
    return twin_deployer


@pytest.fixture
def scene(twins, buckets, wire, dist):
    return twins, buckets, wire, dist


def make_ill(wire, kind, bucket):
    """Let every request to a bucket end so, or those that write."""
    writes = kind == "hangs at writes"

    def fails(call):
        if call.bucket != bucket.name or (writes and call.method != "PUT"):
            return None
        return FAULTS[kind]

    wire.fails = fails
    if kind == "answers slowly":
        wire.takes = lambda call: 1.5 if call.bucket == bucket.name else 0.0


def is_current(bucket, dist):
    return tree_bodies(dist).items() <= bucket.bodies().items()


def live_through(twins, buckets, wire, dist, kind, position, *, cycles):  # noqa: PLR0917 - the scene and its parts
    ill, well = buckets[position], buckets[1 - position]
    twins()
    for cycle in range(cycles):
        write_site(dist, css=f"p{{order:{cycle}}}", note=f"{kind} {cycle}")
        make_ill(wire, kind, ill)
        report = twins(seconds=SECONDS)
        wire.forget()
        wait_for_the_left_behind()
        assert is_current(well, dist)
        assert {one.name: one.status == "current" for one in report.copies} == {
            ill.name: False,
            well.name: True,
        }
        assert [problem.where for problem in report.problems] == [f"deploy.{ill.name}"]
        assert report.duration_seconds <= SECONDS + 5  # a copy that hangs has no end
    for _ in range(2):
        wire.forget()
        report = twins()
    assert report.status == "ok"
    assert is_current(ill, dist)


@pytest.mark.parametrize(("position", "kind"), [(n % 2, kind) for n, kind in enumerate(FAULTS)])
def test_a_copy_that_is_ill_holds_up_no_other_and_follows_when_it_is_well(scene, position, kind):
    live_through(*scene, kind, position, cycles=1)


@pytest.mark.slow
@pytest.mark.parametrize("kind", FAULTS)
@pytest.mark.parametrize("position", [0, 1])
def test_for_twenty_cycles_too(scene, position, kind):
    live_through(*scene, kind, position, cycles=20)


def test_a_copy_that_did_not_answer_is_asked_one_small_question_first(twins, buckets, wire, dist):
    twins()
    write_site(dist, note="changed")
    make_ill(wire, "hangs", buckets[1])
    twins(seconds=SECONDS)
    wire.forget()
    wait_for_the_left_behind()
    make_ill(wire, "is denied", buckets[1])
    wire.answer = (503, b"<Error><Code>SlowDown</Code></Error>")
    twins()
    wire.answer = (403, b"")
    asked = [(call.method, call.key) for call in wire.calls if call.bucket == buckets[1].name]
    assert asked[0] == ("HEAD", "_sitegen/manifest.json")


def test_a_slow_copy_goes_on_by_itself_after_the_others_left_it_behind(twins, buckets, wire, dist):
    twins()
    write_site(dist, css="i{}", note="changed")
    wire.takes = lambda call: 1.2 if (call.bucket, call.method) == (buckets[1].name, "PUT") else 0.0
    report = twins(seconds=20)
    assert report.status == "ok"
    assert all(is_current(bucket, dist) for bucket in buckets)
    puts = [call.bucket for call in wire.of("PUT")]
    assert puts.index(buckets[0].name) < len(puts) - 1 - puts[::-1].index(buckets[1].name)


def test_a_copy_that_answers_late_keeps_what_is_newer_there(twins, buckets, wire, dist):
    twins()
    newer = buckets[1].body("_sitegen/manifest.json")
    stamp = twins.now + 90
    newer = re.sub(rb'"built_at":[0-9.]+', b'"built_at":%f' % stamp, newer)
    buckets[1].put("_sitegen/manifest.json", newer)
    before = buckets[1].bodies()
    write_site(dist, note="older")
    wire.takes = lambda call: 1.3 if (call.bucket, call.method) == (buckets[1].name, "GET") else 0.0
    with pytest.raises(BusyError, match="newer than this one"):
        twins(seconds=20)
    assert buckets[1].bodies() == before


def test_nothing_is_deleted_while_a_copy_cannot_be_read(twins, buckets, wire, dist):
    write_site(dist, traces=("aa", "bb"))
    twins()
    write_site(dist, traces=("aa",))
    (dist / "traces/bb/index.html").unlink()
    twins()
    make_ill(wire, "is denied", buckets[1])
    twins(after=600)
    assert wire.of("DELETE") == []
    wire.forget()
    assert twins(after=600).deleted == 1
    assert {call.bucket for call in wire.of("DELETE")} == {bucket.name for bucket in buckets}


def test_every_bucket_may_be_behind_an_endpoint_of_its_own_and_one_be_down(proxy, wire, buckets, dist):
    # A port that nothing listens on: the connection is refused at once.
    places = (Bucket(buckets[0].name, "us-east-1"), Bucket("elsewhere", "us-east-1"))
    target = Target(name="two", buckets=places, endpoint_url=proxy[1])
    report = Deployer(target, dist)()
    assert report.status == "degraded"
    assert is_current(buckets[0], dist)


def test_all_copies_ill_is_one_sentence_within_the_deadline(twins, buckets, wire):
    wire.fails = lambda call: HANG
    began = time.monotonic()
    with pytest.raises(Exception, match=re.escape("has not answered in time")):
        twins(seconds=1)
    assert time.monotonic() - began < 1 + 10  # without a deadline they have no end
    wire.forget()
    assert threading.active_count() < 200

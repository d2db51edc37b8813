"""What does not fit into one deadline goes on in the next deploy, and nothing is sent twice."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from sitegen.deployment.memory import Memory, Remembered
from sitegen.deployment.model import MANIFEST_KEY, Entry, Kind
from sitegen.errors import SitegenError
from tests.deployment.house import side_by_side, tree_bodies, wait_for_the_left_behind, write_site

ENTRY = Entry(
    sha256="9f", headers_digest="a1", etag='"5d"', size=3, kind=Kind.LEAF, changed_at=1.0, interval=30.0
)


def by_thirty_two(function, items):
    with ThreadPoolExecutor(32) as pool:
        return list(pool.map(function, items))


def deploy_until_done(deployer, runs, **options):
    """Deploy again and again; give how many runs it took."""
    for run in range(1, runs + 1):
        wait_for_the_left_behind()
        try:
            deployer(**options)
        except SitegenError as error:  # the one sentence for all copies
            if "the next deploy goes on from there" not in str(error):
                raise
        else:
            return run
    raise AssertionError(f"not done in {runs} runs")


def puts(wire):
    return Counter(key for key in wire.keys("PUT") if key != MANIFEST_KEY)


def test_a_site_that_takes_longer_than_a_deadline_arrives_within_a_few_each_object_once(
    deployer, bucket, wire, dist
):
    write_site(dist, traces=tuple(f"t{number}" for number in range(200)))
    deployer.run_all = side_by_side
    wire.takes = lambda call: 0.1
    runs = deploy_until_done(deployer, 20, seconds=3.0)
    assert runs > 1
    assert bucket.bodies() == tree_bodies(dist)
    assert set(puts(wire).values()) == {1}


@pytest.mark.slow
def test_a_thousand_objects_at_seven_tenths_of_a_second_arrive_within_eight_runs(
    deployer, bucket, wire, dist
):
    write_site(dist, traces=tuple(f"t{number}" for number in range(1000)))
    deployer.run_all = by_thirty_two
    wire.takes = lambda call: 0.7
    runs = deploy_until_done(deployer, 8, seconds=12)
    assert runs > 1
    assert bucket.bodies() == tree_bodies(dist)
    assert set(puts(wire).values()) == {1}


def test_another_machine_goes_on_from_the_manifest_of_a_deploy_that_was_not_done(
    deployer, bucket, wire, dist
):
    write_site(dist, traces=tuple(f"t{number}" for number in range(200)))
    deployer.run_all = side_by_side
    wire.takes = lambda call: 0.1
    with pytest.raises(SitegenError):
        deployer(seconds=3.0)
    wait_for_the_left_behind()
    wire.takes = lambda call: 0.0
    deployer.move()
    assert deployer().status == "ok"
    assert bucket.bodies() == tree_bodies(dist)
    assert set(puts(wire).values()) == {1}


@pytest.mark.parametrize("after", [1, 3, 6])
def test_what_a_killed_deploy_had_sent_is_not_sent_again(deployer, bucket, wire, dist, after):
    deployer()
    write_site(dist, css="k{}", note="changed", traces=("aa", "bb", "cc"))
    wire.forget()
    done = iter(range(1000))

    def die(function, items):
        results = []
        for item in items:
            if wire.of("PUT")[after:] or next(done) > 50:
                raise KeyboardInterrupt
            results.append(function(item))
        return results

    deployer.run_all = die
    with pytest.raises(KeyboardInterrupt):
        deployer()
    assert len(puts(wire)) == after + 1
    deployer.run_all = side_by_side
    assert deployer().status == "ok"
    assert bucket.bodies() == {**bucket.bodies(), **tree_bodies(dist)}
    assert set(puts(wire).values()) == {1}
    assert deployer().requests.put == 0


def test_a_first_deploy_that_was_not_done_is_not_too_large_for_the_next(deployer, bucket, wire, dist):
    write_site(dist, traces=tuple(f"t{number}" for number in range(60)))
    wire.takes = lambda call: 0.3
    with pytest.raises(SitegenError):
        deployer(seconds=1.5)
    wait_for_the_left_behind()
    wire.takes = lambda call: 0.0
    deployer.run_all = side_by_side
    assert deployer().status == "ok"
    assert bucket.bodies() == tree_bodies(dist)


# --- What is remembered -------------------------------------------------------------


def test_what_was_confirmed_counts_for_the_manifest_that_it_was_written_after(tmp_path):
    memory = Memory(tmp_path, "test s3://obs/")
    memory.begin()
    memory.note('"1"', "metrics/", ENTRY)
    memory.note(None, "about/", ENTRY)
    assert memory.confirmed('"1"') == {"metrics/": ENTRY}
    assert memory.confirmed(None) == {"about/": ENTRY}
    assert memory.confirmed('"2"') == {}


def test_a_line_that_was_cut_off_ends_the_journal_and_loses_none_before_it(tmp_path):
    memory = Memory(tmp_path, "test s3://obs/")
    memory.begin()
    memory.note(None, "metrics/", ENTRY)
    journal = next(tmp_path.glob("deployed/*.journal"))
    journal.write_bytes(journal.read_bytes() + b'{"base":nu')
    assert memory.confirmed(None) == {"metrics/": ENTRY}


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"null", b'{"place":"another"}', b'{"place":1}'])
def test_a_damaged_memory_is_none(tmp_path, body):
    memory = Memory(tmp_path, "test s3://obs/")
    memory.begin()
    next(tmp_path.glob("deployed/*.json")).write_bytes(body)
    assert memory.recall() == Remembered("test s3://obs/")


def test_a_place_that_cannot_remember_deploys_all_the_same(deployer, bucket, dist):
    deployer.memory.mkdir()
    (deployer.memory / "deployed").write_text("a file, and no folder")
    assert deployer().status == "ok"
    write_site(dist, note="changed")
    assert deployer().status == "ok"
    assert bucket.bodies() == tree_bodies(dist)

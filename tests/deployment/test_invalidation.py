"""What the edge is told to forget: nothing by default, and never more than is free."""

import json

import pytest
from msgspec.structs import replace
from sitegen.deployment.invalidation import Invalidation, choose_paths, states_of
from tests.deployment.house import write_site


def status(**states) -> str:
    return json.dumps(
        {"services": [{"id": name, "title": name, "status": word} for name, word in states.items()]}
    )


@pytest.fixture
def edged(deployer, wire):
    """A deployer of a target with a distribution, whose invalidations are taken and kept."""
    deployer.target = replace(deployer.target, distribution_id="E123EXAMPLE")
    wire.answer = (201, b"<Invalidation/>")
    wire.fails = lambda call: "never arrived" if call.method == "POST" else None
    return deployer


def test_by_default_nothing_is_forgotten(edged, wire, dist):
    edged()
    write_site(dist, note="changed")
    assert edged().invalidated == 0
    assert wire.of("POST") == []


def test_all_is_forgotten_when_a_services_state_changes_and_not_else(edged, wire, dist):
    counts = []
    for word in ("up", "up", "down", "down", "up"):
        write_site(dist, note=f"at {len(counts)}")
        (dist / "status.json").write_text(status(shop=word, home="up"))
        counts.append(edged(invalidation=Invalidation.ON_STATE_CHANGE).invalidated)
    assert counts == [0, 0, 1, 0, 1]
    assert len(wire.of("POST")) == 2


def test_what_changed_is_forgotten_up_to_eight_paths_and_beyond_everything_at_once(edged, dist):
    edged()
    write_site(dist, note="changed")
    assert edged(invalidation=Invalidation.BUDGETED).invalidated == 1
    write_site(dist, css="i{}")
    assert edged(invalidation=Invalidation.BUDGETED).invalidated == 8
    write_site(dist, css="i{}", traces=tuple(f"t{number}" for number in range(9)))
    assert edged(invalidation=Invalidation.BUDGETED).invalidated == 1


def test_no_more_than_the_months_free_paths_are_forgotten_and_that_is_said(edged, bucket, dist):
    edged()
    manifest = json.loads(bucket.body("_sitegen/manifest.json"))
    bucket.put("_sitegen/manifest.json", json.dumps(manifest | {"purges": {"2025-11": 897}}).encode())
    counts, told = [], []
    for cycle in range(5):
        write_site(dist, note=str(cycle))
        report = edged(invalidation=Invalidation.BUDGETED, after=30)
        counts.append(report.invalidated)
        told.append(["900 paths were invalidated this month" in one.message for one in report.problems])
    assert counts == [1, 1, 1, 0, 0]
    assert told == [[], [], [], [True], [True]]


def test_the_count_of_a_month_is_kept_in_the_bucket(edged, bucket, dist):
    edged()
    manifest = json.loads(bucket.body("_sitegen/manifest.json"))
    bucket.put("_sitegen/manifest.json", json.dumps(manifest | {"purges": {"2025-11": 900}}).encode())
    write_site(dist, note="changed")
    report = edged(invalidation=Invalidation.BUDGETED)
    assert report.invalidated == 0
    assert "900 paths were invalidated this month" in report.problems[0].message
    assert json.loads(bucket.body("_sitegen/manifest.json"))["purges"] == {"2025-11": 900}


def test_a_dry_run_says_what_would_be_forgotten(edged, wire, dist):
    edged()
    write_site(dist, note="changed")
    assert edged(invalidation=Invalidation.BUDGETED, dry_run=True).invalidated == 1
    assert wire.of("POST") == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"services": 1}', b"\xff"])
def test_a_status_that_cannot_be_read_has_no_states(body):
    assert states_of(body) == ""


def test_a_page_is_forgotten_under_its_url():
    assert choose_paths(Invalidation.BUDGETED, ["index.html", "metrics/", "feed.xml"], "", "") == (
        "/",
        "/metrics/",
        "/feed.xml",
    )

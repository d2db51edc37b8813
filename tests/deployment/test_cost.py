"""What deploys cost: counted by request, projected from the last day, and kept below a cap by spacing them out."""

import pytest
from msgspec.structs import replace
from sitegen.deployment.cost import DAY, GET, GIGABYTE, HOUR, MONTH, PUT, Spending, dollars
from sitegen.deployment.model import Requests
from sitegen.deployment.standing import TargetMemory
from sitegen.errors import RefusedError
from tests.deployment.house import NOW, write_site

CYCLE = 30.0


def spend(spending, costs, *, every=CYCLE, cap=None):
    now = spending.since or NOW
    for cost in costs:
        now += every
        spending = spending.add(cost, now, cap, 0)
    return spending, now


FIRST = Spending("live").add(5.0, NOW, None, 0)


def told(wire):
    """What the requests that the store saw cost, counted on its own."""
    dear = sum(call.method == "PUT" or "list-type" in call.query for call in wire.calls)
    cheap = sum(call.method in {"GET", "HEAD"} and "list-type" not in call.query for call in wire.calls)
    return dear * 0.005 / 1000 + cheap * 0.0004 / 1000


# --- Counting ---------------------------------------------------------------------------


def test_requests_cost_what_the_price_list_says():
    assert dollars({"put": 1000, "list": 1000, "get": 1000, "head": 1000, "delete": 1000}) == pytest.approx(
        0.0108
    )


def test_the_first_deploy_is_paid_once_and_counts_for_no_month():
    assert FIRST.projected(NOW + CYCLE, CYCLE, 0.001, 0) == pytest.approx(0.001 * MONTH / CYCLE)


def test_a_month_is_projected_from_the_deploys_of_the_last_day():
    spending, now = spend(FIRST, [0.002, 0.004] * 1440)
    assert spending.projected(now, CYCLE, 0.0, 10**9) == pytest.approx(
        0.003 * MONTH / CYCLE + GIGABYTE, rel=0.01
    )


def test_what_is_older_than_a_day_counts_no_more():
    spending, now = spend(FIRST, [1.0] * 10)
    spending, now = spend(Spending("live", since=NOW, hours=spending.hours), [0.001] * 24, every=2 * HOUR)
    assert spending.projected(now, CYCLE, 0.0, 0) == pytest.approx(0.001 * MONTH / (2 * HOUR), rel=0.1)


def test_two_deploys_by_hand_within_a_second_are_no_pace():
    spending, now = spend(FIRST, [0.001, 0.001], every=0.5)
    assert spending.projected(now, CYCLE, 0.0, 0) == pytest.approx(0.001 * MONTH / CYCLE)


@pytest.mark.parametrize("new", [10, 40])
def test_new_objects_in_every_deploy_cost_what_they_cost(deployer, wire, dist, new):
    """454 new objects a deploy were projected at $22.67 a month, once each; it is $196."""
    deployer()
    reports = []
    for cycle in range(4):
        wire.calls.clear()
        write_site(dist, note=str(cycle), traces=tuple(f"t{cycle}x{number}" for number in range(new)))
        reports.append(deployer(max_deletes=1000, force=True))
    assert reports[-1].projected_usd_month == pytest.approx(told(wire) * MONTH / CYCLE, rel=0.05)
    assert reports[-1].projected_usd_month > new * PUT * MONTH / CYCLE


def test_every_request_that_a_store_sees_is_counted(twin_deployer, wire, dist):
    twin_deployer()
    wire.calls.clear()
    reports = []
    for cycle in range(6):
        write_site(dist, css=f"p{{order:{cycle}}}", note=str(cycle))
        reports.append(twin_deployer(reconcile=cycle == 3))
    counts = sum(
        (sum(getattr(one.requests, name) for name in Requests.__struct_fields__) for one in reports), 0
    )
    assert counts == len(wire.calls)
    spent = sum(TargetMemory(twin_deployer.memory, "twins").spending().hours.values())
    assert spent == pytest.approx(told(wire), rel=0.01)


def test_what_a_failed_deploy_asked_is_counted_too(deployer, wire, dist):
    deployer()
    wire.calls.clear()
    write_site(dist, note="changed")
    wire.fails = lambda call: "never arrived" if call.method == "PUT" else None
    with pytest.raises(Exception, match="access was denied"):
        deployer()
    spent = sum(TargetMemory(deployer.memory, "test").spending().hours.values())
    assert spent == pytest.approx(told(wire))


def test_a_dry_run_costs_its_reads_and_projects_with_what_it_would_do(deployer, dist):
    deployer()
    write_site(dist, note="changed")
    report = deployer(dry_run=True)
    assert report.projected_usd_month == pytest.approx((2 * PUT + 3 * GET) * MONTH / CYCLE, rel=0.1)


# --- The cap ----------------------------------------------------------------------------


def test_a_fresh_site_is_let_through_whatever_it_costs(deployer, dist):
    write_site(dist, traces=tuple(f"t{number}" for number in range(60)))
    assert deployer(cost_cap_usd_month=0.05).status == "ok"


def test_a_target_that_moves_is_filled_whatever_that_costs(deployer, buckets):
    deployer()
    place = replace(deployer.target.buckets[0], name=buckets[1].name)
    deployer.target = replace(deployer.target, buckets=(place,))
    assert deployer(cost_cap_usd_month=0.01).status == "ok"
    assert TargetMemory(deployer.memory, "test").spending().projected(deployer.now, CYCLE, 0.0, 0) == 0.0


def test_deploys_are_spaced_out_so_that_the_month_stays_below_the_cap(deployer, bucket, wire, dist):
    deployer()
    sent, cap = 0, 0.2
    for cycle in range(120):
        write_site(dist, note=str(cycle))
        wire.calls.clear()
        report = deployer(cost_cap_usd_month=cap)
        sent += bool(report.uploaded)
        if not report.uploaded:
            assert report.status == "degraded"
            assert "spaced out so that a month stays below $0.20" in report.problems[0].message
            assert [copy.status for copy in report.copies] == ["lagging"]
            assert wire.of("PUT") == []
    spent = sum(TargetMemory(deployer.memory, "test").spending().hours.values())
    hours = 120 * CYCLE / HOUR
    assert 0 < sent < 120
    assert spent <= cap * (hours + 1) * HOUR / MONTH * 1.2
    assert bucket.body("index.html") != b""


def test_what_is_due_for_deletion_waits_with_a_deploy_that_is_spaced_out(deployer, wire, dist):
    deployer()
    write_site(dist, traces=("aa",))
    (dist / "traces/bb/index.html").unlink()
    deployer()
    memory = TargetMemory(deployer.memory, "test")
    memory.keep_spending(replace(memory.spending(), left=0.0, at=deployer.now + 600))
    write_site(dist, note="changed", traces=("aa",))
    report = deployer(after=600, cost_cap_usd_month=1.0)
    assert report.status == "degraded"
    assert "spaced out" in report.problems[0].message
    assert wire.of("DELETE") == []


def test_a_deploy_that_one_an_hour_of_would_pass_the_cap_is_refused(deployer, wire, dist):
    deployer()
    write_site(dist, css="i{}", note="changed")
    wire.calls.clear()
    with pytest.raises(RefusedError, match="one such deploy an hour would cost") as caught:
        deployer(cost_cap_usd_month=0.01)
    assert (caught.value.reason, caught.value.exit_code) == ("cost", 6)
    assert wire.of("PUT") == []
    assert deployer(cost_cap_usd_month=0.01, force=True).status == "ok"


def test_no_cap_holds_up_a_repair(deployer, bucket, dist):
    deployer()
    for key in sorted(bucket.all_keys())[::2]:
        bucket.drop(key)
    assert deployer(after=HOUR, cost_cap_usd_month=0.01).status == "ok"
    assert all(bucket.body(key) for key in ("index.html", "404.html"))


def test_a_share_of_an_hour_grows_back_and_no_further():
    spending = Spending("live", since=NOW).add(0.01, NOW + 1, 7.2, 0)
    assert spending.share(NOW + 1, 7.2, 0) == pytest.approx(0.0)
    assert spending.share(NOW + 1801, 7.2, 0) == pytest.approx(0.005)
    assert spending.share(NOW + DAY, 7.2, 0) == pytest.approx(0.01)


# --- Seldom -----------------------------------------------------------------------------


def test_what_changes_too_often_is_sent_seldom(deployer, bucket, dist, wire):
    deployer()
    intervals = (("/traces/*", 0.0), ("/metrics/*", 300.0), ("/", 60.0))
    sent = []
    for _ in range(20):
        for path in ("index.html", "metrics/index.html", "traces/index.html"):
            (dist / path).write_text((dist / path).read_text() + "\n")
        wire.calls.clear()
        deployer(min_interval=intervals)
        sent += [key for key in wire.keys("PUT") if not key.startswith("_sitegen/")]
    assert {key: sent.count(key) for key in set(sent)} == {"index.html": 10, "metrics/": 2, "traces/": 20}


def test_what_a_held_page_links_to_stays_as_long_as_it_is_held(deployer, bucket, dist):
    deployer()
    write_site(dist, traces=("aa",))
    (dist / "traces/bb/index.html").unlink()
    held = (("/traces/", 3600.0),)
    deployer(min_interval=held)
    assert deployer(after=600, min_interval=held).deleted == 0
    assert b"bb/" in bucket.body("traces/")
    deployer(after=3600, min_interval=held)
    assert deployer(after=600, min_interval=held).deleted == 1

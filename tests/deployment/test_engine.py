"""Deploys over real HTTP, to a moto server behind a recording proxy."""

import msgspec
import pytest
from sitegen.deployment.model import MANIFEST_KEY, Bucket, RemoteManifest, Requests
from sitegen.errors import BusyError, ConfigError, RefusedError, SitegenError
from tests.deployment.house import asset_name, side_by_side, tree_bodies, write_site


def manifest_of(bucket) -> RemoteManifest:
    return msgspec.json.decode(bucket.body(MANIFEST_KEY), type=RemoteManifest)


def stage(key: str) -> int:
    """The stage that a key belongs to, worked out on its own."""
    if key == MANIFEST_KEY:
        return 5
    if key.startswith("_a/"):
        return 0
    if key.endswith((".csv", ".png", ".svg")):
        return 1
    if key == "index.html":
        return 4
    return 3 if key in {"404.html", "feed.xml", "status.json", "metrics/", "traces/"} else 2


# --- What is uploaded -----------------------------------------------------------


def test_a_deployed_bucket_holds_the_tree_byte_for_byte(deployer, bucket, dist):
    report = deployer()
    assert bucket.bodies() == tree_bodies(dist)
    assert report.status == "ok"
    assert {line.key for line in report.uploaded} == set(tree_bodies(dist))
    assert {line.reason for line in report.uploaded} == {"new"}
    assert sum(line.bytes for line in report.uploaded) == sum(map(len, tree_bodies(dist).values()))


def test_objects_carry_their_type_their_caching_and_where_they_come_from(deployer, bucket):
    deployer()
    index, asset = bucket.head("index.html"), bucket.head(asset_name("body{}"))
    fresh = "public, max-age=0, s-maxage=10, stale-while-revalidate=10, stale-if-error=604800"
    assert (index["ContentType"], index["CacheControl"]) == ("text/html; charset=utf-8", fresh)
    assert bucket.head("metrics/")["ContentType"] == "text/html; charset=utf-8"
    assert bucket.head("feed.xml")["CacheControl"] == fresh
    assert asset["ContentType"] == "text/css; charset=utf-8"
    assert asset["CacheControl"] == "public, max-age=31536000, immutable"
    assert index["Metadata"]["sitegen-gen"] == "1"
    assert index["Metadata"]["sitegen-built-at"] == "2025-11-23T07:44:00.000Z"
    assert len(index["Metadata"]["sitegen-sha256"]) == 64


def test_a_file_of_an_unknown_type_is_uploaded_all_the_same(deployer, bucket, dist):
    (dist / "data.weird").write_bytes(b"\0\1")
    (dist / "no-extension").write_bytes(b"")
    deployer()
    assert bucket.head("data.weird")["ContentType"] == "application/octet-stream"
    assert bucket.body("no-extension") == b""


def test_uploads_go_out_in_order_each_stage_after_the_one_before(deployer, wire):
    deployer.run_all = side_by_side
    deployer()
    stages = [stage(call.key) for call in wire.of("PUT")]
    assert stages == sorted(stages)
    assert set(stages) == {0, 1, 2, 3, 4, 5}


def test_every_write_is_conditional_and_carries_its_checksum(deployer, wire, dist):
    deployer()
    write_site(dist, note="changed")
    deployer()
    for call in wire.of("PUT"):
        headers = {name.lower(): value for name, value in call.headers.items()}
        assert ("if-match" in headers) != (headers.get("if-none-match") == "*")
        assert headers["x-amz-checksum-sha256"]


def test_a_first_deploy_puts_each_object_once_and_lists_nothing(deployer, dist):
    report = deployer()
    assert report.requests.put == len(tree_bodies(dist)) + 1
    assert (report.requests.head, report.requests.list, report.requests.delete) == (0, 0, 0)


def test_a_prefix_goes_before_every_key_and_into_no_report(deployer, bucket, dist):
    deployer.target = msgspec.structs.replace(deployer.target, prefix="/team/obs/")
    report = deployer()
    assert bucket.bodies("team/obs/") == tree_bodies(dist)
    assert "team/obs/_sitegen/manifest.json" in bucket.all_keys()
    assert "index.html" in {line.key for line in report.uploaded}
    assert deployer().requests == Requests(get=1)


# --- What is not ------------------------------------------------------------------


def test_a_second_deploy_of_the_same_tree_reads_the_manifest_and_writes_nothing(deployer, wire, dist):
    deployer()
    wire.forget()
    report = deployer()
    assert [(call.method, call.key) for call in wire.calls] == [("GET", MANIFEST_KEY)]
    assert report.requests == Requests(get=1)
    assert (report.uploaded, report.skipped, report.status) == ((), len(tree_bodies(dist)), "ok")


def test_a_changed_file_is_one_upload_and_the_manifest(deployer, wire, bucket, dist):
    deployer()
    write_site(dist, note="changed")
    wire.forget()
    report = deployer()
    assert wire.keys("PUT") == ["index.html", MANIFEST_KEY]
    assert [(line.key, line.reason) for line in report.uploaded] == [("index.html", "changed")]
    assert bucket.bodies() == tree_bodies(dist)


def test_changed_headers_alone_upload_exactly_the_objects_that_have_them(deployer, bucket, wire):
    deployer()
    manifest = manifest_of(bucket)
    entries = dict(manifest.entries)
    for key in ("metrics/", "feed.xml"):
        entries[key] = msgspec.structs.replace(entries[key], headers_digest="0" * 16)
    bucket.put(MANIFEST_KEY, msgspec.json.encode(msgspec.structs.replace(manifest, entries=entries)))
    wire.forget()
    report = deployer()
    assert {line.key: line.reason for line in report.uploaded} == {
        "metrics/": "headers changed",
        "feed.xml": "headers changed",
    }
    assert sorted(wire.keys("PUT")) == [MANIFEST_KEY, "feed.xml", "metrics/"]


def test_a_dry_run_names_what_it_would_do_and_writes_nothing(deployer, bucket, wire, dist):
    planned = deployer(dry_run=True)
    assert bucket.all_keys() == set()
    assert wire.of("PUT", "DELETE", "POST") == []
    assert planned.uploaded == deployer().uploaded
    assert planned.requests.put == 0


def test_the_report_has_exactly_the_fields_of_the_contract(deployer):
    report = msgspec.json.decode(msgspec.json.encode(deployer()))
    assert set(report) == {
        "target", "status", "exit", "refusal", "generation", "objects", "bytes", "uploaded", "deleted",
        "skipped", "invalidated", "copies", "requests", "projected_usd_month", "duration_seconds", "deleted_keys",
        "problems",
    }  # fmt: skip
    assert set(report["uploaded"][0]) == {"key", "reason", "bytes"}
    assert set(report["requests"]) == {"put", "get", "head", "list", "delete"}


def test_five_objects_that_change_each_cycle_cost_a_few_dollars(twin_deployer, dist):
    twin_deployer()
    changing = [
        "index.html",
        "status.json",
        "metrics/index.html",
        "metrics/2/index.html",
        "traces/index.html",
    ]
    for path in changing:
        (dist / path).write_text((dist / path).read_text() + "\n")
    report = twin_deployer()
    assert len(report.uploaded) == 5
    assert 5.18 < report.projected_usd_month < 6


# --- Deletes ----------------------------------------------------------------------------


def test_a_page_is_deleted_two_minutes_after_it_left_the_tree(deployer, bucket, wire, dist):
    deployer()
    (dist / "traces" / "bb" / "index.html").unlink()
    write_site(dist, traces=("aa",))
    assert deployer().deleted == 0
    assert deployer(after=119).requests == Requests(get=1)
    assert "traces/bb/" in bucket.all_keys()
    report = deployer(after=1)
    assert (report.deleted, report.deleted_keys) == (1, ("traces/bb/",))
    assert bucket.bodies() == tree_bodies(dist)
    assert "traces/bb/" not in manifest_of(bucket).entries
    assert deployer().requests == Requests(get=1)


def test_a_page_that_comes_back_after_its_grace_is_uploaded_again(deployer, bucket, dist):
    deployer()
    (dist / "traces" / "bb" / "index.html").unlink()
    write_site(dist, traces=("aa",))
    deployer()
    bucket.drop("traces/bb/")  # as a run does that dies after its deletes and before its last manifest
    write_site(dist)
    report = deployer(after=500)
    assert "traces/bb/" in {line.key for line in report.uploaded}
    assert bucket.bodies() == tree_bodies(dist)


def test_what_others_put_into_the_bucket_is_never_deleted(deployer, bucket):
    bucket.put("theirs/report.txt", b"theirs")
    deployer()
    deployer(reconcile=True)
    deployer(after=30 * 86_400, reconcile=True)
    assert bucket.body("theirs/report.txt") == b"theirs"


# --- Two buckets ----------------------------------------------------------------------------


def test_two_buckets_get_the_same_objects_and_a_line_of_the_report_each(twin_deployer, buckets, dist):
    twin_deployer.run_all = side_by_side
    report = twin_deployer()
    for bucket in buckets:
        assert bucket.bodies() == tree_bodies(dist)
    assert len(report.uploaded) == len(tree_bodies(dist))
    assert report.requests.put == 2 * (len(tree_bodies(dist)) + 1)
    assert twin_deployer().requests == Requests(get=2)


def test_assets_are_in_both_buckets_before_a_page_is_in_either(twin_deployer, wire):
    twin_deployer.run_all = side_by_side
    twin_deployer()
    stages = [stage(call.key) for call in wire.of("PUT")]
    assert stages == sorted(stages)


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_bucket_that_fails_lags_and_the_other_goes_on(twin_deployer, buckets, wire, dist, method):
    twin_deployer()
    before = buckets[1].bodies()
    write_site(dist, css="body{color:red}", note="changed")
    wire.fails = lambda call: (
        "never arrived" if (call.bucket, call.method) == (buckets[1].name, method) else None
    )
    report = twin_deployer()
    assert report.status == "degraded"
    assert [problem.where for problem in report.problems] == [f"deploy.{buckets[1].name}"]
    assert "access was denied" in report.problems[0].message
    assert tree_bodies(dist).items() <= buckets[0].bodies().items()
    assert buckets[1].bodies() == before
    wire.forget()
    assert twin_deployer().status == "ok"
    assert tree_bodies(dist).items() <= buckets[1].bodies().items()


def test_nothing_is_deleted_anywhere_while_a_bucket_lags(twin_deployer, buckets, wire, dist):
    twin_deployer()
    (dist / "traces" / "bb" / "index.html").unlink()
    write_site(dist, traces=("aa",))
    twin_deployer()
    write_site(dist, traces=("aa",), note="changed")
    wire.fails = lambda call: (
        "never arrived" if (call.bucket, call.method) == (buckets[1].name, "PUT") else None
    )
    assert twin_deployer(after=500).deleted == 0
    assert wire.of("DELETE") == []
    wire.forget()
    assert twin_deployer().deleted_keys == ("traces/bb/",)


def test_it_fails_when_every_bucket_does(twin_deployer, wire):
    wire.fails = lambda call: "never arrived"
    with pytest.raises(SitegenError, match="access was denied") as as_result:
        twin_deployer()
    assert as_result.value.exit_code == 1


def test_a_bucket_that_does_not_exist_is_a_fault_of_the_configuration(deployer):
    deployer.target = msgspec.structs.replace(deployer.target, buckets=(Bucket("not-there", "us-east-1"),))
    with pytest.raises(ConfigError, match="the bucket does not exist"):
        deployer()


def test_no_upload_begins_after_the_deadline(deployer, wire):
    with pytest.raises(SitegenError, match=r"the deadline passed .* --deadline"):
        deployer(seconds=0)
    assert wire.calls == []


# --- Purge ----------------------------------------------------------------------------------


def test_cloudfront_is_never_asked_unless_the_user_does(deployer, wire, dist):
    deployer()
    write_site(dist, note="changed")
    deployer()
    assert wire.of("POST") == []


def test_a_purge_is_one_invalidation_of_everything_and_is_counted(deployer, bucket, wire):
    deployer.target = msgspec.structs.replace(deployer.target, distribution_id="E123EXAMPLE")
    deployer()
    wire.answer = (201, b"<Invalidation/>")
    wire.fails = lambda call: "never arrived" if call.method == "POST" else None
    report = deployer(purge=True)
    assert report.invalidated == 1
    assert len(wire.of("POST")) == 1
    wire.answer = (403, b"<Error><Code>AccessDenied</Code></Error>")
    assert manifest_of(bucket).purges == {"2025-11": 1}


def test_a_purge_that_fails_leaves_the_site_deployed_and_is_a_problem(deployer, bucket, wire, dist):
    deployer.target = msgspec.structs.replace(deployer.target, distribution_id="E123EXAMPLE")
    wire.fails = lambda call: "never arrived" if call.method == "POST" else None
    report = deployer(purge=True)
    assert (report.status, report.invalidated) == ("degraded", 0)
    assert report.problems[0].where == "deploy.cloudfront"
    assert bucket.bodies() == tree_bodies(dist)


def test_a_purge_is_refused_beyond_the_months_limit(deployer, bucket, wire):
    deployer.target = msgspec.structs.replace(deployer.target, distribution_id="E123EXAMPLE")
    deployer()
    manifest = msgspec.structs.replace(manifest_of(bucket), purges={"2025-11": 900})
    bucket.put(MANIFEST_KEY, msgspec.json.encode(manifest))
    wire.forget()
    with pytest.raises(RefusedError, match="900 paths have been invalidated this month"):
        deployer(purge=True)
    assert wire.of("POST", "PUT") == []


def test_a_purge_without_a_distribution_is_a_fault_of_the_configuration(deployer, wire):
    with pytest.raises(ConfigError, match="no `distribution_id`"):
        deployer(purge=True)
    assert wire.calls == []


# --- Newer and older ------------------------------------------------------------------------


def test_an_older_build_does_not_replace_a_newer_one(deployer, bucket, wire, dist):
    deployer()
    before = bucket.bodies()
    write_site(dist, note="older")
    wire.forget()
    with pytest.raises(BusyError, match="generation 1, which is newer"):
        deployer(built_at=deployer.now - 60)
    assert wire.of("PUT") == []
    assert bucket.bodies() == before


def test_an_older_build_of_the_same_bytes_has_nothing_to_do(deployer):
    deployer()
    assert deployer(built_at=deployer.now - 60).requests == Requests(get=1)

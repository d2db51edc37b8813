"""Several sites in one bucket: what is another site's is neither replaced nor deleted, whatever is asked for."""

import re
import shutil

import msgspec
import pytest
from sitegen.deployment.model import Bucket, Target
from sitegen.deployment.ownership import folders_of, new_folders, without_others
from sitegen.errors import RefusedError, SitegenError
from tests.deployment.house import Deployer, write_site

DAY = 86_400


@pytest.fixture
def neighbour(tmp_path, proxy, wire, bucket):
    """Make a deployer of another, larger site below a prefix of the same bucket."""

    def make(prefix: str) -> Deployer:
        dist = tmp_path / "neighbour" / prefix
        write_site(dist, css="p{}", traces=tuple(f"t{number}" for number in range(12)))
        place = (Bucket(bucket.name, "us-east-1"),)
        return Deployer(Target(name="other", buckets=place, endpoint_url=proxy[1], prefix=prefix), dist)

    return make


def below(bucket, prefix):
    return {key for key in bucket.all_keys() if key.startswith(prefix)}


@pytest.mark.parametrize("prefix", ["blog/", "a/b/c/", "metrics/2/blog/"])
@pytest.mark.parametrize("lost", [False, True], ids=["manifest there", "manifest lost"])
def test_a_reconcile_deletes_no_object_of_a_site_below_another_prefix(
    deployer, neighbour, bucket, prefix, lost
):
    deployer()
    neighbour(prefix)()
    there = below(bucket, prefix)
    if lost:
        bucket.drop("_sitegen/manifest.json")

    deployer(reconcile=True)
    deployer(after=30 * DAY)

    assert below(bucket, prefix) == there


def test_objects_of_a_neighbour_that_lost_its_manifest_stay_too(deployer, neighbour, bucket):
    deployer()
    neighbour("blog/")()
    bucket.drop("blog/_sitegen/manifest.json")
    there = below(bucket, "blog/")

    deployer(reconcile=True)
    deployer(after=30 * DAY)

    assert below(bucket, "blog/") == there


def test_the_inner_site_touches_nothing_of_the_outer_one(deployer, neighbour, bucket):
    deployer()
    inner = neighbour("blog/")
    inner()
    outer = bucket.all_keys() - below(bucket, "blog/")

    inner(reconcile=True)
    inner(after=30 * DAY)

    assert bucket.all_keys() - below(bucket, "blog/") == outer


def test_a_manifest_that_names_the_neighbours_objects_deletes_none_of_them(deployer, neighbour, bucket):
    deployer()
    neighbour("blog/")()
    there = below(bucket, "blog/")
    manifest = msgspec.json.decode(bucket.body("_sitegen/manifest.json"))
    for key in there - {"blog/_sitegen/manifest.json"}:
        entry = dict(manifest["entries"]["about/"], etag=bucket.head(key)["ETag"], unreferenced_since=1.0)
        manifest["entries"][key] = entry
    bucket.put("_sitegen/manifest.json", msgspec.json.encode(manifest))

    deployer(after=30 * DAY)

    assert below(bucket, "blog/") == there
    assert not any(
        "blog/" in key for key in msgspec.json.decode(bucket.body("_sitegen/manifest.json"))["entries"]
    )


@pytest.mark.parametrize("options", [{}, {"reconcile": True}, {"force": True}])
def test_a_page_in_the_folder_of_another_site_is_not_written_over_it(
    deployer, neighbour, bucket, dist, options
):
    neighbour("blog/")()
    theirs = bucket.body("blog/about/")
    shutil.copytree(dist / "about", dist / "blog/about")

    with pytest.raises(SitegenError, match="another site is deployed to") as caught:
        deployer(**options)

    assert "--" not in str(caught.value)
    assert bucket.body("blog/about/") == theirs


def test_such_a_page_is_refused_before_anything_is_written_where_the_bucket_is_listed(
    deployer, neighbour, bucket, dist
):
    neighbour("about/")()
    there = bucket.all_keys()

    with pytest.raises(RefusedError):
        deployer(reconcile=True)

    assert bucket.all_keys() == there


def test_a_new_page_in_a_neighbours_folder_is_refused_though_its_key_is_free(
    deployer, neighbour, bucket, dist
):
    neighbour("blog/")()
    deployer()
    there = bucket.all_keys()
    shutil.copytree(dist / "about", dist / "blog/new")

    with pytest.raises(RefusedError, match="another site is deployed to") as caught:
        deployer()

    assert (caught.value.reason, "--" in str(caught.value)) == ("ownership", False)
    assert bucket.all_keys() == there


def test_only_folders_that_are_new_are_asked_about(deployer, wire, dist):
    deployer()
    wire.forget()
    write_site(dist, traces=("aa", "bb", "cc"))
    deployer()
    asked = [call.key for call in wire.of("GET") if "/_sitegen/" in call.key]
    assert asked == ["traces/cc/_sitegen/manifest.json"]


@pytest.mark.parametrize("lost", [False, True], ids=["manifest there", "manifest lost"])
@pytest.mark.parametrize("options", [{}, {"reconcile": True}])
def test_no_object_of_a_neighbour_that_lost_its_manifest_is_overwritten(
    deployer, neighbour, bucket, lost, options
):
    deployer()
    neighbour("blog/")()
    if lost:
        bucket.drop("blog/_sitegen/manifest.json")
    theirs = {key: bucket.body(key) for key in below(bucket, "blog/")}
    shutil.copytree(deployer.dist / "about", deployer.dist / "blog/about")

    with pytest.raises(RefusedError):
        deployer(**options)
    deployer.move()
    with pytest.raises(RefusedError):
        deployer(**options)

    assert {key: bucket.body(key) for key in below(bucket, "blog/")} == theirs


@pytest.mark.parametrize("key", ["index.html", "about/", "metrics/p95.1h.csv", "404.html"])
@pytest.mark.parametrize("options", [{}, {"reconcile": True}])
def test_what_somebody_else_put_there_is_not_replaced(deployer, bucket, key, options):
    bucket.put(key, b"made by hand")

    with pytest.raises(RefusedError, match="this site has not written it") as caught:
        deployer(**options)

    assert "--" not in str(caught.value)
    assert bucket.body(key) == b"made by hand"


def test_a_page_that_a_person_uploaded_beside_the_site_is_not_replaced_later(deployer, bucket, dist):
    deployer()
    bucket.put("traces/cc/", b"made by hand")
    write_site(dist, traces=("aa", "bb", "cc"))

    with pytest.raises(RefusedError, match="this site has not written it"):
        deployer()

    assert bucket.body("traces/cc/") == b"made by hand"


@pytest.mark.parametrize("prefix", ["about/", "traces/aa/", "metrics/"])
def test_a_site_may_not_move_into_a_folder_of_another_one(deployer, neighbour, bucket, prefix):
    deployer()
    there = {key: bucket.body(key) for key in bucket.all_keys()}

    with pytest.raises(RefusedError, match="belongs to the site that is deployed to"):
        neighbour(prefix)()

    assert {key: bucket.body(key) for key in bucket.all_keys()} == there


def test_two_sites_at_one_place_are_told_apart_by_their_addresses(deployer, bucket, dist, tmp_path):
    deployer(base_url="https://one.example/")
    there = {key: bucket.body(key) for key in bucket.all_keys()}
    write_site(tmp_path / "two" / "dist", css="t{}")
    other = Deployer(deployer.target, tmp_path / "two" / "dist")

    with pytest.raises(RefusedError, match=re.escape("holds another site, https://one.example/")) as caught:
        other(after=60, base_url="https://two.example/")

    assert "--" not in str(caught.value)
    assert {key: bucket.body(key) for key in bucket.all_keys()} == there


def test_a_site_that_changed_its_address_is_still_the_same_where_it_was_deployed_from(deployer, dist):
    deployer(base_url="https://one.example/")
    assert deployer(base_url="https://two.example/").status == "ok"
    deployer.move()
    assert deployer(base_url="https://two.example/").status == "ok"


def test_new_folders_are_the_outermost_in_which_a_site_has_nothing():
    known = ["index.html", "traces/cd/"]
    assert new_folders(["traces/ab/", "blog/1/", "blog/2/", "feed.xml"], known) == ["blog/", "traces/ab/"]


def test_of_a_site_that_is_sent_as_a_whole_only_the_folders_at_the_top_are_asked_about():
    keys = [*(f"traces/t{number}/" for number in range(20)), "blog/1/"]
    assert new_folders(keys, ["traces/cd/"]) == ["blog/"]


def test_the_folders_of_a_key_come_from_the_outermost():
    assert list(folders_of("a/b/")) == ["a/", "a/b/"]
    assert list(folders_of("index.html")) == []


def test_only_what_lies_below_another_manifest_is_cut_from_a_listing():
    listing = {"blog/_sitegen/manifest.json": "1", "blog/x/": "2", "blogs/": "3", "index.html": "4"}

    assert without_others(listing) == {"blogs/": "3", "index.html": "4"}

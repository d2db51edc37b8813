"""Addresses without their last slash: each leads to its page, costs one write, and counts for no guard."""

import shutil
from urllib.parse import urljoin

import pytest
from msgspec.structs import replace
from sitegen.deployment.model import Index, Target
from sitegen.deployment.redirects import page_for
from tests.deployment.house import Deployer, files_below, tree_bodies, write_site
from tests.page_checks.markup import check_markup

BASE = "https://status.example"
DAY = 86_400


def redirects_of(dist):
    return {key.removesuffix("/") for key in tree_bodies(dist) if key.endswith("/")}


def refresh_of(body):
    return body.decode().partition("url=")[2].partition('"')[0]


def test_every_page_but_the_overview_is_found_without_its_slash(deployer, bucket, dist):
    report = deployer(redirects=True, base_url=BASE)
    bodies = bucket.bodies()
    assert set(bodies) == set(tree_bodies(dist)) | redirects_of(dist)
    assert redirects_of(dist) == {"metrics", "metrics/2", "traces", "traces/aa", "traces/bb", "about"}
    for key in redirects_of(dist):
        assert urljoin(f"{BASE}/{key}", refresh_of(bodies[key])) == f"{BASE}/{key}/"
        assert f'<link rel="canonical" href="{BASE}/{key}/">' in bodies[key].decode()
        head = bucket.head(key)
        assert head["ContentType"] == "text/html; charset=utf-8"
        assert "s-maxage=300" in head["CacheControl"]
    assert report.status == "ok"


def test_a_redirect_is_written_once_whatever_its_page_becomes(deployer, dist):
    deployer(redirects=True, base_url=BASE)
    write_site(dist, css="i{}", note="changed")
    report = deployer(redirects=True, base_url=BASE)
    assert {one.key for one in report.uploaded} & redirects_of(dist) == set()
    assert deployer(redirects=True, base_url=BASE).uploaded == ()


def test_no_redirect_is_there_before_its_page_and_the_overview_is_the_last(deployer, dist, wire):
    deployer(redirects=True, base_url=BASE)
    order = [call.key for call in wire.calls if call.method == "PUT"]
    for key in redirects_of(dist):
        assert order.index(f"{key}/") < order.index(key) < order.index("index.html")


def test_a_redirect_leaves_with_its_page_and_before_it(deployer, bucket, dist, wire):
    deployer(redirects=True)
    shutil.rmtree(dist / "traces/bb")
    write_site(dist, traces=("aa",))
    deployer(redirects=True)
    assert "traces/bb" in bucket.all_keys()
    wire.forget()
    deployer(after=DAY, redirects=True)
    gone = [call.key for call in wire.calls if call.method == "DELETE"]
    assert gone == ["traces/bb", "traces/bb/"]


def test_redirects_come_and_go_without_a_guard_of_size_or_deletes(deployer, bucket, dist):
    traces = tuple(f"{number:02x}" for number in range(30))
    write_site(dist, traces=traces)
    assert deployer().status == "ok"
    assert deployer(redirects=True).status == "ok"
    assert "traces/1d" in bucket.all_keys()
    assert deployer().status == "ok"
    assert deployer(after=DAY).deleted == len(redirects_of(dist))
    assert bucket.bodies() == tree_bodies(dist)


def test_pages_that_are_stored_as_files_need_no_redirect(deployer, bucket, dist):
    deployer.target = replace(deployer.target, index=Index.FILE)
    deployer(redirects=True)
    assert not redirects_of(dist) & bucket.all_keys()


def test_a_folder_has_none_for_its_web_server_leads_there_itself(tmp_path, dist):
    folder = tmp_path / "www"
    assert Deployer(Target(name="www", path=folder), dist)(redirects=True).status == "ok"
    assert files_below(folder) == files_below(dist)


def test_below_a_prefix_a_redirect_stays_there(dist, bucket, deployer):
    deployer.target = replace(deployer.target, prefix="blog/")
    deployer(redirects=True)
    assert (
        urljoin(f"{BASE}/blog/traces/aa", refresh_of(bucket.body("blog/traces/aa")))
        == f"{BASE}/blog/traces/aa/"
    )


@pytest.mark.needs("java", "npm")
def test_a_redirect_is_a_page_that_the_markup_checker_passes(tmp_path):
    pages = {"here.html": page_for("traces/0af7", BASE), "there.html": page_for("a", "")}
    for name, text in pages.items():
        (tmp_path / name).write_text(text)
    assert check_markup(tmp_path / name for name in pages) == []

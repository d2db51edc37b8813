"""`check target`: whether a deploy would get through, by reading alone."""

import pytest
from msgspec.structs import replace
from sitegen.deployment.job import Job, Place
from sitegen.deployment.model import DeployOptions
from sitegen.deployment.trial import try_target
from sitegen.instrumentation.clock import Deadline
from tests.deployment.edge import Cache, serving
from tests.deployment.house import NOW, SteppingClock, inline


@pytest.fixture
def try_it(deployer, dist):
    def attempt(**changes):
        clock = SteppingClock(NOW)
        options = DeployOptions(base_url=changes.pop("base_url", ""))
        place = Place(dist, deployer.memory)
        job = Job(place, replace(deployer.target, **changes), options, clock, Deadline(clock, 10), inline)
        return [(one.bad, one.message) for one in try_target(job)]

    return attempt


def test_a_place_that_is_free_and_one_with_the_site_are_told(try_it, deployer, bucket, wire):
    assert try_it() == [(False, f"s3://{bucket.name}/ can be read; no site is there yet")]
    deployer()
    wire.calls.clear()
    assert try_it() == [(False, f"s3://{bucket.name}/ can be read; a site is there")]
    assert wire.of("PUT", "DELETE") == []


def test_what_stands_in_the_way_is_found(try_it, deployer, bucket, wire):
    bucket.put("index.html", b"made by hand")
    assert "is not replaced" in try_it()[0][1]
    bucket.drop("index.html")
    deployer()
    assert "belongs to the site" in try_it(prefix="about/")[0][1]
    wire.fails = lambda call: "never arrived"
    assert try_it()[0][0]
    assert "access was denied" in try_it()[0][1]


def test_a_policy_that_forbids_the_sites_styles_is_found(try_it, deployer, bucket, dist):
    (dist / "index.html").write_text("<style>body{}</style>")
    cache = Cache(bucket)
    with serving(cache) as address:
        assert "forbids no style sheet" in try_it(base_url=address)[-1][1]
        cache.policy = "style-src 'none'"
        bucket.put("index.html", b"x", CacheControl="s-maxage=0", ContentType="text/html")
        bucket.put("_sitegen/manifest.json", b"{}")
        cache.now += 100
        bad, message = try_it(base_url=address)[-1]
    assert bad
    assert "forbids the style sheets sha256-" in message


def test_a_folder_can_be_tried_too(folder_deployer, dist):
    clock = SteppingClock(NOW)
    job = Job(
        Place(dist, folder_deployer.memory),
        folder_deployer.target,
        DeployOptions(),
        clock,
        Deadline(clock, 10),
        inline,
    )
    assert [one.bad for one in try_target(job)] == [False]

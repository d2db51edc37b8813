"""Deployers that meet: whatever the order of their requests, no visitor sees a broken page and the newest build wins."""

import random

import pytest
from sitegen.deployment.model import Bucket, Target
from tests.deployment.house import NOW, tree_bodies
from tests.deployment.interleaving import Arena, Racer
from tests.deployment.wire import AFTER, BEFORE

SAMPLE = range(16)


@pytest.fixture
def arena(moto, request):
    seed = request.getfixturevalue("seed")
    arena = Arena(moto, 4, random.Random(seed))
    yield arena
    arena.close()


def racers_of(arena, bucket, tmp_path, count, start):
    """Give each a proxy, a version and a machine of its own; the later is the newer."""
    return {
        port: Racer(
            Target(
                name="test",
                buckets=(Bucket(bucket.name, "us-east-1"),),
                endpoint_url=f"http://127.0.0.1:{port}",
            ),
            tmp_path / f"machine {index}",
            start + index,
            NOW + 300,
        )
        for index, port in enumerate(arena.ports[:count])
    }


def race(arena, bucket, tmp_path):
    """Let two to four deployers meet on a site that is there, some of them cut off; then go on until nothing changes."""
    rng = arena.rng
    racers = racers_of(arena, bucket, tmp_path, rng.randint(2, 4), 1)
    first, *_ = racers
    arena.run({first: racers[first]})  # version 1 is there
    for index, racer in enumerate(racers.values()):
        racer.build(2 + index)
    arena.cut = {
        port: (rng.randint(1, 12), rng.choice([BEFORE, AFTER])) for port in racers if rng.random() < 0.3
    }
    arena.run(racers)

    # From here on only the machine of the newest build is at work.
    arena.cut = {}
    newest = list(racers)[-1]
    ends = [arena.run({newest: racers[newest]})[newest] for _ in range(3)]
    assert "ok" in ends, ends
    expected = tree_bodies(racers[newest].deployer.dist)
    racers[newest].now += 3600
    assert arena.run({newest: racers[newest]}) == {newest: "ok"}
    assert expected.items() <= arena.visitor.bucket(bucket.name).items()
    before = len(arena.wire.of("PUT"))
    arena.run({newest: racers[newest]})
    assert len(arena.wire.of("PUT")) == before


@pytest.mark.parametrize("seed", SAMPLE)
def test_deployers_that_meet_never_break_a_page_and_the_newest_build_wins(arena, bucket, tmp_path, seed):
    race(arena, bucket, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(16, 1016))
def test_in_a_thousand_orders_too(arena, bucket, tmp_path, seed):
    race(arena, bucket, tmp_path)

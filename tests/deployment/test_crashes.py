"""Two copies and a plug that is pulled at every single call: what a visitor sees meanwhile, and what the next run makes of it."""

import pytest
from sitegen.errors import SitegenError
from tests.deployment.house import tree_bodies
from tests.deployment.interleaving import Visitor, write_version
from tests.deployment.wire import AFTER, BEFORE


@pytest.fixture
def dist(tmp_path):
    folder = tmp_path / "dist"
    write_version(folder, 0)
    return folder


@pytest.fixture
def visitor(wire):
    visitor = Visitor()
    wire.stored = visitor.see
    return visitor


def look_on(wire, visitor):
    wire.forget()
    wire.stored = visitor.see


CASES = [
    pytest.param(BEFORE, "the same", id="never arrived, same machine"),
    pytest.param(AFTER, "another", id="answer lost, another machine"),
    pytest.param(AFTER, "the same", id="answer lost, same machine", marks=pytest.mark.slow),
    pytest.param(BEFORE, "another", id="never arrived, another machine", marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("mode", "machine"), CASES)
def test_at_no_call_does_a_crash_break_a_copy_and_the_next_run_converges(
    twin_deployer, wire, visitor, mode, machine
):
    """The k-th request and all after it fail, for every k, with deletes that are due in every second run."""
    twin_deployer()
    cut, after = 0, 30.0
    while True:
        cut += 1
        write_version(twin_deployer.dist, cut)
        look_on(wire, visitor)
        wire.fails = lambda call, cut=cut: mode if len(wire.calls) >= cut else None
        after = 9 * 86_400 if cut % 2 else 30.0
        try:
            done = twin_deployer(after=after).status == "ok"
        except SitegenError:
            done = False
        if done:
            break
        look_on(wire, visitor)
        if machine == "another":
            twin_deployer.move()
        assert twin_deployer().status == "ok"
        for bucket in twin_deployer.target.buckets:
            assert tree_bodies(twin_deployer.dist).items() <= visitor.bucket(bucket.name).items()
        assert twin_deployer().uploaded == ()
    assert visitor.faults == []
    assert cut > 18

"""`sitegen state` as runners call it that start empty: what one stores the next one has, and two do not mix."""

import json

import boto3
import pytest
from tests.deployment.wire import BEFORE
from tests.program import clean_environment, run_here

KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}


class Runner:
    """A machine of its own with a clone of the project."""

    def __init__(self, folder, bucket, url, base_url="https://status.example.com/", prefix=""):
        folder.mkdir()
        self.folder, self._home = folder, folder
        (folder / "sitegen.toml").write_text(
            f'[site]\ntitle = "Status"\nbase_url = "{base_url}"\n[build]\ncycle = "10m"\n[deploy.targets.production]\n'
            f'buckets = [{{ name = "{bucket}" }}]\nendpoint_url = "{url}"\nprefix = "{prefix}"\n'
            f'[deploy.targets.copy]\npath = "{folder / "copy"}"\n'
        )

    def __call__(self, *arguments):
        return run_here(*arguments, cwd=self.folder, env={**clean_environment(self._home), **KEYS})

    def generation(self):
        return json.loads(self("status", "--format", "json").stdout)["builds"][0]["generation"]


@pytest.fixture
def s3(moto, one_loader):
    session = boto3.session.Session("testing", "testing", region_name="us-east-1")
    client = session.client("s3", endpoint_url=f"http://127.0.0.1:{moto}")
    yield client
    client.close()


@pytest.fixture
def bucket(s3, numbers):
    name = f"carried-{next(numbers)}"
    s3.create_bucket(Bucket=name)
    return name


@pytest.fixture
def runner(tmp_path, bucket, moto):
    """Start another machine: `runner("b")`, with other words for its site if need be."""
    return lambda name, **others: Runner(tmp_path / name, bucket, f"http://127.0.0.1:{moto}", **others)


def test_the_next_machine_goes_on_where_the_last_one_ended(runner, s3, bucket):
    for name in "abc":
        machine = runner(name)
        done = [machine(*words).code for words in (("state", "pull"), ("build", "-q"), ("state", "push"))]
        assert done == [0, 0, 0]
    assert machine.generation() == 3
    assert [one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["_sitegen/state"]


def test_a_deploy_that_compares_leaves_the_state_alone(runner, s3, bucket):
    machine = runner("a")
    machine("build", "-q")
    machine("state", "push")
    assert machine("deploy", "--reconcile", "--deadline", "60s", "-q").code == 0
    assert s3.head_object(Bucket=bucket, Key="_sitegen/state")["ContentLength"] > 0
    assert "it was here already" in machine("state", "pull").stdout


def test_a_state_lies_below_the_prefix_of_its_target(runner, s3, bucket):
    machine = runner("a", prefix="status")
    machine("build", "-q")
    machine("state", "push")
    assert [one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["status/_sitegen/state"]


def test_of_two_machines_one_stores_its_state_and_the_other_loses_nothing_of_it(runner):
    first, second = runner("a"), runner("b")
    for machine in (first, second):
        machine("state", "pull")
        machine("build", "-q")
    assert first("state", "push").code == 0
    lost = second("state", "push")
    assert (lost.code, lost.stdout) == (5, "")
    assert "Another run has pushed its state" in lost.stderr
    third = runner("c")
    third("state", "pull")
    assert (third.generation(), third("state", "pull").stdout.endswith("it was here already\n")) == (1, True)


def test_one_machine_pushes_again_and_again(runner):
    machine = runner("a")
    machine("state", "pull")
    for _ in range(2):
        machine("build", "-q")
        assert machine("state", "push", "-q").code == 0


def test_a_push_whose_answer_was_lost_is_known_again(runner):
    machine = runner("a")
    machine("build", "-q")
    machine("state", "push")
    mark = machine.folder / ".sitegen" / "carried.json"
    mark.unlink()
    assert machine("state", "push").code == 0


def test_a_deploy_that_was_refused_is_seen_by_the_next_machine(runner, s3, bucket):
    first = runner("a")
    first("build", "-q")
    s3.put_object(Bucket=bucket, Key="index.html", Body=b"somebody else's")
    assert first("deploy", "-q").code == 6
    assert first("state", "push").code == 0
    second = runner("b")
    second("state", "pull")
    (deploy,) = json.loads(second("status", "--format", "json").stdout)["deploys"]
    assert (deploy["status"], deploy["exit"]) == ("refused", 6)


def test_a_machine_with_a_state_of_its_own_keeps_it(runner):
    first, second = runner("a"), runner("b")
    for machine in (first, second):
        machine("build", "-q")
    first("state", "push")
    kept = second("state", "pull")
    assert (kept.code, second.generation()) == (6, 1)
    assert "has a state of its own, which a pull would replace" in kept.stderr


def test_a_target_that_visitors_read_whole_is_refused(runner):
    machine = runner("a")
    machine("build", "-q")
    for what in ("pull", "push"):
        refused = machine("state", what, "--target", "copy")
        assert refused.code == 6
        assert "the CI's own cache" in refused.stderr


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"<html>", "is no state that sitegen wrote"),
        (b"sitegen-state 7\n", "has layout 7 and was written by a newer sitegen"),
        (b"sitegen-state 1\n" + bytes(100), "is truncated or damaged"),
        (bytes(9 * 2**20), "has 9 MB, and no state is larger than 8 MB; nothing was changed"),
    ],
    ids=["foreign", "newer", "truncated", "large"],
)
def test_a_state_that_cannot_be_used_changes_nothing(runner, s3, bucket, body, sentence):
    s3.put_object(Bucket=bucket, Key="_sitegen/state", Body=body)
    machine = runner("a")
    done = machine("state", "pull")
    assert (done.code, done.stdout) == (1, "")
    assert sentence in done.stderr
    assert {path.name for path in (machine.folder / ".sitegen").iterdir()} == {"lock", "deploy.lock"}


def test_a_state_of_another_site_is_refused(runner):
    first, second = runner("a"), runner("b", base_url="https://other.example.com/")
    first("build", "-q")
    first("state", "push")
    done = second("state", "pull")
    assert done.code == 1
    assert "is the state of another site ('https://status.example.com/'" in done.stderr


def test_a_bucket_that_is_not_there_is_one_sentence(runner, s3, bucket):
    s3.delete_bucket(Bucket=bucket)
    done = runner("a")("state", "pull")
    assert done.code == 1
    assert ": the bucket does not exist" in done.stderr


def test_a_role_that_may_not_read_the_state_is_told_the_right_it_lacks(tmp_path, bucket, proxy, wire):
    machine = Runner(tmp_path / "a", bucket, proxy[1])
    wire.fails = lambda call: BEFORE
    done = machine("state", "pull")
    assert (done.code, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "access was denied; the role needs s3:GetObject" in done.stderr
    assert not (machine.folder / ".sitegen/carried.json").exists()


def test_a_role_that_may_not_store_the_state_is_told_the_right_it_lacks(tmp_path, bucket, proxy, wire):
    machine = Runner(tmp_path / "a", bucket, proxy[1])
    machine("build", "-q")
    wire.fails = lambda call: BEFORE
    done = machine("state", "push")
    assert (done.code, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "access was denied; the role needs s3:PutObject" in done.stderr
    assert not (machine.folder / ".sitegen/carried.json").exists()

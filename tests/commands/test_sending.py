"""Targets whose names stand in stacks: read from CloudFormation, or refused with one sentence."""

import json

import pytest

pytestmark = pytest.mark.needs("cdk")


@pytest.fixture
def started(sitegen, aws):
    """Deploy the site of a folder, by the names of these stacks."""
    sitegen("init", ".")
    return lambda *arguments: sitegen("deploy", *arguments, env=aws)


@pytest.fixture
def deploy(sitegen, started):
    """The same of a site that is built."""
    sitegen("build")
    return started


def test_a_site_is_deployed_to_the_buckets_that_the_stacks_name(deploy):
    first, second = deploy("--from-stack", "Site", "--deadline", "60s"), deploy("--from-stack", "Site")
    assert (first.code, first.stderr) == (0, "")
    assert "to Site, deleted 0" in first.stdout
    assert "uploaded 0 of" in second.stdout


def test_a_dry_run_tells_what_would_be_uploaded(deploy):
    done = deploy("--from-stack", "One", "--dry-run")
    assert (done.code, done.stderr) == (0, "")
    assert "would upload" in done.stdout


def test_a_target_of_the_configuration_keeps_what_the_stacks_do_not_name(deploy, tmp_path):
    config = tmp_path / "sitegen.toml"
    config.write_text(
        f'{config.read_text()}\n[deploy.targets.production]\nbuckets = [{{ name = "old" }}]\nprefix = "status/"\n'
    )
    done = deploy("--from-stack", "One", "--target", "production", "--format", "json")
    assert (done.code, json.loads(done.stdout)["target"]) == (0, "production")
    assert "one-bucket" in json.loads(done.stdout)["copies"][0]["name"]


@pytest.mark.parametrize(
    ("prefix", "code", "sentence"),
    [
        ("Absent", 1, "there is no stack Absent-Cdn in us-east-1 of this account"),
        ("Moved", 1, "there is no stack Moved-Cdn in us-east-1 of this account (CloudFront's stacks always lie there)"),
        ("Lost", 1, "there is no stack Lost-Primary in us-east-2 of this account (Lost-Cdn says that it lies there)"),
        ("Half", 1, "Half-Primary in us-east-2 is only half deployed (ROLLBACK_COMPLETE)"),
        ("Bare", 1, "Bare-Primary has no output BucketName"),
        ("My site", 2, "'My site' is not how a stack's name begins"),
    ],
)  # fmt: skip
def test_stacks_that_tell_no_names_are_one_sentence(started, prefix, code, sentence):
    done = started("--from-stack", prefix)
    assert (done.code, done.stdout) == (code, "")
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1


def test_keys_that_are_not_accepted_are_one_sentence(sitegen, started):
    done = sitegen("deploy", "--from-stack", "Site", env={"AWS_EC2_METADATA_DISABLED": "true"})
    assert done.code == 1
    assert "reading the stack Site-Cdn in us-east-1: no AWS credentials" in done.stderr

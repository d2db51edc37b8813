"""`sitegen init --ci`: workflows that a runner which starts empty carries out, one command after the other."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
import yaml
from sitegen import __version__
from tests.conftest import CHECKOUT
from tests.program import clean_environment

FILES = {"github": ".github/workflows/site.yml", "gitlab": ".gitlab-ci.yml"}
BRANCH = '[deploy.targets.pages]\ngit = "https://example.com/x.git"\nbranch = "live"\n'
INSTALL = f'python -m pip install --quiet "sitegen=={__version__}"'


def workflow(folder: Path, kind: str) -> dict:
    return yaml.safe_load((folder / FILES[kind]).read_text(encoding="utf-8"))


def github_commands(written: dict) -> list[tuple[str, bool]]:
    """The commands of the job, each with whether it runs after a failure too."""
    steps = written["jobs"]["publish"]["steps"]
    assert {step.get("if") for step in steps} == {
        None,
        "${{ !cancelled() && steps.pull.outcome == 'success' }}",
    }
    return [(step["run"], "if" in step) for step in steps if "run" in step]


def gitlab_commands(written: dict) -> list[tuple[str, bool]]:
    """The lines of the job, which one shell runs until one fails."""
    job = written["site"]
    return [("\n".join(line for line in [*job["before_script"], *job["script"]] if line != INSTALL), False)]


COMMANDS = {"github": github_commands, "gitlab": gitlab_commands}


class Project:
    """A repository with a site in it, and runners that clone it."""

    def __init__(self, folder, kind, sitegen, aws, config=None):
        self.kind, self._folder, self._aws, self._runs = kind, folder, aws, 0
        self.repository = folder / "project"
        if config:
            self.repository.mkdir()
            (self.repository / "sitegen.toml").write_text(config)
        sitegen("init", "project", "--ci", kind, cwd=folder)
        for words in (
            ["init", "-q"],
            ["add", "-A"],
            ["-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "-qm", "x"],
        ):
            subprocess.run(["git", *words], cwd=self.repository, check=True, env=clean_environment(folder))

    def run(self) -> tuple[int, Path, dict[str, str]]:
        """Carry the workflow out on a new machine; return how the job ended, and where."""
        self._runs += 1
        home = self._folder / f"machine-{self._runs}"
        home.mkdir()
        clone = home / "clone"
        subprocess.run(
            ["git", "clone", "-q", self.repository, clone], check=True, env=clean_environment(home)
        )
        self.prepare(clone)
        variables = {
            **clean_environment(home), **self._aws, "SITEGEN_TOKEN": "signed",
            "AWS_WEB_IDENTITY_TOKEN_FILE": str(home / "token"),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        }  # fmt: skip
        code = 0
        for command, always in COMMANDS[self.kind](workflow(clone, self.kind)):
            if command != INSTALL and (always or not code):
                code = subprocess.run(["bash", "-eo", "pipefail", "-c", command], cwd=clone, env=variables, check=False,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode or code  # fmt: skip
        return code, clone, variables

    def prepare(self, clone: Path) -> None:
        """Put down what the runner's own steps would."""


@pytest.fixture
def buckets(aws):
    """The two buckets of the stacks, empty."""
    session = boto3.session.Session("testing", "testing", region_name="us-east-1")
    s3 = session.resource("s3", endpoint_url=aws["AWS_ENDPOINT_URL"])
    found = [s3.Bucket(f"site-123456789012-{region}") for region in ("us-east-2", "us-west-2")]
    for bucket in found:
        bucket.object_versions.delete()
    yield found
    s3.meta.client.close()


@pytest.mark.needs("cdk")
@pytest.mark.parametrize("kind", FILES)
def test_a_refused_deploy_fails_the_job_and_the_next_runner_knows_of_it(
    kind, sitegen, tmp_path, aws, buckets
):
    for bucket in buckets:
        bucket.put_object(Key="index.html", Body=b"somebody else's")
    project = Project(tmp_path, kind, sitegen, {**aws, "SITEGEN_FROM_STACK": "Site"})

    refused, *_ = project.run()
    for bucket in buckets:
        bucket.Object("index.html").delete()
    done, clone, variables = project.run()

    told = json.loads(sitegen("status", "--format", "json", cwd=clone, env=variables).stdout)
    assert (refused, done) == (6, 0)
    assert [build["generation"] for build in told["builds"]] == [2, 1]
    assert [deploy["status"] for deploy in told["deploys"]] == ["ok", "refused"]
    for bucket in buckets:
        assert {"index.html", "metrics/"} <= {one.key for one in bucket.objects.all()}


class PagesProject(Project):
    """The same with a branch for its target, and the cache of Actions between the runs."""

    def run(self):
        cache = self._folder / "cache"
        code, clone, variables = super().run()
        shutil.copytree(clone / ".sitegen", cache, dirs_exist_ok=True)
        return code, clone, variables

    def prepare(self, clone):
        if (self._folder / "cache").exists():
            shutil.copytree(self._folder / "cache", clone / ".sitegen")


def test_pages_without_aws_keep_their_state_in_the_cache_also_when_a_deploy_was_refused(sitegen, tmp_path):
    pages = tmp_path / "pages.git"
    environment = clean_environment(tmp_path)
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.com", "-C", pages]
    subprocess.run(["git", "init", "-q", "--bare", pages], check=True, env=environment)
    tree = subprocess.run(
        [*git, "mktree"], input=b"", capture_output=True, check=True, env=environment
    ).stdout.strip()
    foreign = subprocess.run(
        [*git, "commit-tree", tree, "-m", "x"], capture_output=True, check=True, env=environment
    ).stdout
    subprocess.run([*git, "update-ref", "refs/heads/live", foreign.strip()], check=True, env=environment)
    target = f'[deploy.targets.pages]\ngit = "{pages.as_uri()}"\nbranch = "live"\n'
    project = PagesProject(
        tmp_path, "github", sitegen, {}, f'[site]\ntitle = "Mine"\n[build]\ncycle = "10m"\n{target}'
    )

    refused, *_ = project.run()
    subprocess.run([*git, "update-ref", "-d", "refs/heads/live"], check=True, env=environment)
    done, clone, variables = project.run()

    told = json.loads(sitegen("status", "--format", "json", cwd=clone, env=variables).stdout)
    listed = subprocess.run(
        [*git, "ls-tree", "-r", "--name-only", "live"],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    assert (refused, done) == (6, 0)
    assert [build["generation"] for build in told["builds"]] == [2, 1]
    assert [deploy["status"] for deploy in told["deploys"]] == ["ok", "refused"]
    assert {"index.html", ".nojekyll"} <= set(listed.stdout.split())
    steps = workflow(clone, "github")["jobs"]["publish"]["steps"]
    assert [step["name"] for step in steps if "actions/cache/" in step.get("uses", "")] == ["pull", "push"]


def test_the_page_about_pages_leads_to_a_workflow_for_them(sitegen, tmp_path):
    page = (CHECKOUT / "docs" / "pages.md").read_text(encoding="utf-8")
    (written,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    first, second = re.findall(r"```console\n(.*?)```", page, re.DOTALL)
    assert first == "$ sitegen init mysite && cd mysite\n"
    assert sitegen("init", "mysite").code == 0
    (tmp_path / "mysite" / "sitegen.toml").write_text(written)
    for line in second.splitlines():
        assert sitegen(*line.removeprefix("$ sitegen ").split(), cwd=tmp_path / "mysite").code == 0
    steps = workflow(tmp_path / "mysite", "github")["jobs"]["publish"]["steps"]
    assert [step["name"] for step in steps if "actions/cache/" in step.get("uses", "")] == ["pull", "push"]


def test_a_branch_is_deployed_to_by_github_alone(sitegen, tmp_path):
    (tmp_path / "sitegen.toml").write_text(BRANCH)
    refused = sitegen("init", ".", "--ci", "gitlab")
    assert refused.code == 2
    assert "use --ci github" in refused.stderr


@pytest.mark.needs("cdk")
@pytest.mark.parametrize(
    ("kind", "schema", "config"),
    [
        ("github", ["vendor.github-workflows"], ""),
        ("github", ["vendor.github-workflows"], BRANCH),
        ("gitlab", ["vendor.gitlab-ci", "--data-transform", "gitlab-ci"], ""),
    ],
)
def test_a_workflow_is_one_by_its_schema(kind, schema, config, sitegen, tmp_path):
    if config:
        (tmp_path / "sitegen.toml").write_text(config)
    sitegen("init", ".", "--ci", kind)
    checker = CHECKOUT / ".venv-cdk/bin/check-jsonschema"
    checked = subprocess.run(
        [checker, "--builtin-schema", *schema, tmp_path / FILES[kind]],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("kind", FILES)
def test_a_site_for_ci_has_a_cycle_that_schedules_can_keep(kind, sitegen, tmp_path):
    made = sitegen("init", ".", "--ci", kind)
    assert made.code == 0
    assert re.findall(r"^cycle = .*?$", (tmp_path / "sitegen.toml").read_text(), re.MULTILINE)[0].startswith(
        'cycle = "10m"'
    )
    assert sitegen("build").code == 0


def test_actions_are_pinned_and_the_job_may_do_what_it_needs_and_no_more(sitegen, tmp_path):
    sitegen("init", ".", "--ci", "github")
    written = workflow(tmp_path, "github")
    job = written["jobs"]["publish"]
    used = [step["uses"] for step in job["steps"] if "uses" in step]
    assert [one for one in used if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", one)] == []
    assert written["permissions"] == {"contents": "read"}
    assert job["permissions"] == {"contents": "read", "id-token": "write"}
    assert job["environment"] == "production"


@pytest.mark.parametrize("kind", FILES)
def test_no_workflow_names_a_key_that_lasts(kind, sitegen, tmp_path):
    sitegen("init", ".", "--ci", kind)
    text = (tmp_path / FILES[kind]).read_text(encoding="utf-8")
    assert re.search(r"secrets\.|ACCESS_KEY", text) is None
    assert INSTALL in text


def test_a_site_that_is_there_gets_the_workflow_alone(sitegen, tmp_path):
    (tmp_path / "sitegen.toml").write_text('[site]\ntitle = "Mine"\n')
    made = sitegen("init", ".", "--ci", "gitlab")
    again = sitegen("init", ".", "--ci", "gitlab")
    assert (made.code, again.code) == (0, 0)
    assert {path.name for path in tmp_path.iterdir()} == {"sitegen.toml", ".gitlab-ci.yml"}
    assert 'set cycle = "10m" under [build] of sitegen.toml' in made.stdout
    assert "kept .gitlab-ci.yml" in again.stdout

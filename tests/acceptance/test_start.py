"""What a timer pays before and after the work: what a steady build of the starter loads, compiles and starts."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.acceptance.sites import Site, make_site

ROOT = Path(__file__).parents[2]

UNUSED = (
    "pygments", "markdown_it", "PIL",  # no page of the author's own is new
    "requests", "urllib3", "certifi",  # no source and no probe is asked
    "boto3", "botocore", "s3transfer",  # nothing is deployed
    "multiprocessing", "concurrent.futures.process",  # one worker suffices
    "mako.exceptions", "importlib.metadata", "email",  # no template is broken
    "tinycss2", "yaml",  # no sheet may load anything, no front matter is new
)  # fmt: skip
MOST_MODULES = 560


def watch(site: Site, *arguments: str) -> dict[str, list[str]]:
    report = site.folder / "watched.json"
    environment = site.environment({"PYTHONPATH": str(ROOT)})
    command = [sys.executable, "-m", "tests.acceptance.watched", str(report), *arguments]
    subprocess.run(command, cwd=site.folder, env=environment, check=True, capture_output=True, timeout=60)
    return json.loads(report.read_text())


@pytest.fixture(scope="module")
def steady(tmp_path_factory) -> dict[str, list[str]]:
    """What a build loads after three others; on a machine so slow that processes pay, one that is to have none."""
    site = make_site(tmp_path_factory.mktemp("starter"))
    for _ in range(3):
        assert site.run_apart("build").code == 0
    watched = watch(site, "build")
    return watch(site, "build", "--jobs", "1") if "multiprocessing" in watched["loaded"] else watched


@pytest.mark.parametrize("name", UNUSED)
def test_a_steady_build_of_the_starter_leaves_out_what_it_does_not_use(steady, name):
    assert [loaded for loaded in steady["loaded"] if f"{loaded}.".startswith(f"{name}.")] == []


def test_a_steady_build_of_the_starter_loads_few_modules(steady):
    assert len(steady["loaded"]) <= MOST_MODULES


def test_templates_come_compiled_from_the_cache(steady):
    assert "mako.runtime" in steady["loaded"]
    assert [file for file in steady["compiled"] if "mako" in file] == []


def test_help_loads_neither_the_redactor_nor_what_builds(tmp_path):
    loaded = watch(make_site(tmp_path), "--help")["loaded"]
    assert "sitegen.cli" in loaded
    assert {"sitegen.redaction", "sitegen.pipeline", "sitegen.config", "asyncio", "mako"} & {*loaded} == set()

"""`docs/aws.md` works as it stands there, as far as one comes without an account."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import CHECKOUT
from tests.program import clean_environment

PAGE = (CHECKOUT / "docs" / "aws.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
PROGRAM = "make program"
"""Makes the environment that runs this test."""
MADE = (".venv-cdk", "cdk/node_modules", ".git")


@pytest.fixture
def checkout(tmp_path) -> Path:
    """A copy of the checkout, with its environments."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    for name in filter(None, listed.stdout.split("\0")):
        if not name.startswith(("tests/", "docs/images")):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(CHECKOUT / name, tmp_path / name)
    for name in MADE:
        (tmp_path / name).symlink_to(CHECKOUT / name)
    return tmp_path


def commands(block: str) -> list[str]:
    return re.findall(r"^\$ (.*?)(?:\s{2,}#.*)?$", block, re.MULTILINE)


@pytest.mark.needs("cdk")
def test_each_block_runs_that_needs_no_account(checkout, aws):
    free = [block for block in BLOCKS if not block.startswith("# needs an account")]
    runs = [command for block in free for command in commands(block) if command != PROGRAM]
    variables = {**clean_environment(checkout), **aws}
    variables["PATH"] = f"{Path(sys.executable).parent}:{variables['PATH']}"
    said = {}
    for command in runs:
        done = subprocess.run(
            ["bash", "-ec", command], cwd=checkout, env=variables, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        said[command] = done.stdout + done.stderr
    assert len(runs) == 6
    assert "would upload" in said["cd mysite && sitegen build && sitegen deploy --from-stack Site --dry-run"]
    difference = said["scripts/cdk diff Site-Cdn --template tests/kept/Site-Cdn.template.json"]
    assert "Number of stacks with differences: 1" in difference
    assert "style-src 'sha256-" in difference


def test_the_months_cost_is_what_its_rows_add_up_to():
    rows = [
        [cell.strip(" *") for cell in line.split("|")[1:-1]]
        for line in PAGE.splitlines()
        if line.startswith("| ")
    ]
    begin = next(number for number, row in enumerate(rows) if row[0] == "PUT")
    end = next(number for number, row in enumerate(rows) if row[0] == "together")
    for column in (2, 3):
        parts = [float(row[column]) for row in rows[begin:end] if row[column] != "-"]
        assert round(sum(parts), 2) == float(rows[end][column])
    assert float(rows[begin][2]) == round(12 * 86_400 * 0.005 / 1000, 2)
    assert float(rows[begin][3]) == round(12 * 4_320 * 0.005 / 1000, 2)

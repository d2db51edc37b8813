"""The stacks of `cdk/` pass their own tests, in their own environment."""

import os
import subprocess

import pytest
from tests.conftest import CHECKOUT


def run_cdk(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the stacks' environment; nothing of this suite's options reaches it."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    return subprocess.run(
        [CHECKOUT / "scripts" / "cdk", *arguments],
        env=variables, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.mark.needs("cdk")
@pytest.mark.timeout(300)
def test_the_stacks_pass_their_own_tests():
    done = run_cdk("pytest", "-q")
    assert done.returncode == 0, done.stdout + done.stderr

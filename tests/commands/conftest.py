"""An AWS with stacks in it."""

import subprocess
from collections.abc import Iterator

import pytest
from tests.conftest import CHECKOUT


@pytest.fixture(scope="module")
def aws() -> Iterator[dict[str, str]]:
    """The variables that lead to an AWS with stacks in it; use with `@pytest.mark.needs("cdk")`."""
    server = [CHECKOUT / ".venv-cdk/bin/python", "tests/acceptance/stacks_server.py"]
    pipe = subprocess.PIPE
    with subprocess.Popen(server, cwd=CHECKOUT, stdin=pipe, stdout=pipe, text=True) as process:
        yield {
            "AWS_ENDPOINT_URL": process.stdout.readline().strip(),
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
        }
        process.stdin.close()

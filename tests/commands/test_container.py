"""The image of the `Containerfile` and the example beside it, as far as one looks at them without a builder."""

import re
import shutil
import subprocess

import pytest
from tests.conftest import CHECKOUT

FILE = (CHECKOUT / "Containerfile").read_text(encoding="utf-8")
PAGE = (CHECKOUT / "docs" / "container.md").read_text(encoding="utf-8")
TOOLS = CHECKOUT / ".venv-cdk" / "bin"
BASE = re.findall(r"^FROM (\S+)", FILE, re.MULTILINE)[0]


def find_builder() -> str | None:
    """The builder of images that has the image to begin with; none is fetched here."""
    for name in filter(shutil.which, ("podman", "docker")):
        if subprocess.run([name, "image", "inspect", BASE], capture_output=True, check=False).returncode == 0:
            return name
    return None


def check(*command) -> tuple[int, str]:
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.needs("cdk")
def test_the_linter_of_containers_finds_nothing():
    assert check(TOOLS / "hadolint", "Containerfile") == (0, "")


@pytest.mark.needs("cdk")
def test_the_example_beside_prometheus_is_one_by_its_schema(tmp_path):
    (compose,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "compose.yaml").write_text(compose)
    code, said = check(
        TOOLS / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", tmp_path / "compose.yaml"
    )
    assert code == 0, said


def test_its_user_is_the_one_that_the_service_on_aws_runs_as():
    (user,) = re.findall(r"^USER (\d+):\d+$", FILE, re.MULTILINE)
    service = (CHECKOUT / "cdk" / "stacks" / "service.py").read_text(encoding="utf-8")
    assert f'USER = "{user}"' in service
    assert int(user) > 0


def test_what_it_copies_and_runs_is_there(sitegen):
    for name in re.findall(r"--requirement (\S+)", FILE):
        assert (CHECKOUT / name).is_file()
    assert 'CMD ["run"]' in FILE
    assert 'CMD ["sitegen", "status", "-q"]' in FILE
    assert sitegen("run", "--help").code == 0


@pytest.mark.timeout(600)
def test_the_image_runs_on_a_read_only_root():
    builder = find_builder()
    if builder is None:
        pytest.skip(f"needs podman or docker with the image {BASE}")
    assert check(builder, "build", "--file", "Containerfile", "--tag", "sitegen-test", ".")[0] == 0
    code, said = check(builder, "run", "--rm", "--read-only", "sitegen-test", "--version")
    assert (code, "sitegen" in said) == (0, True)

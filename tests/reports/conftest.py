"""What the cases of public bug reports share."""

import shutil
import subprocess
from pathlib import Path

import pytest
from tests.acceptance.sites import Site, make_site
from tests.conftest import SHARED_DATA


@pytest.fixture
def built(tmp_path: Path, request: pytest.FixtureRequest) -> Site:
    """The site of the case of spans or lines that the test's name begins with, built once at the module's NOW."""
    number = request.node.name.split("_")[1]
    [configuration] = (SHARED_DATA / "reports" / "telemetry").glob(f"**/{number}-*/case.toml")
    case, site = configuration.parent, make_site(tmp_path / "site")
    with (site.folder / "sitegen.toml").open("a", encoding="utf-8") as config:
        config.write(configuration.read_text(encoding="utf-8"))
    shutil.copytree(case / "in", site.folder / "in")
    if (case / "prep.sh").exists():
        subprocess.run(["bash", case / "prep.sh"], cwd=site.folder, check=True, capture_output=True)
    site.build("--clock", request.module.NOW)
    return site

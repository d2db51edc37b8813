"""The templates of two variants: the settings as they come, and all that can be asked for."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from app import HERE, make_app
from settings import read_settings

STYLES = (f"sha256-{'A' * 43}=", f"sha256-{'B' * 43}=")
SETTINGS = read_settings(HERE / "settings.toml", HERE / "none")
EVERYTHING = replace(
    SETTINGS, domain="status.example.com", zone_id="Z0123456789", zone_name="example.com", mail="ops@example.com",
    github="example/status", gitlab="example/status", image="registry.example.com/sitegen:1", styles=STYLES,
)  # fmt: skip
SINGLE = replace(SETTINGS, secondary_region="")


def synthesised(settings, folder: Path) -> dict[str, dict]:
    """The templates by the names of their stacks; cdk-nag's findings end it."""
    make_app(settings, str(folder)).synth()
    return {
        path.name.removesuffix(".template.json"): json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*.template.json"))
    }


@pytest.fixture(scope="session")
def folders(tmp_path_factory):
    return {name: tmp_path_factory.mktemp(name) for name in ("plain", "everything", "single")}


@pytest.fixture(scope="session")
def plain(folders):
    return synthesised(SETTINGS, folders["plain"])


@pytest.fixture(scope="session")
def everything(folders):
    return synthesised(EVERYTHING, folders["everything"])


@pytest.fixture(scope="session")
def single(folders):
    return synthesised(SINGLE, folders["single"])

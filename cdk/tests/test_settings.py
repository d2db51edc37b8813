"""Settings that cannot be meant are one sentence each; styles come from what a build reports."""

import json
import re

import pytest
from app import HERE
from settings import SettingsError, read_settings
from styles import allow

from tests.conftest import STYLES

SHIPPED = (HERE / "settings.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('prefix = "My site"', "prefix: 'My site' must be a letter"),
        ('primary_region = "Ohio"', "primary_region: 'Ohio' is not a region"),
        ('secondary_region = "us-east-2"', "secondary_region: is the primary one"),
        ('domain = "status.example.com"', "domain: needs zone_id and zone_name"),
        ("cycle_seconds = 0", "cycle_seconds: must be 1 or more"),
        ("deploy_seconds = 7200", "deploy_seconds: must be 0 to 3600"),
        ('cpu = "much"', "cpu: 'much' is not int"),
        ('zone = "x"', "zone: is not known"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_a_sentence(line, sentence, tmp_path):
    name = line.partition(" ")[0]
    changed, count = re.subn(rf"^{name} =.*$", line, SHIPPED, flags=re.MULTILINE)
    (tmp_path / "settings.toml").write_text(changed if count else f"{SHIPPED}\n{line}\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=re.escape(sentence)):
        read_settings(tmp_path / "settings.toml", tmp_path / "none")


def test_a_setting_that_is_missing_is_named(tmp_path):
    (tmp_path / "settings.toml").write_text(SHIPPED.replace("memory = 512", ""), encoding="utf-8")
    with pytest.raises(SettingsError, match="memory: is missing"):
        read_settings(tmp_path / "settings.toml", tmp_path / "none")


def test_a_new_theme_is_allowed_beside_the_old_one_until_it_is_told_alone(tmp_path):
    report, styles = tmp_path / "report.json", tmp_path / "styles.txt"
    for style in STYLES:
        report.write_text(json.dumps({"style_hashes": [style]}), encoding="utf-8")
        allow(report, styles, only=False)
    assert read_settings(HERE / "settings.toml", styles).styles == STYLES
    assert allow(report, styles, only=True) == STYLES[1:]


def test_a_style_that_is_no_digest_is_a_sentence(tmp_path):
    (tmp_path / "styles.txt").write_text("'unsafe-inline'\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="is not the digest of a style sheet"):
        read_settings(HERE / "settings.toml", tmp_path / "styles.txt")

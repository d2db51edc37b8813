"""Themes and palettes, through whole builds, by what docs/themes.md tells."""

import re
import shutil
from pathlib import Path

import pytest
from tests.acceptance.sites import make_site

CHECKOUT = Path(__file__).resolve().parents[2]
PAGE = (CHECKOUT / "docs" / "themes.md").read_text(encoding="utf-8")


def follow(folder: Path) -> None:
    """Do what the worked example says."""
    shutil.copytree(CHECKOUT / "themes" / "terminal", folder / "dusk")
    steps = re.findall(r"^(At the end of )?`([\w./]+)`:\n\n```\w+\n(.*?)```", PAGE, re.MULTILINE | re.DOTALL)
    assert [name for _, name, _ in steps] == ["dusk/palettes/dusk.toml", "dusk/theme.css", "sitegen.toml"]
    for added, name, text in steps:
        path = folder / name
        path.write_text((path.read_text(encoding="utf-8") if added else "") + text, encoding="utf-8")


def test_the_worked_example_of_a_theme_of_ones_own_is_built(tmp_path):
    site = make_site(tmp_path)
    follow(tmp_path)
    site.build()
    page = site.page("/")
    assert "--bg:#14122b" in page
    assert "--fg:#d5ddd8" in page
    assert "letter-spacing:.1ch" in page
    assert "dusk" in page


@pytest.mark.parametrize(
    ("palette", "ground"), [("amber", "#0d0a06"), ("paper", "#fbf6e9"), ("high-contrast", "#000000")]
)
def test_a_palette_of_the_table_is_built_by_its_name(tmp_path, palette, ground):
    assert f'`"{palette}"`' in PAGE
    site = make_site(tmp_path, config=f'[site]\npalette = "{palette}"\n')
    site.build()
    assert f":root{{--bg:{ground}" in site.page("/")


def test_colours_that_cannot_be_told_apart_end_a_build_with_the_sentence_of_the_page(tmp_path):
    site = make_site(tmp_path, config='[site]\ntitle = "x"\n[site.palette]\nbg = "#101010"\nfg = "#111"\n')
    outcome = site.run("build")
    assert outcome.code == 2
    assert re.search(r"^sitegen\.toml:5: .*", PAGE, re.MULTILINE)[0] in outcome.stderr
    assert not site.dist.exists()

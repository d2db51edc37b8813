import re
import shutil
from pathlib import Path

import brotli
import pytest
from sitegen.assets.minify import minify_css
from sitegen.errors import ConfigError
from sitegen.templating.theme import load_theme

THEME = Path(__file__).resolve().parents[2] / "themes" / "terminal"
SVG = Path(__file__).resolve().parents[2] / "sitegen" / "visualization" / "primitives" / "svg.py"
STYLES = "\n".join(
    (THEME / name).read_text(encoding="utf-8")
    for name in ("theme.css", "panels.css", "drawings.css", "overview.css", "details.css", "prose.css")
)
RULES = re.sub(r"/\*.*?\*/", "", STYLES, flags=re.DOTALL)

# Classes that mean something to a rule elsewhere than in a selector of their own, or nothing but a name.
NAMED_ONLY = {"d0", "k-"}


def load(name="terminal", mode="dark", palette=None):
    return load_theme(name, mode, palette or {}, "1.0", minify_css)


@pytest.fixture
def own(tmp_path):
    """A theme of the user's own, as a copy of the default one."""
    return Path(shutil.copytree(THEME, tmp_path / "mine"))


@pytest.mark.parametrize("mode", ["dark", "auto", "light"])
def test_the_style_of_the_heaviest_page_keeps_its_budget(mode):
    theme = load(mode=mode)
    shared = theme.css + theme.panels_css + theme.drawings_css
    for own in (theme.overview_css, theme.details_css):
        style = (shared + own).encode()
        assert len(style) <= 12_000
        assert len(brotli.compress(style, quality=11)) <= 3_500


@pytest.mark.parametrize(("mode", "scheme"), [("dark", "dark"), ("light", "light"), ("auto", "dark light")])
def test_a_mode_sets_the_scheme_and_paper_is_always_light(mode, scheme):
    theme = load(mode=mode)
    assert theme.scheme == scheme
    screen, _, other = theme.css.partition("@media")
    assert ("--bg:#0b0e0d" in screen) == (mode != "light")
    assert ("--bg:#ffffff" in screen) == (mode == "light")
    assert other.startswith(" print,") == (mode != "light")
    assert ("--bg:#ffffff" in other) == (mode != "light")


@pytest.mark.parametrize(
    ("mode", "query", "background"),
    [("dark", "light", "#ffffff"), ("auto", "light", "#ffffff"), ("light", "dark", "#0b0e0d")],
)
def test_drawings_have_colours_that_show_on_the_background_of_forced_colours(mode, query, background):
    media, _, rules = load(mode=mode).css.partition("@media")[2].partition("{")
    assert f"(prefers-color-scheme:{query})" in media
    assert ("forced-colors" in media) == (mode != "auto")
    assert f"--bg:{background}" in rules


def test_a_palette_replaces_colours_by_token():
    theme = load(palette={"accent": "#a2c4e6"})
    assert "--accent:#a2c4e6" in theme.css
    assert theme.digest != load().digest


def test_a_table_of_colours_is_for_the_mode_that_is_shown():
    screen, _, forced = load(mode="light", palette={"accent": "#123456"}).css.partition("@media")
    assert "--accent:#123456" in screen
    assert "--accent:#8cf5d8" in forced


@pytest.mark.parametrize(("name", "screen"), [("amber", "#0d0a06"), ("paper", "#fbf6e9"), ("high-contrast", "#000000")])  # fmt: skip
def test_a_palette_has_a_name_and_a_mode_of_its_own(name, screen):
    theme = load(mode=None, palette=name)
    assert theme.css.startswith(f":root{{--bg:{screen}")
    assert theme.scheme == ("light" if name == "paper" else "dark")
    assert len((theme.css + theme.drawings_css).encode()) <= 8_000


def test_a_theme_of_ones_own_has_palettes_of_its_own(own):
    (own / "palettes" / "dusk.toml").write_text(
        '[dark]\nbg = "#1b1b3a"\npanel = "#20204a"\nraised = "#26265a"\nborder = "#9090b0"\nmute = "#a0a0c0"\nunknown = "#a0a0c0"\ns6 = "#c09a60"\n'
    )
    assert "--bg:#1b1b3a" in load(str(own), palette="dusk").css
    (own / "palettes" / "dusk.toml").write_text("dark = 1")
    with pytest.raises(ConfigError, match=r"^site.palette: palettes/dusk.toml cannot be read"):
        load(str(own), palette="dusk")


def test_the_colours_of_a_theme_of_ones_own_are_checked_too(own):
    text = (own / "theme.toml").read_text(encoding="utf-8")
    (own / "theme.toml").write_text(text.replace('fg = "#d5ddd8"', 'fg = "#202020"'), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"^site.theme: fg #202020 on bg #0b0e0d has a contrast of 1.1\d:1"):
        load(str(own))


def test_an_unknown_colour_is_refused_with_the_nearest_or_all_known_ones():
    with pytest.raises(ConfigError, match=r"^site.palette.acent: unknown colour; did you mean 'accent'\?$"):
        load(palette={"acent": "#123456"})
    with pytest.raises(ConfigError, match=r"^site.palette.zzz: unknown colour; known: bg, panel, "):
        load(palette={"zzz": "#123456"})


def test_a_theme_may_live_in_a_folder_of_the_users(own):
    (own / "theme.css").write_text("body{color:var(--fg)}", encoding="utf-8")
    theme = load(str(own))
    assert theme.folder == str(own)
    assert theme.css.endswith("body{color:var(--fg)}")


@pytest.mark.parametrize(
    "file",
    [
        "theme.css",
        "panels.css",
        "drawings.css",
        "overview.css",
        "details.css",
        "prose.css",
        "theme.toml",
        "overview.mako",
    ],
)
def test_the_digest_changes_with_every_file_of_the_theme_and_with_the_version(own, file):
    before = load(str(own)).digest
    text = (own / file).read_text(encoding="utf-8")
    added = "\nx { color: red }\n" if file.endswith(".css") else text.replace("#0b0e0d", "#0b0e0e") + "\n"
    (own / file).write_text(text + added if file.endswith(".css") else added, encoding="utf-8")
    assert load(str(own)).digest != before
    assert load_theme("terminal", "dark", {}, "1.1", minify_css).digest != load().digest


@pytest.mark.parametrize(
    "file",
    ["theme.css", "panels.css", "drawings.css", "overview.css", "details.css", "prose.css", "theme.toml"],
)
def test_a_folder_that_lacks_a_file_is_no_theme(own, file):
    (own / file).unlink()
    with pytest.raises(ConfigError, match="is no theme"):
        load(str(own))


@pytest.mark.parametrize("tokens", ["dark = 1", "[dark]\nbg = '#000000'", "not toml"])
def test_a_palette_that_cannot_be_used_is_no_theme(own, tokens):
    (own / "theme.toml").write_text(tokens, encoding="utf-8")
    with pytest.raises(ConfigError, match="is no theme"):
        load(str(own))


def test_a_style_too_large_for_a_page_is_refused(own):
    with (own / "theme.css").open("a", encoding="utf-8") as css:
        css.writelines(f".x{number}{{color:red}}" for number in range(600))
    with pytest.raises(ConfigError, match=r"have \d+ bytes; a page has room for 12000"):
        load(str(own))


# --- What the style may hold -------------------------------------------------------


@pytest.mark.parametrize(
    "unwanted",
    [r"@import", r"url\(", r"animation", r"transition", r"@keyframes", r"expression\(", r"@font-face", r"</"],
)
def test_the_style_moves_nothing_and_fetches_nothing(unwanted):
    assert not re.search(unwanted, RULES)


def selected():
    return set(re.findall(r"\.([a-z][\w-]*)", re.sub(r"\{[^}]*\}", "{}", RULES)))


def table():
    """The classes of the drawings, as the table in svg.py lists them."""
    rows = re.findall(
        r"^    ([a-z][a-z0-9. ]*?)  +(svg|g|text|path|rect) ", SVG.read_text(encoding="utf-8"), re.MULTILINE
    )
    for names, _ in rows:
        for name in names.split():
            first, _, last = name.partition("..")
            yield from (
                (f"{first[0]}{number}" for number in range(int(first[1:]), int(last[1:]) + 1))
                if last
                else (name,)
            )


def test_every_class_of_the_drawings_has_a_rule():
    listed = set(table())
    assert {"ch", "s1", "s6", "h7", "tc", "hd", "pq"} <= listed
    # `q` and `no` differ by what stands in them, `a` and `b` also by the beginning of their names.
    assert listed - selected() == set()


def test_every_class_of_the_templates_has_a_rule():
    used = set()
    for path in THEME.glob("*.mako"):
        for value in re.findall(r'class="([^"]*)"', path.read_text(encoding="utf-8")):
            used |= set(re.sub(r"\w*\$\{[^}]*\}", " ", value).split())
    assert used - selected() - NAMED_ONLY == set()


def test_every_rule_has_something_to_style():
    templates = "".join(path.read_text(encoding="utf-8") for path in THEME.glob("*.mako"))
    code = {"hc", "hs", "hn", "hk", "hf"}
    words = {"up", "degraded", "down", "maintenance", "fresh", "stale", "expired", "missing"}
    levels = {"trace", "debug", "info", "warn", "error", "fatal", "unknown"}
    depths = {f"d{number}" for number in range(1, 9)}
    kinds = {f"k-{name}" for name in ("services", "metrics", "traces", "deps", "logs", "build", "slo")}
    written = set(re.findall(r"[\w-]+", templates))
    assert selected() - set(table()) - code - words - levels - depths - kinds - written == set()

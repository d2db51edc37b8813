import html
import re
import shutil
from enum import Enum
from pathlib import Path

import msgspec
import pytest
from sitegen.errors import SitegenError
from sitegen.output import Page
from sitegen.redaction import visible
from sitegen.templating.engine import output_path, render
from sitegen.templating.model import RenderJob
from tests.pages.samples import Maker, Size, cache_folder, frame, pages_of, skeleton

THEME = Path(__file__).resolve().parents[2] / "themes" / "terminal"
TEMPLATES = {path.name: path.read_text(encoding="utf-8") for path in sorted(THEME.glob("*.mako"))}

# The one place of the theme where markup passes unescaped, and what it is called with.
UNESCAPED = {"parts.mako": ["${markup | n}"]}
FINISHED = {
    "site.theme.css", "site.theme.drawings_css", "view.content.body_html", "view.spark", "view.map", "view.breakdown",
    "view.slo_bars", "entry.bars", "entry.excerpt.code_html", "row.spark", "row.bar", "row.svg", "drawn.svg",
}  # fmt: skip
# Fields that hold finished markup, or names that sitegen itself gives: never foreign text.
OWN = {
    "svg", "bars", "spark", "body_html", "code_html", "map", "breakdown", "bar", "slo_bars", "csv", "path", "id",
    "series_class", "section", "trace_id", "template",
}  # fmt: skip

HOSTILE = {
    "a script": "<script>alert(1)</script>",
    "quotes": "\"' onmouseover='alert(1)' x=\"",
    "an end of everything": "</title></style></h1></table></section></main><!-- <![CDATA[ ]]> -->",
    "mako": "${1/0} <% raise %> ## %if x:\n% endif\n\\\n<%def name='x'>",
    "controls": "\x00\x07\x1b[31m\x7f\x85\x9b",
    "right to left": "\u202eabc\u202c \u05d0\u05d1 \u2066x\u2069",
    "surrogates": "half \ud800 and \udfff",
    "line separators": "a\u2028b\u2029c",
    "entities": "&lt;b&gt; &amp; &#60;script&#62; &notit;",
    "not characters": "\ufffe\uffff\U0010ffff\ufeff",
    "spaces": " \t ",
}


def job(page, where=None):
    return RenderJob(page=page, frame=where or frame(), cache=cache_folder())


def write(value, text):
    """Give the value with every text of foreign origin in it replaced."""
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return text
    if isinstance(value, tuple):
        return tuple(write(item, text) for item in value)
    if isinstance(value, dict):
        return {f"{text}{number}": write(item, text) for number, item in enumerate(value.values())}
    if isinstance(value, msgspec.Struct):
        fields = {name: getattr(value, name) for name in value.__struct_fields__ if name not in OWN}
        return msgspec.structs.replace(value, **{name: write(item, text) for name, item in fields.items()})
    return value


@pytest.fixture(scope="module")
def pages():
    """One page of each template."""
    size = Size(panels=2, points=20, traces=3, lines=9, projects=2, failing=0.5, incidents=3)
    found = {page.template: page for page in pages_of(Maker(size).findings())}
    assert set(found) == set(TEMPLATES) - {"base.mako", "parts.mako", "cards.mako"}
    return list(found.values())


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_in_every_field_changes_no_tag_and_is_shown_as_text(pages, text):
    shown = re.sub(r"\s+", " ", visible(text, keep_lines=True)).strip()
    for page in pages:
        plain = msgspec.structs.replace(page, view=write(page.view, "word"))
        hurt = msgspec.structs.replace(page, view=write(page.view, text))
        expected, _ = skeleton(render(job(plain)).body.decode())
        tags, texts = skeleton(render(job(hurt)).body.decode())
        assert tags == expected, page.template
        assert shown in re.sub(r"\s+", " ", "".join(texts)), page.template


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_in_the_frame_changes_no_tag(pages, text):
    hurt = msgspec.structs.replace(frame(), title=text, description=text, language=text)
    for page in pages:
        tags, _ = skeleton(render(job(page, hurt)).body.decode())
        assert tags == skeleton(render(job(page)).body.decode())[0], page.template


def test_text_that_runs_from_right_to_left_is_isolated_from_what_stands_beside_it(pages):
    page = next(page for page in pages if page.template == "not_found.mako")
    hurt = msgspec.structs.replace(page, view=write(page.view, "\u05d0\u05d1"))
    assert "\u2068\u05d0\u05d1\u2069" in render(job(hurt)).body.decode()


def test_no_control_character_reaches_a_page(pages):
    for page in pages:
        hurt = msgspec.structs.replace(page, view=write(page.view, "".join(map(chr, range(0x300)))))
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", render(job(hurt)).body.decode())


# --- What the templates may say ---------------------------------------------------------


def test_markup_passes_unescaped_in_one_place_alone():
    found = {name: re.findall(r"\$\{[^}]*\|[^}]*\}", text) for name, text in TEMPLATES.items()}
    assert {name: places for name, places in found.items() if places} == UNESCAPED
    assert sum(len(places) for places in UNESCAPED.values()) <= 3


def test_only_finished_markup_is_called_finished():
    calls = [call for text in TEMPLATES.values() for call in re.findall(r"finished\(([^)]*)\)", text)]
    assert set(calls) - {"markup"} == FINISHED


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_holds_no_way_around_escaping(name):
    text = TEMPLATES[name]
    for unwanted in ("<%text", "expression_filter", "<script", "context.write", "markupsafe", "style="):
        assert unwanted not in text
    assert not re.search(r"\son[a-z]+\s*=", text)
    for style in re.findall(r"<style>(.*?)</style>", text, re.DOTALL):
        assert style == "${parts.finished(site.theme.css)}${self.drawings()}"


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_attribute_with_a_value_from_a_view_is_quoted(name):
    assert not re.search(r"[a-z-]=\$\{", TEMPLATES[name])


# --- Names and paths -----------------------------------------------------------------------


@pytest.fixture
def own(tmp_path):
    """A frame whose theme lies in a folder that a test may change."""
    folder = shutil.copytree(THEME, tmp_path / "mine")
    theme = msgspec.structs.replace(frame().theme, folder=str(folder), digest=tmp_path.name)
    return folder, msgspec.structs.replace(frame(), theme=theme)


def page_of(template):
    view = next(
        page
        for page in pages_of(Maker(Size(panels=0, traces=0, lines=0)).findings())
        if page.path == "/404.html"
    ).view
    return Page("/404.html", template, view)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("${nobody}", "nobody"),
        ("${view.nobody}", "nobody"),
        ("% if x:\n", "x"),
        ("${1/0}", "ZeroDivisionError"),
        ("${view[0]}", "TypeError"),
    ],
)
def test_a_template_that_names_what_is_not_there_is_named_with_the_way_out(own, body, why):
    folder, where = own
    (folder / "not_found.mako").write_text(body, encoding="utf-8")
    with pytest.raises(SitegenError, match=rf"mine/not_found.mako: .*{why}.*; mend the template") as caught:
        render(job(page_of("not_found.mako"), where))
    assert str(caught.value).isprintable()


def test_a_theme_without_the_template_is_named(own):
    folder, where = own
    (folder / "not_found.mako").unlink()
    with pytest.raises(SitegenError, match=r"mine/not_found.mako: .*mend the template"):
        render(job(page_of("not_found.mako"), where))


def test_a_theme_of_the_users_may_say_things_its_own_way(own):
    folder, where = own
    (folder / "not_found.mako").write_text("<h1>${view.shell.title}</h1>${'<b>'}", encoding="utf-8")
    file = render(job(page_of("not_found.mako"), where))
    assert (file.path, file.body) == ("404.html", b"<h1>not found</h1>&lt;b&gt;")


@pytest.mark.parametrize(
    ("path", "file"),
    [
        ("/", "index.html"),
        ("/metrics/", "metrics/index.html"),
        ("/metrics/24h/2/", "metrics/24h/2/index.html"),
        ("/404.html", "404.html"),
    ],
)
def test_a_page_is_published_where_its_url_leads(path, file):
    assert output_path(path) == file


def test_a_page_has_the_same_bytes_each_time(pages):
    for page in pages:
        assert render(job(page)) == render(job(page))


def test_entities_of_foreign_text_are_shown_as_they_were_written(pages):
    page = next(page for page in pages if page.template == "not_found.mako")
    body = render(job(msgspec.structs.replace(page, view=write(page.view, "&lt;")))).body.decode()
    assert "&amp;lt;" in body
    assert html.unescape("&amp;lt;") == "&lt;"

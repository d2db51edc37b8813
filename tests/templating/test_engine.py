import html
import re
import shutil
from enum import Enum
from pathlib import Path

import msgspec
import pytest
from sitegen.errors import SitegenError
from sitegen.output import Block
from sitegen.pages.fit import pack
from sitegen.redaction import visible
from sitegen.templating.engine import output_path, render, render_blocks
from tests.pages.samples import Maker, Size, cache_folder, frame, lists_of, skeleton

THEME = Path(__file__).resolve().parents[2] / "themes" / "terminal"
TEMPLATES = {path.name: path.read_text(encoding="utf-8") for path in sorted(THEME.glob("*.mako"))}

# The one place of the theme where markup passes unescaped, and what it is called with.
UNESCAPED = {"parts.mako": ["${markup | n}"]}
FINISHED = {
    "site.theme.css", "style", "policy", "rows", "guides", "entries", "between", "site.theme.panels_css", "site.theme.drawings_css", "site.theme.overview_css", "site.theme.details_css", "site.theme.prose_css", "view.months", "view.lanes", "row.bars", "view.content.body_html", "view.strip.svg", "value.svg", "view.map", "view.breakdown",
    "view.timeline", "entry.burndown", "burn.gauge", "entry.excerpt.code_html", "row.spark", "row.bar", "row.svg", "drawn.svg",
}  # fmt: skip
# Fields that hold finished markup, or names that sitegen itself gives: never foreign text.
OWN = {
    "svg", "months", "timeline", "gauge", "burndown", "lanes", "css", "bars", "spark", "guides", "colour", "body_html", "code_html", "map", "breakdown", "bar", "slo_bars", "csv", "path", "id",
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


def body_of(page, where=None):
    return render(page, where or frame(), cache_folder()).body.decode()


def whole(pages, change=lambda value: value):
    """One page of a list with all its blocks, with every value of theirs and of its view changed."""
    blocks = tuple(msgspec.structs.replace(block, value=change(block.value)) for block in pages.blocks)
    (page,) = pack(
        msgspec.structs.replace(pages, most=len(blocks) + 1),
        lambda _: render_blocks(blocks, frame(), cache_folder()),
        lambda page: page,
        lambda _: 0.0,
    )
    return msgspec.structs.replace(page, view=change(page.view))


def hurt(pages, text):
    return whole(pages, lambda value: write(value, text))


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
    """One list of pages of each template."""
    size = Size(panels=2, points=20, traces=3, lines=9, projects=2, failing=0.5, incidents=3)
    found = {page.template: page for page in lists_of(Maker(size).findings())}
    assert set(found) == set(TEMPLATES) - {"base.mako", "parts.mako", "blocks.mako"}
    return list(found.values())


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_in_every_field_changes_no_tag_and_is_shown_as_text(pages, text):
    shown = re.sub(r"\s+", " ", visible(text, keep_lines=True)).strip()
    for page in pages:
        expected, _ = skeleton(body_of(hurt(page, "word")))
        tags, texts = skeleton(body_of(hurt(page, text)))
        assert tags == expected, page.template
        assert shown in re.sub(r"\s+", " ", "".join(texts)), page.template


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_in_the_frame_changes_no_tag(pages, text):
    where = msgspec.structs.replace(frame(), title=text, description=text, language=text)
    for page in map(whole, pages):
        assert skeleton(body_of(page, where))[0] == skeleton(body_of(page))[0], page.template


def test_text_that_runs_from_right_to_left_is_isolated_from_what_stands_beside_it(pages):
    page = next(page for page in pages if page.template == "not_found.mako")
    assert "\u2068\u05d0\u05d1\u2069" in body_of(hurt(page, "\u05d0\u05d1"))


def test_no_control_character_reaches_a_page(pages):
    for page in pages:
        body = body_of(hurt(page, "".join(map(chr, range(0x300)))))
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", body)


def test_a_theme_whose_blocks_are_not_one_a_value_is_named(own):
    folder, where = own
    (folder / "blocks.mako").write_text("${between}", encoding="utf-8")
    with pytest.raises(SitegenError, match=r"mine/blocks.mako: .*; mend the template"):
        render_blocks([Block("lines", "note", "x")], where, cache_folder())


def test_blocks_are_rendered_in_their_order_with_one_call(own):
    blocks = [Block("lines", "note", str(number)) for number in range(3)]
    assert render_blocks(blocks, frame(), cache_folder()) == [f'<p class="note">{n}</p>\n' for n in range(3)]
    assert render_blocks([], frame(), cache_folder()) == []


# --- What the templates may say ---------------------------------------------------------


def test_markup_passes_unescaped_in_one_place_alone():
    found = {name: re.findall(r"\$\{[^}]*\|[^}]*\}", text) for name, text in TEMPLATES.items()}
    assert {name: places for name, places in found.items() if places} == UNESCAPED
    assert sum(len(places) for places in UNESCAPED.values()) <= 3


def test_only_finished_markup_is_called_finished():
    calls = [call for text in TEMPLATES.values() for call in re.findall(r"finished\(([^)]*)\)", text)]
    assert {call for call in calls if not call.startswith("blocks[")} - {"markup"} == FINISHED


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_holds_no_way_around_escaping(name):
    text = TEMPLATES[name]
    for unwanted in ("<%text", "expression_filter", "<script", "context.write", "markupsafe", "style="):
        assert unwanted not in text
    assert not re.search(r"\son[a-z]+\s*=", text)
    for style in re.findall(r"<style>(.*?)</style>", text, re.DOTALL):
        assert style == "${parts.finished(style)}"


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
    findings = Maker(Size(panels=0, traces=0, lines=0)).findings()
    found = next(page for page in lists_of(findings) if page.path == "/404.html")
    return msgspec.structs.replace(whole(found), template=template)


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
        render(page_of("not_found.mako"), where, cache_folder())
    assert str(caught.value).isprintable()


def test_a_theme_without_the_template_is_named(own):
    folder, where = own
    (folder / "not_found.mako").unlink()
    with pytest.raises(SitegenError, match=r"mine/not_found.mako: .*mend the template"):
        render(page_of("not_found.mako"), where, cache_folder())


def test_a_theme_of_the_users_may_say_things_its_own_way(own):
    folder, where = own
    (folder / "not_found.mako").write_text("<h1>${view.shell.title}</h1>${'<b>'}", encoding="utf-8")
    file = render(page_of("not_found.mako"), where, cache_folder())
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
        assert body_of(whole(page)) == body_of(whole(page))


def test_entities_of_foreign_text_are_shown_as_they_were_written(pages):
    page = next(page for page in pages if page.template == "not_found.mako")
    assert "&amp;lt;" in body_of(hurt(page, "&lt;"))
    assert html.unescape("&amp;lt;") == "&lt;"

"""One page's file: its encoding, its head in TOML or YAML, its title, its place."""

import json
from zoneinfo import ZoneInfo

import pytest
from sitegen.content.authored import ContentKind, FrontMatter
from sitegen.content.model import Draft
from sitegen.content.page import make_page

POST = '+++\ntitle = "P"\ndate = 2026-11-23\n+++\n'


def made(text, source="about.md"):
    return make_page(Draft(source, text if isinstance(text, bytes) else text.encode()), {}, "/")


def page(text, source="about.md"):
    one = made(text, source)
    assert one.faults == ()
    return one.page


def told(text, source="about.md"):
    one = made(text, source)
    assert one.page is None
    [fault] = one.faults
    return fault.problem("content").message


@pytest.mark.parametrize(
    ("source", "kind", "path"),
    [
        ("about.md", ContentKind.ABOUT, "/about/"),
        ("about.MD", ContentKind.ABOUT, "/about/"),
        ("projects/My Tool.markdown", ContentKind.PROJECT, "/projects/my-tool/"),
        ("posts/2026-11-23.mdown", ContentKind.POST, "/posts/2026-11-23/"),
        ("posts/2026.md", ContentKind.POST, "/posts/2026/"),
        ("posts/2026/x.md", ContentKind.POST, "/posts/2026/x/"),
        ("README.md", ContentKind.PAGE, "/readme/"),
        ("docs/index.md", ContentKind.PAGE, "/docs/"),
        ("docs/2.md", ContentKind.PAGE, "/docs/2/"),
        ("docs/Set up/日本.md", ContentKind.PAGE, "/docs/set-up/page-cf2abf0c/"),
        ("posts/2.md", ContentKind.POST, "/posts/page-2/"),
        ("posts/日本.md", ContentKind.POST, "/posts/page-cf2abf0c/"),
        ("projects/🎉.md", ContentKind.PROJECT, "/projects/page-6146299c/"),
    ],
)
def test_a_page_stands_at_the_path_of_its_file(source, kind, path):
    one = page(POST, source)
    assert (one.kind, one.path, one.source) == (kind, path, source)


@pytest.mark.parametrize(
    "source",
    ["index.md", "metrics/x.md", "Status.md", "posts.md", "about/2.md", f"{'a' * 120}/" * 5 + "x.md"],
)
def test_a_page_where_none_can_stand_is_a_fault(source):
    assert told("x", source).startswith(f"content/{source}: would stand in the place of the site's own")


def test_the_front_matter_is_typed_and_leaves_the_text():
    one = page(
        '+++\ntitle = "Tool"\ndescription = "Does it."\ndate = 2026-11-23T08:00:00+01:00\nweight = 2\n'
        'status = "active"\ntags = ["a", "b"]\nurl = "https://example.org/"\nprobe = "web"\n+++\nText\n'
    )
    assert one.front == FrontMatter(
        title="Tool",
        description="Does it.",
        date=1_795_417_200.0,
        weight=2,
        status="active",
        tags=("a", "b"),
        url="https://example.org/",
        probe="web",
        shift=3600.0,
    )
    assert one.body_html == "<p>Text</p>\n"


def test_a_head_in_yaml_says_the_same_as_one_in_toml():
    yaml = (
        "---\ntitle: Tool\ndescription: Does it.\ndate: 2026-11-23T08:00:00+01:00\nweight: 2\nstatus: active\n"
        "tags: [a, b]\nurl: https://example.org/\nprobe: web\n---\nText\n"
    )
    toml = (
        '+++\ntitle = "Tool"\ndescription = "Does it."\ndate = 2026-11-23T08:00:00+01:00\nweight = 2\n'
        'status = "active"\ntags = ["a", "b"]\nurl = "https://example.org/"\nprobe = "web"\n+++\nText\n'
    )
    assert page(yaml) == page(toml)


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ("title: 2024", "2024"),
        ("title: No", "No"),
        ("title: 07:30", "07:30"),
        ("title: ~", "About"),
        ("# none", "About"),
    ],
)
def test_text_in_yaml_is_what_is_written(head, title):
    assert page(f"---\n{head}\n---\n").title == title


@pytest.mark.parametrize(
    ("date", "instant"),
    [
        ("2026-11-23", 1_795_392_000.0),
        ('"2026-11-23"', 1_795_392_000.0),
        ("2026-11-23 08:00:00 +0100", 1_795_417_200.0),
        ("2026-11-23T07:00:00Z", 1_795_417_200.0),
        ("2026-11-23 07:00:00", 1_795_417_200.0),
    ],
)
def test_a_date_in_yaml_is_read_as_authors_of_other_generators_write_it(date, instant):
    assert page(f"---\ndate: {date}\n---\n").date == instant


def test_a_day_is_its_midnight_in_utc():
    assert page(POST, "posts/one.md").date == 1_795_392_000.0


@pytest.mark.parametrize(
    ("date", "day", "instant"),
    [
        ("2026-07-23", "2026-07-23", 1_784_757_600.0),
        ("2026-11-23", "2026-11-23", 1_795_388_400.0),
        ("2026-11-23T00:30:00", "2026-11-23", 1_795_390_200.0),
        ("2026-11-23T23:30:00-08:00", "2026-11-23", 1_795_505_400.0),
        ("2026-11-22T23:30:00Z", "2026-11-22", 1_795_390_200.0),
        ("20261123", "2026-11-23", 1_795_388_400.0),
    ],
)
def test_a_date_without_a_zone_is_in_that_of_the_site_and_each_is_told_as_it_was_written(date, day, instant):
    for text in (f"+++\ndate = {date}\n+++\n", f"---\ndate: {date}\n---\n"):
        one = make_page(Draft("posts/x.md", text.encode()), {}, "/", ZoneInfo("Europe/Berlin")).page
        assert (one.date, one.day.text) == (instant, day)


def test_a_page_without_a_head_takes_its_first_heading_or_its_name_as_title():
    about = page("# Jo Doe #\n\nHello\n")
    assert (about.title, about.body_html) == ("Jo Doe", "<p>Hello</p>\n")
    assert page("Just text", "projects/my-tool.md").title == "My tool"
    assert page("Just text", "projects/日本.md").title == "日本"
    assert page("Just text", "projects/e\u0301te\u0301.md").title == "Été"


@pytest.mark.parametrize(
    ("markdown", "title"),
    [
        (
            "# The `run` command & *why* it [matters](https://example.org/)\n",
            "The run command & why it matters",
        ),
        ("A title underlined\n==================\n", "A title underlined"),
        ("# **Bold** ~~gone~~ <https://example.org/>\n", "Bold gone https://example.org/"),
        ("Two lines\nof a *title*\n===\n", "Two lines of a title"),
        ("A title underlined\n---\n", "A title underlined"),
        ("# The <em>big</em> `<b>` &amp; \\*all\\*\n", "The big <b> & *all*"),
    ],
)
def test_a_title_is_the_text_of_its_heading_and_stands_once(markdown, title):
    one = page(markdown + "\nText.\n")
    assert (one.title, one.body_html) == (title, "<p>Text.</p>\n")


def test_a_title_may_have_something_before_it_and_headings_of_parts_are_none():
    one = page("Before.\n\n# Mine\n\nText.\n")
    assert (one.title, one.body_html) == ("Mine", "<p>Before.</p>\n<p>Text.</p>\n")
    for parts in ("## a\n\n## b\n", "Text.\n\n## a\n", "> # a\n", "## a\n\n# b\n"):
        assert page(parts, "projects/my-tool.md").title == "My tool"
    one = page("> # said\n\n1. ## step\n\n# Mine\n")
    assert (one.title, one.anchor, one.ids) == ("Mine", "mine", ("said", "step", "mine"))


def test_a_heading_that_repeats_the_title_is_shown_once():
    assert page('+++\ntitle = "Me"\n+++\n\n# Me\nHello\n').body_html == "<p>Hello</p>\n"


@pytest.mark.parametrize("head", ["+++\ndraft = true\n+++\nx", "---\ndraft: yes\n---\nx"])
def test_a_draft_is_no_page_and_no_fault(head):
    one = made(head)
    assert (one.page, one.faults) == (None, ())


@pytest.mark.parametrize(
    "text",
    ["    <!-- SECRET -->", "\t<!-- SECRET", "Words\n\n      <!--\n SECRET -->\n", "``` <!-- SECRET -->", "- <!-- SECRET -->"],
)  # fmt: skip
def test_a_comment_in_a_field_of_the_head_is_nowhere_however_it_is_indented(text):
    values = ", ".join(f"{key}: {json.dumps(text)}" for key in ("title", "description", "status"))
    one = page(f"---\n{{{values}, date: 2026-11-23, tags: [{json.dumps(text)}]}}\n---\n")
    assert "SECRET" not in repr(one.front)
    assert "" not in one.front.tags


@pytest.mark.parametrize("ends", [b"\r\n", b"\r", b"\n"])
def test_line_ends_of_every_kind_and_a_byte_order_mark_do_no_harm(ends):
    one = page(b'\xef\xbb\xbf+++\ntitle = "T"\n+++\na\nb\n'.replace(b"\n", ends))
    assert (one.title, one.body_html) == ("T", "<p>a\nb</p>\n")


def test_control_characters_do_not_reach_the_page():
    one = page('+++\ntitle = "a\\u0000b"\n+++\na\x1b[31mb\x00')
    assert one.title == "a\ufffdb"
    assert "\x1b" not in one.body_html


FAULTS = [
    ('+++\ndate = 2026-01-01\ntitel = "x"\n+++\n', "content/about.md:3: unknown key 'titel'; did you mean 'title'?"),
    ("+++\nzzzz = 1\n+++\n", "content/about.md:2: unknown key 'zzzz'; known are title,"),
    ("+++\n\ntitle = 3\n+++\n", "content/about.md:3: title: Expected str, got int"),
    ('+++\nweight = "1"\n+++\n', "content/about.md:2: weight: Expected int, got str"),
    ("+++\nweight = 10000000000000000000000\n+++\n", "content/about.md:2: weight: "),
    (f"+++\nweight = {'9' * 5000}\n+++\n", "content/about.md:2: a number here has too many digits"),
    ("+++\ntags = [1]\n+++\n", "content/about.md:2: tags: Expected str, got int"),
    ('+++\ndate = "soon"\n+++\n', "content/about.md:2: date: 'soon' is no date"),
    ("+++\ndate = 07:30:00\n+++\n", "content/about.md:2: date: "),
    ("+++\ndate = true\n+++\n", "content/about.md:2: date: 'True' is no date"),
    ("+++\ndate = 0001-01-01\n+++\n", "content/about.md:2: date: 1 is no year"),
    ('+++\ntitle = "a"\ntitle = "b"\n+++\n', "content/about.md:3: Cannot overwrite a value"),
    ('+++\ntitle = """\n\n+++\n', "content/about.md:"),
    ("+++\ntitle = \n+++\n", "content/about.md:2: Invalid value"),
    ('+++\ntitle = "a"\n', "content/about.md:1: the front matter never ends; close it with a line of +++"),
    ('+++\nurl = "javascript:alert(1)"\n+++\n', "content/about.md:2: url: write it like https://"),
    (f"+++\ntags = {'[' * 5000}\n+++\n", "content/about.md:"),
    ("---\ntitle: a\ntitel: b\n---\n", "content/about.md:3: unknown key 'titel'; did you mean 'title'?"),
    ("---\ntitle: a\n\ntitle: b\n---\n", "content/about.md:4: the key 'title' stands here a second time"),
    ("---\ntitle: a: b\n---\n", "content/about.md:2: mapping values are not allowed here"),
    ("---\ntitle: [a\n---\n", "content/about.md:"),
    ("---\ntags: &a [x]\nstatus: *a\n---\n", "content/about.md:3: aliases are not read here"),
    ("---\ndate: 2026-13-45\n---\n", "content/about.md:2: date: '2026-13-45' cannot be"),
    ("---\ntitle: a\ndate: soon\n---\n", "content/about.md:3: date: 'soon' is no date"),
    ("---\ntitle: !!python/name:os.system x\nweight: !!python/object:os.x {}\n---\n", "content/about.md:3: could not determine a constructor"),
    ("---\njust text\n---\n", "content/about.md:2: the front matter has no keys"),
    ("---\n- a\n- b\n---\n", "content/about.md:2: the front matter has no keys"),
    ("---\ntitle: a\n", "content/about.md:1: the front matter never ends; close it with a line of ---"),
    (f"---\ntags: {'[' * 5000}\n---\n", "content/about.md:"),
    (f"---\ntitle: {'a' * 30_000}\n---\n", "content/about.md:1: the front matter has more than 20000 characters"),
    (b"a\nb\xe9\n", "content/about.md:2: this is not UTF-8; save the file in that encoding"),
    ("\ufeffhello".encode("utf-16"), "content/about.md:1: this is not UTF-8"),
    ("hello".encode("utf-16-le"), "content/about.md:1: this is not UTF-8"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "sentence"), FAULTS, ids=[str(number) for number in range(len(FAULTS))])
def test_a_page_that_cannot_be_used_names_file_line_and_key(text, sentence):
    assert told(text).startswith(sentence)


def test_the_nearest_key_is_told_by_itself():
    assert made("+++\ntitel = 1\n+++\n").faults[0].nearest == "title"


def test_an_alias_bomb_costs_nothing():
    bomb = "---\na: &a [x, x, x]\n" + "".join(
        f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n"
        for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert "aliases are not read here" in told(bomb + "---\n")


@pytest.mark.parametrize("text", ["hello", "+++\ntitle = 'x'\n+++\n", "---\ntitle: x\n---\n"])
def test_a_post_needs_a_date(text):
    assert told(text, "posts/one.md").startswith("content/posts/one.md:1: a post needs a date")

"""Reading the author's folder."""

from pathlib import Path

import pytest
from sitegen.content.authored import ContentKind, FrontMatter
from sitegen.content.loader import load_content
from sitegen.content.model import Content, Picture
from sitegen.errors import ConfigError

POST = '+++\ntitle = "P"\ndate = 2026-11-23\n+++\n'


@pytest.fixture
def folder(tmp_path):
    content = tmp_path / "content"
    content.mkdir()

    def write(**files):
        for name, text in files.items():
            path = content / name.replace("__", "/").replace("_md", ".md")
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return content

    return write


def failure(content):
    with pytest.raises(ConfigError) as caught:
        load_content(content)
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_a_folder_that_does_not_exist_is_empty(tmp_path):
    assert load_content(tmp_path / "content") == (Content(), ())


def test_pages_and_pictures_stand_at_the_paths_of_their_files(folder):
    content = folder(about_md="# Me\n", projects__tool_md="hi", posts__one_md=POST)
    (content / "projects" / "a.png").write_bytes(b"png")
    (content / "notes.txt").write_text("not published")
    loaded, problems = load_content(content)
    assert problems == ()
    assert [(page.kind, page.path, page.source) for page in loaded.documents] == [
        (ContentKind.ABOUT, "/about/", "about.md"),
        (ContentKind.POST, "/posts/one/", "posts/one.md"),
        (ContentKind.PROJECT, "/projects/tool/", "projects/tool.md"),
    ]
    assert loaded.pictures == (Picture("projects/a.png", b"png"),)


def test_the_front_matter_is_typed_and_leaves_the_text(folder):
    content = folder(
        projects__tool_md='+++\ntitle = "Tool"\ndescription = "Does it."\ndate = 2026-11-23T08:00:00+01:00\nweight = 2\n'
        'status = "active"\ntags = ["a", "b"]\nurl = "https://example.org/"\nprobe = "web"\n+++\nText\n'
    )
    page = load_content(content)[0].documents[0]
    assert page.front == FrontMatter(
        title="Tool",
        description="Does it.",
        date=1_795_417_200.0,
        weight=2,
        status="active",
        tags=("a", "b"),
        url="https://example.org/",
        probe="web",
    )
    assert page.markdown == "Text\n"


def test_a_day_is_its_midnight_in_utc(folder):
    assert load_content(folder(posts__one_md=POST))[0].documents[0].front.date == 1_795_392_000.0


def test_a_page_without_a_head_takes_its_first_heading_or_its_name_as_title(folder):
    content = folder(about_md="# Jo Doe #\n\nHello\n")
    (content / "projects").mkdir()
    (content / "projects" / "my-tool.md").write_text("Just text")
    about, project = load_content(content)[0].documents
    assert (about.front.title, about.markdown) == ("Jo Doe", "\nHello\n")
    assert project.front.title == "My tool"


def test_a_heading_that_repeats_the_title_is_shown_once(folder):
    page = load_content(folder(about_md='+++\ntitle = "Me"\n+++\n\n# Me\nHello\n'))[0].documents[0]
    assert page.markdown == "Hello\n"


def test_a_draft_is_left_out(folder):
    assert load_content(folder(about_md="+++\ndraft = true\n+++\nx"))[0].documents == ()


def test_windows_line_ends_and_a_byte_order_mark_do_no_harm(folder):
    page = load_content(folder(about_md=b'\xef\xbb\xbf+++\r\ntitle = "T"\r\n+++\r\na\r\nb\r\n'))[0].documents[
        0
    ]
    assert (page.front.title, page.markdown) == ("T", "a\nb\n")


def test_control_characters_do_not_reach_the_page(folder):
    assert "\x1b" not in load_content(folder(about_md="a\x1b[31mb\x00"))[0].documents[0].markdown


@pytest.mark.parametrize(
    ("head", "sentence"),
    [
        (
            '+++\ndate = 2026-01-01\ntitel = "x"\n+++\n',
            "content/about.md:3: unknown key 'titel'; did you mean 'title'?",
        ),
        ("+++\nzzzz = 1\n+++\n", "content/about.md:2: unknown key 'zzzz'; known are title,"),
        ("+++\n\ntitle = 3\n+++\n", "content/about.md:3: title: Expected str, got int"),
        ('+++\nweight = "1"\n+++\n', "content/about.md:2: weight: Expected int, got str"),
        ("+++\ntags = [1]\n+++\n", "content/about.md:2: tags: Expected str, got int"),
        ('+++\ndate = "soon"\n+++\n', "content/about.md:2: date: "),
        ("+++\ndate = 07:30:00\n+++\n", "content/about.md:2: date: "),
        ('+++\ntitle = "a"\ntitle = "b"\n+++\n', "content/about.md:3: Cannot overwrite a value"),
        ('+++\ntitle = """\n\n+++\n', "content/about.md:"),
        ("+++\ntitle = \n+++\n", "content/about.md:2: Invalid value"),
        ('+++\ntitle = "a"\n', "content/about.md:1: the front matter never ends"),
        ("---\ntitle: a\n---\n", "content/about.md:1: front matter is TOML here"),
        ('+++\nurl = "javascript:alert(1)"\n+++\n', "content/about.md:2: url: write it like https://"),
    ],
)
def test_a_head_that_cannot_be_used_names_file_line_and_key(folder, head, sentence):
    assert failure(folder(about_md=head)).startswith(sentence)


def test_a_page_in_another_encoding_names_its_line(folder):
    assert failure(folder(about_md=b"a\nb\xe9\n")).startswith("content/about.md:2: this is not UTF-8")


def test_a_post_needs_a_date(folder):
    assert "a post needs a date" in failure(folder(posts__one_md="hello"))


def test_two_files_for_one_page_are_an_error(folder):
    content = folder(projects__tool_md="a")
    (content / "projects" / "Tool!.md").write_text("b")
    assert "are both /projects/tool/" in failure(content)


@pytest.mark.parametrize("name", ["README.md", "pages/x.md", "projects/deep/x.md", "projects/日本.md"])
def test_a_page_where_none_can_stand_is_a_problem(folder, name):
    content = folder(about_md="a")
    path = content / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")
    loaded, problems = load_content(content)
    assert [page.path for page in loaded.documents] == ["/about/"]
    assert f"content/{name} is no page" in problems[0].message


def test_hidden_files_and_folders_are_not_looked_at(folder):
    content = folder(about_md="a")
    (content / ".git").mkdir()
    (content / ".git" / "x.md").write_text("x")
    (content / ".x.png").write_bytes(b"x")
    assert load_content(content)[1] == ()
    assert load_content(content)[0].pictures == ()


@pytest.mark.parametrize("name", ["projects/loop.md", "projects/gone.png"])
def test_a_file_that_cannot_be_read_is_a_problem(folder, name):
    content = folder(projects__tool_md="a")
    (content / name).symlink_to(Path("nowhere"))
    loaded, problems = load_content(content)
    assert len(loaded.documents) == 1
    assert f"content/{name} cannot be read" in problems[0].message


def test_a_page_of_more_than_a_megabyte_is_a_problem(folder):
    content = folder(about_md="a" * 1_000_001)
    assert "more than 1000000 bytes" in load_content(content)[1][0].message

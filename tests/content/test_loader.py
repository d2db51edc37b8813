"""Reading the author's folder: pages, pictures, and what is neither."""

import os
import unicodedata

import pytest
from sitegen.content.loader import load_content, load_copies
from sitegen.content.model import Content, Draft, Picture


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


def names(content):
    loaded = load_content(content)
    return [page.source for page in loaded.pages], [picture.source for picture in loaded.pictures]


def told(content):
    return [fault.problem("content").message for fault in load_content(content).faults]


def test_pages_and_pictures_are_read_as_they_are_in_the_order_of_their_names(folder):
    content = folder(posts__one_md=b"\xff", about_md="# Me\n", projects__tool_md="hi")
    (content / "projects" / "a.png").write_bytes(b"png")
    loaded = load_content(content)
    assert loaded == Content(
        (Draft("about.md", b"# Me\n"), Draft("posts/one.md", b"\xff"), Draft("projects/tool.md", b"hi")),
        (Picture("projects/a.png", b"png"),),
    )


@pytest.mark.parametrize("name", ["x.markdown", "x.mdown", "x.MD", "x.Markdown"])
def test_every_usual_ending_of_markdown_is_a_page(folder, name):
    content = folder(about_md="a")
    (content / name).write_text("x")
    assert names(content)[0] == ["about.md", name] if name > "about" else [name, "about.md"]


@pytest.mark.parametrize("name", ["notes.txt", "LICENSE", "a.svg", "posts/a.bmp", "x.md.orig"])
def test_a_file_that_is_neither_page_nor_picture_is_named(folder, name):
    content = folder(about_md="a", posts__one_md="b")
    (content / name).write_text("x")
    assert told(content) == [
        f"content/{name}: is neither a page (.md) nor a picture (.png, .jpg, .webp, .gif); move it away"
    ]


def test_hidden_files_and_folders_are_not_looked_at(folder):
    content = folder(about_md="a")
    (content / ".git").mkdir()
    (content / ".git" / "x.md").write_text("x")
    (content / ".x.png").write_bytes(b"x")
    assert load_content(content) == Content((Draft("about.md", b"a"),))


@pytest.mark.parametrize("name", ["posts/loop.md", "posts/gone.png", "projects"])
def test_what_is_there_and_cannot_be_read_is_named_and_remembered(folder, name):
    content = folder(about_md="a", posts__one_md="b")
    (content / name).symlink_to("nowhere")
    loaded = load_content(content)
    assert told(content) == [f"content/{name}: cannot be read (No such file or directory)"]
    assert loaded.is_unread(name)
    assert loaded.is_unread(f"{name}/x.md")
    assert not loaded.is_unread("about.md")


@pytest.mark.parametrize("kind", ["missing", "empty", "dangling link"])
def test_a_folder_without_anything_in_it_is_absent_and_nothing_is_known_of_any_page(tmp_path, kind):
    content = tmp_path / "content"
    if kind == "empty":
        content.mkdir()
    elif kind == "dangling link":
        content.symlink_to("nowhere")
    loaded = load_content(content)
    assert loaded.is_absent
    assert loaded.is_unread("posts/x.md")
    assert "its last pages stay" in told(content)[0]


@pytest.mark.parametrize("make", [lambda path: path.write_text("x"), lambda path: path.symlink_to(path.name)])
def test_what_is_no_folder_cannot_be_read(tmp_path, make):
    make(tmp_path / "content")
    loaded = load_content(tmp_path / "content")
    assert loaded.is_unread("about.md")
    assert not loaded.is_absent
    assert told(tmp_path / "content")[0].startswith("content: cannot be read (")


def test_linked_folders_are_read_and_a_loop_once(folder, tmp_path):
    content = folder(about_md="a")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "one.md").write_text("x")
    (content / "posts").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "back").symlink_to(content)
    assert names(content)[0] == ["about.md", "posts/one.md"]
    assert told(content) == ["content/posts/back: leads back to a folder that it lies in; it is read once"]


@pytest.mark.parametrize("name", ["größe.png", "Ångström.md", "한국.jpg"])
def test_two_names_that_differ_only_in_their_form_are_one_problem(folder, name):
    content = folder(about_md="a")
    for form in ("NFC", "NFD"):
        (content / unicodedata.normalize(form, name)).write_bytes(b"x")
    assert sum(map(len, names(content))) == 2
    [problem] = told(content)
    assert "in another Unicode form; rename one of them" in problem


def test_a_name_that_is_no_text_is_named_with_marks(folder):
    content = folder(about_md="a")
    for name in (b"a\xff.md", b"b\x1b[2J.png"):
        (content / os.fsdecode(name)).touch()
    assert names(content) == (["about.md"], [])
    assert told(content) == [
        "content/a\ufffd.md: has a name that cannot be shown; rename it",
        "content/b\ufffd[2J.png: has a name that cannot be shown; rename it",
    ]


def test_a_pipe_is_not_waited_for(folder):
    content = folder(about_md="a")
    os.mkfifo(content / "posts.md")
    assert told(content) == ["content/posts.md: is no file that can be read; remove it"]


def test_a_page_of_more_than_a_megabyte_is_named_and_remembered(folder):
    content = folder(about_md="a" * 1_000_001)
    assert "has more than 1000000 bytes" in told(content)[0]
    assert load_content(content).is_unread("about.md")


def copied(folder):
    files, faults = load_copies(folder)
    return {file.path: file.body for file in files}, [fault.problem("content").message for fault in faults]


def test_a_site_need_have_nothing_to_copy(tmp_path):
    assert load_copies(tmp_path / "static") == ((), ())


def test_files_are_copied_by_their_bytes_and_hidden_ones_are_not_but_for_what_is_well_known(tmp_path):
    static = tmp_path / "static"
    for name in ("papers/cv.pdf", ".well-known/security.txt", "a", ".gitkeep", ".git/config"):
        (static / name).parent.mkdir(parents=True, exist_ok=True)
        (static / name).write_bytes(name.encode())
    (static / "link.pdf").symlink_to("papers/cv.pdf")
    files, faults = copied(static)
    assert faults == []
    assert files == {
        ".well-known/security.txt": b".well-known/security.txt",
        "a": b"a",
        "link.pdf": b"papers/cv.pdf",
        "papers/cv.pdf": b"papers/cv.pdf",
    }


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("CV.pdf", "has a name with other characters"),
        ("über.pdf", "has a name with other characters"),
        ("a b.pdf", "has a name with other characters"),
        (f"{'a' * 201}", "has a name with other characters"),
        ("_a/x.png", "lies where the program keeps its own files"),
        ("_sitegen/manifest.json", "lies where the program keeps its own files"),
        ("app.js", "is a page or a script"),
        ("lib/app.mjs", "is a page or a script"),
        ("x/index.html", "is a page or a script"),
    ],
)
def test_a_file_that_may_not_be_copied_is_named_and_the_others_are_copied(tmp_path, name, sentence):
    static = tmp_path / "static"
    for path in (static / name, static / "b.txt"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    files, faults = copied(static)
    assert files == {"b.txt": b"x"}
    assert [fault.partition(": ")[0] for fault in faults] == [f"static/{name}"]
    assert sentence in faults[0]


def test_what_is_too_large_to_copy_is_named_alone_and_as_a_whole(tmp_path):
    (tmp_path / "a.bin").write_bytes(bytes(5_000_001))
    for name in "bcdefg":
        (tmp_path / f"{name}.bin").write_bytes(bytes(4_900_000))
    files, faults = copied(tmp_path)
    assert sorted(files) == ["b.bin", "c.bin", "d.bin", "e.bin", "f.bin"]
    assert [fault.partition(": ")[2] for fault in faults] == [
        "has more than 5000000 bytes; part it, or make it smaller",
        "would make more than 25000000 bytes of all files; it is left out",
    ]

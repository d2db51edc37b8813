"""The Static Asset Optimizer: a file in, the same file smaller out."""

import re
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from sitegen.assets.optimizer import asset_path, optimise
from sitegen.output import OutputFile


@pytest.mark.parametrize(
    ("path", "body", "smaller"),
    [
        ("index.html", b"<p>\n a\n</p>", b"<p>a</p>"),
        ("x.css", b"a { color : red ; }", b"a{color:red}"),
        ("badge.svg", b"<svg>\n <path d='M0 0'/>\n</svg>", b"<svg><path d='M0 0'/></svg>"),
        ("BADGE.SVG", b"<svg>\n <path d='M0 0'/>\n</svg>", b"<svg><path d='M0 0'/></svg>"),
    ],
)
def test_a_text_of_the_site_is_minified_by_its_suffix(path, body, smaller):
    assert optimise(OutputFile(path, body)) == OutputFile(path, smaller)


@pytest.mark.parametrize(
    "path", ["status.json", "index.txt", "metrics/p95.1h.csv", "feed.xml", "robots.txt", "x"]
)
def test_other_files_stay_as_they_are(path):
    file = OutputFile(path, b"<p>  \n </p> { a : b }")
    assert optimise(file) is file


def test_a_file_that_is_not_what_its_name_says_stays_as_it_is():
    for path in ("a.html", "a.css", "a.svg", "a.png", "a.jpg", "a.webp"):
        file = OutputFile(path, b"\xff\xfe\x00 not it")
        assert optimise(file) is file


def test_a_picture_loses_its_metadata():
    tags = Image.Exif()
    tags[0x010F] = "SECRET-CAMERA"
    stream = BytesIO()
    Image.new("RGB", (20, 20), "red").save(stream, "JPEG", exif=tags)
    small = optimise(OutputFile("me.jpg", stream.getvalue()))
    assert b"SECRET" in stream.getvalue()
    assert b"SECRET" not in small.body


def test_an_asset_named_by_its_digest_keeps_its_bytes():
    file = OutputFile("_a/theme.0123456789abcdef.css", b"a { }")
    assert optimise(file) is file


def test_the_path_of_an_asset_holds_the_digest_of_its_bytes():
    assert asset_path("My Photo.JPG", b"") == "_a/my-photo.e3b0c44298fc1c14.jpg"


@settings(deadline=None, max_examples=300)
@given(st.text(max_size=300), st.binary(max_size=4))
def test_any_name_gives_a_path_inside_the_folder_of_assets(name, body):
    path = asset_path(name, body)
    assert re.fullmatch(r"_a/[a-z0-9-]{1,120}\.[0-9a-f]{16}\.[a-z0-9]{1,8}", path)


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "CON", "a\0b.png", "x" * 300 + ".png", "é.png", "e\u0301.png"]
)
def test_hostile_names_give_plain_ones(name):
    assert re.fullmatch(r"_a/[a-z0-9-]{1,120}\.[0-9a-f]{16}\.[a-z0-9]{1,8}", asset_path(name, b"x"))


def test_names_that_look_alike_with_other_bytes_do_not_collide():
    assert asset_path("A.png", b"1") != asset_path("a.png", b"2")

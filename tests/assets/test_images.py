"""The author's pictures: smaller, without metadata, or refused."""

import random
import struct
import subprocess
import sys
import textwrap
import zlib
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from sitegen.assets.images import MAX_BYTES, optimise_image, recode


def photo(width=1200, height=800, mode="RGB"):
    """A picture with soft areas and some noise, as a camera makes them."""
    seed = random.Random(7)
    small = Image.frombytes("RGB", (24, 16), bytes(seed.randrange(256) for _ in range(24 * 16 * 3)))
    return small.resize((width, height), Image.Resampling.BICUBIC).convert(mode)


def encoded(picture, kind, **options):
    stream = BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def exif(orientation=1):
    tags = Image.Exif()
    tags[0x0112] = orientation
    tags[0x010F] = "SECRET-CAMERA"
    tags.get_ifd(0x8825)[1] = "N"
    return tags


def png(width, height, data=b""):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def webp(kind, payload):
    body = b"WEBP" + kind + struct.pack("<I", len(payload)) + payload
    return b"RIFF" + struct.pack("<I", len(body)) + body


def jpeg(width, height):
    frame = struct.pack(">BHHB", 8, height, width, 3) + bytes((1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1))
    return b"\xff\xd8" + b"\xff\xc0" + struct.pack(">H", len(frame) + 2) + frame + b"\xff\xda\x00\x02"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_large_picture_becomes_narrow_small_and_says_its_size(kind):
    variants, problems = optimise_image("content/x", encoded(photo(), kind), 720)
    assert problems == ()
    for variant in variants:
        picture = Image.open(BytesIO(variant.body))
        assert picture.size == (variant.width, variant.height)
        assert variant.width <= 720
        assert abs(variant.width / variant.height - 1.5) < 0.01
        assert len(variant.body) <= MAX_BYTES
    assert variants[-1].extension == {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}[kind]
    assert len(variants[0].body) <= len(variants[-1].body)


def test_a_small_picture_keeps_its_size():
    variants, _ = optimise_image("x", encoded(photo(300, 200), "JPEG"), 720)
    assert {(variant.width, variant.height) for variant in variants} == {(300, 200)}


def test_a_picture_that_is_noise_is_narrowed_until_it_fits():
    noise = Image.frombytes("RGB", (700, 700), random.Random(1).randbytes(700 * 700 * 3))
    variants, problems = optimise_image("x", encoded(noise, "PNG"), 720)
    assert problems == ()
    assert variants
    assert all(len(variant.body) <= MAX_BYTES for variant in variants)


def test_camera_and_place_are_gone_and_the_picture_stands_upright():
    body = encoded(photo(900, 600), "JPEG", exif=exif(6), comment=b"SECRET-NOTE", icc_profile=b"SECRET-ICC")
    variants, _ = optimise_image("x", body, 720)
    for variant in variants:
        assert b"SECRET" not in variant.body
        assert b"Exif" not in variant.body
        assert variant.height > variant.width


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_taking_metadata_away_keeps_the_format_and_is_done_once(kind):
    body = encoded(photo(90, 60), kind, exif=exif())
    clean = recode(body)
    assert b"SECRET" in body
    assert b"SECRET" not in clean
    assert Image.open(BytesIO(clean)).format == kind
    assert recode(clean) == clean


def test_a_clean_picture_is_not_encoded_again():
    body = encoded(photo(90, 60), "JPEG", quality=95)
    assert recode(body) == body


def test_the_same_bytes_in_give_the_same_bytes_out():
    body = encoded(photo(), "PNG")
    assert optimise_image("x", body, 720) == optimise_image("x", body, 720)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_every_kind_of_pixel_of_png_is_read(mode):
    source = photo(80, 60, "L" if mode == "I;16" else "RGB").convert(mode)
    variants, problems = optimise_image("x", encoded(source, "PNG"), 720)
    assert problems == ()
    assert variants[0].width == 80


def test_a_clear_background_stays_clear():
    variants, _ = optimise_image("x", encoded(Image.new("RGBA", (40, 40), (255, 0, 0, 0)), "PNG"), 720)
    for variant in variants:
        assert Image.open(BytesIO(variant.body)).convert("RGBA").getpixel((5, 5))[3] == 0


BOMBS = {
    "png 30000 x 30000": png(30_000, 30_000, zlib.compress(bytes(10_000_000))),
    "png of the largest size": png(0x7FFFFFFF, 0x7FFFFFFF),
    "png just above the cap": png(5001, 5000, zlib.compress(bytes(1000))),
    "jpeg 65535 x 65535": jpeg(65_535, 65_535),
    "webp VP8X of the largest canvas": webp(b"VP8X", b"\x10\0\0\0" + b"\xff\xff\xff" * 2),
    "webp VP8L": webp(b"VP8L", b"\x2f\xff\xff\xff\x0f" + bytes(20)),
    "webp VP8": webp(b"VP8 ", bytes(3) + b"\x9d\x01\x2a" + b"\xff\x3f\xff\x3f" + bytes(20)),
    "webp of an unknown kind": webp(b"ABCD", bytes(20)),
    "gif": b"GIF89a" + bytes(20),
    "tiff": b"II*\0" + bytes(20),
    "bmp": b"BM" + bytes(60),
    "fits": b"SIMPLE  =                    T".ljust(2880),
    "psd": b"8BPS\0\1" + bytes(30),
    "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n",
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "nothing": b"",
    "png cut in its header": b"\x89PNG\r\n\x1a\n\0\0",
    "png cut in its pixels": encoded(photo(200, 200), "PNG")[:900],
    "jpeg cut in its pixels": encoded(photo(200, 200), "JPEG")[:700],
    "a file of 31 MB": b"\x89PNG\r\n\x1a\n" + bytes(31_000_000),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_or_another_format_is_refused_with_a_sentence(name):
    variants, problems = optimise_image("content/x.png", BOMBS[name], 720)
    assert variants == ()
    assert [problem.where for problem in problems] == ["content/x.png"]
    assert "picture" in problems[0].message
    assert recode(BOMBS[name]) == BOMBS[name]


def test_all_bombs_together_take_little_time_and_memory(tmp_path):
    for index, body in enumerate(BOMBS.values()):
        (tmp_path / f"{index:02}").write_bytes(body)
    code = textwrap.dedent("""
        import pathlib, resource, sys, time
        from sitegen.assets.images import optimise_image
        start, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
            assert optimise_image("x", path.read_bytes(), 720)[0] == ()
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(time.process_time() - start, after - before)
    """)
    output = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], check=True, capture_output=True, text=True
    ).stdout.split()
    kilobyte = 1 if sys.platform == "linux" else 1024
    assert float(output[0]) <= 0.5 * len(BOMBS)
    assert int(output[1]) <= 100_000 * kilobyte


@settings(deadline=None, max_examples=150)
@given(
    st.sampled_from(["JPEG", "PNG", "WEBP"]),
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(1, 255)), min_size=1, max_size=8),
)
def test_flipped_bytes_never_raise(kind, flips):
    body = bytearray(encoded(photo(60, 40), kind, exif=exif()))
    for place, mask in flips:
        body[place % len(body)] ^= mask
    variants, problems = optimise_image("x", bytes(body), 720)
    assert bool(variants) != bool(problems)

"""The author's pictures: smaller, without metadata, or refused."""

import random
import struct
import subprocess
import sys
import textwrap
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms
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
    "gif cut in its header": b"GIF89a",
    "gif 65535 x 65535": b"GIF89a" + struct.pack("<HH", 65_535, 65_535) + bytes(20),
    "gif with a larger frame": b"GIF89a"
    + struct.pack("<HHBBB", 1, 1, 0, 0, 0)
    + struct.pack("<cHHHHBB", b",", 0, 0, 65_535, 65_535, 0, 2)
    + bytes(9),
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


# --- Pictures are what they were ---


def samples(depth, kind, rows, clear=b"", profile=b"", *, gamma=b"", rest=b""):
    """A PNG of these samples: `kind` is its colour type (W3C PNG, 11.2.1), `rows` its bytes line by line."""

    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    channels = {0: 1, 2: 3, 4: 2, 6: 4}[kind]
    width = len(rows[0]) * 8 // (depth * channels)
    parts = [chunk(b"IHDR", struct.pack(">IIBBBBB", width, len(rows), depth, kind, 0, 0, 0))]
    parts += [chunk(b"iCCP", b"p\0\0" + zlib.compress(profile))] if profile else []
    parts += [chunk(b"gAMA", gamma)] if gamma else []
    parts += [chunk(b"sRGB", rest)] if rest else []
    parts += [chunk(b"tRNS", clear)] if clear else []
    parts += [chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows))), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def published(body):
    """The pixels of a picture's own encoding, as RGBA."""
    variants, problems = optimise_image("x", body, 720)
    assert problems == ()
    picture = Image.open(BytesIO(variants[-1].body)).convert("RGBA")
    return [picture.getpixel((x, y)) for y in range(picture.height) for x in range(picture.width)]


@pytest.mark.parametrize(
    ("body", "pixels"),
    [
        (samples(16, 0, [struct.pack(">2H", 0x1234, 0x80FF)]), [(0x12,) * 3 + (255,), (0x80,) * 3 + (255,)]),
        (samples(16, 0, [struct.pack(">2H", 0x1234, 0x1235)], struct.pack(">H", 0x1234)), [(0x12,) * 3 + (0,), (0x12,) * 3 + (255,)]),
        (samples(16, 2, [struct.pack(">6H", 0x1234, 0x5678, 0x9ABC, 1, 2, 3)]), [(0x12, 0x56, 0x9A, 255), (0, 0, 0, 255)]),
        (samples(16, 2, [struct.pack(">6H", 0x1234, 0x5678, 0x9ABC, 0xFFFF, 2, 3)], struct.pack(">3H", 0x1234, 0x5678, 0x9ABC)), [(0x12, 0x56, 0x9A, 0), (255, 0, 0, 255)]),
        (samples(16, 2, [struct.pack(">6H", 0x1234, 0x5678, 0x9ABC, 0x1234, 0x5678, 0x9ABD)], struct.pack(">3H", 0x1234, 0x5678, 0x9ABC)), [(0x12, 0x56, 0x9A, 0), (0x12, 0x56, 0x9A, 255)]),
        (samples(16, 4, [struct.pack(">2H", 0x1234, 0x8001)]), [(0x12,) * 3 + (0x80,)]),
        (samples(16, 6, [struct.pack(">4H", 0x1234, 0x5678, 0x9ABC, 0x8001)]), [(0x12, 0x56, 0x9A, 0x80)]),
        (samples(2, 0, [b"\x1b"], struct.pack(">H", 1)), [(0, 0, 0, 255), (85, 85, 85, 0), (170,) * 3 + (255,), (255,) * 4]),
        (samples(4, 0, [b"\x3a"], struct.pack(">H", 3)), [(51, 51, 51, 0), (170, 170, 170, 255)]),
        (samples(8, 0, [b"\x3a\x40"], struct.pack(">H", 0x3A)), [(0x3A,) * 3 + (0,), (0x40,) * 3 + (255,)]),
    ],
)  # fmt: skip
def test_samples_of_every_depth_are_published_as_they_are(body, pixels):
    assert published(body) == pixels


CASES = Path(__file__).parents[1] / "reports" / "site"


def near(pixel, wanted):
    return all(abs(one - other) <= 2 for one, other in zip(pixel, wanted, strict=True))


@pytest.mark.parametrize(("name", "wanted"), [("p3.png", (0, 163, 41)), ("adobe.png", (0, 161, 47))])
@pytest.mark.parametrize("kind", ["PNG", "WEBP", "PNG with a clear part", "JPEG"])
def test_a_profile_goes_when_its_samples_are_those_of_srgb(name, wanted, kind):
    source = Image.open(CASES / "14-colour-profile" / name)
    profile = source.info["icc_profile"]
    flat = Image.new("RGB", (32, 32), source.convert("RGB").getpixel((0, 0)))
    if kind.endswith("part"):
        flat.putalpha(200)
    options = (
        {"lossless": True} if kind == "WEBP" else {"quality": 95, "subsampling": 0} if kind == "JPEG" else {}
    )
    body = encoded(flat, kind.partition(" ")[0], icc_profile=profile, **options)
    variants, _ = optimise_image("x", body, 720)
    for variant in variants:
        assert b"ICC" not in variant.body
    shown = Image.open(BytesIO(variants[-1].body)).convert("RGBA").getpixel((5, 5))
    assert near(shown[:3], wanted) or (
        kind == "WEBP" and all(abs(a - b) <= 6 for a, b in zip(shown, wanted, strict=False))
    )
    assert shown[3] == (200 if kind.endswith("part") else 255)


@pytest.mark.parametrize(
    "broken", [b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff"]
)
def test_a_picture_for_print_with_a_profile_and_a_broken_description_is_shown(broken):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    body = encoded(photo(900, 600, "CMYK"), "JPEG", quality=90, icc_profile=profile, exif=broken)
    variants, _ = optimise_image("x", body, 720)
    assert variants
    for variant in variants:
        shown = Image.open(BytesIO(variant.body))
        assert (shown.mode, shown.size) == ("RGB", (720, 480))
        assert b"ICC" not in variant.body
        assert b"Exif" not in variant.body


@pytest.mark.parametrize(
    "profile", [b"no profile", ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()]
)
def test_a_profile_that_does_not_fit_changes_no_sample(profile):
    assert published(encoded(Image.new("RGB", (4, 4), (0, 160, 60)), "PNG", icc_profile=profile))[0] == (
        0,
        160,
        60,
        255,
    )


@pytest.mark.parametrize(
    ("gamma", "rest", "wanted"),
    [(100_000, b"", 188), (55_556, b"", 146), (45_455, b"", 128), (45_000, b"", 128), (100_000, b"\0", 128), (0, b"", 128)],
)  # fmt: skip
def test_a_gamma_goes_when_its_samples_are_those_of_srgb(gamma, rest, wanted):
    said = {"gamma": struct.pack(">I", gamma), "rest": rest}
    assert published(samples(8, 0, [b"\x80"], **said)) == [(wanted, wanted, wanted, 255)]
    clear = samples(16, 6, [struct.pack(">4H", 0x8000, 0, 0xFFFF, 0x8000)], **said)
    assert published(clear) == [(wanted, 0, 255, 128)]
    with_profile = samples(8, 2, [b"\x80" * 3], profile=SRGB, **said)
    assert published(with_profile) == [(128, 128, 128, 255)]


TURNS = (
    None, Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.ROTATE_180, Image.Transpose.FLIP_TOP_BOTTOM,
    Image.Transpose.TRANSPOSE, Image.Transpose.ROTATE_270, Image.Transpose.TRANSVERSE, Image.Transpose.ROTATE_90,
)  # fmt: skip
"""What a viewer does for each orientation of EXIF, 1 to 8."""
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def fields():
    """A picture of six fields of 16 pixels, one of them half clear."""
    picture = Image.new("RGBA", (48, 32), (200, 40, 90, 255))
    for place, colour in {
        (16, 0): (10, 220, 30, 255),
        (32, 0): (0, 0, 0, 255),
        (16, 16): (120, 120, 255, 90),
    }.items():
        picture.paste(colour, (*place, place[0] + 16, place[1] + 16))
    return picture


def clear_of(picture, key):
    """The picture with the pixels of one value clear, as tRNS says it (W3C PNG, 11.3.1.1)."""
    shown = picture.convert("RGB").convert("RGBA")
    shown.putdata(
        [
            (*shown.getpixel(at)[:3], 0 if picture.getpixel(at) == key else 255)
            for at in [(x, y) for y in range(32) for x in range(48)]
        ]
    )
    return shown


def sources():
    """Yield kind, picture in its mode, how it is saved, and what a viewer shows of it: all that Pillow can write."""
    whole = fields()
    flat = whole.convert("RGB")
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA"):
        picture = (whole if mode.endswith("A") else flat).convert(mode)
        yield f"{mode} png", "PNG", picture, {}, picture.convert("RGBA")
    grey = flat.convert("L")
    wide = Image.frombytes("I;16", grey.size, b"".join(bytes((77, one)) for one in grey.tobytes()))
    yield "I;16 png", "PNG", wide, {}, grey.convert("RGBA")
    yield (
        "I;16B png",
        "PNG",
        Image.frombytes("I;16B", grey.size, b"".join(bytes((one, 77)) for one in grey.tobytes())),
        {},
        grey.convert("RGBA"),
    )
    yield "I;16 with tRNS", "PNG", wide, {"transparency": 77}, clear_of(grey, 0)
    for mode, key in {"1": 0, "L": 0, "P": flat.convert("P").getpixel((40, 8)), "RGB": (10, 220, 30)}.items():
        picture = flat.convert(mode)
        yield f"{mode} with tRNS", "PNG", picture, {"transparency": key}, clear_of(picture, key)
    for mode in ("1", "L", "RGB", "CMYK", "YCbCr"):
        picture = flat.convert(mode)
        yield (
            f"{mode} jpeg",
            "JPEG",
            picture,
            {"quality": 100, "subsampling": 0},
            picture.convert("RGB").convert("RGBA"),
        )
    for mode in ("1", "L", "P"):
        picture = flat.convert(mode)
        yield f"{mode} gif", "GIF", picture, {}, picture.convert("RGBA")
    key = flat.convert("P").getpixel((40, 8))
    yield "clear gif", "GIF", flat.convert("P"), {"transparency": key}, clear_of(flat.convert("P"), key)
    for mode in ("RGB", "RGBA"):
        yield (
            f"{mode} webp",
            "WEBP",
            whole.convert(mode),
            {"lossless": True},
            whole.convert(mode).convert("RGBA"),
        )


@pytest.mark.parametrize(
    ("kind", "picture", "options", "shown"), [pytest.param(*rest, id=name) for name, *rest in sources()]
)
@pytest.mark.parametrize("profile", [b"", SRGB], ids=["", "sRGB"])
def test_every_mode_in_every_orientation_is_published_as_a_viewer_shows_it(
    kind, picture, options, shown, profile
):
    if profile and kind == "JPEG" and picture.mode == "CMYK":
        profile = b""  # it has one of its own kind
    for orientation, turn in enumerate(TURNS[:1] if kind == "GIF" else TURNS, start=1):
        wanted = shown if turn is None else shown.transpose(turn)
        body = encoded(picture, kind, exif=exif(orientation), icc_profile=profile or None, **options)
        variants, problems = optimise_image("x", body, 720)
        assert problems == ()
        for variant in variants:
            found = Image.open(BytesIO(variant.body)).convert("RGBA")
            assert found.size == wanted.size
            for at in [(x, y) for x in range(8, found.width, 16) for y in range(8, found.height, 16)]:
                far = 10 if kind == "JPEG" else 0
                one, other = found.getpixel(at), wanted.getpixel(at)
                assert one[3] == other[3]
                assert other[3] == 0 or all(abs(a - b) <= far for a, b in zip(one, other, strict=True)), (
                    orientation,
                    at,
                )


def grey_profile():
    """A profile of grey whose samples are light itself, of which sRGB makes 128 out of 55 (ICC.1:2022, 8.3)."""
    tags = {
        b"desc": b"desc" + bytes(4) + struct.pack(">I", 2) + b"g" + bytes(79),
        b"wtpt": b"XYZ " + bytes(4) + struct.pack(">3i", 63190, 65536, 54061),
        b"kTRC": b"curv" + bytes(4) + struct.pack(">IHH", 1, 256, 0),
    }
    at, table = 132 + 12 * len(tags), struct.pack(">I", len(tags))
    for name, body in tags.items():
        table += name + struct.pack(">II", at, len(body))
        at += len(body)
    head = struct.pack(">I4sI12s12s4s", at, b"lcms", 0x02100000, b"mntrGRAYXYZ ", b"", b"acsp")
    return (
        (head + bytes(28) + struct.pack(">3i", 63190, 65536, 54061)).ljust(128, b"\0")
        + table
        + b"".join(tags.values())
    )


@pytest.mark.parametrize(
    ("mode", "colour", "options", "wanted"),
    [
        ("L", 55, {}, (128, 128, 128, 255)),
        ("LA", (55, 200), {}, (128, 128, 128, 200)),
        ("L", 55, {"transparency": 55}, (128, 128, 128, 0)),
        ("I;16", 55 << 8, {}, (128, 128, 128, 255)),
        ("RGB", (55, 55, 55), {}, (55, 55, 55, 255)),
    ],
)
def test_a_profile_of_grey_counts_for_grey_whatever_is_clear_and_for_nothing_else(
    mode, colour, options, wanted
):
    body = encoded(Image.new(mode, (4, 4), colour), "PNG", icc_profile=grey_profile(), **options)
    assert published(body)[0] == wanted


FRAMES = [Image.new("RGB", (20, 20), colour) for colour in ("red", "lime", "blue")]


@pytest.mark.parametrize(
    "body",
    [
        (CASES / "15-animation" / "film.webp").read_bytes(),
        (CASES / "15-animation" / "film2.png").read_bytes(),
        encoded(FRAMES[0], "WEBP", save_all=True, append_images=FRAMES[1:]),
        encoded(FRAMES[0], "PNG", save_all=True, append_images=FRAMES[1:], default_image=True),
        encoded(FRAMES[0], "GIF", save_all=True, append_images=FRAMES[1:]),
    ],
    ids=["film.webp", "film2.png", "webp", "apng with a picture before it", "gif"],
)
def test_an_animation_is_its_first_frame_and_a_problem(body):
    variants, problems = optimise_image("x", body, 720)
    assert variants
    assert [problem.message for problem in problems] == ["is animated; only its first frame is shown"]


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
    assert variants or problems

"""The author's pictures: made small, stripped of what they tell about their author, or refused. Pure.

Only PNG, JPEG, WebP and GIF are read, each by its own reader of Pillow, so that none of its other formats is ever
tried on foreign bytes. The size that a header claims is checked before anything is decoded: a bomb costs a
read of its header. Everything that is not the picture (EXIF with its place and camera, XMP, comments, thumbnails) is left behind,
because pixels are copied and encoded anew; a colour profile, or a gamma, is when its samples have become those of sRGB.

Imported only where there is a picture: Pillow takes longer to import than a page to draw.
"""

import struct
import warnings
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import reduce
from io import BytesIO
from typing import TYPE_CHECKING, Any

import msgspec
from PIL import Image, ImageChops, ImageOps
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from sitegen.errors import Problem

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

MAX_PIXELS = 25_000_000
"""A 24-megapixel camera's picture passes; decoded it takes 100 MB."""

MAX_BODY = 30_000_000
"""Bytes of a file that is looked at."""

MAX_BYTES = 60_000
"""The cap of one published picture; a page's own budget leaves its pictures out."""

_EXACT = 100
_ALMOST = 0.05
"""By how much a gamma may miss that of sRGB and still mean it, as for libpng."""
_QUALITIES = (_EXACT, 82, 70, 58, 46)
_SHRINK = 0.8
_LEAST_WIDTH = 16
_EXTENSIONS = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp", "GIF": "png"}
_METADATA = (
    "exif",
    "xmp",
    "icc_profile",
    "comment",
    "photoshop",
    "Raw profile type exif",
    "XML:com.adobe.xmp",
)

# What Pillow raises for broken files (its documentation names OSError and SyntaxError; the rest was found by
# flipping bytes).
_BROKEN = (
    OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error, OverflowError, IndexError, KeyError,
    TypeError, AttributeError, MemoryError, Image.DecompressionBombError,
)  # fmt: skip


class ImageVariant(msgspec.Struct, frozen=True):
    """One encoding of a picture: `extension` is png, jpg or webp, the size in pixels, the bytes."""

    extension: str
    width: int
    height: int
    body: bytes


def optimise_image(
    where: str, body: bytes, max_width: int
) -> tuple[tuple[ImageVariant, ...], tuple[Problem, ...]]:
    """Return the encodings to publish, best first: WebP where it is smaller, then the picture's own format.

    All have one size, at most `max_width` wide (narrower where MAX_BYTES asks for it), upright, without
    metadata; the same bytes in give the same bytes out. A picture that cannot be used gives no encoding and a
    problem at `where`, quickly and in little memory; an animation gives its first frame, and a problem.
    """
    try:
        with _without_warnings():
            source = _open(body)
            picture = _decode(source, max_width, body)
        own = _EXTENSIONS[source.format or ""]
        for width in _widths(picture.width):
            variants = _variants(_resize(picture, width), own, _qualities(own, body))
            if variants:
                moves = getattr(source, "is_animated", False)
                return variants, (
                    Problem(where, "is animated; only its first frame is shown"),
                ) if moves else ()
    except _Refused as refusal:
        return (), (Problem(where, str(refusal)),)
    except _BROKEN as error:
        return (), (Problem(where, f"the picture is broken ({type(error).__name__}); save it again"),)
    return (), (Problem(where, f"the picture does not fit into {MAX_BYTES} bytes; make it simpler"),)


def recode(body: bytes) -> bytes:
    """Return the same picture in the same format without its metadata; a clean or broken one as it is."""
    try:
        with _without_warnings():
            source = _open(body)
            if not any(key in source.info for key in _METADATA) and not getattr(source, "text", None):
                return body
            picture = _decode(source, source.width, body)
        own = _EXTENSIONS[source.format or ""]
        return _encode(picture, own, _qualities(own, body)[0])
    except (_Refused, *_BROKEN):
        return body


class _Refused(Exception):  # noqa: N818 - it never leaves this file
    """The picture will not be used, and the sentence says why."""


@contextmanager
def _without_warnings() -> Iterator[None]:
    """Keep Pillow's remarks on faulty metadata from the terminal: it is thrown away anyway."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _open(body: bytes) -> "ImageFile":
    """Read the header by the format's own reader, and refuse what is too large to decode."""
    if len(body) > MAX_BODY:
        raise _Refused(f"the picture has {len(body)} bytes, and {MAX_BODY} are the most; make it smaller")
    source: ImageFile
    if body.startswith(b"\x89PNG\r\n\x1a\n"):
        _refuse_bomb(*struct.unpack(">II", body[16:24].ljust(8, b"\0")))
        source = PngImageFile(BytesIO(body))
    elif body.startswith(b"\xff\xd8\xff"):
        source = JpegImageFile(BytesIO(body))
    elif body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        # WebP's reader allocates the canvas when it opens the file, so its header is read here first.
        _refuse_bomb(*_webp_size(body))
        source = WebPImageFile(BytesIO(body))
    elif body[:6] in (b"GIF87a", b"GIF89a"):
        _refuse_bomb(*struct.unpack("<HH", body[6:10].ljust(4, b"\0")))
        source = GifImageFile(BytesIO(body))
    else:
        raise _Refused("the picture is no PNG, JPEG, WebP or GIF; save it as one of these")
    _refuse_bomb(*source.size)
    return source


def _depth(body: bytes) -> int:
    """Return the bits of a sample, which only PNG has a choice of (W3C PNG, 11.2.1)."""
    return body[24] if body.startswith(b"\x89PNG") else 8


def _refuse_bomb(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise _Refused(
            f"the picture claims {width} x {height} pixels, and {MAX_PIXELS} are the most; make it smaller"
        )


def _webp_size(body: bytes) -> tuple[int, int]:
    """Read width and height of the canvas (RFC 9649, 2.5 to 2.7)."""
    kind, head = body[12:16], body[20:30].ljust(10, b"\0")
    if kind == b"VP8X":
        return 1 + int.from_bytes(head[4:7], "little"), 1 + int.from_bytes(head[7:10], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(head[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 ":
        return int.from_bytes(head[6:8], "little") & 0x3FFF, int.from_bytes(head[8:10], "little") & 0x3FFF
    raise _Refused("the picture is no WebP that can be read; save it again")


def _decode(source: "ImageFile", max_width: int, body: bytes) -> Image.Image:
    """Decode the first frame of a file into L, RGB or RGBA pixels of sRGB, upright, no wider than `max_width`."""
    # JPEG can decode at a half, a quarter or an eighth of its size: less memory, less time.
    source.draft("RGB", (max_width, max_width))
    source.load()
    said = dict(source.info)
    turned = ImageOps.exif_transpose(_plain(source, body))
    pixels = _to_srgb(_resize(turned, min(max_width, turned.width)), said)
    if pixels.mode not in ("L", "RGB", "RGBA"):
        pixels = pixels.convert("RGBA" if pixels.mode == "LA" else "RGB")
    pixels = pixels.copy()
    pixels.info = {}
    return pixels


def _plain(source: "ImageFile", body: bytes) -> Image.Image:
    """Return the pixels as L, LA, RGB, RGBA or CMYK, 8 bits a sample: of 16 bits the high byte; `body` is the whole file."""
    clear, depth = source.info.get("transparency"), _depth(body)
    if source.mode.startswith("I;16"):
        return _from_sixteen_bits(source, clear)
    if clear is not None and source.mode == "L" and depth < 8:
        # Grey of fewer bits was spread over eight, and the one that is transparent was not.
        clear = clear * 255 // ((1 << depth) - 1)
    elif clear is not None and source.mode == "RGB" and depth == 16:
        low = _open(body)
        low.tile = [tile._replace(args="RGB;16L") for tile in low.tile]  # the other byte of each sample
        low.load()
        values = [one >> shift & 255 for shift in (8, 0) for one in clear]
        return _with_clear(source, (*source.split(), *low.split()), values)
    if source.mode in ("L", "LA", "RGB", "RGBA", "CMYK") and clear is None:
        return source
    if clear is not None:
        source.info["transparency"] = clear
        return source.convert("LA" if source.mode in ("1", "L") else "RGBA")
    return source.convert("RGBA" if source.mode in ("PA", "La", "RGBa") else "RGB")


def _from_sixteen_bits(source: Image.Image, clear: int | None) -> Image.Image:
    data = source.tobytes()
    high, low = (data[1::2], data[::2]) if source.mode != "I;16B" else (data[::2], data[1::2])
    grey = Image.frombytes("L", source.size, high)
    grey.info = dict(source.info)  # which way up it is
    if clear is None:
        return grey
    return _with_clear(grey, (grey, Image.frombytes("L", source.size, low)), (clear >> 8, clear & 255))


def _with_clear(picture: Image.Image, bands: Sequence[Image.Image], values: Sequence[int]) -> Image.Image:
    """Return the picture with those pixels clear that have each of the values in its band."""
    same = (
        band.point([255 * (value == byte) for byte in range(256)])
        for band, value in zip(bands, values, strict=True)
    )
    clear = Image.merge(
        f"{picture.mode}A", (*picture.split(), ImageChops.invert(reduce(ImageChops.darker, same)))
    )
    clear.info = {key: value for key, value in picture.info.items() if key != "transparency"}
    return clear


def _to_srgb(picture: Image.Image, said: Mapping[Any, Any]) -> Image.Image:
    """Return the picture in the colours that browsers take one without a profile for; one that cannot be read changes nothing."""
    profile, gamma = said.get("icc_profile"), said.get("gamma")
    if not isinstance(profile, bytes):
        return _relit(picture, gamma) if gamma and "srgb" not in said else picture
    from PIL import ImageCms  # noqa: PLC0415 - few pictures have a profile

    colours = picture.convert(picture.mode.removesuffix("A"))
    try:
        own = ImageCms.ImageCmsProfile(BytesIO(profile))
        srgb = ImageCms.createProfile("sRGB")
        made = ImageCms.profileToProfile(colours, own, srgb, outputMode="RGB")
    except (ImageCms.PyCMSError, *_BROKEN):
        return picture
    if made is not None and picture.mode in ("LA", "RGBA"):
        made.putalpha(picture.getchannel("A"))
    return picture if made is None else made


def _relit(picture: Image.Image, gamma: float) -> Image.Image:
    """Return samples that are light to the power of `gamma` (W3C PNG, 11.3.2.2) as those of sRGB, which stay as they are."""
    if abs(gamma * 2.2 - 1) < _ALMOST:
        return picture
    light = ((sample / 255) ** (1 / gamma) for sample in range(256))
    curve = [
        round(255 * (12.92 * one if one <= 0.0031308 else 1.055 * one ** (1 / 2.4) - 0.055)) for one in light
    ]
    bands = {name: picture.getchannel(name) for name in picture.getbands()}
    lit = [band if name == "A" else band.point(curve) for name, band in bands.items()]
    return Image.merge(picture.mode, lit)


def _resize(picture: Image.Image, width: int) -> Image.Image:
    if width == picture.width:
        return picture
    height = max(1, round(picture.height * width / picture.width))
    return picture.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)


def _widths(width: int) -> Iterator[int]:
    """Return the width, then ever smaller ones."""
    yield width
    while (width := int(width * _SHRINK)) >= _LEAST_WIDTH:
        yield width


def _qualities(own: str, body: bytes) -> tuple[int, ...]:
    """Return the qualities to try, best first: what no encoder has changed before is kept exact where that fits."""
    return (
        _QUALITIES
        if own == "png" or (own == "webp" and b"VP8L" in body and len(body) <= MAX_BYTES)
        else _QUALITIES[1:]
    )


def _variants(picture: Image.Image, own: str, qualities: tuple[int, ...]) -> tuple[ImageVariant, ...]:
    """Encode the picture as WebP and in its own format; empty where the own format does not keep to the cap."""
    quality, fallback = _within_cap(picture, own, qualities)
    if not fallback:
        return ()
    variants = [ImageVariant(own, picture.width, picture.height, fallback)]
    if own != "webp":
        _, webp = _within_cap(picture, "webp", qualities if quality == _EXACT else _QUALITIES[1:])
        if webp and len(webp) < len(fallback):
            variants.insert(0, ImageVariant("webp", picture.width, picture.height, webp))
    return tuple(variants)


def _within_cap(picture: Image.Image, extension: str, qualities: tuple[int, ...]) -> tuple[int, bytes]:
    """Return the best quality that keeps to the cap, and its encoding; that is empty where none does."""
    for quality in qualities:
        body = _encode(picture, extension, quality)
        if len(body) <= MAX_BYTES:
            return quality, body
    return 0, b""


def _encode(picture: Image.Image, extension: str, quality: int) -> bytes:
    """Encode: PNG and WebP are exact at the best quality; PNG has a palette of its own below."""
    stream = BytesIO()
    if extension == "png":
        (picture if quality == _EXACT else _palette(picture, quality)).save(stream, "PNG", optimize=True)
    elif extension == "jpg":
        flat = picture.convert("RGB") if picture.mode == "RGBA" else picture
        flat.save(stream, "JPEG", quality=quality, optimize=True, progressive=True)
    else:
        # Without loss, `quality` is the effort, and all of it takes seconds.
        picture.save(stream, "WEBP", quality=min(quality, 82), method=6, lossless=quality == _EXACT)
    return stream.getvalue()


def _palette(picture: Image.Image, quality: int) -> Image.Image:
    colours = {82: 256, 70: 64, 58: 16, 46: 8}[quality]
    return picture.quantize(colours, method=Image.Quantize.FASTOCTREE)

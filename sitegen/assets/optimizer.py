"""The Static Asset Optimizer: a file of the site in, the same file smaller out. Pure."""

import re
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import PurePosixPath

from sitegen.assets.minify import minify_css, minify_html, minify_svg
from sitegen.output import OutputFile, slug

_ASSETS = "_a/"
_OTHERS = re.compile(r"[^a-z0-9]+")


def optimise(file: OutputFile) -> OutputFile:
    """Return the file with a body that means the same in fewer bytes, by its suffix.

    HTML, CSS and SVG are minified, PNG, JPEG and WebP lose their metadata. A file of another kind and one that
    is not what its name says stay as they are, and so does one below `_a/`: its path holds the digest of its
    bytes, so it was made small before it was named (`asset_path`).
    """
    if file.path.startswith(_ASSETS):
        return file
    suffix = PurePosixPath(file.path).suffix.lower()
    if suffix in _TEXTS:
        body = _minified(file.body, _TEXTS[suffix])
    elif suffix in _PICTURES:
        body = _recoded(file)
    else:
        return file
    return file if body == file.body else OutputFile(path=file.path, body=body)


def asset_path(name: str, body: bytes) -> str:
    """Return the path of an asset that never changes its bytes: `_a/<slug>.<sha256[:16]>.<ext>`.

    `My Photo.JPG` gives `_a/my-photo.0123456789abcdef.jpg`. The slug is `[a-z0-9-]{1,120}` whatever the name
    holds, and the digest keeps two names with one slug apart.
    """
    path = PurePosixPath(name)
    extension = _OTHERS.sub("", path.suffix.lower())[:8] or "bin"
    return f"{_ASSETS}{slug(path.stem) or 'asset'}.{sha256(body).hexdigest()[:16]}.{extension}"


def _minified(body: bytes, minify: Callable[[str], str]) -> bytes:
    try:
        return minify(body.decode()).encode()
    except UnicodeDecodeError:
        return body


def _recoded(file: OutputFile) -> bytes:
    # Pillow is heavy, and most builds have no picture.
    from sitegen.assets.images import recode  # noqa: PLC0415

    return recode(file.body)


_TEXTS: Mapping[str, Callable[[str], str]] = {
    ".html": minify_html,
    ".css": minify_css,
    ".svg": minify_svg,
}
_PICTURES = frozenset({".png", ".jpg", ".jpeg", ".webp"})

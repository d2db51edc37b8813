"""Where an author's file stands on the site. Pure."""

import re
import unicodedata
from pathlib import PurePosixPath

from sitegen.content.authored import ContentKind

__all__ = ["place"]

_OTHERS = re.compile(r"[^a-z0-9]+")
_SLUG_LENGTH = 120
_FOLDERS = {"projects": ContentKind.PROJECT, "posts": ContentKind.POST}


def place(source: str) -> tuple[ContentKind, str] | None:
    """Return the kind and the site path of a file below the folder of content; None where no page may stand.

    `about.md` -> `/about/`, `projects/My Tool.md` -> `/projects/my-tool/`, `posts/x.md` -> `/posts/x/`.
    """
    path = PurePosixPath(source)
    if source == "about.md":
        return ContentKind.ABOUT, "/about/"
    if path.suffix == ".md" and len(path.parts) == 2 and path.parts[0] in _FOLDERS:
        slug = _slug(path.stem)
        return (_FOLDERS[path.parts[0]], f"/{path.parts[0]}/{slug}/") if slug else None
    return None


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).lower()
    return _OTHERS.sub("-", plain)[:_SLUG_LENGTH].strip("-")

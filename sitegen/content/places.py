"""Where an author's file stands on the site. Pure."""

from pathlib import PurePosixPath

from sitegen.content.authored import ContentKind
from sitegen.output import slug

__all__ = ["place"]

_FOLDERS = {"projects": ContentKind.PROJECT, "posts": ContentKind.POST}


def place(source: str) -> tuple[ContentKind, str] | None:
    """Return the kind and the site path of a file below the folder of content; None where no page may stand.

    `about.md` -> `/about/`, `projects/My Tool.md` -> `/projects/my-tool/`, `posts/x.md` -> `/posts/x/`.
    """
    path = PurePosixPath(source)
    if source == "about.md":
        return ContentKind.ABOUT, "/about/"
    if path.suffix == ".md" and len(path.parts) == 2 and path.parts[0] in _FOLDERS:
        name = slug(path.stem)
        return (_FOLDERS[path.parts[0]], f"/{path.parts[0]}/{name}/") if name else None
    return None

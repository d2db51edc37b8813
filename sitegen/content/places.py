"""Where an author's file stands on the site. Pure."""

import re
import unicodedata
from hashlib import sha256
from pathlib import PurePosixPath

from sitegen.content.authored import ContentKind
from sitegen.output import slug

_FOLDERS = {"projects": ContentKind.PROJECT, "posts": ContentKind.POST}
_TAKEN = frozenset({
    "about", "api", "build", "deps", "follow", "incidents", "logs", "metrics", "reports", "slo", "status", "tags", "techniques",
    "traces",
})  # fmt: skip
"""Where the site's own pages stand."""
_MARKDOWN = frozenset({".md", ".markdown", ".mdown"})
_MOST_PAGES = 1000
"""Lists go on at their numbers (`/posts/2/`): a page of the author's that has one of these for its name stands elsewhere."""


_LONGEST = 500
_COPY = re.compile(r"(?:[a-z0-9._-]{1,200}/)*[a-z0-9._-]{1,200}")
_OWN = ("_a", "_sitegen")
_NEVER_COPIED = frozenset({".html", ".htm", ".xhtml", ".js", ".mjs", ".wasm", ".swf"})


def fault_of_copy(source: str) -> str:
    """Return why a file below `static/` may not be copied to the site as it is; nothing where it may."""
    if not _COPY.fullmatch(source) or len(source) > _LONGEST:
        return (
            "has a name with other characters than a-z, 0-9, dot, dash, underscore, or a long one; rename it"
        )
    if source.partition("/")[0] in _OWN:
        return "lies where the program keeps its own files; rename the folder"
    if PurePosixPath(source).suffix in _NEVER_COPIED:
        return "is a page or a script: pages are written in Markdown, and a site has no script; move it away"
    return ""


def one_form(name: str) -> str:
    """Return a name in the form in which names are compared: macOS writes an umlaut in two characters (Unicode TR15)."""
    return unicodedata.normalize("NFC", name)


def is_markdown(source: str) -> bool:
    """Return whether a file is a page by its name: `.md`, `.markdown` or `.mdown`, in capitals too."""
    return PurePosixPath(source).suffix.lower() in _MARKDOWN


def place(source: str) -> tuple[ContentKind, str] | None:
    """Return the kind and the site path of a file below the folder of content; None where no page may stand.

    `about.md` -> `/about/`, `projects/My Tool.md` -> `/projects/my-tool/`, `docs/index.md` -> `/docs/`. A name of
    another script has a digest in its path (`第1章.md`: `/1-d94bf825/`), and `posts/12.md` stands at `/posts/page-12/`.
    """
    if not is_markdown(source):
        return None
    path = PurePosixPath(one_form(source))
    names = [_segment(part) for part in (*path.parts[:-1], path.stem)]
    kind = _FOLDERS.get(names[0], ContentKind.PAGE) if len(names) > 1 else ContentKind.PAGE
    if kind is ContentKind.PAGE and names[-1] == "index":
        names.pop()
    elif kind is not ContentKind.PAGE and names[-1].isdecimal() and 2 <= int(names[-1][:9]) < _MOST_PAGES:
        names[-1] = f"page-{names[-1]}"
    if names == ["about"]:
        return ContentKind.ABOUT, "/about/"
    found = "/".join(names)
    if not names or names[0] in _TAKEN or found in _FOLDERS or len(found) > _LONGEST:
        return None
    return kind, f"/{found}/"


def _segment(name: str) -> str:
    found = slug(name)
    lost = any(unicodedata.category(one)[0] in "LNS" and not (one.isascii() or slug(one)) for one in name)
    if found and not (lost and re.fullmatch(r"[\d-]+", found)):
        return found
    return f"{found or 'page'}-{sha256(name.encode('utf-8', 'surrogateescape')).hexdigest()[:8]}"

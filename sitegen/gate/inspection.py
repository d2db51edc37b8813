"""All rules of the gate for one file, and for a whole site."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping

from sitegen.gate.budgets import over_budget, weigh
from sitegen.gate.leaks import NO_CANARIES, Canaries, find_leaks
from sitegen.gate.links import broken_links
from sitegen.gate.markup import inspect_markup
from sitegen.gate.model import Finding
from sitegen.gate.styles import loads

_PATH = re.compile(r"[a-z0-9._-]+(?:/[a-z0-9._-]+)*")
_REQUIRED = ("index.html", "404.html")
_MARKUP = (".html", ".svg", ".xml")
_TEXT = (*_MARKUP, ".txt", ".json", ".csv", ".css")


def inspect_file(
    path: str,
    body: bytes,
    canaries: Canaries = NO_CANARIES,
    base_url: str = "",
) -> tuple[Finding, ...]:
    """Check one file by the rules that need no other and no measuring: markup of pages, leaks in all text.

    Takes bytes and returns records, so it can run wherever the page was made.
    """
    found: tuple[Finding, ...] = ()
    if path.endswith(_MARKUP):
        origin = "/".join(base_url.split("/", 3)[:3])
        found += inspect_markup(path, body, document=path.endswith(".html"), origin=origin)
    elif path.endswith(".css") and loads(body.decode("utf-8", "replace")):
        found += (Finding(path, "external", "loads something (@import or url())"),)
    if path.endswith(_TEXT):
        found += find_leaks(path, body, canaries)
    return found


def inspect_tree(
    pages: Mapping[str, bytes], paths: Collection[str], base_url: str = ""
) -> tuple[Finding, ...]:
    """Check a generation by the rules across its files: links, the files that must be there, their names.

    `pages` are the HTML files to look into, `paths` every path of the generation.
    """
    return (*_file_faults(paths), *broken_links(pages, paths, base_url))


def inspect_site(
    files: Mapping[str, bytes],
    *,
    base_url: str = "",
    canaries: Canaries = NO_CANARIES,
) -> tuple[Finding, ...]:
    """Check a whole site (path -> bytes) by every rule; findings come sorted."""
    pages = {path: body for path, body in files.items() if path.endswith(".html")}
    alone = (
        finding for path, body in files.items() for finding in inspect_file(path, body, canaries, base_url)
    )
    heavy = (finding for path, body in pages.items() for finding in over_budget(path, weigh(body)))
    return tuple(sorted((*alone, *heavy, *inspect_tree(pages, files.keys(), base_url))))


def _file_faults(paths: Collection[str]) -> Iterator[Finding]:
    for path in _REQUIRED:
        if path not in paths:
            yield Finding(path, "file", "is missing; every site has it")
    for path, count in Counter(paths).items():
        if count > 1:
            yield Finding(
                path, "file", f"is made {count} times; rename one of the pages that have this address"
            )
        if not _PATH.fullmatch(path) or ".." in path.split("/"):
            yield Finding(
                path, "file", "has a name with other characters than a-z, 0-9, dot, dash, underscore"
            )

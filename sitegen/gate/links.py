"""Whether every local link of every page leads to a file of the same generation.

Paths are those below `dist/`; the URL of `metrics/index.html` is `metrics/`. There
is no server logic behind the site, so `/metrics` without its slash is broken.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from urllib.parse import unquote, urljoin, urlsplit

from sitegen.gate.addresses import candidates
from sitegen.gate.model import Fault, Finding
from sitegen.gate.parsing import Element, select

_ANYWHERE = "404.html"
_LINKED = "[href],[src],[srcset],[poster],[id],a,use,image"
_NOWHERE = "http://site.invalid"
"""The origin of a site that names none: reserved by RFC 2606, so no page links to it."""


def broken_links(
    pages: Mapping[str, bytes], paths: Collection[str], base_url: str = ""
) -> tuple[Finding, ...]:
    """Find the local `href`, `src` and `srcset` of `pages` (path -> HTML) that lead to no file of `paths`.

    Rules: `link` (no such file, or outside of the site's base path), `fragment` (the
    page is there, the id is not). With a `base_url` such as `https://example.org/obs/`
    the site's root is `/obs/`, and absolute URLs below it are local too. `404.html` is
    served at any path, so its own links must not be relative.
    """
    base = urlsplit(base_url or _NOWHERE)
    root = f"{base.scheme}://{base.netloc}{base.path.rstrip('/')}/"
    elements = {path: select(body, _LINKED) for path, body in pages.items()}
    ids = {path: _ids(elements[path]) for path in pages}
    site = _Site(root, frozenset(paths), ids)
    return tuple(
        Finding(path, rule, message)
        for path in pages
        for link in dict.fromkeys(_links(elements[path]))
        for rule, message in site.faults(path, link)
    )


class _Site:
    """The files of a generation, and the ids of its pages, under one root URL."""

    def __init__(self, root: str, paths: frozenset[str], ids: Mapping[str, frozenset[str]]) -> None:
        self._root = root
        self._origin = "/".join(root.split("/", 3)[:3])
        self._paths = paths
        self._ids = ids
        self._known: dict[str, tuple[Fault, ...]] = {}

    def faults(self, path: str, link: str) -> Iterable[Fault]:
        """Return what is wrong with `link` on the page at `path`; where one leads from the root is found out once."""
        if link.startswith(("/", "http:", "https:")):
            if link not in self._known:
                self._known[link] = tuple(self._faults("", link))
            return self._known[link]
        return self._faults(path, link)

    def _faults(self, path: str, link: str) -> Iterator[Fault]:
        try:
            url = urlsplit(urljoin(self._root + path.removesuffix("index.html"), link))
        except ValueError:
            yield "link", f"{link!r} is not a URL"
            return
        if f"{url.scheme}://{url.netloc}" != self._origin:
            return
        if path == _ANYWHERE and link and not link.startswith("#"):
            yield "link", f"{link!r} is relative, and this page is served at any path"
            return
        address = f"{self._origin}{url.path}"
        if not address.startswith(self._root):
            # An absolute URL beside the base path belongs to somebody else's part of the same host.
            if not link.startswith(("http:", "https:")):
                yield "link", f"{link!r} leads out of the site, whose root is {self._root}"
            return
        yield from self._target_faults(link, unquote(address.removeprefix(self._root)), url.fragment)

    def _target_faults(self, link: str, target: str, fragment: str) -> Iterator[Fault]:
        file = f"{target}index.html" if not target or target.endswith("/") else target
        if file not in self._paths:
            hint = f"; write {link}/" if f"{file}/index.html" in self._paths and not fragment else ""
            yield "link", f"{link!r} leads to no file{hint}"
        elif fragment not in {"", "top"} and file in self._ids and unquote(fragment) not in self._ids[file]:
            yield "fragment", f"{link!r} names an id that {file} does not have"


def _links(elements: Iterable[Element]) -> Iterator[str]:
    for _, attributes in elements:
        for key in ("href", "src", "xlink:href", "poster"):
            if (value := attributes.get(key)) is not None:
                yield value.strip()
        yield from candidates(attributes.get("srcset") or "")


def page_ids(body: bytes) -> frozenset[str]:
    """Return the ids of a page."""
    return _ids(select(body, "[id]"))


def _ids(elements: Iterable[Element]) -> frozenset[str]:
    return frozenset(found.get("id") or "" for _, found in elements)

"""Where the links of the author's pages lead, and pages without those that lead nowhere. Pure."""

import re
from collections.abc import Callable, Collection
from html import escape, unescape
from typing import NamedTuple
from urllib.parse import unquote, urljoin, urlsplit

from msgspec.structs import replace

from sitegen.content.authored import ContentPage, PageLink

_NOWHERE = "http://site.invalid"
"""The origin of a site that names none: reserved by RFC 2606, so no page links to it."""

_LINK = re.compile(r'<a href="([^"]*)"([^>]*)>(.*?)</a>', re.DOTALL)
_FILES = r"status\.json|index\.txt|badge\.svg|feed\.xml|sitemap\.xml|robots\.txt|metrics\.txt|404\.html"
_OWN = re.compile(
    rf"(?:{_FILES}|follow/|techniques/|(?:about|projects|posts|metrics|traces|deps|logs|slo|build)/(?:\d+/)?"
    r"|traces/[0-9a-f]{16,32}/(?:\d+/)?|metrics/(?:(?P<window>\w+)/(?:\d+/)?|[^/]+\.csv))?"
)


class Target(NamedTuple):
    """Where a link leads on this site: a path below its root (`posts/x/`), None outside of it; and the id on that page."""

    path: str | None
    fragment: str


class Site(NamedTuple):
    """What links are read against: the address of the site, the windows that panels have (`7d`), the files that are copied."""

    base_url: str = ""
    windows: frozenset[str] = frozenset()
    copies: frozenset[str] = frozenset()

    def target(self, page: str, address: str) -> Target | None:
        """Return where a link of the page at `page` (`/posts/y/`) leads; None where that is not this site."""
        base = urlsplit(self.base_url or _NOWHERE)
        origin = f"{base.scheme}://{base.netloc}"
        root = f"{origin}{base.path.rstrip('/')}/"
        try:
            url = urlsplit(urljoin(root + page[1:], address))
        except ValueError:
            return Target(None, "")
        if f"{url.scheme}://{url.netloc}" != origin:
            return None
        found = f"{origin}{url.path}"
        if not found.startswith(root):
            # An absolute URL beside the base path belongs to somebody else's part of the same host.
            return None if address.lower().startswith(("http:", "https:")) else Target(None, "")
        return Target(unquote(found.removeprefix(root)), unquote(url.fragment))

    def may_have(self, path: str) -> bool:
        """Return whether a page or file that is not the author's may stand at a path; only the finished site knows."""
        match = _OWN.fullmatch(path)
        is_own = match is not None and (match["window"] is None or match["window"] in self.windows)
        return is_own or path in self.copies


Verdict = Callable[[Target], bool]
"""Whether a target is there."""


def dead_links(page: ContentPage, site: Site, there: Verdict) -> tuple[PageLink, ...]:
    """Return the links of a page that lead to nothing on this site."""
    found = ((link, site.target(page.path, link.address)) for link in page.links)
    return tuple(link for link, target in found if target is not None and not there(target))


def without_links(page: ContentPage, dead: Collection[PageLink], paths: Collection[str] = ()) -> ContentPage:
    """Return the page with these links as text; those in `paths` keep the page that they lead to, without its id."""
    if not dead:
        return page
    gone = {link.address for link in dead}

    def mend(match: re.Match[str]) -> str:
        address = unescape(match[1])
        if address not in gone:
            return match[0]
        plain = address.partition("#")[0]
        return f'<a href="{escape(plain)}"{match[2]}>{match[3]}</a>' if plain in paths else match[3]

    kept = tuple(link for link in page.links if link.address not in gone)
    return replace(page, body_html=_LINK.sub(mend, page.body_html), links=kept)

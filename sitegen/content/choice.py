"""Which version of each of the author's pages is published: the one that was just read, or the last good one. Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from sitegen.content.authored import ContentKind, ContentPage
from sitegen.content.links import Site, Target, dead_links, without_links
from sitegen.content.model import Content, Draft, Fault, MadePage
from sitegen.content.places import place
from sitegen.units import rfc3339

_TEMPLATE_IDS = frozenset({"", "top"})


class Choice(NamedTuple):
    """The pages to publish, and the last good version of each that changed; what is wrong, and what waits for its date.

    `faults` keep a page as it was, or out of the site; `remarks` do not, and `waiting` is not wrong: pages whose
    date is to come, and links that are text until the page that they lead to is published.
    """

    pages: tuple[ContentPage, ...]
    former: tuple[ContentPage, ...]
    faults: tuple[Fault, ...]
    remarks: tuple[Fault, ...]
    waiting: tuple[Fault, ...]


def choose_pages(
    content: Content,
    made: Mapping[str, MadePage],
    good: Mapping[str, ContentPage],
    site: Site,
    now: float,
) -> Choice:
    """Decide for each page; `made` is what became of each file, by file, but of those that were not finished.

    `good` are the pages as they were last published, by path. A page whose file is gone is gone; one whose file
    has a fault, or could not be read, stays as it was.
    """
    claims, faults = _claims(content.pages, good)
    unread = frozenset(path for path, page in good.items() if content.is_unread(page.source))
    known = {path: made[source] for path, source in claims.items() if source in made}
    remarks = [remark for one in known.values() for remark in one.remarks]
    current: dict[str, ContentPage] = {}
    held: dict[str, float] = {}
    for path, one in known.items():
        broken = one.faults or _link_faults(one, site, {*claims, *unread}, known)
        faults += broken
        if one.page is None:
            if not broken:
                held[path] = now  # a draft
        elif one.page.kind is not ContentKind.ABOUT and one.page.date is not None and one.page.date > now:
            held[path] = one.page.date
        elif not broken:
            current[path] = one.page
    faults += [fault for source, one in made.items() if place(source) is None for fault in one.faults]
    stays = {
        path: page for path, page in good.items() if path not in held and (path in claims or path in unread)
    }
    shown = {**stays, **current}
    former = [page for path, page in stays.items() if path in current and page != current[path]]
    return Choice(
        pages=tuple(_mended(shown[path], site, shown) for path in sorted(shown)),
        former=tuple(_mended(page, site, shown) for page in former),
        # A site that never had a page misses none.
        faults=(*(() if content.is_absent and not good else content.faults), *faults),
        remarks=tuple(remarks),
        waiting=tuple(_waiting(current.values(), site, held, claims, now)),
    )


def _claims(pages: tuple[Draft, ...], good: Mapping[str, ContentPage]) -> tuple[dict[str, str], list[Fault]]:
    """Return the file of each path, and a fault for each further one: who was there first stays."""
    files: dict[str, list[str]] = {}
    for page in pages:
        if (standing := place(page.source)) is not None:
            files.setdefault(standing[1], []).append(page.source)
    claims: dict[str, str] = {}
    faults: list[Fault] = []
    for path, sources in files.items():
        before = good[path].source if path in good else ""
        claims[path] = before if before in sources else sources[0]
        sentence = f"has the address {path}, as {claims[path]} has; rename one of them"
        faults += [Fault(source, 0, sentence) for source in sources if source != claims[path]]
    return claims, faults


def _link_faults(
    one: MadePage, site: Site, claims: Collection[str], known: Mapping[str, MadePage]
) -> tuple[Fault, ...]:
    """Return the links of a page that lead nowhere by its author's mistake: not to a page with a mistake of its own."""
    page = one.page
    if page is None:
        return ()

    def is_there(target: Target) -> bool:
        if target.path is None:
            return False
        path = f"/{target.path}"
        if path not in claims:
            return path in page.images or site.may_have(target.path)
        other = known[path].page if path in known else None
        return other is None or target.fragment in _TEMPLATE_IDS or target.fragment in other.ids

    return tuple(
        Fault(one.source, link.line, f"the link to {link.written!r} leads nowhere")
        for link in dead_links(page, site, is_there)
    )


def _waiting(
    pages: Iterable[ContentPage], site: Site, held: Mapping[str, float], claims: Mapping[str, str], now: float
) -> Iterator[Fault]:
    """Yield what waits: the pages whose date is to come, and the links of others that lead to pages which are held back."""
    for path, at in held.items():
        if at > now:
            yield Fault(claims[path], 0, f"scheduled for {rfc3339(at)}")
    for page in pages:
        for link in dead_links(page, site, lambda target: f"/{target.path}" not in held):
            sentence = f"the link to {link.written!r} is text until that page is published"
            yield Fault(page.source, link.line, sentence)


def _mended(page: ContentPage, site: Site, shown: Mapping[str, ContentPage]) -> ContentPage:
    """Return a page without links to pages of the author's that are not published, or to headings these do not have."""

    def is_there(target: Target) -> bool:
        path = f"/{target.path}"
        if target.path is None or path not in shown:
            return path in page.images or (target.path is not None and site.may_have(target.path))
        return target.fragment in _TEMPLATE_IDS or target.fragment in shown[path].ids

    dead = dead_links(page, site, is_there)
    plain = {link.address.partition("#")[0] for link in dead}
    there = {one for one in plain if (target := site.target(page.path, one)) and f"/{target.path}" in shown}
    return without_links(page, dead, there)

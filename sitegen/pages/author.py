"""The author's pages, and the ones that stand in where there are none: about, projects, posts, techniques, 404."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import cycle

from msgspec import structs

from sitegen.availability.model import ServiceState, ServiceStatus
from sitegen.content.authored import ContentKind, ContentPage
from sitegen.findings import ContentFindings
from sitegen.output import Block
from sitegen.pages.fit import PageList, Slice, shortened, single
from sitegen.pages.views import (
    AboutView,
    ContentView,
    ListView,
    NotFoundView,
    ProjectCard,
    Shell,
    TechniqueEntry,
    TechniquesView,
)
from sitegen.pages.words import count, joined, numbered
from sitegen.units import Instant, Quantity, Sentence
from sitegen.visualization.model import Link

_TITLE, _SAID = 80, 300
_TAG, _TAGS, _SUMMARY = 24, 12, 400
_KINDS = ("metrics", "build", "logs", "services", "traces")
"""The colours of cards, by turns."""


def author_pages(
    content: ContentFindings, services: Sequence[ServiceStatus], title: str, description: str
) -> tuple[PageList, ...]:
    """Return `/about/`, `/projects/`, `/posts/` where there are any, `/techniques/` and `/404.html`.

    A project that names one of the `services` by its probe shows the state of it.
    """
    made_at = Instant(content.made_at)
    projects = _of(content.pages, ContentKind.PROJECT)
    posts = _of(content.pages, ContentKind.POST)
    known = {service.id: service for service in services}
    cards = [_card(page, known, kind) for page, kind in zip(projects, cycle(_KINDS), strict=False)]
    listed = _shell(
        "projects", "ls -la projects/", _live(cards), "What is made here, and its live state.", made_at
    )
    return (
        PageList(
            "/about/",
            "about.mako",
            partial(_about, _about_whole(content, made_at, title, description)),
            (*_entries("projects", projects), *_entries("posts", posts)),
        ),
        PageList(
            "/projects/",
            "projects.mako",
            partial(_listing, structs.replace(listed, section="projects")),
            (
                *(Block("rows", "listed", card) for card in cards),
                *(Block("cards", "project", card) for card in cards),
            ),
        ),
        *_post_pages(posts, made_at),
        single("/techniques/", "techniques.mako", _techniques(content, made_at)),
        single("/404.html", "not_found.mako", _not_found(made_at)),
    )


def _post_pages(posts: Sequence[ContentPage], made_at: Instant) -> tuple[PageList, ...]:
    if not posts:
        return ()
    shell = _shell(
        "posts", "ls -t posts/", (*count(len(posts), "post"), "."), "What was written, by date.", made_at
    )
    index = PageList(
        "/posts/", "posts.mako", partial(_listing, shell), tuple(_entries("posts", posts, "post"))
    )
    return (index,)


def authored_page(page: ContentPage, services: Sequence[ServiceStatus], made_at: float) -> PageList:
    """Return one of the author's pages by itself, `/about/` without the lists on it."""
    card = _card(page, {one.id: one for one in services}) if page.kind is ContentKind.PROJECT else None
    return single(page.path, "content.mako", _single(page, card, Instant(made_at)))


def _card(page: ContentPage, services: Mapping[str, ServiceStatus], kind: str = "services") -> ProjectCard:
    """Return what a project says of itself; one whose probe is not known has no data."""
    front, service = page.front, services.get(page.front.probe)
    links = (("site", front.url), ("source", front.repository))
    return ProjectCard(
        path=page.path,
        title=shortened(page.title, _TITLE),
        description=shortened(page.description, _SAID),
        status=shortened(front.status, _TAG),
        tags=tuple(shortened(tag, _TAG) for tag in front.tags[:_TAGS]),
        links=tuple((word, url) for word, url in links if url),
        date=page.day,
        state=service.state if service else ServiceState.NO_DATA if front.probe else None,
        since=Instant(service.since) if service and service.since is not None else None,
        kind=kind,
        size=Quantity(len(page.body_html.encode()), "bytes"),
        synopsis=shortened(page.synopsis, _SAID),
        summary=shortened(page.summary, _SUMMARY),
    )


def _live(cards: Sequence[ProjectCard]) -> Sentence:
    """Return how many projects there are, and how many of them in which state."""
    states = [card.state for card in cards if card.state is not None]
    told = [
        (f"{state.glyph} ", Quantity(states.count(state)), f" {state}")
        for state in ServiceState
        if state in states
    ]
    return joined([count(len(cards), "project"), *told])


def _of(pages: Sequence[ContentPage], kind: ContentKind) -> tuple[ContentPage, ...]:
    return tuple(
        sorted(
            (page for page in pages if page.kind is kind),
            key=lambda page: (page.front.weight, -(page.date or 0.0), page.path),
        )
    )


def _shell(title: str, prompt: str, sentence: Sentence, description: str, made_at: Instant) -> Shell:
    return Shell(
        title=shortened(title, _TITLE),
        prompt=shortened(prompt, _TITLE),
        sentence=tuple(shortened(part, _SAID) if isinstance(part, str) else part for part in sentence),
        section="about",
        made_at=made_at,
        description=shortened(description, _SAID),
    )


def _about_whole(content: ContentFindings, made_at: Instant, title: str, description: str) -> AboutView:
    own = next((page for page in content.pages if page.kind is ContentKind.ABOUT), None)
    said = (own.description if own else "") or description or f"About {title}."
    kept = [
        count(len(_of(content.pages, kind)), word)
        for kind, word in ((ContentKind.PROJECT, "project"), (ContentKind.POST, "post"))
        if _of(content.pages, kind)
    ]
    shell = _shell(own.title if own else "about", f"man {title}", joined(kept), said, made_at)
    shell = structs.replace(shell, anchor=own.anchor if own else "")
    return AboutView(shell=shell, first=True, content=own, pages=())


def _about(whole: AboutView, page: Slice) -> AboutView:
    if page.number == 1:
        return structs.replace(whole, pages=page.links)
    return AboutView(numbered(whole.shell, page.number), first=False, content=None, pages=page.links)


def _listing(shell: Shell, page: Slice) -> ListView:
    return ListView(numbered(shell, page.number), page.links)


def _entries(group: str, pages: Sequence[ContentPage], part: str = "card") -> Iterator[Block]:
    """Yield a block for each page: its title and what it is about; prose itself is never cut."""
    for page in pages:
        front = structs.replace(
            page.front,
            title=shortened(page.title, _TITLE),
            description=shortened(page.description, _SAID),
        )
        yield Block(group, part, structs.replace(page, front=front, body_html=""))


def _single(page: ContentPage, card: ProjectCard | None, made_at: Instant) -> ContentView:
    said = page.description or page.title
    sentence: Sentence = () if page.day is None else ("of ", page.day)
    shell = structs.replace(
        _shell(page.title, f"man {page.title}", sentence, said, made_at), anchor=page.anchor
    )
    if card is not None:
        shell = structs.replace(shell, section="projects")
        # Below it stands the whole manual.
        card = structs.replace(card, synopsis="", summary="")
    return ContentView(shell, page, card)


def _techniques(content: ContentFindings, made_at: Instant) -> TechniquesView:
    entries = tuple(
        TechniqueEntry(title=title, why=why, excerpt=excerpt) for title, why, excerpt in content.techniques
    )
    return TechniquesView(
        shell=_shell(
            "techniques",
            "less techniques",
            (
                "How this site is built: ",
                *count(len(entries), "pattern"),
                ", each with the code that does it.",
            ),
            "The concurrency patterns behind the build, each with its code.",
            made_at,
        ),
        entries=entries,
    )


def _not_found(made_at: Instant) -> NotFoundView:
    return NotFoundView(
        shell=Shell(
            title="not found",
            prompt="sitegen: 404: no such page",
            sentence=("It may have been a trace or a log page that has gone.",),
            section="not found",
            made_at=made_at,
            description="There is no such page.",
        ),
        likely=(
            Link("overview", "/"),
            Link("metrics", "/metrics/"),
            Link("traces", "/traces/"),
            Link("about", "/about/"),
        ),
    )

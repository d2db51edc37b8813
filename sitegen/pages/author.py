"""The author's pages, and the ones that stand in where there are none: about, projects, posts, techniques, 404."""

from collections.abc import Iterator, Sequence
from functools import partial

from msgspec import structs

from sitegen.content.authored import ContentKind, ContentPage
from sitegen.findings import ContentFindings
from sitegen.output import Block
from sitegen.pages.fit import PageList, Slice, shortened, single
from sitegen.pages.views import (
    AboutView,
    ContentView,
    ListView,
    NotFoundView,
    Shell,
    TechniqueEntry,
    TechniquesView,
)
from sitegen.pages.words import count, numbered
from sitegen.units import Instant, Sentence
from sitegen.visualization.model import Link

__all__ = ["author_pages"]

_TITLE, _SAID = 80, 300


def author_pages(content: ContentFindings, title: str, description: str) -> tuple[PageList, ...]:
    """Return `/about/`, `/projects/`, `/projects/<slug>/`, `/posts/<slug>/`, `/techniques/` and `/404.html`."""
    made_at = Instant(content.made_at)
    projects = _of(content.pages, ContentKind.PROJECT)
    posts = _of(content.pages, ContentKind.POST)
    listed = tuple(_cards("projects", projects))
    sentence = (*count(len(projects), "project"), ".")
    shell = _shell("projects", "ls projects/", sentence, "The projects.", made_at)
    return (
        PageList(
            "/about/",
            "about.mako",
            partial(_about, _about_whole(content, made_at, title, description)),
            (*listed, *_cards("posts", posts)),
        ),
        PageList("/projects/", "projects.mako", partial(_projects, shell), listed),
        *(single(page.path, "content.mako", _single(page, made_at)) for page in (*projects, *posts)),
        single("/techniques/", "techniques.mako", _techniques(content, made_at)),
        single("/404.html", "not_found.mako", _not_found(made_at)),
    )


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
    shell = _shell(own.title if own else "about", f"man {title}", (said,), said, made_at)
    return AboutView(shell=shell, first=True, content=own, pages=())


def _about(whole: AboutView, page: Slice) -> AboutView:
    if page.number == 1:
        return structs.replace(whole, pages=page.links)
    return AboutView(numbered(whole.shell, page.number), first=False, content=None, pages=page.links)


def _projects(shell: Shell, page: Slice) -> ListView:
    return ListView(numbered(shell, page.number), page.links)


def _cards(group: str, pages: Sequence[ContentPage]) -> Iterator[Block]:
    """Yield a card for each page: its title and what it is about; prose itself is never cut."""
    for page in pages:
        front = structs.replace(
            page.front,
            title=shortened(page.title, _TITLE),
            description=shortened(page.description, _SAID),
        )
        yield Block(group, "card", structs.replace(page, front=front, body_html=""))


def _single(page: ContentPage, made_at: Instant) -> ContentView:
    said = page.description or page.title
    sentence: Sentence = (said,) if page.date is None else (said, " ", Instant(page.date))
    return ContentView(shell=_shell(page.title, f"man {page.title}", sentence, said, made_at), content=page)


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

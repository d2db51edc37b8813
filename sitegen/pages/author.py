"""The author's pages, and the ones that stand in where there are none: about, projects, posts, techniques, 404."""

from collections.abc import Sequence

from msgspec import structs

from sitegen.content.authored import ContentKind, ContentPage
from sitegen.findings import ContentFindings
from sitegen.output import Page
from sitegen.pages.drafts import draft_cell, draft_shell
from sitegen.pages.fit import ABOUT, shortened
from sitegen.pages.views import (
    AboutView,
    ContentView,
    Listing,
    NotFoundView,
    ProjectsView,
    Shell,
    TechniqueEntry,
    TechniquesView,
)
from sitegen.pages.words import count
from sitegen.units import Instant, Sentence
from sitegen.visualization.model import Link

__all__ = ["author_pages"]

_LEVELS = (
    *(
        (200, 300),
        (200, 120),
        (100, 80),
        (60, 60),
        (60, 0),
        (40, 0),
        (24, 0),
        (12, 0),
        (6, 0),
        (3, 0),
        (0, 0),
    ),
)
"""How many pages a list has, and how many characters of their descriptions: as many as fit."""
_TITLE, _SAID = 80, 300


def author_pages(content: ContentFindings, title: str, description: str) -> tuple[Page, ...]:
    """Give `/about/`, `/projects/`, `/projects/<slug>/`, `/posts/<slug>/`, `/techniques/` and `/404.html`."""
    made_at = Instant(content.made_at)
    projects = _of(content.pages, ContentKind.PROJECT)
    posts = _of(content.pages, ContentKind.POST)
    return (
        Page(
            "/about/",
            "about.mako",
            _about(content, projects, posts, made_at, title, description),
        ),
        Page("/projects/", "projects.mako", _projects(projects, made_at)),
        *(Page(page.path, "content.mako", _single(page, made_at)) for page in (*projects, *posts)),
        Page("/techniques/", "techniques.mako", _techniques(content, made_at)),
        Page("/404.html", "not_found.mako", _not_found(made_at)),
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


def _about(  # noqa: PLR0917 - what the page is made of
    content: ContentFindings,
    projects: tuple[ContentPage, ...],
    posts: tuple[ContentPage, ...],
    made_at: Instant,
    title: str,
    description: str,
) -> AboutView:
    own = next((page for page in content.pages if page.kind is ContentKind.ABOUT), None)
    said = (own.description if own else "") or description or f"About {title}."
    shell = _shell(own.title if own else "about", f"man {title}", (said,), said, made_at)
    candidates = (
        AboutView(
            shell=shell, content=own, projects=_listing(projects, *level), posts=_listing(posts, *level)
        )
        for level in _LEVELS
    )
    return ABOUT.choose(candidates, _draft_about)


def _projects(projects: tuple[ContentPage, ...], made_at: Instant) -> ProjectsView:
    sentence = (*count(len(projects), "project"), ".")
    shell = _shell("projects", "ls projects/", sentence, "The projects.", made_at)
    candidates = (ProjectsView(shell=shell, projects=_listing(projects, *level)) for level in _LEVELS)
    return ABOUT.choose(candidates, _draft_projects)


def _listing(pages: Sequence[ContentPage], most: int, words: int) -> Listing:
    """List so many pages with so many characters of their descriptions; prose itself is never cut."""
    return Listing(
        pages=tuple(
            structs.replace(
                page,
                front=structs.replace(
                    page.front,
                    title=shortened(page.title, _TITLE),
                    description=shortened(page.description, words) if words else "",
                ),
                body_html="",
            )
            for page in pages[:most]
        ),
        more=max(0, len(pages) - most),
    )


def _draft_about(view: AboutView) -> str:
    own = view.content.body_html if view.content else "<section><h2>name</h2><p>about</p></section>"
    lists = "".join(
        f"<section><h2>list</h2>{_draft_listing(listing)}</section>"
        for listing in (view.projects, view.posts)
        if listing.pages
    )
    see = f"<section><h2>see also</h2><p>{'<a>see</a>' * 7}</p></section>"
    return f"{draft_shell(view.shell)}<div>{own}{lists}{see}</div>"


def _draft_projects(view: ProjectsView) -> str:
    shown = _draft_listing(view.projects) if view.projects.pages else "<p>no projects yet</p>"
    return f"{draft_shell(view.shell)}<div><section><h2>projects</h2>{shown}</section></div>"


def _draft_listing(listing: Listing) -> str:
    cards = "".join(
        f'<dt><a href="{page.path}">{draft_cell(page.title)}</a></dt>'
        + (f"<dd>{draft_cell(page.description)}</dd>" if page.description else "")
        for page in listing.pages
    )
    more = "<p>and <data>more</data> in <a>sitemap.xml</a></p>" if listing.more else ""
    return f"<dl>{cards}</dl>{more}"


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

"""The author's pages, and the ones that stand in where there are none: about, projects, posts, techniques, 404."""

from collections.abc import Sequence

from sitegen.site.authored import ContentKind, ContentPage
from sitegen.site.findings import ContentFindings
from sitegen.site.model import Page, PageKind
from sitegen.site.views import (
    AboutView,
    ContentView,
    NotFoundView,
    ProjectsView,
    Shell,
    TechniqueEntry,
    TechniquesView,
)
from sitegen.site.words import count
from sitegen.units import Instant, Sentence
from sitegen.visualization.model import Link

__all__ = ["author_pages"]


def author_pages(
    content: ContentFindings, made_at: Instant, title: str, description: str
) -> tuple[Page, ...]:
    """Give `/about/`, `/projects/`, `/projects/<slug>/`, `/posts/<slug>/`, `/techniques/` and `/404.html`."""
    projects = _of(content.pages, ContentKind.PROJECT)
    posts = _of(content.pages, ContentKind.POST)
    return (
        Page(
            "/about/",
            "about.mako",
            _about(content, projects, posts, made_at, title, description),
            PageKind.HUB,
        ),
        Page("/projects/", "projects.mako", _projects(projects, made_at), PageKind.HUB),
        *(
            Page(page.path, "content.mako", _single(page, made_at), PageKind.LEAF)
            for page in (*projects, *posts)
        ),
        Page("/techniques/", "techniques.mako", _techniques(content, made_at), PageKind.LEAF),
        Page("/404.html", "not_found.mako", _not_found(made_at), PageKind.HUB),
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
        title=title,
        prompt=prompt,
        sentence=sentence,
        section="about",
        made_at=made_at,
        description=description,
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
    return AboutView(
        shell=_shell(own.title if own else "about", f"man {title}", (said,), said, made_at),
        content=own,
        projects=projects,
        posts=posts,
    )


def _projects(projects: tuple[ContentPage, ...], made_at: Instant) -> ProjectsView:
    sentence = (*count(len(projects), "project"), ".")
    return ProjectsView(
        shell=_shell("projects", "ls projects/", sentence, "The projects.", made_at), projects=projects
    )


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

"""The author's pages as their templates take them: finished markup, and the words around it."""

from enum import StrEnum

import msgspec

from sitegen.units import Instant


class ContentKind(StrEnum):
    """What an author's page is."""

    ABOUT = "about"
    PROJECT = "project"
    POST = "post"
    PAGE = "page"


class FrontMatter(msgspec.Struct, frozen=True):
    """What the author says of a page. `date` in POSIX seconds, in a zone `shift` seconds east of UTC; `probe` names the one whose state a project shows.

    Lists of pages are sorted by `weight` (light ones first), then by date, newest first.
    """

    title: str
    description: str = ""
    date: float | None = None
    weight: int = 0
    status: str = ""
    tags: tuple[str, ...] = ()
    url: str = ""
    repository: str = ""
    probe: str = ""
    shift: float = 0.0


class PageLink(msgspec.Struct, frozen=True):
    """A link of a page that may lead to this site: its address in the markup, its line of the file, as its author wrote it."""

    address: str
    line: int
    written: str


class ContentPage(msgspec.Struct, frozen=True):
    """A page ready for its template: `body_html` is finished, safe markup without h1; all else is text.

    `images` are the site paths of the pictures that it shows: those, and no others, are published. `source` is its
    file below the folder of content, `ids` are those of its headings. `synopsis` and `summary` are the first blocks
    below its headings `synopsis` and `description`, as text. `anchor` is the id of the heading that became the title.
    """

    path: str
    kind: ContentKind
    front: FrontMatter
    body_html: str
    images: tuple[str, ...] = ()
    source: str = ""
    links: tuple[PageLink, ...] = ()
    ids: tuple[str, ...] = ()
    synopsis: str = ""
    summary: str = ""
    anchor: str = ""

    @property
    def title(self) -> str:
        """The page's one h1."""
        return self.front.title

    @property
    def description(self) -> str:
        """One sentence for lists, feeds and search engines."""
        return self.front.description

    @property
    def date(self) -> float | None:
        """The instant that the author gave it, in POSIX seconds."""
        return self.front.date

    @property
    def day(self) -> Instant | None:
        """The same as people read it: the day in the zone that it was written in."""
        return None if self.date is None else Instant(self.date, form="%Y-%m-%d", shift=self.front.shift)


class Excerpt(msgspec.Struct, frozen=True):
    """A piece of sitegen's own source: file (`sitegen/http.py`), its lines, and the highlighted code as markup."""

    path: str
    first_line: int
    last_line: int
    code_html: str

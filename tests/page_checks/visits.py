"""What happens when somebody opens a page: its requests, its complaints, its width, what axe has against it."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page
from tests.page_checks.accessibility import HEIGHT, WIDTHS, Violation, check_accessibility

EVERY_WIDTH = (390, 720, 1280, 1920)
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@dataclass(frozen=True)
class Visit:
    """What the browser did and said.

    `requests` are the addresses fetched, the page's own first; `complaints` are errors and warnings
    of the console, such as refusals by the Content-Security-Policy, and what opened a dialog;
    `overflow` is by how many CSS pixels the page is wider than the window, by the window's width;
    `violations` are axe's, where it was asked.
    """

    requests: tuple[str, ...]
    complaints: tuple[str, ...]
    overflow: dict[int, int]
    violations: tuple[Violation, ...] = ()


@dataclass
class Watched:
    """An open page, with all that the browser asked for and said since."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@contextmanager
def watch(context: BrowserContext) -> Iterator[Watched]:
    """Open an empty page and listen to it; closes it in the end."""
    with context.new_page() as page:
        watched = Watched(page)
        page.on("request", lambda request: watched.requests.append(request.url))
        page.on("console", lambda line: watched.complaints.append(line.text))
        page.on("pageerror", lambda error: watched.complaints.append(str(error)))
        page.on("dialog", lambda dialog: (watched.complaints.append(dialog.message), dialog.dismiss()))
        yield watched


def visit(
    browser: Browser,
    url: str,
    *,
    axe: bool = False,
    allow: Collection[str] = (),
    pictures: Path | None = None,
) -> Visit:
    """Open a page once and look at it on a desk and a phone; with `axe` at every width and in every look.

    `allow` are rules of axe that this page may break; `pictures` is a folder for a screenshot a width.
    """
    viewport = {"width": WIDTHS[0], "height": HEIGHT}
    with browser.new_context(viewport=viewport) as context, watch(context) as watched:
        page = watched.page
        page.goto(url, wait_until="load")
        requests = [one for one in watched.requests if not one.startswith("data:")]
        overflow = {}
        for width in EVERY_WIDTH if axe else WIDTHS:
            page.set_viewport_size({"width": width, "height": HEIGHT})
            overflow[width] = page.evaluate(OVERFLOW)
            if pictures is not None:
                page.screenshot(path=pictures / f"{width}.png", full_page=True)
        complaints = tuple(watched.complaints)
        violations = check_accessibility(page, allow=allow) if axe else ()
    return Visit(tuple(requests), complaints, overflow, tuple(violations))

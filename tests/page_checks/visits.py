"""What happens when somebody opens a page: its requests, its complaints, its width."""

from dataclasses import dataclass

from playwright.sync_api import Browser


@dataclass(frozen=True)
class Visit:
    """What the browser did and said.

    `requests` are the addresses fetched, the page's own first; `complaints` are errors and warnings
    of the console, such as refusals by the Content-Security-Policy; `overflow` is by how many CSS
    pixels the page is wider than the window.
    """

    requests: tuple[str, ...]
    complaints: tuple[str, ...]
    overflow: int


def visit(browser: Browser, url: str, *, width: int = 1280) -> Visit:
    """Open a page and close it again."""
    requests: list[str] = []
    complaints: list[str] = []
    with browser.new_context(viewport={"width": width, "height": 900}) as context:
        page = context.new_page()
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda line: complaints.append(line.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(url)
        page.wait_for_load_state("networkidle")
        overflow = page.evaluate(
            "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
    return Visit(
        tuple(address for address in requests if not address.startswith("data:")), tuple(complaints), overflow
    )

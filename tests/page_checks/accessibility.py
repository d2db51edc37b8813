"""axe-core in a real browser, in every look that a page has."""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from playwright.sync_api import Browser, Error
from tenacity import retry, retry_if_exception_type, stop_after_attempt

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
LOOKS = {
    "dark": {"color_scheme": "dark"},
    "light": {"color_scheme": "light"},
    "forced colors": {"forced_colors": "active"},
}
WIDTHS = (1280, 390)


@dataclass(frozen=True)
class Violation:
    """One rule of axe that elements break, in one look at one width."""

    rule: str
    impact: str
    look: str
    width: int
    elements: tuple[str, ...]


def check_accessibility(browser: Browser, url: str, *, allow: Collection[str] = ()) -> list[Violation]:
    """Run axe on a page in dark, light and forced colours, at 1280 and 390 px, but for the rules in `allow`.

    Use with `@pytest.mark.needs("chromium", "npm")`.
    """
    found = []
    for (look, media), width in product(LOOKS.items(), WIDTHS):
        result = _run_axe(browser, url, {"viewport": {"width": width, "height": 900}, **media})
        found += [
            Violation(
                rule=violation["id"],
                impact=violation["impact"] or "none",
                look=look,
                width=width,
                elements=tuple(str(node["target"][0]) for node in violation["nodes"]),
            )
            for violation in result["violations"]
            if violation["id"] not in allow
        ]
    return found


# A page that reloads itself, or a browser that a busy machine starves, is no violation: look again.
@retry(retry=retry_if_exception_type(Error), stop=stop_after_attempt(3), reraise=True)
def _run_axe(browser: Browser, url: str, look: dict) -> dict:
    with browser.new_context(**look) as context:
        page = context.new_page()
        page.goto(url)
        page.evaluate(AXE.read_text(encoding="utf-8"))
        return page.evaluate(
            "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", list(RULES)
        )

"""axe-core on an open page, in every look that a page has."""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from playwright.sync_api import Error, Page
from tenacity import retry, retry_if_exception_type, stop_after_attempt

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
COLOURS = ("color-contrast", "link-in-text-block")
"""All that may differ between looks of one width, whose elements are the same."""
LOOKS = {
    "dark": {"color_scheme": "dark", "forced_colors": "none"},
    "light": {"color_scheme": "light", "forced_colors": "none"},
    "forced colors": {"color_scheme": "light", "forced_colors": "active"},
}
WIDTHS = (1280, 390)
HEIGHT = 900


@dataclass(frozen=True)
class Violation:
    """One rule of axe that elements break, in one look at one width."""

    rule: str
    impact: str
    look: str
    width: int
    elements: tuple[str, ...]


def check_accessibility(page: Page, *, allow: Collection[str] = ()) -> list[Violation]:
    """Run axe on a page as it is open, in dark, light and forced colours, at 1280 and 390 px.

    It is run whole in the first look of each width, and in the others with its rules of colours. The rules in `allow` are not told. Use with `@pytest.mark.needs("chromium", "npm")`.
    """
    return [
        Violation(
            rule=violation["id"],
            impact=violation["impact"] or "none",
            look=look,
            width=width,
            elements=tuple(str(node["target"][0]) for node in violation["nodes"]),
        )
        for width, look in product(WIDTHS, LOOKS)
        for violation in _run_axe(page, width, LOOKS[look])["violations"]
        if violation["id"] not in allow
    ]


# A page that reloads itself loses axe, and what axe was at: look again.
@retry(retry=retry_if_exception_type(Error), stop=stop_after_attempt(3), reraise=True)
def _run_axe(page: Page, width: int, look: dict) -> dict:
    page.set_viewport_size({"width": width, "height": HEIGHT})
    page.emulate_media(**look)
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    return page.evaluate(
        "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})",
        list(RULES if look is LOOKS["dark"] else COLOURS),
    )

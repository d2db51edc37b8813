"""What the Template Engine is given beside the page itself."""

import msgspec


class NavEntry(msgspec.Struct, frozen=True):
    """One tab of the navigation: `0:overview` leads to `/`."""

    id: str
    path: str


class Theme(msgspec.Struct, frozen=True):
    """A theme as loaded: its folder of templates, its finished CSS, and a digest that changes with either.

    `panels_css` is what all pages but a bare one need, `drawings_css` only those with drawings, `overview_css` the overview alone,
    `details_css` the other pages with drawings, `prose_css` pages of words, which have none.
    """

    folder: str
    css: str
    panels_css: str
    drawings_css: str
    overview_css: str
    details_css: str
    prose_css: str
    digest: str
    scheme: str


class Frame(msgspec.Struct, frozen=True):
    """What is the same on every page of the site; nothing in it changes from cycle to cycle.

    `simulated` says that nothing of what the site shows was measured, `follow` that there is a `/follow/`.
    """

    title: str
    description: str
    language: str
    base_path: str
    base_url: str
    nav: tuple[NavEntry, ...]
    cycle: float
    theme: Theme
    simulated: bool = False
    follow: bool = True

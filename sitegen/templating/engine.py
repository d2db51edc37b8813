"""The Template Engine: a page in, HTML out. Escaping is on by default and names are strict."""

import shutil
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from sitegen.errors import SitegenError
from sitegen.output import Block, OutputFile, Page
from sitegen.redaction import visible
from sitegen.templating.lookup import TemplateLookup
from sitegen.templating.model import Frame

_BETWEEN = "\0"
"""Stands between two blocks: no text holds it, for control characters are made visible."""


def render(page: Page, frame: Frame, cache: str | None) -> OutputFile:
    """Render one page to the file it is published as; compiled templates are kept in `cache`, where there is one.

    Raises SitegenError, naming the template, where the theme lacks it or it names
    something that is not there; both are the theme author's to mend.
    """
    html = _fill(page.template, frame, cache, view=page.view, page=page, blocks=page.blocks)
    return OutputFile(path=output_path(page.path), body=html.encode())


def render_blocks(blocks: Sequence[Block], frame: Frame, cache: str | None) -> list[str]:
    """Render blocks to markup, in their order. Raises SitegenError as `render` does."""
    if not blocks:
        return []
    markup = _fill("blocks.mako", frame, cache, blocks=blocks, between=_BETWEEN).split(_BETWEEN)
    if len(markup) != len(blocks) + 1:
        raise SitegenError(
            f"{frame.theme.folder}/blocks.mako: makes no block of each value; mend the template"
        )
    return markup[:-1]


def _fill(template: str, frame: Frame, cache: str | None, **values: object) -> str:
    folder = frame.theme.folder
    compiled = None if cache is None else f"{cache}/{frame.theme.digest}"
    try:
        return _render(_lookup(folder, compiled), template, frame, values)
    except KeyboardInterrupt:
        raise  # somebody's, or the end of its time
    except BaseException:  # noqa: BLE001 - what the disk kept of a compiled template may be cut short, and fail anyhow
        html = _render_anew(folder, template, frame, values)
        if compiled is not None:
            shutil.rmtree(compiled, ignore_errors=True)
        return html


def _render(templates: TemplateLookup, template: str, frame: Frame, values: Mapping[str, object]) -> str:
    return str(templates.get_template(template).render_unicode(site=frame, **values))


def _render_anew(folder: str, template: str, frame: Frame, values: Mapping[str, object]) -> str:
    """Do without anything that was kept on disk; what fails now is the template itself."""
    try:
        return _render(_lookup(folder, None), template, frame, values)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a template is code of the theme's author, and may raise anything
        why = " ".join(f"{type(error).__name__}: {error}".split())
        raise SitegenError(f"{folder}/{template}: {visible(why)[:300]}; mend the template") from error


def output_path(path: str) -> str:
    """Return the file of a URL path: `/` -> `index.html`, `/metrics/` -> `metrics/index.html`, `/404.html` -> `404.html`."""
    return path.removeprefix("/") + ("index.html" if path.endswith("/") else "")


def _make_private(folder: Path) -> None:
    """Make a folder, and that of all themes above it, for its owner alone: what lies there is run."""
    folder.parent.parent.mkdir(parents=True, exist_ok=True)
    for place in (folder.parent, folder):
        place.mkdir(mode=0o700, exist_ok=True)
        place.chmod(0o700)


@lru_cache(maxsize=4)
def _lookup(folder: str, cache: str | None) -> TemplateLookup:
    """Make the templates of one theme ready; a worker keeps them, and a cache keeps compiled ones between builds."""
    if cache is not None:
        _make_private(Path(cache))
    return TemplateLookup(
        directories=[folder],
        module_directory=cache,
        # The cache's folder is named by the theme's digest, so a file in it is never out of date.
        filesystem_checks=False,
        strict_undefined=True,
        default_filters=["str", "show", "h"],
        imports=[
            "from sitegen.templating.escaping import show",
            "from sitegen.templating.policy import page_policy",
        ],
    )

"""The Template Engine: a page in, HTML out. Escaping is on by default and names are strict."""

import shutil
from functools import lru_cache
from pathlib import Path

from sitegen.errors import SitegenError
from sitegen.output import OutputFile
from sitegen.redaction import visible
from sitegen.templating.lookup import TemplateLookup
from sitegen.templating.model import RenderJob

__all__ = ["output_path", "render"]


def render(job: RenderJob) -> OutputFile:
    """Render one page to the file it is published as.

    Raises SitegenError, naming the template, where the theme lacks it or it names
    something that is not there; both are the theme author's to mend.
    """
    folder, cache = job.frame.theme.folder, None
    if job.cache is not None:
        cache = f"{job.cache}/{job.frame.theme.digest}"
    try:
        html = _fill(job, _lookup(folder, cache))
    except Exception:  # noqa: BLE001 - what the disk kept of a compiled template may be cut short, and fail anyhow
        html = _fill_anew(job, folder)
        if cache is not None:
            shutil.rmtree(cache, ignore_errors=True)
    return OutputFile(path=output_path(job.page.path), body=html.encode())


def _fill(job: RenderJob, templates: TemplateLookup) -> str:
    template = templates.get_template(job.page.template)
    html: str = template.render_unicode(view=job.page.view, site=job.frame, page=job.page)
    return html


def _fill_anew(job: RenderJob, folder: str) -> str:
    """Do without anything that was kept on disk; what fails now is the template itself."""
    try:
        return _fill(job, _lookup(folder, None))
    except Exception as error:  # a template is code of the theme's author, and may raise anything
        why = " ".join(f"{type(error).__name__}: {error}".split())
        raise SitegenError(
            f"{folder}/{job.page.template}: {visible(why)[:300]}; mend the template"
        ) from error


def output_path(path: str) -> str:
    """Give the file of a URL path: `/` -> `index.html`, `/metrics/` -> `metrics/index.html`, `/404.html` -> `404.html`."""
    return path.removeprefix("/") + ("index.html" if path.endswith("/") else "")


@lru_cache(maxsize=4)
def _lookup(folder: str, cache: str | None) -> TemplateLookup:
    """Make the templates of one theme ready; a worker keeps them, and a cache keeps compiled ones between builds."""
    if cache is not None:
        Path(cache).mkdir(parents=True, exist_ok=True)
    return TemplateLookup(
        directories=[folder],
        module_directory=cache,
        # The cache's folder is named by the theme's digest, so a file in it is never out of date.
        filesystem_checks=False,
        strict_undefined=True,
        default_filters=["str", "show", "h"],
        imports=["from sitegen.templating.escaping import show"],
    )

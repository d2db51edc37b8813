"""The Template Engine: a page in, HTML out. Escaping is on by default and names are strict."""

from functools import lru_cache
from pathlib import Path

from mako.lookup import TemplateLookup

from sitegen.errors import SitegenError
from sitegen.redaction import visible
from sitegen.site.model import OutputFile
from sitegen.templating.model import RenderJob

__all__ = ["output_path", "render"]


def render(job: RenderJob) -> OutputFile:
    """Render one page to the file it is published as.

    Raises SitegenError, naming the template, where the theme lacks it or it names
    something that is not there; both are the theme author's to mend.
    """
    templates = _lookup(job.frame.theme.folder, f"{job.cache}/{job.frame.theme.digest}")
    try:
        template = templates.get_template(job.page.template)
        html = template.render_unicode(view=job.page.view, site=job.frame, page=job.page)
    except Exception as error:  # a template is code of the theme's author, and may raise anything
        why = " ".join(f"{type(error).__name__}: {error}".split())
        raise SitegenError(
            f"{job.frame.theme.folder}/{job.page.template}: {visible(why)[:300]}; mend the template"
        ) from error
    return OutputFile(path=output_path(job.page.path), body=html.encode())


def output_path(path: str) -> str:
    """Give the file of a URL path: `/` -> `index.html`, `/metrics/` -> `metrics/index.html`, `/404.html` -> `404.html`."""
    return path.removeprefix("/") + ("index.html" if path.endswith("/") else "")


@lru_cache(maxsize=4)
def _lookup(folder: str, cache: str) -> TemplateLookup:
    """Make the templates of one theme ready; a worker keeps them, and compiled ones are kept on disk between builds."""
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

"""From the file's shape to the rooms' records: what the whole site is made of, and what must fit together."""

import re
from pathlib import Path

from sitegen.config import schema
from sitegen.config.checks import Checks, hint
from sitegen.config.model import SELF, Build, Config, Redaction, SectionWidths, Site
from sitegen.config.objectives import resolve_maintenance, resolve_probes, resolve_slos
from sitegen.config.secrets import Secrets
from sitegen.config.sources import (
    resolve_log_sources,
    resolve_metric_sources,
    resolve_panels,
    resolve_trace_sources,
)
from sitegen.config.targets import resolve_deploy

__all__ = ["resolve"]

_COLOUR = re.compile(r"#[0-9a-f]{6}")
_TOKEN = re.compile(r"[a-z][a-z0-9]{0,11}")
_BASE_URL = re.compile(r"https?://[^\s/?#@\"<>\\]+((?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)*/?)")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
# A page's frame repeats these; the rooms of pages (sitegen.pages.fit) count on them being short.
_TITLE, _DESCRIPTION, _URL = 80, 300, 120
_MOST_WORKERS = 256


def resolve(file: schema.File, path: Path) -> Config:
    """Check what types cannot say and give the Config. Raises ConfigError naming the key and the file."""
    check, secrets = Checks(path), Secrets(path)
    sources = resolve_metric_sources(check, secrets, file.metrics.sources)
    names = [SELF, *(source.name for source in sources)]
    probes = resolve_probes(check, secrets, file.probes)
    site = _resolve_site(check, file.site)
    return Config(
        path=path,
        site=site,
        build=_resolve_build(check, file.build),
        sections=_resolve_sections(check, file.build.sections),
        metric_sources=sources,
        panels=resolve_panels(check, file.metrics.panels, names),
        trace_sources=resolve_trace_sources(check, file.traces.sources),
        trace_attributes=frozenset(file.traces.attributes),
        traces_kept=check.positive("traces.keep", file.traces.keep),
        log_sources=resolve_log_sources(check, file.logs.sources),
        redaction=_resolve_redaction(check, file.redaction),
        probes=probes,
        maintenance=resolve_maintenance(check, file.maintenance, probes),
        slos=resolve_slos(check, file.slos, probes, sources),
        deploy=resolve_deploy(check, file.deploy, (site.output, site.state, site.content)),
        secrets=secrets.found,
    )


def _resolve_site(check: Checks, site: schema.Site) -> Site:
    for token, colour in site.palette.items():
        if not _TOKEN.fullmatch(token) or not _COLOUR.fullmatch(colour):
            raise check.fail(
                f"site.palette.{token}", f"{colour!r} must be a colour like #8cf5d8 for a token like accent"
            )
    if site.base_url and not _BASE_URL.fullmatch(site.base_url):
        raise check.fail(
            "site.base_url",
            f"{site.base_url!r} must be a URL like https://example.org/ or https://example.org/status/",
        )
    check.words("site.base_url", site.base_url, _URL, least=0)
    if not _LANGUAGE.fullmatch(site.language):
        raise check.fail("site.language", f"{site.language!r} must be a language tag like en or de-CH")
    output, state = check.below("site.output", site.output), check.below("site.state", site.state)
    content = check.below("site.content", site.content)
    _check_folders(check, output, state, content)
    return Site(
        title=check.words("site.title", site.title, _TITLE),
        description=check.words("site.description", site.description, _DESCRIPTION, least=0),
        base_url=f"{site.base_url.rstrip('/')}/" if site.base_url else "",
        language=site.language,
        output=output,
        state=state,
        content=content,
        theme=site.theme if site.theme == "terminal" else str(check.below("site.theme", site.theme)),
        mode=site.mode,
        palette=site.palette,
    )


def _check_folders(check: Checks, output: Path, state: Path, content: Path) -> None:
    """Refuse folders that would be published, replaced or deleted by mistake."""
    home = check.path.parent
    for key, folder in (("site.output", output), ("site.state", state)):
        if _holds(folder, home):
            raise check.fail(key, f"{folder} holds the configuration itself; name a folder of its own")
    if _holds(output, state) or _holds(state, output):
        raise check.fail(
            "site.state", "must not lie in the output, nor the output in it: the state is not for the public"
        )
    for key, folder in (("site.output", output), ("site.state", state)):
        if _holds(folder, content) or _holds(content, folder):
            raise check.fail(
                "site.content", f"{content} must not share a folder with {key}: each build replaces that one"
            )


def _holds(folder: Path, other: Path) -> bool:
    """Tell whether one folder is the other or lies around it, links followed."""
    outer, inner = folder.resolve(), other.resolve()
    return outer == inner or outer in inner.parents


def _resolve_build(check: Checks, build: schema.Build) -> Build:
    cycle = check.seconds("build.cycle", build.cycle)
    gather = check.seconds("build.gather", build.gather)
    deadline = check.seconds("build.deadline", build.deadline)
    if gather > deadline:
        raise check.fail(
            "build.gather", f"{build.gather} is longer than the whole build's deadline of {build.deadline}"
        )
    workers = (
        None if build.workers == "auto" else check.positive("build.workers", build.workers, _MOST_WORKERS)
    )
    return Build(cycle=cycle, gather=gather, deadline=deadline, workers=workers)


def _resolve_sections(check: Checks, sections: dict[str, schema.Section]) -> dict[str, SectionWidths]:
    for name, section in sections.items():
        key = f"build.sections.{name}"
        if name not in schema.SECTIONS:
            raise check.fail(key, f"unknown section; {hint(name, schema.SECTIONS, 'valid sections')}")
        for kind, width in (("threads", section.threads), ("processes", section.processes)):
            if width is not None:
                check.positive(f"{key}.{kind}", width, _MOST_WORKERS)
    return {
        name: SectionWidths(threads=section.threads, processes=section.processes)
        for name, section in sections.items()
    }


def _resolve_redaction(check: Checks, redaction: schema.Redaction) -> Redaction:
    def patterns(key: str, rules: list[str]) -> tuple[str, ...]:
        return tuple(check.pattern(f"redaction.{key}[{index}]", rule) for index, rule in enumerate(rules))

    return Redaction(
        rules=patterns("rules", redaction.rules),
        allow=patterns("allow", redaction.allow),
        show_ip=redaction.ip == "show",
        show_email=redaction.email == "show",
    )

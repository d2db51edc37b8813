"""What must fit together in the whole file, and the Config that the pipeline takes."""

import re
from pathlib import Path

import msgspec

from sitegen.config import schema
from sitegen.config.checks import Checks, echo
from sitegen.config.model import Config
from sitegen.config.objectives import check_maintenance, resolve_slos
from sitegen.config.places import inside
from sitegen.config.probes import resolve_probes
from sitegen.config.secrets import Secrets
from sitegen.config.sources import check_names, resolve_metric_sources, resolve_panels
from sitegen.config.targets import check_deploy
from sitegen.errors import ConfigError
from sitegen.metrics.model import OWN_TILES, Overview
from sitegen.regular import real_path
from sitegen.templating.palette import Mode, PaletteError, load_palette
from sitegen.units import window_label, zone_of

_TOKEN = re.compile(r"[a-z][a-z0-9]{0,11}")
_BASE_URL = re.compile(r"https?://[^\s/?#@\"<>\\]+((?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)*/?)")


def resolve(check: Checks, file: schema.File) -> Config:
    """Check what no key says by itself and return the Config. Raises ConfigError naming the key and the file."""
    secrets = Secrets(check)
    sources = resolve_metric_sources(check, secrets, file.metrics.sources)
    probes = resolve_probes(check, secrets, file.probes)
    site = _resolve_site(check, file)
    _check_build(check, file.build)
    check_names(check, "traces.sources", [source.name for source in file.traces.sources])
    check_names(check, "logs.sources", [source.name for source in file.logs.sources])
    for index, source in enumerate(file.logs.sources):
        _check_zone(check, f"logs.sources[{index}].timezone", source.timezone)
    check_maintenance(check, file.maintenance, probes)
    check_deploy(check, file.deploy, (site.output, site.state, site.content))
    return Config(
        path=check.path,
        site=site,
        build=file.build,
        sections={str(name): section for name, section in file.build.sections.items()},
        metric_sources=sources,
        panels=resolve_panels(check, file.metrics.panels, sources),
        trace_sources=file.traces.sources,
        trace_attributes=frozenset(file.traces.attributes),
        traces_kept=file.traces.keep,
        traces_days=file.traces.days,
        log_sources=file.logs.sources,
        log_fields=None if file.logs.fields is None else frozenset(file.logs.fields),
        redaction=file.redaction,
        overview=_resolve_overview(check, file),
        probes=probes,
        maintenance=file.maintenance,
        slos=resolve_slos(check, file.slos, probes, sources),
        deploy=file.deploy,
        secrets=secrets.found,
    )


def _resolve_overview(check: Checks, file: schema.File) -> Overview:
    """Check that what the overview is to show is there."""
    panels = [panel.id for panel in file.metrics.panels]
    for key, chosen, most, known in (
        ("tiles", file.overview.tiles, 6, [*panels, *OWN_TILES]),
        ("charts", file.overview.charts, 4, panels),
    ):
        if len(chosen) > most:
            raise check.fail(f"overview.{key}", f"has {len(chosen)} panels; the overview has room for {most}")
        for index, name in enumerate(chosen):
            check.known(f"overview.{key}[{index}]", name, known, "panel")
        check.unique(f"overview.{key}", chosen, of="panel")
    return file.overview


def _resolve_site(check: Checks, file: schema.File) -> schema.Site:
    site = file.site
    if site.base_url and not _BASE_URL.fullmatch(site.base_url):
        raise check.fail(
            "site.base_url",
            f"{echo(site.base_url)} must be a URL like https://example.org/ or https://example.org/status/",
        )
    _check_zone(check, "site.timezone", site.timezone)
    _check_folders(check, site.output, site.state, site.content)
    theme = site.theme if site.theme == "terminal" else str(check.below("site.theme", site.theme))
    return msgspec.structs.replace(
        site,
        base_url=f"{site.base_url.rstrip('/')}/" if site.base_url else "",
        theme=theme,
        # Without any of these nothing on the page would change while somebody watches it.
        follow=site.follow
        and any((file.metrics.panels, file.traces.sources, file.logs.sources, file.probes)),
        mode=_resolve_mode(check, site, theme),
    )


def _check_zone(check: Checks, key: str, zone: str) -> None:
    try:
        zone_of(zone)
    except (ValueError, OSError, KeyError):
        sentence = "is no zone that this machine knows; write it like Europe/Berlin, or install tzdata"
        raise check.fail(key, f"{echo(zone)} {sentence}") from None


def _resolve_mode(check: Checks, site: schema.Site, theme: str) -> Mode:
    """Check the colours, and return the mode that they are shown in."""
    for token in site.palette if isinstance(site.palette, dict) else ():
        if not _TOKEN.fullmatch(token):
            raise check.fail(inside("site.palette", token), "is no name of a colour, like accent")
    try:
        return load_palette(theme, site.mode, site.palette).mode
    except PaletteError as error:
        raise check.fail(error.key, error.sentence) from None
    except ConfigError:
        # Without its theme no site is built; whoever loads it tells what it lacks.
        return site.mode or "dark"


def _check_folders(check: Checks, output: Path, state: Path, content: Path) -> None:
    """Refuse folders that would be published, replaced or deleted by mistake."""
    if _holds(state, check.path.parent):
        raise check.fail("site.state", f"{state} holds the configuration itself; name a folder of its own")
    if fault := fault_of_output(output, check.path, state, content):
        raise check.fail(*fault)
    if _holds(state, content) or _holds(content, state):
        raise check.fail(
            "site.content",
            f"{content} must not share a folder with site.state: what is kept there is replaced",
        )


def fault_of_output(output: Path, config: Path, state: Path, content: Path) -> tuple[str, str] | None:
    """Return the key and the sentence of what forbids a folder as the output, which each build replaces."""
    if _holds(output, config.parent):
        return "site.output", f"{output} holds the configuration itself; name a folder of its own"
    if _holds(output, state) or _holds(state, output):
        return (
            "site.state",
            "must not lie in the output, nor the output in it: the state is not for the public",
        )
    if _holds(output, content) or _holds(content, output):
        return (
            "site.content",
            f"{content} must not share a folder with site.output: each build replaces that one",
        )
    return None


def _holds(folder: Path, other: Path) -> bool:
    """Return whether one folder is the other or lies around it, links followed."""
    outer, inner = real_path(folder), real_path(other)
    return outer == inner or outer in inner.parents


def _check_build(check: Checks, build: schema.Build) -> None:
    if build.gather > build.deadline:
        raise check.fail(
            "build.gather",
            f"{window_label(build.gather)} is longer than the whole build's deadline of {window_label(build.deadline)}",
        )

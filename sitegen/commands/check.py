"""`sitegen check`: validate, change nothing."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sitegen.commands.options import common_options, output_option
from sitegen.commands.reporter import Reporter

if TYPE_CHECKING:
    from sitegen.config.model import Config
    from sitegen.pipeline.inspection import CheckFinding, SourceCheck

__all__ = ["command"]

_FOUND = 3


@click.command(
    "check", epilog="Examples: sitegen check; sitegen check config; sitegen check site --format json"
)
@common_options
@click.argument("what", type=click.Choice(["config", "sources", "site"]), required=False)
@output_option
def command(*, config_path: Path, reporter: Reporter, what: str | None, output: Path | None) -> int:
    """Validate the config, each source's reach, auth and latency, and the built site; change nothing."""
    # What a check needs is imported here: `sitegen --help` must not wait for it.
    from sitegen.config import load_config  # noqa: PLC0415
    from sitegen.instrumentation.clock import SystemClock  # noqa: PLC0415
    from sitegen.pipeline.inspection import CheckFinding, SourceCheck, check_site, check_sources  # noqa: PLC0415
    from sitegen.redaction import Redactor  # noqa: PLC0415

    config = load_config(config_path, os.environ)
    findings: list[CheckFinding] = []
    sources: tuple[SourceCheck, ...] = ()
    if what in (None, "config"):
        findings += _check_config(config, reporter)
    if what in (None, "sources"):
        sources = check_sources(config, SystemClock(), Redactor(canaries=config.secrets))
        findings += [CheckFinding("sources", one.name, one.message) for one in sources if not one.reachable]
        _list_sources(sources, reporter)
    if what in (None, "site"):
        dist = (output or config.site.output).absolute()
        found = check_site(dist, config.site.base_url, config.secrets)
        findings += found
        verdict = (
            f"{len(found)} findings" if found else "links, markup, budgets and leaks are as they should be"
        )
        reporter.message(f"site     {dist}: {verdict}")
    for finding in findings:
        reporter.warn(f"{finding.check}: {finding.where}: {finding.message}")
    reporter.document({"version": 1, "findings": findings, "sources": sources})
    return _FOUND if findings else 0


def _check_config(config: "Config", reporter: Reporter) -> "list[CheckFinding]":
    """Load the theme and the author's pages, which may raise ConfigError, and look at the state."""
    from sitegen import __version__  # noqa: PLC0415
    from sitegen.assets.minify import minify_css  # noqa: PLC0415
    from sitegen.content.loader import load_content  # noqa: PLC0415
    from sitegen.pipeline.inspection import CheckFinding, check_state  # noqa: PLC0415
    from sitegen.templating.theme import load_theme  # noqa: PLC0415

    load_theme(config.site.theme, config.site.mode, config.site.palette, __version__, minify_css)
    _, problems = load_content(config.site.content)
    reporter.message(
        f"config   {config.path.name}: {len(config.panels)} panels, {len(config.probes)} probes, {len(config.slos)} objectives"
    )
    found = [CheckFinding("config", problem.where, problem.message) for problem in problems]
    return [*check_state(config.site.state), *found]


def _list_sources(sources: "tuple[SourceCheck, ...]", reporter: Reporter) -> None:
    from sitegen.units import format_duration  # noqa: PLC0415

    for source in sources:
        took = "" if source.latency_seconds is None else f" in {format_duration(source.latency_seconds)}"
        reporter.message(f"sources  {source.name}: {source.message}{took}")
    if not sources:
        reporter.message("sources  self: always there")

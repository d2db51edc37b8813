"""`sitegen check`: validate, change nothing."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sitegen.commands.options import common_options, output_option
from sitegen.commands.reporter import Reporter
from sitegen.commands.sending import Given, which_target

if TYPE_CHECKING:
    from sitegen.config.model import Config
    from sitegen.deployment.job import Job
    from sitegen.pipeline.inspection import CheckFinding, SourceCheck

_FOUND = 3


@click.command(
    "check",
    epilog="Examples: sitegen check; sitegen check config; sitegen check site --format json; sitegen check target",
)
@common_options
@click.argument("what", type=click.Choice(["config", "sources", "site", "target"]), required=False)
@output_option
@which_target
def command(
    *, config_path: Path, reporter: Reporter, what: str | None, output: Path | None, given: Given
) -> int:
    """Validate the config, each source's reach, auth and latency, the built site, or a target; change nothing."""
    # What a check needs is imported here: `sitegen --help` must not wait for it.
    from sitegen.config import load_config  # noqa: PLC0415
    from sitegen.instrumentation.clock import SystemClock  # noqa: PLC0415
    from sitegen.pipeline.inspection import CheckFinding, SourceCheck, check_site, check_sources  # noqa: PLC0415
    from sitegen.redaction import Redactor  # noqa: PLC0415

    config = load_config(config_path, os.environ)
    clock = SystemClock()
    findings: list[CheckFinding] = []
    sources: tuple[SourceCheck, ...] = ()
    if what in (None, "config"):
        findings += _check_config(config, reporter, clock.now())
    if what in (None, "sources"):
        sources = check_sources(config, clock, Redactor(canaries=config.secrets))
        findings += [
            CheckFinding("sources", one.name, one.message)
            for one in sources
            if not (one.reachable and one.timely)
        ]
        _list_sources(sources, reporter)
    if what in (None, "site"):
        dist = (output or config.site.output).absolute()
        found = check_site(dist, config, clock.now())
        findings += found
        verdict = (
            f"{len(found)} findings" if found else "links, markup, budgets and leaks are as they should be"
        )
        reporter.message(f"site     {dist}: {verdict}")
    if what == "target":
        findings += _try_target(given.job(config_path, output), reporter)
    for finding in findings:
        line = f":{finding.line}" if finding.line else ""
        warning = "warning: " if finding.severity == "warning" else ""
        reporter.warn(f"{finding.check}: {warning}{finding.where}{line}: {finding.message}")
    reporter.document({"findings": findings, "sources": sources})
    return _FOUND if any(one.severity == "error" for one in findings) else 0


def _try_target(job: "Job", reporter: Reporter) -> "list[CheckFinding]":
    from sitegen.deployment.trial import try_target  # noqa: PLC0415 - `sitegen --help` must not wait for these
    from sitegen.pipeline.inspection import CheckFinding  # noqa: PLC0415

    trials = try_target(job)
    for one in trials:
        if not one.bad:
            reporter.message(f"target   {one.where}: {one.message}")
    return [CheckFinding("target", one.where, one.message) for one in trials if one.bad]


def _check_config(config: "Config", reporter: Reporter, now: float) -> "list[CheckFinding]":
    """Load the theme, which may raise ConfigError, and look at the author's pages and at the state."""
    from sitegen import __version__  # noqa: PLC0415
    from sitegen.assets.minify import minify_css  # noqa: PLC0415
    from sitegen.pipeline.inspection import check_content, check_ranges, check_state  # noqa: PLC0415
    from sitegen.templating.theme import load_theme  # noqa: PLC0415

    load_theme(config.site.theme, config.site.mode, config.site.palette, __version__, minify_css)
    reporter.message(
        f"config   {config.path.name}: {len(config.panels)} panels, {len(config.probes)} probes, {len(config.slos)} objectives"
    )
    return [*check_state(config.site.state), *check_ranges(config), *check_content(config, now)]


def _list_sources(sources: "tuple[SourceCheck, ...]", reporter: Reporter) -> None:
    from sitegen.units import format_duration  # noqa: PLC0415

    for source in sources:
        took = "" if source.latency_seconds is None else f" in {format_duration(source.latency_seconds)}"
        said, semicolon, more = source.message.partition("; ")
        reporter.message(f"sources  {source.name}: {said}{took}{semicolon}{more}")
    if not sources:
        reporter.message("sources  self: always there")

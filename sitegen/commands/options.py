"""The options that commands share, and the types of their values."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from sitegen.commands.reporter import Reporter
from sitegen.errors import SitegenError
from sitegen.units import parse_duration, parse_rfc3339

Command = TypeVar("Command", bound=Callable[..., Any])

_SERVICES = ("tcp://", "udp://", "sctp://")


def option(*names: str, **settings: Any) -> Callable[[Command], Command]:
    """Declare an option that is also read from `SITEGEN_<OPTION>`: `--dry-run` from SITEGEN_DRY_RUN."""
    long = next(name for name in names if name.startswith("--")).partition("/")[0]
    variable = "SITEGEN_" + long.removeprefix("--").upper().replace("-", "_")
    return click.option(*names, envvar=variable, cls=_Option, **settings)


class _Option(click.Option):
    """An option whose value may come from a variable, which is then named by what is wrong with it."""

    def resolve_envvar_value(self, ctx: click.Context) -> str | None:
        """Return the variable's value. `tcp://10.43.0.12:80` is Kubernetes' word for a service of this name."""
        value = super().resolve_envvar_value(ctx)
        return None if value is not None and value.startswith(_SERVICES) else value

    def process_value(self, ctx: click.Context, value: Any) -> Any:
        """Convert the value. Raises BadParameter that names where it came from."""
        try:
            return super().process_value(ctx, value)
        except click.BadParameter as error:
            if ctx.get_parameter_source(self.name or "") is ParameterSource.ENVIRONMENT:
                error.param_hint = f"the variable {self.envvar}"
            raise


def output_option(command: Command) -> Command:
    """Add `-o/--output` for commands that look at what was published."""
    path = click.Path(path_type=Path, file_okay=False)
    return option("-o", "--output", type=path, help="The folder that was published to.")(command)


def listening_options(command: Command) -> Command:
    """Add `--host` and `--port` for commands that serve."""
    host = "Where to listen; loopback unless you say otherwise."
    port = "Which port; 0 takes a free one."
    command = option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help=port)(
        command
    )
    return option("--host", default="127.0.0.1", show_default=True, help=host)(command)


def duration(text: str) -> float:
    """Parse a duration above zero as seconds. Raises BadParameter with the configuration's sentence."""
    seconds = _parse(parse_duration, text)
    if seconds <= 0:
        raise click.BadParameter(f"{text!r} must be more than zero")
    return seconds


def instant(text: str) -> float:
    """Parse an RFC 3339 instant as POSIX seconds. Raises BadParameter with the configuration's sentence."""
    return _parse(parse_rfc3339, text)


def _parse(parser: Callable[[str], float], text: str) -> float:
    try:
        return parser(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _name_variables(error: SitegenError, context: click.Context) -> None:
    """Make a sentence that asks for another value of an option ask for one of the variable that it came from."""
    for option in context.command.params:
        if context.get_parameter_source(option.name or "") is ParameterSource.ENVIRONMENT:
            error.args = (str(error).replace(option.opts[-1], f"the variable {option.envvar}"),)


def common_options(command: Command) -> Command:
    """Add `-c/--config`, `--format`, `-v` and `-q`; the command gets `config_path` and a `reporter`."""

    def with_reporter(config: Path, form: str, verbose: int, quiet: bool, **rest: Any) -> Any:  # noqa: FBT001 - Click's flag
        reporter = Reporter(form, -1 if quiet else verbose)
        try:
            return command(config_path=config, reporter=reporter, **rest)
        except (click.ClickException, click.exceptions.Exit):
            raise
        except BaseException as error:
            context = click.get_current_context()
            if isinstance(error, SitegenError):
                _name_variables(error, context)
            reporter.failure(context.info_name or "sitegen", error)
            raise

    with_reporter.__doc__ = command.__doc__
    with_reporter.__name__ = command.__name__
    with_reporter.__click_params__ = getattr(command, "__click_params__", [])  # type: ignore[attr-defined]
    for declare in (
        option("-q", "--quiet", is_flag=True, help="Say nothing but errors."),
        option("-v", "--verbose", count=True, help="Say more."),
        option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="How to report."),
        option(
            "-c", "--config", type=click.Path(path_type=Path), default=Path("sitegen.toml"),
            show_default=True, help="The configuration file.",
        ),
    ):  # fmt: skip
        with_reporter = declare(with_reporter)
    return with_reporter  # type: ignore[return-value]

"""The options that every command shares."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from sitegen.commands.reporter import Reporter

__all__ = ["common_options", "option"]

Command = TypeVar("Command", bound=Callable[..., Any])


def option(*names: str, **settings: Any) -> Callable[[Command], Command]:
    """Declare an option that is also read from `SITEGEN_<OPTION>`: `--dry-run` from SITEGEN_DRY_RUN."""
    long = next(name for name in names if name.startswith("--")).partition("/")[0]
    variable = "SITEGEN_" + long.removeprefix("--").upper().replace("-", "_")
    return click.option(*names, envvar=variable, **settings)


def common_options(command: Command) -> Command:
    """Add `-c/--config`, `--format`, `-v` and `-q`; the command gets `config_path` and a `reporter`."""

    def with_voice(config: Path, form: str, verbose: int, quiet: bool, **rest: Any) -> Any:  # noqa: FBT001 - Click's flag
        return command(config_path=config, reporter=Reporter(form, -1 if quiet else verbose), **rest)

    with_voice.__doc__ = command.__doc__
    with_voice.__name__ = command.__name__
    with_voice.__click_params__ = getattr(command, "__click_params__", [])  # type: ignore[attr-defined]
    for declare in (
        option("-q", "--quiet", is_flag=True, help="Say nothing but errors."),
        option("-v", "--verbose", count=True, help="Say more."),
        option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="How to report."),
        option(
            "-c", "--config", type=click.Path(path_type=Path), default=Path("sitegen.toml"),
            show_default=True, help="The configuration file.",
        ),
    ):  # fmt: skip
        with_voice = declare(with_voice)
    return with_voice  # type: ignore[return-value]

"""The options that every command shares."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from sitegen.commands.voice import Voice

__all__ = ["common_options"]

Command = TypeVar("Command", bound=Callable[..., Any])


def common_options(command: Command) -> Command:
    """Add `-c/--config`, `--format`, `-v` and `-q`; the command gets `config_path` and a `voice`."""

    def with_voice(config: Path, form: str, verbose: int, quiet: bool, **rest: Any) -> Any:  # noqa: FBT001 - Click's flag
        return command(config_path=config, voice=Voice(form, -1 if quiet else verbose), **rest)

    with_voice.__doc__ = command.__doc__
    with_voice.__name__ = command.__name__
    with_voice.__click_params__ = getattr(command, "__click_params__", [])  # type: ignore[attr-defined]
    for option in (
        click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors."),
        click.option("-v", "--verbose", count=True, help="Say more."),
        click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", envvar="SITEGEN_FORMAT", help="How to report."),
        click.option(
            "-c", "--config", type=click.Path(path_type=Path), default=Path("sitegen.toml"), envvar="SITEGEN_CONFIG",
            show_default=True, help="The configuration file.",
        ),
    ):  # fmt: skip
        with_voice = option(with_voice)
    return with_voice  # type: ignore[return-value]

"""The options that every command shares, and how a command speaks."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from sitegen.cli import colour
from sitegen.redaction import visible

__all__ = ["Voice", "common_options"]

Command = TypeVar("Command", bound=Callable[..., Any])


class Voice(msgspec.Struct, frozen=True):
    """How a command speaks: text for people or one JSON document, quieter or with more detail."""

    format: str
    level: int

    def say(self, line: str) -> None:
        """Print one line for people, unless quiet or asked for JSON. Data in it cannot steer the terminal."""
        if self.format == "text" and self.level >= 0:
            click.echo(visible(line, keep_lines=True), color=colour(sys.stdout.isatty()))

    def detail(self, line: str) -> None:
        """Print a line that only `-v` asks for."""
        if self.level > 0:
            self.say(line)

    def warn(self, line: str) -> None:
        """Print a line on stderr, unless quiet."""
        if self.level >= 0:
            click.echo(visible(line), err=True, color=colour(sys.stderr.isatty()))

    def give(self, document: Any) -> None:
        """Print the JSON document where that is what was asked for."""
        if self.format == "json":
            click.echo(msgspec.json.format(msgspec.json.encode(document)).decode())

    @property
    def shows_progress(self) -> bool:
        """Whether a person is watching a terminal."""
        return (
            self.format == "text"
            and self.level >= 0
            and sys.stderr.isatty()
            and os.environ.get("TERM") != "dumb"
        )


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

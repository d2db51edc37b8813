"""How a command reports: on a terminal, under a timer, to a script."""

import os
import sys
from typing import Any

import click
import msgspec

__all__ = ["Reporter", "colour"]


def colour(terminal: bool) -> bool:  # noqa: FBT001 - it is the answer to a question
    """Return whether to colour: NO_COLOR and CLICOLOR_FORCE decide, else whether it is a terminal."""
    if os.environ.get("NO_COLOR"):
        return False
    return terminal or os.environ.get("CLICOLOR_FORCE", "0") not in ("", "0")


class Reporter(msgspec.Struct, frozen=True):
    """How a command reports: text for people or one JSON document, quieter or with more detail."""

    format: str
    level: int

    def message(self, line: str) -> None:
        """Print one line for people, unless quiet or asked for JSON. Data in it cannot steer the terminal."""
        if self.format == "text" and self.level >= 0:
            from sitegen.redaction import visible  # noqa: PLC0415 - `sitegen --help` must not wait for it

            click.echo(visible(line, keep_lines=True), color=colour(sys.stdout.isatty()))

    def detail(self, line: str) -> None:
        """Print a line that only `-v` asks for."""
        if self.level > 0:
            self.message(line)

    def warn(self, line: str) -> None:
        """Print a line on stderr, unless quiet."""
        if self.level >= 0:
            from sitegen.redaction import visible  # noqa: PLC0415 - see above

            click.echo(visible(line), err=True, color=colour(sys.stderr.isatty()))

    def document(self, value: Any) -> None:
        """Print the JSON document where that is what was asked for."""
        if self.format == "json":
            click.echo(msgspec.json.format(msgspec.json.encode(value)).decode())

    @property
    def shows_progress(self) -> bool:
        """Whether a person is watching a terminal."""
        return (
            self.format == "text"
            and self.level >= 0
            and sys.stderr.isatty()
            and os.environ.get("TERM") != "dumb"
        )

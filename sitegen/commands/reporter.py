"""How a command reports: on a terminal, under a timer, to a script."""

import os
import sys
from typing import Any

import click
import msgspec

from sitegen.errors import Problem, SitegenError


def colour(terminal: bool) -> bool:  # noqa: FBT001 - it is the answer to a question
    """Return whether to colour: NO_COLOR and CLICOLOR_FORCE decide, else whether it is a terminal."""
    if os.environ.get("NO_COLOR"):
        return False
    return terminal or os.environ.get("CLICOLOR_FORCE", "0") not in ("", "0")


def fail(sentence: str, code: int) -> int:
    """Print the one line of a command that failed, and return its exit code."""
    from sitegen.redaction import visible  # noqa: PLC0415 - `sitegen --help` must not wait for it

    styled = click.style("error:", fg="red", bold=True)
    click.echo(f"{styled} {visible(sentence)}", err=True, color=colour(sys.stderr.isatty()))
    return code


class Reporter(msgspec.Struct, frozen=True):
    """How a command reports: text for people or one JSON document, quieter or with more detail."""

    format: str
    level: int

    @property
    def words(self) -> list[str]:
        """The options that make another command report so."""
        volume = ["-q"] if self.level < 0 else ["-v"] * self.level
        return [*volume, *(["--format", self.format] if self.format != "text" else [])]

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
        """Print the JSON document where that is what was asked for; each says its version."""
        if self.format == "json":
            from sitegen.redaction import visible_json  # noqa: PLC0415 - see above

            whole = {"version": 1} | msgspec.to_builtins(value)
            click.echo(visible_json(msgspec.json.format(msgspec.json.encode(whole)).decode()))

    def failure(self, where: str, error: BaseException) -> None:
        """Print the document of a command that failed: its own report, or one of its sentence."""
        if isinstance(error, SitegenError):
            code, sentence = error.exit_code, str(error)
        elif isinstance(error, KeyboardInterrupt):
            code, sentence = 130, "interrupted before the end"
        else:
            code, sentence = 70, f"a bug in sitegen ({type(error).__name__})"
        problems = [Problem(where, sentence)]
        short = {"status": "failed", "exit": code, "problems": problems}
        self.document(getattr(error, "report", None) or short)

    @property
    def shows_progress(self) -> bool:
        """Whether a person is watching a terminal."""
        return (
            self.format == "text"
            and self.level >= 0
            and sys.stderr.isatty()
            and os.environ.get("TERM") != "dumb"
        )

"""The command line: a Click group whose commands are imported only when they are called."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sitegen import __version__
from sitegen.commands.reporter import fail
from sitegen.errors import SitegenError

if TYPE_CHECKING:
    from sitegen.redaction import Redactor

_COMMANDS = {
    "init": "Scaffold a site that builds at once, with no server and no network.",
    "demo": "Make and serve a full site from the simulation of a small shop.",
    "build": "One cycle: gather, draw, render, publish to dist/. Never deploys.",
    "deploy": "Upload what changed, in a safe order. Never builds.",
    "rollback": "Put the previous deployed generation back, without a build.",
    "check": "Validate the config, the sources and the built site; change nothing.",
    "run": "The same cycle in the foreground, for containers.",
    "serve": "Serve dist/ on loopback for a look, rebuilding each cycle.",
    "state": "Carry the state to and from an S3 target, for CI runners that start empty.",
    "status": "The last builds and deploys, each source's freshness, the next tick.",
    "timer": "The 30-second timer for systemd, cron or launchd.",
}

_BUG = 70
_INTERRUPTED = 130


class _LazyGroup(click.Group):
    """Knows every command's name and one line of help; imports `sitegen.commands.<name>` on first use."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - Click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - Click's signature
        if cmd_name not in _COMMANDS:
            return None
        module = __import__(f"sitegen.commands.{cmd_name}", fromlist=["command"])
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - Click's signature
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            # Click would print an empty line, where only a terminal needs one: after its `^C`.
            if sys.stderr.isatty():
                click.echo(err=True)
            raise click.Abort from None

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            said = error.message.rstrip(".")
            raise click.UsageError(f"{said}. {_did_you_mean(args[0])}", ctx) from None


def _did_you_mean(name: str) -> str:
    import difflib  # noqa: PLC0415 - only a mistake needs it

    close = difflib.get_close_matches(name, _COMMANDS, 1)
    return f"Did you mean {close[0]!r}?" if close else f"Commands: {', '.join(_COMMANDS)}."


@click.group(
    cls=_LazyGroup,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "max_content_width": 100,
    },
    epilog="Examples: sitegen init mysite; cd mysite; sitegen build; sitegen serve",
)
@click.version_option(__version__, prog_name="sitegen")
def group() -> None:
    """Turn live telemetry into a static, terminal-styled site with no JavaScript."""


def run(arguments: list[str] | None = None, started: float | None = None) -> int:
    """Run one command and return its exit code; every failure is one sentence on stderr.

    `started` is when the process did, on the monotonic clock, where it has no other task.
    """
    try:
        result = group.main(args=arguments, prog_name="sitegen", standalone_mode=False, obj=started)
    except SitegenError as error:
        return fail(str(error), error.exit_code)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return 0
    except click.UsageError as error:
        place = f"{error.ctx.command_path}: " if error.ctx else "sitegen: "
        return fail(f"{place}{error.format_message()}", 2)
    except (click.Abort, KeyboardInterrupt):
        return fail("interrupted before the end; run the same command again", _INTERRUPTED)
    return result if isinstance(result, int) else 0


def report_bug(error: Exception) -> int:
    """Write a report that is ready to paste beside the state; say where it is; give the exit code of a bug."""
    import platform  # noqa: PLC0415 - only a bug needs these three
    import traceback  # noqa: PLC0415

    redactor, folder = _site(sys.argv[1:])
    lines = (
        f"sitegen {__version__}, Python {platform.python_version()}, {platform.system()} {platform.release()}",
        "command: " + " ".join(["sitegen", *sys.argv[1:]]),
        "",
        "".join(traceback.format_exception(error)),
    )
    path = folder / "bug-report.txt"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(redactor.text("\n".join(lines)), encoding="utf-8", errors="backslashreplace")
    except OSError:
        return fail(f"a bug in sitegen: {type(error).__name__}: {redactor.text(str(error))}", _BUG)
    return fail(f"a bug in sitegen ({type(error).__name__}); please report it with {path}", _BUG)


def _site(arguments: list[str]) -> "tuple[Redactor, Path]":
    """Return the redactor of the site that a command was about, which knows its secrets, and the folder of its state.

    Where its configuration cannot be read: a general one, and the state beside that, wherever the command runs.
    """
    from sitegen.config import load_config  # noqa: PLC0415
    from sitegen.pipeline.planning import make_redactor  # noqa: PLC0415
    from sitegen.redaction import Redactor  # noqa: PLC0415

    path = os.environ.get("SITEGEN_CONFIG", "sitegen.toml")
    for place, word in enumerate(arguments):
        if word in {"-c", "--config"} and place + 1 < len(arguments):
            path = arguments[place + 1]
        elif word.startswith("--config="):
            path = word.partition("=")[2]
    try:
        config = load_config(Path(path), os.environ)
        return make_redactor(config), config.site.state
    except Exception:  # noqa: BLE001 - whatever the bug was may happen here again
        return Redactor(), Path(path).parent / ".sitegen"

"""Runs a command with the variables of a file, as systemd's EnvironmentFile= does, for timers that cannot.

python -m sitegen.scheduler.environment FILE COMMAND [WORD ...]
"""

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from sitegen.errors import ConfigError
from sitegen.regular import read_regular

_NAME = re.compile(r"[ \t]*([A-Za-z_][A-Za-z0-9_]*)[ \t]*=", re.ASCII)
_QUOTED = re.compile(r"""[ \t]*(?:'([^']*)'|"((?:[^"\\]|\\.)*)")""", re.DOTALL)
_PLAIN = re.compile(r"[ \t]*((?:[^\\\n]|\\.)*)(?:\n|\\?\Z)", re.DOTALL)
_NO_COMMAND = 127


def parse_environment(text: str) -> dict[str, str]:
    r"""Parse the lines of a systemd.exec(5) EnvironmentFile.

    Blanks, `$` and `#` inside a value are part of it, quotes around it are not, and a backslash keeps the next
    character as it is. A line that begins with `#` or `;`, or names no variable, is passed over.

    >>> parse_environment('TOKEN=a b$c#d\nPASSWORD="it\'s \\"quoted\\""\n')
    {'TOKEN': 'a b$c#d', 'PASSWORD': 'it\'s "quoted"'}
    """
    found: dict[str, str] = {}
    at = 0
    while at < len(text):
        name = _NAME.match(text, at)
        if name is None:
            at = text.find("\n", at) + 1 or len(text)
            continue
        found[name[1]], at = _value(text, name.end())
    return found


def _value(text: str, at: int) -> tuple[str, int]:
    """Return the value that begins there, and where its line ends."""
    parts = []
    while quoted := _QUOTED.match(text, at):
        inner = quoted[1] if quoted[2] is None else re.sub(r'\\([\\"$`])|\\\n', r"\1", quoted[2])
        parts.append(inner)
        at = quoted.end()
    plain = _PLAIN.match(text, at)
    if plain is None:
        return "".join(parts), len(text)
    parts.append(re.sub(r"\\(?:\n|(.))", r"\1", plain[1]).rstrip(" \t\r"))
    return "".join(parts), plain.end()


def read_environment(file: Path) -> dict[str, str]:
    """Return the variables of a file, none where it is missing. Raises ConfigError where it cannot be read."""
    try:
        return parse_environment(read_regular(file).decode())
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: cannot be read ({error}); it holds lines like TOKEN=secret") from None


def main(words: Sequence[str]) -> None:
    """Become the command; its exit code is the command's."""
    try:
        variables = read_environment(Path(words[0]))
        os.execvpe(words[1], list(words[1:]), {**os.environ, **variables})  # noqa: S606 - that is what it is for
    except ConfigError as error:
        sys.stderr.write(f"error: {error}\n")
        sys.exit(error.exit_code)
    except OSError as error:
        sys.stderr.write(f"error: {words[1]} cannot be run: {error.strerror}\n")
        sys.exit(_NO_COMMAND)


if __name__ == "__main__":
    main(sys.argv[1:])

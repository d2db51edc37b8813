"""Puts a timer in its place and takes it away: its files, and the commands that a person would type."""

import contextlib
import shlex
import subprocess
from pathlib import Path
from xml.sax.saxutils import escape

from sitegen.errors import ConfigError, RefusedError, SitegenError
from sitegen.regular import read_regular
from sitegen.scheduler.timers import TimerSetup
from sitegen.state.files import write_atomically

_PATIENCE = 30
"""Seconds that a command of the service manager may take."""


def is_installed(setup: TimerSetup) -> bool:
    """Whether every file of a timer is there as it would be written now."""
    return all(_read(Path(file.path)) == file.body.encode() for file in setup.files)


def install(setup: TimerSetup, config: str) -> None:
    """Write a timer's files and set it going; one that was there before is stopped first.

    Raises RefusedError where these are the files of another configuration than `config`, SitegenError where a file cannot
    be written or a command fails, ConfigError where the command is not there.
    """
    _check_owner(setup, config)
    if any(Path(file.path).exists() for file in setup.files):
        with contextlib.suppress(SitegenError):
            _run_all(setup.stop)
    for file in setup.files:
        path = Path(file.path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, file.body.encode())
            path.chmod(file.mode)
        except OSError as error:
            raise SitegenError(
                f"{path} cannot be written ({error.strerror}); see that it is yours"
            ) from error
    _run_all(setup.start)


def remove(setup: TimerSetup, config: str) -> tuple[str, ...]:
    """Stop a timer and remove its files; return those that were there.

    Raises RefusedError where they are those of another configuration, SitegenError where one stays.
    """
    _check_owner(setup, config)
    there = [Path(file.path) for file in setup.files if Path(file.path).exists()]
    if not there:
        return ()
    _run_all(setup.stop)
    for path in there:
        try:
            path.unlink()
        except OSError as error:
            raise SitegenError(f"{path} cannot be removed ({error.strerror}); remove it by hand") from error
    return tuple(map(str, there))


def _check_owner(setup: TimerSetup, config: str) -> None:
    """Raise RefusedError where a file that is there speaks of another site, however its format quotes a path."""
    forms = {
        config,
        config.replace("%", "%%"),
        config.replace("%", r"\%"),
        shlex.quote(config),
        escape(config),
    }
    for file in setup.files:
        body = _read(Path(file.path))
        names_it = any(form in file.body for form in forms)
        if names_it and body is not None and not any(form.encode() in body for form in forms):
            raise RefusedError(
                f"{file.path} is the timer of another site; give this one's a name with --name"
            )


def _run_all(lines: tuple[str, ...]) -> None:
    for line in lines:
        try:
            done = subprocess.run(  # noqa: S603 - the very lines that `timer print` shows
                ["/bin/sh", "-c", line], check=False, capture_output=True, text=True, timeout=_PATIENCE
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise SitegenError(f"`{line}` did not end ({type(error).__name__}); run it by hand") from error
        if done.returncode == 127:
            raise ConfigError(f"`{line}` cannot be run here; choose another timer with --kind")
        if done.returncode:
            said = " ".join(done.stderr.split()) or f"exit {done.returncode}"
            raise SitegenError(
                f"`{line}` failed: {said}; the files are in place, so run it again when that is mended"
            )


def _read(path: Path) -> bytes | None:
    try:
        return read_regular(path)
    except OSError:
        return None

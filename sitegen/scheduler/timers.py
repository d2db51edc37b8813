"""The external timer as text: systemd user units (templates in `systemd/`), a crontab, a launchd agent.

Each runs `build` and then, where there is a target, `deploy`, and starts no second run beside one that still
works: systemd and launchd never do, and for cron sitegen's own lock makes the second leave at once.

Formats: systemd.service(5), systemd.timer(5), systemd.syntax(7); crontab(5); launchd.plist(5).
"""

import plistlib
import re
import shlex
from enum import StrEnum
from importlib.resources import files
from string import Template

import msgspec

from sitegen.errors import ConfigError

__all__ = ["TimerFile", "TimerJob", "TimerKind", "TimerSetup", "render_timer"]

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400

# A control character would end a line; a backslash means something else in every cron.
_UNUSABLE = re.compile(r"[\x00-\x1f\x7f\\]")
_QUOTES = re.compile("[\"']")


class TimerKind(StrEnum):
    """Who ticks."""

    SYSTEMD = "systemd"
    CRON = "cron"
    LAUNCHD = "launchd"


class TimerJob(msgspec.Struct, frozen=True):
    """What to run: absolute paths, `cycle` in seconds; `deploys` where the configuration has a target.

    `name` tells the timers of several sites apart: `sitegen` gives `sitegen.service` and `sitegen.timer`.
    """

    executable: str
    config: str
    directory: str
    home: str
    cycle: float
    deploys: bool
    name: str = "sitegen"


class TimerFile(msgspec.Struct, frozen=True):
    """A file to write: its absolute path, its text, its permission bits."""

    path: str
    body: str
    mode: int = 0o644


class TimerSetup(msgspec.Struct, frozen=True):
    """The files of a timer, and the commands that a person runs to set it going and to stop it."""

    files: tuple[TimerFile, ...]
    start: tuple[str, ...]
    stop: tuple[str, ...]


def render_timer(kind: TimerKind, job: TimerJob) -> TimerSetup:
    """Write the timer of this kind for this job.

    Raises ConfigError for a path that cannot be written in all of these formats, and for a cycle that the
    kind cannot keep.
    """
    for path in (job.executable, job.config, job.directory, job.home):
        if not path.startswith("/") or _UNUSABLE.search(path):
            raise ConfigError(
                f"{path!r} cannot stand in a timer: it must be absolute, without backslash or control character;"
                " move the site, or call sitegen by another path"
            )
    match kind:
        case TimerKind.SYSTEMD:
            return _systemd(job)
        case TimerKind.CRON:
            return _cron(job)
        case TimerKind.LAUNCHD:
            return _launchd(job)


def _whole_cycle(job: TimerJob, kind: TimerKind) -> int:
    if job.cycle < 1 or job.cycle != int(job.cycle):
        raise ConfigError(
            f"build.cycle: {kind} ticks in whole seconds, not every {job.cycle} s; write it like 30s"
        )
    return int(job.cycle)


# --- systemd ----------------------------------------------------------------


def _systemd(job: TimerJob) -> TimerSetup:
    cycle = _whole_cycle(job, TimerKind.SYSTEMD)
    service = _fill(
        "sitegen.service",
        what=" and ".join(_commands(job)),
        directory=job.directory.replace("%", "%%"),
        commands="\n".join(_exec_start(job, command) for command in _commands(job)),
        timeout=str(max(cycle, 30)),
    )
    folder = f"{job.home}/.config/systemd/user"
    timer = f"{job.name}.timer"
    return TimerSetup(
        files=(
            TimerFile(f"{folder}/{job.name}.service", service),
            TimerFile(f"{folder}/{timer}", _fill("sitegen.timer", cycle=str(cycle), ticks=_ticks(cycle))),
        ),
        start=(
            "systemctl --user daemon-reload",
            f"systemctl --user enable --now {timer}",
            "loginctl enable-linger  # so that it runs while nobody is logged in",
        ),
        stop=(f"systemctl --user disable --now {timer}",),
    )


def _fill(template: str, **values: str) -> str:
    """Return a unit file from its template beside this module."""
    source = files("sitegen.scheduler") / "systemd" / template
    return Template(source.read_text(encoding="utf-8")).substitute(values)


def _ticks(cycle: int) -> str:
    """Tick on the slots themselves where a calendar can say so; else that long after the last run."""
    if _MINUTE % cycle == 0:
        return f"OnCalendar=*:*:00/{cycle}" if cycle < _MINUTE else "OnCalendar=*:*:00"
    if cycle % _MINUTE == 0 and _HOUR % cycle == 0:
        minutes = cycle // _MINUTE
        return f"OnCalendar=*:00/{minutes}:00 UTC" if cycle < _HOUR else "OnCalendar=*:00:00 UTC"
    if cycle % _HOUR == 0 and _DAY % cycle == 0:
        hours = cycle // _HOUR
        return f"OnCalendar=00/{hours}:00:00 UTC" if cycle < _DAY else "OnCalendar=00:00:00 UTC"
    return f"OnActiveSec=0\nOnUnitActiveSec={cycle}"


def _exec_start(job: TimerJob, command: str) -> str:
    """Quote by systemd.syntax(7); the colon keeps `$` from being a variable, so that only `%` is doubled."""
    words = [job.executable, command, "-c", job.config]
    if _QUOTES.search(job.executable):
        # systemd refuses these in the name of a program, but not in an argument.
        words = ["/bin/sh", "-c", 'exec "$0" "$@"', *words]
    words[0] = f":{words[0]}"
    quoted = (word.replace("%", "%%").replace('"', '\\"') for word in words)
    return "ExecStart=" + " ".join(f'"{word}"' for word in quoted)


def _commands(job: TimerJob) -> tuple[str, ...]:
    return ("build", "deploy") if job.deploys else ("build",)


# --- cron -------------------------------------------------------------------


def _cron(job: TimerJob) -> TimerSetup:
    cycle = _whole_cycle(job, TimerKind.CRON)
    steps = [f"cd {shlex.quote(job.directory)}"]
    steps += [
        f"{shlex.quote(job.executable)} {command} -q -c {shlex.quote(job.config)}"
        for command in _commands(job)
    ]
    # A bare % ends the command of a crontab line.
    run = " && ".join(steps).replace("%", r"\%")
    lines = [f"# {job.name}: every {cycle} s; a run that finds another at work leaves at once"]
    if _MINUTE % cycle == 0:
        # cron wakes once a minute: the later slots of the minute are slept for.
        lines += [
            f"* * * * * {f'sleep {wait} && ' if wait else ''}{run}" for wait in range(0, _MINUTE, cycle)
        ]
    elif cycle % _MINUTE == 0 and _HOUR % cycle == 0:
        minutes = cycle // _MINUTE
        lines.append(f"{f'*/{minutes}' if cycle < _HOUR else '0'} * * * * {run}")
    else:
        raise ConfigError(
            f"build.cycle: cron cannot tick every {cycle} s; choose one that divides a minute or an hour, such as 30s"
        )
    path = f"{job.home}/.config/sitegen/{job.name}.crontab"
    quoted = shlex.quote(path)
    return TimerSetup(
        files=(TimerFile(path, "\n".join(lines) + "\n"),),
        start=(f"(crontab -l 2>/dev/null; cat {quoted}) | crontab -",),
        stop=(f"crontab -l | grep -vxF -f {quoted} | crontab -",),
    )


# --- launchd ----------------------------------------------------------------


def _launchd(job: TimerJob) -> TimerSetup:
    # The paths are arguments, so the shell never reads them as words.
    script = " && ".join(f'"$0" {command} -q -c "$1"' for command in _commands(job))
    log = f"{job.home}/Library/Logs/{job.name}.log"
    agent = {
        "Label": job.name,
        "ProgramArguments": ["/bin/sh", "-c", script, job.executable, job.config],
        "WorkingDirectory": job.directory,
        "StartInterval": _whole_cycle(job, TimerKind.LAUNCHD),
        "RunAtLoad": True,
        "Nice": 5,
        "StandardOutPath": log,
        "StandardErrorPath": log,
    }
    path = f"{job.home}/Library/LaunchAgents/{job.name}.plist"
    return TimerSetup(
        files=(TimerFile(path, plistlib.dumps(agent, sort_keys=False).decode()),),
        start=(f"launchctl bootstrap gui/$(id -u) {shlex.quote(path)}",),
        stop=(f"launchctl bootout gui/$(id -u)/{job.name}",),
    )

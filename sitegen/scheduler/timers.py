"""The external timer as text: systemd user units (templates in `systemd/`), a crontab, a launchd agent.

Each runs `build` in every slot and, where there is a target, `deploy` some seconds later, as a job of its own: a deploy
that takes long makes no build late. None starts a second run beside one that still works: systemd and launchd never
do, and for cron sitegen's own locks make the second leave at once.

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

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_DEPLOY_AFTER = 15
"""Seconds from a build's slot to the deploy of what it published; half a cycle where that is less."""

# A control character would end a line; a backslash means something else in every cron; a name that is not UTF-8
# cannot be printed as it is.
_UNUSABLE = re.compile(r"[\x00-\x1f\x7f\\\ud800-\udfff]")
_QUOTES = re.compile("[\"']")


class TimerKind(StrEnum):
    """Who ticks."""

    SYSTEMD = "systemd"
    CRON = "cron"
    LAUNCHD = "launchd"


class TimerJob(msgspec.Struct, frozen=True):
    """What to run: absolute paths, `cycle` in seconds; `deploys` where the configuration has a target.

    `program` are the words that call sitegen, `python` its interpreter; `name` tells the timers of several sites apart: `sitegen` gives `sitegen.service` and `sitegen.timer`.
    """

    program: tuple[str, ...]
    python: str
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
    for path in (job.program[0], job.python, job.config, job.directory, job.home):
        if not path.startswith("/") or _UNUSABLE.search(path):
            raise ConfigError(
                f"{path!r} cannot stand in a timer: it must be absolute, in UTF-8, without backslash or control character;"
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
    folder = f"{job.home}/.config/systemd/user"
    units: list[TimerFile] = []
    for command, name, after in _jobs(job):
        units += [
            TimerFile(f"{folder}/{name}.service", _service(job, command, cycle)),
            TimerFile(f"{folder}/{name}.timer", _fill("sitegen.timer", what=command, cycle=str(cycle), ticks=_ticks(cycle, after))),
        ]  # fmt: skip
    told = _fill(
        "sitegen-failed@.service", directory=_escaped(job.directory), command=_exec_start(job, "status")
    )
    units.append(TimerFile(f"{folder}/{job.name}-failed@.service", told))
    timers = " ".join(f"{name}.timer" for _, name, _ in _jobs(job))
    return TimerSetup(
        files=tuple(units),
        start=(
            "systemctl --user daemon-reload",
            f"systemctl --user enable --now {timers}",
            "loginctl enable-linger  # so that it runs while nobody is logged in",
        ),
        stop=(f"systemctl --user disable --now {timers}",),
    )


def _service(job: TimerJob, command: str, cycle: int) -> str:
    return _fill(
        "sitegen.service",
        what=command,
        name=job.name,
        directory=_escaped(job.directory),
        command=_exec_start(job, command),
        timeout=str(max(cycle, 30)),
    )


def _escaped(path: str) -> str:
    return path.replace("%", "%%")


def _fill(template: str, **values: str) -> str:
    """Return a unit file from its template beside this module."""
    source = files("sitegen.scheduler") / "systemd" / template
    return Template(source.read_text(encoding="utf-8")).substitute(values)


def _ticks(cycle: int, after: int) -> str:
    """Tick so long after the slots where a calendar can say so; else that long after the last run."""
    second = f"{after:02}"
    if _MINUTE % cycle == 0:
        return f"OnCalendar=*:*:{second}/{cycle}" if cycle < _MINUTE else f"OnCalendar=*:*:{second}"
    if cycle % _MINUTE == 0 and _HOUR % cycle == 0:
        minutes = cycle // _MINUTE
        return f"OnCalendar=*:00/{minutes}:{second} UTC" if cycle < _HOUR else f"OnCalendar=*:00:{second} UTC"
    if cycle % _HOUR == 0 and _DAY % cycle == 0:
        hours = cycle // _HOUR
        return f"OnCalendar=00/{hours}:00:{second} UTC" if cycle < _DAY else f"OnCalendar=00:00:{second} UTC"
    return f"OnActiveSec={after}\nOnUnitActiveSec={cycle}"


def _exec_start(job: TimerJob, command: str) -> str:
    """Quote by systemd.syntax(7); the colon keeps `$` from being a variable, so that only `%` is doubled."""
    words = [*job.program, command, "-c", job.config]
    if _QUOTES.search(words[0]):
        # systemd refuses these in the name of a program, but not in an argument.
        words = ["/bin/sh", "-c", 'exec "$0" "$@"', *words]
    words[0] = f":{words[0]}"
    quoted = (word.replace("%", "%%").replace('"', '\\"') for word in words)
    return "ExecStart=" + " ".join(f'"{word}"' for word in quoted)


def _with_environment(job: TimerJob) -> tuple[str, ...]:
    """Return the words that call sitegen with the variables of the file that a systemd unit reads itself."""
    file = f"{job.home}/.config/sitegen/environment"
    return (job.python, "-m", "sitegen.scheduler.environment", file, *job.program)


def deploy_after(cycle: float) -> int:
    """Return how many seconds after a slot the deploy runs of what was built in it."""
    return min(_DEPLOY_AFTER, int(cycle) // 2)


def _jobs(job: TimerJob) -> list[tuple[str, str, int]]:
    """Return the commands with the names of their units and how many seconds after its slot each runs."""
    build = ("build", job.name, 0)
    after = deploy_after(job.cycle)
    return [build, ("deploy", f"{job.name}-deploy", after)] if job.deploys else [build]


# --- cron -------------------------------------------------------------------


def _cron(job: TimerJob) -> TimerSetup:
    cycle = _whole_cycle(job, TimerKind.CRON)
    lines = [f"# {job.name}: every {cycle} s; a run that finds another of its kind at work leaves at once"]
    if _MINUTE % cycle == 0:
        # cron wakes once a minute: the later slots of the minute are slept for.
        lines += [
            f"* * * * * {_cron_command(job, command, slot + after)}"
            for command, _, after in _jobs(job)
            for slot in range(0, _MINUTE, cycle)
        ]
    elif cycle % _MINUTE == 0 and _HOUR % cycle == 0:
        minutes = f"*/{cycle // _MINUTE}" if cycle < _HOUR else "0"
        lines += [
            f"{minutes} * * * * {_cron_command(job, command, after)}" for command, _, after in _jobs(job)
        ]
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


def _cron_command(job: TimerJob, command: str, wait: int) -> str:
    run = shlex.join((*_with_environment(job), command, "-q", "-c", job.config))
    # A bare % ends the command of a crontab line.
    steps = f"{f'sleep {wait} && ' if wait else ''}cd {shlex.quote(job.directory)} && {run}"
    return steps.replace("%", r"\%")


# --- launchd ----------------------------------------------------------------


def _launchd(job: TimerJob) -> TimerSetup:
    agents = [_agent(job, *one) for one in _jobs(job)]
    return TimerSetup(
        files=tuple(agents),
        start=tuple(f"launchctl bootstrap gui/$(id -u) {shlex.quote(one.path)}" for one in agents),
        stop=tuple(f"launchctl bootout gui/$(id -u)/{name}" for _, name, _ in _jobs(job)),
    )


def _agent(job: TimerJob, command: str, name: str, after: int) -> TimerFile:
    log = f"{job.home}/Library/Logs/{name}.log"
    # The paths are arguments, so the shell never reads them as words.
    wait = ["/bin/sh", "-c", f'sleep {after}; exec "$@"', name] if after else []
    agent = {
        "Label": name,
        "ProgramArguments": [*wait, *_with_environment(job), command, "-q", "-c", job.config],
        "WorkingDirectory": job.directory,
        "StartInterval": _whole_cycle(job, TimerKind.LAUNCHD),
        "RunAtLoad": True,
        "Nice": 5,
        "StandardOutPath": log,
        "StandardErrorPath": log,
    }
    body = plistlib.dumps(agent, sort_keys=False).decode()
    return TimerFile(f"{job.home}/Library/LaunchAgents/{name}.plist", body)

"""The external timer: what is written, and that those who read it understand it."""

import os
import plistlib
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from sitegen.errors import ConfigError
from sitegen.scheduler.timers import TimerJob, TimerKind, render_timer

JOB = TimerJob(
    program=("/usr/bin/sitegen",),
    python=sys.executable,
    config="/srv/site/sitegen.toml",
    directory="/srv/site",
    home="/home/me",
    cycle=30.0,
    deploys=True,
)
NASTY = "a b%h\"c'd$HOME;e&&f"


def files(kind, **changes):
    setup = render_timer(kind, msgspec.structs.replace(JOB, **changes))
    return {Path(file.path).name: file.body for file in setup.files}


def recorder(folder):
    """A sitegen of one line: it writes down its arguments and its folder."""
    folder.mkdir(parents=True)
    program = folder / "sitegen"
    program.write_text(
        f"#!{sys.executable}\nimport os, sys\n"
        "open(os.path.join(os.getcwd(), 'calls'), 'a').write(repr([os.getcwd(), *sys.argv[1:]]) + '\\n')\n"
    )
    program.chmod(0o755)
    return program


@pytest.fixture
def nasty(tmp_path):
    """A job all of whose paths hold spaces, quotes, percent and dollar signs."""
    program = recorder(tmp_path / NASTY / "bin")
    site = tmp_path / NASTY
    (site / "site.toml").touch()
    return msgspec.structs.replace(
        JOB, program=(str(program),), config=str(site / "site.toml"), directory=str(site), home=str(tmp_path)
    )


def calls(job):
    return [eval(line) for line in (Path(job.directory) / "calls").read_text().splitlines()]  # noqa: S307


def expected(job):
    return [[job.directory, "build", job.config], [job.directory, "deploy", job.config]]


def plain(call):
    return [word for word in call if word not in ("-c", "-q")]


def test_builds_and_deploys_have_a_service_each():
    units = files(TimerKind.SYSTEMD)
    for name, command in (("sitegen", "build"), ("sitegen-deploy", "deploy")):
        service = units[f"{name}.service"].splitlines()
        starts = [line for line in service if line.startswith("ExecStart=")]
        assert starts == [f'ExecStart=":/usr/bin/sitegen" "{command}" "-c" "/srv/site/sitegen.toml"']
        assert {"Type=oneshot", "SuccessExitStatus=5", "OnFailure=sitegen-failed@%n.service"} <= {*service}


def test_a_run_that_failed_is_told_in_the_journal():
    told = files(TimerKind.SYSTEMD)["sitegen-failed@.service"]
    assert 'ExecStart=":/usr/bin/sitegen" "status" "-c" "/srv/site/sitegen.toml"' in told


def test_a_deploy_runs_after_the_build_of_its_slot():
    assert "OnCalendar=*:*:15/30" in files(TimerKind.SYSTEMD)["sitegen-deploy.timer"]
    assert "OnCalendar=*:*:05/10" in files(TimerKind.SYSTEMD, cycle=10.0)["sitegen-deploy.timer"]
    assert "OnCalendar=*:00/5:15 UTC" in files(TimerKind.SYSTEMD, cycle=300.0)["sitegen-deploy.timer"]
    agent = plistlib.loads(files(TimerKind.LAUNCHD)["sitegen-deploy.plist"].encode())
    assert agent["ProgramArguments"][2].startswith("sleep 15;")


@pytest.mark.parametrize("kind", list(TimerKind))
def test_without_a_target_nothing_deploys(kind):
    text = "".join(files(kind, deploys=False).values())
    assert " build " in text.replace('"', " ").replace("<string>", " ").replace("</string>", " ")
    assert "deploy" not in text


def test_the_timer_ticks_on_the_slots_to_the_second():
    timer = files(TimerKind.SYSTEMD)["sitegen.timer"].splitlines()
    assert "OnCalendar=*:*:00/30" in timer
    assert "AccuracySec=1s" in timer
    assert "Persistent=false" in timer


CALENDARS = [
    (15.0, "OnCalendar=*:*:00/15"),
    (60.0, "OnCalendar=*:*:00"),
    (300.0, "OnCalendar=*:00/5:00 UTC"),
    (3600.0, "OnCalendar=*:00:00 UTC"),
    (21_600.0, "OnCalendar=00/6:00:00 UTC"),
    (86_400.0, "OnCalendar=00:00:00 UTC"),
    (45.0, "OnUnitActiveSec=45"),
    (5400.0, "OnUnitActiveSec=5400"),
]


@pytest.mark.parametrize(("cycle", "line"), CALENDARS)
def test_any_cycle_has_its_ticks(cycle, line):
    assert line in files(TimerKind.SYSTEMD, cycle=cycle)["sitegen.timer"].splitlines()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed here")
@pytest.mark.parametrize(
    ("cycle", "line"), [calendar for calendar in CALENDARS if "OnCalendar" in calendar[1]]
)
def test_systemd_reads_the_calendar_as_evenly_spaced_slots(cycle, line):
    answer = subprocess.run(
        ["systemd-analyze", "calendar", "--iterations=2", "--base-time=2026-11-23 00:00:00 UTC",
         line.removeprefix("OnCalendar=")],
        check=True, capture_output=True, text=True, env={**os.environ, "TZ": "UTC"},
    ).stdout  # fmt: skip
    assert "2026-11-2" in answer
    seconds = [
        sum(int(part) * size for part, size in zip(line.split()[-2].split(":"), (3600, 60, 1), strict=True))
        for line in answer.splitlines()
        if "Next elapse" in line or "Iter. #2" in line or "Iteration #2" in line
    ]
    assert (seconds[1] - seconds[0]) % 86_400 == cycle % 86_400


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed here")
@pytest.mark.parametrize("cycle", [30.0, 45.0, 300.0, 21_600.0])
def test_systemd_accepts_the_units_without_a_word(nasty, tmp_path, cycle):
    setup = render_timer(TimerKind.SYSTEMD, msgspec.structs.replace(nasty, cycle=cycle))
    folder = tmp_path / "units"
    folder.mkdir()
    for file in setup.files:
        (folder / Path(file.path).name).write_text(file.body)
    answer = subprocess.run(
        ["systemd-analyze", "verify", "--user", *map(str, sorted(folder.iterdir()))],
        capture_output=True, text=True, check=False,
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)},
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr
    assert "sitegen." not in answer.stderr


def test_systemd_hands_every_path_over_whole(nasty):
    services = [file.body for file in render_timer(TimerKind.SYSTEMD, nasty).files if "@" not in file.path]
    for line in "\n".join(services).splitlines():
        if line.startswith("ExecStart="):
            # systemd.syntax(7): words are unquoted as a shell does, and %% is a percent sign.
            words = shlex.split(line.removeprefix("ExecStart=").replace("%%", "%"))
            subprocess.run([words[0].removeprefix(":"), *words[1:]], check=True, cwd=nasty.directory)
    assert [plain(call) for call in calls(nasty)] == expected(nasty)


def test_the_units_lie_where_systemd_looks_and_are_set_going_by_name():
    setup = render_timer(TimerKind.SYSTEMD, msgspec.structs.replace(JOB, name="portfolio"))
    assert [file.path for file in setup.files] == [
        "/home/me/.config/systemd/user/portfolio.service",
        "/home/me/.config/systemd/user/portfolio.timer",
        "/home/me/.config/systemd/user/portfolio-deploy.service",
        "/home/me/.config/systemd/user/portfolio-deploy.timer",
        "/home/me/.config/systemd/user/portfolio-failed@.service",
    ]
    assert "systemctl --user enable --now portfolio.timer portfolio-deploy.timer" in setup.start
    assert setup.stop == ("systemctl --user disable --now portfolio.timer portfolio-deploy.timer",)


def test_cron_gets_two_lines_a_command_for_a_cycle_of_half_a_minute():
    lines = [
        line for line in files(TimerKind.CRON)["sitegen.crontab"].splitlines() if not line.startswith("#")
    ]
    read = f"{sys.executable} -m sitegen.scheduler.environment /home/me/.config/sitegen/environment"
    build, deploy = (
        f"cd /srv/site && {read} /usr/bin/sitegen {command} -q -c /srv/site/sitegen.toml"
        for command in ("build", "deploy")
    )
    assert lines == [
        f"* * * * * {build}",
        f"* * * * * sleep 30 && {build}",
        f"* * * * * sleep 15 && {deploy}",
        f"* * * * * sleep 45 && {deploy}",
    ]


@pytest.mark.parametrize(
    ("cycle", "start"), [(60.0, "* * * * * cd"), (300.0, "*/5 * * * * cd"), (3600.0, "0 * * * *")]
)
def test_cron_ticks_in_minutes_with_one_line_a_command(cycle, start):
    lines = files(TimerKind.CRON, cycle=cycle)["sitegen.crontab"].splitlines()
    assert len(lines) == 3
    assert lines[1].startswith(start)


def cron_commands(job):
    """The commands of a crontab, once each and without their sleep, as its shell gets them."""
    lines = render_timer(TimerKind.CRON, job).files[0].body.splitlines()[1::2]
    # crontab(5): the command ends at a bare %, and \\% is a percent sign.
    commands = [re.sub(r"^(\* ){5}(sleep \d+ && )?", "", line) for line in lines]
    assert not any("%" in command.replace(r"\%", "") for command in commands)
    return [["/bin/sh", "-c", command.replace(r"\%", "%")] for command in commands]


def launchd_commands(job):
    """The words that launchd starts, without their sleep."""
    agents = [plistlib.loads(file.body.encode()) for file in render_timer(TimerKind.LAUNCHD, job).files]
    assert [agent["StartInterval"] for agent in agents] == [30, 30]
    return [[word.replace("sleep 15;", "") for word in agent["ProgramArguments"]] for agent in agents]


COMMANDS = [cron_commands, launchd_commands]


@pytest.mark.parametrize("commands", COMMANDS)
def test_cron_and_launchd_run_both_commands_with_nasty_paths(nasty, commands):
    for words in commands(nasty):
        subprocess.run(words, check=True, cwd=nasty.directory)
    assert [plain(call) for call in calls(nasty)] == expected(nasty)


@pytest.mark.parametrize("commands", COMMANDS)
def test_cron_and_launchd_read_the_file_of_variables_that_systemd_reads(nasty, commands):
    variables = {"TOKEN": "a b$HOME`id`#c%d=", "QUOTED": "it's"}
    folder = Path(nasty.home) / ".config" / "sitegen"
    folder.mkdir(parents=True)
    (folder / "environment").write_text(f'# secret\nTOKEN={variables["TOKEN"]}\nQUOTED="it\'s"\nno name\n')
    program = Path(nasty.program[0])
    program.write_text(program.read_text() + "open('seen', 'a').write(repr(dict(os.environ)) + '\\n')\n")
    for words in commands(nasty):
        subprocess.run(words, check=True, cwd=nasty.directory)
    seen = [eval(line) for line in (Path(nasty.directory) / "seen").read_text().splitlines()]  # noqa: S307
    assert len(seen) == 2
    assert all(variables.items() <= one.items() for one in seen)


@pytest.mark.parametrize("cycle", [7.0, 45.0, 420.0, 7200.0])
def test_cron_says_which_cycles_it_can_keep(cycle):
    with pytest.raises(ConfigError, match=r"build\.cycle: cron cannot tick every"):
        files(TimerKind.CRON, cycle=cycle)


@pytest.mark.parametrize("kind", list(TimerKind))
@pytest.mark.parametrize("cycle", [0.5, 1.5, 0.0])
def test_a_cycle_of_parts_of_a_second_is_refused(kind, cycle):
    with pytest.raises(ConfigError, match="whole seconds"):
        files(kind, cycle=cycle)


@pytest.mark.parametrize("kind", list(TimerKind))
@pytest.mark.parametrize("path", ["relative/site.toml", "/srv/a\nExecStart=/bin/evil", "/srv/a\\"])
def test_a_path_that_no_timer_could_hold_is_refused(kind, path):
    with pytest.raises(ConfigError, match="cannot stand in a timer"):
        files(kind, config=path)

"""Timers put in place and taken away, by service managers that write down what they are told."""

import stat
from pathlib import Path

import msgspec
import pytest
from sitegen.errors import ConfigError, RefusedError, SitegenError
from sitegen.scheduler.installing import install, is_installed, remove
from sitegen.scheduler.timers import TimerKind, render_timer
from tests.scheduler.test_timers import JOB

CRONTAB = """#!/bin/sh
table="$HOME/table"
case "$1" in
-l) cat "$table" 2>/dev/null ;;
-) cat > "$table.new" && mv "$table.new" "$table" ;;
esac
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch) -> Path:
    """A home with stand-ins for systemctl, loginctl, launchctl and crontab before all others."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("systemctl", "loginctl", "launchctl"):
        (tools / name).write_text(f'#!/bin/sh\necho {name} "$@" >> "$HOME/calls"\n')
    (tools / "crontab").write_text(CRONTAB)
    for tool in tools.iterdir():
        tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def setup_of(kind: TimerKind, home: Path):
    return render_timer(kind, msgspec.structs.replace(JOB, home=str(home)))


def test_systemd_gets_its_units_and_is_told_to_run_both_timers(home: Path):
    setup = setup_of(TimerKind.SYSTEMD, home)
    assert not is_installed(setup)
    install(setup, JOB.config)
    assert is_installed(setup)
    units = home / ".config" / "systemd" / "user"
    assert {path.name for path in units.iterdir()} == {Path(file.path).name for file in setup.files}
    assert {stat.S_IMODE(path.stat().st_mode) for path in units.iterdir()} == {0o644}
    calls = (home / "calls").read_text().splitlines()
    assert calls == [
        "systemctl --user daemon-reload",
        "systemctl --user enable --now sitegen.timer sitegen-deploy.timer",
        "loginctl enable-linger",
    ]


@pytest.mark.parametrize("kind", list(TimerKind))
def test_what_was_installed_can_be_removed_and_then_is_not_there(home: Path, kind: TimerKind):
    setup = setup_of(kind, home)
    install(setup, JOB.config)
    assert len(remove(setup, JOB.config)) == len(setup.files)
    assert not is_installed(setup)
    assert remove(setup, JOB.config) == ()


def test_a_crontab_keeps_its_other_lines_and_has_ours_once(home: Path):
    (home / "table").write_text("0 0 * * * backup\n")
    setup = setup_of(TimerKind.CRON, home)
    for _ in range(2):
        install(setup, JOB.config)
    lines = (home / "table").read_text().splitlines()
    assert lines == ["0 0 * * * backup", *setup.files[0].body.splitlines()]
    remove(setup, JOB.config)
    assert (home / "table").read_text() == "0 0 * * * backup\n"


@pytest.mark.parametrize("kind", list(TimerKind))
def test_the_timer_of_another_site_is_left_alone_unless_this_one_has_a_name(home: Path, kind: TimerKind):
    mine = setup_of(kind, home)
    install(mine, JOB.config)
    job = msgspec.structs.replace(JOB, home=str(home), config="/srv/other/sitegen.toml")
    for act in (install, remove):
        with pytest.raises(RefusedError, match=r"is the timer of another site; .* --name"):
            act(render_timer(kind, job), job.config)
    assert is_installed(mine)
    named = render_timer(kind, msgspec.structs.replace(job, name="other"))
    install(named, job.config)
    assert is_installed(named)
    assert is_installed(mine)


def test_a_command_that_fails_or_is_not_there_is_one_sentence(home: Path):
    setup = setup_of(TimerKind.SYSTEMD, home)
    systemctl = home / "bin" / "systemctl"
    systemctl.write_text("#!/bin/sh\necho Failed to connect to bus >&2\nexit 1\n")
    with pytest.raises(
        SitegenError, match="daemon-reload` failed: Failed to connect to bus; the files are in place"
    ):
        install(setup, JOB.config)
    broken = msgspec.structs.replace(setup, start=("no-such-program",))
    with pytest.raises(ConfigError, match="choose another timer with --kind"):
        install(broken, JOB.config)

"""One run at a time, tried with real processes."""

import os
import re
import signal
import subprocess
import sys

import pytest
from sitegen.errors import BusyError, SitegenError
from sitegen.state.lock import hold

NOW = 1_764_000_000.0

CONTENDER = """
import sys, time
from pathlib import Path
from sitegen.errors import BusyError
from sitegen.state.lock import hold
folder = Path(sys.argv[1])
sys.stdin.readline()
try:
    with hold(folder, 1.0):
        print("won", flush=True)
        sys.stdin.readline()
except BusyError:
    print("busy", flush=True)
"""

HOLDER = """
import subprocess, sys, time
from pathlib import Path
from sitegen.state.lock import hold
with hold(Path(sys.argv[1]), 1.0):
    child = subprocess.Popen(["sleep", "60"], close_fds=False)
    print(child.pid, flush=True)
    time.sleep(60)
"""


def start(program, folder):
    return subprocess.Popen(
        [sys.executable, "-c", program, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def contend(folder, count):
    """Let `count` processes try at the same moment; give what each of them said while the winner held it."""
    runs = [start(CONTENDER, folder) for _ in range(count)]
    try:
        for run in runs:
            run.stdin.write("go\n")
            run.stdin.flush()
        said = [run.stdout.readline().strip() for run in runs]
    finally:
        for run in runs:
            run.communicate("done\n")
    return said


def take_from_a_killed_holder_whose_child_hangs(folder):
    """Take the lock at the first attempt after its holder was killed, its child still alive."""
    run = start(HOLDER, folder)
    child = int(run.stdout.readline())
    try:
        run.kill()
        run.wait()
        with hold(folder, NOW):
            os.kill(child, 0)
    finally:
        os.kill(child, signal.SIGKILL)
        run.communicate()


def test_of_a_few_at_once_exactly_one_wins_and_the_rest_leave_while_it_works(folder):
    said = contend(folder, 8)
    assert sorted(said) == ["busy"] * 7 + ["won"]


@pytest.mark.slow
def test_of_fifty_at_once_exactly_one_wins_and_the_rest_leave_while_it_works(folder):
    said = contend(folder, 50)
    assert sorted(said) == ["busy"] * 49 + ["won"]


def test_the_kernel_frees_the_lock_of_a_killed_run_though_its_child_hangs(folder):
    for _ in range(5):
        take_from_a_killed_holder_whose_child_hangs(folder)


@pytest.mark.slow
def test_two_hundred_killed_runs_never_leave_a_lock(folder):
    for _ in range(200):
        take_from_a_killed_holder_whose_child_hangs(folder)


def test_who_comes_second_is_told_who_is_at_work(folder):
    with hold(folder, NOW):
        with pytest.raises(BusyError) as caught:
            with hold(folder, NOW + 1):
                pytest.fail("two runs hold one lock")
    assert caught.value.exit_code == 5
    assert re.search(rf"process {os.getpid()} since 2025-11-24T16:00:00Z", str(caught.value))


def test_who_comes_second_touches_nothing(folder):
    stray = folder / ".report.json.00000000.tmp"
    with hold(folder, NOW):
        stray.write_bytes(b"of the run that is at work")
        others = [stray]  # the lock itself counts who came in vain
        before = {path: path.stat().st_mtime_ns for path in others}
        with pytest.raises(BusyError):
            with hold(folder, NOW + 1):
                pytest.fail("two runs hold one lock")
        assert {path: path.stat().st_mtime_ns for path in others} == before
        assert {path.name for path in folder.iterdir()} == {stray.name, "lock"}


BUSY = """
import sys
from pathlib import Path
from sitegen.errors import SitegenError
from sitegen.state.lock import hold
try:
    with hold(Path(sys.argv[1]), 1.0):
        print(0)
except SitegenError as error:
    print(error.exit_code, error)
"""


def leave(folder):
    """Run to the end a process that wants the lock; give its exit code and its words."""
    run = start(BUSY, folder)
    said, _ = run.communicate()
    return said.strip()


def test_the_fifth_busy_run_in_a_row_fails_and_one_that_works_ends_the_row(folder):
    with hold(folder, NOW):
        said = [leave(folder) for _ in range(6)]
    assert [one[0] for one in said] == ["5", "5", "5", "5", "1", "1"]
    assert "the build number 5 in a row" in said[4]
    assert all(f"(process {os.getpid()} since " in one for one in said)
    assert leave(folder) == "0"
    with hold(folder, NOW):
        assert leave(folder).startswith("5")


def test_a_row_of_busy_runs_is_the_same_whatever_stood_in_the_file(folder):
    folder.mkdir()
    (folder / "lock").write_bytes(b"x" * 80 + b"busy many left \xff\n")
    with hold(folder, NOW):
        assert leave(folder).startswith("5")


def test_the_lock_is_free_again_after_the_run_and_after_its_failure(folder):
    with pytest.raises(ZeroDivisionError):
        with hold(folder, NOW):
            raise ZeroDivisionError
    with hold(folder, NOW):
        assert (folder / "lock").exists()


def test_who_holds_it_sweeps_up_what_a_killed_run_left(folder):
    folder.mkdir()
    (folder / ".report.json.0a1b2c3d.tmp").write_bytes(b"half")
    with hold(folder, NOW):
        assert [path.name for path in folder.iterdir()] == ["lock"]


def test_a_lock_file_full_of_nonsense_does_not_reach_the_terminal(folder):
    folder.mkdir()
    with hold(folder, NOW):
        (folder / "lock").write_bytes(b"process \x1b[31m\xff")
        with pytest.raises(BusyError) as caught:
            with hold(folder, NOW):
                pytest.fail("two runs hold one lock")
    assert str(caught.value).isprintable()


def test_a_state_folder_that_cannot_be_made_is_a_sentence(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SitegenError, match=r"state folder .*file cannot be written.*`state` under \[site\]"):
        with hold(tmp_path / "file", NOW):
            pytest.fail("a file is no folder")

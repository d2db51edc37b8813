"""`sitegen run` with real processes, real signals and a service manager's real socket."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from tests.signals import default_signals
from tests.waiting import wait_for

# What is run in place of sitegen: it writes what it was called with, and then does as the file `orders` says.
PROGRAM = """
import json, signal, sys, time
from pathlib import Path
folder = Path(sys.argv[1])
command = sys.argv[2]
def note(what):
    with (folder / "log").open("a") as log:
        log.write(json.dumps([command, what, time.time()]) + "\\n")
def end(number, frame):
    note("ended")
    sys.exit(130)
signal.signal(signal.SIGTERM, end)
note(sys.argv[3:])
order = json.loads((folder / "orders").read_text()).get(command, {})
time.sleep(order.get("takes", 0))
note("done")
sys.exit(order.get("code", 0))
"""

RUN = """
import sys
from sitegen.instrumentation.clock import SystemClock
from sitegen.scheduler.agenda import Agenda, Command
from sitegen.scheduler.foreground import Foreground
folder, cycle = sys.argv[1], float(sys.argv[2])
agendas = [Agenda(Command.BUILD, cycle), Agenda(Command.DEPLOY, cycle, cycle / 2)]
program = [sys.executable, f"{folder}/program.py", folder]
tell = lambda line: print(line, flush=True)
sys.exit(Foreground(program, ["-c", "x.toml"], agendas, SystemClock(), tell).run())
"""


class Runner:
    def __init__(self, folder: Path, cycle: float, environment: dict[str, str]) -> None:
        self.folder = folder
        (folder / "program.py").write_text(PROGRAM)
        with default_signals():
            self.process = subprocess.Popen(
                [sys.executable, "-c", RUN, str(folder), str(cycle)],
                stdout=subprocess.PIPE,
                text=True,
                env={**os.environ, **environment},
            )

    @property
    def log(self) -> list[list]:
        path = self.folder / "log"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def count(self, command: str, what: object) -> int:
        return sum(entry[:2] == [command, what] for entry in self.log)

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        self.process.send_signal(number)
        said, _ = self.process.communicate(timeout=30)
        return self.process.returncode, said


@pytest.fixture
def begin(tmp_path):
    runners = []

    def start(cycle: float, orders: dict, **environment: str) -> Runner:
        (tmp_path / "orders").write_text(json.dumps(orders))
        runners.append(Runner(tmp_path, cycle, environment))
        return runners[-1]

    yield start
    for runner in runners:
        runner.process.kill()
        runner.process.communicate()


def test_a_build_runs_at_once_and_in_every_slot_and_a_deploy_between(begin):
    runner = begin(1.0, {})
    wait_for(
        lambda: runner.count("build", "done") >= 4 and runner.count("deploy", "done") >= 3, "four cycles"
    )
    code, said = runner.stop()
    assert (code, said) == (0, "stopping\n")
    assert runner.log[0][:2] == ["build", ["-c", "x.toml"]]


def test_a_slow_deploy_makes_no_build_late_and_what_it_missed_is_said(begin):
    runner = begin(1.0, {"deploy": {"takes": 60}})
    wait_for(lambda: runner.count("build", "done") >= 4, "four builds beside one deploy")
    assert runner.count("deploy", ["-c", "x.toml"]) == 1
    _, said = runner.stop()
    assert "deploy missed a tick: the one before is still at work" in said


def test_a_build_that_fails_rests_longer_and_longer_and_that_is_said(begin):
    runner = begin(0.5, {"build": {"code": 1}})
    wait_for(lambda: runner.count("build", "done") >= 3, "three builds")
    _, said = runner.stop()
    assert "build rests after 2 failures in a row" in said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_what_runs_in_order_and_then_the_run(begin, number):
    runner = begin(30.0, {"build": {"takes": 60}})
    wait_for(lambda: runner.log, "the first build begins")
    assert runner.stop(number)[0] == 0
    assert runner.count("build", "ended") == 1
    assert runner.count("build", "done") == 0


@pytest.mark.parametrize(
    "abstract",
    [False, pytest.param(True, marks=pytest.mark.skipif(sys.platform != "linux", reason="Linux only"))],
)
def test_a_service_manager_hears_that_the_site_is_there_and_goes_on(begin, tmp_path, abstract):
    name = f"@sitegen-{os.getpid()}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(f"\0{name[1:]}" if abstract else name)
        manager.settimeout(20)
        runner = begin(1.0, {}, NOTIFY_SOCKET=name)
        heard = [manager.recv(100).decode() for _ in range(3)]
        assert heard == ["READY=1", "WATCHDOG=1", "WATCHDOG=1"]
        runner.stop()
        rest = [manager.recv(100).decode()]
        while rest[-1] != "STOPPING=1":
            rest.append(manager.recv(100).decode())
        assert set(rest) <= {"WATCHDOG=1", "STOPPING=1"}


def test_a_site_that_cannot_be_built_is_not_ready(begin, tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(20)
        runner = begin(1.0, {"build": {"code": 3}}, NOTIFY_SOCKET=str(tmp_path / "notify"))
        wait_for(lambda: runner.count("build", "done") >= 2, "two builds")
        runner.stop()
        assert manager.recv(100) == b"STOPPING=1"

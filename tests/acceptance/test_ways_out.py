"""However a command ends: with its own exit code, one line, one document, and nothing left behind."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.acceptance.sites import Site
from tests.acceptance.sources import panel, source
from tests.faulty_server import Failure, FaultyServer, Position, Reply
from tests.program import clean_environment
from tests.waiting import wait_for

HANG = Reply(fault=Failure.HANG, at=Position.BEFORE)
NOBODY = 65_534


@pytest.fixture
def site(built: Site) -> Site:
    return built


def run(site: Site, *arguments: str, env=None, **options) -> subprocess.CompletedProcess:
    return subprocess.run(
        [*options.pop("before", ()), sys.executable, "-m", "sitegen", *arguments],
        cwd=options.pop("cwd", site.folder),
        env=site.environment(env),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
        text=True,
        **options,
    )


def add(site: Site, text: str) -> None:
    with (site.folder / "sitegen.toml").open("a", encoding="utf-8") as file:
        file.write(text)


def lines(text: str) -> list[str]:
    assert "Traceback" not in text
    return text.splitlines()


# --- Processes and threads that cannot be started -----------------------------------


def report(site: Site) -> dict:
    return json.loads((site.state / "report.json").read_bytes())


def assert_done_in_line(site: Site, done: subprocess.CompletedProcess) -> None:
    assert (done.returncode, lines(done.stderr)) == (0, [])
    (problem,) = [one for one in report(site)["problems"] if one["where"] == "concurrency"]
    assert "no further process or thread" in problem["message"]
    assert report(site)["status"] == "degraded"


@pytest.mark.parametrize("length", [120])
def test_where_the_temporary_folder_is_too_deep_for_a_socket_the_work_is_done_in_line(
    site: Site, tmp_path: Path, length: int
):
    deep = tmp_path / ("d" * length)
    deep.mkdir()
    assert_done_in_line(site, run(site, "build", "-q", "--jobs", "2", env={"TMPDIR": str(deep)}))
    assert list(deep.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a file system of its own")
def test_without_shared_memory_the_work_is_done_in_line(site: Site):
    alone = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs -o ro none /dev/shm && exec "$@"', "sh"]
    done = subprocess.run(
        [*alone, sys.executable, "-m", "sitegen", "build", "-q", "--jobs", "2"],
        cwd=site.folder,
        env=site.environment(),
        capture_output=True,
        check=False,
        text=True,
    )
    if "unshare" in done.stderr or "mount" in done.stderr:
        pytest.skip("no file system can be mounted here")
    assert_done_in_line(site, done)


@pytest.mark.skipif(os.geteuid() != 0 or sys.platform != "linux", reason="becomes somebody else")
@pytest.mark.parametrize(
    "count", [8, *(pytest.param(more, marks=pytest.mark.slow) for more in range(1, 16) if more != 8)]
)
def test_where_a_limit_forbids_processes_or_threads_the_work_is_done_in_line(site: Site, count: int):
    rights = "+dac_override,+dac_read_search,+fowner"
    someone = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    someone += [f"--inh-caps={rights}", f"--ambient-caps={rights}", "prlimit", f"--nproc={count}"]
    done = subprocess.run(
        [*someone, sys.executable, "-m", "sitegen", "build", "-q", "--jobs", "2"],
        cwd=site.folder,
        env=site.environment(),
        capture_output=True,
        check=False,
        text=True,
    )
    if "setpriv" in done.stderr:
        pytest.skip("setpriv cannot do this here")
    assert_done_in_line(site, done)


# --- What is left behind ---------------------------------------------------------


@pytest.mark.parametrize("jobs", ["2"])
def test_a_build_leaves_nothing_in_the_temporary_folder(site: Site, tmp_path: Path, jobs: str):
    temporary = tmp_path / "t"
    temporary.mkdir()
    for _ in range(1):
        done = run(site, "build", "-q", "--jobs", jobs, env={"TMPDIR": str(temporary)})
        assert (done.returncode, done.stderr) == (0, "")
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 130), (signal.SIGHUP, 130), (signal.SIGKILL, -signal.SIGKILL)],
    ids=lambda one: getattr(one, "name", ""),
)
def test_a_build_that_is_ended_leaves_nothing_in_the_temporary_folder(
    site: Site, tmp_path: Path, number: int, code: int
):
    temporary = tmp_path / "t"
    temporary.mkdir()
    with FaultyServer(HANG) as server:
        add(site, source("slow", server.url) + panel("p", "slow"))
        process = site.start("build", "--jobs", "2", "--deadline", "60s", env={"TMPDIR": str(temporary)})
        wait_for(lambda: list(temporary.glob("*/listener-*")), "the socket of the pool")
        wait_for(lambda: server.requests, "the question")
        # A worker, which the pages of the site are made by as soon as there are any.
        os.kill(process.pid, number)
        _, complaint = process.communicate(timeout=30)
    assert process.returncode == code
    if number != signal.SIGKILL:
        assert lines(complaint) == ["error: interrupted before the end; run the same command again"]
        assert list(temporary.iterdir()) == []


def test_what_a_hung_up_terminal_ignores_goes_on(site: Site):
    deaf = ["sh", "-c", "trap '' HUP; exec \"$@\"", "sh", sys.executable, "-m", "sitegen", "build"]
    with FaultyServer(Reply(delay=1.5)) as server:
        add(site, source("slow", server.url) + panel("p", "slow"))
        process = subprocess.Popen(deaf, cwd=site.folder, env=site.environment(), stdout=subprocess.PIPE)
        wait_for(lambda: server.requests, "the question")
        process.send_signal(signal.SIGHUP)
        process.communicate(timeout=60)
    assert process.returncode == 0


# --- Standard output -------------------------------------------------------------

OFTEN = ["build -v", "build -c absent.toml"]
SELDOM = [
    "status",
    "check config --format json",
    "build",
    "build --format json",
    "status --format json",
    "check",
    "timer print",
    "build --strict -v",
]
COMMANDS = [*OFTEN, *(pytest.param(one, marks=pytest.mark.slow) for one in SELDOM)]


def code_of(command: str) -> int:
    return 2 if "absent" in command else 0


@pytest.mark.parametrize("command", COMMANDS)
def test_a_reader_that_leaves_early_changes_no_exit_code(site: Site, command: str):
    reader, writer = os.pipe()
    os.close(reader)
    done = run(site, *command.split(), stdout=writer)
    os.close(writer)
    assert done.returncode == code_of(command)
    assert len(lines(done.stderr)) == (done.returncode != 0)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="has no device that is always full")
def test_a_full_disk_below_the_output_is_one_line_and_changes_no_exit_code(site: Site, command: str):
    with Path("/dev/full").open("w") as full:
        done = run(site, *command.split(), stdout=full)
    assert done.returncode == code_of(command)
    told = [line for line in lines(done.stderr) if "(No space left on device)" in line]
    assert len(told) == (done.returncode == 0)


@pytest.mark.parametrize("closed", ["1>&-", "0<&- 1>&- 2>&-"])
@pytest.mark.parametrize("command", COMMANDS[:1])
def test_streams_that_are_closed_change_no_exit_code_and_no_file(site: Site, command: str, closed: str):
    line = f'"$@" {closed}'
    done = run(site, *command.split(), before=["sh", "-c", line, "sh"], stdout=subprocess.PIPE)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (site.state / "state.db").read_bytes().startswith(b"SQLite format 3\0")


@pytest.mark.parametrize("encoding", ["ascii"])
def test_a_terminal_that_lacks_a_character_gets_another_one(site: Site, encoding: str):
    done = run(site, "build", "-v", env={"PYTHONIOENCODING": encoding}, stdout=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (0, "")


# --- The own log -------------------------------------------------------------------


def fill_log(log: Path) -> None:
    log.unlink()
    log.symlink_to("/dev/full")


def put_file_for_folder(log: Path) -> None:
    log.unlink()
    log.parent.rmdir()
    log.parent.write_text("x")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="has no device that is always full")
@pytest.mark.parametrize("spoil", [fill_log, put_file_for_folder])
def test_a_log_that_cannot_be_written_is_one_problem_of_a_build_that_is_done(site: Site, spoil):
    spoil(site.state / "log" / "sitegen.jsonl")
    (problem,) = site.build("--jobs", "1", "--deadline", "60s")["problems"]
    assert problem["where"] == "state.log"
    assert "sitegen.jsonl cannot be written (" in problem["message"]
    assert report(site)["problems"] == [problem]


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a file system of its own")
def test_a_disk_that_is_full_below_the_own_log_is_one_problem(site: Site):
    full = 'mount -t tmpfs -o size=4k none .sitegen/log && head -c 4096 /dev/zero >.sitegen/log/x; exec "$@"'
    done = run(
        site,
        "build",
        "--format",
        "json",
        before=["unshare", "-m", "sh", "-c", full, "sh"],
        stdout=subprocess.PIPE,
    )
    if "unshare" in done.stderr or "mount" in done.stderr:
        pytest.skip("no file system can be mounted here")
    assert (done.returncode, done.stderr) == (0, "")
    assert [one["where"] for one in json.loads(done.stdout)["problems"]] == ["state.log"]


# --- One document ------------------------------------------------------------------


def document(outcome) -> dict:
    value = json.loads(outcome.stdout)
    assert value["version"] == 1
    return value


def test_a_build_that_finds_something_prints_its_report(site: Site):
    add(site, '\n[[probes]]\nid = "x"\ntitle = "x"\nurl = "http://127.0.0.1:9/"\n')
    (site.folder / "theme").mkdir()
    done = site.run("build", "--format", "json", "--replay", "absent.recording")
    assert (done.code, document(done)["status"]) == (1, "failed")
    assert "absent.recording" in document(done)["problems"][-1]["message"]


FOLDER_TARGET = "\n[deploy.targets.w]\npath = 'out'\n"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["init", "new"], 0),
        (["build", "--jobs", "1", "--deadline", "60s"], 0),
        (["status"], 0),
        (["check", "site"], 0),
        (["check", "config"], 0),
        (["deploy"], 0),
        (["deploy", "--dry-run"], 0),
        (["timer", "print"], 0),
        (["demo", "demo", "--no-serve"], 0),
        (["init", "."], 1),
        (["serve", "--no-build", "--port", "1", "--host", "203.0.113.1"], 1),
        (["build", "-c", "absent.toml"], 2),
        (["check", "-c", "absent.toml"], 2),
        (["status", "-c", "absent.toml"], 2),
        (["deploy", "-c", "absent.toml"], 2),
        (["deploy", "--target", "absent"], 2),
        (["timer", "print", "-c", "absent.toml"], 2),
        (["build", "-o", "/"], 6),
        (["check", "sources"], 3),
        (["build", "--strict", "--jobs", "1", "--deadline", "60s"], 4),
        (["build", "-o", "content"], 6),
        (["demo", ".", "--no-serve"], 6),
    ],
    ids=str,
)
def test_each_command_prints_one_document_however_it_ends(site: Site, arguments, code):
    add(site, FOLDER_TARGET)
    (
        site.state / "report.json"
    ).touch()  # a copy of a site is as old as the site, and its timer seems to have stopped
    if code in {3, 4}:
        add(site, "\n[[logs.sources]]\nname = 'a'\npath = 'absent.log'\n")
    done = site.run(*arguments, "--format", "json")
    assert done.code == code, done
    found = document(done)
    if code in {1, 2, 6}:
        assert (found["status"], found.get("exit", code)) == ("failed", code)
        assert found["problems"][-1]["message"] in done.stderr


TARGET = '\n[deploy.targets.w]\nbuckets = [{ name = "obs" }]\nendpoint_url = "http://127.0.0.1:9"\n'
KEYS = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y"}


def test_a_deploy_that_reaches_nobody_prints_its_report(site: Site):
    add(site, TARGET)
    done = site.run("deploy", "--format", "json", "--deadline", "5s", env=KEYS)
    found = document(done)
    assert (done.code, found["exit"], found["target"], found["status"]) == (1, 1, "w", "failed")
    assert found["refusal"]["sentence"] == found["problems"][0]["message"]
    assert found["problems"][0]["message"] in done.stderr


def test_a_usage_error_prints_no_document(site: Site):
    done = site.run("build", "--format", "json", "--jobs", "many")
    assert (done.code, done.stdout) == (2, "")


def test_a_busy_build_prints_a_document_too(site: Site):
    with FaultyServer(HANG) as server:
        add(site, source("slow", server.url) + panel("p", "slow"))
        first = site.start("build", "--deadline", "60s")
        wait_for(lambda: server.requests, "the question")
        done = site.run("build", "--format", "json")
        first.kill()
        first.communicate()
    assert (done.code, document(done)["exit"]) == (5, 5)


# --- Values from variables ------------------------------------------------------------


@pytest.mark.parametrize(
    ("variable", "value", "command"),
    [
        ("SITEGEN_JOBS", "x", "build"),
        ("SITEGEN_DEADLINE", "soon", "build"),
        ("SITEGEN_CLOCK", "noon", "build"),
        ("SITEGEN_ONLY", "metric", "build"),
        ("SITEGEN_FORMAT", "yaml", "status"),
        ("SITEGEN_PORT", "99999999", "serve"),
        ("SITEGEN_PORT", "http://x", "serve"),
        ("SITEGEN_MAX_DELETES", "-1", "deploy"),
    ],
)
def test_a_value_of_a_variable_is_named_by_the_variable(site: Site, variable, value, command):
    done = site.run(command, env={variable: value})
    assert done.code == 2
    assert variable in done.stderr
    assert "--" not in done.stderr


def test_a_value_of_an_option_is_named_by_the_option(site: Site):
    done = site.run("build", "--jobs", "x", env={"SITEGEN_JOBS": "2"})
    assert done.code == 2
    assert "'--jobs'" in done.stderr


@pytest.mark.parametrize("value", ["tcp://10.43.0.12:80", "udp://10.43.0.12:53", "tcp://[fd00::1]:80"])
def test_what_kubernetes_says_of_a_service_of_this_name_is_nobodys_value(site: Site, value):
    done = site.run("build", "-q", env={"SITEGEN_PORT": value, "SITEGEN_JOBS": value})
    assert (done.code, done.stderr) == (0, "")


# --- Bugs -----------------------------------------------------------------------


BROKEN = "import sitegen.config.loader as one; one.resolve = None\nfrom sitegen.__main__ import main; main()"


def test_the_report_of_a_bug_lies_beside_the_state_wherever_the_command_runs(site: Site, tmp_path: Path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", BROKEN, "build", "--format", "json", "-c", str(site.folder / "sitegen.toml")],
        cwd=elsewhere,
        env=clean_environment(tmp_path),
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 70
    (line,) = lines(done.stderr)
    assert str(site.state / "bug-report.txt") in line
    assert "TypeError" in (site.state / "bug-report.txt").read_text(encoding="utf-8")
    assert list(elsewhere.iterdir()) == []
    assert json.loads(done.stdout)["exit"] == 70


# --- Names that are not UTF-8 ------------------------------------------------------------

BAD = os.fsdecode(b"bad\xff")


def test_a_file_whose_name_is_not_utf_8_is_read_or_named(site: Site):
    logs = site.folder / "logs"
    logs.mkdir()
    (logs / f"{BAD}.log").write_text(
        '{"time":"2026-11-24T02:04:00Z","level":"info","message":"x"}\n', encoding="utf-8"
    )
    (logs / f"{BAD}.json").write_bytes(b"nonsense\n")
    (site.folder / "content" / "posts" / f"{BAD}.md").write_bytes(b"+++\ntitle = x\n+++\n")
    add(site, '\n[[logs.sources]]\nname = "a"\npath = "logs/*.log"\n')
    add(site, '\n[[traces.sources]]\nname = "t"\ntype = "otlp-file"\npath = "logs/*.json"\n')
    found = [one["where"] for one in site.build("--jobs", "1", "--deadline", "60s")["problems"]]
    assert {"traces.t", "content"} <= set(found)
    assert "logs.a" not in found


def test_a_configuration_whose_name_is_not_utf_8_is_read(site: Site):
    (site.folder / f"{BAD}.toml").write_bytes((site.folder / "sitegen.toml").read_bytes())
    site.build("--jobs", "1", "--deadline", "60s", "-c", f"{BAD}.toml")
    assert site.run("status", "-c", f"{BAD}.toml", "--format", "json").code == 0


def test_an_output_whose_name_is_not_utf_8_is_refused_with_one_line(site: Site):
    done = site.run("build", "-o", BAD, "--format", "json")
    assert (done.code, done.stderr.count("\n")) == (2, 1)
    assert document(done)["exit"] == 2


@pytest.mark.parametrize("kind", ["cron", "systemd"])
def test_a_timer_for_a_folder_whose_name_is_not_utf_8_is_refused(site: Site, kind: str):
    folder = site.folder / BAD
    folder.mkdir()
    (folder / "sitegen.toml").write_text('[site]\ntitle = "x"\n', encoding="utf-8")
    done = site.run("timer", "print", "--kind", kind, "-c", folder / "sitegen.toml")
    assert (done.code, done.stderr.count("\n"), done.stdout) == (2, 1, "")


# --- Links that lead back ----------------------------------------------------------------


@pytest.mark.parametrize(("key", "code"), [("state", 1), ("output", 6), ("theme", 2), ("content", 0)])
def test_a_link_that_leads_to_itself_is_one_line(site: Site, key: str, code: int):
    (site.folder / "one").symlink_to("two")
    (site.folder / "two").symlink_to("one")
    path = site.folder / "sitegen.toml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("[site]", f"[site]\n{key} = 'one'"), encoding="utf-8"
    )
    done = site.run("build", "--jobs", "1", "--deadline", "60s")
    assert (done.code, done.stderr.count("\n")) == (code, code != 0)
    assert "bug" not in done.stderr


def test_files_that_are_links_to_themselves_are_named_or_set_aside(site: Site):
    loops = ("content/posts/loop.md", "content/posts/loop.png", "loop.log", "loop.json", ".sitegen/state.db")
    for name in loops:
        path = site.folder / name
        path.unlink(missing_ok=True)
        path.symlink_to(path.name)
    (site.folder / "content" / "folder").symlink_to(".")
    add(site, "\n[[logs.sources]]\nname = 'loop'\npath = 'loop.log'\n")
    add(site, "\n[[traces.sources]]\nname = 'loop'\ntype = 'otlp-file'\npath = 'loop.json'\n")
    found = [one["where"] for one in site.build("--jobs", "1", "--deadline", "60s")["problems"]]
    assert {"content", "logs.loop", "traces.loop", "state.history"} == {*found}
    assert (site.run("status").code, site.run("status").stderr) == (1, "")  # it knows of no build


# --- Cron ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("home", [{}, {"HOME": ""}, {"HOME": "/nowhere/at/all"}], ids=str)
def test_a_build_under_cron_needs_no_home_and_leaves_nothing_where_it_runs(site: Site, home: dict[str, str]):
    before = sorted(Path("/").iterdir())
    environment = {name: value for name, value in site.environment().items() if name != "HOME"} | home
    command = [sys.executable, "-m", "sitegen", "build", "-c", str(site.folder / "sitegen.toml")]
    done = subprocess.run(command, cwd="/", env=environment, capture_output=True, check=False, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(Path("/").iterdir()) == before
    assert report(site)["generation"] == 2


# --- A home that is not known ----------------------------------------------------------------


def test_a_timer_without_a_home_is_one_line(site: Site):
    alone = "import pwd; pwd.getpwuid = lambda _: {}[0]\nfrom sitegen.__main__ import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", alone, "timer", "print", "--kind", "cron"],
        cwd=site.folder,
        env={name: value for name, value in site.environment().items() if name != "HOME"},
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 2
    assert "set HOME" in lines(done.stderr)[0]

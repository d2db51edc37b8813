"""What users of other tools reported of running it, by the real command: links, mounts, timers, streams, environments."""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import click
import pytest
from sitegen.cli import group
from tests.acceptance.sites import Site, make_site


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The starter's site, built once; for reading alone."""
    site = make_site(tmp_path_factory.mktemp("running") / "site")
    site.build("--jobs", "1", "--deadline", "60s")
    return site


@pytest.fixture
def site(made: Site, tmp_path: Path) -> Site:
    """A copy of it."""
    return Site(Path(shutil.copytree(made.folder, tmp_path / "site", symlinks=True)))


def configure(site: Site, text: str) -> None:
    with (site.folder / "sitegen.toml").open("a", encoding="utf-8") as file:
        file.write(text)


def test_a_config_symlink_leaves_site_state_and_timer_beside_the_name_that_was_given(tmp_path: Path):
    site = make_site(tmp_path / "site")
    data = site.folder / "..2026_11_25"
    data.mkdir()
    (site.folder / "sitegen.toml").rename(data / "sitegen.toml")
    (site.folder / "..data").symlink_to(data.name)
    (site.folder / "sitegen.toml").symlink_to("..data/sitegen.toml")
    site.build("--jobs", "1", "--deadline", "60s")
    assert (site.dist / "posts" / "index.html").is_file()
    assert site.state.is_dir()
    assert [path.name for path in data.iterdir()] == ["sitegen.toml"]
    for kind in ("cron", "systemd", "launchd"):
        printed = site.run("timer", "print", "--kind", kind).stdout
        assert str(site.folder / "sitegen.toml") in printed
        assert data.name not in printed


def test_a_bind_mount_has_a_folder_that_stays_itself_and_is_told_of_where_it_would_not(site: Site):
    served = site.folder / "www"
    configure(site, '\n[deploy.targets.www]\npath = "www"\n')
    assert site.run("deploy").code == 0
    before = served.stat().st_ino
    (site.folder / "content" / "posts" / "new.md").write_text("+++\ndate = 2026-02-01\n+++\nnews\n")
    site.build("--jobs", "1", "--deadline", "60s")
    assert site.run("deploy").code == 0
    assert served.stat().st_ino == before
    assert "news" in (served / "posts" / "new" / "index.html").read_text()
    document = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    assert "not be mounted into a container" in document


def test_a_bind_mount_of_the_folder_above_the_output_holds_a_site(site: Site):
    for name in ("volume", "www"):
        (site.folder / name).mkdir()
    apart = ["unshare", "--mount", "--map-root-user"] if os.getuid() else ["unshare", "--mount"]
    if (
        not shutil.which("unshare")
        or subprocess.run(
            [*apart, "mount", "--bind", "volume", "www"], check=False, cwd=site.folder, capture_output=True
        ).returncode
    ):
        pytest.skip("needs a kernel that lets this user mount")
    build = f"{sys.executable} -m sitegen build -q -o www/dist --jobs 1 --deadline 60s"
    done = subprocess.run(
        [*apart, "sh", "-c", f"mount --bind volume www && {build}"],
        check=False, cwd=site.folder, env=site.environment(), capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done
    assert (site.folder / "volume" / "dist" / "index.html").is_file()


def test_left_pymp_folders_are_none_after_builds_with_processes(site: Site, tmp_path: Path):
    kept = tmp_path / "t"
    kept.mkdir()
    done = site.run_apart("build", "-q", "--jobs", "2", "--deadline", "60s", env={"TMPDIR": str(kept)})
    assert done.code == 0, done
    assert list(kept.iterdir()) == []


def test_kubernetes_port_of_a_service_is_no_value_and_others_are_named_by_their_variable(site: Site):
    service = {
        "SITEGEN_PORT": "tcp://10.43.0.12:80",
        "SITEGEN_SERVICE_HOST": "10.43.0.12",
        "SITEGEN_SERVICE_PORT": "80",
        "SITEGEN_PORT_80_TCP_PROTO": "tcp",
    }
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):  # somebody else holds it, which does as well
            holder.bind(("127.0.0.1", 8000))
            holder.listen()
        done = site.run("serve", "--no-build", env=service)
    assert done.code == 1
    assert "127.0.0.1:8000 is in use" in done.stderr
    for name, value in {
        "SITEGEN_JOBS": "x",
        "SITEGEN_DEADLINE": "soon",
        "SITEGEN_CONFIG": "x.toml",
        "SITEGEN_REPLAY": "x",
        "SITEGEN_RECORD": "/x/y",
    }.items():
        refused = site.run("build", env={name: value})
        assert refused.code in {1, 2}
        assert f"the variable {name}" in refused.stderr


def test_a_timer_executable_is_the_installation_that_printed_it(site: Site, tmp_path: Path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "sitegen").write_text("#!/bin/sh\necho sitegen 0.0.1\n")
    (other / "sitegen").chmod(0o755)
    path = {"PATH": f"{other}:/usr/bin:/bin"}
    for kind in ("systemd", "cron", "launchd"):
        printed = site.run_apart("timer", "print", "--kind", kind, env=path).stdout
        assert str(other) not in printed
        assert "__main__.py" not in printed
        assert sys.executable in printed
    script = Path(sys.executable).with_name("sitegen")
    if script.exists():
        done = subprocess.run(
            [script, "timer", "print"], cwd=site.folder, env=site.environment(path), capture_output=True, text=True, check=True
        )  # fmt: skip
        assert f'ExecStart=":{script}" "build"' in done.stdout


def test_a_cron_environment_is_the_file_that_systemd_reads(site: Site):
    home = site.folder / "home"
    (home / ".config" / "sitegen").mkdir(parents=True)
    (home / ".config" / "sitegen" / "environment").write_text("PROM_TOKEN=abc 1$2#3\n")
    configure(site, '\n[[metrics.sources]]\nname = "p"\ntype = "prometheus"\nurl = "http://127.0.0.1:9"\nauthorization = { credentials = "${PROM_TOKEN}" }\n')  # fmt: skip
    printed = site.run_apart("timer", "print", "--kind", "cron", env={"HOME": str(home)})
    assert printed.code == 0, printed
    line = next(
        line.removeprefix("* * * * * ")
        for line in printed.stdout.splitlines()
        if line.startswith("* * * * * ")
    )
    env = site.environment({"HOME": str(home), "PATH": "/usr/bin:/bin"})
    ran = subprocess.run(["sh", "-c", line], check=False, env=env, capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stdout) == (0, ""), ran
    (home / ".config" / "sitegen" / "environment").unlink()
    assert (
        subprocess.run(["sh", "-c", line], check=False, env=env, capture_output=True, timeout=60).returncode
        == 2
    )


def test_json_on_failure_is_one_document_of_build_and_deploy(site: Site):
    foreign = site.folder / "foreign"
    foreign.mkdir()
    (foreign / "mine.txt").write_text("mine")
    build = site.run("build", "-o", "foreign", "--jobs", "1", "--deadline", "60s", "--format", "json")
    assert build.code == 6
    configure(
        site, '\n[deploy.targets.w]\nbuckets = [{ name = "obs" }]\nendpoint_url = "http://127.0.0.1:9"\n'
    )
    deploy = site.run(
        "deploy", "--deadline", "3s", "--format", "json", env={"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y"}
    )  # fmt: skip
    assert deploy.code == 1
    for report in (json.loads(build.stdout), json.loads(deploy.stdout)):
        assert report["status"] == "failed"
        assert report["problems"]


def commands() -> Iterator[list[str]]:
    """Yield each command as one types it, so that it fails: without its configuration, or where no folder can be."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if name in {"init", "demo"}:
            yield [name, "/dev/null/x"]
        else:
            below = (
                command.commands if isinstance(command, click.Group) else ["pull"] if name == "state" else []
            )
            yield from ([name, *one, "-c", "nowhere.toml"] for one in [[one] for one in below] or [[]])


@pytest.mark.parametrize("arguments", [*commands()], ids=" ".join)
def test_json_on_failure_is_one_document_of_every_command_and_a_closed_pipe_changes_no_code(
    tmp_path: Path, arguments: list[str]
):
    site = Site(tmp_path)
    failed = site.run(*arguments, "--format", "json")
    report = json.loads(failed.stdout)
    assert failed.code in {1, 2, 6}
    assert (report["status"], report["exit"], len(report["problems"])) == ("failed", failed.code, 1)
    assert closed(site, *arguments, "--format", "json").returncode == failed.code


def closed(site: Site, *arguments: str) -> subprocess.CompletedProcess:
    """Run it with a standard output whose reader has left."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as left:
        return subprocess.run(
            [sys.executable, "-m", "sitegen", *arguments],
            check=False, cwd=site.folder, env=site.environment(), stdout=left, stderr=subprocess.PIPE, timeout=60,
        )  # fmt: skip


@pytest.mark.parametrize(("arguments", "code"), [(["build", "-v", "--strict"], 4), (["status"], 0)])
def test_a_closed_pipe_changes_no_exit_code(site: Site, arguments: list[str], code: int):
    (site.folder / "content" / "posts" / "bad.md").write_text("no date\n")
    done = closed(site, *arguments)
    assert done.returncode == code, done

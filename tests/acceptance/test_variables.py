"""Every option as `SITEGEN_<OPTION>`: what a flag does, its variable does, and a flag goes first."""

import json
from collections.abc import Iterator

import click
import pytest
from sitegen.cli import group
from tests.acceptance.sites import Site

TARGET = """
[deploy.targets.first]
path = "www"

[deploy.targets.second]
path = "www2"
"""


@pytest.fixture
def site(built: Site) -> Site:
    with (built.folder / "sitegen.toml").open("a", encoding="utf-8") as config:
        config.write(TARGET)
    return built


def options() -> Iterator[tuple[str, click.Option]]:
    """Every option of every command, with the command's name."""
    waiting: list[tuple[str, click.Command]] = [("", group)]
    while waiting:
        name, command = waiting.pop()
        if isinstance(command, click.Group):
            context = click.Context(command)
            for part in command.list_commands(context):
                found = command.get_command(context, part)
                assert found is not None
                waiting.append((f"{name} {part}".strip(), found))
        else:
            yield from (
                (name, one)
                for one in command.params
                if isinstance(one, click.Option) and one.name not in ("help", "version")
            )


def test_every_option_of_every_command_has_its_variable():
    for command, option in options():
        long = next(name for name in option.opts if name.startswith("--"))
        assert option.envvar == "SITEGEN_" + long[2:].upper().replace("-", "_"), f"{command} {long}"


def test_a_build_takes_all_its_options_from_variables(site: Site):
    before = site.tree()
    outcome = site.run(
        "build",
        env={
            "SITEGEN_ONLY": "metrics logs",
            "SITEGEN_JOBS": "1",
            "SITEGEN_DEADLINE": "20s",
            "SITEGEN_CLOCK": "2031-01-02T03:04:05Z",
            "SITEGEN_STRICT": "1",
            "SITEGEN_FORMAT": "json",
        },
    )
    report = json.loads(outcome.stdout)
    assert report["started_at"] == "2031-01-02T03:04:05.000Z"
    changed = {path.split("/")[0] for path, body in site.tree().items() if before.get(path) != body}
    assert changed <= {"metrics", "logs"}
    assert outcome.code == (0 if report["status"] == "ok" else 4)


def test_a_variable_that_is_wrong_is_refused_like_the_flag(site: Site):
    wrong = site.run("build", env={"SITEGEN_DEADLINE": "soon"})
    assert wrong.code == 2
    assert "soon" in wrong.stderr
    assert site.run("build", env={"SITEGEN_JOBS": "0"}).code == 2
    assert site.run("build", env={"SITEGEN_ONLY": "metrcs"}).code == 2


def test_a_deadline_from_a_variable_holds(site: Site):
    outcome = site.run("build", env={"SITEGEN_DEADLINE": "1ms"})
    assert outcome.code == 1
    assert "deadline" in outcome.stderr


def test_quiet_and_verbose_are_variables_too(site: Site):
    assert site.run("build", env={"SITEGEN_QUIET": "1"}).stdout == ""
    assert site.run("build", env={"SITEGEN_VERBOSE": "1"}).code == 0


def test_a_deploy_takes_its_target_from_a_variable_and_a_flag_goes_first(site: Site):
    assert site.run("deploy", env={"SITEGEN_DRY_RUN": "1", "SITEGEN_TARGET": "second"}).code == 0
    assert not (site.folder / "www2").exists()

    assert site.run("deploy", env={"SITEGEN_TARGET": "second"}).code == 0
    assert (site.folder / "www2" / "index.html").is_file()
    assert not (site.folder / "www").exists()

    assert site.run("deploy", "--target", "first", env={"SITEGEN_TARGET": "second"}).code == 0
    assert (site.folder / "www" / "index.html").is_file()


def test_guards_of_a_deploy_can_be_set_by_variables(site: Site):
    site.run("deploy")
    for path in list((site.folder / "content").rglob("*.md")):
        path.unlink()
    site.build()
    assert site.run("deploy", env={"SITEGEN_MAX_DELETES": "none"}).code == 2
    assert site.run("deploy", env={"SITEGEN_MAX_DELETES": "0", "SITEGEN_FORCE": "1"}).code in (0, 6)


def test_a_preview_takes_its_port_from_a_variable(site: Site, free_port: int):
    process = site.start("serve", "--no-build", env={"SITEGEN_PORT": str(free_port)})
    try:
        assert f":{free_port}" in process.stdout.readline()
    finally:
        process.terminate()
        process.communicate(timeout=20)
